"""What a request costs in each server: CPU, latency, requests a second, many in flight, memory.

Rounds are interleaved, server after server and again, since the machine may be shared; what counts are
medians over rounds and ratios between servers.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.figures import median
from bench.load import Load
from bench.processes import ROOT, Server, ServerFailed, running
from bench.scripted_model import MODEL

SERVICE, FLASK, BARE, ALONE = "the service", "Flask, gunicorn", "bare ASGI", "model alone"

CONCURRENCY = 512
"""Model calls that the service may have in flight here; its default is 64."""

FLASK_PLACES = 16
"""Requests that gunicorn works on at once: 2 workers of 8 threads."""

_WEBHOOK = "/webhook/assessment"
_COMPLETIONS = "/v1/chat/completions"
_GRACE_S = 180


@dataclass(frozen=True, slots=True)
class Bodies:
    """Folders of what is posted: to a webhook, and to the model alone."""

    webhook: Path
    model: Path


@dataclass(slots=True)
class Rounds:
    """What the rounds against one server measured, a value a round; the properties are their medians."""

    cpu_ms: list[float] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)

    def take(self, load: Load, cpu_s: float) -> None:
        """Add a round."""
        self.loads.append(load)
        self.cpu_ms.append(cpu_s * 1000 / load.done)

    @property
    def cores(self) -> float:
        """The median over rounds of the cores that the server's processes kept busy, or could get."""
        pairs = zip(self.cpu_ms, self.loads, strict=True)
        return median([cpu_ms * load.per_second / 1000 for cpu_ms, load in pairs])

    def of(self, figure: Callable[[Load], float]) -> float:
        """Return the median over rounds of a figure."""
        return median([figure(load) for load in self.loads])

    def as_json(self) -> dict[str, Any]:
        """Return everything measured."""
        return {"cpu_ms": self.cpu_ms, "loads": [asdict(load) for load in self.loads]}


@contextlib.contextmanager
def servers(latency_s: float) -> Iterator[dict[str, Server]]:
    """Run the scripted model and the three servers that ask it; yields them by name."""
    with contextlib.ExitStack() as stack:
        model = stack.enter_context(running(ALONE, ["bench.scripted_model", "--latency", str(latency_s)]))
        sdk = {"OPENAI_BASE_URL": f"{model.url}/v1", "OPENAI_API_KEY": "none"}
        ours = {
            "EVALUATOR_MODEL_BASE_URL": f"{model.url}/v1",
            "EVALUATOR_MODEL_NAME": MODEL,
            "EVALUATOR_MAX_CONCURRENCY": str(CONCURRENCY),
        }
        commands = {
            SERVICE: (["evaluator", "serve", "--port", "0"], ours),
            FLASK: (_gunicorn(), sdk),
            BARE: (["bench.bare_asgi"], sdk),
        }
        found = {
            name: stack.enter_context(running(name, command, environment))
            for name, (command, environment) in commands.items()
        }
        yield found | {ALONE: model}


def warm_up(found: Mapping[str, Server], bodies: Bodies) -> None:
    """Have every worker and thread of each server answer a few requests."""
    for server in found.values():
        generate(server, bodies, connections=FLASK_PLACES, requests=6 * FLASK_PLACES)


def interleaved(
    found: Mapping[str, Server], bodies: Bodies, *, rounds: int, **load: Any
) -> dict[str, Rounds]:
    """Load each server in turn, `rounds` times over; `load` as `generate` takes it."""
    measured = {name: Rounds() for name in found}
    for _ in range(rounds):
        for name, server in found.items():
            measure(measured[name], server, bodies, **load)
    return measured


def measure(rounds: Rounds, server: Server, bodies: Bodies, **load: Any) -> None:
    """Load one server once and add what was measured to `rounds`; `load` as `generate` takes it."""
    before = server.cpu_s()
    result = generate(server, bodies, **load)
    rounds.take(result, server.cpu_s() - before)


def generate(
    server: Server, bodies: Bodies, *, connections: int, requests: int | None = None, seconds: float = 60
) -> Load:
    """Load one server from a process of its own; raises ServerFailed where nothing is answered."""
    alone = server.name == ALONE
    command = [
        *(sys.executable, "-m", "bench.load", server.url + (_COMPLETIONS if alone else _WEBHOOK)),
        *("--bodies", str(bodies.model if alone else bodies.webhook)),
        *("--expect", '"choices":' if alone else '"rating":'),
        *("--connections", str(connections), "--seconds", str(seconds)),
        *(("--requests", str(requests)) if requests else ()),
    ]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=seconds + _GRACE_S
    )
    if ended.returncode:
        raise ServerFailed(f"the load generator broke against {server.name}:\n{ended.stderr[-2000:]}")
    load = Load(**json.loads(ended.stdout))
    if not load.done:
        raise ServerFailed(f"{server.name} answered nothing: {load.first_failure}")
    return load


def peaks(found: Mapping[str, Server]) -> dict[str, list[int]]:
    """Return the peak resident memory in bytes of each server's processes."""
    return {name: server.peak_bytes() for name, server in found.items()}


def _gunicorn() -> Sequence[str]:
    places = ("-w", "2", "--threads", "8")
    quiet = ("--no-control-socket", "--graceful-timeout", "2")
    return ["gunicorn", *places, *quiet, "--bind", "127.0.0.1:0", "bench.flask_example:app"]
