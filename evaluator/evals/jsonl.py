"""Cases as lines of JSON: a request as SolidATS sends it, or that with a name and what is expected.

    {"v": "1", "job": …, "candidate_id": …, …}
    {"name": "nurse-7", "request": {…}, "expect": {"rating": [40, 60]}, "service_rating": 52}

May import `contract`, `errors` and `evals.expectation`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from evaluator.contract.decode import decode_json, read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.errors import FixtureError, InvalidRequest
from evaluator.evals.expectation import Expectation, nearest, read_expectation

_T = TypeVar("_T")

_WRAPPER = ("name", "request", "expect", "service_rating")
_NAME = re.compile(r"\w[\w.@+ -]{0,119}")
_NOT_IN_A_NAME = re.compile(r"[^\w.-]+")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_lines(file: Path) -> "Iterator[Line]":
    """Yield the lines of `file` that hold anything. Raises FixtureError where it cannot be read."""
    try:
        with file.open("rb") as stream:
            for number, body in enumerate(stream, 1):
                text = body.removeprefix(_BYTE_ORDER_MARK).strip() if number == 1 else body.strip()
                if text:
                    yield Line(file, number, text)
    except OSError as error:
        raise FixtureError(f"{file}: cannot be read: {error.strerror}") from None


@dataclass(frozen=True)
class Line:
    """One line of a file, numbered from 1. What it holds is read when it is asked for.

    Each property raises FixtureError, which names file and line and repeats nothing of the request.
    """

    file: Path
    number: int
    body: bytes

    @property
    def where(self) -> str:
        """The place of the line."""
        return f"{self.file}:{self.number}"

    @property
    def name(self) -> str:
        """The name that the line gives, or the candidate's id and the line's number."""
        if "name" not in self._wrapper:
            candidate = _NOT_IN_A_NAME.sub("_", str(self.request.candidate_id))
            return f"{candidate[:60]}-{self.number}"
        name = self._wrapper["name"]
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise self._fault("/name: must be text of letters, digits and . _ @ + - or spaces, 120 at most")
        return name

    @cached_property
    def request(self) -> AssessmentRequest:
        """The request, held to the contract; its secret alone may be missing, as in an export."""
        value = self._wrapper["request"]
        sent = {"call_secret": "", **value} if isinstance(value, dict) else value
        request: AssessmentRequest = self._told(read_model, AssessmentRequest, sent)
        return request

    @cached_property
    def expectation(self) -> Expectation | None:
        """What is expected, None where nothing is."""
        expect = self._wrapper.get("expect")
        return None if expect is None else self._told(read_expectation, expect, prefix="/expect")

    @property
    def service_rating(self) -> float | None:
        """The rating that the service gave, where that is told."""
        rating = self._wrapper.get("service_rating")
        if rating is None:
            return None
        if isinstance(rating, bool) or not isinstance(rating, int | float) or not 0 <= rating <= 100:
            raise self._fault("/service_rating: must be a number from 0 to 100")
        return float(rating)

    @cached_property
    def _wrapper(self) -> Mapping[str, Any]:
        value = self._told(decode_json, self.body)
        if not isinstance(value, dict) or "request" not in value or "job" in value:
            return {"request": value}
        unknown = [key for key in value if key not in _WRAPPER]
        if unknown:
            known = ", ".join(_WRAPPER)
            guess = nearest(unknown[0], _WRAPPER) if unknown[0].isprintable() else ""
            raise self._fault(f"beside a request may stand {known}, and nothing else{guess}")
        return value

    def _told(self, read: Callable[..., _T], *values: Any, prefix: str = "") -> _T:
        try:
            return read(*values)
        except InvalidRequest as error:
            problems = [f"{prefix}{each.pointer or '/'}: {each.message}" for each in error.problems]
        raise self._fault("; ".join(problems).replace("at line 1, column", "at column"))

    def _fault(self, message: str) -> FixtureError:
        return FixtureError(f"{self.where}: {message}")
