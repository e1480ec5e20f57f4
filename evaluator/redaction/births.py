"""Dates and years of birth, and ages, known by the words around them. May import the sibling `contacts`."""

import re
from collections.abc import Iterator

from evaluator.redaction.contacts import Span

_MONTH = (
    r"(?i:jan|jän|ene|feb|fév|fev|mar|mär|apr|avr|abr|may|mai|jun|jul|jui|aug|aoû|aou|ago|sep|oct|okt"
    r"|nov|dec|dez"
    r"|déc|dic)[^\W\d_]{0,8}\.?"
)
DATE = (
    r"(?:\d{1,2}[./-][ ]?\d{1,2}[./-][ ]?\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.|º)?[ ](?:of[ ]|de[ ])?{_MONTH},?[ ](?:del?[ ])?\d{{4}}"
    rf"|{_MONTH}[ ]\d{{1,2}}(?:st|nd|rd|th)?,?[ ]\d{{4}}|{_MONTH}[ ]\d{{4}})"
)
AGE = r"\d{2}(?:[ ](?:years?(?:[ ]old)?|yrs?|Jahre?(?:[ ]alt)?|ans|años))?"
_WHEN = rf"({DATE}|(?:19|20)\d\d)(?!\d)"
_BORN = re.compile(
    r"(?<!\w)(?:[Bb]orn(?:[ ](?:on|in))?(?:[ ]the)?|BORN(?:[ ]ON)?|[Gg]eb\.(?:[ ]am)?"
    r"|[Gg]eboren(?:[ ](?:am|im|in))?(?:[ ]Jahr)?"
    r"|[Nn](?:ée?|é\(e\))(?:[ ](?:le|en))?|[Nn]acid[oa](?:[ ](?:el|en))?|[Nn]ací(?:[ ](?:el|en))?"
    r"|DOB|DoB|D\.O\.B\.|[Dd]ate[ ]of[ ][Bb]irth|[Gg]eburtsdatum|[Jj]ahrgang|[Dd]ate[ ]de[ ]naissance"
    rf"|[Ff]echa[ ]de[ ]nacimiento)[ ]?[:*]?[ ]{{0,2}}{_WHEN}"
)
_BORN_MARK = re.compile(r"[Bb]orn|BORN|[Gg]eb|[Nn][ée]|[Nn]ac|D\.?[Oo]\.?B|[Bb]irth|ahrgang")
_AGED_MARK = re.compile(r"old|alt|ans|años|[Aa]ged")
"""What every such phrase holds; most texts hold none of it, and are passed at a glance."""

_BORN_WORD = re.compile(r"geboren\b|born\b")
_JUST_BEFORE = re.compile(rf"(?<![\w./-]){_WHEN}[ ]\(?\Z")
_REACH = 40
"""Characters before `geboren` in which a date stands."""

_AGED = re.compile(
    r"(?<!\w)(?:[Aa]ged?|I[ ]am|I['’]m|[Ii]ch[ ]bin|[Jj]['’]ai|[Tt]engo|[Ââ]gée?[ ]de)[ ]"
    r"(\d{2}[ ]?(?:years?[ ]old|Jahre[ ]alt|ans|años)"
    r"|(?<=[Aa]ged[ ])\d{2})\b(?![ ](?:d['’]expérience|de[ ]experiencia))"
)


def births(text: str) -> Iterator[Span]:
    """Yield dates and years of birth, and ages, that words such as `born` or `geboren am` tell of."""
    for pattern, mark in ((_BORN, _BORN_MARK), (_AGED, _AGED_MARK)):
        if mark.search(text):
            yield from (match.span(1) for match in pattern.finditer(text))
    for word in _BORN_WORD.finditer(text):
        begin = max(0, word.start() - _REACH)
        told = _JUST_BEFORE.search(text[begin : word.start()])
        if told is not None:
            yield begin + told.start(1), begin + told.end(1)
