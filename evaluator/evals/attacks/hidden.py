"""What a text says to a reader who takes it apart: hidden characters read, and encodings undone.

Written apart from the service's own hygiene and detection, whose measure it is. May import nothing of the
package.
"""

import base64
import binascii
import codecs
import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

_TAGS = re.compile("[\U000e0020-\U000e007e]+")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")
_ZERO_WIDTH = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff]{14,}")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)

_LEAST = 8
"""Characters of an encoded stretch that is worth undoing, and of what comes of it."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(r"(?:(?:0x|\\x|%)?[0-9A-Fa-f]{2}[\s:,]?){8,}")
_BITS = re.compile(r"(?:[01]{7,8}\s?){4,}")
_DOTS = re.compile(r"[.·−–—-]+(?:[ /|]+[.·−–—-]+){3,}")
_ROUNDS = 3
"""Times that an encoding is undone which stands within itself."""

_MORSE_SIGNS = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- "
    "-.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
)
_MORSE = dict(zip(_MORSE_SIGNS.split(), "abcdefghijklmnopqrstuvwxyz0123456789", strict=True))


def unhidden(text: str) -> str:
    """Return `text` with what its hidden characters spell in their place; those that spell nothing go."""
    if text.isascii():
        return text
    text = _TAGS.sub(lambda run: "".join(chr(ord(sign) - 0xE0000) for sign in run[0]), text)
    text = _SELECTORS.sub(lambda run: _as_text(bytes(map(_byte_of, run[0]))) or "", text)
    text = _ZERO_WIDTH.sub(lambda run: _of_two_signs(run[0]), text)
    return _UNSEEN.sub("", text)


def readings(text: str) -> Iterator[str]:
    """Yield what `text` says: as it stands, and in each form that undoing an encoding gives."""
    yield text
    for undo in (_of_base64, _of_hex, _of_bits, _of_dots, html.unescape, unquote, _rotated, _reversed):
        undone = text
        for _ in range(_ROUNDS):
            before, undone = undone, undo(undone)
            if undone in (before, text):
                break
            yield undone


def _byte_of(selector: str) -> int:
    number = ord(selector)
    return number - 0xFE00 if number <= 0xFE0F else number - 0xE0100 + 16


def _of_two_signs(run: str) -> str:
    """Return what a run of zero-width characters spells in ones and zeros, "" for nothing."""
    signs = sorted(set(run), key=lambda sign: -run.count(sign))[:2]
    if len(signs) < 2:
        return ""
    bits = "".join(str(signs.index(sign)) for sign in run if sign in signs)
    swapped = bits.translate(str.maketrans("01", "10"))
    return next((text for each in (bits, swapped) for size in (8, 7) if (text := _letters(each, size))), "")


def _letters(bits: str, size: int) -> str:
    whole = len(bits) - len(bits) % size
    return _as_text(bytes(int(bits[at : at + size], 2) for at in range(0, whole, size)))


def _as_text(value: bytes) -> str:
    """Return bytes as text, "" where they are none that somebody would read."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return ""
    return text if text.replace("\n", " ").isprintable() else ""


def _long(text: str) -> str:
    return text if len(text) >= _LEAST else ""


def _within(pattern: re.Pattern[str], undo: Callable[[str], str]) -> Callable[[str], str]:
    """Return what replaces each stretch that can be undone, and leaves the others."""
    return lambda text: pattern.sub(lambda found: _long(undo(found[0])) or found[0], text)


def _base64(stretch: str) -> str:
    bare = stretch.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return _as_text(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except binascii.Error:
        return ""


def _hex(stretch: str) -> str:
    return _as_text(bytes.fromhex(re.sub(r"0x|\\x|%|[\s:,]", "", stretch)))


def _morse(stretch: str) -> str:
    plain = re.sub("[−–—]", "-", stretch.replace("·", "."))
    return "".join(_MORSE.get(sign, "" if sign else " ") for sign in re.split(r"[ /|]", plain))


_of_base64 = _within(_BASE64, _base64)
_of_hex = _within(_HEX, _hex)
_of_bits = _within(_BITS, lambda stretch: _letters(re.sub(r"\s", "", stretch), 8))
_of_dots = _within(_DOTS, _morse)


def _rotated(text: str) -> str:
    return codecs.encode(text, "rot13")


def _reversed(text: str) -> str:
    return text[::-1]
