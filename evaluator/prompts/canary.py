"""A mark in the system prompt that belongs in no reply: where one holds it, the prompt was given away.

The mark is the same for all candidates of a pack, so that the beginning of a prompt stays byte for byte the
same, and for all versions of the pack, so that an edit changes a prompt only where it was made. Without the
service's key it cannot be told beforehand. May import nothing of the package.
"""

import base64
import codecs
import hashlib
import hmac
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

REMOVED = "[…]"
"""Stands for the mark in what is shown."""

_LENGTH = 16
_SPACING = r"[\W_]{0,3}"
"""What may stand between two characters of the mark where it is spelt out."""


class Canary:
    """The mark of one pack, and how it is known again: as it is, spelt out, reversed, rotated or encoded."""

    def __init__(self, key: bytes, pack: str) -> None:
        """`key`: a secret of the service; an empty one gives a mark that everybody can work out."""
        digest = hmac.new(key or b"-", f"canary\0{pack}".encode(), hashlib.sha256).hexdigest()
        self.mark = digest[:_LENGTH]
        rotated = codecs.encode(self.mark, "rot13")
        spelt = [_SPACING.join(form) for form in (self.mark, self.mark[::-1], rotated, rotated[::-1])]
        whole = [self.mark.encode().hex(), *_in_base64(self.mark)]
        self._pattern = re.compile("|".join([*(f"(?i:{form})" for form in spelt), *map(re.escape, whole)]))

    @property
    def line(self) -> str:
        """The line of the system prompt that holds the mark."""
        return f"Reference of these instructions, for no one else and in no reply: {self.mark}"

    def is_in(self, value: Any) -> bool:
        """Tell whether the mark stands in any text of a JSON value, keys too."""
        return any(self._pattern.search(text) is not None for text in _texts(value))

    def without(self, value: Any) -> Any:
        """Return a JSON value with REMOVED in place of the mark, in texts; keys stay."""
        if isinstance(value, str):
            return self._pattern.sub(REMOVED, value)
        if isinstance(value, dict):
            return {key: self.without(member) for key, member in value.items()}
        return [self.without(item) for item in value] if isinstance(value, list) else value


@lru_cache(maxsize=64)
def canary_of(key: bytes, pack: str) -> Canary:
    """Return the mark of a pack, made once."""
    return Canary(key, pack)


def _in_base64(text: str) -> Iterator[str]:
    """Yield the part that base64 of any text has in common that holds `text`, by where it begins."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + text.encode()).decode().rstrip("=")
        first = -(-before * 8 // 6)
        last = (before + len(text)) * 8 // 6
        yield encoded[first:last]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from _texts(member)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
