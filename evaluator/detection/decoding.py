"""Reading what a text holds in code: base64, hex, bits, escapes, Morse, and what `ciphers` reads.

Each reading is `(start, end, text, how)`: the span that was read, and what it says. May import the sibling
`ciphers`.
"""

import base64
import binascii
import html
import quopri
import re
from collections.abc import Callable, Iterator, Set
from urllib.parse import unquote_to_bytes

from evaluator.detection.ciphers import Reading, ciphered

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{16,}+(?:\s?[A-Za-z0-9+/_-]{16,}+)*+={0,2}")
_BASE32 = re.compile(r"(?<![A-Z2-7])[A-Z2-7]{24,}+={0,6}(?![A-Za-z0-9])")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ :,]?){8,}+(?![0-9A-Za-z])")
_BITS = re.compile(r"(?<![01])(?:[01]{8}[ ,]?){4,}+(?![01])")
_DECIMAL = re.compile(r"(?<![\d.,])(?:\d{2,3}[ ,;]{1,2}){8,}+\d{2,3}(?![\d.,])")
_ESCAPES = re.compile(r"(?:\\u\{?[0-9A-Fa-f]{4}\}?|\\U[0-9A-Fa-f]{8}|\\x[0-9A-Fa-f]{2}){4,}+")
_PERCENT = re.compile(r"(?:[^\s%<>\"]{0,60}+%[0-9A-Fa-f]{2}){3,}+[^\s<>\"]{0,80}+")
_ENTITIES = re.compile(
    r"(?:[^\s&]{0,40}+&(?:#\d{2,6}|#[xX][0-9A-Fa-f]{2,5}|[a-z]{2,6});\s?){4,}+[^\s&]{0,40}+"
)
_QUOTED = re.compile(
    r"=\?[\w-]{3,20}\?[QqBb]\?([^?\s]{4,400}+)\?=|(?:[^\s=]{0,40}+=[0-9A-F]{2}){3,}+[^\s=]{0,40}+"
)
_MORSE = re.compile(r"(?:[.\-·•–—−]{1,6}+(?:[ \t]?[/|][ \t]?|[ \t]{1,3}+)){7,}+[.\-·•–—−]{1,6}+")

_PACKED = re.compile(r"[A-Za-z0-9+/_-]{16}|(?:[0-9A-Fa-f]{2,8}[ :,]{1,2}){4}")
"""What a text holds that has anything in digits or letters without spaces."""

_MORSE_CODES = """
    .- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..-
    -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. .-.-.- --..-- ---... -....-
    -..-.
"""
_MORSE_SIGNS = dict(zip(_MORSE_CODES.split(), "abcdefghijklmnopqrstuvwxyz0123456789.,:-/", strict=True))

_SHORTEST = 12
"""Characters of a text that may hold any code."""

_DEEPER = 2
"""Codes within codes that are followed."""


def readings(text: str, words: Set[str], depth: int = 0) -> Iterator[Reading]:
    """Yield what `text` holds in code, where it reads like words; a code within a code too.

    `words`: those of the text in lower case.
    """
    if len(text) < _SHORTEST:
        return
    packed = _PACKED.search(text) is not None
    for how, pattern, read in _CODES:
        if packed if how not in _SIGNS else _SIGNS[how].search(text):
            for match in pattern.finditer(text):
                told = read(match[0])
                if told is not None and _reads_well(told):
                    yield from _deeper(Reading(match.start(), match.end(), told, how), words, depth)
    if depth == 0:
        yield from ciphered(text, words)


def _deeper(reading: Reading, words: Set[str], depth: int) -> Iterator[Reading]:
    """Yield a reading, and what its text holds in code in its turn."""
    yield reading
    if depth < _DEEPER:
        for inner in readings(reading.text, words, depth + 1):
            yield reading._replace(text=inner.text, how=f"{reading.how}, {inner.how}")


def _text_of(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _base64(code: str) -> str | None:
    plain = "".join(code.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return _text_of(base64.b64decode(plain + "=" * (-len(plain) % 4)))
    except (binascii.Error, ValueError):
        return None


def _base32(code: str) -> str | None:
    plain = code.rstrip("=")
    try:
        return _text_of(base64.b32decode(plain + "=" * (-len(plain) % 8)))
    except (binascii.Error, ValueError):
        return None


def _hex(code: str) -> str | None:
    pairs = re.findall(r"[0-9A-Fa-f]{2}", re.sub(r"0x|\\x", "", code))
    return _text_of(bytes(int(pair, 16) for pair in pairs))


def _bits(code: str) -> str | None:
    return _text_of(bytes(int(eight, 2) for eight in re.findall("[01]{8}", code)))


def _decimal(code: str) -> str | None:
    values = [int(number) for number in re.findall(r"\d+", code)]
    return _text_of(bytes(values)) if all(value < 128 for value in values) else None


def _escapes(code: str) -> str | None:
    signs = re.findall(r"\\(?:u\{?|U|x)([0-9A-Fa-f]{2,8})", code)
    values = [int(sign, 16) for sign in signs]
    return "".join(chr(value) for value in values if value < 0x110000 and not 0xD800 <= value < 0xE000)


def _percent(code: str) -> str | None:
    told = _text_of(unquote_to_bytes(code.replace("+", " ")))
    return None if told is None else told.replace("=", "= ", 1)


def _mime(code: str) -> str | None:
    inner = _QUOTED.fullmatch(code)
    if inner and inner[1] and code[code.find("?", 2) + 1] in "Bb":
        return _base64(inner[1])
    plain = inner[1] if inner and inner[1] else code
    return _text_of(quopri.decodestring(plain.replace("_", " ").encode()))


def _morse(code: str) -> str | None:
    plain = code.translate(str.maketrans("·•–—−", "..---"))
    words = [word.split() for word in re.split(r"[/|]| {3}", plain)]
    signs = [sign for word in words for sign in word]
    known = [sign for sign in signs if sign in _MORSE_SIGNS]
    if len(known) * 5 < len(signs) * 4 or len(set(known)) < 4:
        return None
    return " ".join("".join(_MORSE_SIGNS.get(sign, "") for sign in word) for word in words)


def _reads_well(text: str) -> bool:
    """Tell whether `text` may be words: nearly all of it letters, spaces and points."""
    if len(text) < 4:
        return False
    plain = sum(1 for sign in text if sign.isalnum() or sign in " \n.,:;!?'\"-_=/()+%{}[]<>&#")
    return plain * 20 >= len(text) * 19 and sum(map(str.isalpha, text)) * 2 >= len(text)


_CODES: tuple[tuple[str, re.Pattern[str], Callable[[str], str | None]], ...] = (
    ("base64", _BASE64, _base64),
    ("base32", _BASE32, _base32),
    ("hex", _HEX, _hex),
    ("bits", _BITS, _bits),
    ("decimal", _DECIMAL, _decimal),
    ("escapes", _ESCAPES, _escapes),
    ("url", _PERCENT, _percent),
    ("html", _ENTITIES, html.unescape),
    ("quoted-printable", _QUOTED, _mime),
    ("morse", _MORSE, _morse),
)
_SIGNS = {
    "escapes": re.compile(r"\\[uUx]"),
    "url": re.compile(r"%[0-9A-Fa-f]{2}[^%\s]{0,60}+%[0-9A-Fa-f]{2}"),
    "html": re.compile(r"&[#a-z]"),
    "quoted-printable": re.compile(r"=\?[\w-]|=[0-9A-F]{2}[^=\s]{0,40}+=[0-9A-F]{2}"),
    "morse": re.compile(r"[.\-·•–—−]{1,6}+[ \t/|]{1,3}[.\-·•–—−]"),
}
"""What a text has at least that holds such a code."""
