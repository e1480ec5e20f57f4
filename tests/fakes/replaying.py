"""What judges cases, over a fake model and a small pack, with recordings in a folder of the test's."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from evaluator.assessment.screening import Screen, screened
from evaluator.evals.contender import Contender
from evaluator.evals.dataset import Case
from evaluator.evals.endpoint import Endpoint
from evaluator.evals.exchanges import Asking, Replies
from evaluator.evals.recordings import FILE, Recording, RecordingFile, Recordings
from evaluator.evals.runs import Contestant, Row
from evaluator.models.ask import Model
from evaluator.prompts.packs import ModelParameters
from evaluator.settings import load
from tests.fakes.assessing import assessor_over, request
from tests.fakes.model import FakeModel
from tests.fakes.prompting import make_pack

CONTESTANT = Contestant(label="fake-model", model="fake-model", offline=False)

PARAMETERS = ModelParameters()


class Ticking:
    """A time of day that moves on by a minute at every look."""

    def __init__(self) -> None:
        self._at = datetime(2026, 11, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time, and move on."""
        self._at += timedelta(minutes=1)
        return self._at


def case_in(folder: Path, name: str = "baker", **changes: Any) -> Case:
    """Return a case with a folder of its own."""
    own = folder / name
    own.mkdir(exist_ok=True, parents=True)
    return Case(name, request(**changes), None, own)


def contender(
    folder: Path,
    replies: Replies,
    model: Model | None = None,
    *,
    offline: bool = False,
    beside: Path | None = None,
    hidden: tuple[str, ...] = (),
    parameters: ModelParameters = PARAMETERS,
    screen: Screen = screened,
    **texts: str,
) -> Contender:
    """Return one that judges by the sample pack, with other texts and parameters."""
    asking = Asking(replies=replies, model=model, offline=offline, hidden=hidden, now=Ticking())
    packs = folder / "packs" / str(len(list(folder.glob("packs/*"))))
    packs.mkdir(parents=True)
    pack = make_pack(packs, name="default", **texts)
    settings = pack.settings.model_copy(update={"model": parameters})
    return Contender(
        CONTESTANT,
        assessor_over(FakeModel(), replace(pack, settings=settings)),
        asking=asking,
        recordings=Recordings(beside),
        endpoint=Endpoint(load({}), None),
        chosen={},
        screen=screen,
    )


def judge(judging: Contender, *cases: Case, repeats: int = 1) -> list[Row]:
    """Return the rows of `cases`, and end the contender."""

    async def run() -> list[Row]:
        pairs = [(case, repeat) for case in cases for repeat in range(repeats)]
        rows = await asyncio.gather(*(judging.judge(*pair) for pair in pairs))
        await judging.aclose()
        return rows

    return asyncio.run(run())


def recorded(case: Case) -> list[Recording]:
    """Return what lies beside a case."""
    assert case.folder is not None
    return list(RecordingFile(case.folder / FILE).of_case(case.name))


def wrong_with(row: Row) -> str:
    """Return the error of a row that has no result."""
    assert row.result is None
    assert row.error is not None
    return row.error
