"""What stands behind a label: how far the value of a field reaches. May import siblings.

Each function takes a text, the place behind the label's colon, and where the next label begins.
"""

import re
from collections.abc import Callable

from evaluator.redaction.addresses import address_end, streets
from evaluator.redaction.births import AGE, DATE
from evaluator.redaction.contacts import Span

Reads = Callable[[str, int, int], Span | None]
"""Finds the value of a field; None where none of its kind stands there."""

_FLATTENED = 60
"""Characters of a line from which on it may be a whole CV without line ends."""

_NAME_WORD = r"(?![a-zß-öø-ÿ])[^\W\d_][\w'’.-]{0,40}+(?![ ]?[:：])"
_PARTICLE = (
    r"(?:de|del|della|di|da|do|dos|das|du|des|la|las|los|le|les|van|von|der|den|dem|zu|zum|zur|y|e|i"
    r"|bin|bint|al|el|ter|ten|af|av)"
)
_NO_NAME = r"(?!(?:CV|C\.V\.|Resume|Résumé|Curriculum|Lebenslauf|Profile?)\b)"
_NAME = re.compile(
    rf"{_NO_NAME}(?:{_PARTICLE}[ ]){{0,3}}{_NAME_WORD}"
    rf"(?:,?[ ](?:{_PARTICLE}[ ]){{0,3}}{_NAME_WORD}){{0,5}}"
)
_PLACE = re.compile(r"\s{0,80}([^\n|•·;\t]{1,160})")
_SENTENCE_END = re.compile(
    r"(?<=[\wºª)]{2})\.\s+(?=[A-ZÀ-Þ])(?<!St\.\s)(?<!Av\.\s)(?<!Dr\.\s)|[ ]{2,}|[ ][-–—][ ]"
)
_OPEN, _CLOSED = r"[ ]?[(\[{<][ ]?", r"[ ]?[)\]}>][ ]?"
_AT = rf"(?:[ ]?[@＠][ ]?|{_OPEN}(?:at|AT|arroba){_CLOSED}|[ ](?:at|AT|arroba)[ ])"
_DOT = rf"(?:{_OPEN}(?:dot|DOT|punkt|punto|point){_CLOSED}|[ ](?:dot|DOT|punkt|punto|point)[ ])"
_EMAIL = re.compile(rf"[^\s|;,@]{{1,120}}{_AT}[^\s|;,]{{1,120}}(?:{_DOT}[^\s|;,]{{1,60}}){{0,3}}")
_PHONE = re.compile(r"[ \t]*\n?[ \t]*([+(\d][\d ()./+–-]{3,24}\d)")
_LINK = re.compile(r"[^\s|•·;,]{2,300}")
_LINK_SIGNS = re.compile(r"[@/._\d-]")
_FIELD_ENDS = re.compile(r"[ ]{0,2}(?:[\n|•·;,.]|$)")
_BIRTH = re.compile(rf"[ \t]*\n?[ \t]*({DATE}|(?:19|20)\d\d|{AGE})(?!\w)")


def name(text: str, start: int, limit: int) -> Span | None:
    """Find up to six words with capitals, and the particles between them."""
    found = _NAME.match(text, start, limit)
    return found and _without_sentence_end(text, *found.span())


def email(text: str, start: int, limit: int) -> Span | None:
    """Find an address with an @ or what is written for it, also with spaces around."""
    found = _EMAIL.match(text, start, limit)
    return found and found.span()


def phone(text: str, start: int, limit: int) -> Span | None:
    """Find five digits or more, in whatever grouping."""
    found = _PHONE.match(text, start, limit)
    return found.span(1) if found and sum(map(str.isdigit, found[1])) >= 5 else None


def link(text: str, start: int, limit: int) -> Span | None:
    """Find an address, or a handle: with a sign in it, or a word in lower case that is the whole field."""
    found = _LINK.match(text, start, limit)
    if found is None:
        return None
    word = found[0].rstrip(".")
    alone = word.islower() and _FIELD_ENDS.match(text, found.end()) is not None
    return (start, start + len(word)) if alone or _LINK_SIGNS.search(word) else None


def address(text: str, start: int, limit: int) -> Span | None:
    """Find the rest of the line and a town in the next one; of a long line the address alone."""
    found = _PLACE.match(text, start, limit)
    if found is None:
        return None
    begin, end = found.span(1)
    stop = _SENTENCE_END.search(text, begin, end)
    end = stop.start() if stop else end
    if end - begin > _FLATTENED:
        end = next((begin + till for _, till in streets(text[begin:end])), end)
    return begin, address_end(text, begin + len(text[begin:end].rstrip(" ,.")))


def birth(text: str, start: int, limit: int) -> Span | None:
    """Find a date, a year or an age."""
    found = _BIRTH.match(text, start, limit)
    return found and found.span(1)


def _without_sentence_end(text: str, start: int, end: int) -> Span:
    """Leave out the full stop behind the last word, unless that is an initial."""
    return (start, end - 1) if text[end - 1] == "." and text[end - 3 : end - 2].isalpha() else (start, end)
