"""What is expected of a case, as `expect.toml` says it. May import `contract` and `errors`."""

import difflib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evaluator.contract.config import LevelName
from evaluator.contract.decode import problems_of
from evaluator.contract.result import Status
from evaluator.errors import InvalidRequest, Problem

Points = Annotated[float, Field(strict=True, ge=0, le=100)]
"""A rating, or a difference of two; a whole number or a fraction, never text."""

Phrase = Annotated[str, Field(pattern=r"\S")]
"""Text of which something is visible."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class HumanRating(_Part):
    """What a person who really read the case gave it."""

    rater: Phrase
    on: date
    rating: Points
    note: str | None = None


class Twin(_Part):
    """The same candidate as another case with one thing changed, which should change the rating little."""

    of: Phrase
    differs_in: Phrase
    most_difference: Points


class Expectation(_Part):
    """What `expect.toml` may hold; everything is optional.

    `rating` is the range that an acceptable rating lies in, both ends included; `reference_rating` the
    case author's own rating, with one line of why, and never a recruiter's: those are `human_ratings`.
    `levels`: by criterion id, the levels that are right. `must_mention`, `must_not_mention`: words that the
    comment holds or must not hold, whatever their case; `questions`: words that one of the questions holds.
    `above`: cases that this one is rated above.
    """

    rating: tuple[Points, Points] | None = None
    status: tuple[Status, ...] = ()
    reference_rating: Points | None = None
    reference_why: Phrase | None = None
    author: Phrase = "case author"
    human_ratings: tuple[HumanRating, ...] = ()
    levels: dict[str, Annotated[tuple[LevelName, ...], Field(min_length=1)]] = Field(default_factory=dict)
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
        if self.rating is not None and self.reference_rating is not None:
            low, high = self.rating
            if not low <= self.reference_rating <= high:
                raise ValueError("reference_rating: lies outside the range that `rating` says is acceptable")
        return self

    @property
    def others(self) -> Mapping[str, str]:
        """The cases that this one is compared with, by the place in which each is named."""
        named = {f"/above/{at}": case for at, case in enumerate(self.above)}
        return named | ({"/twin/of": self.twin.of} if self.twin else {})


_PARTS: Mapping[str | int, type[_Part]] = {"twin": Twin, "human_ratings": HumanRating}


def read_expectation(value: Any) -> Expectation:
    """Return what `value`, decoded TOML or JSON, expects.

    Raises InvalidRequest with every problem found; a key that is not known comes with the one that was
    perhaps meant.
    """
    try:
        return Expectation.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_input=False)
    unknown = {str(each["loc"][-1]): each["loc"] for each in found if each["type"] == "extra_forbidden"}
    raise InvalidRequest([_suggesting(each, unknown) for each in problems_of(found)])


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` with the nearest of `known`, or nothing where none is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _suggesting(problem: Problem, unknown: Mapping[str, tuple[str | int, ...]]) -> Problem:
    key = problem.pointer.rpartition("/")[2]
    if key not in unknown:
        return problem
    part = _PARTS.get(unknown[key][0], Expectation)
    return Problem(problem.pointer, problem.message + nearest(key, part.model_fields))
