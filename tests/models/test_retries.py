"""Trying again: what is, how long is waited, and when it ends."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator import errors
from evaluator.models.ask import Answer
from evaluator.models.client import ModelClient
from evaluator.models.retry import LONGEST_WAIT_S, asked_in_words, asked_wait_s, wait_s
from tests.fakes import vendors
from tests.fakes.asking import QUESTION, Clock, asked, asked_at_once, client_of, fits, using
from tests.fakes.endpoint import FakeEndpoint, Reply, Seen, failure, obliging, says, stall

BUSY = failure(429, {"error": {"message": "slow down"}})


def test_back_off_doubles_without_retry_after() -> None:
    """The ceiling of the wait doubles from half a second; the test's jitter always draws the ceiling."""
    clock, endpoint = Clock(), FakeEndpoint()
    endpoint.enqueue(BUSY, failure(500), failure(503), BUSY)
    asked(endpoint, clock=clock)
    assert clock.slept == [0.5, 1.0, 2.0, 4.0]


def test_back_off_begins_anew_after_an_answer() -> None:
    """A failure in the repair turn is the first in a row again."""
    clock, endpoint = Clock(), FakeEndpoint()
    endpoint.enqueue(BUSY, BUSY, says("no json"), BUSY)
    asked(endpoint, clock=clock)
    assert clock.slept == [0.5, 1.0, 0.5]


def test_latency_is_that_of_the_calls_and_not_of_the_waits() -> None:
    """Seconds in flight are summed over all calls; the back-off between them is not counted."""
    clock, endpoint = Clock(), FakeEndpoint()

    def slowly(seen: Seen) -> Reply:
        clock.now += 2.0
        return BUSY if len(endpoint.history) == 1 else obliging(seen)

    endpoint.default = slowly
    assert asked(endpoint, clock=clock).latency_s == 4.0
    assert clock.slept == [0.5]


def test_retry_after_in_seconds_is_waited() -> None:
    """What the endpoint asks for is waited, and half a second of jitter."""
    clock, endpoint = Clock(), FakeEndpoint()
    endpoint.enqueue(failure(429, {"error": {"message": "slow"}}, retry_after="7"))
    asked(endpoint, clock=clock)
    assert clock.slept == [7.5]


def test_wait_in_the_error_text_is_honoured() -> None:
    """Gemini says in words when to come back, and calls a limit by the minute a used-up quota."""
    clock, endpoint = Clock(), FakeEndpoint()
    endpoint.enqueue(vendors.GEMINI_MINUTE)
    asked(endpoint, clock=clock)
    assert clock.slept == [4.0]


def test_wait_beyond_the_time_allowed_ends_at_once() -> None:
    """A Retry-After that does not fit is not waited: the error is raised with it."""
    clock = Clock()
    endpoint = FakeEndpoint(lambda _: failure(429, {"error": {"message": "slow"}}, retry_after="60"))
    with pytest.raises(errors.ModelRateLimited) as caught:
        asked(endpoint, clock=clock, within_s=30)
    assert caught.value.retry_after_s == 60
    assert not caught.value.permanent
    assert clock.slept == []


def test_endpoint_that_stays_down_is_unavailable_within_the_time() -> None:
    """Tries go on until the next wait would not fit in the time allowed."""
    clock, endpoint = Clock(), FakeEndpoint(lambda _: failure(503))
    with pytest.raises(errors.ModelUnavailable, match=r"model\.test fails for now \(503\)"):
        asked(endpoint, clock=clock, within_s=20)
    assert clock.slept == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert len(endpoint.history) == 6


def test_quota_is_never_tried_again() -> None:
    """A used-up quota comes as 429, and waiting does not bring it back."""
    clock, endpoint = Clock(), FakeEndpoint(lambda _: vendors.OPENAI_QUOTA)
    with pytest.raises(errors.ModelQuotaExhausted):
        asked(endpoint, clock=clock)
    assert (len(endpoint.history), clock.slept) == (1, [])


def test_request_timeout_of_the_endpoint_is_a_timeout() -> None:
    """A 408 is tried again, and is a time-out where that does not help."""
    endpoint = FakeEndpoint(lambda _: failure(408))
    with pytest.raises(errors.ModelTimeout):
        asked(endpoint, within_s=31)
    assert len(endpoint.history) == 2


def test_call_that_stalls_is_cut_off() -> None:
    """One call may not take longer than its own limit; here no second one fits."""
    endpoint = FakeEndpoint(lambda _: stall())
    with pytest.raises(errors.ModelTimeout, match=r"did not answer within 0\.05 s"):
        asked(endpoint, call_timeout_s=0.05, within_s=0.5)
    assert endpoint.in_flight == 0


def test_call_after_a_stall_succeeds_where_there_is_time() -> None:
    """A stalled call is tried again where there is time for another."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(stall())
    asked(endpoint, call_timeout_s=0.05, within_s=50)
    assert len(endpoint.history) == 2


def test_whole_ask_ends_in_the_time_allowed() -> None:
    """The time for all tries bounds a call that has longer by itself."""
    endpoint = FakeEndpoint(lambda _: stall())
    with pytest.raises(errors.ModelTimeout, match=r"no answer within 0\.05 s") as caught:
        asked(endpoint, call_timeout_s=60, within_s=0.05)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_last_error_is_told_where_the_time_ends_in_a_later_try() -> None:
    """What the endpoint said before it stalled says more than a time-out."""
    endpoint = FakeEndpoint(lambda _: stall())
    endpoint.enqueue(failure(503))
    with pytest.raises(errors.ModelUnavailable):
        asked(endpoint, call_timeout_s=60, within_s=0.05, uniform=lambda low, high: low)


def test_calls_in_flight_are_bounded() -> None:
    """As many calls as the client was given are under way at once, and no more."""
    endpoint = FakeEndpoint(together=3)
    asked_at_once(endpoint, 21, max_concurrency=3)
    assert endpoint.most_in_flight == 3
    assert len(endpoint.history) == 21


def crowded() -> list[Answer | BaseException]:
    """Ask twice at once where one call may be in flight, and stalls; 3 seconds pass while the other waits."""
    clock, endpoint = Clock(), FakeEndpoint()
    endpoint.enqueue(stall())

    async def pass_time() -> None:
        await asyncio.sleep(0.01)
        clock.now += 3

    async def crowd(client: ModelClient) -> list[Answer | BaseException]:
        asks = (client.answer(QUESTION, fits, within_s=each) for each in (100, 0.05))
        return (await asyncio.gather(*asks, pass_time(), return_exceptions=True))[:2]

    return using(client_of(endpoint, clock=clock, max_concurrency=1, call_timeout_s=0.2), crowd)


def test_wait_for_a_slot_is_not_told_as_the_endpoints_silence() -> None:
    """An ask that gets no slot in its time says so, and how long it waited; nothing was asked."""
    first, busy = crowded()
    assert isinstance(first, Answer)
    assert isinstance(busy, errors.ModelBusy)
    assert str(busy).startswith("no place for another model call within 3 s, with 1 in flight; ")
    assert (busy.permanent, busy.spent.calls) == (False, 0)


def test_error_of_an_endpoint_that_never_answers_counts_the_calls() -> None:
    """Calls without an answer cost nothing that is known, and are counted."""
    with pytest.raises(errors.ModelUnavailable) as caught:
        asked(FakeEndpoint(lambda _: failure(503)), within_s=20)
    assert caught.value.spent == errors.Spent(calls=6)


@given(failures=st.integers(1, 10_000), draw=st.floats(0, 1))
def test_back_off_stays_between_zero_and_its_ceiling(failures: int, draw: float) -> None:
    """However many failures, a wait is never negative and never beyond the longest."""
    waited = wait_s(failures, None, lambda low, high: low + (high - low) * draw)
    assert 0 <= waited <= LONGEST_WAIT_S


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Thu, 01 Jan 1970 00:16:50 GMT"}, 10.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:16:50 -0000"}, 10.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds and dates are read; anything else is as if it were not there."""
    assert asked_wait_s(headers, now=1000.0) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("please try again in 1.2s.", 1.2),
        ("please try again in 20ms", 0.02),
        ("please try again in 7m12s", 432.0),
        ("please retry in 12.3s.", 12.3),
        ("try again later", None),
    ],
)
def test_wait_in_words_is_read(text: str, seconds: float | None) -> None:
    """The common wordings of a wait are read from an error's text."""
    assert asked_in_words(text) == seconds
