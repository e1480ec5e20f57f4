"""Cutting a text into sentences and lines, and finding what is quoted in it. May import nothing."""

import re
from bisect import bisect_right
from collections.abc import Sequence

_END = re.compile(
    r"[.!?…]['\"”’)\]]*+[^\S\n]++|[。！？।]|\n++|[^\S\n]++[|‖]{1,2}+[^\S\n]++|[^\S\n]{2,}+[-–—][^\S\n]"
)

BEGIN = 4
"""Letters of a word by which patterns are passed over that cannot be there."""

_QUOTED = re.compile(
    r"“[^“”\n]{2,400}+[”“]|„[^„“”\n]{2,400}+[“”]|«[^«»\n]{2,400}+»|»[^«»\n]{2,400}+«|「[^「」\n]{2,400}+」|『[^『』\n]{2,400}+』"
    r"|(?<![\w\"])\"[^\"\n]{2,400}+\"(?!\w)|(?<![\w'])'[^'\n]{4,400}+'(?!\w)|`[^`\n]{2,400}+`|‹[^‹›\n]{2,400}+›|‘[^‘’\n]{4,400}+’"
)


def sentences(text: str) -> list[int]:
    """Return where the sentences of `text` begin, in order; line ends and `|` part them too."""
    return [0, *(match.end() for match in _END.finditer(text))]


def ends(starts: Sequence[int], length: int) -> list[int]:
    """Return where each of the sentences ends that begin at `starts` in a text of `length`."""
    return [*starts[1:], length]


def quotations(text: str) -> list[tuple[int, int]]:
    """Return the spans of what stands in quotation marks within a line, without the marks, in order.

    A name before a colon, as in JSON, is none.
    """
    if not any(mark in text for mark in "\"'“„«»「『`‹‘"):
        return []
    found = [match for match in _QUOTED.finditer(text) if text[match.end() : match.end() + 1] != ":"]
    return [(match.start() + 1, match.end() - 1) for match in found]


def within(spans: Sequence[tuple[int, int]], at: int) -> tuple[int, int] | None:
    """Return the one of the sorted, separate `spans` that `at` is in."""
    place = bisect_right(spans, (at, len(spans) and 1 << 62)) - 1
    if place >= 0 and spans[place][0] <= at < spans[place][1]:
        return spans[place]
    return None
