"""Pronouns and forms of address that tell the gender, in English, German, French and Spanish.

Possessives that go by the thing and not by the person (`sa`, `su`) stay, and so do pronouns that stand for
several people or nobody (`il faut`, `Sie wissen`). May import the sibling `contacts`.
"""

import re
from collections.abc import Iterator

from evaluator.redaction.contacts import Span

_TOLD = re.compile(
    r"(?<![\w/'’-])(?:"
    # a pair, as "she/her"
    r"(?:[Ss]he|[Hh]e|[Tt]hey)[ ]?/[ ]?(?:her|him|them|hers|his|theirs)(?:[ ]?/[ ]?\w{3,6})?"
    r"|(?:[Ee]r|[Ss]ie)[ ]?/[ ]?(?:ihn|ihm|ihr)|(?:[Ee]lle|[Ii]l)[ ]?/[ ]?(?:elle|lui)|(?:[Éé]l"
    r"|[Ee]lla)[ ]?/[ ]?ella"
    # English
    r"|[Ss]/?he|[Hh]e|[Hh]er|[Hh]ers|[Hh]im|[Hh]is|[Hh]erself|[Hh]imself"
    # German; "sie" before or behind a verb in the singular, "ihr" in small letters
    r"|[Ee]r|[Ii]hn|[Ii]hm|[Ss]eine[mnrs]?|[Ss]einem|ihr(?:e[mnrs]?)?"
    r"|[Ss]ie(?=[ ](?:war|ist|hat|wird|will|kann|soll|muss|mag|weiß|kam|ging|sah|gab|nahm|las|sprach"
    r"|fand|hielt"
    r"|(?!(?:nicht|mit|jetzt|erst|seit|dort|selbst|fast|oft|sonst|zuletzt|zunächst|zuerst|heute|gerne"
    r"|ohne|alle"
    r"|eine|keine|bitte|lange)[ .,;])[a-zäöüß]{2,20}(?:te|t|st))(?![\w]))"
    r"|(?<=ist[ ])sie|(?<=hat[ ])sie|(?<=war[ ])sie|(?<=wird[ ])sie|(?<=kann[ ])sie|(?<=konnte[ ])sie"
    # French
    r"|(?:[Qq]u['’]|[Ll]orsqu['’]|[Pp]uisqu['’])?(?:[Ee]lle|[Ii]l"
    r"(?![ ](?:y|faut|fallait|s['’]agit|pleut|suffit|existe|vaut|est[ ](?:\w{1,12}[ ])?"
    r"(?:important|possible|nécessaire|vrai|clair|utile|prévu|temps)))(?![\w’']))"
    # Spanish
    r"|[Éé]l|[Ee]lla"
    r")(?![\w’'-])"
)
_QU = re.compile(r"[QqLlPp]\w{0,7}['’]")
_ADDRESS = re.compile(
    r"(?<![\w.])(?:Mr|Mrs|Ms|Miss|Herrn?|Frau|Fräulein|Monsieur|Madame|Mademoiselle|Mme|Mlle"
    r"|MM?\.(?![ ]?(?:Sc|A|Eng|Ed|Phil)\b)"
    r"|[Ss]eñor(?:a|ita)?|Sra|Srta|(?<=[Ee]l[ ])Sr|(?<=[Dd]el[ ])Sr|(?<=[Aa]l[ ])Sr|Don|Doña)\.?"
    r"(?=[ ][A-ZÀ-Þ\[])"
)
_VALUE = re.compile(r"[ \t]*([^\W_][^\n|•·;,.]{0,30})")


def pronouns(text: str) -> Iterator[Span]:
    """Yield pronouns of one person, and forms of address before a name."""
    for match in _TOLD.finditer(text):
        elided = _QU.match(match[0])
        yield match.start() + (len(elided[0]) if elided else 0), match.end()
    yield from (match.span() for match in _ADDRESS.finditer(text))


def gender(text: str, start: int, limit: int) -> Span | None:
    """Find what a field says of gender or pronouns: a few words."""
    found = _VALUE.match(text, start, limit)
    return found and (found.start(1), found.start(1) + len(found[1].rstrip()))
