"""Numbers as JSON has them, for the decoders of the standard library, which take more.

Imports nothing of the package.
"""

import math
from typing import Never


class NoJsonNumber(ValueError):
    """What stands for a number is none of JSON's; the message says what it is, and quotes nothing."""


def no_constant(_: str) -> Never:
    """Refuse NaN and Infinity, as a decoder's `parse_constant`; raises NoJsonNumber."""
    raise NoJsonNumber("holds NaN or Infinity, which JSON does not have")


def finite(digits: str) -> float:
    """Return the number, as a decoder's `parse_float`; raises NoJsonNumber beyond a double's range."""
    number = float(digits)
    if not math.isfinite(number):
        raise NoJsonNumber("holds a number beyond the range of a double")
    return number
