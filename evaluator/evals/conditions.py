"""Conditions of `--fail-on` as they are written: `mae>12`, `in-range<90%`, `mae+1.5`.

A condition says what must not be. May import `errors`.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaluator.errors import SettingsError

_CONDITION = re.compile(r"\s*([a-z][a-z-]*)\s*(>=|<=|>|<|\+)\s*(\S+?)\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: it falls short where `figure` stands in `relation` to `bound`.

    The relation `+` means worse than the baseline's by more than the bound. `text` is as it was written.
    """

    figure: str
    relation: str
    bound: float
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure can be, from `least` to `most`, and on which side it is worse.

    `beside_baseline`: it is itself a comparison with the baseline.
    """

    more_is_worse: bool
    least: float = 0.0
    most: float = math.inf
    beside_baseline: bool = False


FIGURES: Mapping[str, Figure] = {
    "mae": Figure(more_is_worse=True),
    "spearman": Figure(more_is_worse=False, least=-1, most=1),
    "in-range": Figure(more_is_worse=False, most=1),
    "max-drop": Figure(more_is_worse=True, beside_baseline=True),
    "cost": Figure(more_is_worse=True),
    "tokens": Figure(more_is_worse=True),
    "twin-delta": Figure(more_is_worse=True),
}
"""What a condition may be over; `gates` measures each."""


def conditions(texts: Iterable[str]) -> list[Condition]:
    """Return the conditions of `--fail-on`, each text one or several with commas between.

    Raises SettingsError where one cannot be read, or is true of a good run.
    """
    return [_condition(part) for text in texts for part in text.split(",") if part.strip()]


def _condition(part: str) -> Condition:
    found = _CONDITION.fullmatch(part)
    name, relation, bound = found.groups() if found else ("", "", "")
    text = "".join(part.split())
    figure = FIGURES.get(name)
    if figure is None:
        raise SettingsError(
            f"--fail-on {text}: is no condition; it is a figure of {', '.join(FIGURES)}, then > or < and a "
            "number, or + and a number for worse than the baseline by more than that. Such as mae>12"
        )
    _check_direction(name, relation, figure, text)
    return Condition(name, relation, _bound(bound, figure, text, within=relation != "+"), text)


def _check_direction(name: str, relation: str, figure: Figure, text: str) -> None:
    if relation == "+" and figure.beside_baseline:
        raise SettingsError(
            f"--fail-on {text}: {name} is itself beside the baseline; say {name}> and a number"
        )
    if relation != "+" and relation.startswith(">") != figure.more_is_worse:
        good = "<" if relation.startswith(">") else ">"
        raise SettingsError(
            f"--fail-on {text}: would fail a good run, for it says what must not be; say {name}{good}"
        )


def _bound(written: str, figure: Figure, text: str, *, within: bool) -> float:
    percent = written.endswith("%") and _is_share(figure)
    try:
        value = float(written[:-1]) / 100 if percent else float(written)
    except ValueError:
        raise SettingsError(f"--fail-on {text}: {written} is no number") from None
    least, most = (figure.least, figure.most) if within else (0, math.inf)
    if not (least <= value <= most and math.isfinite(value)):
        limits = f"from {least:g} to {most:g}" if math.isfinite(most) else f"of {least:g} or more"
        meant = f"; say {written}% for a percentage" if _is_share(figure) and most < value <= 100 else ""
        raise SettingsError(f"--fail-on {text}: the number is one {limits}{meant}")
    return value


def _is_share(figure: Figure) -> bool:
    return (figure.least, figure.most) == (0, 1)
