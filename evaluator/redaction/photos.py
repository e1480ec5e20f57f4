"""Photos: pictures within a text, addresses of pictures, and words that say that one is attached.

May import the sibling `contacts`.
"""

import re
from collections.abc import Iterator

from evaluator.redaction.contacts import Span

_WITHIN = re.compile(
    r"data:(?:image/[\w.+-]{1,40}"
    r"|[\w.+-]{1,40}/[\w.+-]{1,80}(?=[^,\s]{0,80};base64,))(?:;[\w=.+-]{1,60}){0,4},"
    r"(?:[A-Za-z0-9+/=%_.~-]|\r?\n(?=[A-Za-z0-9+/=]{20}))*+"
    r"|(?<![A-Za-z0-9+/])(?:/9j/|iVBORw0KGgo|R0lGOD[dl]h|UklGR)(?:[A-Za-z0-9+/=]"
    r"|\r?\n(?=[A-Za-z0-9+/=]{20})){60,}+"
    r"|<img\b[^<>]{0,4000}>|!\[[^\[\]\n]{0,200}+\]\([^()\s]{0,4000}\)",
    re.IGNORECASE,
)
"""Pictures in the text itself, as URL, as bare base64, and as HTML and Markdown show them."""

_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|heic|heif|bmp|tiff?|avif)(?![\w-])(?:[?#][^\s<>\"'|)]*+)?", re.IGNORECASE
)
_HOST = re.compile(
    r"(?:gravatar\.com/avatar|googleusercontent\.com|media\.licdn\.com|pbs\.twimg\.com)/[^\s<>\"'|)]*+"
)
_BEFORE = re.compile(r"[^\s<>\"'|()\[\],;]{1,400}\Z")
_OF_A_PERSON = re.compile(
    r"photo|foto|portrait|portrét|headshot|avatar|profil|selfie|bild|retrato|passport|img_|dsc|://|www\.|/",
    re.I,
)
"""What the name of a file, or its address, holds where it is more than a word about a format."""

_ATTACHED = re.compile(
    r"(?<!\w)(?:"
    r"(?:photo(?:graph)?|headshot|portrait|picture)s?(?: of (?:me|myself|the candidate))?"
    r"(?: is| are)? (?:attached|enclosed|included)"
    r"|(?:attached|enclosed) (?:photo(?:graph)?|headshot|portrait)s?"
    r"|(?:bewerbungs|pass|profil)?(?:foto|lichtbild)(?: ist| liegt)? (?:anbei|beigefügt|beiliegend"
    r"|bei|im anhang)"
    r"|photo(?:graphie)? (?:ci-)?(?:jointe|incluse)|photo en pièce jointe|photo en annexe"
    r"|foto(?:grafía)? (?:adjunta|anexa|incluida)"
    r")(?!\w)",
    re.IGNORECASE,
)
_VALUE = re.compile(r"[ \t]*\n?[ \t]*([^\n|•·;]{1,400})")
_SENTENCE_END = re.compile(r"\.(?=\s|$)|[ ]{2,}")


_WITHIN_MARK = re.compile(r"[Dd][Aa][Tt][Aa]:|/9j/|iVBORw|R0lGOD|UklGR|<[Ii][Mm][Gg]|!\[")
_ATTACHED_MARK = re.compile(r"[Pp]hoto|PHOTO|[Ff]oto|FOTO|eadshot|ortrait|icture|ichtbild")
"""What every match of the two patterns holds; most texts hold none of it, and are passed at a glance."""


def photos(text: str) -> Iterator[Span]:
    """Yield pictures, addresses and file names of pictures, and what says that a photo comes along."""
    for told, mark in ((_WITHIN, _WITHIN_MARK), (_ATTACHED, _ATTACHED_MARK)):
        if mark.search(text):
            yield from (match.span() for match in told.finditer(text))
    for pattern in (_FILE, _HOST):
        end = 0
        for match in pattern.finditer(text):
            begin = max(end, match.start() - 400)
            before = _BEFORE.search(text[begin : match.start()])
            start = match.start() - len(before[0]) if before else match.start()
            end = match.end()
            if pattern is _HOST or (before and _OF_A_PERSON.search(text[start:end])):
                yield start, end


def photo(text: str, start: int, limit: int) -> Span | None:
    """Find what a field says of a photo: the rest of its line or sentence."""
    found = _VALUE.match(text, start, limit)
    if found is None:
        return None
    begin, end = found.span(1)
    stop = _SENTENCE_END.search(text, begin, end)
    end = stop.start() if stop and stop.start() > begin else end
    return begin, begin + len(text[begin:end].rstrip())
