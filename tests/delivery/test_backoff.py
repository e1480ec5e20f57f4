"""When a delivery is tried again."""

import random
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.delivery.backoff import LONGEST_WAIT_S, Backoff, asked_wait_s

NOW = 1_800_000_000.0
DAY = 86_400.0
backoff = Backoff(first_retry_s=5)
failures = st.integers(1, 10_000)
seconds = st.floats(0, 1e7)


def middle(low: float, high: float) -> float:
    """Draw the middle of the bounds."""
    return (low + high) / 2


def test_waits_double_up_to_the_longest() -> None:
    """Five seconds, ten, twenty, and so on until half an hour."""
    waits = [backoff.wait_s(count, None, middle) for count in range(1, 12)]

    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, LONGEST_WAIT_S, LONGEST_WAIT_S]


def test_deliveries_that_failed_together_do_not_come_back_together() -> None:
    """A wait is up to a fifth shorter or longer."""
    bounds: list[tuple[float, float]] = []
    backoff.wait_s(3, None, lambda low, high: bounds.append((low, high)) or low)

    assert bounds == [(16.0, 24.0)]


@given(failures, st.none() | seconds, st.randoms())
def test_next_try_lies_ahead_and_not_behind_the_deadline(
    count: int, asked: float | None, source: random.Random
) -> None:
    """However often it failed and whatever was asked for, the next try comes, and in time."""
    at = backoff.next_try_at(count, now=NOW, deadline_at=NOW + DAY, uniform=source.uniform, asked_s=asked)

    assert at is not None
    assert NOW < at <= NOW + DAY


@given(st.integers(1, 60), st.randoms())
def test_delivery_is_tried_until_its_horizon(start: int, source: random.Random) -> None:
    """From first failure to last try it goes on, and the last try falls on the deadline itself."""
    now, deadline, tries = NOW + start, NOW + start + DAY, 0
    while (
        at := backoff.next_try_at(tries + 1, now=now, deadline_at=deadline, uniform=source.uniform)
    ) is not None:
        now, tries = at, tries + 1

    assert now == deadline
    assert 50 <= tries <= 75


@given(failures, seconds, st.randoms())
def test_endpoint_is_not_asked_sooner_than_it_said(count: int, asked: float, source: random.Random) -> None:
    """What Retry-After says is kept, however long it is; one that is short still grows to a minute."""
    wait = backoff.wait_s(count, asked, source.uniform)
    least = max(asked, min(5.0 * 2 ** min(count - 1, 10), 60))

    assert least <= wait <= 1.2 * least


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("120", 120.0),
        ("0", 0.0),
        (" 2.5 ", 2.5),
        (format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True), 90.0),
        (format_datetime(datetime.fromtimestamp(NOW - 90, UTC), usegmt=True), 0.0),
        ("Fri, 15 Jan 2027 08:01:30 -0000", 90.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("inf", None),
        ("nan", None),
        ("Fri, 15 Jan 99999 08:01:30 GMT", None),
    ],
)
def test_retry_after_holds_seconds_or_a_date(header: str | None, asked: float | None) -> None:
    """Both forms of RFC 9110 are read, and what is neither says nothing."""
    assert asked_wait_s(header, NOW) == asked


@given(st.text())
def test_retry_after_of_any_kind_breaks_nothing(header: str) -> None:
    """Whatever an endpoint writes there is read as seconds, or not at all."""
    asked = asked_wait_s(header, NOW)

    assert asked is None or asked >= 0
