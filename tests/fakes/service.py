"""The service as processes of its own, which can be killed and started again on what they left.

    service = Service(folder, model_url, callback_url)      # database_url="postgresql://…" for several
    with service.serving() as one:                          # a running `evaluator serve`
        one.post(body)                                      # what was answered, and with which status
        one.kill()                                          # as by kill -9
    with service.working() as other: ...                    # a running `evaluator worker`

Every process listens on loopback alone.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

PATIENCE_S = 60
HEADERS = {"authorization": "Bearer key"}
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
"""An encryption key for databases that outlive their folder."""


@dataclass
class Process:
    """A process of the service: the URL that it told, "" for a worker, and what it logs to `log`."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def post(self, body: Mapping[str, Any], *, timeout_s: float = PATIENCE_S) -> httpx.Response:
        """Post one request as SolidATS does."""
        return httpx.post(f"{self.url}/webhook/assessment", json=body, headers=HEADERS, timeout=timeout_s)

    def post_all(self, bodies: Sequence[Mapping[str, Any]]) -> list[httpx.Response | httpx.HTTPError]:
        """Post requests all at once and return what came of each, in order."""
        return asyncio.run(_post_all(f"{self.url}/webhook/assessment", bodies))

    def kill(self) -> None:
        """End the process at once, as kill -9 does."""
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def stop(self) -> int:
        """Ask the process to stop and return its status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


@dataclass
class Service:
    """How its processes are started; `settings` are named without their prefix, `model_timeout_s=5`."""

    folder: Path
    model_url: str
    callback_url: str
    database_url: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    @contextlib.contextmanager
    def serving(self, *arguments: str, **settings: Any) -> Iterator[Process]:
        """Run `evaluator serve` on a free port of this machine until the end of the block."""
        with self._running(["serve", "--port", "0", *arguments], settings) as process:
            yield process

    @contextlib.contextmanager
    def working(self, **settings: Any) -> Iterator[Process]:
        """Run `evaluator worker` until the end of the block."""
        with self._running(["worker"], settings) as process:
            yield process

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command with the same settings to its end."""
        command = [sys.executable, "-m", "evaluator", *arguments]
        return subprocess.run(
            command,
            env=self._environment({}),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def shell(self, commands: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        """Run commands for a shell, in which `evaluator` is this one, with the same settings."""
        own = Path(sys.executable).parent
        named = {name: str(value) for name, value in variables.items()}
        path = {"PATH": f"{own}:{os.environ['PATH']}"}
        return subprocess.run(
            ["sh", "-c", commands],  # noqa: S607 - every system has one
            env=self._environment({}) | path | named,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    @contextlib.contextmanager
    def _running(self, arguments: Sequence[str], settings: Mapping[str, Any]) -> Iterator[Process]:
        log = Path(tempfile.mkstemp(dir=self.folder, prefix="log-")[1])
        with log.open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "evaluator", *arguments],
                env=self._environment(settings),
                stdout=subprocess.PIPE,
                stderr=err,
            )
        try:
            assert process.stdout is not None
            line = process.stdout.readline().decode()
            assert line, log.read_text()
            url = next((word.strip(",") for word in line.split() if word.startswith("http://")), "")
            yield Process(process, url, log)
        finally:
            process.kill()
            process.communicate(timeout=PATIENCE_S)

    def _environment(self, settings: Mapping[str, Any]) -> dict[str, str]:
        ours = ("EVALUATOR_", "OPENAI_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        usual: dict[str, Any] = {
            "data_dir": self.folder / "data",
            "model_base_url": self.model_url,
            "model_name": "scripted",
            "solidats_callback_url": self.callback_url,
            "solidats_api_key": "key",
            "solidats_app_id": "app",
            "callback_first_retry_s": 0.2,
            "drain_s": 5,
        }
        if self.database_url is not None:
            usual |= {"database_url": self.database_url, "encryption_key": KEY}
        chosen = usual | self.settings | dict(settings)
        return clean | {f"EVALUATOR_{name.upper()}": str(value) for name, value in chosen.items()}


async def _post_all(url: str, bodies: Sequence[Mapping[str, Any]]) -> list[httpx.Response | httpx.HTTPError]:
    async def post(client: httpx.AsyncClient, body: Mapping[str, Any]) -> httpx.Response | httpx.HTTPError:
        try:
            return await client.post(url, json=body)
        except httpx.HTTPError as error:
            return error

    limits = httpx.Limits(max_connections=len(bodies))
    async with httpx.AsyncClient(timeout=PATIENCE_S, limits=limits, headers=HEADERS) as client:
        return list(await asyncio.gather(*(post(client, body) for body in bodies)))
