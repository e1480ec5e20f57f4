"""Reading a rendered prompt: its fenced texts, and the candidate's lines with the part they are from.

Only fenced blocks are read as material, by the names that `prompts.fence` gives them, so nothing outside
a fence can pass for a CV and nothing inside one for an instruction. Claims are not evidence, other apps'
comments and earlier context are opinions; none of them is read. May import `prompts.fence`, `words` and
the sibling modules.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Literal

from evaluator.offline.lexicon import DENIAL, Lexicon
from evaluator.prompts.fence import Block, blocks
from evaluator.words import folded_words

Part = Literal["work", "summary", "learning", "listing", "leisure", "wanting", "denied", "form", "comments"]
"""The kind of text that a line is: `wanting` are aims, `denied` what stands under "yet to learn"."""

_PARTS: Mapping[str, Part] = {
    "cv_experience": "work", "cv_summary": "summary", "cv_education": "learning", "cv_hobbies": "leisure",
}  # fmt: skip
_SECTIONS: Mapping[str, Part] = {
    "work": "work", "learning": "learning", "listing": "listing", "leisure": "leisure", "wanting": "wanting",
}  # fmt: skip

MAX_FENCES = 64
"""Lines that look like an opening fence, beyond which a text is no rendered prompt of ours."""

_OPENING = re.compile(r"^<[a-z][a-z0-9_]*>$", re.MULTILINE)
_NUMBER = re.compile(r"^\W{0,4}(?:\d{1,2}[.)])?\s*")
_HEADING_WORDS = 6
_HEADING_CHARS = 60
_LABEL_WORDS = 4
_AUTHORS = (", a person: ", ", unknown author: ")
_OTHER_APP = ", another app: "
_DATE_CHARS = 60


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the candidate's material; `entry` numbers the position, paragraph or answer it is from.

    `topic` is the heading above it, where that is no usual one and so says what the lines are about.
    """

    text: str
    part: Part
    entry: int
    topic: str = ""


def fenced(messages: Iterable[str]) -> dict[str, str]:
    """Return the fenced texts of a prompt by name; the first of a name counts."""
    found: dict[str, str] = {}
    for message in messages:
        for block in _blocks(message):
            found.setdefault(block.name, block.text)
    return found


def outside_fences(message: str) -> str:
    """Return what a message says itself, without the fenced texts."""
    at, kept = 0, []
    for block in _blocks(message):
        kept.append(message[at : block.start])
        at = block.end
    return "".join([*kept, message[at:]])


def _blocks(message: str) -> Iterator[Block]:
    # Each opening that is never closed makes `blocks` read to the end; the bound keeps that linear.
    if sum(1 for _ in _OPENING.finditer(message)) <= MAX_FENCES:
        yield from blocks(message)


def lines(fences: Mapping[str, str], lexicon: Lexicon) -> Iterator[Line]:
    """Yield every line that may be quoted, the structured parts first."""
    entries = count()
    for name, part in _PARTS.items():
        for paragraph in _paragraphs(fences.get(name, "")):
            entry = next(entries)
            for text in paragraph:
                yield _labelled(Line(text, part, entry), lexicon)
    yield from _raw(fences.get("cv_raw", ""), lexicon, entries)
    for text in fences.get("form", "").split("\n"):
        yield Line(_answer(text), "form", next(entries))
    for paragraph in _paragraphs(fences.get("comments", "")):
        yield from _comment(paragraph, next(entries))


def _paragraphs(text: str) -> Iterator[list[str]]:
    for paragraph in text.split("\n\n"):
        if found := [line for line in paragraph.split("\n") if line.strip()]:
            yield found


def _raw(text: str, lexicon: Lexicon, entries: Iterator[int]) -> Iterator[Line]:
    """Yield the lines of an unstructured CV; headings set the part and are no lines themselves."""
    part: Part = "work"
    topic = ""
    entry = next(entries)
    found = text.split("\n")
    for line, following in zip(found, [*found[1:], ""], strict=True):
        if not line.strip():
            entry = next(entries)
        elif opened := _opened(line, following, lexicon):
            part, entry = opened, next(entries)
            topic = "" if lexicon.section(folded_words(line)) else line
        else:
            yield _labelled(Line(line, part, entry, topic), lexicon)


def _opened(line: str, following: str, lexicon: Lexicon) -> Part | None:
    """Return the part that `line` opens, None where it is no heading."""
    text = _NUMBER.sub("", line).strip().strip("=#\\*_- ")
    words = folded_words(text)
    if not words or len(words) > _HEADING_WORDS or len(text) > _HEADING_CHARS or text[-1] in ".,;!?)":
        return None
    if "," in text or any(char.isdigit() for char in text):
        return None
    if lexicon.scan(words) & DENIAL:
        return "denied"
    if section := lexicon.section(words):
        return _SECTIONS[section]
    stands_out = text.isupper() or text.endswith(":") or line.lstrip()[:1] in "=#"
    return "work" if stands_out or len(following.split()) > _HEADING_WORDS else None


def _labelled(line: Line, lexicon: Lexicon) -> Line:
    """Move a line such as "Courses: …" to the part that its label names."""
    label, colon, _ = line.text[:_HEADING_CHARS].partition(":")
    words = folded_words(label) if colon else []
    section = lexicon.section(words) if 0 < len(words) <= _LABEL_WORDS else None
    return replace(line, part=_SECTIONS[section]) if section not in (None, "work") else line


def _answer(line: str) -> str:
    """Return a form's answer without its question, which the candidate did not write."""
    _, mark, answer = line.partition("?: ")
    return answer if mark else line.partition(": ")[2] or line


def _comment(paragraph: Sequence[str], entry: int) -> Iterator[Line]:
    """Yield a comment's lines without date and author; another app's are passed over."""
    head = paragraph[0][: _DATE_CHARS + max(map(len, _AUTHORS))]
    if _OTHER_APP in head:
        return
    author = next((mark for mark in _AUTHORS if mark in head), "")
    first = paragraph[0].partition(author)[2] if author else paragraph[0]
    for text in (first, *paragraph[1:]):
        yield Line(text, "comments", entry)
