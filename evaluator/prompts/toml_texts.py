"""Reading TOML that a person typed, in bounded time. Imports nothing of the package."""

import re
import tomllib
from typing import Any

MOST_NAMES = 100
"""Names that a dotted key has at most; reading one takes time with the square of them."""

_LONG_KEY = re.compile(
    rf"""(?<![\w-])(?:(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{MOST_NAMES}}}"""
)


def read_toml(text: str) -> dict[str, Any]:
    """Return what a text says; raises TOMLDecodeError, or RecursionError where it is too deep."""
    if _LONG_KEY.search(text):
        raise RecursionError("a key has too many names")
    return tomllib.loads(text)
