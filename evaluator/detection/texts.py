"""The texts of a request that are not the team's own, each with its JSON pointer.

The candidate's CV and form, and comments and context, which other persons and apps wrote; never the job,
the step prompt or the team's instructions. May import `contract`.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel

from evaluator.contract.decode import pointer
from evaluator.contract.request import AssessmentRequest

FIELDS = ("candidate_parsed_cv", "application_form", "comments", "context")
"""The fields whose texts are read."""

OWN = ("/candidate_parsed_cv", "/application_form")
"""What the pointers of the candidate's own texts begin with."""

_IDS = frozenset({"slug", "exp_level", "created_at", "is_human_created", "app_id"})


class Text(NamedTuple):
    """A text and its place; a field's name has `is_name`."""

    pointer: str
    text: str
    is_name: bool = False


def texts(request: AssessmentRequest) -> Iterator[Text]:
    """Yield the texts of `request`, names of fields that the contract does not know too."""
    for name in FIELDS:
        yield from _texts(getattr(request, name), (name,))


def _texts(value: Any, path: tuple[str | int, ...]) -> Iterator[Text]:
    if isinstance(value, str):
        yield from [Text(pointer(path), value)] if value else []
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in _IDS:
                yield from _texts(getattr(value, name), (*path, name))
        yield from _members(value.model_extra or {}, path)
    elif isinstance(value, dict):
        yield from _members(value, path)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _texts(item, (*path, at))


def _members(value: dict[str, Any], path: tuple[str | int, ...]) -> Iterator[Text]:
    for name, member in value.items():
        if name not in _IDS:
            yield Text(pointer((*path, name)), name, is_name=True)
            yield from _texts(member, (*path, name))
