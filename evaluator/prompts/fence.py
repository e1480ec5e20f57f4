"""Keeping data apart from instructions: every text of a request stands in a fence it cannot forge.

A fence is a pair of tags on lines of their own, `<cv_raw>` … `</cv_raw>`. Inside, no `<` that could
open a tag is left, no line starts like one of our headings, and no control token of a chat format is
whole. The delimiter is the same for every candidate, so the prompt's stable part stays byte for byte
the same and providers' prompt caches hit. May import nothing of the package.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_TAG_OPENING = re.compile(r"[<＜﹤](?!\s?(?:\d(?!x)|=))")
_HEADING = re.compile(r"^([^\S\n]*)(?=[#＃﹟])", re.MULTILINE)
_BRACKET_TOKEN = re.compile(r"([\[［])(?=/?(?:[a-z]?[A-Z][A-Z_]+|(?i:INST|SYS))[\]］])")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9_]*)>$", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of a rendered prompt: its name, its text, and where the text stands."""

    name: str
    text: str
    start: int
    end: int


def escape(text: str) -> str:
    """Return `text` in a form that can neither close a fence, look like a heading, nor hold a control token.

    `<` becomes `‹` unless a number or `=` follows, a heading's `#` gets a backslash before it, and
    `[INST]` and its like get a space inside. A line that merely names a role, such as `System:`, stays as
    it is: inside a fence it is text. None of what changes is part of a word, so `words` finds the same
    words in both forms.
    """
    if any(sign in text for sign in "<＜﹤"):
        text = _TAG_OPENING.sub("‹", text)
    if any(sign in text for sign in "#＃﹟"):
        text = _HEADING.sub(r"\1\\", text)
    if any(sign in text for sign in "[［"):
        text = _BRACKET_TOKEN.sub(r"\1 ", text)
    return text


def fence(value: Any, name: str) -> str:
    """Return `value` as text between the tags of `name`; nothing at all where there is no text.

    Lists become paragraphs, mappings `key: value` lines. This is the filter `fence` of the templates.
    Raises ValueError for a name that is not lower-case letters, digits and underscores.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("a fence's name is made of lower-case letters, digits and underscores")
    text = as_text(value).strip()
    return f"<{name}>\n{escape(text)}\n</{name}>" if text else ""


def as_text(value: Any) -> str:
    """Return a JSON-like value as plain text that reads well; members and items without text are left out.

    A member's further lines are indented, so that no value can pass for a member of its own.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "\n".join(indented(member) for member in _members(value))
    if isinstance(value, Iterable):
        return "\n\n".join(filter(None, map(as_text, value)))
    return str(value)


def indented(text: str) -> str:
    """Return `text` without empty lines, and with every line after the first indented."""
    if "\n" not in text:
        return text
    return "\n  ".join(line for line in text.split("\n") if line.strip())


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a rendered prompt, in order; the text is read once, whatever is in it."""
    tags = [tag for tag in _TAG.finditer(text) if not tag.start() or text[tag.start() - 1] == "\n"]
    closings: dict[str, list[int]] = {}
    for tag in reversed(tags):
        if tag[1]:
            closings.setdefault(tag[2], []).append(tag.start())
    at = 0
    for tag in tags:
        start, ends = tag.end() + 1, closings.get(tag[2], [])
        if tag[1] or tag.start() < at:
            continue
        while ends and ends[-1] <= start:
            ends.pop()
        if ends:
            at = ends[-1]
            yield Block(tag[2], text[start : at - 1], start, at - 1)


def _members(value: Mapping[Any, Any]) -> Iterator[str]:
    for key, member in value.items():
        if text := _inline(member):
            yield f"{key}: {text}"


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(_members(value))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(filter(None, map(_inline, value)))
    return as_text(value)
