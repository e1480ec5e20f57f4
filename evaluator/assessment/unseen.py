"""What cleaning took out of a request, as a result may tell of it: redacted, as the request itself is.

May import `redaction`, `hygiene`, `contract` and below.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from evaluator.contract.decode import pointer
from evaluator.contract.request import AssessmentRequest
from evaluator.hygiene import Removed
from evaluator.redaction.requests import told_aside

_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Unseen:
    """What was removed: `removed` as it was spelt, `told` by pointer it redacted.

    The pointers are those of the redacted request.
    """

    removed: tuple[Removed, ...]
    told: Mapping[str, str]


def unseen(removed: Sequence[Removed], before: AssessmentRequest, after: AssessmentRequest) -> Unseen:
    """Return what was `removed` from the request `before` it became `after` by redaction."""
    spelt = [each for each in removed if each.text]
    texts = told_aside(before, before.integration_config, ((path_of(e.pointer), e.text) for e in spelt))
    moved = dict(_moved(before, after, (), ())) if removed and before is not after else {}
    told = {moved.get(each.pointer, each.pointer): text for each, text in zip(spelt, texts, strict=True)}
    return Unseen(
        tuple(replace(each, pointer=moved.get(each.pointer, each.pointer)) for each in removed), told
    )


def path_of(pointer: str) -> list[str]:
    """Return the parts of a JSON pointer (RFC 6901 §4)."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _moved(before: Any, after: Any, path: _Path, new: _Path) -> Iterator[tuple[str, str]]:
    """Yield the pointers in `before` that differ in `after`, which has other names in the same order."""
    if before is after and path == new:
        return
    if path != new:
        yield pointer(path), pointer(new)
    pairs = zip(_members(before), _members(after), strict=False)
    for (key, member), (name, left) in pairs:
        yield from _moved(member, left, (*path, key), (*new, name))


def _members(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, BaseModel):
        yield from ((name, getattr(value, name)) for name in type(value).model_fields)
        yield from (value.model_extra or {}).items()
    elif isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)
