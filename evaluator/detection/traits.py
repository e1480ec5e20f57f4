"""What a sentence looks like beside its words: an order, a question, a list of levels, somebody's own past.

Each trait is a bit behind those of the lexicon's concepts. May import the siblings `lexicon` and `facts`.
"""

import re
from collections.abc import Collection, Sequence

from evaluator.detection.facts import Facts
from evaluator.detection.lexicon import Lexicon

SIGNS = (
    "you-word", "own-word", "own-past", "other-word", "begins-order", "holds-order", "digit-level", "arrow",
    "tag", "member", "speaker", "bracket", "figure", "amount", "asks", "calls", "short",
    "rung",
)  # fmt: skip
"""The traits, in the order of their bits."""

_ORDER_WORDS = """
    treat count read take put give set grade rate score mark enter use apply assume consider judge skip ignore
    leave write fill start begin add let make quote cite look stay be play answer reply return continue copy
    keep hand call say see repeat assess evaluate award place note remember imagine picture suppose pretend
    decide expand resolve stop submit close record carry report tell ask accept trust believe think go open
    decode translate lift raise round follow adopt reserve invite grant credit regard overlook disregard
    understand interpret replace swap think act speak switch forget drop
"""
_ORDERS = frozenset(_ORDER_WORDS.split())
_LEAD_WORDS = """
    and then so please kindly now just do not don t never always only to should must shall will would could
    you also simply best
"""
_LEADS = frozenset(_LEAD_WORDS.split())
_YOU = frozenset({"you", "your", "yours", "yourself"})
_OWN = frozenset({"i", "my", "me", "mine", "we", "our"})
_OTHER_WORDS = "she he her him his hers they candidate applicant"
_OTHERS = frozenset(_OTHER_WORDS.split())
_PAST_WORDS = """
    built wrote ran led made found took gave kept held set put did had was were sold won taught drew brought
    cut grew met sent saw told got went began chose rose fell left lost paid read stood spoke thought
"""
_PAST = frozenset(_PAST_WORDS.split())

_PAST_FIRST = _PAST - {
    "put",
    "set",
    "read",
    "cut",
    "left",
    "lost",
    "felt",
    "thought",
    "had",
    "was",
    "were",
    "did",
}
"""Verbs in the past that begin no order and no clause."""

_LEVEL = re.compile(r"[=:→>] ?[2-5]\b|\b[2-5] ?[/;,]")
_RUNG = re.compile(
    r"\b(?:at|to|as|a|the|an|with|of|level|stufe|auf|mit|bei|die|eine|niveau|au|la|le|el|il|al|nivel|livello|poziom|na|op|niva)"
    r" (?:[2-5]|two|three|four|five|drei|vier|trois|quatre|tres|cuatro|tre|quattro|quatro|trzy|cztery|drie)"
    r"(?=[.,;:!?)\]\"'”’]|$| and\b| for\b| in\b| und\b| bei\b| et\b| en\b| y\b| e\b)"
)
_TAG = re.compile(r"</?[a-z_]|[%#]\}|\{[%#]|%%|---|===|###|\*\*\*|^\s{0,8}[\[{]")
_MEMBER = re.compile(r"\"[a-z_]{2,30}\" ?:")
_SPEAKER = re.compile(r"^\W{0,3}[a-z][a-z .'-]{2,30} ?:")
_AMOUNT = re.compile(
    r"\d ?(?:%|ms\b|euros?\b|pounds?\b|eur\b|km\b|kg\b|hours?\b|weeks?\b|months?\b|years?\b|people\b"
    r"|beds\b|lines\b|nodes\b|a (?:day|week|month|year)\b)|\b(?:19|20)\d\d\b"
)
_DIGIT = re.compile(r"\d")

_NEAR_PAST = 4
"""Words behind "I" in which a verb in the past is looked for."""

_FEW_WORDS = 4


def own_past(words: Sequence[str]) -> bool:
    """Tell whether somebody tells of their own past: "I built", "we have led", and in a list "Led"."""
    if words and (words[0] in _PAST_FIRST or (words[0].endswith("ed") and len(words[0]) > 4)):
        return True
    for at, word in enumerate(words):
        if word in ("i", "we"):
            behind = words[at + 1 : at + _NEAR_PAST]
            if any(each in _PAST or (each.endswith("ed") and len(each) > 4) for each in behind):
                return True
    return False


def tells_nothing(facts: Facts, number: int) -> bool:
    """Tell whether a sentence has no figure and nothing that somebody has done."""
    text = facts.view.text[facts.starts[number] : facts.ends[number]]
    return _DIGIT.search(text) is None and not own_past(facts.words_of(number))


def _orders(words: Sequence[str]) -> tuple[bool, bool]:
    """Tell whether an order begins the sentence, and whether one stands behind a word that leads to it."""
    begins = holds = False
    led = only_leads = True
    for at, word in enumerate(words):
        if word in _ORDERS and led:
            begins = begins or only_leads
            holds = holds or at > 0
        led = word in _LEADS
        only_leads = only_leads and led
    return begins, holds


def signs(text: str, words: Sequence[str], shift: int) -> int:
    """Return the traits of the sentence `text` with its `words`, as bits from the place `shift` on."""
    known = set(words)
    begins, holds = _orders(words)
    figure = _DIGIT.search(text) is not None
    found = (
        not _YOU.isdisjoint(known),
        not _OWN.isdisjoint(known),
        own_past(words),
        not _OTHERS.isdisjoint(known),
        begins,
        holds,
        figure and _LEVEL.search(text) is not None,
        "->" in text or "→" in text or "=>" in text or ":=" in text,
        _TAG.search(text) is not None,
        '"' in text and _MEMBER.search(text) is not None,
        ":" in text and _SPEAKER.search(text) is not None,
        text[:1] in "([",
        figure,
        figure and _AMOUNT.search(text) is not None,
        "?" in text,
        "!" in text,
        len(words) <= _FEW_WORDS,
        _RUNG.search(text) is not None,
    )
    bits = 0
    for at, holds_true in enumerate(found):
        bits |= holds_true << (shift + at)
    return bits


def named(mask: int, names: Sequence[str]) -> Collection[str]:
    """Return the names of the bits in `mask`."""
    return [name for at, name in enumerate(names) if mask >> at & 1]


def all_names(words: Lexicon) -> tuple[str, ...]:
    """Return the names of all bits: the lexicon's concepts, then the traits."""
    return (*words.bits, *SIGNS)


def mask_of(facts: Facts, number: int, shift: int) -> int:
    """Return the concepts and traits of a sentence."""
    start, end = facts.starts[number], facts.ends[number]
    return facts.of(number) | signs(facts.view.text[start:end].strip(), facts.words_of(number), shift)
