"""Taking a call's secret out of what an endpoint answered: some repeat what they were sent.

May import nothing of the package.
"""

import json

REMOVED = "[removed]"
"""Stands where a secret was."""

_TELLING = 4
"""Characters of a secret from which on its beginning is taken out at the end of a text, which was cut."""


def without_secret(text: str, secret: bytes | None) -> str:
    """Return `text` without a secret, which is given as JSON, in any of its spellings."""
    for word in spellings(secret):
        text = text.replace(word, REMOVED)
        text = _without_beginning(text, word)
    return text


def spellings(secret: bytes | None) -> tuple[str, ...]:
    """Return how a secret may stand in a text, longest first: as it is, and as JSON spells it."""
    if secret is None:
        return ()
    word = str(json.loads(secret))
    found = {word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]} - {""}
    return tuple(sorted(found, key=lambda each: (-len(each), each)))


def _without_beginning(text: str, word: str) -> str:
    """Take out the beginning of a secret at the very end of a text."""
    for length in range(min(len(word) - 1, len(text)), _TELLING - 1, -1):
        if text.endswith(word[:length]):
            return text[:-length] + REMOVED
    return text
