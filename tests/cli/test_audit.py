"""`evaluator audit`: tables, CSV and a page from two files."""

import csv
import io
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evaluator.cli.main import run
from tests.fakes.auditing import CATEGORIES, RATINGS, written

pytestmark = pytest.mark.usefixtures("log_as_before")

HOSTILE = 'id,sex,race_ethnicity\na,"=HYPERLINK(""x"")",<script>alert(1)</script>\nb,@SUM,\x1b[31mred\n'


class Reader(HTMLParser):
    """Counts elements and gathers what they would load."""

    def __init__(self) -> None:
        """Read nothing yet."""
        super().__init__()
        self.elements: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element."""
        self.elements.append(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href", "style") or name.startswith("on")]


def test_tables_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The example's pooled figures by sex stand in the output, flagged, with what was not taken in."""
    status = run(["audit", *map(str, written(tmp_path, RATINGS + "k,X,\n"))])
    out = capsys.readouterr().out

    assert status == 0
    assert "All ratings: 10 ratings, median 65, 5 above it" in out
    assert ["Female", "5", "50.0%", "0.400", "0.533", "0.524", "below", "4/5"] in map(
        str.split, out.splitlines()
    )
    assert "1 assessment without a rating left out: a failure is no score." in " ".join(out.split())


def test_what_was_not_taken_in_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ids on one side alone are counted on each side."""
    ratings = RATINGS.replace("a,X,95", "k,X,95").replace("b,Y,90", "l,Y,90").replace("c,X,85", "")
    run(["audit", *map(str, written(tmp_path, ratings))])
    told = " ".join(capsys.readouterr().out.split())

    assert "2 ratings without a row of categories: they count for the median" in told
    assert "3 rows of categories without a rating left out." in told


def test_one_that_was_not_taken_in_is_told_in_the_singular(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One rating counts, and several count; one id is rated, and several are."""
    ratings = RATINGS.replace("a,X,95", "k,X,95") + "b,X,3\n"
    categories = CATEGORIES.replace("j,prefer not to say,White", "j,,NA")
    run(["audit", *map(str, written(tmp_path, ratings, categories))])
    told = " ".join(capsys.readouterr().out.split())

    assert "1 rating without a row of categories: it counts for the median" in told
    assert "1 id is rated for several jobs: pooled, once for each job." in told
    assert "The race/ethnicity NA of 1 row is taken as not known" in told


@pytest.mark.parametrize(
    ("options", "sentence", "cell"),
    [
        ((), "MISSING: whether these are historical or test data, which must be said", "not told"),
        (("--data", "historical"), "The data are historical data.", "historical"),
        (("--data", "test"), "The data are test data, which are for where there is too little", "test"),
    ],
)
def test_every_output_says_what_data_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], sentence: str, cell: str
) -> None:
    """The rule asks that it be said, so its absence is told as well: by terminal, page and CSV."""
    table, page = tmp_path / "out.csv", tmp_path / "out.html"
    written_to = ["--csv", str(table), "--html", str(page)]
    assert run(["audit", *map(str, written(tmp_path)), *written_to, *options]) == 0
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"))))

    assert sentence in " ".join(capsys.readouterr().out.split())
    assert sentence in page.read_text(encoding="utf-8")
    assert {row["data"] for row in rows} == {cell}


def test_tables_fit_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No line of a table is wider than 80 columns, however long a category's name, or ends in blanks."""
    long = "Native Hawaiian or Other Pacific Islander (Not Hispanic or Latino)"
    categories = f"id,sex,race_ethnicity\na,Female,{long}\nb,Male,Black or African American\n"
    run(["audit", *map(str, written(tmp_path, RATINGS, categories))])
    out = capsys.readouterr().out
    tables = out.partition("\n\n")[2].rpartition("\n\nRate ")[0]

    assert max(map(len, tables.splitlines())) <= 80
    assert [line for line in out.splitlines() if line != line.rstrip()] == []


def test_csv_has_a_row_for_each_category_of_each_sample(tmp_path: Path) -> None:
    """Pooled and for two jobs; the figures are whole, and the file says what encoding it has."""
    run(["audit", *map(str, written(tmp_path)), "--csv", str(tmp_path / "out.csv")])
    text = (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    women = next(row for row in rows if (row["job"], row["category"]) == ("All ratings", "Female"))

    assert {row["job"] for row in rows} == {"All ratings", "X", "Y"}
    assert float(women["impact_ratio"]) == pytest.approx(0.4 / 0.75)
    assert (women["scoring_rate"], women["below_four_fifths"], women["median"]) == ("0.4", "yes", "65.0")
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_csv_holds_no_formula(tmp_path: Path) -> None:
    """A cell that a spreadsheet would compute begins with an apostrophe."""
    ratings = "id,rating,job\na,5,+cmd\nb,6,-1\n"
    run(["audit", *map(str, written(tmp_path, ratings, HOSTILE)), "--csv", str(tmp_path / "out.csv")])
    text = (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    cells = {cell for row in csv.reader(io.StringIO(text)) for cell in row}

    assert {cell for cell in cells if cell.startswith(("=", "+", "-", "@"))} == set()
    assert {'\'=HYPERLINK("x")', "'@SUM", "'+cmd", "'-1"} < cells


def test_page_stands_alone_and_escapes_what_came(tmp_path: Path) -> None:
    """It has a table for each sample and kind, no script, and loads nothing."""
    run(["audit", *map(str, written(tmp_path, RATINGS, HOSTILE)), "--html", str(tmp_path / "out.html")])
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(page)

    assert reader.elements.count("table") == 9
    assert ("script" in reader.elements, reader.loads) == (False, [])
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("<caption>") == 9
    assert "default-src 'none'" in page.replace("&#39;", "'")


def test_terminal_is_not_steered_by_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A control character in a cell is not printed."""
    run(["audit", *map(str, written(tmp_path, RATINGS, HOSTILE))])

    assert "\x1b[31mred" not in capsys.readouterr().out


def test_reason_for_leaving_out_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a reason small categories have no ratio; the reason is told, and so is the kind of data."""
    ratings = "id,rating\n" + "".join(f"{i},{i}\n" for i in range(100))
    categories = "id,sex,race_ethnicity\n" + "".join(
        f"{i},{'Other' if i == 99 else ('Female', 'Male')[i % 2]},\n" for i in range(100)
    )
    arguments = ["--leave-out-small", "One person tells nothing.", "--data", "test"]
    table = tmp_path / "out.csv"
    run(["audit", *map(str, written(tmp_path, ratings, categories)), *arguments, "--csv", str(table)])
    out = capsys.readouterr().out

    assert ["Other", "1", "1.0%", "1.000", "–", "–", "left", "out"] in map(str.split, out.splitlines())
    assert "Reason: One person tells nothing." in out
    assert "The data are test data, which" in out
    assert "One person tells nothing." in table.read_text(encoding="utf-8")


def test_broken_file_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be read is told in a line, and nothing is printed."""
    status = run(["audit", *map(str, written(tmp_path, "id,rating\n1,200\n"))])

    assert status == 2
    assert "ratings.csv: rating is no number from 0 to 100 in line 2" in capsys.readouterr().err


def test_file_that_cannot_be_written_ends_with_two(tmp_path: Path) -> None:
    """A folder that is not there is told."""
    assert run(["audit", *map(str, written(tmp_path)), "--csv", str(tmp_path / "none" / "out.csv")]) == 2


@pytest.mark.parametrize("option", ["--csv", "--html"])
def test_input_is_not_written_over(tmp_path: Path, option: str) -> None:
    """A file that is read is refused as one to write."""
    ratings, categories = written(tmp_path)

    assert run(["audit", str(ratings), str(categories), option, str(tmp_path / "." / ratings.name)]) == 2
    assert ratings.read_text() == RATINGS
