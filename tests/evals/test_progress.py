"""The progress of a run, at a terminal and elsewhere."""

import io

import pytest

from evaluator.evals.progress import EVERY_S, Pace, shown
from evaluator.evals.runs import Row
from tests.fakes.clock import FakeClock
from tests.fakes.evaluating import row


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


def told(*rows: Row, total: int = 200, seconds: float = 10) -> str:
    """Return the line after `rows` of `total` in `seconds`."""
    pace = Pace(total, began=0)
    for each in rows:
        pace.add(each)
    return pace.line(seconds)


@pytest.mark.parametrize(
    ("done", "total", "seconds", "line"),
    [
        (0, 200, 10, ""),
        (50, 200, 10, "5/s, 30 s left"),
        (2, 20, 20, "6/min, 3 min 00 s left"),
        (1, 201, 60, "1/min, 3 h 20 min left"),
        (5, 5, 1, "5/s, 0 s left"),
    ],
)
def test_pace_tells_rate_and_time_left(done: int, total: int, seconds: float, line: str) -> None:
    """In units that a person reads at a glance."""
    assert told(*[row("a", source="offline")] * done, total=total, seconds=seconds) == line


@pytest.mark.parametrize(
    ("rows", "end"),
    [
        ([row("a"), row("b")], ", $0.02"),
        ([row("a"), row("b", cost_usd=None)], ", at least $0.01"),
        ([row("a", cost_usd=None)], ", price unknown"),
        ([row("a", source="recording"), row("b", source="offline")], " left"),
        ([row("a", rating=None)], ", 1 failed"),
    ],
)
def test_pace_tells_what_was_paid_and_what_failed(rows: list[Row], end: str) -> None:
    """What recordings once cost is not paid again."""
    assert told(*rows).endswith(end)


def test_shown_elsewhere_than_at_a_terminal_is_a_line_now_and_then() -> None:
    """A log is not filled with bars."""
    stream, clock = io.StringIO(), FakeClock()

    with shown(3, stream, clock=clock) as done:
        clock.advance(1)
        done(row("a"))
        clock.advance(EVERY_S)
        done(row("b"))
        clock.advance(EVERY_S)
        done(row("c"))

    assert stream.getvalue() == "cases: 2 of 3, 3.9/min, 16 s left, $0.02\n"


def test_shown_at_a_terminal_is_a_bar() -> None:
    """It has how many are done, and how it goes."""
    stream, clock = Terminal(), FakeClock()

    with shown(2, stream, label="default", clock=clock) as done:
        clock.advance(1)
        done(row("a"))

    assert "default" in stream.getvalue()
    assert "1/s, 1 s left, $0.01" in stream.getvalue()
