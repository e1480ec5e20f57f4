"""Trying drafts over a store, with candidates and a model that are made up.

async with trying(place) as tried:                  # of SQLite or PostgreSQL, with a draft of `default`
    run_id = await tried.started()
    looked = await tried.over(run_id)               # when it has ended, or has this many rows
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluator.contract.request import AssessmentRequest
from evaluator.errors import InvalidRequest, PackError, Problem
from evaluator.evals.dataset import load_cases
from evaluator.models.ask import Model
from evaluator.models.prices import load_prices
from evaluator.prompts.files import PackFiles, read_files
from evaluator.prompts.packs import Pack, pack_of
from evaluator.settings import load
from evaluator.storage.jobs import JobStore
from evaluator.studio.tries import Looked, Periods, Tries
from evaluator.studio.try_cases import Choice, TryCase, sample
from evaluator.studio.try_judging import Asked, Judges
from tests.fakes.model import FakeModel
from tests.fakes.stores import Place

PATIENCE_S = 20
MODEL = "gpt-4o-mini"
"""Whose price the packaged table knows."""


def samples(*names: str) -> list[TryCase]:
    """Return shipped samples."""
    chosen = names or ("sales-b2b-strong", "sales-b2b-weak", "data-analytics-strong")
    return [sample(case, case.name) for case in load_cases(Path("fixtures"), chosen).sound]


def published_pack() -> Pack:
    """Return the shipped pack that judges by default."""
    return pack_of("default", read_files(Path("prompts/default")))


def drafted(words: str = "The draft's own words.") -> PackFiles:
    """Return the texts of that pack with these words behind its instructions."""
    files = {**read_files(Path("prompts/default"))}
    return files | {"system.jinja": f"{files['system.jinja']}\n{words}"}


class FakeCandidates:
    """The samples given, and cohorts by name."""

    def __init__(self, *cases: TryCase, cohorts: Mapping[str, Sequence[TryCase]] | None = None) -> None:
        """Without any, three shipped samples."""
        self.cases = list(cases) or samples()
        self.cohorts = cohorts or {}

    async def chosen(self, choice: Choice) -> Sequence[TryCase]:
        """See evaluator.studio.tries.Candidates."""
        if choice.cohort is not None:
            return self.cohorts[choice.cohort]
        known = {each.id: each for each in self.cases}
        if choice.samples is None:
            return self.cases
        if any(name not in known for name in choice.samples):
            raise InvalidRequest([Problem("/sample", "there is no such sample")])
        return [known[name] for name in choice.samples]


@dataclass
class FakeRenders:
    """Says that every prompt has 1,000 tokens, but that those of some candidates cannot be had.

    `broken`: the draft cannot even be loaded. `meanwhile` happens while it is checked.
    """

    failing: Sequence[object] = ()
    broken: bool = False
    asked: list[tuple[str, object]] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def check(self, pack: str, files: PackFiles) -> None:
        """See evaluator.studio.try_rendered.Renders."""
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.broken:
            raise PackError("takes longer than 2 seconds", path=Path("system.jinja"), line=3)

    async def tokens(self, pack: str, files: PackFiles, request: AssessmentRequest) -> int:
        """See evaluator.studio.try_rendered.Renders."""
        self.asked.append((pack, request.candidate_id))
        if request.candidate_id in self.failing:
            raise PackError("takes longer than 2 seconds", path=Path("system.jinja"), line=3)
        return 1_000


@dataclass(frozen=True)
class Trying:
    """The tries of one process, and what they are over."""

    tries: Tries
    store: JobStore
    model: Any
    renders: FakeRenders
    candidates: FakeCandidates

    async def started(self, choice: Choice | None = None, **options: Any) -> str:
        """Begin a run."""
        return await self.tries.start("default", choice or Choice(), by="ann", **options)

    async def over(self, run_id: str, *, rows: int | None = None) -> Looked:
        """Return the run once it has ended, or once it has so many rows."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                looked = await self.tries.look(run_id)
                if looked.is_over or (rows is not None and len(looked.rows) >= rows):
                    return looked
                await asyncio.sleep(0.01)


@asynccontextmanager
async def trying(
    place: Place,
    *,
    model: Model | None = None,
    draft: PackFiles | None = None,
    candidates: FakeCandidates | None = None,
    renders: FakeRenders | None = None,
    offline: bool = False,
    periods: Periods | None = None,
    published: Mapping[str, Pack] | None = None,
) -> AsyncIterator[Trying]:
    """Open the store of a place and try drafts over it; `draft` is saved where there is none."""
    settings = load({"EVALUATOR_MODEL_BASE_URL": "http://m.test/v1", "EVALUATOR_MODEL_NAME": MODEL})
    asked, chosen, rendering = model or FakeModel(), candidates or FakeCandidates(), renders or FakeRenders()
    async with place.open() as store:
        if await store.pack_versions.draft("default") is None:
            await store.pack_versions.save("default", draft or drafted(), by="ann", expected=0, base=0)
        made = Trying(
            tries=Tries(
                store.studio_runs,
                Judges(settings, Asked(asked, MODEL, offline), mark=store.fingerprint),
                candidates=chosen,
                drafts=store.pack_versions,
                published={"default": published_pack()} if published is None else published,
                renders=rendering,
                prices=load_prices(),
                clock=place.clock,
                periods=periods or Periods(beat_s=0.02, look_s=0.02),
            ),
            store=store,
            model=asked,
            renders=rendering,
            candidates=chosen,
        )
        try:
            yield made
        finally:
            await made.tries.aclose()
