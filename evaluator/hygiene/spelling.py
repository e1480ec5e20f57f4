"""What invisible characters spell: letters in tag characters, bytes in variation selectors, bits, gaps.

The ways are those described in arXiv 2106.09898 (invisible characters) and in write-ups on "ASCII
smuggling". May import nothing of the package.
"""

import re
from collections import Counter
from itertools import groupby

KINDS = ("zero-width", "bidi", "tag", "variation-selector", "filler", "soft-hyphen", "control", "other")
"""Kinds of what is removed."""

_TAGS = "\U000e0000-\U000e007f"
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_ZERO_WIDTH = "\u034f\u180e\u200b-\u200d\u2060-\u2064\ufeff"
_CLASSES = {
    "zero-width": _ZERO_WIDTH,
    "bidi": "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
    "tag": _TAGS,
    "variation-selector": _SELECTORS,
    "filler": "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0",
    "soft-hyphen": "\u00ad",
    "control": "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f",
    "other": "\u206a-\u206f\ufdd0-\ufdef\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0080-\U000e00ff\U000e01f0-\U000e0fff",
}
_ANY = re.compile("[" + "".join(_CLASSES.values()) + "]")
_ONE = {kind: re.compile(f"[{signs}]") for kind, signs in _CLASSES.items()}

_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")
"""A regional flag, such as Scotland's: the one honest use of tag characters (UTS #51)."""

_BITS = re.compile(f"[{_ZERO_WIDTH}]{{24,}}")
_BETWEEN = re.compile(rf"(?<=\w)[{_ZERO_WIDTH}]+(?=\w)")

_RUN_MIN = 3
"""Words between which invisible characters stand, from which on they are read as spaces."""


def counts(text: str) -> dict[str, int]:
    """Return how many invisible characters `text` holds, by kind; kinds with none are left out."""
    found = _ANY.findall(text)
    if not found:
        return {}
    kinds = {sign: next(kind for kind in KINDS if _ONE[kind].match(sign)) for sign in set(found)}
    return dict(Counter(kinds[sign] for sign in found))


def spelt(text: str, kind: str) -> tuple[str, int]:
    """Return what the characters of `kind` in `text` spell, "" for nothing, and where the first stands."""
    if kind == "tag":
        text = _FLAG.sub(lambda match: " " * len(match[0]), text)
        signs = "".join(chr(ord(sign) & 0x7F) for sign in _ONE[kind].findall(text))
        return _readable(signs), _first(text, kind)
    if kind == "variation-selector":
        return _selected(text), _first(text, kind)
    if kind == "zero-width":
        bits = _BITS.search(text)
        if bits and (told := _bytes_of(bits[0])):
            return told, bits.start()
        return _gaps(text), 0
    return "", 0


def _first(text: str, kind: str) -> int:
    found = _ONE[kind].search(text)
    return found.start() if found else 0


def _selected(text: str) -> str:
    """Return the bytes that runs of variation selectors hold, one selector a byte, as text."""
    runs = re.findall("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}", text)
    codes = [ord(sign) for run in runs for sign in run]
    values = bytes(code - 0xFE00 if code < 0xFF00 else code - 0xE0100 + 16 for code in codes)
    return _readable(values.decode("utf-8", "ignore"))


def _bytes_of(run: str) -> str:
    """Return a run of two or three kinds of zero-width characters read as bits of letters, else ""."""
    signs = [sign for sign, _ in Counter(run).most_common(2)]
    if len(signs) < len({*run} - {"\u2060", "\ufeff", "\u200d"}) or len(signs) != 2:
        return ""
    bits = "".join("01"[sign == max(signs)] for sign in run if sign in signs)
    for told in (bits, bits.translate({48: "1", 49: "0"})):
        eights = [told[at : at + 8] for at in range(0, len(told) - 7, 8)]
        if text := _readable(bytes(int(eight, 2) for eight in eights).decode("utf-8", "ignore")):
            return text
    return ""


def _gaps(text: str) -> str:
    """Return `text` with spaces for invisible characters, where these stand between words of two and more."""
    found = len(_BETWEEN.findall(text))
    if found < _RUN_MIN:
        return ""
    parts = [part for part in _BETWEEN.split(text) if part]
    lengths = [len(part) for part in parts[1:-1]]
    return _ANY.sub("", _BETWEEN.sub(" ", text)) if sum(lengths) >= 3 * len(lengths) else ""


def _readable(text: str) -> str:
    """Return `text` without signs that print nothing, or "" where hardly a letter is in it."""
    told = "".join(sign if sign.isprintable() else " " for sign in text)
    told = " ".join(told.split())
    letters = sum(1 for sign in told if sign.isalpha() or sign == " ")
    longest = max((len(list(run)) for _, run in groupby(told)), default=0)
    return told if len(told) >= 3 and letters * 3 >= len(told) * 2 - 6 and longest < len(told) / 2 else ""
