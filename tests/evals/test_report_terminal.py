"""Reports in the terminal: what stands where, within 80 columns, and plain when piped."""

from io import StringIO
from typing import Any

import pytest
from rich.cells import cell_len
from rich.text import Text

from evaluator.evals.reports.material import Report
from evaluator.evals.reports.terminal import WIDTH, show
from tests.fakes.reporting import case, rated, report, row, run, two_contestants


class Terminal(StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


def shown(told: Report, out: StringIO | None = None) -> str:
    """Return what a report writes, to a pipe by default, without colour."""
    out = out or StringIO()
    show(told, out)
    return Text.from_ansi(out.getvalue()).plain


def one(ratings: dict[str, float | None], **changed: Any) -> Report:
    """Return a report on one contestant."""
    cases = [case(name) for name in ratings]
    return report([rated("default", ratings, cases)], cases, **changed)


@pytest.mark.parametrize("repeats", [1, 3])
def test_line_is_never_wider_than_the_terminal(repeats: int) -> None:
    """Whatever names and sentences are as long as, a terminal gets 80 columns at most."""
    name = "a-case-whose-name-is-much-too-long-for-any-terminal" * 2
    cases = [case(name)]
    rows = [row(name, 40 + at, repeat=at) for at in range(repeats)]
    runs = [run(label * 30, rows, cases) for label in ("one", "other", "third")]
    long = ["a sentence without an end " * 9]
    whole = report(runs, cases, misses={(runs[0].contestant.label, name): long}, failed_gates=long)

    for each in (whole, report(runs[:2], cases), report(runs[:1], cases)):
        assert max(cell_len(line) for line in shown(each, Terminal()).splitlines()) <= WIDTH


def test_nothing_is_cut_when_piped() -> None:
    """A pipe gets whole names and sentences in one line, and no colour."""
    name = "a-case-whose-name-is-much-too-long-for-any-terminal" * 2
    out = StringIO()
    show(one({name: 90}, failed_gates=["a sentence without an end " * 9]), out)

    assert name in out.getvalue()
    assert ("a sentence without an end " * 9).rstrip() in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_no_line_ends_in_blanks_when_piped() -> None:
    """Tables are filled up with blanks at a terminal alone."""
    runs = [two_contestants(), one({"a": 50, "long-name": None})]

    assert [line for each in runs for line in shown(each).splitlines() if line != line.rstrip()] == []


def test_run_has_a_row_for_each_case() -> None:
    """A row tells rating, range, label and status; one that falls short has a cross."""
    lines = shown(one({"anna": 52, "ben": 12}, misses={("default", "ben"): ["too low"]})).splitlines()

    assert lines[0].split() == ["case", "rating", "expected", "label", "status", "tokens", "s"]
    assert lines[1].split() == ["anna", "52", "35–65", "50", "completed", "1,200", "0.50"]
    assert lines[2].split() == ["ben", "12", "35–65", "50", "✗", "completed", "1,200", "0.50"]
    assert "  ben: too low" in lines


def test_case_without_rating_is_no_zero() -> None:
    """A case that failed says so, with a cross."""
    assert shown(one({"anna": None})).splitlines()[1].split()[1:3] == ["no", "rating"]


def test_comparison_is_side_by_side() -> None:
    """Greatest change first: label, both ratings, difference, and what flips."""
    lines = shown(two_contestants()).splitlines()

    assert lines[0] == "A default, B draft"
    assert [line.split() for line in lines[1:6]] == [
        ["case", "label", "A", "B", "difference", "flips"],
        ["dora", "20", "30", "no", "rating", "–", "status"],
        ["anna", "80", "70", "78", "+8"],
        ["ben", "60", "52", "48", "−4", "cut"],
        ["emil", "–", "10", "12", "+2"],
    ]
    assert "1 case with the same rating not shown." in lines


def test_what_got_worse_and_what_is_unstable_come_first() -> None:
    """Conditions, worse cases and unstable ones stand above the table."""
    cases = [case("anna")]
    rows = [row("anna", rating, repeat=at) for at, rating in enumerate((30, 70))]
    told = report([run("d", rows, cases)], cases, failed_gates=["mae is 12"], worse=["anna: 3, 9 before"])
    lines = [line for line in shown(told).splitlines() if line]

    assert lines[:6] == [
        "Falls short of a condition",
        "  mae is 12",
        "Worse than the baseline",
        "  anna: 3, 9 before",
        "Unstable over repeats",
        "  anna: 30 to 70 over 2 repeats, crosses the cut",
    ]
    assert lines[7].split()[:3] == ["anna", "50", "30–70"]


def test_verdict_closes_the_report() -> None:
    """The last line is the verdict, and before it stands who judged."""
    told = two_contestants()
    lines = shown(told).splitlines()

    assert lines[-1] == told.comparisons[0].verdict
    assert "Judged by fake-model." in lines


def test_contestants_that_gave_no_rating_did_not_judge_alike() -> None:
    """Cases without a rating under both are no equal ones, and who gave none judged nothing."""
    cases = [case("anna"), case("ben")]
    runs = [rated(label, {"anna": None, "ben": None}, cases) for label in ("one", "other")]
    text = shown(report(runs, cases))

    assert "2 cases without a rating under both not shown." in text
    assert ("same rating" in text, "Judged by" in text) == (False, False)
    assert "fake-model judged nothing." in text


def test_square_brackets_are_text() -> None:
    """A name in square brackets is no markup."""
    assert "[red]anna[/red]" in shown(one({"[red]anna[/red]": 50}))


def test_effort_is_told_to_be_that_of_the_twins_too() -> None:
    """Tokens, cost and time in all are of every assessment; the other figures leave twins out."""
    without, with_twins = shown(one({"a": 50})), shown(one({"a": 50, "a~hobbies": 40}))

    assert ("with twins" in without, with_twins.count("with twins")) == (False, 3)
    assert "Tokens, with twins" in with_twins


def test_twins_have_a_table_of_their_own() -> None:
    """Twins stand by kind, and not as rows among the cases."""
    cases = [case("anna"), case("anna~hobbies", None)]
    text = shown(report([rated("d", {"anna": 50, "anna~hobbies": 46}, cases)], cases))

    assert "twins differ in" in text
    assert "anna~hobbies" not in text
