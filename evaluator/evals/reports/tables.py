"""The tables of cases in the terminal. May import the siblings below it."""

from collections.abc import Sequence

from rich.table import Table

from evaluator.evals.changes import Change
from evaluator.evals.comparison import Comparison
from evaluator.evals.figures import usual_status
from evaluator.evals.reports.material import Report
from evaluator.evals.reports.sentences import range_of
from evaluator.evals.reports.twin_lines import HEADINGS
from evaluator.evals.reports.words import (
    NOT_THERE,
    letter,
    marks,
    plain,
    rated,
    signed,
    status_words,
    told_range,
)
from evaluator.evals.runs import Run


def plain_table() -> Table:
    """Return an empty table without lines."""
    return Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")


def run_table(report: Report, run: Run) -> Table:
    """Return a row per case: rating, what is expected, label, status, tokens and seconds.

    A row in red with a cross falls short of what is expected, or has no rating. Where there are repeats,
    rating, tokens and seconds are means, and the range of the ratings stands beside.
    """
    repeats = max((len(rows) for rows in run.by_case.values()), default=0)
    table = plain_table()
    table.add_column("case", overflow="ellipsis")
    for name in ("rating", *(["from–to"] if repeats > 1 else []), "expected", "label", *_service(report)):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for name in ("tokens", "s"):
        table.add_column(name, justify="right", no_wrap=True)
    for case in report.own_cases(run):
        short = bool(report.missed(run, case)) or run.rating(case) is None
        style = "red" if short else None
        table.add_row(*_run_row(report, run, case, short=short, repeats=repeats), style=style)
    return table


def _run_row(report: Report, run: Run, case: str, *, short: bool, repeats: int) -> Sequence[str]:
    rows = run.by_case[case]
    ratings = [row.rating for row in rows if row.rating is not None]
    tokens = sum(row.tokens for row in rows) / len(rows)
    spread = [told_range((min(ratings), max(ratings))) if ratings else NOT_THERE]
    return [
        case,
        rated(run.rating(case)),
        *(spread if repeats > 1 else []),
        told_range(range_of(run.expectations[case])),
        plain(report.labels.by_case.get(case)),
        *_service(report, case),
        f"{'✗ ' if short else ''}{status_words(usual_status(run, case))}",
        f"{tokens:,.0f}" if tokens else NOT_THERE,
        f"{sum(row.seconds for row in rows) / len(rows):.2f}",
    ]


def twin_table(lines: Sequence[Sequence[str]]) -> Table:
    """Return the lines of `twin_lines` as a table."""
    table = plain_table()
    for name in HEADINGS:
        is_text = name in (HEADINGS[0], HEADINGS[-1])
        table.add_column(
            name, justify="left" if is_text else "right", overflow="ellipsis", no_wrap=not is_text
        )
    for line in lines:
        table.add_row(*line)
    return table


def comparison_table(report: Report, comparison: Comparison, other: str) -> Table:
    """Return a row per case that changed, greatest change first: label, ratings, difference, what flips.

    `other` is the letter of the second contestant.
    """
    table = plain_table()
    table.add_column("case", overflow="ellipsis")
    for name in ("label", *_service(report), letter(0), other, "difference"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("flips", no_wrap=True)
    for change in sorted(comparison.changes, key=lambda each: -each.size):
        flips = marks(change.status_flips, change.crosses_cut)
        if change.size or flips:
            table.add_row(*_change_row(report, change, flips), style=_tone(change))
    return table


def _service(report: Report, case: str | None = None) -> Sequence[str]:
    """Return the heading of the service's own ratings, or that of a case; nothing where none is known."""
    if not report.service_ratings:
        return []
    return ["service" if case is None else plain(report.service_ratings.get(case))]


def _change_row(report: Report, change: Change, flips: Sequence[str]) -> Sequence[str]:
    return [
        change.case,
        plain(change.label),
        *_service(report, change.case),
        rated(change.a),
        rated(change.b),
        signed(change.difference),
        ", ".join(flips),
    ]


def _tone(change: Change) -> str | None:
    if change.b is None and change.a is not None:
        return "red"
    return None if not change.closer else "green" if change.closer > 0 else "red"
