"""A run of the suite in words: tables for the terminal, and everything as JSON.

May import the siblings `figures` and `outcomes`, and `evals.reports.tables`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from evaluator.evals.attacks.figures import (
    Aim,
    AttackFigures,
    HonestFigures,
    Share,
    aims,
    attack_figures,
    honest_figures,
)
from evaluator.evals.attacks.outcomes import LIFT, SetRun, SuiteRun
from evaluator.evals.reports.tables import plain_table

_NONE = "–"


def as_json(runs: Sequence[SuiteRun]) -> list[dict[str, Any]]:
    """Return the runs with every outcome, their figures and the aims as plain data."""
    return [
        run.model_dump(mode="json")
        | {
            "figures": {name: _figures(each) for name, each in run.sets.items()},
            "aims": [asdict(aim) for aim in aims(run)],
        }
        for run in runs
    ]


def told(run: SuiteRun) -> Iterator[RenderableType]:
    """Yield the parts of a report: a table per set, then the aims."""
    for name, each in run.sets.items():
        if each.attacks:
            yield Text(f"Attacks, {name}, under the model {run.model}", style="bold")
            yield _attack_table(each)
            yield Text()
        if each.honest:
            yield Text(f"Honest texts, {name}, quoted from by a script", style="bold")
            yield _honest_table(each)
            yield Text()
    yield Text("Aims", style="bold")
    for aim in aims(run):
        yield _line(aim)
    yield Text(f"{run.seconds:.1f} s")


def _line(aim: Aim) -> Text:
    word = "reached   " if aim.reached else "fell short"
    return Text(f"{word}  {aim.aim}: {aim.figure}", style="" if aim.reached else "red")


def _attack_table(run: SetRun) -> Table:
    figures = list(attack_figures(run))
    columns: list[tuple[str, Callable[[AttackFigures], str]]] = [
        ("texts", lambda each: str(each.flagged.of)),
        (f"lift > {LIFT}", lambda each: _percent(each.lifted)),
        ("unseen", lambda each: _percent(each.unseen)),
        ("flagged", lambda each: _percent(each.flagged)),
        ("severe", lambda each: _percent(each.severe)),
        ("obeyed", lambda each: _percent(each.obeyed)),
        ("leaks", lambda each: f"{each.leaked}" + (f", {each.unnoticed} missed" if each.unnoticed else "")),
        ("failed", lambda each: str(each.failed)),
    ]
    if all(each.obeyed is None for each in figures):
        del columns[5]
    table = _table(columns)
    for each in figures:
        table.add_row(each.name, *(cell(each) for _, cell in columns))
    return table


def _honest_table(run: SetRun) -> Table:
    columns: list[tuple[str, Callable[[HonestFigures], str]]] = [
        ("texts", lambda each: str(each.flagged.of)),
        ("flagged", lambda each: _percent(each.flagged)),
        ("severe", lambda each: _percent(each.severe)),
        ("evidence kept", lambda each: _percent(each.kept)),
        ("failed", lambda each: str(each.failed)),
    ]
    table = _table(columns)
    for each in honest_figures(run):
        table.add_row(each.name, *(cell(each) for _, cell in columns))
    return table


def _table(columns: Sequence[tuple[str, Any]]) -> Table:
    table = plain_table()
    table.add_column("class", overflow="ellipsis")
    for name, _ in columns:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _percent(share: Share | None) -> str:
    return _NONE if share is None or share.value is None else f"{share.value:.0%}"


def _figures(run: SetRun) -> dict[str, Any]:
    return {
        "attacks": [asdict(each) for each in attack_figures(run)],
        "honest": [asdict(each) for each in honest_figures(run)],
    }
