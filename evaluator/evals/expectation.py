"""What is expected of a case, as `expect.toml` says it. May import `contract`."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evaluator.contract.config import LevelName
from evaluator.contract.result import Status

Points = Annotated[float, Field(ge=0, le=100)]
"""A rating."""

Phrase = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class HumanRating(_Part):
    """What a person who really read the case gave it."""

    rater: str = Field(min_length=1)
    on: date
    rating: Points
    note: str | None = None


class Twin(_Part):
    """The same candidate as another case with one thing changed, which should change the rating little."""

    of: str = Field(min_length=1)
    differs_in: str = Field(min_length=1)
    most_difference: Points


class Expectation(_Part):
    """What `expect.toml` may hold; everything is optional.

    `rating` is the range that an acceptable rating lies in, both ends included; `reference_rating` the
    case author's own rating, with one line of why, and never a recruiter's: those are `human_ratings`.
    `levels`: by criterion id, the levels that are right. `must_mention`, `must_not_mention`: texts that the
    comment holds or must not hold, whatever their case; `questions`: texts that one of the questions holds.
    `above`: cases that this one is rated above.
    """

    rating: tuple[Points, Points] | None = None
    status: tuple[Status, ...] = ()
    reference_rating: Points | None = None
    reference_why: str | None = Field(default=None, min_length=1)
    author: str = "case author"
    human_ratings: tuple[HumanRating, ...] = ()
    levels: dict[str, tuple[LevelName, ...]] = Field(default_factory=dict)
    must_mention: tuple[Phrase, ...] = ()
    must_not_mention: tuple[Phrase, ...] = ()
    questions: tuple[Phrase, ...] = ()
    twin: Twin | None = None
    above: tuple[Phrase, ...] = ()

    @model_validator(mode="after")
    def _is_sound(self) -> "Expectation":
        if self.rating is not None and self.rating[0] > self.rating[1]:
            raise ValueError("rating: the lower end comes first")
        if self.reference_rating is not None and self.reference_why is None:
            raise ValueError("reference_why: a reference rating needs its reason, in one line")
        return self
