"""The settings of the service, and reading them. May import `errors` alone of the package."""

from evaluator.settings.reading import STAND_INS, load, unknown_variables, variable
from evaluator.settings.settings import PREFIX, Settings
from evaluator.settings.values import OFFLINE

__all__ = ["OFFLINE", "PREFIX", "STAND_INS", "Settings", "load", "unknown_variables", "variable"]
