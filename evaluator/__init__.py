"""The candidate evaluator: a SolidATS request in, a reasoned rating out.

Imports nothing of the package, so that every module may import the version from here.
"""

from importlib.metadata import version

__version__ = version("candidate-evaluator")
"""Version of the installed distribution, as in `pyproject.toml`."""
