"""A gap for caregiving: what was before a position is put two years back, and a line says why.

Durations stay as they are, so only the gap is new. May import `contract` and `evals.twin_text`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from evaluator.contract.request import AssessmentRequest
from evaluator.evals.twin_text import Words, all_words, changed_cv, either, texts_of, with_cv, words_of_cv

YEARS = 2
"""How long the gap is."""

_YEAR = r"(?:19[6-9]\d|20[0-4]\d)"
_MONEY = r"(?<!EUR )(?<!USD )(?<!GBP )(?<!CHF )(?<![€$£])(?<!€ )"


class _Month(NamedTuple):
    """A date; the month is 0 where it is not told."""

    year: int
    month: int


@dataclass(frozen=True)
class _Dates:
    """How dates are written in one language."""

    words: Words

    @cached_property
    def months(self) -> dict[str, int]:
        """The number of each name."""
        groups = self.words.months.split()
        return {name: number for number, group in enumerate(groups, 1) for name in group.split("/")}

    @cached_property
    def date(self) -> str:
        """The pattern of a date, as one group."""
        names = either(list(self.months))
        return (
            rf"((?:(?:{names})\.?\s+(?:de\s+)?{_YEAR}|(?:0?[1-9]|1[0-2])[/.]{_YEAR}"
            rf"|{_YEAR}[/-](?:0[1-9]|1[0-2])(?!\d)|{_MONEY}{_YEAR})(?![\d%]))"
        )

    @cached_property
    def dates(self) -> re.Pattern[str]:
        """The pattern of a date that stands for itself."""
        return re.compile(rf"(?<![\d.,/-]){self.date}", re.IGNORECASE)

    @cached_property
    def ranges(self) -> re.Pattern[str]:
        """The pattern of two dates and what is between; the second may be today."""
        between = rf"\s*(?:-|–|—|(?<=\s)(?:{either(self.words.until.split())})(?=\s))\s*"
        return re.compile(rf"(?<![\d.,/-]){self.date}{between}(?:{self.date}|\w+)", re.IGNORECASE)

    def read(self, written: str) -> _Month:
        """Return the date that is written."""
        found = re.search(_YEAR, written)
        year = int(found[0]) if found else 0
        rest = re.match(r"[\W_]*(\w*)", written.replace(str(year), "", 1).casefold())
        month = rest[1] if rest else ""
        return _Month(year, int(month) if month.isdigit() else self.months.get(month, 0))


@cache
def _dates(language: str) -> _Dates:
    return _Dates(next(words for words in all_words() if words.language == language))


def caregiving_gap(request: AssessmentRequest, _seed: str) -> AssessmentRequest | None:
    """Return the request with a gap of two years, None where no place for one can be told from the dates.

    The place is the newest position before which all dates are clearly earlier.
    """
    cv, words = request.candidate_parsed_cv, words_of_cv(request)
    if words is None or _tells_a_gap(texts_of(cv), words):
        return None
    dates = _dates(words.language)
    for number in range(1, len(cv.experience)):
        since = _since(cv.experience[:number], dates)
        fits = since and _all_before(cv.experience[number:], since, dates)
        if since and fits and not any(_straddles(text, since, dates) for text in texts_of(cv)):
            return _with_gap(request, number, since, dates)
    return None


def _tells_a_gap(texts: Sequence[str], words: Words) -> bool:
    whole = " ".join(texts).casefold()
    return any(phrase in whole for phrase in words.gaps)


def _since(entries: Sequence[str], dates: _Dates) -> _Month | None:
    """Return when the first of the positions began, None where one of them does not say."""
    starts = []
    for text in entries:
        found = dates.ranges.search(text) or dates.dates.search(text)
        if found is None:
            return None
        starts.append(dates.read(found[1]))
    return min(starts)


def _earlier(date: _Month, since: _Month) -> bool | None:
    """Tell whether `date` is before `since`, None where a missing month leaves that open."""
    if date.year != since.year:
        return date.year < since.year
    return date.month < since.month if date.month and since.month else None


def _all_before(entries: Sequence[str], since: _Month, dates: _Dates) -> bool:
    """Tell whether all dates of each position are clearly before `since`, the last by no gap of its own."""
    found = [[dates.read(date) for date in dates.dates.findall(text)] for text in entries]
    if not all(found):
        return False
    each = [date for of_entry in found for date in of_entry]
    return all(_earlier(date, since) for date in each) and max(each).year >= since.year - 1


def _straddles(text: str, since: _Month, dates: _Dates) -> bool:
    """Tell whether a range in the text begins before `since` and does not clearly end before it."""
    for start, end in dates.ranges.findall(text):
        if _earlier(dates.read(start), since) and not (end and _earlier(dates.read(end), since)):
            return True
    return False


def _with_gap(request: AssessmentRequest, number: int, since: _Month, dates: _Dates) -> AssessmentRequest:
    cv, line = request.candidate_parsed_cv, f"{since.year - YEARS} - {since.year}: {dates.words.care}"
    told = " ".join([*cv.experience[number:], *cv.education])
    first = min(dates.read(date) for date in dates.dates.findall(told))

    def earlier(text: str) -> str:
        return dates.dates.sub(lambda found: _moved(found[0], first, since, dates), text)

    parts = changed_cv(cv, earlier)
    parts["experience"].insert(number, line)
    place = _place(cv.raw, cv.experience[number], dates)
    if place is not None:
        parts["raw"] = f"{earlier(cv.raw[:place])}{line}\n\n{earlier(cv.raw[place:])}"
    elif cv.raw:
        parts["raw"] = f"{earlier(cv.raw).rstrip()}\n\n{line}\n"
    return with_cv(request, **parts)


def _moved(written: str, first: _Month, since: _Month, dates: _Dates) -> str:
    """Return a date two years earlier where it is of the candidate's time before `since`."""
    date = dates.read(written)
    if date.year < first.year or not _earlier(date, since):
        return written
    return written.replace(str(date.year), str(date.year - YEARS), 1)


def _place(raw: str, entry: str, dates: _Dates) -> int | None:
    """Return where in the whole text the paragraph of a position begins, None where it is not found."""
    span = dates.ranges.search(entry)
    at = raw.casefold().find(span[0].casefold()) if span else -1
    if at < 0:
        at = raw.find(" ".join(entry.split()[:3]).rstrip(",.;:"))
    if at < 0:
        return None
    paragraph, line = raw.rfind("\n\n", 0, at) + 2, raw.rfind("\n", 0, at) + 1
    alone = paragraph > 1 and not dates.ranges.search(raw, paragraph, at)
    return paragraph if alone else line
