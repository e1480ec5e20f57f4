"""A run of the suite: all planted texts and their clean twins, several at a time.

May import `assessing`, `settings` and the siblings below it.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from evaluator.assessing import assessor_for, model_choice, packs_of
from evaluator.assessment.assessor import Assessor, ModelChoice
from evaluator.evals.attacks.gullible import ENOUGH, NAME, Sober
from evaluator.evals.attacks.judging import (
    Configured,
    Models,
    Scripted,
    Told,
    given_away,
    judged_attack,
    judged_honest,
    told,
)
from evaluator.evals.attacks.outcomes import Leaks, SetRun, SuiteRun
from evaluator.evals.attacks.texts import Planted
from evaluator.evals.concurrency import Places
from evaluator.evals.dataset import load_request
from evaluator.evals.endpoint import Endpoint
from evaluator.models.ask import Answer, Ask, Check, Model
from evaluator.offline.rater import Rater, load_rater
from evaluator.settings import Settings

_T = TypeVar("_T")

Done = Callable[[], None]
"""Called after each assessment that the suite counts."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A model that is asked in one of a number of places."""

    model: Model
    places: Places

    async def answer(self, ask: Ask, check: Check, *, within_s: float) -> Answer:
        """See evaluator.models.ask.Model."""
        async with self.places:
            return await self.model.answer(ask, check, within_s=within_s)


@dataclass(frozen=True, slots=True)
class _Run:
    """What all assessments of a run share; `scripted` serves the scripted models."""

    assessor: Assessor
    scripted: Assessor
    models: Models
    rater: Rater
    places: Places
    done: Done

    async def each(self, work: Iterable[Coroutine[Any, Any, _T]]) -> list[_T]:
        """Do all of `work`, as many at a time as there are places, and return what came, in order."""

        async def one(of: Coroutine[Any, Any, _T]) -> _T:
            try:
                came = await of
            finally:
                self.places.end_case()
            self.done()
            return came

        tasks = []
        async with asyncio.TaskGroup() as group:
            for of in work:
                await self.places.begin_case()
                tasks.append(group.create_task(one(of)))
        return [task.result() for task in tasks]

    async def twins(self, texts: Iterable[Planted], fixtures: Path) -> dict[str, Told]:
        """Assess the request of each text's fixture as it is, once."""
        cases = list(dict.fromkeys(text.case for text in texts))
        model = self.models.plain()
        came = await self.each(told(self.assessor, load_request(fixtures / case), model) for case in cases)
        return dict(zip(cases, came, strict=True))

    async def set_of(self, name: str, texts: Sequence[Planted], twins: Mapping[str, Told]) -> SetRun:
        """Judge one set's texts."""
        attacks = await self.each(
            judged_attack(self.assessor, text, twins[text.case], self.models)
            for text in texts
            if text.evidence is None
        )
        honest = await self.each(
            judged_honest(self.scripted, text, twins[text.case], self.rater)
            for text in texts
            if text.evidence is not None
        )
        return SetRun(name=name, attacks=tuple(attacks), honest=tuple(honest))


def work_of(sets: Mapping[str, Sequence[Planted]]) -> int:
    """Return how often `done` is called for `sets`."""
    texts = [text for each in sets.values() for text in each]
    return len(texts) + len({text.case for text in texts})


async def attack_gullible(
    settings: Settings,
    sets: Mapping[str, Sequence[Planted]],
    fixtures: Path,
    done: Done,
    *,
    enough: float = ENOUGH,
) -> SuiteRun:
    """Judge `sets` with the gullible model, and give the prompt's mark away on purpose; asks nobody."""
    rater = load_rater()
    scripted = _scripted(settings)
    run = _Run(scripted, scripted, Scripted(rater, enough), rater, Places.fixed(2), done)
    first = next(text for texts in sets.values() for text in texts)
    return await _judged(run, NAME, sets, fixtures, leak_in=first.case)


async def attack_endpoint(
    settings: Settings, sets: Mapping[str, Sequence[Planted]], fixtures: Path, done: Done
) -> SuiteRun:
    """Judge the attacks of `sets` with the configured endpoint; honest texts are quoted from by a script.

    Raises SettingsError where the endpoint cannot be asked.
    """
    places = Places()
    endpoint = Endpoint(settings, places)
    endpoint.connect()
    try:
        choice = model_choice(settings)
        assessor = assessor_for(settings, packs_of(settings, every_pack=False), endpoint, choice)
        models = Configured(_Placed(endpoint, places))
        run = _Run(assessor, _scripted(settings), models, load_rater(), places, done)
        return await _judged(run, choice.default, sets, fixtures)
    finally:
        await endpoint.aclose()


async def _judged(
    run: _Run, model: str, sets: Mapping[str, Sequence[Planted]], fixtures: Path, leak_in: str | None = None
) -> SuiteRun:
    began = time.monotonic()
    twins = await run.twins((text for texts in sets.values() for text in texts), fixtures)
    judged = {name: await run.set_of(name, texts, twins) for name, texts in sets.items()}
    leaks: Leaks | None = None
    if leak_in is not None:
        leaks = await given_away(run.scripted, load_request(fixtures / leak_in), run.rater)
    return SuiteRun(model=model, sets=judged, leaks=leaks, seconds=round(time.monotonic() - began, 1))


def _scripted(settings: Settings) -> Assessor:
    """Return the pipeline for models that are told for each request; none stands behind it."""
    choice = ModelChoice(default=NAME, encoding=settings.model_encoding)
    return assessor_for(settings, packs_of(settings, every_pack=False), Sober(load_rater()), choice)
