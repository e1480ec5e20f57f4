"""Reading cases from lines of JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import FixtureError
from evaluator.evals.dataset import load_cases
from tests.fakes.prompting import payload


def written(folder: Path, *lines: Any) -> Path:
    """Write lines, text as it is and all else as JSON, and return the file."""
    file = folder / "cases.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return file


def test_requests_alone_are_named_by_candidate_and_line(tmp_path: Path) -> None:
    """An export of plain requests needs nothing else; empty lines are passed over but counted."""
    file = written(tmp_path, payload(), "", payload(candidate_id=7), payload(candidate_id="a/../b c"))

    assert [case.name for case in load_cases(file).sound] == ["c-1-1", "7-3", "a_.._b_c-4"]


def test_a_wrapper_names_the_case_and_says_what_is_expected(tmp_path: Path) -> None:
    """Name, expectation and the service's own rating stand beside the request."""
    line = {"name": "first", "request": payload(), "expect": {"rating": [10, 20]}, "service_rating": 15}
    (case,) = load_cases(written(tmp_path, line)).sound

    assert (case.name, case.service_rating, case.folder) == ("first", 15.0, None)
    assert case.expectation is not None
    assert case.expectation.rating == (10, 20)


def test_a_request_with_a_field_named_request_is_a_request(tmp_path: Path) -> None:
    """What the contract takes is no wrapper, whatever unknown fields it has."""
    (case,) = load_cases(written(tmp_path, payload(request="please"))).sound

    assert case.name == "c-1-1"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"job": "Zebra"', r"/: not valid JSON at column 16"),
        (payload(job={"title": "Zebra"}), "/job/description: required"),
        ({"request": payload(), "expects": {"rating": "Zebra"}}, "did you mean expect"),
        ({"request": payload(), "expect": {"ratings": ["Zebra"]}}, "/expect/ratings: not known here; did"),
        ({"request": payload(), "name": "../Zebra"}, "/name: must be text of letters"),
        ({"request": payload(), "service_rating": "Zebra"}, "/service_rating: must be a number"),
        ({"request": payload(), "service_rating": True}, "/service_rating: must be a number"),
        ({"request": ["Zebra"]}, "/: must be"),
        ('["Zebra"]', "/: must be"),
    ],
)
def test_a_broken_line_is_told_with_file_and_line_and_without_its_value(
    tmp_path: Path, line: Any, message: str
) -> None:
    """The others are loaded; nothing that a candidate may have written is repeated."""
    cases = load_cases(written(tmp_path, payload(), line))
    (told,) = map(str, cases.broken)

    assert [case.name for case in cases.sound] == ["c-1-1"]
    assert told.startswith(f"{tmp_path / 'cases.jsonl'}:2: ")
    assert message in told
    assert "Zebra" not in told


def test_a_name_given_twice_is_told_with_both_lines(tmp_path: Path) -> None:
    """Recordings and rows are kept by name, so each name is of one case."""
    line = {"name": "one", "request": payload()}
    (told,) = load_cases(written(tmp_path, line, payload(), line)).broken

    assert f"jsonl:3: the name one is that of {tmp_path / 'cases.jsonl'}:1 already" in str(told)


def test_cases_are_taken_by_name(tmp_path: Path) -> None:
    """Only those asked for come, and what else is broken does not matter."""
    file = written(tmp_path, "{", payload(candidate_id="a"), payload(candidate_id="b"))
    cases = load_cases(file, ["b-3"])

    assert ([case.name for case in cases.sound], cases.broken) == (["b-3"], [])
    with pytest.raises(FixtureError, match="no case named c-4; there are a-2, b-3"):
        load_cases(file, ["c-4"])


def test_a_file_written_on_windows_is_read(tmp_path: Path) -> None:
    """A byte-order mark and CR LF are no part of a line."""
    file = tmp_path / "cases.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(payload()).encode() + b"\r\n")

    assert [case.name for case in load_cases(file).sound] == ["c-1-1"]


def test_an_empty_file_holds_no_case(tmp_path: Path) -> None:
    """It says what a case would be."""
    with pytest.raises(FixtureError, match="holds no case; a case is a line"):
        load_cases(written(tmp_path, ""))
