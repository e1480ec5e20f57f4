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
_BORN_MARK = re.compile(
    r"[Bb]orn|BORN|[Gg]eb(?:\.|oren|urts)|[Nn]é|[Nn]ac(?:id|í|im)|D\.?[Oo]\.?B|[Bb]irth|ahrgang|naiss"
)
_AGED_MARK = re.compile(r"\d\d[ ]?(?:years?[ ]old|Jahre[ ]alt|ans|años)|[Aa]ged?[ ]\d\d|I[ ]am[ ]\d")
_OLD_MARK = re.compile(r"\d[ ]?(?:years?[ ]old|Jahre[ ]alt|años[ ]de[ ]edad|y/?o)")
_STAR_MARK = re.compile(r"\*[ ]?\d")
"""What every such phrase holds; most texts hold none of it, and are passed at a glance."""

_BORN_WORD = re.compile(r"geboren\b|born\b")
_JUST_BEFORE = re.compile(rf"(?<![\w./-]){_WHEN}[ ]\(?\Z")
_REACH = 40
"""Characters before `geboren` in which a date stands."""

_STAR = re.compile(
    rf"\*(?:(?:(?<=[^\s*][ ]\*)|(?<=\(\*))[ ]?|(?<![\w*]\*))"
    rf"({DATE}|(?:(?<=\(\*)|(?<=\(\*[ ]))(?:19|20)\d\d(?=[,)]))(?![\w*])"
    rf"|(?:(?<=\n)|(?<=\A))\*[ ]({DATE})"
    rf"(?=[ ]in[ ][A-ZÄÖÜ][\w-]{{1,30}}+(?:[ ][A-ZÄÖÜ][\w-]{{1,30}}+)?[ ]*(?:[,(\n|]|$))"
)
"""The sign of birth. At the head of a line, with a gap behind it, it is a bullet unless a place follows."""

_OLD = re.compile(
    r"(?<![\w.,–-])(?<!\bis[ ])(?<!\b(?:was|are|ist|war)[ ])(?<!\b(?:over|than|were|sind|über)[ ])"
    r"(?<!\b(?:waren|about)[ ])"
    r"((?:1[5-9]|[2-7]\d)(?:[ ]years?[ ]old|[ ]Jahre[ ]alt|[ ]años[ ]de[ ]edad|[ ]?y/?o))(?![\w-])"
    r"(?![ ](?!and\b|with\b|from\b|living\b|und\b|mit\b|aus\b)[a-zäöü])"
)
"""An age with its own word, unless it is said of a thing: "the system was 20 years old"."""

_AGED = re.compile(
    r"(?<!\w)(?:[Aa]ged?|I[ ](?:am|was)|I['’]m"
    r"|(?:[Ss]?[Hh]e|[Tt]hey)[ ](?:is|was|are)|(?:[Ii]ch|[Ee]r|[Ss]ie)[ ](?:bin|ist)"
    r"|[Jj]['’]ai|[Tt]engo|[Ââ]gée?[ ]de)[ ]"
    r"(\d{2}[ ]?(?:years?[ ]old|Jahre[ ]alt|ans|años)"
    r"|(?<=[Aa]ged[ ])\d{2}|(?:(?<=[Aa]ge[ ])|(?<=I[ ]am[ ]))(?:1[5-9]|[2-7]\d)(?=[,.;\n]|$))"
    r"\b(?![ ](?:d['’]expérience|de[ ]experiencia))"
)


def births(text: str) -> Iterator[Span]:
    """Yield dates and years of birth, and ages, that words such as `born` or `geboren am` tell of."""
    for pattern, mark in ((_BORN, _BORN_MARK), (_AGED, _AGED_MARK), (_OLD, _OLD_MARK)):
        if mark.search(text):
            yield from (match.span(1) for match in pattern.finditer(text))
    for star in _STAR_MARK.finditer(text):
        told = _STAR.match(text, star.start())
        if told is not None:
            yield told.span(told.lastindex or 0)
    for word in _BORN_WORD.finditer(text):
        begin = max(0, word.start() - _REACH)
        told = _JUST_BEFORE.search(text[begin : word.start()])
        if told is not None:
            yield begin + told.start(1), begin + told.end(1)
