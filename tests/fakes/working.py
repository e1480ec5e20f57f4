"""Jobs without an engine: the real store and the real work, and everything around them played by a test.

    async with working(place) as here:              # callback=False, terms={"mode": "async"}
        outcome = await here.submit(mode="async")   # one request; its fields may be changed
        await here.run_due()                        # units whose time has come, each once
        await here.run_all()                        # lets the time pass until no unit is left

`here.assessor.script` and `here.callback.script` say what comes of the next tries, `here.store.fails` how
often a call of the store finds no database, `here.store.before` and `.after` what happens beside one.
"""

import asyncio
import inspect
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from evaluator.audit.program import Program
from evaluator.audit.record import Recorder
from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult
from evaluator.delivery.attempt import Attempt, classify
from evaluator.delivery.backoff import Backoff
from evaluator.delivery.breaker import Breaker
from evaluator.errors import StorageUnavailable
from evaluator.jobs.delivering import Callback, Deliveries
from evaluator.jobs.engine import Kind
from evaluator.jobs.seam import Outcome
from evaluator.jobs.service import DurableJobs, Terms
from evaluator.jobs.turns import Standing, Turns
from evaluator.jobs.work import Work
from evaluator.storage.jobs import JobStore
from evaluator.storage.rows import Job
from tests.fakes.clock import FakeClock
from tests.fakes.prompting import payload
from tests.fakes.stores import Place

FIRST_RETRY_S = 5.0
ASSESS_WITHIN_S, DELIVER_WITHIN_S = 100.0, 1_000.0
RATING = 72
MOST_UNITS = 500


@dataclass
class FakeAssessor:
    """Rates everyone RATING, unless the script says what to raise, or do, instead.

    `gate` is open until a test clears it; `begun` is set as soon as a call has come.
    """

    script: list[Exception | Callable[[], Any] | None] = field(default_factory=list)
    refusal: Exception | None = None
    calls: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Open the gate."""
        self.gate.set()

    def check(self, request: AssessmentRequest) -> None:
        """See evaluator.jobs.work.Assesses."""
        if self.refusal is not None:
            raise self.refusal

    async def assess(self, request: AssessmentRequest) -> AssessmentResult:
        """See evaluator.jobs.work.Assesses."""
        self.calls += 1
        self.begun.set()
        await self.gate.wait()
        step = self.script.pop(0) if self.script else None
        if isinstance(step, Exception):
            raise step
        if step is not None:
            await step()
        return result_of(request)


@dataclass
class FakeSends:
    """Takes every result, unless the script says what comes of it: a status, or what to do in between."""

    clock: FakeClock
    script: list[int | Attempt | Callable[[], Any]] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    default: int = 200

    async def send(self, result: bytes) -> Attempt:
        """See evaluator.jobs.work.Sends."""
        self.sent.append(result)
        step = self.script.pop(0) if self.script else self.default
        if callable(step):
            await step()
            step = self.default
        if isinstance(step, Attempt):
            return step
        return Attempt(self.clock(), 12, classify(step), status_code=step)

    async def aclose(self) -> None:
        """See evaluator.jobs.work.Sends."""


@dataclass
class FakeQueue:
    """Remembers what was put into it, and when it is due."""

    clock: FakeClock
    entries: list[tuple[Kind, str, float]] = field(default_factory=list)

    def enqueue(self, connection: Connection, kind: Kind, job_id: str, *, delay_s: float = 0.0) -> None:
        """See evaluator.jobs.work.Enqueues."""
        self.entries.append((kind, job_id, self.clock() + delay_s))

    @property
    def kinds(self) -> list[Kind]:
        """What sort of units wait, in order."""
        return [kind for kind, _, _ in self.entries]

    def take_due(self) -> list[tuple[Kind, str]]:
        """Take out the units whose time has come."""
        due = [entry for entry in self.entries if entry[2] <= self.clock()]
        self.entries = [entry for entry in self.entries if entry not in due]
        return [(kind, job_id) for kind, job_id, _ in due]


class UnsteadyStore:
    """A store that fails as often as `fails` says, by the name of the call, and then works.

    Those in `unconfirmed` fail after the deed instead. `before` and `after` name what is to happen, once,
    before the deed and behind it.
    """

    def __init__(self, store: JobStore) -> None:
        self.fails: Counter[str] = Counter()
        self.unconfirmed: Counter[str] = Counter()
        self.before: dict[str, Callable[[], Any]] = {}
        self.after: dict[str, Callable[[], Any]] = {}
        self.calls: Counter[str] = Counter()
        self._store = store

    def __getattr__(self, name: str) -> Any:
        """Return the store's own, in an unsteady form where it is a call of the database."""
        own = getattr(self._store, name)
        if not inspect.iscoroutinefunction(own):
            return own

        async def call(*positional: Any, **named: Any) -> Any:
            self.calls[name] += 1
            if (happening := self.before.pop(name, None)) is not None:
                await happening()
            if self.fails[name] > 0:
                self.fails[name] -= 1
                raise StorageUnavailable("gone")
            done = await own(*positional, **named)
            if (happening := self.after.pop(name, None)) is not None:
                await happening()
            if self.unconfirmed[name] > 0:
                self.unconfirmed[name] -= 1
                raise StorageUnavailable("gone")
            return done

        return call


@dataclass
class Here:
    """One process that takes requests and works, with its surroundings."""

    clock: FakeClock
    store: Any
    queue: FakeQueue
    assessor: FakeAssessor
    callback: FakeSends
    breaker: Breaker
    work: Work
    deliveries: Deliveries
    jobs: DurableJobs
    standing: Standing
    slept: list[float]
    terms: Terms

    async def submit(
        self, asked: AssessmentRequest | None = None, *, hung_up: Any = None, **changes: Any
    ) -> Outcome:
        """Submit a request: `asked`, or the usual one with changes."""
        return await self.jobs.submit(asked or request(**changes), hung_up=hung_up)

    async def queued(self, **changes: Any) -> str:
        """Have a request in the queue, to be called back, and return its job's id."""
        outcome = await self.submit(**{"mode": "async", **changes})
        return str(outcome.job_id)

    async def job(self, job_id: str | None = None) -> Job:
        """Return a job, the only one where none is named."""
        found = (await self.store.list()).jobs if job_id is None else [await self.store.get(job_id)]
        assert len(found) == 1
        assert found[0] is not None
        return found[0]

    async def run_due(self) -> int:
        """Run the units whose time has come; return how many."""
        due = self.queue.take_due()
        for kind, job_id in due:
            await (self.work.assess(job_id) if kind == "assess" else self.deliveries.deliver(job_id))
        return len(due)

    async def run_all(self, *, most: int = MOST_UNITS) -> int:
        """Let the time pass until no unit is left; return how many ran, `most` at most."""
        ran = 0
        while self.queue.entries:
            self.clock.now = max(self.clock.now, min(at for _, _, at in self.queue.entries))
            ran += await self.run_due()
            assert ran < most
        return ran

    async def tried(self, job_id: str) -> list[tuple[str, str]]:
        """Return what was tried of a job, and how each try ended."""
        return [(each.kind, each.outcome) for each in await self.store.attempts(job_id)]


@asynccontextmanager
async def working(
    place: Place,
    *,
    executor_id: str = "here",
    callback: bool = True,
    terms: Mapping[str, Any] | None = None,
    deliveries_at_once: int = 0,
    store: JobStore | None = None,
    queue: FakeQueue | None = None,
) -> AsyncIterator[Here]:
    """Open the store at `place`, and take requests and work on it; `store` and `queue` are another's.

    Everything goes through the queue unless `deliveries_at_once`, or `at_once` of the terms, says otherwise.
    """
    if store is None:
        async with (
            place.open() as opened,
            working(
                place,
                executor_id=executor_id,
                callback=callback,
                terms=terms,
                deliveries_at_once=deliveries_at_once,
                store=opened,
                queue=queue,
            ) as here,
        ):
            yield here
        return
    clock, slept = place.clock, list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds)
        await asyncio.sleep(0)

    unsteady: Any = UnsteadyStore(store)
    queue = queue or FakeQueue(clock)
    assessor, sends = FakeAssessor(), FakeSends(clock)
    breaker, turns, standing = Breaker(FIRST_RETRY_S, clock), Turns(), Standing()
    steady: dict[str, Any] = {
        "store": unsteady,
        "queue": queue,
        "turns": turns,
        "standing": standing,
        "executor_id": executor_id,
        "clock": clock,
        "uniform": lambda low, high: (low + high) / 2,
        "sleep": sleep,
    }
    deliveries = Deliveries(
        callback=Callback(sends, breaker, Backoff(FIRST_RETRY_S)) if callback else None,
        within_s=DELIVER_WITHIN_S,
        at_once=deliveries_at_once,
        **steady,
    )
    work = Work(
        assessor=assessor,
        recorder=Recorder(store.records, Program("0", "0" * 64)),
        deliveries=deliveries,
        model_backoff=Backoff(FIRST_RETRY_S),
        app_id="app",
        **steady,
    )
    agreed = terms_of(callback=callback, **(terms or {}))
    jobs = DurableJobs(
        store=unsteady,
        work=work,
        deliveries=deliveries,
        turns=turns,
        standing=standing,
        assessor=assessor,
        queue=queue,
        terms=agreed,
        executor_id=executor_id,
        clock=clock,
    )
    surroundings = (clock, unsteady, queue, assessor, sends, breaker)
    yield Here(*surroundings, work, deliveries, jobs, standing, slept, agreed)


def terms_of(**changes: Any) -> Terms:
    """Return the usual terms, with changes."""
    usual: dict[str, Any] = {
        "mode": "auto",
        "deadline_s": 60.0,
        "wait_s": 60.0,
        "capacity": 8,
        "assess_within_s": ASSESS_WITHIN_S,
        "deliver_within_s": DELIVER_WITHIN_S,
        "retention_s": 100_000.0,
        "callback": True,
        "app_id": "app",
    }
    return Terms(**usual | changes)


def request(
    *, mode: str | None = None, config: Mapping[str, Any] | None = None, **changes: Any
) -> AssessmentRequest:
    """Return the least request, with its mode, its other settings and further fields."""
    settings = dict(config or {}) | ({} if mode is None else {"mode": mode})
    return read_model(
        AssessmentRequest, payload(**({"integration_config": settings} if settings else {}), **changes)
    )


def result_of(request: AssessmentRequest) -> AssessmentResult:
    """Return what the fake assessor makes of a request."""
    return AssessmentResult(
        candidate_id=request.candidate_id,
        pipeline_step_id=request.pipeline_step_id,
        call_secret=request.call_secret,
        rating=RATING,
        comment="Carried a service in production.",
        status="completed",
        created_at="2025-03-04T10:00:00+00:00",
    )


async def forever() -> None:
    """Hang up never."""
    await asyncio.Event().wait()
