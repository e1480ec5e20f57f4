"""Reading a CSV file as people's programs write it, strictly; no message repeats what a cell holds.

May import `errors`.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluator.errors import FixtureError

_SHOWN = 5
_DELIMITERS = ",;\t"
_NAMED = re.compile(r'("?)sep=([,;\t])\1\r?\n', re.IGNORECASE)
"""A first line of Excel's own, which names the delimiter and is no row."""

_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Row:
    """A row that holds anything: the line that it ends in, and its cells by folded column name."""

    line: int
    cells: dict[str, str]

    def cell(self, column: str) -> str:
        """Return a cell without needless white space, "" where there is none."""
        return self.cells.get(column.casefold(), "")


class Table:
    """A CSV file: delimiter by its first line, names of columns folded, cells without outer white space."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises FixtureError where that cannot be done, or nothing names the columns."""
        self.path = path
        text = _decoded(path)
        named = _NAMED.match(text)
        self._above = 1 if named else 0
        text = text[named.end() :] if named else text
        first = text.partition("\n")[0]
        self.delimiter = named[2] if named else max(_DELIMITERS, key=first.count)
        self._lines = csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter, strict=True)
        self.names = [name.strip() for name in next(self._lines, [])]
        self._folded = [name.casefold() for name in self.names]
        if not any(self.names):
            raise FixtureError(f"{path}: is empty; its first line names the columns")
        twice = sorted({name for name in self._folded if name and self._folded.count(name) > 1})
        if twice:
            raise FixtureError(f"{path}: two columns are named {', '.join(twice)}")

    def has(self, column: str) -> bool:
        """Tell whether there is such a column."""
        return column.casefold() in self._folded

    def need(self, column: str, option: str) -> None:
        """Raise FixtureError where there is no such column; `option` is what names another."""
        if not self.has(column):
            there = ", ".join(name for name in self.names if name)
            raise FixtureError(f"{self.path}: has no column {column}; it has {there}. {option} names another")

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold anything. Raises FixtureError at one that is not sound."""
        try:
            for cells in self._lines:
                if len(cells) > len(self.names):
                    raise FixtureError(
                        f"{self.path}:{self._line}: has {len(cells)} cells, the first line names "
                        f"{len(self.names)} columns; a cell that holds the delimiter is put in quotes"
                    )
                if any(cell.strip() for cell in cells):
                    held = dict.fromkeys(self._folded, "") | {
                        name: " ".join(cell.split()) for name, cell in zip(self._folded, cells, strict=False)
                    }
                    yield Row(self._line, held)
        except csv.Error as error:
            raise FixtureError(f"{self.path}:{self._line}: is not sound CSV: {error}") from None

    @property
    def _line(self) -> int:
        return self._above + self._lines.line_num


def each_once(path: Path, rows: Sequence[Row], column: str, jobs: Sequence[str | None] = ()) -> None:
    """Refuse rows without id, and an id that stands twice, or twice for one of the `jobs`, one a row."""
    without = [row.line for row in rows if not row.cell(column)]
    if without:
        raise FixtureError(f"{path}: no {column} in {lines(without)}")
    seen: set[tuple[str, str | None]] = set()
    twice = []
    for row, job in zip(rows, jobs or [None] * len(rows), strict=True):
        key = row.cell(column), job
        if key in seen:
            twice.append(row.line)
        seen.add(key)
    if twice:
        again = f"{column} of an earlier line" + (" and the same job" if jobs else "")
        raise FixtureError(f"{path}: the {again} again in {lines(twice)}; each stands once")


def lines(numbers: Sequence[int]) -> str:
    """Return the numbers of lines in words, the first few of many."""
    shown = ", ".join(map(str, numbers[:_SHOWN]))
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return f"line{'s' if len(numbers) > 1 else ''} {shown}{more}"


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
        return data.decode("utf-16" if data.startswith(_WIDE_MARKS) else "utf-8-sig")
    except OSError as error:
        raise FixtureError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FixtureError(f"{path}: is not UTF-8; save it as “CSV UTF-8”") from None
