"""Runs in the terminal: what asks for a look first, then the cases, the figures, and the verdict last.

May import `evals.printing` and the siblings below it.
"""

import shutil
from collections.abc import Iterator, Sequence
from typing import TextIO

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from evaluator.evals.printing import print_parts
from evaluator.evals.reports import sentences
from evaluator.evals.reports.figure_lines import FigureLine, compared, figure_lines
from evaluator.evals.reports.material import Report
from evaluator.evals.reports.tables import comparison_table, plain_table, run_table, twin_table
from evaluator.evals.reports.twin_lines import twin_lines
from evaluator.evals.reports.words import letter

WIDTH = 80
"""Columns that a report takes at most at a terminal."""

_PIPED = 10_000
"""Columns of what is no terminal: there nothing is cut or wrapped."""


def show(report: Report, out: TextIO) -> None:
    """Write a report: within 80 columns at a terminal; elsewhere without colour, and no line cut."""
    width = min(WIDTH, shutil.get_terminal_size().columns) if out.isatty() else _PIPED
    console = Console(file=out, width=width, highlight=False, markup=False, emoji=False)
    print_parts(console, _parts(report))


def _parts(report: Report) -> Iterator[RenderableType]:
    for heading, told in sentences.alerts(report):
        yield from _section(heading, told)
    yield from _side_by_side(report) if report.comparisons else _one_by_one(report)
    yield from _section("Falls short of what is expected", sentences.misses(report))
    if lines := twin_lines(report):
        yield twin_table(lines)
        yield Text()
    yield _figure_table(report)
    yield Text()
    yield from map(Text, sentences.told(report))
    yield from (Text(line, style="bold") for line in sentences.verdicts(report))


def _section(heading: str, lines: Sequence[str]) -> Iterator[RenderableType]:
    """Yield a heading and a line for each sentence; nothing where there is none."""
    if lines:
        yield Text(heading, style="bold red")
        yield from (Text(f"  {line}") for line in lines)
        yield Text()


def _one_by_one(report: Report) -> Iterator[RenderableType]:
    for run in report.runs:
        if len(report.runs) > 1:
            yield Text(run.contestant.label, style="bold")
        yield run_table(report, run)
        yield Text()


def _side_by_side(report: Report) -> Iterator[RenderableType]:
    for at, comparison in enumerate(report.comparisons, 1):
        yield Text(f"{letter(0)} {comparison.a}, {letter(at)} {comparison.b}", style="bold")
        yield comparison_table(report, comparison, letter(at))
        yield from (Text(line) for line in sentences.beside(comparison, letter(at)))
        yield Text()


def _figure_table(report: Report) -> Table:
    """Return the figures, with their intervals as far as 80 columns hold them."""
    with_differences = len(report.comparisons) == 1
    table = plain_table()
    table.add_column("figure", overflow="ellipsis")
    for at in range(len(report.runs)):
        table.add_column(letter(at) if len(report.runs) > 1 else "", justify="right", no_wrap=True)
    for heading, interval in compared(report) if with_differences else ():
        table.add_column(f"{heading} ({interval})" if interval else heading, justify="right", no_wrap=True)
    for line in figure_lines(report):
        table.add_row(*_cells(report, line, with_differences=with_differences))
    return table


def _cells(report: Report, line: FigureLine, *, with_differences: bool) -> Sequence[str]:
    alone = len(report.runs) == 1
    values = [str(cell) if alone else cell.told for cell in line.values]
    return [line.title, *values, *(map(str, line.differences) if with_differences else ())]
