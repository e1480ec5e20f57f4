"""What all twins are made with: the words of a case's language, and changing all texts of a CV alike.

May import `contract`.
"""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from evaluator.contract.request import AssessmentRequest, ParsedCV

_T = TypeVar("_T")
_FEW = 3
"""Telling words that are too few below to tell a language by."""


class Words(BaseModel):
    """One language's words; the fields are those that `twin_words.toml` explains."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    telling: str
    first: str
    months: str
    until: str
    today: str
    care: str
    gaps: tuple[str, ...]
    hobbies: tuple[str, ...]
    interests: str
    languages: str
    tongues: tuple[str, ...]
    headings: str
    reworded: dict[str, str]


@cache
def all_words() -> tuple[Words, ...]:
    """Return the words of every language there is."""
    table = tomllib.loads(files("evaluator.evals").joinpath("twin_words.toml").read_text(encoding="utf-8"))
    return tuple(Words(language=language, **words) for language, words in table.items())


def words_of(*texts: str) -> Words | None:
    """Return the words of the language that the texts are in, None where it is none of those known."""
    found = Counter(re.findall(r"[^\W\d_]+", " ".join(texts).casefold()))
    scores = [sum(found[word] for word in each.telling.split()) for each in all_words()]
    best = max(scores)
    return all_words()[scores.index(best)] if best >= _FEW else None


def words_of_cv(request: AssessmentRequest) -> Words | None:
    """Return the words of the language that the CV is in."""
    return words_of(*texts_of(request.candidate_parsed_cv))


def texts_of(cv: ParsedCV) -> list[str]:
    """Return every text of a CV."""
    return [cv.summary, *cv.experience, *cv.education, *cv.hobbies, cv.raw]


def with_cv(request: AssessmentRequest, **parts: Any) -> AssessmentRequest:
    """Return the request with these parts of the CV in place of its own."""
    cv = request.candidate_parsed_cv.model_copy(update=parts)
    return request.model_copy(update={"candidate_parsed_cv": cv})


def changed_cv(cv: ParsedCV, change: Callable[[str], str]) -> dict[str, Any]:
    """Return every part of a CV with each of its texts changed."""
    return {
        "summary": change(cv.summary),
        "experience": [change(text) for text in cv.experience],
        "education": [change(text) for text in cv.education],
        "hobbies": [change(text) for text in cv.hobbies],
        "raw": change(cv.raw),
    }


def picked(options: Sequence[_T], seed: str) -> _T:
    """Return one of `options`, always the same one for a seed."""
    return options[int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) % len(options)]


def either(words: Sequence[str]) -> str:
    """Return a pattern for any of `words`, longer ones first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def as_cased(new: str, old: str) -> str:
    """Return `new` with a capital where `old` has one, and all in capitals where `old` is."""
    if old.isupper() and len(old) > 1:
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() else new
