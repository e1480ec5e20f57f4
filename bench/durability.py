"""What durable jobs cost: storing, accepting, working off, and whether that grows with the table.

Servers are processes as everywhere here; the model takes no time, and the callback takes everything.
"""

import asyncio
import contextlib
import json
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import commits
from bench.load import Load
from bench.processes import ROOT, Server, ServerFailed, running
from bench.report import table
from bench.scripted_model import MODEL
from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult
from evaluator.jobs.seam import Finished
from evaluator.settings import Settings
from evaluator.storage.keys import DATABASE_FILE
from evaluator.wiring import Services, build, durable
from tests.fakes.postgres import running as postgres_running

TOKEN = "bench"  # noqa: S105 - of a server on loopback that ends with the run
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
RATE = 50.0
"""Requests a second at which the latency of a 202 is measured."""

MOST_STORING_MS, MOST_P99_MS, MOST_GROWTH = 6.0, 50.0, 0.2
"""The aims: CPU of a direct request, the latency of a 202, and how much dearer a job may become."""

ALONE, DIRECT, QUEUED = "assessing alone", "a direct request", "a queued one, with its callback"

_GRACE_S = 600

Action = Callable[[AssessmentRequest], Coroutine[Any, Any, object]]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done."""

    storing: int
    accepting_s: float
    working: int
    queued: int
    grown: int


@dataclass(frozen=True, slots=True)
class Accepting:
    """How fast requests are accepted in one kind of database, beside raw commits on the same disk."""

    raw_per_second: float
    paced: Load
    fastest: Load


@dataclass(frozen=True, slots=True)
class Working:
    """A batch of jobs worked off: from the first look at the queue to the last callback."""

    jobs: int
    finished_before: int
    seconds: float
    cpu_ms: float
    peak_bytes: int

    @property
    def per_second(self) -> float:
        """Jobs a second."""
        return self.jobs / self.seconds


@dataclass(frozen=True, slots=True)
class Durability:
    """Everything measured here. `storing` is CPU milliseconds a job, by way."""

    storing: Mapping[str, float]
    accepting: Mapping[str, Accepting]
    end_to_end: Mapping[str, Working]
    drain: Working
    growth: tuple[Working, Working]


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a server here: its folder, the model and callback it asks, and the bodies."""

    folder: Path
    model: Server
    taker: Server
    bodies: Path
    database_url: str | None = None

    def environment(self, **more: str) -> dict[str, str]:
        """Return the settings of a server."""
        usual = {
            "DATA_DIR": str(self.folder),
            "MODEL_BASE_URL": f"{self.model.url}/v1",
            "MODEL_NAME": MODEL,
            "WEBHOOK_TOKEN": TOKEN,
            "SOLIDATS_API_KEY": "key",
            "SOLIDATS_APP_ID": "app",
            "SOLIDATS_CALLBACK_URL": f"{self.taker.url}/callback",
            "RESPONSE_MODE": "async",
            "ENCRYPTION_KEY": KEY,
            "LOG_LEVEL": "WARNING",
        }
        if self.database_url is not None:
            usual["DATABASE_URL"] = self.database_url
        return {f"EVALUATOR_{name}": value for name, value in (usual | more).items()}

    @contextlib.contextmanager
    def serving(self, *arguments: str, **more: str) -> Iterator[Server]:
        """Run `evaluator serve`."""
        command = ["evaluator", "serve", "--port", "0", *arguments]
        with running("the service", command, self.environment(**more)) as server:
            yield server

    def taken(self) -> int:
        """Return how many callbacks have come."""
        with urllib.request.urlopen(self.taker.url) as answer:  # noqa: S310 - a URL of this machine
            return int(json.load(answer)["taken"])

    def load(self, server: Server, *arguments: str, expect: str = '"job_id":') -> Load:
        """Post requests, as the load generator's further arguments say."""
        url = f"{server.url}/webhook/assessment/{TOKEN}"
        command = [
            *(sys.executable, "-m", "bench.load", url),
            "--bodies",
            str(self.bodies),
            "--expect",
            expect,
        ]
        ended = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, check=False, cwd=ROOT, timeout=_GRACE_S
        )
        if ended.returncode:
            raise ServerFailed(f"the load generator broke:\n{ended.stderr[-2000:]}")
        return Load(**json.loads(ended.stdout))


def measure(sizes: Sizes, bodies: Path, folder: Path, say: Any) -> Durability:
    """Measure everything; takes about four minutes in full."""
    with contextlib.ExitStack() as stack:
        model = stack.enter_context(running("model", ["bench.scripted_model"]))
        taker = stack.enter_context(running("callback", ["bench.taker"]))
        postgres = stack.enter_context(postgres_running())
        url = stack.enter_context(postgres.database())
        places = {
            "SQLite": Around(folder / "sqlite", model, taker, bodies),
            "PostgreSQL": Around(folder / "postgresql", model, taker, bodies, url),
        }
        say("durable 202 answers")
        raw = {"SQLite": commits.on_sqlite(folder, 2.0), "PostgreSQL": commits.on_postgresql(url, 2.0)}
        accepting = {name: _accepting(raw[name], place, sizes) for name, place in places.items()}
        say("CPU of storing")
        storing = _storing(Around(folder / "storing", model, taker, bodies), sizes.storing)
        say("jobs from request to callback")
        end_to_end = {name: _worked(place, sizes.working, 0) for name, place in places.items()}
        say(f"{sizes.queued} jobs in the queue, and a table that grows to {sizes.grown}")
        growing = Around(folder / "growing", model, taker, bodies)
        _worked(growing, 1_000, 0)
        small = _worked(growing, sizes.working, 1_000)
        drain = _worked(growing, sizes.queued, 1_000 + sizes.working)
        _seed(growing.folder / DATABASE_FILE, sizes.grown)
        large = _worked(growing, sizes.working, sizes.grown)
        return Durability(storing, accepting, end_to_end, drain, (small, large))


class Instant:
    """An assessor that costs nothing: everyone gets one result, so that what remains is the storing."""

    def __init__(self, result: AssessmentResult) -> None:
        self._result = result

    def check(self, request: AssessmentRequest) -> None:
        """See evaluator.jobs.work.Assesses."""

    async def assess(self, request: AssessmentRequest) -> AssessmentResult:
        """See evaluator.jobs.work.Assesses."""
        ids = {"candidate_id": request.candidate_id, "call_secret": request.call_secret}
        return self._result.model_copy(update=ids)


def _accepting(raw: float, place: Around, sizes: Sizes) -> Accepting:
    """Measure 202s while the same process works the jobs off, then as fast as they go without working."""
    seconds = str(sizes.accepting_s)
    before = place.taken()
    with place.serving() as server:
        first = place.load(server, "--connections", "8", "--requests", "100")
        paced = place.load(server, "--connections", "64", "--rate", str(RATE), "--seconds", seconds)
    with place.serving("--no-worker") as server:
        fastest = place.load(server, "--connections", "64", "--seconds", seconds)
    with place.serving():  # so that the next measurement finds an empty queue
        _wait_for(place, before + first.done + paced.done + fastest.done)
    return Accepting(raw, paced, fastest)


def _worked(place: Around, jobs: int, finished_before: int) -> Working:
    """Queue jobs while nobody works, then measure how they are worked off."""
    before = place.taken()
    with place.serving("--no-worker") as server:
        queued = place.load(server, "--connections", "64", "--requests", str(jobs))
    if queued.failed:
        raise ServerFailed(f"{queued.failed} jobs were not accepted: {queued.first_failure}")
    with place.serving() as server:
        began, cpu = time.perf_counter(), server.cpu_s()
        _wait_for(place, before + jobs)
        seconds = time.perf_counter() - began
        peak = sum(server.peak_bytes())
        return Working(jobs, finished_before, seconds, 1000 * (server.cpu_s() - cpu) / jobs, peak)


def _wait_for(place: Around, taken: int) -> None:
    give_up_at = time.monotonic() + _GRACE_S
    while place.taken() < taken:
        if time.monotonic() > give_up_at:
            raise ServerFailed("the jobs were not worked off")
        time.sleep(0.1)


def _seed(database: Path, rows: int) -> None:
    """Copy finished jobs, with all that hangs on them, until the table has so many."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(jobs)") if row[1] != "id"]
        have = connection.execute("SELECT count(*) FROM jobs").fetchone()[0]
        copies = {"jobs": columns, "payloads": ["kind", "sealed"]}
        for round_ in range(rows // have):
            for table, kept in copies.items():
                key = "id" if table == "jobs" else "job_id"
                names = ", ".join(kept)
                connection.execute(
                    f"INSERT INTO {table} ({key}, {names}) SELECT 'copy{round_}_' || {key}, {names} "  # noqa: S608 - names of our own
                    f"FROM {table} WHERE {key} NOT LIKE 'copy%'"
                )
        connection.commit()


def _storing(place: Around, jobs: int) -> dict[str, float]:
    """Return CPU milliseconds a job of assessing alone, of a direct request and of a queued one."""
    return asyncio.run(_stored(place, jobs))


async def _stored(place: Around, jobs: int) -> dict[str, float]:
    settings = _settings(place)
    request = read_model(AssessmentRequest, json.loads(next(place.bodies.iterdir()).read_bytes()))
    services = build(settings)
    instant = Instant(await services.assessor.assess(request))
    stored: Services = replace(services, assessor=instant)  # type: ignore[arg-type] # it has what jobs need of one
    async with durable(settings, stored) as there:

        async def direct(one: AssessmentRequest) -> None:
            outcome = await there.jobs.submit(_in_mode(one, "sync"))
            if isinstance(outcome, Finished) and outcome.receipt:
                await there.jobs.answered(outcome.receipt)

        async def queued(one: AssessmentRequest) -> None:
            await there.jobs.submit(_in_mode(one, "async"))

        cpu_ms = {
            ALONE: await _cpu_ms(instant.assess, request, jobs),
            DIRECT: await _cpu_ms(direct, request, jobs),
        }
        before = place.taken()
        cpu = time.process_time()
        await _cpu_ms(queued, request, jobs)
        await asyncio.to_thread(_wait_for, place, before + jobs)
        cpu_ms[QUEUED] = 1000 * (time.process_time() - cpu) / jobs
    await services.aclose()
    return cpu_ms


async def _cpu_ms(action: Action, request: AssessmentRequest, jobs: int) -> float:
    """Do something for so many requests, sixteen at a time; return CPU milliseconds each."""
    began = time.process_time()
    for first in range(0, jobs, 16):
        numbers = range(first, min(first + 16, jobs))
        name = action.__qualname__
        await asyncio.gather(*(action(_numbered(request, f"{name}-{number}")) for number in numbers))
    return 1000 * (time.process_time() - began) / jobs


def _settings(place: Around) -> Settings:
    return Settings(
        data_dir=place.folder,
        model_base_url=f"{place.model.url}/v1",
        model_name=MODEL,
        solidats_api_key="key",
        solidats_app_id="app",
        solidats_callback_url=f"{place.taker.url}/callback",
    )


def _numbered(request: AssessmentRequest, name: str) -> AssessmentRequest:
    return request.model_copy(update={"candidate_id": name})


def _in_mode(request: AssessmentRequest, mode: str) -> AssessmentRequest:
    config = request.integration_config.model_copy(update={"mode": mode})
    return request.model_copy(update={"integration_config": config})


def lines(found: Durability) -> Iterator[str]:
    """Yield the report, line by line."""
    yield from _heading("CPU that durability adds to a job, ms (an assessment that costs nothing)")
    alone = found.storing[ALONE]
    rows = [(name, f"{value:.2f}", f"{value - alone:.2f}") for name, value in found.storing.items()]
    yield from table(("", "CPU ms", "added"), rows)
    yield from _heading(f"Durable 202 answers; p50 and p99 at {RATE:g} a second, the jobs being worked off")
    yield from table(
        ("", "raw commits/s", "202/s", "p50 ms", "p99 ms"), map(_accepted, found.accepting.items())
    )
    yield from _heading("Jobs worked off, from the queue to the callback, one process")
    named = [*found.end_to_end.items(), ("SQLite, a long queue", found.drain)]
    named += [(f"SQLite, {each.finished_before} finished before", each) for each in found.growth]
    yield from table(("", "jobs", "seconds", "jobs/s", "CPU ms", "peak MiB"), map(_worked_off, named))
    yield from _heading("Aims of durability")
    yield from _aims(found)


def _accepted(named: tuple[str, Accepting]) -> Sequence[str]:
    name, each = named
    speeds = (f"{each.raw_per_second:.0f}", f"{each.fastest.per_second:.0f}")
    return (name, *speeds, f"{each.paced.p50_ms:.1f}", f"{each.paced.p99_ms:.1f}")


def _worked_off(named: tuple[str, Working]) -> Sequence[str]:
    name, each = named
    speeds = (f"{each.seconds:.1f}", f"{each.per_second:.0f}", f"{each.cpu_ms:.2f}")
    return (name, str(each.jobs), *speeds, f"{each.peak_bytes / 2**20:.0f}")


def _aims(found: Durability) -> Iterator[str]:
    added = found.storing[DIRECT] - found.storing[ALONE]
    yield _aim(
        added < MOST_STORING_MS, f"storing a direct request under {MOST_STORING_MS:g} ms", f"{added:.2f}"
    )
    for name, each in found.accepting.items():
        p99 = each.paced.p99_ms
        yield _aim(p99 < MOST_P99_MS, f"p99 of a 202 under {MOST_P99_MS:g} ms on {name}", f"{p99:.1f}")
    small, large = found.growth
    grown = large.cpu_ms / small.cpu_ms - 1
    yield _aim(grown < MOST_GROWTH, f"CPU of a job flat within {MOST_GROWTH:.0%}", f"{grown:+.0%}")


def _heading(text: str) -> Iterator[str]:
    yield from ("", text, "─" * len(text))


def _aim(reached: bool, aim: str, figure: str) -> str:
    return f"{'reached   ' if reached else 'fell short'}  {aim}: {figure}"
