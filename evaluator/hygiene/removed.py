"""What cleaning took out of a request: how much of which kind, where, and what it spelt.

Nobody reads what was removed but the check for manipulation. May import `contract` and the siblings
`cleaning` and `spelling`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from evaluator.contract.decode import pointer
from evaluator.hygiene.cleaning import UNTOUCHED, clean, clean_request
from evaluator.hygiene.spelling import counts, spelt

_ModelT = TypeVar("_ModelT", bound=BaseModel)
_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """Invisible characters of one kind, taken out of one text.

    `pointer` is the text's JSON pointer in the cleaned request; for what was in a field's name, the
    field's. `text` is what the characters spelt, "" where nothing; `at` is where in the cleaned text they
    began. `kind` is one of `KINDS` of `hygiene.spelling`.
    """

    pointer: str
    kind: str
    count: int
    text: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Cleaned(Generic[_ModelT]):
    """A cleaned request, and what was taken out of it, in order."""

    request: _ModelT
    removed: tuple[Removed, ...]


def cleaned(request: _ModelT) -> Cleaned[_ModelT]:
    """Return `request` as `clean_request` does, and what that removed by kind and place.

    Changes of form alone, such as line ends and composed letters, are not counted.
    """
    whole = clean_request(request)
    if whole is request:
        return Cleaned(whole, ())
    return Cleaned(whole, tuple(_removed_from(request, (), UNTOUCHED)))


def _removed_from(value: Any, path: _Path, untouched: frozenset[str] = frozenset()) -> Iterator[Removed]:
    if isinstance(value, str):
        yield from _of_text(value, path)
    elif isinstance(value, BaseModel):
        known = type(value).model_fields
        members = {name: getattr(value, name) for name in value.model_fields_set if name in known}
        names = [name for name in members if name not in untouched]
        for name in sorted(names):
            yield from _removed_from(members[name], (*path, name))
        yield from _of_members(value.model_extra or {}, path, taken=frozenset(known))
    elif isinstance(value, dict):
        yield from _of_members(value, path)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _removed_from(item, (*path, at))


def _of_members(
    members: dict[str, Any], path: _Path, taken: frozenset[str] = frozenset()
) -> Iterator[Removed]:
    for key, member in members.items():
        name = clean(key)
        under = (*path, key if name in taken else name)
        yield from _of_text(key, under)
        yield from _removed_from(member, under)


def _of_text(text: str, path: _Path) -> Iterator[Removed]:
    if text.isascii() and text.isprintable():
        return
    for kind, count in counts(text).items():
        told, first = spelt(text, kind)
        yield Removed(pointer(path), kind, count, told, len(clean(text[:first])) if told else 0)
