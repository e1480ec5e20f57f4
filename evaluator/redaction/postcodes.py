"""Postcodes: by their form where that is their own, else beside a town or a label.

May import the sibling `contacts`.
"""

import re
from collections.abc import Iterator

from evaluator.redaction.contacts import Span

_TOWN = (
    r"[A-ZÀ-ÖØ-Þ][\w'’-]{2,30}+(?:[ ](?:(?:am|an der|bei|ob der|de|del|de la|la|le|les|sur|en"
    r"|sous)[ ])?[A-ZÀ-ÖØ-Þ][\w'’-]{1,30}+){0,3}(?: im Breisgau)?"
)
_FIVE = r"(?!(?:19|20)\d\d(?!\d))\d{4,5}(?<!000)"
_ROUND = (
    "Lille|Lyon|Toulouse|Nantes|Rennes|Strasbourg|Nice|Montpellier|Bordeaux|Grenoble|Dijon|Tours|Nancy|Metz|Rouen"
    "|Caen|Angers|Poitiers|Limoges|Amiens|Orléans|Perpignan|Besançon|Nîmes|Avignon|Pau|La Rochelle|Le Mans"
    "|Clermont-Ferrand|Chambéry|Annecy|Troyes|Quimper|Vannes|Laval|Évreux|Bourges|Valence|Colmar|Niort|Albi"
)
"""Towns whose codes end in three zeros, as amounts do."""

_CODES = (
    re.compile(rf"(?<![\w.,])(\d\d000)(?= (?:{_ROUND})(?![\w]))"),
    re.compile(
        r"(?<![\w.])(?:C\.P\.|CP|PLZ(?:[ ]?[/,][ ]?Ort)?|ZIP|Postleitzahl|[Pp]ostcode|[Cc]ode postal"
        r"|[Cc]ódigo postal)[ ]?:?[ ]?(\d{4,5})(?!\d)"
    ),
    re.compile(r"(?<![\w-])(?:GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2})(?![\w-])"),
    re.compile(r"(?<![\w-])[A-CEGHJ-NPR-TVXY]\d[A-Z] ?\d[A-Z]\d(?![\w-])"),
    re.compile(r"(?<=(?<![A-Z])[A-Z]{2} )\d{5}(?:-\d{4})?(?![\w-])"),
    re.compile(r"(?<![\w-])(?:A|B|CH|D|DE|E|F|L|AT|FR|ES)-(\d{4,5})(?= )"),
    re.compile(
        rf"(?:(?<=^)|(?<=\n)|(?<=[,;|·•:(–-] )|(?<=[.!?] )|(?<=\bin )|(?<=\ben )|(?<=\bà ))({_FIVE})"
        rf"(?= {_TOWN}[ ]?(?:[,.;)\n|·•-]|$))"
    ),
)
_VALUE = re.compile(r"[ \t]*((?:[A-Z]{1,2}-)?[A-Z\d]{2,5}(?:[ -]?[A-Z\d]{3,4})?)(?![\w])")


def postcodes(text: str) -> Iterator[Span]:
    """Yield postcodes of Britain, Canada, the United States, and those of four or five digits."""
    for pattern in _CODES:
        for match in pattern.finditer(text):
            yield match.span(1) if pattern.groups else match.span()


def postcode(text: str, start: int, limit: int) -> Span | None:
    """Find the code behind a label."""
    found = _VALUE.match(text, start, limit)
    return found.span(1) if found and any(map(str.isdigit, found[1])) else None
