"""Putting something else where an id or a secret stands in a JSON value. Imports nothing of the package."""

import re
from collections.abc import Mapping
from typing import Any

REMOVED = "[removed]"
"""Stands where a secret was."""

_SECRET_KEYS = frozenset(("call_secret", "api_key", "authorization", "token"))
_SHORTEST = 6
"""Characters from which on an id or a secret is looked for in texts; a shorter one may be any number."""


def hidden(value: Any, instead: Mapping[str, str]) -> Any:
    """Return a JSON value with whole words replaced as `instead` says, in keys and texts and as numbers.

    Words that are too short to be told from others stay; what stands under a secret's name never does.
    """
    words = {word: other for word, other in instead.items() if len(word) >= _SHORTEST}
    return _replaced(value, words, _pattern_of(words))


def _pattern_of(words: Mapping[str, str]) -> re.Pattern[str]:
    """Return a pattern for whole words; with none it matches nothing."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words)) or '(?!)'})(?!\w)")


def _replaced(value: Any, words: Mapping[str, str], pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(lambda match: words[match[0]], value)
    if isinstance(value, Mapping):
        return {
            _replaced(key, words, pattern): (
                REMOVED if key in _SECRET_KEYS else _replaced(member, words, pattern)
            )
            for key, member in value.items()
        }
    if isinstance(value, list):
        return [_replaced(item, words, pattern) for item in value]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return words.get(str(value), value) if number else value
