"""Hobbies and interests: sections under such a heading, fields, and sentences about free time.

May import the sibling `contacts`.
"""

import re
from collections.abc import Iterator

from evaluator.redaction.contacts import Span

_WORDS = (
    r"(?:personal |other |further |persönliche |private )?(?:hobbies|hobbys|hobby|interests|pastimes|leisure"
    r"|freizeit(?:aktivitäten|beschäftigungen)?|interessen|loisirs|passions|centres d['’]intérêts?|aficiones"
    r"|pasatiempos|intereses)"
)
_HEADING = re.compile(
    rf"(?im)^[^\w\n]{{0,8}}{_WORDS}(?:(?: and | & | und | et | y |/|, ){_WORDS}|(?: and "
    rf"| & )activities)?[^\w\n]{{0,8}}$\n"
)
_NEXT_HEADING = re.compile(r"[^\n]{1,40}:[ \t]*\Z|#|[A-ZÀ-Þ][A-ZÀ-Þ &/]{2,40}\Z")
_MOST_LINES = 30
_FREE = re.compile(
    r"(?<!\w)(?:(?:[Ii]n|[Dd]uring) my (?:free|spare|leisure) time,?(?: I)?|[Oo]utside (?:of )?work,?(?: I)?"
    r"|[Ii]n meiner (?:Freizeit|freien Zeit)|[Mm]eine Freizeit|[Pp]endant mon temps libre,?"
    r"|[Dd]ans mon temps libre,?"
    r"|(?:[Àà]|[Aa]) mes heures perdues,?|[Ee]n mi tiempo libre,?"
    r"|[Ee]n mis ratos libres,?)[ ]+([^\n.!?;]{2,300})"
)
_VALUE = re.compile(r"[ \t]*(?:\n[ \t]*)?([^\n]{1,400})")
_FIELD_END = re.compile(r"\.\s+(?=[A-ZÀ-Þ])|[|•·;]|[ ]{2,}")


def hobbies(text: str) -> Iterator[Span]:
    """Yield what stands under a heading for hobbies, line by line, and what sentences tell of free time."""
    end = 0
    for heading in _HEADING.finditer(text):
        if heading.start() >= end:
            for start, end in _section(text, heading.end()):
                yield start, end
    for told in _FREE.finditer(text):
        yield told.start(1), told.start(1) + len(told[1].rstrip(" ,"))


def _section(text: str, start: int) -> Iterator[Span]:
    """Yield the lines from `start` to the next empty one or heading, without the marks before them."""
    begun = False
    for _ in range(_MOST_LINES):
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)]
        bare = line.lstrip(" \t-*•·–")
        if (begun and not bare) or _NEXT_HEADING.match(bare):
            return
        if bare:
            begun = True
            yield start + len(line) - len(bare), start + len(line.rstrip())
        if end < 0:
            return
        start = end + 1


def hobby(text: str, start: int, limit: int) -> Span | None:
    """Find what a field lists: the rest of its line, or the line under it."""
    found = _VALUE.match(text, start, limit)
    if found is None:
        return None
    begin, end = found.span(1)
    stop = _FIELD_END.search(text, begin, end)
    end = stop.start() if stop and stop.start() > begin else end
    return begin, begin + len(text[begin:end].rstrip(" ."))
