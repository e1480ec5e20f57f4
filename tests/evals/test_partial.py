"""The rows of an unfinished run: what is taken over when it goes on, and whose file is refused."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import FixtureError
from evaluator.evals.partial import Header, begin, digests, endpoint_digest, program_stamp, resume, to_resume
from evaluator.evals.runs import Row
from tests.fakes.evaluating import case, contestant, row

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CASES = [case("a"), case("b")]
ROWS = [row("a"), row("b"), row("a", 1)]


def header(**others: Any) -> Header:
    """Return what the run is known by, but for what is given."""
    usual = {
        "program": "1 abc", "replies": "live", "contestants": (contestant(),), "cases": digests(CASES),
        "endpoint": endpoint_digest("https://a/v1"),
    }  # fmt: skip
    return Header(**{**usual, **others})


def left(folder: Path, *rows: Row, known_by: Header | None = None, at: datetime = NOW) -> Path:
    """Leave an unfinished run of these rows and return its file."""
    partial = begin(folder, known_by or header(), at)
    for each in rows:
        partial.add("default", each)
    partial.close()
    return partial.path


def taken_over(path: Path, known_by: Header | None = None) -> list[Row]:
    """Return the rows that still stand when the run goes on."""
    partial, kept = resume(path, known_by or header())
    partial.close()
    return list(kept["default"])


def test_resume_takes_over_the_rows_that_are_there(tmp_path: Path) -> None:
    """As they were, in the order in which they were done."""
    assert taken_over(left(tmp_path, *ROWS)) == ROWS


def test_resume_goes_on_in_the_same_file(tmp_path: Path) -> None:
    """A run may be interrupted more than once."""
    path = left(tmp_path, ROWS[0])

    partial, _ = resume(path, header())
    partial.add("default", ROWS[1])
    partial.close()

    assert taken_over(path) == ROWS[:2]


@pytest.mark.parametrize("torn", [1, 200])
def test_resume_cuts_off_a_torn_last_line(tmp_path: Path, torn: int) -> None:
    """A crash while a row was written costs that row alone."""
    path = left(tmp_path, *ROWS)
    path.write_bytes(path.read_bytes()[:-torn])

    partial, kept = resume(path, header())
    partial.add("default", ROWS[2])
    partial.close()

    assert list(kept["default"]) == ROWS[:2]
    assert taken_over(path) == ROWS


def test_resume_tries_failed_cases_again(tmp_path: Path) -> None:
    """What failed may have failed for want of an endpoint."""
    assert taken_over(left(tmp_path, row("a", rating=None), ROWS[1])) == [ROWS[1]]


def test_resume_judges_a_changed_case_again(tmp_path: Path) -> None:
    """Also after it was changed back: a row belongs to the request that it was made of."""
    path = left(tmp_path, ROWS[0], ROWS[1])
    changed = header(cases=digests([case("a", said="more"), CASES[1]]))

    partial, kept = resume(path, changed)
    partial.add("default", row("a", rating=60))
    partial.close()

    assert list(kept["default"]) == [ROWS[1]]
    assert taken_over(path) == [ROWS[0], ROWS[1]]
    assert taken_over(path, changed) == [ROWS[1], row("a", rating=60)]


def test_resume_judges_again_where_the_pack_changed_that_a_request_names(tmp_path: Path) -> None:
    """The pack's hash stands in each row."""
    path = left(tmp_path, ROWS[0], row("b", pack="sales"))

    assert taken_over(path, header(packs={"default": "1" * 64, "sales": "9" * 64})) == [ROWS[0]]


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ({"program": "2 def"}, "judged by the program 1 abc, which is 2 def now"),
        ({"contestants": (contestant("b"),)}, "judged by default, and this run is by b"),
        ({"contestants": (contestant(model="n"),)}, "the pack or the model of default has changed since"),
        ({"replies": "auto"}, "by --live, and this run takes them by default"),
        ({"endpoint": None}, "asked an endpoint, and this run asks the offline rater"),
        ({"cases": digests([case("c")])}, "none of its cases is in this run"),
        (
            {"endpoint": endpoint_digest("https://b/v1")},
            "it asked another endpoint: EVALUATOR_MODEL_BASE_URL is not what it was; leave --resume",
        ),
    ],
)
def test_resume_refuses_the_file_of_another_run(tmp_path: Path, others: Any, told: str) -> None:
    """What differs is told, and the file is left as it is."""
    path = left(tmp_path, *ROWS)
    before = path.read_bytes()

    with pytest.raises(FixtureError, match=told):
        resume(path, header(**others))

    assert path.read_bytes() == before


def test_endpoint_digest_tells_endpoints_apart_and_names_none() -> None:
    """A slash at the end makes no other; the address is not written down."""
    one = endpoint_digest("https://a.example/v1")

    assert one == endpoint_digest("https://a.example/v1/")
    assert one != endpoint_digest("https://b.example/v1")
    assert "example" not in str(one)


@pytest.mark.parametrize("content", ["", "{}\n", "something else\n"])
def test_resume_refuses_what_is_no_unfinished_run(tmp_path: Path, content: str) -> None:
    """Any other file is named as what it is not."""
    path = tmp_path / "run.jsonl"
    path.write_text(content)

    with pytest.raises(FixtureError, match=r"run\.jsonl: is no unfinished run"):
        resume(path, header())


def test_resume_of_a_missing_file_says_so(tmp_path: Path) -> None:
    """The path may be mistyped."""
    with pytest.raises(FixtureError, match="cannot be read: No such file"):
        resume(tmp_path / "gone.jsonl", header())


def test_to_resume_finds_the_newest_of_this_run(tmp_path: Path) -> None:
    """Runs of others that were left there since are passed over."""
    left(tmp_path, at=NOW)
    wanted = left(tmp_path, at=NOW + timedelta(minutes=1))
    other = left(tmp_path, at=NOW + timedelta(minutes=2), known_by=header(program="2 def"))

    assert to_resume(tmp_path, header()) == wanted
    assert to_resume(tmp_path, header(program="3 ghi")) == other


def test_to_resume_says_that_there_is_nothing(tmp_path: Path) -> None:
    """Without an unfinished run there is nothing to go on with."""
    with pytest.raises(FixtureError, match="holds no unfinished run"):
        to_resume(tmp_path / "gone", header())


def test_begin_keeps_few_files_and_none_for_others_to_read(tmp_path: Path) -> None:
    """They hold prompts and replies."""
    paths = [left(tmp_path, at=NOW + timedelta(minutes=minute)) for minute in range(7)]

    assert sorted(tmp_path.iterdir()) == paths[2:]
    assert stat.S_IMODE(paths[-1].stat().st_mode) == 0o600


def test_remove_leaves_nothing(tmp_path: Path) -> None:
    """A run that is complete needs no file."""
    partial = begin(tmp_path, header(), NOW)

    partial.remove()

    assert list(tmp_path.iterdir()) == []


def test_begin_where_nothing_can_be_written_is_a_clear_error(tmp_path: Path) -> None:
    """The place and the reason are named."""
    (tmp_path / "file").touch()

    with pytest.raises(FixtureError, match=r"file/unfinished-.*: cannot be written"):
        begin(tmp_path / "file", header(), NOW)


def test_program_stamp_is_steady() -> None:
    """The same program has the same stamp, which begins with its version."""
    assert program_stamp() == program_stamp()
    assert program_stamp().split()[0] == "0.1.0"
