"""Cleaning text before anything else reads it.

What has no visible form (control, zero-width, bidirectional and tag characters) can carry text that a
person does not see and a model does; it is removed here, once, for the prompt and for the check of
quotes alike. May import `contract`.
"""

import re
import unicodedata
from typing import Any, TypeVar

import regex
from pydantic import BaseModel

from evaluator.contract.decode import read_model

_LINE_END = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

_MARKS = regex.compile(r"(\p{M}{30})\p{M}+")
"""Marks beyond thirty on one letter, as in UAX #15's stream-safe form; sorting more takes square time."""

_WIDE_GAP = re.compile(r"([^\S\n]{16})[^\S\n]+")
_TALL_GAP = re.compile(r"\n(?:[^\S\n]*+\n){3,}")
"""White space beyond what sets out a page: it says nothing, and costs tokens by the thousand."""

_GAPS = (" " * 17, "\n" * 4, " \n")
_PLAIN = re.compile("[\n -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u22ff]*+")
"""Visible characters in NFC, whose only gaps are made of spaces and line feeds."""

UNTOUCHED = frozenset({"candidate_id", "pipeline_step_id", "call_secret", "v"})
"""Fields that are echoed exactly as they came."""

_ModelT = TypeVar("_ModelT", bound=BaseModel)


def clean(text: str) -> str:
    """Return `text` in NFC, with line feeds as line ends and without invisible characters.

    Gaps of more than 16 characters or 2 empty lines are cut down to that. Cleaning twice changes nothing.
    """
    if _is_plain(text):
        return text
    text = _INVISIBLE.sub("", _LINE_END.sub("\n", text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", _MARKS.sub(r"\1", text))
    return _TALL_GAP.sub("\n\n\n", _WIDE_GAP.sub(r"\1", text))


def _is_plain(text: str) -> bool:
    """Tell at a glance that there is nothing to clean: it is so of nearly every text."""
    if any(gap in text for gap in _GAPS):
        return False
    if text.isascii():
        return text.replace("\n", "").isprintable()
    return _PLAIN.fullmatch(text) is not None


def clean_request(request: _ModelT) -> _ModelT:
    """Return `request` with every text cleaned, unknown fields too; echoed ids stay as they are.

    It is `request` itself where all was clean. Raises InvalidRequest where nothing is left of a text that
    may not be empty.
    """
    return read_model(type(request), _clean_model(request, untouched=UNTOUCHED))


def _clean_model(part: BaseModel, untouched: frozenset[str] = frozenset()) -> Any:
    """Return `part` itself where all in it is clean, else the members that were set, cleaned.

    An unknown field never takes the name of a known one.
    """
    known = type(part).model_fields
    members = {name: getattr(part, name) for name in known if name in part.model_fields_set}
    extra = part.model_extra or {}
    cleaned = {name: value if name in untouched else _clean_value(value) for name, value in members.items()}
    for key, value in extra.items():
        name = clean(key)
        cleaned.setdefault(key if name in known else name, _clean_value(value))
    return part if cleaned == members | extra else cleaned


def _clean_value(value: Any) -> Any:
    """Return `value` cleaned; what was clean is the same object, so that comparing costs nothing."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, BaseModel):
        return _clean_model(value)
    if isinstance(value, dict):
        return {clean(key): _clean_value(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_clean_value(item) for item in value]
    return value
