"""Keeping data apart from instructions: every text of a request stands in a fence it cannot forge.

A fence is a pair of tags on lines of their own, `<cv_raw>` … `</cv_raw>`. Inside, no `<` that could
open a tag is left, no line starts like one of our headings or like a turn of a chat, no control token of a
chat format is whole, and nothing is a member of a JSON object, as our reply is. The delimiter is the same
for every candidate, so the prompt's stable part stays byte for byte the same and providers' prompt caches
hit. May import nothing of the package.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_OPENS = "<＜﹤‹〈⟨〈ᐸ˂❮❰⧼❬"
_CLOSES = ">＞﹥›〉⟩〉ᐳ˃❯❱⧽❭"
_SLASHES = "/／⁄∕⧸"
_HASHES = "#＃﹟♯⌗⋕"
_COLONS = ":：﹕꞉∶"
"""Signs, and what looks like them: a model reads one for the other."""

_TAG_ALIKE = re.compile(rf"[{_OPENS}]\s?([{_SLASHES}]?\s?[^\W\d_]\w{{0,40}}\s?[{_SLASHES}]?)[{_CLOSES}]")
_CLOSING_ALIKE = re.compile(rf"[{_OPENS}](?=\s?[{_SLASHES}])")
_TAG_OPENING = re.compile(r"[<＜﹤](?!\s?(?:\d(?!x)|=))")
_LINE_START = rf"^((?:[^\S\n]|[{_CLOSES}|*+•–-])*+)"
_HEADING = re.compile(rf"{_LINE_START}(?=[{_HASHES}])", re.MULTILINE)
_BRACKET_TOKEN = re.compile(r"([\[［])(?=/?(?:[a-z]?[A-Z][A-Z_]+|(?i:INST|SYS))[\]］])")
_ALIKE = {
    "a": "аɑαａᴀ", "c": "сｃϲ", "d": "ԁｄ", "e": "еｅε", "f": "ｆ", "h": "һｈ", "i": "іｉıι", "l": "ӏｌ1|I",
    "m": "мｍ", "n": "ｎո", "o": "оοｏ0", "p": "рｐρ", "r": "ｒг", "s": "ѕｓ", "t": "тｔτ", "u": "ｕυս",
    "v": "ｖѵν", "y": "уｙγ",
}  # fmt: skip
"""Letters of other scripts that look like those of the roles' names, and the wide ones."""

_ROLES = ("system", "assistant", "user", "developer", "human", "ai", "tool", "function", "model")


def _spelt(word: str) -> str:
    return "".join(f"[{letter}{_ALIKE[letter]}]" for letter in word)


_ROLE = re.compile(
    rf"{_LINE_START}(?=(?:{'|'.join(map(_spelt, _ROLES))})[^\S\n]?[*_]{{0,2}}[^\S\n]?[{_COLONS}])",
    re.MULTILINE | re.IGNORECASE,
)
_MEMBER = re.compile(rf"[\"＂]([^\"＂\n]{{0,60}}+)[\"＂](?=\s*+[{_COLONS}])")
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
    """Return `text` in a form that can neither close a fence nor pass for our headings, turns or replies.

    A tag's signs become round brackets, whatever script they are from; any other `<` becomes `‹` unless a
    number or `=` follows. A heading's `#`, and a line's first word that names a role, such as `System:`, get
    a backslash before them, `[INST]` and its like a space inside, and the name of a JSON member typographic
    quotes. None of what changes is part of a word, so `words` finds the same words in both forms.
    """
    if any(sign in text for sign in _OPENS):
        text = _TAG_ALIKE.sub(r"(\1)", text)
        text = _CLOSING_ALIKE.sub("(", text)
        text = _TAG_OPENING.sub("‹", text)
    if any(sign in text for sign in _HASHES):
        text = _HEADING.sub(r"\1\\", text)
    if any(sign in text for sign in "[［"):
        text = _BRACKET_TOKEN.sub(r"\1 ", text)
    if any(sign in text for sign in _COLONS):
        text = _ROLE.sub(r"\1\\", text)
        text = _MEMBER.sub(r"“\1”", text)
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
