"""How long to wait before the next try.

Exponential back-off with full jitter, so that many waiting calls do not come back at once; what the
endpoint asks for in `Retry-After` goes first. May import nothing of the package.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 16.0

Uniform = Callable[[float, float], float]
"""Draws a number between two bounds, as `random.uniform` does."""

_IN_WORDS = re.compile(r"(?:retry|try again) in (?:(\d{1,4})m)?(\d{1,6}(?:\.\d{1,9})?)(ms|s)\b")


def wait_s(failures: int, asked_s: float | None, uniform: Uniform) -> float:
    """Return the seconds to wait after `failures` failures in a row (at least 1).

    `asked_s`: seconds the endpoint asked for; they are a floor, with half a second of jitter on top.
    """
    if asked_s is not None:
        return asked_s + uniform(0.0, FIRST_WAIT_S)
    ceiling = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(failures - 1, 16))
    return uniform(0.0, ceiling)


def asked_wait_s(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that `retry-after-ms` or `Retry-After` ask for, or None.

    Takes seconds and HTTP dates; `now` is the time of day in seconds since the epoch. `headers` are looked
    up in lower case.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    asked = headers.get("retry-after")
    seconds = _number(asked)
    if seconds is not None or asked is None:
        return seconds
    return _until(asked, now)


def asked_in_words(text: str) -> float | None:
    """Return the seconds of a "try again in 1m2.5s" in an error's text (lower case), or None."""
    found = _IN_WORDS.search(text)
    if found is None:
        return None
    minutes, number, unit = found.groups()
    return int(minutes or 0) * 60 + float(number) / (1000 if unit == "ms" else 1)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _until(date: str, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, aware.timestamp() - now)
