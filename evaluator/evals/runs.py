"""A run: what became of every case under one contestant, complete enough to be kept, compared and shown.

A run's figures stand on cases and not on rows: the repeats of a case are averaged first. May import
`contract`, `errors` and `evals.expectation`.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from statistics import fmean
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from evaluator.contract.result import AssessmentResult, ResultContext
from evaluator.evals.expectation import Expectation

Source = Literal["recording", "endpoint", "offline"]
"""Where the replies of a row came from: kept beside the case, a configured endpoint, the offline rater."""


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(_Kept):
    """One message that was sent."""

    role: Literal["system", "user", "assistant"]
    content: str


class Exchange(_Kept):
    """What was asked and what the model wrote, as it wrote it."""

    messages: tuple[Said, ...]
    reply: str


class Contestant(_Kept):
    """What the cases were judged by.

    `pack` is None where each request names its own, `pack_hash` then too where they differ.
    """

    label: str = Field(description="Short and unique in a comparison: `default`, `default@HEAD~3`, a model.")
    pack: str | None = None
    pack_hash: str | None = None
    model: str
    offline: bool = Field(description="Whether the offline rater judged, which is no model.")


class Row(_Kept):
    """One assessment of one case: a result, or the error that stands in its place.

    `repeat` counts from 0. `seconds` is wall time, of a recording the time that it took when it was made.
    """

    case: str
    repeat: int = 0
    source: Source
    seconds: float
    result: AssessmentResult | None = None
    error: str | None = None
    exchanges: tuple[Exchange, ...] = ()

    @property
    def rating(self) -> float | None:
        """The rating, None where the case failed."""
        return None if self.result is None or self.result.rating is None else float(self.result.rating)

    @property
    def status(self) -> str:
        """The result's status; `failed` where there is none."""
        return self.result.status if self.result else "failed"

    @cached_property
    def context(self) -> ResultContext | None:
        """What explains the rating, None where the case failed."""
        explained = self.result.context if self.result else None
        return None if explained is None else ResultContext.model_validate(explained)

    @property
    def tokens(self) -> int:
        """Tokens of prompt and reply over all calls; 0 where the case failed."""
        stamp = self.context.model if self.context else None
        return stamp.prompt_tokens + stamp.completion_tokens if stamp else 0

    @property
    def cost_usd(self) -> float | None:
        """The price of the calls; None where it is not known."""
        return self.context.model.cost_usd if self.context else None


class Run(_Kept):
    """All rows of one contestant, in the cases' order and by repeat, with what is expected of each case.

    `seconds` is the wall time of the whole; `interrupted` whether it was ended before every row was there;
    `repeats` how often each case was to be assessed.
    """

    format: Literal[1] = 1
    version: str = Field(description="The program's.")
    at: str = Field(description="ISO 8601, UTC; of a replay when the newest recording was made.")
    contestant: Contestant
    seconds: float
    interrupted: bool = False
    repeats: int = Field(default=1, ge=1)
    expectations: Mapping[str, Expectation | None] = Field(description="By case, in the cases' order.")
    rows: tuple[Row, ...]

    @cached_property
    def by_case(self) -> Mapping[str, Sequence[Row]]:
        """The rows of each case, in the cases' order."""
        found: dict[str, list[Row]] = {case: [] for case in self.expectations}
        for row in self.rows:
            found[row.case].append(row)
        return found

    def rating(self, case: str) -> float | None:
        """Return the mean rating of a case over its repeats, None where none of them has one."""
        ratings = [row.rating for row in self.by_case.get(case, ()) if row.rating is not None]
        return fmean(ratings) if ratings else None

    @property
    def tokens(self) -> int:
        """Tokens over all rows."""
        return sum(row.tokens for row in self.rows)

    @property
    def cost_usd(self) -> float | None:
        """The price of all rows that have a result; None where one of them is not known."""
        costs = [row.cost_usd for row in self.rows if row.result is not None]
        return None if None in costs else sum(cost for cost in costs if cost is not None)
