"""What a run keeps: of each candidate both results, sealed, and of the whole what names and quotes nobody.

May import `evals`, `contract` and the siblings `try_cases` and `try_summary`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from evaluator import __version__
from evaluator.evals.expectation import Expectation
from evaluator.evals.runs import Contestant, Row, Run
from evaluator.studio.try_summary import EvaluationSummary

DRAFT, PUBLISHED = "the draft", "the published version"
"""What the two sides of a run are called."""

_Model = TypeVar("_Model", bound=BaseModel)


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tried(_Kept):
    """One candidate: both results, and the request that they are of, without its secret.

    A side that was not asked is None. `reused`: the published side is from an earlier run. `keys` are what
    its results are known again by, by side.
    """

    format: Literal[1] = 1
    case: str
    title: str
    request: dict[str, Any]
    expectation: Expectation | None
    draft: Row | None = None
    published: Row | None = None
    reused: bool = False
    keys: Mapping[str, str] = {}

    @property
    def sides(self) -> Sequence[tuple[str, Row]]:
        """The results that there are, the draft's first, each with what its side is called."""
        both = ((DRAFT, self.draft), (PUBLISHED, self.published))
        return [(name, row) for name, row in both if row is not None]


class Took(_Kept):
    """What the assessments of a run took that were asked for in it; means over those with a rating.

    `seconds`, `prompt_tokens`, `completion_tokens`: of one assessment. `cost_usd`: of all, None where a price
    is not known.
    """

    assessments: int
    seconds: float
    prompt_tokens: float
    completion_tokens: float
    cost_usd: float | None


class Told(_Kept):
    """What is told of a run without a word about a candidate.

    `cohort`: what was run where it is no sample; `whole`: no selection of the samples. `why`: what ended a
    run that failed. `summary` is there once it is done.
    """

    format: Literal[1] = 1
    cohort: str | None = None
    whole: bool
    draft: Contestant | None
    published: Contestant | None
    offline: bool
    took: Took | None = None
    summary: EvaluationSummary | None = None
    why: str | None = None

    @property
    def model(self) -> str:
        """The model that was asked."""
        side = self.draft or self.published
        return side.model if side else ""

    @property
    def draft_hash(self) -> str | None:
        """The hash of the draft that was tried, None where only what is published was."""
        return self.draft.pack_hash if self.draft else None


def packed(kept: BaseModel) -> str:
    """Return a model as JSON in ASCII, which holds whatever characters a text has."""
    return json.dumps(kept.model_dump(mode="json", exclude_defaults=True), separators=(",", ":"))


def opened(kind: type[_Model], text: str | bytes) -> _Model:
    """Return the model that `packed` made a text of."""
    return kind.model_validate(json.loads(text))


def runs_of(rows: Iterable[Tried], told: Told, *, at: float) -> tuple[Run | None, Run | None]:
    """Return the published side and the draft's as runs of the eval command, None for one not asked."""
    kept = sorted(rows, key=lambda each: each.title)
    return (
        _run(kept, [each.published for each in kept], told.published, at),
        _run(kept, [each.draft for each in kept], told.draft, at),
    )


def took(rows: Iterable[Tried]) -> Took | None:
    """Return what the assessments took that were asked for; None where none gave a rating."""
    asked = [row for each in rows for name, row in each.sides if not (each.reused and name == PUBLISHED)]
    stamps = [(row, row.context.model) for row in asked if row.context is not None]
    if not stamps:
        return None
    number, costs = len(stamps), [stamp.cost_usd for _, stamp in stamps]
    return Took(
        assessments=number,
        seconds=sum(row.seconds for row, _ in stamps) / number,
        prompt_tokens=sum(stamp.prompt_tokens for _, stamp in stamps) / number,
        completion_tokens=sum(stamp.completion_tokens for _, stamp in stamps) / number,
        cost_usd=None if None in costs else sum(cost for cost in costs if cost is not None),
    )


def _run(
    kept: Sequence[Tried], rows: Sequence[Row | None], contestant: Contestant | None, at: float
) -> Run | None:
    if contestant is None:
        return None
    return Run(
        version=__version__,
        at=datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"),
        contestant=contestant,
        seconds=sum(row.seconds for row in rows if row is not None),
        expectations={each.case: each.expectation for each in kept},
        rows=tuple(row for row in rows if row is not None),
    )
