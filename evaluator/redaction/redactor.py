"""Redacting a text, or every text of a JSON value. May import siblings.

What a field calls a name is taken out wherever else it stands: in the same text, or in another of the same
value.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from evaluator.redaction.kinds import KINDS, USUAL, Kind, kinds_of
from evaluator.redaction.labels import Field, labels

_MOST_NAMES = 60
"""Words of names that are looked for in all texts of one value."""

_NAME_PART = re.compile(r"[^\W\d_][\w'’-]{2,}")


class _Found(NamedTuple):
    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text or a JSON value with placeholders, and how many of each kind it got."""

    value: Any
    counts: Mapping[str, int] = field(default_factory=dict)


class Redactor:
    """Takes out the kinds that it is made with."""

    def __init__(self, kinds: Sequence[Kind] | None = None) -> None:
        """`kinds`: the usual ones, unless others are chosen."""
        self._all = kinds_of(USUAL) if kinds is None else tuple(kinds)
        self._kinds = {kind.name: kind for kind in reversed(self._all)}
        self._everywhere = next((kind for kind in self._all if kind.everywhere), None)
        placeholders = "|".join(re.escape(kind.placeholder) for kind in KINDS)
        self._placeholder = re.compile(rf"\s*(?:{placeholders})")

    def text(self, text: str) -> Redacted:
        """Return `text` redacted."""
        return self.value(text)

    def value(
        self,
        value: Any,
        *,
        keep: Callable[[str], bool] = lambda key: False,
        names: Iterable[str] = (),
        names_told: bool = False,
    ) -> Redacted:
        """Return a JSON `value` redacted, its keys too; what stands under a key to `keep` stays as it is.

        A key that is a label, as in a form, announces all that stands under it. `names` are looked for
        beside those that `value` itself tells, unless with `names_told` they are all of them.
        """
        known = _pattern_of([*(() if names_told else self.names(value, keep=keep)), *names])
        counts: Counter[str] = Counter()
        return Redacted(self._redacted(value, known, keep, counts), dict(counts))

    def names(self, value: Any, *, keep: Callable[[str], bool] = lambda key: False) -> list[str]:
        """Return what fields of `value` call a name, where names are redacted."""
        return list(dict.fromkeys(self._names(value, keep)))

    def _names(self, value: Any, keep: Callable[[str], bool]) -> Iterator[str]:
        """Yield what fields of `value` tell of the kinds that are found everywhere."""
        if isinstance(value, str):
            found = chain(self._labelled(value), self._formed(value, everywhere=True))
            yield from (value[each.start : each.end] for each in found if each.kind.everywhere)
        for key, member in _members(value):
            kind = self._kind_of(key)
            if kind is not None and kind.everywhere and isinstance(member, str):
                yield member
            elif not keep(key):
                yield from self._names(member, keep)

    def _redacted(
        self, value: Any, known: re.Pattern[str] | None, keep: Callable[[str], bool], counts: Counter[str]
    ) -> Any:
        if isinstance(value, str):
            return self._replaced(value, known, counts)
        if isinstance(value, list):
            return [self._redacted(item, known, keep, counts) for item in value]
        if not isinstance(value, Mapping):
            return value
        redacted: dict[str, Any] = {}
        for key, member in value.items():
            kind = self._kind_of(key)
            if keep(key):
                redacted[key] = member
            elif kind is not None:
                redacted[key] = _emptied(member, kind, counts)
            else:
                name = free(self._replaced(key, known, counts), redacted)
                redacted[name] = self._redacted(member, known, keep, counts)
        return redacted

    def _replaced(self, text: str, known: re.Pattern[str] | None, counts: Counter[str]) -> str:
        parts, behind = [], 0
        for found in _apart(sorted(self._found(text, known), key=lambda each: each[:2])):
            parts += [text[behind : found.start], found.kind.placeholder]
            behind = found.end
            counts[found.kind.name] += 1
        return "".join([*parts, text[behind:]]) if parts else text

    def _found(self, text: str, known: re.Pattern[str] | None) -> Iterator[_Found]:
        yield from self._labelled(text)
        yield from self._formed(text)
        if self._everywhere is not None and known is not None:
            yield from (_Found(*match.span(), self._everywhere) for match in known.finditer(text))

    def _formed(self, text: str, *, everywhere: bool = False) -> Iterator[_Found]:
        """Yield what is known by its form; with `everywhere` of kinds alone that are found again."""
        for kind in self._all:
            if kind.by_form is not None and kind.everywhere >= everywhere:
                yield from (_Found(start, end, kind) for start, end in kind.by_form(text))

    def _labelled(self, text: str) -> Iterator[_Found]:
        fields: list[Field] = labels().fields(text)
        ends = [each.start for each in fields[1:]] + [len(text)]
        for each, limit in zip(fields, ends, strict=False):
            kind = self._kinds.get(each.kind)
            if kind is None or kind.behind_label is None or self._placeholder.match(text, each.value):
                continue
            span = kind.behind_label(text, each.value, max(limit, each.value))
            if span is not None and span[0] < span[1]:
                yield _Found(*span, kind)

    def _kind_of(self, key: str) -> Kind | None:
        announced = labels().kind_of(key)
        return None if announced is None else self._kinds.get(announced)


def _members(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return value.items()
    return (("", item) for item in value) if isinstance(value, list) else ()


def _emptied(value: Any, kind: Kind, counts: Counter[str]) -> Any:
    """Return `value` with a placeholder for every text and number in it; what says nothing stays."""
    if isinstance(value, Mapping):
        return {key: _emptied(member, kind, counts) for key, member in value.items()}
    if isinstance(value, list):
        return [_emptied(item, kind, counts) for item in value]
    if value is None or isinstance(value, bool) or value in ("", kind.placeholder):
        return value
    counts[kind.name] += 1
    return kind.placeholder


def free(key: str, taken: Mapping[str, Any]) -> str:
    """Return `key`, with a number where another that was redacted to the same is there already."""
    if key not in taken:
        return key
    return next(f"{key} {number}" for number in range(2, len(taken) + 3) if f"{key} {number}" not in taken)


def _apart(found: Iterable[_Found]) -> Iterator[_Found]:
    """Yield stretches that do not overlap: what overlaps is one, of the kind of its longest."""
    last: _Found | None = None
    longest = 0
    for each in found:
        if last is None or each.start >= last.end:
            if last is not None:
                yield last
            last, longest = each, each.end - each.start
            continue
        kind = each.kind if each.end - each.start > longest else last.kind
        longest = max(longest, each.end - each.start)
        last = _Found(last.start, max(last.end, each.end), kind)
    if last is not None:
        yield last


def _pattern_of(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern for names and rows of their parts of three letters or more, also in capitals."""
    wanted: dict[str, None] = {}
    for name in names:
        words = [word for word in _NAME_PART.findall(name) if word[0].isupper() or not word.islower()]
        for each in [name.strip(), *words]:
            if len(each) > 2 and len(wanted) < _MOST_NAMES:
                wanted |= {each: None, each.upper(): None}
    one = "|".join(map(re.escape, sorted(wanted, key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{one})(?:,?[ ](?:{one})){{0,5}}(?!\w)") if wanted else None
