"""Numbers that an office or a company gave one person: of passports, insurances, licences and accounts.

Known by their form where that is their own, else by the words before them. May import the sibling `contacts`.
"""

import re
from collections.abc import Iterator

from evaluator.redaction.contacts import Span

_SIGNS = (
    r"(?=[A-Za-z\d./-]{0,24}\d[A-Za-z\d./-]{0,24}\d)"
    r"[A-Za-z\d][A-Za-z\d./-]{3,24}(?:(?<![./-])[ ](?=[A-Z]{0,3}\d|[A-Z](?!\w))[A-Z\d]{1,8}(?![a-z])){0,8}"
    r"|\d{1,3}(?:[ ]\d{1,4}){2,8}(?:[ ][A-Z](?!\w)(?:[ ]\d{1,4})?)?(?!\w)"
    r"|[A-Z]{2}(?:[ ]\d\d){3}(?:[ ][A-Z](?!\w))?"
)
"""A number of signs without gaps, two digits at least among them, or in groups of capitals and digits."""

_DATE = re.compile(r"(?:\d{1,2}[./-]){1,2}(?:19|20)\d\d|(?:19|20)\d\d(?:[./ -]\d{1,4}){0,2}")
_PAPER = (
    r"passport|identity card|id card|national insurance|social security|insurance"
    r"|driv(?:ing|er['’]?s) licen[cs]e|licen[cs]e|policy|account|membership|registration|tax|ni"
    r"|(?:reise)?pass|(?:personal)?ausweis|f(?:ü|ue)hrerschein|kranken(?:kasse|versicher(?:ung|ten))"
    r"|sozialversicherung|rentenversicherung|steuer|konto|versicherung"
    r"|passeport|carte d['’]identité|sécurité sociale|permis(?: de conduire)?(?: [a-e]1?)?|assurance|compte"
    r"|pasaporte|carn[eé] de conducir|permiso de conducir|seguridad social|p[oó]liza|cuenta"
)
_NO = r"(?:number|reference|id|no\.?|nr\.?|nummer|num\.?|№|#|n\.?[°º]|núm\.?|número|numéro)"
_ALONE = (
    r"passport|reisepass|passeport|pasaporte|dni|nie|nif|iban|ssn|nino|nir|naf"
    r"|driv(?:ing|er['’]?s) licen[cs]e|carte d['’]identité|carn[eé] de conducir"
)
"""What needs no word for a number behind it."""

_DIGITS = re.compile(r"\d[\w./-]*")
_LETTERS = re.compile(r"(?<![\w./-])(?:[A-Z]{2}[ ]?|[A-Za-z]{0,6})\Z")
_LAST = (
    *(
        "number",
        "reference",
        "id",
        "no",
        "no.",
        "nr",
        "nr.",
        "nummer",
        "num",
        "num.",
        "№",
        "#",
        "n°",
        "nº",
        "n.°",
    ),
    *(
        "n.º",
        "núm",
        "núm.",
        "número",
        "numéro",
        "pin",
        "pass",
        "passport",
        "passeport",
        "pasaporte",
        "dni",
        "nie",
    ),
    *(
        "nif",
        "iban",
        "ssn",
        "nino",
        "nir",
        "naf",
        "license",
        "licence",
        "identité",
        "conducir",
        "permis",
        "social",
    ),
    *("sociale", "compte", "cuenta", "póliza", "poliza", "assurance"),
)
"""What the words before a number end with; few places are looked at more closely."""

_BEFORE = re.compile(
    rf"(?<!\w)(?i:(?:{_PAPER})(?:[ ]|-|s)?{_NO}|{_NO}[ ](?:de[ ](?:la[ ])?|du[ ]|d['’])?(?:{_PAPER})"
    rf"|(?:gmc|nmc|hcpc),?[ ](?:pin|{_NO})|(?:{_ALONE})(?!\w))[ ]?[:=(]?[ ]{{0,2}}\Z"
)
_REACH, _LONGEST = 16, 60
"""Characters before a number in which its last word and all its words stand."""

_FORMS = re.compile(
    r"(?<![\w.,-])(?:[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ ]?\d\d[ ]?\d\d[ ]?\d\d[ ]?[A-D]"
    r"|(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}"
    r"|[12][ ]\d\d[ ](?:0[1-9]|1[0-2])[ ](?:\d\d|2[AB])[ ]\d{3}[ ]\d{3}(?:[ ]\d\d)?"
    r"|\d\d[ ]?[0-3]\d(?:0[1-9]|1[0-2])\d\d[ ]?[A-Z][ ]?\d{3})(?![\w-])"
)
"""Insurance of the United Kingdom, the United States, France and Germany."""

_MANY = re.compile(r"\d(?:[ -]?\d){5}")
"""What each of these holds; most texts hold little of it."""

_IBAN = re.compile(r"(?<![\w-])[A-Z]{2}\d\d(?:[ ]?[A-Z\d]{4}){2,7}(?:[ ]?[A-Z\d]{1,3})?(?![\w-])")
_DNI = re.compile(r"(?<![\w-])(\d{8}|[XYZ]\d{7})-?([A-HJ-NP-TV-Z])(?![\w-])")
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_VALUE = re.compile(rf"[ \t]*\n?[ \t]*({_SIGNS})")


def numbers(text: str) -> Iterator[Span]:
    """Yield numbers of papers and accounts, by their form or by the words before them."""
    if _MANY.search(text):
        yield from (match.span() for match in _FORMS.finditer(text))
        yield from (match.span() for match in _IBAN.finditer(text) if _is_iban(match[0]))
        yield from (match.span() for match in _DNI.finditer(text) if _is_dni(match[1], match[2]))
    for digits in _DIGITS.finditer(text):
        letters = _LETTERS.search(text, max(0, digits.start() - 7), digits.start())
        at = digits.start() if letters is None else letters.start()
        before = text[max(0, at - _REACH) : at].rstrip(" :=(").lower()
        if before.endswith(_LAST) and _BEFORE.search(text, max(0, at - _LONGEST), at):
            span = number(text, at, len(text))
            if span is not None:
                yield span


def number(text: str, start: int, limit: int) -> Span | None:
    """Find the number behind a label."""
    found = _VALUE.match(text, start, limit)
    span = found and _bare(found)
    return None if span is None or _DATE.fullmatch(text, *span) else span


def _bare(match: re.Match[str]) -> Span:
    """Return the span of a number without the marks of the sentence behind it."""
    return match.start(1), match.start(1) + len(match[1].rstrip("./-"))


def _is_iban(text: str) -> bool:
    """Tell whether the check digits are right: ISO 13616, the remainder by 97 of the moved digits is 1."""
    bare = text.replace(" ", "")
    return (
        15 <= len(bare) <= 34 and int("".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])) % 97 == 1
    )


def _is_dni(digits: str, letter: str) -> bool:
    """Tell whether the letter of a Spanish identity number is right (Real Decreto 1553/2005)."""
    figure = int(digits.translate(str.maketrans("XYZ", "012")))
    return _DNI_LETTERS[figure % len(_DNI_LETTERS)] == letter
