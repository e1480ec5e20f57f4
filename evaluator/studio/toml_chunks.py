"""A pack.toml in chunks: what stands before the criteria, each criterion, and what stands between and behind.

Each chunk is TOML by itself, so a criterion can be changed, moved or dropped without touching another's
text. A comment right above a criterion belongs to it. May import nothing of the package.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)
"""Strings and comments, in which nothing is a header."""

_HEADER = re.compile(r"^[ \t]*\[\[?[\w.·\- \t]+\]\]?[ \t]*#*$", re.MULTILINE)
_CRITERION = re.compile(r"[ \t]*\[\[[ \t]*criteria[ \t]*\]\]")
_PART_OF_CRITERION = re.compile(r"[ \t]*\[\[?[ \t]*criteria[ \t]*\.")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the text; `is_criterion`: one entry of `[[criteria]]` with its own tables."""

    text: str
    is_criterion: bool


def split(text: str) -> list[Chunk]:
    """Return the chunks of `text`, which together are the text itself; the first is no criterion."""
    masked = _STRING.sub(_masked, text)
    starts = [(0, False)]
    for header in _HEADER.finditer(masked):
        is_criterion = _CRITERION.match(header[0]) is not None
        if is_criterion:
            starts.append((_with_comments(masked, header.start()), True))
        elif starts[-1][1] and not _PART_OF_CRITERION.match(header[0]):
            starts.append((_with_comments(masked, header.start()), False))
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return [
        Chunk(text[start:end], is_criterion) for (start, is_criterion), end in zip(starts, ends, strict=True)
    ]


def join(chunks: Sequence[Chunk], criteria: Sequence[str]) -> str:
    """Return the text with `criteria` in place of its criteria, in their order.

    They take the places that there are; further ones stand behind the last of those.
    """
    places = [at for at, chunk in enumerate(chunks) if chunk.is_criterion]
    last = places[-1] if places else len(chunks) - 1
    left = list(criteria)
    parts: list[str] = []
    for at, chunk in enumerate(chunks):
        if not chunk.is_criterion:
            parts.append(chunk.text)
        elif left:
            parts.append(left.pop(0))
        if at == last:
            parts += left
            left = []
    text = ""
    for part in parts:
        text += "\n" if text and part and not text.endswith("\n") else ""
        text += part
    return text


def _masked(found: re.Match[str]) -> str:
    """Return as many characters that are no header; a comment stays one."""
    return ("#" if found[0][0] == "#" else "·") * len(found[0])


def _with_comments(masked: str, start: int) -> int:
    """Return where the lines of comment begin that stand right above `start`."""
    while start:
        above = masked.rfind("\n", 0, start - 1) + 1
        if not masked[above:start].lstrip().startswith("#"):
            break
        start = above
    return start
