"""Reading the object out of what a model wrote.

Models wrap their JSON in prose, code fences and `<think>` blocks, and quote JSON that a CV contains. So
the last object of the text counts, and beside a broken one only where nothing follows: a broken reply
must not give way to an object that it quotes. The work is bounded by the text's length, whatever the
text. May import `json_numbers` of the package.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from evaluator.json_numbers import finite, no_constant

MAX_CHARS = 2_000_000
"""Longest text that is read, in characters; no reply within a sane output limit comes near."""
MAX_FAILED_STARTS = 200
"""Broken beginnings of objects that are passed over before a text is given up."""

_START = re.compile(r'\{(?=\s*["}])')
_THOUGHT = re.compile(r"</(?:think|thinking|reasoning)>")
_AT_ONCE = re.compile(r"\s*(?:\{|```)")
_JSON_MARK = re.compile(r'["}]')


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found: the object, or None and what is wrong. `fault` holds nothing of the text."""

    value: dict[str, Any] | None
    fault: str | None = None


def read_object(text: str) -> Reading:
    """Return the last JSON object in `text`.

    Raw line breaks inside strings are taken as they are; NaN and Infinity are not. Never raises.
    """
    if len(text) > MAX_CHARS:
        return Reading(None, f"longer than {MAX_CHARS} characters")
    return _last_object(_after_thinking(text))


def _after_thinking(text: str) -> str:
    """Cut a leading block of thinking; some templates leave out its opening tag.

    One that is never closed is read as it stands.
    """
    thought = None if _AT_ONCE.match(text) else _THOUGHT.search(text)
    return text if thought is None else text[thought.end() :]


def _last_object(text: str) -> Reading:
    """Decode from each possible start, going on behind what was decoded or where it broke: one pass."""
    last: dict[str, Any] | None = None
    ends, failed, fault = 0, 0, ""
    start = _START.search(text)
    while start is not None and failed <= MAX_FAILED_STARTS:
        onward = start.end()
        try:
            last, ends = _DECODER.raw_decode(text, start.start())
            onward = ends
        except json.JSONDecodeError as error:
            failed += 1
            fault = fault or f"{error.msg} (line {error.lineno}, column {error.colno})"
            onward = max(error.pos, onward)
        except (ValueError, RecursionError):
            return Reading(None, "nested too deep, or holds a number that JSON does not have")
        start = _START.search(text, onward)
    if failed and (start is not None or _JSON_MARK.search(text, ends)):
        return Reading(None, fault)
    return Reading(last, None if last is not None else "holds no JSON object")


_DECODER = json.JSONDecoder(strict=False, parse_constant=no_constant, parse_float=finite)
