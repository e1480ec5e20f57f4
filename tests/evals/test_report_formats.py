"""Reports as JUnit XML, JSON and Markdown."""

import json
from xml.etree.ElementTree import Element, fromstring

import pytest

from evaluator.evals.expectation import Expectation
from evaluator.evals.reports.as_json import as_json
from evaluator.evals.reports.junit import junit
from evaluator.evals.reports.markdown import MOST, markdown
from evaluator.evals.runs import Run
from tests.fakes.reporting import HOSTILE, SECRET, case, rated, report, row, run, two_contestants


def read(text: str) -> Element:
    """Return the root of an XML document."""
    return fromstring(text)  # noqa: S314 - the document is our own


def test_junit_has_a_test_for_each_case_and_contestant() -> None:
    """Each contestant is a suite with a test for each of its cases."""
    root = read(junit(two_contestants()))
    named = [(test.get("classname"), test.get("name")) for test in root.iter("testcase")]

    assert named == [(label, name) for label in ("default", "draft") for name in _NAMES]


def test_junit_tells_misses_as_failures() -> None:
    """A case that falls short is a failure with what it misses."""
    failures = [test for test in read(junit(two_contestants())).iter("testcase") if len(test)]

    assert [(test.get("name"), test[0].tag, test[0].get("message"), test[0].text) for test in failures] == [
        ("ben", "failure", "comment lacks “x”", "comment lacks “x”"),
        ("dora", "error", "the model timed out", "the model timed out"),
    ]


def test_junit_counts() -> None:
    """Suites and the whole say how many tests, failures and errors they have."""
    root = read(junit(two_contestants()))

    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["10", "1", "1"]
    assert [suite.get("errors") for suite in root] == ["0", "1"]


def test_junit_takes_an_expected_failure() -> None:
    """A case of which nothing but a failed assessment is expected, and that fails, is no error."""
    cases = [case("anna", None)]
    allowed = {"anna": Expectation(status=("failed",))}
    made = rated("d", {"anna": None}, cases).model_copy(update={"expectations": allowed})

    assert [test.tag for test in read(junit(report([made], cases))).iter("error")] == []


def test_junit_tells_conditions_and_the_baseline() -> None:
    """Conditions that do not hold, and cases that got worse, are failing tests of their own."""
    shown = two_contestants(failed_gates=["mae is 12, over 10"], worse=["anna: 3, 9 before"])
    root = read(junit(shown))
    told = [(suite.get("name"), test[0].text) for suite in root[2:] for test in suite]

    assert told == [("conditions", "mae is 12, over 10"), ("baseline", "anna: 3, 9 before")]


@pytest.mark.parametrize("text", [HOSTILE, "\x00\x1b[31m\ud800\uffff", "]]>&amp;"])
def test_junit_is_xml_whatever_is_told(text: str) -> None:
    """Texts of models and candidates leave the document well-formed."""
    cases = [case("anna")]
    rows = [row("anna", None, error=text)] if "\ud800" not in text else []
    shown = report([run(text.replace("\ud800", ""), rows, cases)], cases, failed_gates=[text])

    assert read(junit(shown)).get("failures") == "1"


def test_json_is_the_same_for_the_same_report() -> None:
    """Equal reports, made apart, give the same bytes."""
    assert as_json(two_contestants()) == as_json(two_contestants())


def test_json_holds_runs_that_can_be_read_again() -> None:
    """A run in the report is a run, complete but for the secret of each call."""
    shown = two_contestants()
    kept = Run.model_validate(json.loads(as_json(shown))["runs"][1])

    assert kept.contestant == shown.runs[1].contestant
    assert [row.rating for row in kept.rows] == [row.rating for row in shown.runs[1].rows]


def test_json_keeps_no_secret() -> None:
    """The secret of a call is in no report."""
    assert SECRET not in as_json(two_contestants())


def test_json_holds_figures_and_comparisons() -> None:
    """Figures stand by contestant, and comparisons with their verdict."""
    shown = two_contestants()
    value = json.loads(as_json(shown))

    assert [each["label"] for each in value["figures"]] == ["default", "draft"]
    assert [each["verdict"] for each in value["comparisons"]] == value["verdicts"]
    assert value["misses"][0] == {"contestant": "default", "case": "ben", "misses": ["comment lacks “x”"]}


def test_markdown_begins_with_the_verdict() -> None:
    """The verdict is the first thing below the heading."""
    shown = two_contestants()

    assert shown.comparisons[0].verdict[:20] in markdown(shown).splitlines()[2]


def test_markdown_shows_what_changed_most() -> None:
    """The table that is not folded has the greatest changes first, and no more than ten."""
    names = [f"case{number:02}" for number in range(15)]
    cases = [case(name) for name in names]
    one = rated("one", dict.fromkeys(names, 50), cases)
    other = rated("other", {name: 50 + at for at, name in enumerate(names)}, cases)
    lines = markdown(report([one, other], cases)).splitlines()
    first = lines.index("| case | label | A | B | difference | flips |") + 2

    assert [line.split(" | ")[0] for line in lines[first : first + MOST + 1]] == [
        *(f"| {name}" for name in reversed(names[5:])),
        "",
    ]
    assert "4 further cases changed less." in lines


def test_markdown_folds_the_details() -> None:
    """Every case of each contestant stands behind a line to open."""
    text = markdown(two_contestants())

    assert "<details><summary>draft: 5 cases</summary>" in text
    assert text.count("<details>") == text.count("</details>") == 4


def test_markdown_shows_text_as_it_is() -> None:
    """No text becomes markup, an element, a table's edge or a mention."""
    text = markdown(two_contestants(worse=["anna | @team *x* `y` <b>"]))

    assert "- anna \\| @\u200bteam \\*x\\* \\`y\\` &lt;b&gt;" in text.splitlines()


_NAMES = ("anna", "ben", "cleo", "dora", "emil")
