"""Runs as Markdown for a pull request: the verdict first, what changed most, details folded.

May import the siblings below it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from evaluator.evals.comparison import Comparison
from evaluator.evals.figures import usual_status
from evaluator.evals.reports import sentences
from evaluator.evals.reports.figure_lines import compared, figure_lines
from evaluator.evals.reports.material import Report
from evaluator.evals.reports.twin_lines import HEADINGS, twin_lines
from evaluator.evals.reports.words import (
    counted,
    letter,
    marks,
    plain,
    rated,
    signed,
    status_words,
    told_range,
)
from evaluator.evals.runs import Run

MOST = 10
"""Cases in the table that is not folded."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]|~#])")
_MENTION = re.compile(r"(?<![\w])@(?=\w)")


def markdown(report: Report) -> str:
    """Return the report as GitHub-flavoured Markdown."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield "## Evaluation of candidates"
    for verdict in sentences.verdicts(report):
        yield from ("", f"**{_safe(verdict)}**")
    for heading, told in sentences.alerts(report):
        if told:
            yield from ("", f"**{heading}**", "", *(f"- {_safe(line)}" for line in told))
    for at, comparison in enumerate(report.comparisons, 1):
        yield from _changes(comparison, letter(at))
    yield from _folded("Figures", _figures(report))
    yield from _folded("Twins", _table(HEADINGS, twin_lines(report)))
    missed = [f"- {_safe(line)}" for line in sentences.misses(report)]
    yield from _folded(f"Falls short of what is expected: {len(missed)}", missed)
    for run in report.runs:
        of = f"{run.contestant.label}: {counted(len(report.own_cases(run)), 'case')}"
        yield from _folded(of, _cases(report, run))
    yield from ("", *(f"- {_safe(line)}" for line in sentences.told(report)))


def _changes(comparison: Comparison, other: str) -> Iterator[str]:
    """Yield the cases that changed most, and what the table leaves out."""
    changed = sorted((each for each in comparison.changes if each.size), key=lambda each: -each.size)
    yield from ("", f"### {letter(0)} {_safe(comparison.a)}, {other} {_safe(comparison.b)}")
    if changed:
        yield ""
        yield from _table(
            ["case", "label", letter(0), other, "difference", "flips"],
            (
                [
                    each.case,
                    plain(each.label),
                    rated(each.a),
                    rated(each.b),
                    signed(each.difference),
                    ", ".join(marks(each.status_flips, each.crosses_cut)),
                ]
                for each in changed[:MOST]
            ),
        )
    if len(changed) > MOST:
        yield from ("", f"{counted(len(changed) - MOST, 'further case')} changed less.")
    yield from ("", *(f"- {_safe(line)}" for line in sentences.beside(comparison, other)))


def _figures(report: Report) -> Sequence[str]:
    runs = [
        f"{letter(at)} {run.contestant.label}" if len(report.runs) > 1 else run.contestant.label
        for at, run in enumerate(report.runs)
    ]
    differences = [f"{what}, {interval}" if interval else what for what, interval in compared(report)]
    return _table(
        ["figure", *runs, *differences],
        ([line.title, *map(str, line.values + line.differences)] for line in figure_lines(report)),
    )


def _cases(report: Report, run: Run) -> Sequence[str]:
    given = report.service_ratings
    return _table(
        ["case", "rating", "expected", "label", *(["service"] if given else []), "status"],
        (
            [
                case,
                rated(run.rating(case)),
                told_range(sentences.range_of(run.expectations[case])),
                plain(report.labels.by_case.get(case)),
                *([plain(given.get(case))] if given else []),
                f"{'✗ ' if report.missed(run, case) else ''}{status_words(usual_status(run, case))}",
            ]
            for case in report.own_cases(run)
        ),
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table, all columns but the first aligned to the right; nothing where there is no row."""
    line = ["---", *["---:"] * (len(header) - 1)]
    body = [_row(row) for row in rows]
    return [_row(header), f"|{'|'.join(line)}|", *body] if body else []


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_safe, cells))} |"


def _folded(summary: str, lines: Sequence[str]) -> Iterator[str]:
    """Yield lines that open on a click; nothing where there is none."""
    if lines:
        yield from ("", f"<details><summary>{_escaped(summary)}</summary>", "", *lines, "", "</details>")


def _safe(text: str) -> str:
    """Return text that Markdown shows as it is, in one line: no markup, no element, nobody mentioned."""
    return _SPECIAL.sub(r"\\\1", _escaped(text))


def _escaped(text: str) -> str:
    """Return text as HTML shows it, in one line, nobody mentioned."""
    return _MENTION.sub("@\u200b", escape(" ".join(text.split()), quote=False))
