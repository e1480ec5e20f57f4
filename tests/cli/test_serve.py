"""`evaluator serve` as a process: what it says, what it serves, and how it stops."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from evaluator.cli.main import run
from evaluator.web.schema import example_request
from tests.fakes.server import PATIENCE_S, listening

pytestmark = pytest.mark.usefixtures("log_as_before")


@contextlib.contextmanager
def served(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `evaluator serve` on a free port; yields the process and the line that it printed."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("EVALUATOR_", "OPENAI_"))
    }
    command = [sys.executable, "-m", "evaluator", "serve", "--port", "0", *arguments]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command,
            env=clean | {"EVALUATOR_DATA_DIR": folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.kill()


def asked(url: str, body: Any = None) -> Any:
    """Return the JSON that `url` answers with; a body makes it a POST."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})  # noqa: S310 - a URL of this test
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - a URL of this test
        return json.load(response)


def test_serve_says_where_it_listens_and_who_rates() -> None:
    """One line tells the address, that the offline heuristic rates, and the packs; then it serves."""
    with served() as (_, line):
        said = re.match(
            r"Listening on (http://127\.0\.0\.1:\d+), rated by the offline heuristic.*packs: .*default", line
        )
        assert said

        assert asked(f"{said[1]}/health/ready")["status"] == "ok"
        assert 0 <= asked(f"{said[1]}/webhook/assessment", example_request())["rating"] <= 100
        assert asked(f"{said[1]}/integration-config.schema.json")["title"]


def test_serve_prints_a_link_that_opens_the_studio_once() -> None:
    """On loopback and without a token, the second line leads somebody in, one time."""
    with served() as (process, _):
        assert process.stdout is not None
        link = re.match(
            r"The studio: (http://127\.0\.0\.1:\d+/studio/enter/\S+) \(good once", process.stdout.readline()
        )
        assert link
        answers = [httpx.get(link[1], follow_redirects=False) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 403]
    assert "evaluator_studio=" in answers[0].headers["set-cookie"]


def test_serve_stops_on_sigterm() -> None:
    """SIGTERM ends the process within its patience, tells so, and nothing is reported as broken."""
    with served() as (process, _):
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=PATIENCE_S)

    assert process.returncode in (0, -signal.SIGTERM)
    assert [json.loads(line)["event"] for line in log.splitlines()] == ["stopping", "stopped"]


def test_taken_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A port that something else has is a line on stderr and a status of 1."""
    with listening() as taken:
        port = taken.getsockname()[1]
        assert run(["serve", "--port", str(port)]) == 1

    assert f"cannot listen on 127.0.0.1:{port}: " in capsys.readouterr().err


def test_serve_does_not_expose_an_open_service(capsys: pytest.CaptureFixture[str]) -> None:
    """Beyond loopback a token and a model must be set."""
    assert run(["serve", "--host", "0.0.0.0", "--port", "0"]) == 2

    assert "EVALUATOR_WEBHOOK_TOKEN" in capsys.readouterr().err
