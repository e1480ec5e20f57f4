"""Nationality: what a field or a sentence says of the country somebody belongs to.

Languages that somebody speaks, markets and customers stay. May import the sibling `contacts`.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from evaluator.redaction.contacts import Span

_AHEAD = re.compile(
    r"(?<!\w)(?:[Nn]ationalité|[Nn]acionalidad|[Rr]essortissante?|[Cc]itoyen(?:ne)?|[Cc]iudadan[oa]"
    r"|[Pp]asaporte"
    r"|[Pp]asseport|[Ii] am(?: an?)?|I['’]m(?: an?)?|(?:[Hh]e|[Ss]he|\[pronoun\]) is(?: an?)?"
    r"|[Ii]ch bin|bin(?= [A-ZÄÖÜ])"
    r"|[Jj]e suis|[Ss]oy|[Cc]itizen of(?: the)?|[Nn]ative of|[Oo]riginally from|[Bb]orn(?: and raised)? in"
    r"|[Gg]eboren in|[Ss]tamme aus|[Gg]ebürtige[r]?(?: aus)?|[Oo]riginaire d[eu]|[Nn]atural de"
    r"|[Oo]riund[oa] de"
    r"|[Nn]é(?:e)? (?:en|au)|[Nn]acid[oa] en)[ ]"
)
_BEHIND = re.compile(
    r"(?<=[ ])(?:citizens?(?:hip)?|nationals?|nationality|passport(?: holder)?|Staatsangehörige[nr]?"
    r"|Staatsangehörigkeit|Staatsbürger(?:in|schaft)?|Staatsbürgern|Nationalität|Herkunft|Abstammung"
    r"|Pass)(?!\w)"
)
_FLAG = re.compile(r"[\U0001f1e6-\U0001f1ff]{2}")
_SPOKEN = re.compile(
    r"(?i)(?:[- ](?:speak|native|language|teacher|muttersprach|sprach|kenntnis|literature|studies"
    r"|market|customer"
    r"|lehrer|kurs|professeur|profesora?\b)|-)"
)
_BETWEEN = r"(?:,?[ ](?:and|und|et|y|or|&|/)[ ]|[ ]?[,/][ ]?)"
_VALUE = re.compile(r"[ \t]*([^\W\d_][^\n|•·;,.(]{1,40})")


def nationalities(text: str) -> Iterator[Span]:
    """Yield what is told of a nationality beside words that make it one."""
    people = _people()
    for lead in _AHEAD.finditer(text):
        told = people.match(text, lead.end())
        if told is not None and not _SPOKEN.match(text, told.end()):
            yield told.span()
    for word in _BEHIND.finditer(text):
        begin = max(0, word.start() - 60)
        found = list(people.finditer(text[begin : word.start()]))
        if found and begin + found[-1].end() == word.start() - 1:
            yield begin + found[-1].start(), begin + found[-1].end()
    yield from (match.span() for match in _FLAG.finditer(text))


def nationality(text: str, start: int, limit: int) -> Span | None:
    """Find the value of a field: what is known as people or countries, else a few words."""
    found = _VALUE.match(text, start, limit)
    if found is None:
        return None
    told = _people().match(text, found.start(1))
    return told.span() if told else (found.start(1), found.start(1) + len(found[1].rstrip()))


@cache
def _people() -> re.Pattern[str]:
    """Return a pattern for one or several names of people or countries."""
    data = (files("evaluator.redaction") / "nationalities.toml").read_text(encoding="utf-8")
    stems = sorted(set(tomllib.loads(data)["stems"]), key=len, reverse=True)
    one = rf"(?:{'|'.join(map(re.escape, stems))})[^\W\d_]{{0,9}}+(?!\w)"
    return re.compile(rf"(?i)(?<!\w){one}(?:{_BETWEEN}{one}){{0,3}}")
