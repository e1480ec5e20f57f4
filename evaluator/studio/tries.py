"""Trying a draft on candidates beside what is published: telling what it takes, running it, looking at it.

May import `evals`, `models`, `storage`, `prompts`, `errors` and `studio` siblings.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from evaluator.contract.request import AssessmentRequest
from evaluator.errors import EvaluatorError, InvalidRequest, Overloaded, PackUnknown, Problem, RunUnknown
from evaluator.models.prices import PriceTable
from evaluator.prompts.packs import Pack, pack_of
from evaluator.storage.pack_versions import Draft
from evaluator.storage.studio_runs import StudioRun, StudioRunRow, StudioRuns
from evaluator.studio.try_cases import MOST_CASES, Choice, TryCase, too_many
from evaluator.studio.try_estimate import MOST_FAULTS, Counted, Estimate, Question, estimate, question
from evaluator.studio.try_judging import Asked, Judges, contestant, told
from evaluator.studio.try_rendered import Rendered, Renders
from evaluator.studio.try_results import RECENT, Earlier, earlier
from evaluator.studio.try_rows import DRAFT, PUBLISHED, Told, Tried, opened, packed
from evaluator.studio.try_running import BEAT_S, SILENT_S, Carrier, Planned

MOST_RUNS = 2
"""Runs that one process carries out at once."""

MOST_READERS = 50
"""Pages of one process that are told of runs as they go on; others are what they are when they are loaded."""

LOOK_EVERY_S = 1.0
"""Seconds between two looks at a run that another process carries out."""

LOOKS_IN_SILENCE = 15
"""Looks at a run in a row that may show nothing new before its readers hear of it anyway."""


class Candidates(Protocol):
    """Whom a draft can be tried on."""

    async def chosen(self, choice: Choice) -> Sequence[TryCase]:
        """Return the candidates of a choice; raises InvalidRequest where it names one that is not there."""
        ...


class Drafts(Protocol):
    """The drafts of all packs."""

    async def draft(self, name: str) -> Draft | None:
        """Return a pack's draft."""
        ...


@dataclass(frozen=True, slots=True)
class Periods:
    """Seconds between beats, of silence that is death, and between looks at another process's run."""

    beat_s: float = BEAT_S
    silent_s: float = SILENT_S
    look_s: float = LOOK_EVERY_S


@dataclass(frozen=True, slots=True)
class Looked:
    """A run as it stands, and rows of it by number. `state` is `stopped` where its process fell silent."""

    run: StudioRun
    told: Told
    state: str
    rows: Sequence[tuple[int, Tried]]

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state != "running"


@dataclass(frozen=True, slots=True)
class _Ready:
    """Everything that a run is about; `draft` is None where it does not differ from what is published."""

    cases: Sequence[TryCase]
    asked: Asked
    draft: Pack | None
    published: Pack | None
    earlier: Earlier


class Tries:
    """The runs of one process, over those of all. Storage errors pass as they are."""

    def __init__(
        self,
        runs: StudioRuns,
        judges: Judges,
        *,
        candidates: Candidates,
        drafts: Drafts,
        published: Mapping[str, Pack],
        renders: Renders,
        prices: PriceTable,
        clock: Callable[[], float],
        periods: Periods | None = None,
    ) -> None:
        """`clock` is the store's, in epoch seconds; `periods` are for tests."""
        self._runs = runs
        self._judges = judges
        self._candidates = candidates
        self._drafts = drafts
        self._published = published
        self._rendered = Rendered(renders)
        self._prices = prices
        self._clock = clock
        self._periods = periods or Periods()
        self._stirred = asyncio.Event()
        self._stopping = False
        self._readers = 0
        self._judging: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def estimate(self, pack: str, choice: Choice, *, offline: bool = False) -> Estimate:
        """Return what a run takes.

        Raises PackUnknown, InvalidRequest for the choice, or PackError for a draft that cannot be used.
        """
        ready = await self._ready(pack, choice, offline=offline)
        counted = await self._counted(ready)
        cases, took = len(ready.cases), ready.earlier.took
        return estimate(counted, ready.asked, candidates=cases, prices=self._prices, took=took)

    async def start(self, pack: str, choice: Choice, *, by: str, offline: bool = False) -> str:
        """Begin a run, which goes on by itself, and return its id.

        Raises Overloaded where this process has enough of them, and what `estimate` raises.
        """
        with self._room() as run_id:
            await self._begin(run_id, pack, choice, by=by, offline=offline)
        return run_id

    async def _begin(self, run_id: str, pack: str, choice: Choice, *, by: str, offline: bool) -> None:
        at = self._clock()
        ready = await self._ready(pack, choice, offline=offline)
        begun = Told(
            cohort=choice.cohort,
            whole=choice.is_whole,
            draft=ready.draft and contestant(ready.draft, DRAFT, ready.asked),
            published=ready.published and contestant(ready.published, PUBLISHED, ready.asked),
            offline=ready.asked.offline,
        )
        planned = Planned(
            id=run_id,
            by=by,
            at=at,
            cases=ready.cases,
            draft=ready.draft,
            published=ready.published,
            asked=ready.asked,
            told=begun,
            earlier=ready.earlier.rows,
        )
        await self._runs.bury(silent_s=self._periods.silent_s)
        total, public = len(planned.cases), packed(begun)
        await self._runs.begin(planned.id, pack=pack, by=by, total=total, public=public, at=at)
        self._carry_out(planned)

    @property
    def model(self) -> str | None:
        """The model that is asked where nobody wants the offline rater; None where that is all there is."""
        asked = self._judges.asked(offline=False)
        return None if asked.offline else asked.name

    async def cancel(self, run_id: str) -> bool:
        """Stop a run, whichever process has it, within seconds; False where it has ended already."""
        return await self._runs.cancel(run_id)

    async def look(self, run_id: str, *, behind: int = 0) -> Looked:
        """Return a run, and its rows that came behind a number. Raises RunUnknown."""
        # The run first: where it is over, all its rows are there.
        head = await self.head(run_id)
        rows = await self._runs.rows(run_id, behind=behind)
        return replace(head, rows=await asyncio.to_thread(_opened, rows))

    async def head(self, run_id: str) -> Looked:
        """Return a run without its rows. Raises RunUnknown."""
        run = await self._runs.get(run_id)
        if run is None:
            raise RunUnknown("there is no such run; it may be older than what is kept")
        return self._looked(run)

    async def row(self, run_id: str, number: int) -> Tried:
        """Return what came out for one candidate. Raises RunUnknown."""
        row = await self._runs.row(run_id, number)
        if row is None:
            raise RunUnknown("there is no such result; it may have been erased with its candidate")
        return opened(Tried, row.content)

    def check_readers(self) -> None:
        """Raise Overloaded where too many pages follow runs already."""
        if self._stopping or self._readers >= MOST_READERS:
            raise Overloaded("too many pages follow a run; load this one again later", retry_after_s=30)

    async def news(self, run_id: str, *, behind: int) -> AsyncGenerator[Looked, None]:
        """Yield the run whenever there is something new, until it is over or this process stops.

        Where there is nothing for long it is yielded all the same, so that who is gone is noticed.
        """
        self._readers += 1
        quiet = 0
        try:
            while not self._stopping:
                stirred = self._stirred
                found = await self.look(run_id, behind=behind)
                quiet += 1
                if found.rows or found.is_over or quiet > LOOKS_IN_SILENCE:
                    behind, quiet = found.rows[-1][0] if found.rows else behind, 0
                    yield found
                if found.is_over:
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._periods.look_s):
                        await stirred.wait()
        finally:
            self._readers -= 1

    async def recent(self, pack: str) -> Sequence[Looked]:
        """Return the newest runs of a pack, newest first, without their rows."""
        return [self._looked(run) for run in await self._runs.recent(pack, limit=RECENT)]

    def stop(self) -> None:
        """Begin no more, and end what pages follow; called as soon as the process is to stop."""
        self._stopping = True
        self._stir()

    async def aclose(self) -> None:
        """End the runs of this process, which are told as stopped."""
        self.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._judges.aclose()

    @contextlib.contextmanager
    def _room(self) -> Iterator[str]:
        """Hold a place for a run and yield its id; the place is its own until it has judged."""
        if self._stopping or len(self._judging) >= MOST_RUNS:
            raise Overloaded(
                f"{MOST_RUNS} runs are under way already; wait until one is done, or stop one",
                retry_after_s=60,
            )
        run_id = uuid.uuid4().hex
        self._judging.add(run_id)
        begun = False
        try:
            yield run_id
            begun = True
        finally:
            if not begun:
                self._judging.discard(run_id)

    def _carry_out(self, planned: Planned) -> None:
        carrier = Carrier(
            self._runs,
            self._judges,
            self._rendered,
            stirred=self._stir,
            judged=self._judging.discard,
            beat_s=self._periods.beat_s,
            silent_s=self._periods.silent_s,
        )
        task = asyncio.create_task(carrier.carry_out(planned))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _stir(self) -> None:
        self._stirred.set()
        self._stirred = asyncio.Event()

    def _looked(self, run: StudioRun) -> Looked:
        silent = run.state == "running" and self._clock() - run.beat_at > self._periods.silent_s
        return Looked(run, opened(Told, run.public), "stopped" if silent else run.state, rows=())

    async def _ready(self, name: str, choice: Choice, *, offline: bool) -> _Ready:
        published, written = self._published.get(name), await self._drafts.draft(name)
        if published is None and written is None:
            raise PackUnknown(f"there is no pack {name}")
        cases, asked = await self._chosen(choice), self._judges.asked(offline=offline)
        draft = None
        if written is not None and (published is None or written.files != published.files):
            # First where it can do no harm: to load a pack renders its templates too.
            await self._rendered.check(name, written.files)
            draft = await asyncio.to_thread(pack_of, name, written.files)
        wanted = set() if published is None else set(map(self._key_by(published, asked), cases))
        return _Ready(cases, asked, draft, published, await earlier(self._runs, name, wanted, asked))

    async def _chosen(self, choice: Choice) -> Sequence[TryCase]:
        cases = await self._candidates.chosen(choice)
        if not cases:
            raise _wrong("choose at least one candidate")
        if len(cases) > MOST_CASES:
            raise _wrong(too_many(len(cases)))
        return cases

    def _key_by(self, pack: Pack, asked: Asked) -> Callable[[TryCase], str]:
        side = contestant(pack, "", asked)
        return lambda chosen: self._judges.key(side, chosen.case.request)

    async def _counted(self, ready: _Ready) -> Counted:
        """Count what is to be asked; the published prompt is taken to be as long as the draft's."""
        questions: list[Question] = []
        faults: list[str] = []
        reused = 0
        for chosen in ready.cases:
            try:
                made, known = await self._questions(ready, chosen)
                questions += made
                reused += known
            except EvaluatorError as error:
                faults.append(f"{chosen.title}: {told(error)}")
            if len(faults) >= MOST_FAULTS:
                break  # each may have taken as long as it is let
        return Counted(questions, reused, faults)

    async def _questions(self, ready: _Ready, chosen: TryCase) -> tuple[Sequence[Question], int]:
        request: AssessmentRequest = chosen.case.request
        first = ready.draft or ready.published
        tokens = 0 if first is None else await self._rendered.tokens(first.name, first.files, request)
        asked_by = [pack for pack in (ready.draft, ready.published) if pack is not None]
        if ready.published and self._key_by(ready.published, ready.asked)(chosen) in ready.earlier.rows:
            asked_by.remove(ready.published)
            return [question(pack, request, tokens, ready.asked) for pack in asked_by], 1
        return [question(pack, request, tokens, ready.asked) for pack in asked_by], 0


def _opened(rows: Sequence[StudioRunRow]) -> Sequence[tuple[int, Tried]]:
    """Return rows as they were tried; of many candidates it takes a while."""
    return [(row.number, opened(Tried, row.content)) for row in rows]


def _wrong(message: str) -> InvalidRequest:
    return InvalidRequest([Problem("/candidates", message)])
