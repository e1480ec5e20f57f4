"""Reading the files of a bias audit: what is taken in, what is counted, what is refused."""

import re
from pathlib import Path

import pytest

from evaluator.errors import FixtureError
from evaluator.evals.audit_data import Assessed, Columns, read_sample
from tests.fakes.auditing import CATEGORIES, RATINGS, written

PLAIN = "id,sex,race_ethnicity\n1,Female,Asian\n2,Male,Asian\n"
TWO = (Assessed(71.5, None, "Female", "Asian"), Assessed(40, None, "Male", "Asian"))


@pytest.mark.parametrize(
    ("ratings", "categories"),
    [
        ("id,rating\n1,71.5\n2,40\n", PLAIN),
        ("\ufeffid,rating\r\n1,71.5\r\n2,40\r\n", f"\ufeff{PLAIN}"),
        ("id;rating\n1;71,5\n2;40\n", PLAIN.replace(",", ";")),
        ("id\trating\n1\t71.5\n2\t40", PLAIN.replace(",", "\t")),
        ("ID, Rating \n 1,71.5\n\n,\n2,40\n", PLAIN),
        ("id,rating\n1,71.5\n2,40\n".encode("utf-16"), PLAIN.encode("utf-16")),
        ("sep=;\r\nid;rating\r\n1;71,5\r\n2;40\r\n", f'"sep=,"\n{PLAIN}'),
        ("\ufeffSEP=\t\nid\trating\n1\t71.5\n2\t40\n", PLAIN),
    ],
    ids=["plain", "marked", "semicolons", "tabs", "spaces", "wide", "of Excel", "of Excel, tabs"],
)
def test_files_of_any_usual_form_are_read(
    tmp_path: Path, ratings: str | bytes, categories: str | bytes
) -> None:
    """Byte order marks, semicolons with decimal commas, tabs, spaces and empty lines change nothing."""
    assert read_sample(*written(tmp_path, ratings, categories), Columns()).people == TWO


def test_other_columns_are_read_by_their_names(tmp_path: Path) -> None:
    """Each column can be named."""
    columns = Columns("key", "score", "post", "gender", "ethnicity")
    paths = written(tmp_path, "key,score,post\n1,50,A\n", "ethnicity,key,gender\nAsian,1,Female\n")

    assert read_sample(*paths, columns).people == (Assessed(50, "A", "Female", "Asian"),)


def test_failed_assessment_is_no_score(tmp_path: Path) -> None:
    """An empty rating is counted and is in no figure."""
    sample = read_sample(*written(tmp_path, "id,rating\n1,71.5\n2,40\n3,\n4,n/a\n", PLAIN), Columns())

    assert (sample.people, sample.not_rated) == (TWO, 2)


def test_ids_on_one_side_alone_are_counted(tmp_path: Path) -> None:
    """A rating without categories is of unknown category; categories without a rating are left out."""
    sample = read_sample(*written(tmp_path, "id,rating\n1,71.5\n9,12\n8,13\n", PLAIN), Columns())

    assert sample.people == (TWO[0], Assessed(12), Assessed(13))
    assert (sample.uncategorised, sample.unrated_categories) == (2, 1)


@pytest.mark.parametrize("cell", ["", "Unknown", "N/A", "prefer not to say", " ? "])
def test_category_that_is_not_told_is_unknown(tmp_path: Path, cell: str) -> None:
    """What stands for not knowing makes no category."""
    paths = written(tmp_path, "id,rating\n1,50\n", f"id,sex,race_ethnicity\n1,{cell},Asian\n")

    assert read_sample(*paths, Columns()).people == (Assessed(50, None, None, "Asian"),)


def test_case_makes_no_other_category(tmp_path: Path) -> None:
    """`female` and `FEMALE` are one category, spelt as it came first."""
    categories = "id,sex,race_ethnicity\n1,Female,asian\n2,FEMALE,Asian\n"
    sample = read_sample(*written(tmp_path, "id,rating\n1,50\n2,60\n", categories), Columns())

    assert {(each.sex, each.race_ethnicity) for each in sample.people} == {("Female", "asian")}


def test_case_makes_no_other_job(tmp_path: Path) -> None:
    """`Nurse` and `NURSE` are one job; what stands for not knowing names none."""
    ratings = "id,job,rating\n1,Nurse,50\n2,NURSE,60\n3,n/a,70\n4,,80\n"
    sample = read_sample(*written(tmp_path, ratings, PLAIN), Columns())

    assert [each.job for each in sample.people] == ["Nurse", "Nurse", None, None]


def test_those_rated_for_several_jobs_are_counted(tmp_path: Path) -> None:
    """They are in the pooled figures once for each job."""
    ratings = "id,job,rating\n1,A,50\n1,B,60\n2,A,70\n3,A,\n3,B,5\n"

    assert read_sample(*written(tmp_path, ratings, PLAIN), Columns()).several_jobs == 1


@pytest.mark.parametrize(("cell", "count"), [("NA", 2), ("na", 2), ("N/A", 0), ("Asian", 0)])
def test_races_spelt_na_are_counted(tmp_path: Path, cell: str, count: int) -> None:
    """They are unknown, as programs write what is missing; but somebody may mean Native American."""
    categories = f"id,sex,race_ethnicity\n1,NA,{cell}\n2,Male,{cell}\n"
    sample = read_sample(*written(tmp_path, "id,rating\n1,71.5\n2,40\n", categories), Columns())

    assert (sample.spelt_na, sample.people[0].sex) == (count, None)


def test_lines_are_those_of_the_file_below_one_of_excel(tmp_path: Path) -> None:
    """The line that names the delimiter counts."""
    with pytest.raises(FixtureError, match=r"rating is no number from 0 to 100 in line 4;"):
        read_sample(*written(tmp_path, "sep=;\nid;rating\n1;5\n2;x\n", PLAIN), Columns())


def test_one_person_may_apply_for_two_jobs(tmp_path: Path) -> None:
    """An id stands once for each job."""
    sample = read_sample(*written(tmp_path, "id,job,rating\n1,A,50\n1,B,60\n", PLAIN), Columns())

    assert [(each.job, each.sex) for each in sample.people] == [("A", "Female"), ("B", "Female")]


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        ("", "ratings.csv: is empty; its first line names the columns"),
        ("id,rating\n", "ratings.csv: holds no rating"),
        ("id,rating\n1,\n", "ratings.csv: holds no rating"),
        ("id,score\n1,5\n", "ratings.csv: has no column rating; it has id, score. --rating-column names"),
        ("id,rating,Rating\n1,5,5\n", "ratings.csv: two columns are named rating"),
        ("id,rating\n1,5\n1,6\n", "ratings.csv: the id of an earlier line again in line 3; each"),
        ("id,rating,job\n1,5,A\n1,6,A\n", "the id of an earlier line and the same job again in line 3"),
        ("id,rating,job\n1,5,A\n1,6,a\n", "the id of an earlier line and the same job again in line 3"),
        ("id,rating,job\n1,5,\n1,6,n/a\n", "the id of an earlier line and the same job again in line 3"),
        ("id,rating\n,5\n", "ratings.csv: no id in line 2"),
        ("id,rating\n1,101\n2,-1\n3,nan\n", "rating is no number from 0 to 100 in lines 2, 3, 4; of a"),
        ("id,rating\n1,good\n", "rating is no number from 0 to 100 in line 2"),
        ("id,rating\n" + "".join(f"{i},x\n" for i in range(9)), "in lines 2, 3, 4, 5, 6 and 4 more"),
        ("id,rating\n1,71,5\n", "ratings.csv:2: has 3 cells, the first line names 2 columns"),
        ('id,rating\n1,"5\n', "is not sound CSV"),
        ("id,rating\nJosé,5\n".encode("latin-1"), "ratings.csv: is not UTF-8; save it as"),
    ],
)
def test_file_that_cannot_be_taken_is_refused(tmp_path: Path, ratings: str | bytes, message: str) -> None:
    """The message names the file, the line and what to do, and no cell's content."""
    with pytest.raises(FixtureError, match=re.escape(message)):
        read_sample(*written(tmp_path, ratings), Columns())


@pytest.mark.parametrize(
    ("categories", "message"),
    [
        ("id,sex\na,Female\n", "categories.csv: has no column race_ethnicity; it has id, sex. --race-column"),
        (CATEGORIES + "a,Male,White\n", "categories.csv: the id of an earlier line again in line 12"),
    ],
)
def test_categories_that_cannot_be_taken_are_refused(tmp_path: Path, categories: str, message: str) -> None:
    """A column that is not there, or an id that stands twice, is told."""
    with pytest.raises(FixtureError, match=re.escape(message)):
        read_sample(*written(tmp_path, RATINGS, categories), Columns())


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The path and the system's reason are told."""
    with pytest.raises(FixtureError, match=r"none\.csv: cannot be read: No such file"):
        read_sample(tmp_path / "none.csv", tmp_path / "none.csv", Columns())


def test_job_column_that_is_named_must_be_there(tmp_path: Path) -> None:
    """Only the usual one may be absent: then all is one job."""
    paths = written(tmp_path, "id,rating\n1,5\n", PLAIN)

    assert read_sample(*paths, Columns()).by_job is False
    with pytest.raises(FixtureError, match=r"ratings\.csv: has no column post; it has id, rating"):
        read_sample(*paths, Columns(job="post"))
