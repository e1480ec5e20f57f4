"""Reading what a bias audit needs: ratings and categories as CSV, joined by a pseudonymous id.

Nothing of it is kept, and no message repeats what a cell holds. May import `errors`.
"""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluator.errors import FixtureError

UNKNOWN = frozenset(
    ("unknown", "n/a", "na", "none", "null", "-", "–", "?", "not known", "not stated", "not specified",
     "not disclosed", "undisclosed", "no answer", "prefer not to say", "prefer not to answer",
     "decline to answer", "declined to answer", "decline to state", "declined to state",
     "decline to identify", "declined to identify", "i do not wish to answer")
)  # fmt: skip
"""What stands in a cell, whatever its case, where a category is not known; so does an empty one."""

_SHOWN = 5
_DELIMITERS = ",;\t"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns, whatever their case. Without `job` in the file all is one job."""

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
    rows of categories whose id has no rating.
    """

    people: tuple[Assessed, ...]
    not_rated: int = 0
    uncategorised: int = 0
    unrated_categories: int = 0
    by_job: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: dict[str, str]


class _Table:
    """A CSV file: delimiter by its first line, names of columns folded, cells without outer white space."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = _text(path)
        first = text.partition("\n")[0]
        self.delimiter = max(_DELIMITERS, key=first.count)
        self._lines = csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter, strict=True)
        self.names = [name.strip() for name in next(self._lines, [])]
        self._folded = [name.casefold() for name in self.names]
        if not any(self.names):
            raise FixtureError(f"{path}: is empty; its first line names the columns")
        twice = sorted({name for name in self._folded if name and self._folded.count(name) > 1})
        if twice:
            raise FixtureError(f"{path}: two columns are named {', '.join(twice)}")

    def has(self, column: str) -> bool:
        return column.casefold() in self._folded

    def need(self, column: str, option: str) -> None:
        if not self.has(column):
            there = ", ".join(name for name in self.names if name)
            raise FixtureError(f"{self.path}: has no column {column}; it has {there}. {option} names another")

    def rows(self) -> Iterator[_Row]:
        """Yield the rows that hold anything."""
        try:
            for cells in self._lines:
                if len(cells) > len(self.names):
                    raise FixtureError(
                        f"{self.path}:{self._lines.line_num}: has {len(cells)} cells, the first line names "
                        f"{len(self.names)} columns; a cell that holds the delimiter is put in quotes"
                    )
                if any(cell.strip() for cell in cells):
                    held = dict.fromkeys(self._folded, "") | {
                        name: " ".join(cell.split()) for name, cell in zip(self._folded, cells, strict=False)
                    }
                    yield _Row(self._lines.line_num, held)
        except csv.Error as error:
            raise FixtureError(f"{self.path}:{self._lines.line_num}: is not sound CSV: {error}") from None


def read_sample(ratings: Path, categories: Path, columns: Columns) -> Sample:
    """Return the ratings of one file with the categories of the other.

    An id may stand once for each job in the ratings and once in the categories. Raises FixtureError, with
    file and line, for whatever cannot be taken as it stands.
    """
    known = _categories(categories, columns)
    table = _Table(ratings)
    table.need(columns.id, "--id-column")
    table.need(columns.rating, "--rating-column")
    people, unrated, ids = [], 0, set()
    by_job = table.has(columns.job)
    rows = list(table.rows())
    _each_once(table.path, rows, (columns.id, columns.job) if by_job else (columns.id,))
    values = _ratings(table, rows, columns.rating)
    for row, rating in zip(rows, values, strict=True):
        key = _cell(row, columns.id)
        ids.add(key)
        if rating is None:
            unrated += 1
            continue
        sex, race = known.get(key, (None, None))
        people.append((key, Assessed(rating, _cell(row, columns.job) or None, sex, race)))
    if not people:
        raise FixtureError(f"{ratings}: holds no rating")
    return Sample(
        people=tuple(person for _, person in people),
        not_rated=unrated,
        uncategorised=sum(key not in known for key, _ in people),
        unrated_categories=len(known.keys() - ids),
        by_job=by_job,
    )


def _categories(path: Path, columns: Columns) -> dict[str, tuple[str | None, str | None]]:
    table = _Table(path)
    table.need(columns.id, "--id-column")
    table.need(columns.sex, "--sex-column")
    table.need(columns.race_ethnicity, "--race-column")
    rows = list(table.rows())
    _each_once(path, rows, (columns.id,))
    spelt: dict[str, str] = {}
    return {
        _cell(row, columns.id): (
            _category(_cell(row, columns.sex), spelt),
            _category(_cell(row, columns.race_ethnicity), spelt),
        )
        for row in rows
    }


def _category(cell: str, spelt: dict[str, str]) -> str | None:
    """Return a category as it was spelt first, for case does not make another; None where it is unknown."""
    folded = cell.casefold()
    return None if not folded or folded in UNKNOWN else spelt.setdefault(folded, cell)


def _cell(row: _Row, column: str) -> str:
    return row.cells.get(column.casefold(), "")


def _each_once(path: Path, rows: Sequence[_Row], columns: Sequence[str]) -> None:
    """Refuse rows without id, and an id (of one job) that stands twice."""
    without = [row.line for row in rows if not _cell(row, columns[0])]
    if without:
        raise FixtureError(f"{path}: no {columns[0]} in {_lines(without)}")
    seen: set[tuple[str, ...]] = set()
    twice = []
    for row in rows:
        key = tuple(_cell(row, column) for column in columns)
        if key in seen:
            twice.append(row.line)
        seen.add(key)
    if twice:
        again = f"{columns[0]} of an earlier line" + (" and the same job" if len(columns) > 1 else "")
        raise FixtureError(f"{path}: the {again} again in {_lines(twice)}; each stands once")


def _ratings(table: _Table, rows: Sequence[_Row], column: str) -> list[float | None]:
    values, wrong = [], []
    for row in rows:
        cell = _cell(row, column)
        value = _number(cell, comma=table.delimiter != ",")
        values.append(value)
        if cell and cell.casefold() not in UNKNOWN and value is None:
            wrong.append(row.line)
    if wrong:
        raise FixtureError(
            f"{table.path}: {column} is no number from 0 to 100 in {_lines(wrong)}; "
            "of a failed assessment the cell is left empty"
        )
    return values


def _number(cell: str, *, comma: bool) -> float | None:
    try:
        value = float(cell.replace(",", ".") if comma else cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= 100 else None


def _lines(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_SHOWN]))
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return f"line{'s' if len(numbers) > 1 else ''} {shown}{more}"


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return data.decode("utf-16" if data.startswith(_WIDE_MARKS) else "utf-8-sig")
    except OSError as error:
        raise FixtureError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FixtureError(f"{path}: is not UTF-8; save it as “CSV UTF-8”") from None
