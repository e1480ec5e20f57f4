"""Reading what a bias audit needs: ratings and categories as CSV, joined by a pseudonymous id.

Nothing of it is kept, and no message repeats what a cell holds. May import `errors` and `evals.csv_table`.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluator.errors import FixtureError
from evaluator.evals.csv_table import Row, Table, each_once, lines

_PLAIN = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,30})?")
UNKNOWN = frozenset(
    ("unknown", "n/a", "na", "none", "null", "-", "–", "?", "not known", "not stated", "not specified",
     "not disclosed", "undisclosed", "no answer", "prefer not to say", "prefer not to answer",
     "decline to answer", "declined to answer", "decline to state", "declined to state",
     "decline to identify", "declined to identify", "i do not wish to answer")
)  # fmt: skip
"""What stands in a cell, whatever its case, where a category is not known; so does an empty one."""

_MISSING_OR_NATIVE = "na"
"""Of a race: what programs write for a missing value, and people for Native American."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns, whatever their case. Without a column `job` all is one job."""

    id: str = "id"
    rating: str = "rating"
    job: str = "job"
    sex: str = "sex"
    race_ethnicity: str = "race_ethnicity"


@dataclass(frozen=True, slots=True)
class Assessed:
    """One rating of 0 to 100, and the categories of whom it was given to; None where not known."""

    rating: float
    job: str | None = None
    sex: str | None = None
    race_ethnicity: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """All ratings, and what could not be taken in.

    `not_rated`: rows without a rating, which are failed assessments and never a score. `uncategorised`:
    ratings whose id has no row of categories; they count, as of unknown category. `unrated_categories`:
    rows of categories whose id has no rating. `several_jobs`: ids that are rated for more than one job.
    `spelt_na`: rows of categories whose race is `NA`, and so unknown.
    """

    people: tuple[Assessed, ...]
    not_rated: int = 0
    uncategorised: int = 0
    unrated_categories: int = 0
    several_jobs: int = 0
    spelt_na: int = 0
    by_job: bool = False


def read_sample(ratings: Path, categories: Path, columns: Columns) -> Sample:
    """Return the ratings of one file with the categories of the other.

    An id may stand once for each job in the ratings and once in the categories. Raises FixtureError, with
    file and line, for whatever cannot be taken as it stands.
    """
    known, spelt_na = _categories(categories, columns)
    table = _rated(ratings, columns)
    by_job = table.has(columns.job)
    rows = list(table.rows())
    spelt: dict[str, str] = {}
    jobs = [_category(row.cell(columns.job), spelt) for row in rows]
    each_once(table.path, rows, columns.id, jobs if by_job else ())
    keys = [row.cell(columns.id) for row in rows]
    values = _ratings(table, rows, columns.rating)
    people = [
        (key, Assessed(rating, job, *known.get(key, (None, None))))
        for key, job, rating in zip(keys, jobs, values, strict=True)
        if rating is not None
    ]
    if not people:
        raise FixtureError(f"{ratings}: holds no rating")
    return Sample(
        people=tuple(person for _, person in people),
        not_rated=len(rows) - len(people),
        uncategorised=sum(key not in known for key, _ in people),
        unrated_categories=len(known.keys() - set(keys)),
        several_jobs=sum(times > 1 for times in Counter(key for key, _ in people).values()),
        spelt_na=spelt_na,
        by_job=by_job,
    )


def _rated(path: Path, columns: Columns) -> Table:
    table = Table(path)
    table.need(columns.id, "--id-column")
    table.need(columns.rating, "--rating-column")
    if columns.job != Columns().job:
        table.need(columns.job, "--job-column")
    return table


def _categories(path: Path, columns: Columns) -> tuple[dict[str, tuple[str | None, str | None]], int]:
    """Return sex and race by id, and of how many rows the race is spelt `NA`."""
    table = Table(path)
    table.need(columns.id, "--id-column")
    table.need(columns.sex, "--sex-column")
    table.need(columns.race_ethnicity, "--race-column")
    rows = list(table.rows())
    each_once(path, rows, columns.id)
    spelt: dict[str, str] = {}
    known = {
        row.cell(columns.id): (
            _category(row.cell(columns.sex), spelt),
            _category(row.cell(columns.race_ethnicity), spelt),
        )
        for row in rows
    }
    return known, sum(row.cell(columns.race_ethnicity).casefold() == _MISSING_OR_NATIVE for row in rows)


def _category(cell: str, spelt: dict[str, str]) -> str | None:
    """Return a category or a job as it was spelt first, for case makes no other; None where it is unknown."""
    folded = cell.casefold()
    return None if not folded or folded in UNKNOWN else spelt.setdefault(folded, cell)


def _ratings(table: Table, rows: Sequence[Row], column: str) -> list[float | None]:
    values, wrong = [], []
    for row in rows:
        cell = row.cell(column)
        value = _number(cell, comma=table.delimiter != ",")
        values.append(value)
        if cell and cell.casefold() not in UNKNOWN and value is None:
            wrong.append(row.line)
    if wrong:
        raise FixtureError(
            f"{table.path}: {column} is no number from 0 to 100 in {lines(wrong)}; "
            "of a failed assessment the cell is left empty"
        )
    return values


def _number(cell: str, *, comma: bool) -> float | None:
    plain = cell.replace(",", ".") if comma else cell
    value = float(plain) if _PLAIN.fullmatch(plain) else math.inf
    return value if 0 <= value <= 100 else None
