"""Checking that what a model quotes stands in the candidate's own material, and what it is worth.

`lookup` finds quotes, `denial` sees what denies them in the `languages` that it knows, `check` holds the
rules. Pure functions, no I/O. May import `judgement`, `words` and below.
"""

from evaluator.evidence.check import MAX_CRITERIA, MIN_UNSPACED, MIN_WORDS, Dropped, Verified, length, verify
from evaluator.evidence.denial import DENIAL_REACH
from evaluator.evidence.lookup import MAX_WORDS, PASSED_OVER, Found, Material, Piece

__all__ = [
    "DENIAL_REACH",
    "MAX_CRITERIA",
    "MAX_WORDS",
    "MIN_UNSPACED",
    "MIN_WORDS",
    "PASSED_OVER",
    "Dropped",
    "Found",
    "Material",
    "Piece",
    "Verified",
    "length",
    "verify",
]
