"""Postal addresses, known by a street with a number or a post box. May import the sibling `contacts`.

Streets are read as English, German, French and Spanish write them; each pattern is bounded in length.
"""

import re
from collections.abc import Iterator

from evaluator.redaction.contacts import Span

_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w'’-]{0,30}+\.?"
_JOIN = (
    r"(?:de la|de los|de las|de l['’]|d['’]|l['’]|della?|des|del|de|du|la|las|los|le|les|el"
    r"|am|an der|im|in der|upon|of|y|i)"
)
_UK_CODE = r"[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}\b"
_TOWN_WORD = r"[A-ZÀ-ÖØ-Þ][\w'’-]{0,30}+"
_CITY = rf"(?:St\.[ ])?{_TOWN_WORD}(?:[ ](?:{_JOIN}[ ])?{_TOWN_WORD}){{0,3}}"
_UNIT = (
    r"(?:Flat|flat|Apt\.?|apt\.?|Apartment|Unit|Suite|Studio|Wohnung|[Bb]âtiment|[Bb]ât\.?"
    r"|[Ee]sc\.?|Escalera|[Pp]iso|[Pp]uerta|[Pp]ta\.?"
    r"|[Aa]ppartement|[Aa]ppt\.?|Interior|Depto\.?)[ ]?[\w/-]{1,6}"
)
_FLOOR = (
    r"(?:\d{1,3}[ ]?\.?[ºª°]"
    r"|(?:[Bb]ajo|[Ee]ntresuelo|[Pp]rincipal|[Áá]tico)"
    r"(?=[ ]?(?:[,.;\n]|$)|[ ](?:[A-Z](?!\w)|\d\.?[ºª°]|izq|izda|dch)))"
    r"(?:[ -]?(?:izqda|izda|izq|dcha|dch|der|[A-Z](?!\w)|\d\.?[ºª°]?)\.?[ªº]?)?"
)
_STATE_CODE = (
    r"[A-Z]{2}[ ]\d{5}(?:-\d{4})?(?!\d)|[A-Z]{2}[ ][A-Z]\d[A-Z][ ]?\d[A-Z]\d\b"
    r"|(?:NSW|VIC|QLD|SA|WA|TAS|ACT|NT),?[ ]\d{4}\b"
)
"""State and code of the United States, Canada and Australia."""

_CODE = r"(?:[A-Z]{1,2}-)?(?!(?:19|20)\d\d\b)\d{4,5}"
_NUMBER = r"(?!(?:19|20)\d\d\b)\d{1,4}[ ]?[a-z]?(?:[/-]\d{1,4}[a-z]?)?\b"
_TAIL = re.compile(
    rf"[ ]?[,\n]?[ ]?(?:{_UNIT}|{_FLOOR})"
    rf"|[ ]?[,\n][ ]?(?:{_CODE}[ ]{_CITY}|{_UK_CODE}|{_STATE_CODE}"
    rf"|{_CITY}(?:[ ]{_UK_CODE}|,[ ](?:{_STATE_CODE}|\d{{5}}\b)))"
    rf"|[ ]?,[ ]?{_CITY}(?=[ ]?(?:[,.;)\n|·•]|$))(?!\.?[ ]?[\d+(])"
    rf"|[ ]à[ ]{_CITY}|[ ]{_UK_CODE}"
)
_ENGLISH = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Crescent|Boulevard|Blvd|Way|Terrace"
    "|Square|Place|Gardens|Grove|Mews|Hill|Row|Parade|Parkway|Pkwy|Highway|Circle|Trail|Alley"
    "|Walk|Rise|Wharf|Quay|Croft|Vale|Heights|Loop|Plaza"
)
_FRENCH = (
    r"(?:[Rr](?:ue|oute)|[Aa](?:venue|v\.|llée)|[Bb](?:oulevard|d\.?)|[Pp](?:lace|assage)|[Cc]hemin"
    r"|[Ii]mpasse|[Qq]uai|[Ss](?:entier|quare))"
)
_ROMANCE = (
    r"(?:[Cc](?:alle(?:jón)?|/|amino|arrer|hemin)|C\.|[Aa](?:v(?:enida|enue|da\.?|\.)|lameda|llée)"
    r"|[Pp](?:laza|lace|za\.?|aseo|asaje|assage)"
    r"|[Rr](?:onda|ue|oute|ambla)|[Tt]ravesía|[Gg]lorieta|[Uu]rbanización"
    r"|[Bb](?:oulevard|d\.?)|[Ii]mpasse|[Qq]uai|[Ss](?:entier|quare))"
)
"""Streets that have their number behind the name, in Spain and in French Switzerland."""

_NAMES = rf"(?:{_JOIN}[ ]?){{0,3}}{_CAPITAL}(?:[ ](?:{_JOIN}[ ]?)?{_CAPITAL}){{0,4}}"
_CODED = (
    rf"{_CAPITAL}(?:[ ]{_CAPITAL}){{1,3}}(?:,?[ ]{_UNIT})?[ ]?[,\n][ ]?"
    rf"(?:{_CITY}[ ]?[,\n ][ ]?){{0,2}}(?:{_UK_CODE}|{_STATE_CODE})"
)
"""A street of any name, known by the code behind it."""

_DOOR = r"(?<!\w)(?:Flat|Apt\.?|Apartment|Unit|Suite|Studio)[ ]\w{1,5},?[ \n]"
_HOUSE = rf"(?<![\w.,])\d{{1,5}}[A-Za-z]?,?[ ](?:(?:{_CAPITAL}[ ]){{1,4}}(?:{_ENGLISH})\b\.?|{_CODED})"
_STREETS = (
    re.compile(rf"{_DOOR}{_HOUSE}"),
    re.compile(_HOUSE),
    re.compile(rf"{_DOOR}{_CODED}"),
    re.compile(r"(?<!\w)(?:P\.?[ ]?O\.?[ ]?Box[ ]\d{1,6}\b|Postfach[ ]\d[\d ]{1,8}\d)"),
    re.compile(
        rf"(?<![\w-])(?:[A-ZÄÖÜ][\w.]{{0,30}}[ -]){{1,4}}"
        rf"(?:(?:Straße|Strasse|Str\.|Allee|Weg|Platz|Ring|Damm|Ufer|Gasse)[ ]{_NUMBER}"
        rf"|{_NUMBER}(?=[ ]?[,\n][ ]?{_CODE}[ ][A-ZÄÖÜ]))"
    ),
    re.compile(rf"(?<![\w,])\d{{1,4}}(?:[ ]?(?:bis|ter|quater))?,?[ ]{_FRENCH}[ ]{_NAMES}"),
    re.compile(
        rf"(?<!\w){_ROMANCE}[ ]?{_NAMES}"
        rf"(?:,?[ ](?:[Nn][.º°]{{0,2}}[ ]?)?\d{{1,4}}\b|(?=[ ]?[,\n][ ]?{_CODE}[ ][A-ZÀ-Þ]))"
    ),
)
_DOOR_MARK = re.compile(r"Flat|Apt|Apartment|Unit|Suite|Studio")
_MARKS = {
    0: _DOOR_MARK,
    2: _DOOR_MARK,
    3: re.compile(r"Box[ ]\d|Postfach[ ]\d"),
    4: re.compile(
        r"(?:Straße|Strasse|Str\.|Allee|Weg|Platz|Ring|Damm|Ufer|Gasse)[ ]\d"
        r"|\d[ ]?[a-z]?[ ]?[,\n][ ]?[A-Z\d-]{4}"
    ),
    5: re.compile(rf"\d(?:[ ]?(?:bis|ter|quater))?,?[ ]{_FRENCH}[ ]"),
}
"""What some patterns need somewhere in a text; most texts hold none of it, and are passed at a glance."""

_GERMAN_NUMBER = re.compile(
    r"(?<=[a-zäöü-])(?:straße|strasse|str\.|gasse|allee|weg|platz|ring|damm|ufer|chaussee|steig|hof|markt)"
    rf"[ ]{_NUMBER}"
)
_WORD_END = re.compile(r"[\w-]{1,40}\Z")


def streets(text: str) -> Iterator[Span]:
    """Yield postal addresses that hold a street with a number or a post box, with what follows of them."""
    for number, pattern in enumerate(_STREETS):
        if number in _MARKS and not _MARKS[number].search(text):
            continue
        for match in pattern.finditer(text):
            yield match.start(), address_end(text, match.end())
    for match in _GERMAN_NUMBER.finditer(text):
        word = _WORD_END.search(text[max(0, match.start() - 40) : match.start()])
        if word and len(word[0]) > 1 and word[0][0].isupper():
            yield match.start() - len(word[0]), address_end(text, match.end())


def address_end(text: str, end: int) -> int:
    """Return the end of an address of which the street ends at `end`: flat, town and code go with it."""
    for _ in range(5):
        more = _TAIL.match(text, end)
        if more is None:
            break
        end = more.end()
    return end
