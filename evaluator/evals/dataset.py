"""Cases: a request and, where it is told, what is expected of its result; one folder each.

May import `contract` and `errors`.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evaluator.contract.decode import decode_json, problems_of, read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import Status
from evaluator.errors import FixtureError, InvalidRequest

REQUEST = "request.json"
EXPECT = "expect.toml"

Points = Annotated[float, Field(ge=0, le=100)]


class Expectation(BaseModel):
    """What `expect.toml` may hold.

    `rating` is the range that an acceptable rating lies in, both ends included; `reference_rating` the
    case author's own rating, with one line of why. Neither is a recruiter's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    rating: tuple[Points, Points]
    status: tuple[Status, ...] = Field(min_length=1)
    reference_rating: Points
    reference_why: str = Field(min_length=1)
    author: str = "case author"

    @model_validator(mode="after")
    def _in_order(self) -> "Expectation":
        if self.rating[0] > self.rating[1]:
            raise ValueError("rating: the lower end comes first")
        return self

    def holds(self, rating: float, status: str) -> bool:
        """Tell whether a result is as expected."""
        return self.rating[0] <= rating <= self.rating[1] and status in self.status


@dataclass(frozen=True, slots=True)
class Case:
    """A named case; `expectation` is None where nothing is expected of it."""

    name: str
    request: AssessmentRequest
    expectation: Expectation | None


@dataclass(frozen=True, slots=True)
class Cases:
    """What a folder of cases holds: those that can be replayed, and an error for each that is broken."""

    sound: list[Case] = field(default_factory=list)
    broken: list[FixtureError] = field(default_factory=list)


def load_cases(folder: Path, names: Sequence[str] = ()) -> Cases:
    """Load the cases in `folder` by name, or only those in `names`.

    Raises FixtureError where there is no folder, no case, or none of a name.
    """
    if not folder.is_dir():
        raise FixtureError(f"{folder}: no such folder of fixtures")
    found = {path.name: path for path in sorted(folder.iterdir()) if (path / REQUEST).is_file()}
    if not found:
        raise FixtureError(
            f"{folder}: holds no case; a case is a folder with {REQUEST} and, mostly, {EXPECT}"
        )
    unknown = [name for name in names if name not in found]
    if unknown:
        raise FixtureError(f"{folder}: no case named {', '.join(unknown)}; there are {', '.join(found)}")
    cases = Cases()
    for name in names or found:
        try:
            cases.sound.append(_load_case(found[name]))
        except FixtureError as error:
            cases.broken.append(error)
    return cases


def read_request(path: Path) -> tuple[bytes, Any]:
    """Return the JSON text of a fixture, and its value; `path` is a case's folder or a JSON file."""
    file = path / REQUEST if path.is_dir() else path
    try:
        body = file.read_bytes()
        return body, decode_json(body)
    except OSError as error:
        raise FixtureError(f"{file}: cannot be read: {error.strerror}") from None
    except InvalidRequest as error:
        raise FixtureError(f"{file}: {error}") from None


def load_request(path: Path) -> AssessmentRequest:
    """Return the request of a fixture; `path` is a case's folder or a JSON file. Raises FixtureError."""
    _, value = read_request(path)
    try:
        return read_model(AssessmentRequest, value)
    except InvalidRequest as error:
        raise FixtureError(f"{path}: {error}") from None


def _load_case(path: Path) -> Case:
    return Case(path.name, load_request(path), _load_expectation(path / EXPECT))


def _load_expectation(file: Path) -> Expectation | None:
    try:
        return Expectation.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FixtureError(f"{file}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FixtureError(f"{file}: not valid TOML: {error}") from None
    except ValidationError as error:
        problems = problems_of(error.errors(include_input=False))
        raise FixtureError(f"{file}: " + "; ".join(f"{p.pointer}: {p.message}" for p in problems)) from None
