"""Reading cases from folders."""

import json
import re
from pathlib import Path

import pytest

from evaluator.errors import FixtureError
from evaluator.evals.dataset import load_cases, load_request, read_request

REQUEST = {
    "job": {"description": "Cook"},
    "candidate_id": "c1",
    "pipeline_step_id": "s1",
    "call_secret": "x",
    "candidate_parsed_cv": {"raw": "Cooked for ten years."},
}
EXPECT = 'rating = [10, 50]\nstatus = ["completed"]\nreference_rating = 30\nreference_why = "little"\n'


def make_case(folder: Path, name: str = "one", expect: str = EXPECT) -> Path:
    """Return or write a case."""
    path = folder / name
    path.mkdir()
    (path / "request.json").write_text(json.dumps(REQUEST))
    (path / "expect.toml").write_text(expect)
    return path


def test_load_cases_reads_every_folder(tmp_path: Path) -> None:
    """Folders without a request are passed over; cases come in the order of their names."""
    make_case(tmp_path, "two")
    make_case(tmp_path, "one")
    (tmp_path / "notes").mkdir()

    assert [case.name for case in load_cases(tmp_path).sound] == ["one", "two"]


def test_load_cases_by_name_reads_those_alone(tmp_path: Path) -> None:
    """Only the cases asked for are read."""
    make_case(tmp_path, "two")
    make_case(tmp_path, "one", expect="not toml")

    assert [case.name for case in load_cases(tmp_path, ["two"]).sound] == ["two"]


def test_load_cases_with_an_unknown_name_lists_those_there_are(tmp_path: Path) -> None:
    """A slip in a name is answered with the names."""
    make_case(tmp_path, "one")

    with pytest.raises(FixtureError, match="no case named three; there are one"):
        load_cases(tmp_path, ["three"])


def test_load_cases_with_a_slip_in_a_name_says_which_was_meant(tmp_path: Path) -> None:
    """The nearest name is told alone; of many names that are not near the first eight."""
    for name in ("sales-weak", *"abcdefgh"):
        make_case(tmp_path, name)

    with pytest.raises(FixtureError, match=r"no case named sales-waek; did you mean sales-weak\?$"):
        load_cases(tmp_path, ["sales-waek"])
    with pytest.raises(FixtureError, match=r"no case named 1; there are a, b, c, d, e, f, g, h and 1 more$"):
        load_cases(tmp_path, ["1"])


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ("rating = [", "not valid TOML"),
        (EXPECT.replace("[10, 50]", "[50, 10]"), "the lower end comes first"),
        (EXPECT.replace("30", "130"), "/reference_rating: .*less than or equal to 100"),
        (EXPECT.replace('"completed"', '"done"'), "/status/0"),
        (EXPECT + "reference_rate = 3\n", "/reference_rate"),
    ],
)
def test_load_cases_with_a_broken_expectation_names_the_file(
    tmp_path: Path, expect: str, message: str
) -> None:
    """Each fault of an expectation is told with the file and the field."""
    make_case(tmp_path, expect=expect)

    (broken,) = load_cases(tmp_path).broken

    assert re.search(rf"one/expect\.toml: (?s:.*){message}", str(broken))


def test_load_cases_without_an_expectation_expects_nothing(tmp_path: Path) -> None:
    """A request alone is a case."""
    (make_case(tmp_path) / "expect.toml").unlink()

    assert [case.expectation for case in load_cases(tmp_path).sound] == [None]


def test_load_cases_with_a_broken_one_loads_the_others(tmp_path: Path) -> None:
    """A case that cannot be read is told, and takes no other with it."""
    make_case(tmp_path, "one")
    (make_case(tmp_path, "two") / "request.json").write_text("{")

    cases = load_cases(tmp_path)

    assert [case.name for case in cases.sound] == ["one"]
    assert ["two/request.json" in str(error) for error in cases.broken] == [True]


def test_load_cases_without_any_says_what_a_case_is(tmp_path: Path) -> None:
    """An empty folder and a missing one are told apart."""
    with pytest.raises(FixtureError, match="holds no case"):
        load_cases(tmp_path)
    with pytest.raises(FixtureError, match="no such folder"):
        load_cases(tmp_path / "none")


def test_load_request_that_breaks_the_contract_names_the_field(tmp_path: Path) -> None:
    """A fixture is held to the contract like any request."""
    file = tmp_path / "request.json"
    file.write_text(json.dumps({**REQUEST, "job": {}}))

    with pytest.raises(FixtureError, match="/job/description: required"):
        load_request(file)


@pytest.mark.parametrize("text", ["{", '{"a": 1, "a": 2}'])
def test_read_request_that_is_no_json_names_the_file(tmp_path: Path, text: str) -> None:
    """Broken JSON is told with the file."""
    file = tmp_path / "request.json"
    file.write_text(text)

    with pytest.raises(FixtureError, match=r"request\.json"):
        read_request(file)


def test_read_request_that_is_not_there_names_the_file(tmp_path: Path) -> None:
    """A missing file is one clear error."""
    with pytest.raises(FixtureError, match="cannot be read"):
        read_request(tmp_path / "none.json")


def test_load_cases_knows_the_folder_of_each(tmp_path: Path) -> None:
    """What is kept beside a case finds its place."""
    path = make_case(tmp_path)

    assert [case.folder for case in load_cases(tmp_path).sound] == [path]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('above = ["tow"]', "/above/0: no case named tow; did you mean two?"),
        ('above = ["one"]', "/above/0: names the case itself"),
        ('[twin]\nof = "x"\ndiffers_in = "y"\nmost_difference = 3', "/twin/of: no case named x"),
    ],
)
def test_load_cases_compared_with_none_of_the_folder_tells_it(
    tmp_path: Path, more: str, message: str
) -> None:
    """A name in `above` or `twin` that stands for no case would never be checked."""
    make_case(tmp_path, "two")
    make_case(tmp_path, "one", expect=EXPECT + more)
    cases = load_cases(tmp_path)

    assert [case.name for case in cases.sound] == ["two"]
    assert [str(error) for error in cases.broken] == [f"{tmp_path / 'one' / 'expect.toml'}: {message}"]


def test_load_cases_by_name_compared_with_others_of_the_folder_is_sound(tmp_path: Path) -> None:
    """What is not run is not checked, but it is there."""
    make_case(tmp_path, "two")
    make_case(tmp_path, "one", expect=EXPECT + 'above = ["two"]')
    cases = load_cases(tmp_path, ["one"])

    assert ([case.name for case in cases.sound], cases.broken) == (["one"], [])


def test_load_cases_in_an_order_that_goes_round_tells_the_way(tmp_path: Path) -> None:
    """No ratings can satisfy it; what stands above the circle alone is sound."""
    for name, lower in (("a", "b"), ("b", "a"), ("c", "a")):
        make_case(tmp_path, name, expect=EXPECT + f'above = ["{lower}"]')
    cases = load_cases(tmp_path)

    assert [case.name for case in cases.sound] == ["c"]
    assert ["/above goes round: " in str(error) for error in cases.broken] == [True]


def test_shipped_fixtures_say_what_is_expected() -> None:
    """Each has a range and, within it, its author's rating, which reading it checks."""
    cases = load_cases(Path("fixtures"))
    assert cases.broken == []
    for case in cases.sound:
        assert case.expectation, case.name
        assert case.expectation.rating, case.name
        assert case.expectation.reference_rating is not None, case.name
