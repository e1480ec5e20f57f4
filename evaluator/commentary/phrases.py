"""What code writes into a comment, by language; `phrases.toml` beside it is the table.

May import nothing of the package.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

FALLBACK = "en"
"""Language of the fixed parts where a team's own language has none."""

Phrases = Mapping[str, str]


def phrases_for(language: str) -> Phrases:
    """Return the phrases for a language tag such as `de` or `de-AT`; English where it is not translated."""
    table = _table()
    return table.get(language.split("-")[0].lower(), table[FALLBACK])


def languages() -> tuple[str, ...]:
    """Return the languages that are translated."""
    return tuple(_table())


@cache
def _table() -> Mapping[str, Phrases]:
    return tomllib.loads(files("evaluator.commentary").joinpath("phrases.toml").read_text(encoding="utf-8"))
