"""Hygiene: removing what nobody sees, and telling what was removed. May import `contract`."""

from evaluator.hygiene.cleaning import clean, clean_request
from evaluator.hygiene.removed import Cleaned, Removed, cleaned

__all__ = ["Cleaned", "Removed", "clean", "clean_request", "cleaned"]
