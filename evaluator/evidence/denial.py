"""Telling whether a negation stands before a place in a text, so that quoting from there on reverses it.

"No experience with Kafka in production" holds "experience with Kafka in production" word for word. May
import `words` and the sibling `languages`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from evaluator.evidence.languages import Language, languages
from evaluator.words import folded_words

DENIAL_REACH = 6
"""Words before a place among which a negation denies it, as far as they belong to its clause."""

_BEFORE, _BEHIND = 300, 200
"""Characters around a place that are looked at."""

_PHRASE = 4
"""Words of a phrase at most."""

_HARD = re.compile(r"[.!?](?=\s)|[;:…\n•|()–—]|\s-\s")
_COMMA = re.compile(r",\s+")
_MARK = re.compile(rf"{_HARD.pattern}|{_COMMA.pattern}")
_BULLET = " \t\n-–•*"
_WORD = re.compile(r"\b\w")
_BREAK = re.compile(r"(\b\w+|[^\w\s])([^\S\n]*)\n(?=[^\S\n]*(?!\w[.)]|o\s)(\w))")
"""A line break between what ends a line and the letter or digit, no list sign, that begins the next."""

_VERBS = "do does did have has had is was are were ca could wo would should"
_VERBS_BEFORE = frozenset(_VERBS.split()) | {"can", "am"}
"""Before a word that joins they tell that it does not: "nor have I"."""

_NOT = re.compile(rf"\b({_VERBS.replace(' ', '|')})n['’ʼ＇´`‘]?t\b", re.IGNORECASE)
_CONTRACTED = frozenset({"t", *(f"{verb}nt" for verb in _VERBS.split())})
"""The words of which each "don't" has one, whatever its apostrophe."""

_ENDING = re.compile(r"(?<=\w)\((\w{1,2})\)")
"""As in `aucun(e)` and `keine(n)`."""


def is_denied(text: str, start: int, told: Callable[[], frozenset[Language]]) -> bool:
    """Tell whether what begins at `start` is denied by what stands before it in its clause.

    `told` gives the languages that the text may be in. The sure negations of all languages count, the
    unsure ones of those; it is asked only where a word stands there that could deny.
    """
    before = text[max(0, start - _BEFORE) : start]
    if _signs().isdisjoint(folded_words(before)):
        return False
    may_be = told()
    around = _unwrapped(before + text[start : start + _BEHIND], may_be)
    before, behind = _plain(around[: len(before)]), around[len(before) :]
    known = frozenset(folded_words(before))
    able = [each for each in languages() if not each.signs(may_be_in_it=each in may_be).isdisjoint(known)]
    return any(_is_denied(each, may_be, *cut) for each in able for cut in _cuts(each, may_be, before, behind))


def denied_from(text: str, start: int) -> int:
    """Return where the clause begins whose negation denies what is at `start`, so that a quote shows it."""
    first = max(0, start - _BEFORE)
    before = _unwrapped(text[first:start], languages())
    begins = [mark.end() for mark in _MARK.finditer(before)]
    for begin in [*reversed(begins), 0]:
        if not _signs().isdisjoint(folded_words(before[begin:])):
            word = _WORD.search(before, begin)
            return first + word.start() if word else start
    return start


@cache
def _signs() -> frozenset[str]:
    return _CONTRACTED.union(*(each.signs(may_be_in_it=True) for each in languages()))


def _unwrapped(text: str, told: Iterable[Language]) -> str:
    """Return `text`, as long as it was, with a space for each line break within a sentence.

    Such a break stands before a small letter, behind a comma, or behind a word that no line ends with.
    """
    leads = frozenset[str]().union(*(each.leads for each in told))

    def joined(match: re.Match[str]) -> str:
        last, space, begins = match.groups()
        goes_on = begins.islower() or last == "," or not leads.isdisjoint(folded_words(last))
        return f"{last}{space} " if goes_on else match[0]

    return _BREAK.sub(joined, text)


def _plain(text: str) -> str:
    return _NOT.sub(r"\1 cannot", _ENDING.sub(r"\1", text))


def _cuts(
    language: Language, told: frozenset[Language], before: str, behind: str
) -> Iterator[tuple[str, str]]:
    """Yield the place, and those whose denial holds for it too: where its heading or its list begins."""
    yield before, behind
    if language in told:
        yield from _heading(language, before)
        yield from _list(language, before, behind)


def _heading(language: Language, before: str) -> Iterator[tuple[str, str]]:
    """Yield where the colon is in "no experience with: Kafka, ¦Spark"."""
    heading, colon, rest = before.rpartition(":")
    if colon and not _HARD.search(rest.lstrip(_BULLET)) and language.opens.issuperset(_last(heading)):
        yield heading, ""


def _list(language: Language, before: str, behind: str) -> Iterator[tuple[str, str]]:
    """Yield where each item begins of alternatives: "no experience with Kafka, ¦Spark, or Flink"."""
    items = _COMMA.split(_HARD.split(before)[-1])
    own = len(items) - 1
    first, *others = _COMMA.split(_HARD.split(behind)[0])
    items = [*items[:-1], items[-1] + first, *others]
    last = next((at for at, item in enumerate(items) if at >= own and _ends_list(language, item)), 0)
    if not all(map(_is_item, items[own:last])):
        return
    for at in range(min(own, last), 0, -1):
        if at < own and not _is_item(items[at]):
            return
        yield ", ".join(items[:at]), ""


def _is_item(text: str) -> bool:
    """Tell whether what stands between two commas may be a name: what somebody did takes more words."""
    return len(text.split()) <= (3 if text[:1].isupper() else 2)


def _ends_list(language: Language, text: str) -> bool:
    words = folded_words(text)
    return not language.alternatives.isdisjoint(words[: 4 if text[:1].isupper() else 2])


def _is_denied(language: Language, told: frozenset[Language], before: str, behind: str) -> bool:
    known = folded_words(_MARK.split(before)[-1])
    words = known + folded_words(behind)[:_PHRASE]
    reached = len(known) - DENIAL_REACH
    denies = language.denies | (language.unsure if language in told else frozenset())
    joins = language.joins.union(*(each.joins for each in told))
    for at in range(len(known) - 1, max(-1, reached - _PHRASE), -1):
        if language in told and _is_phrase(language, words, at, reached):
            return True
        if at < reached:
            continue
        if tuple(words[max(0, at - 1) : at + 1]) in language.leads_to:
            return False
        near = language in told and words[at] in language.near and at == len(known) - 1
        if near or words[at] in denies:
            if not _is_taken_back(words, at, len(known), denies, told | {language}):
                return True
        elif words[at] in joins and (at == 0 or words[at - 1] not in denies | _VERBS_BEFORE):
            return False
    return False


def _is_taken_back(
    words: Sequence[str], at: int, place: int, denies: frozenset[str], told: frozenset[Language]
) -> bool:
    """Tell whether a negation does not hold: for what follows it, or as the second of two.

    What follows, the next word or of those before `place` the next two, is looked for in every language
    that the text may be in, as `no` is Spanish too.
    """
    here, following = words[at], words[at + 1 : max(at + 2, min(at + 3, place))]
    lacks = any(here in each.lacks for each in told) and at > 0 and words[at - 1] in denies
    return lacks or any(not (each.only | each.lacks).isdisjoint(following) for each in told)


def _is_phrase(language: Language, words: Sequence[str], at: int, reached: int) -> bool:
    """Tell whether a phrase that denies begins at `at`, and ends within reach."""
    for phrase in language.phrases:
        end = at + len(phrase)
        if end > reached and tuple(words[at:end]) == phrase:
            following = [word for word in words[end : end + 2] if word != "to"]
            return language.gives.isdisjoint(following[:1])
    return False


def _last(text: str) -> list[str]:
    return folded_words(text)[-1:] or [""]
