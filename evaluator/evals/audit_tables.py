"""How a bias audit is told: in words, as a table for the terminal, and as CSV.

May import `evals.audit_figures` and `evals.audit_data`.
"""

import csv
import io
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from evaluator.evals.audit_data import Sample
from evaluator.evals.audit_figures import Breakdown, Category, Figures

HEADER = (
    "job", "by", "category", "people", "share", "above_median", "scoring_rate", "impact_ratio",
    "below_four_fifths", "fisher_p", "under_2_percent", "left_out", "median", "sample", "data",
    "reason_left_out",
)  # fmt: skip
"""The columns of the CSV. Rows of unknown category have number and share alone."""

NOT_TOLD = "not told"
"""What the CSV says of the data where nobody said whether they are historical."""

POOLED = "All ratings"
UNKNOWN = "(unknown)"
NO_JOB = "No job named"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

LEGEND = (
    "Rate (scoring rate): share whose rating is above the sample's median. Ratio (impact ratio): rate ÷ the "
    "highest rate. p: two-sided, Fisher's exact test against the category with the highest rate, as many "
    "tests as there are lines. “Below 4/5”: the ratio is under four fifths, a rule of thumb that is read "
    "beside p and the numbers. –: not defined, or left out of the ratios."
)
"""What the columns say."""


def counts(sample: Sample) -> list[str]:
    """Return sentences on what the figures stand on, and on what was not taken in."""
    told = [f"{_number(len(sample.people), 'rating')} in the sample."]
    if sample.not_rated:
        told.append(
            f"{_number(sample.not_rated, 'assessment')} without a rating left out: a failure is no score."
        )
    if sample.uncategorised:
        counts = "it counts" if sample.uncategorised == 1 else "they count"
        told.append(
            f"{_number(sample.uncategorised, 'rating')} without a row of categories: {counts} for the "
            "median, as of unknown category."
        )
    if sample.unrated_categories:
        told.append(f"{_number(sample.unrated_categories, 'row')} of categories without a rating left out.")
    if sample.several_jobs:
        counts = "id is" if sample.several_jobs == 1 else "ids are"
        told.append(f"{sample.several_jobs:,} {counts} rated for several jobs: pooled, once for each job.")
    if sample.spelt_na:
        told.append(
            f"The race/ethnicity NA of {_number(sample.spelt_na, 'row')} is taken as not known; where it "
            "means Native American, write it out."
        )
    return told


def data_line(data: str | None) -> str:
    """Return the sentence on what data it is: `historical`, `test`, or None where it was not told."""
    if data is None:
        return "MISSING: whether these are historical or test data, which must be said (--data)."
    if data == "test":
        return "The data are test data, which are for where there is too little historical data."
    return f"The data are {data} data."


def left_out_line(reason: str | None) -> str | None:
    """Return the sentence on why small categories were left out of the ratios, None where they were not."""
    return reason and f"Categories under 2 % of the sample are left out of the ratios. Reason: {reason}"


def title(figures: Figures) -> str:
    """Return the name of a sample."""
    if figures.job is None:
        return POOLED
    return f"Job {figures.job}" if figures.job else NO_JOB


def facts(figures: Figures) -> str:
    """Return what a sample's figures stand on."""
    people = _number(figures.people, "rating")
    return f"{people}, median {figures.median:g}, {figures.above} above it"


def marks(category: Category) -> str:
    """Return what is to be noted of a category, in words."""
    return ", ".join(
        word
        for word, holds in (
            ("below 4/5", category.below_four_fifths),
            ("left out" if category.left_out else "under 2 %", category.small),
        )
        if holds
    )


def decimals(value: float | None) -> str:
    """Return a rate or a ratio with three places."""
    return "–" if value is None else f"{value:.3f}"


def chance(p: float | None) -> str:
    """Return a probability with three places."""
    return "–" if p is None else "<0.001" if p < 0.001 else f"{p:.3f}"


def terminal(audited: Sequence[Figures]) -> RenderableType:
    """Return the tables of all samples."""
    parts: list[RenderableType] = []
    for figures in audited:
        parts += [Text(f"\n{plain(title(figures))}: {facts(figures)}", style="bold")]
        for breakdown in figures.breakdowns:
            parts += [Text(), _table(breakdown)]
    return Group(*parts)


def as_csv(audited: Sequence[Figures], *, data: str | None, left_out: str | None) -> str:
    """Return a row per sample and category; names that a spreadsheet would compute are made text.

    `data` and `left_out` are those of `data_line` and `left_out_line`.
    """
    said = (data or NOT_TOLD, harmless(left_out or ""))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for figures in audited:
        job = POOLED if figures.job is None else harmless(figures.job or NO_JOB)
        for breakdown in figures.breakdowns:
            for each in breakdown.categories:
                writer.writerow((job, breakdown.by, *_csv_cells(each), figures.median, figures.people, *said))
            unknown = (UNKNOWN, breakdown.unknown, breakdown.unknown / figures.people)
            writer.writerow((job, breakdown.by, *unknown, *[""] * 7, figures.median, figures.people, *said))
    return out.getvalue()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: where it might, `'` stands before it.

    As OWASP advises on CSV injection.
    """
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(_FORMULA) else cell


def plain(text: str) -> str:
    """Return `text` as one line that cannot steer the terminal."""
    return "".join(each if each.isprintable() else " " for each in text)


def _csv_cells(category: Category) -> tuple[object, ...]:
    return (
        harmless(category.name),
        category.people,
        category.share,
        category.above,
        category.rate,
        "" if category.ratio is None else category.ratio,
        "yes" if category.below_four_fifths else "no",
        "" if category.p is None else category.p,
        "yes" if category.small else "no",
        "yes" if category.left_out else "no",
    )


def _table(breakdown: Breakdown) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column(breakdown.by, overflow="fold", min_width=12)
    for name in ("people", "share", "rate", "ratio", "p"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for each in breakdown.categories:
        figures = (str(each.people), f"{each.share:.1%}", decimals(each.rate), decimals(each.ratio))
        style = "red" if each.below_four_fifths else None
        table.add_row(Text(plain(each.name)), *figures, chance(each.p), marks(each), style=style)
    share = breakdown.unknown / max(1, sum(each.people for each in breakdown.categories) + breakdown.unknown)
    table.add_row(UNKNOWN, str(breakdown.unknown), f"{share:.1%}", "", "", "", "", style="dim")
    return table


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count:,} {thing}s"
