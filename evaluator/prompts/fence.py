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
_BLOCK = re.compile(r"^<([a-z][a-z0-9_]*)>\n(.*?)\n</\1>$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of a rendered prompt: its name, its text, and where the text stands."""

    name: str
    text: str
    start: int
    end: int


def escape(text: str) -> str:
    """Return `text` in a form that can neither close a fence nor look like a heading or a role.

    `<` becomes `‹` unless a number or `=` follows, a heading's `#` gets a backslash before it, and
    `[INST]` and its like get a space inside. None of it is part of a word, so `words` finds the same
    words in both forms.
    """
    text = _TAG_OPENING.sub("‹", text)
    text = _HEADING.sub(r"\1\\", text)
    return _BRACKET_TOKEN.sub(r"\1 ", text)


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
    """Yield the fenced blocks of a rendered prompt, in order."""
    for match in _BLOCK.finditer(text):
        yield Block(match[1], match[2], match.start(2), match.end(2))


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
