"""Names that no label announces, where what stands around them gives them away.

A form of address, an introduction, a signature, a letter head above contact data, or an e-mail address that
is made of the name. May import the sibling `contacts`.
"""

import re
from collections.abc import Iterator

from evaluator.redaction.contacts import Span, emails

_WORD = (
    r"(?:[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ'’]{1,30}+(?:-[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]{1,30}+)?"
    r"|[A-ZÀ-ÖØ-Þ]['’][A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]{1,30}+)"
)
_LOUD = r"[A-ZÀ-ÖØ-Þ]{2,30}+(?:['’-][A-ZÀ-ÖØ-Þ]{2,30}+)?"
_PART = r"(?:de la|de los|de las|del|de|da|dos|van der|van den|van|von der|von|zu|zum|bin|al|el|y|i)"
_FULL = rf"{_WORD}(?:[ ](?:{_PART}[ ])?(?:{_WORD}|[A-Z]\.)){{1,3}}"
_ONE_OR_MORE = rf"{_WORD}(?:[ ](?:{_PART}[ ])?{_WORD}){{0,3}}"

_TITLED = re.compile(
    r"(?<![\w.])(?:Mr|Mrs|Ms|Miss|Herrn?|Frau|Monsieur|Madame|Mme|Mlle|M\.(?![ ]?(?:Sc|A|Eng|Ed|Phil))"
    r"|[Ss]eñor(?:a|ita)?|Sra|Srta|(?:[Ee]l|[Dd]el|[Aa]l) Sr|Don|Doña)\.?[ ]"
    rf"(?:(?:Dr|Prof|Ing)\.?[ ])?((?!Dr\b|Prof\b){_ONE_OR_MORE})"
)
_INTRODUCED = re.compile(
    r"(?<!\w)(?:[Mm]y name is|[Mm]ein Name ist|[Ii]ch hei(?:ß|ss)e|[Jj]e m['’]appelle|[Jj]e me nomme"
    rf"|[Mm]on nom est|[Mm]e llamo|[Mm]i nombre es|(?:Curriculum [Vv]itae|CV|Résumé|Lebenslauf)(?: of"
    rf"| von| de)?"
    rf"[ ]?[:–-]?)[ ]({_FULL}|(?<!CV )(?<!Résumé ){_WORD}(?=[ ,.;]))"
)
_DASHED = re.compile(
    r"(?<![\w-])(?:(?i:full name|candidate name|applicant|vollständiger name|vor- und nachname|nom complet"
    r"|nom et prénom|nombre completo|nombre y apellidos)|(?m:^)[ ]*(?:Name|NAME|Nom|NOM|Nombre|NOMBRE))"
    rf"[ ]?[-–—][ ]({_FULL}|{_LOUD}(?:[ ]{_LOUD}){{1,3}})"
)
_SIGNED = re.compile(
    r"(?i:(?<!\w)(?:(?:kind|best|warm)(?:est)? (?:regards|wishes)|regards|sincerely"
    r"|yours (?:faithfully|truly|sincerely)"
    r"|(?:mit )?(?:freundlich|best|viele|lieb)\w{0,4} gr(?:ü|ue)(?:ß|ss)en?|hochachtungsvoll"
    r"|cordialement|bien à vous"
    r"|sincères salutations|(?:un )?(?:cordial )?saludos?(?: cordial(?:es)?)?"
    r"|atentamente))[,.!]?[ \t]*\n\s{0,40}"
    rf"({_FULL}|{_WORD})[ ]*(?:\n|$)"
)
_HEAD = re.compile(rf"\A[\s#*]{{0,20}}({_FULL}|{_LOUD}(?:[ ]{_LOUD}){{1,3}})[ ]*(?=[,|·•\n–—*-]|$)")
_CONTACT = re.compile(r"@|://|www\.|\+\d|\d{3}[ -]?\d{3}|\[(?:e-mail|phone|link|address|postcode)\]")
_NEAR = 300
"""Characters in which contact data follows a letter head."""

_PIECES = re.compile(r"[^\W\d_]{2,}")
_CAPITALS = re.compile(rf"(?<!\w)(?:{_WORD}|{_LOUD})(?:[ ](?:{_PART}[ ])?(?:{_WORD}|{_LOUD})){{1,3}}")
_NO_NAMES = re.compile(
    r"(?i)(?<!\w)(?:senior|junior|lead|head|chief|engineer\w*|developer|manager\w*|director\w*|nurse"
    r"|analyst\w*|assistant"
    r"|officer|consultant|designer|architect|teacher|driver|curriculum|vitae|resume|résumé|lebenslauf"
    r"|profile?|summary"
    r"|experience|education|skills|contact|about|work|software|data|project|product|sales|marketing"
    r"|finance|human"
    r"|resources|university|college|school|institute|gmbh|ag|ltd|inc|llc|s\.?a|street|road"
    r"|ingenieur\w*|entwickler\w*"
    r"|leiter\w*|berater\w*|pflege\w*|berufserfahrung|ausbildung|kenntnisse|persönliche|daten"
    r"|ingénieure?|développeu\w*"
    r"|infirmi\w*|responsable|directeur|directrice|formation|expérience|compétences|ingenier\w*"
    r"|enfermer\w*|gerente"
    r"|experiencia|formación|datos|personales|dear|hello|great|strong|good|candidate|cover|letter"
    r"|recruiter|note"
    r"|interview|team|company|registered|certified|backend|frontend|full|stack|the|and|application|job)(?!\w)"
)


def names(text: str) -> Iterator[Span]:
    """Yield names that are given away by what stands around them."""
    for pattern in (_TITLED, _INTRODUCED, _DASHED, _SIGNED):
        yield from (match.span(1) for match in pattern.finditer(text) if not _NO_NAMES.search(match[1]))
    head = _HEAD.match(text[:400])
    if head and not _NO_NAMES.search(head[1]) and _CONTACT.search(text[head.end() : head.end() + _NEAR]):
        yield head.span(1)
    yield from _of_addresses(text)


def _of_addresses(text: str) -> Iterator[Span]:
    """Yield names that an e-mail address in the text is made of, as `jane.doe@` of Jane Doe."""
    locals_ = [text[start:end].partition("@")[0].lower() for start, end in emails(text)][:20]
    made_of = [(_PIECES.findall(local), "".join(_PIECES.findall(local))) for local in locals_]
    if not made_of:
        return
    for match in _CAPITALS.finditer(text):
        words = [word.lower() for word in _PIECES.findall(match[0])]
        first, last = words[0], words[-1]
        for pieces, joined in made_of:
            spelt = {first, last} <= set(pieces) or joined in (first + last, first[0] + last, last + first)
            if spelt and not _NO_NAMES.search(match[0]):
                yield match.span()
                break
