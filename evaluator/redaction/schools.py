"""Schools and universities, and the years that stand beside them.

Known by the words that name such a place, in English, German, French and Spanish, and by short names of
well-known ones. May import the sibling `contacts`.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from evaluator.redaction.contacts import Span

_W = r"[A-ZÀ-ÖØ-Þ][\w'’.&-]{0,30}+"
_J = (
    r"(?:of|the|and|for|de|del|de la|de las|de los|des|du|d['’]|l['’]|la|le|les|zu|in|am|an der|der|für"
    r"|und|et|y|i)"
)
_NAME = rf"{_W}(?:[ ](?:{_J}[ ]?){{0,2}}{_W}){{0,4}}"
_OF = rf"(?:[ ](?:{_J}[ ]?){{1,2}}{_NAME})"
_PLACE = (
    r"(?:University|College|Polytechnic|Academy|Institute(?: of Technology)?|Conservatoire|Seminary"
    r"|(?:High|Grammar|Primary|Secondary|Middle|Business|Law|Medical|Graduate|Art|Nursing|Boarding|Technical"
    r"|Comprehensive)[ ]School|School(?=[ ]of[ ][A-Z]))"
)
_NO_SCHOOL = r"(?![ ](?:Hospital|Hospitals|Clinic|Medical Cent(?:er|re)|Press|Library|Challenge))"
_GERMAN = (
    r"(?:(?:Technische |Freie |Medizinische |Pädagogische )?(?:Universität|Hochschule|Fachhochschule"
    r"|Berufs(?:fach)?schule|Berufsakademie|Akademie|Fachschule|Volksschule|Grundschule|Realschule"
    r"|Hauptschule"
    r"|Gesamtschule|Oberschule|Handelsschule|Kantonsschule|Gymnasium|Berufskolleg|Uni|HTL|HTWK|FH|TU"
    r"|TH|PH|DHBW))"
)
_ROMANCE = (
    r"(?:Université|École|Ecole|Lycée|Collège|Institut|Faculté|IUT|INSA|IFSI|IAE|CFA|ENS|IEP|Conservatoire"
    r"|Universidad|Universitat|Universidade|Escuela|Escola|Instituto|Institut|Facultad|Colegio|IES|CEIP|CIFP)"
)
_SHORT = (
    "MIT|UCLA|NYU|UCL|LSE|ETH(?: Zürich| Zurich)?|EPFL|LMU(?: München)?|TUM|RWTH(?: Aachen)?|KIT"
    "|HEC(?: Paris)?|ESSEC|INSEAD|ESADE|IESE|HSG|UNAM|UPC|UPM|UAM|UCM|UAB|UBA|UNED|WU Wien|Sciences Po"
    "|Polytechnique|Harvard|Stanford|Yale|Princeton|Oxford|Cambridge|Caltech|Berkeley|Sorbonne|Eton"
    "|IIT [A-Z][a-z]{2,15}|IIM [A-Z][a-z]{2,15}"
)
_SCHOOLS = (
    re.compile(
        rf"(?<!\w)(?:{_W}[ ](?:(?:of|and|&)[ ])?){{0,4}}{_PLACE}\b{_NO_SCHOOL}{_OF}?(?:,[ ]{_W}(?=,))?"
    ),
    re.compile(
        rf"(?<!\w)(?:{_W}[ ]){{0,2}}(?:[A-ZÄÖÜ][\w-]{{1,40}}-)?{_GERMAN}(?![\w])(?:{_OF}"
        rf"|[ ]{_NAME}(?:-{_W})*)?"
    ),
    re.compile(
        rf"(?<!\w){_ROMANCE}(?![\w])(?:[ ](?:{_J}[ ]?){{0,2}}[\w'’-]{{3,30}}(?=[ ](?:de"
        rf"|d['’])))?(?:{_OF}|[ ]{_NAME})"
    ),
    re.compile(
        r"(?<![\w-])[A-ZÄÖÜ][a-zäöüß]{1,30}(?:universität|hochschule|gymnasium|schule|akademie)(?![\w])"
    ),
    re.compile(rf"(?<![\w-])(?:{_SHORT})(?![\w-])"),
)
_HEALTH = re.compile(r"(?i)spital|klinik|hospital")
_SEED = re.compile(
    r"(?i)universi|college|school|polytech|academ|institut|conservat|seminary|schule|gymnasium|akademie|"
    r"école|ecole|lycée|collège|facult|colegio|escuela|escola|\b(?:uni|htl|htwk|fh|tu|th|ph|dhbw|iut"
    r"|insa|ifsi|iae"
    r"|cfa|ens|iep|ies|ceip|cifp)\b"
)
"""What one of the first three patterns needs somewhere in a line."""

_YEAR = re.compile(r"(?<![\w.,/])(?:(?:0?[1-9]|1[0-2])/)?(?:19[4-9]\d|20[0-3]\d)(?![\w])(?!,\d)")
_VALUE = re.compile(r"[ \t]*([A-ZÀ-Þ][^\n|•·;,]{1,120})")
_PARTED = re.compile(r"(?<=[a-zà-ÿ)\d]{2})[.;](?=\s)")
_MOST = 2_000
"""Characters of a line that are looked at together."""


def schools(text: str) -> Iterator[Span]:
    """Yield the names of schools."""
    for start, line in _lines(text):
        patterns = _SCHOOLS if _SEED.search(line) else _SCHOOLS[4:]
        for pattern in patterns:
            for match in pattern.finditer(line):
                if not _HEALTH.search(match[0]):
                    yield start + match.start(), start + len(line[: match.end()].rstrip(" .,"))


def graduations(text: str) -> Iterator[Span]:
    """Yield the years in a sentence or line that names a school."""
    for start, line in _lines(text):
        bounds = [0, *(match.end() for match in _PARTED.finditer(line)), len(line)]
        for begin, end in pairwise(bounds):
            part = line[begin:end]
            if any(True for _ in schools(part)):
                yield from (
                    (start + begin + year.start(), start + begin + year.end())
                    for year in _YEAR.finditer(part)
                )


def school(text: str, start: int, limit: int) -> Span | None:
    """Find what a field calls a school: the rest of its line, up to a comma."""
    found = _VALUE.match(text, start, limit)
    return found and (found.start(1), found.start(1) + len(found[1].rstrip(" .")))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with the places at which they begin, long ones in pieces."""
    start = 0
    for line in text.split("\n"):
        for at in range(0, len(line), _MOST):
            yield start + at, line[at : at + _MOST]
        start += len(line) + 1
