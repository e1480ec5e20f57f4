"""Whatever is done to a job, in whatever order, it moves only as `transitions` says."""

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from evaluator.storage.rows import Job, Payloads
from evaluator.storage.transitions import (
    AGAIN,
    DELIVERIES,
    OPEN,
    PENDING,
    STATES,
    UNRECEIVED,
    Delivery,
    State,
)
from tests.fakes.stores import Place, new_job, tried

owners = st.sampled_from([None, "web-1", "web-2"])
results = st.sampled_from([None, b"{}"])
waits = st.sampled_from(["owed", "held"])
RESULT = b'{"rating": 70}'


class OneJob(RuleBasedStateMachine):
    """Does anything to one job, and checks each move and what must hold after it."""

    def __init__(self) -> None:
        """Accept the job."""
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.place = Place(None, Path(self.folder.name))
        self.opened = self.place.open()
        self.store = self.run(self.opened.__aenter__())
        self.job: Job = self.run(self.store.accept(new_job())).job
        self.payloads = Payloads(None, None, None)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Return what a coroutine returns."""
        return self.runner.run(work)

    def teardown(self) -> None:
        """Close the store and delete it."""
        self.run(self.opened.__aexit__(None, None, None))
        self.runner.close()
        self.folder.cleanup()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Make a move and check that it was allowed; what changed nothing must have returned None."""
        before, returned = self.job, self.run(work)
        self.place.clock.advance(1)
        self.job = self.run(self.store.get("job-1"))
        self.payloads = self.run(self.store.payloads("job-1"))
        if self.job.run > before.run:
            assert before.state in AGAIN
            assert self.job.delivery in ("none", "owed")
        else:
            assert self.job.state in STATES[before.state] | {before.state}
            assert self.job.delivery in DELIVERIES[before.delivery] | {before.delivery}
        assert (returned is None) <= (self.job == before)
        return returned

    @rule(owner=owners, delivery=st.sampled_from(["none", "owed"]))
    def accept(self, owner: str | None, delivery: str) -> None:
        """The same request comes again."""
        accepted = self.do(self.store.accept(new_job(owner=owner, delivery=delivery)))
        assert accepted.job == self.job

    @rule(owner=st.sampled_from(["web-1", "web-2"]), held_by=owners)
    def claim(self, owner: str, held_by: str | None) -> None:
        """A process takes it."""
        self.do(self.store.claim("job-1", owner, held_by=held_by))

    @rule()
    def release(self) -> None:
        """A process lets go of it."""
        self.do(self.store.release("job-1"))

    @rule()
    def postpone(self) -> None:
        """The model is busy."""
        self.do(self.store.postpone("job-1", "busy", next_try_at=1.0))

    @rule()
    def finish(self) -> None:
        """There is a result."""
        self.do(self.store.finish("job-1", RESULT, status="completed"))

    @rule(result=results, held_by=owners)
    def fail(self, result: bytes | None, held_by: str | None) -> None:
        """There will be none."""
        self.do(self.store.fail("job-1", "it broke", result=result, held_by=held_by))

    @rule()
    def cancel(self) -> None:
        """An operator stops it."""
        self.do(self.store.cancel("job-1"))

    @rule(callback=st.booleans(), owner=owners)
    def retry(self, callback: bool, owner: str | None) -> None:
        """An operator sets it going again."""
        self.do(self.store.retry("job-1", callback=callback, owner=owner))

    @rule()
    def answer(self) -> None:
        """Its caller gets it."""
        answered = self.do(self.store.mark_answered("job-1"))
        assert answered == int(
            self.job.delivery == "answered" and self.job.updated_at == self.place.clock.now - 1
        )

    @rule()
    def want_callback(self) -> None:
        """Its caller leaves."""
        self.do(self.store.want_callback("job-1"))

    @rule()
    def deliver(self) -> None:
        """The callback takes it."""
        self.do(self.store.delivered("job-1", None))

    @rule(delivery=waits)
    def put_off(self, delivery: Any) -> None:
        """The callback does not take it yet."""
        self.do(self.store.put_off("job-1", None, delivery=delivery, next_try_at=1.0, note="503"))

    @rule()
    def give_up(self) -> None:
        """The callback will not take it."""
        self.do(self.store.give_up("job-1", tried("dead"), note="422"))

    @rule()
    def replay(self) -> None:
        """An operator wants it delivered after all."""
        self.do(self.store.replay("job-1"))

    @invariant()
    def somebody_has_what_runs_in_hand(self) -> None:
        """What runs has an owner; what has an owner runs or is still to be answered."""
        to_be_answered = self.job.state in ("succeeded", "failed") and self.job.delivery == "none"
        assert self.job.state != "running" or self.job.owner is not None
        assert self.job.owner is None or self.job.state == "running" or to_be_answered

    @invariant()
    def nothing_is_received_before_it_is_there(self) -> None:
        """A result is received, held or dead only once the assessment has ended."""
        assert self.job.delivery in ("none", "owed") or self.job.state in ("succeeded", "failed")

    @invariant()
    def retention_runs_when_nothing_is_to_be_done(self) -> None:
        """A job has an end exactly where neither the assessment nor a delivery is open."""
        busy = self.job.state in OPEN or self.job.delivery in PENDING
        assert (self.job.retain_until is None) == busy

    @invariant()
    def secret_is_kept_as_long_as_it_is_needed(self) -> None:
        """The secret is there until the result was received, and the result as soon as there is one."""
        if self.payloads.request is None:  # not looked at yet
            return
        assert self.payloads.secret is not None or self.job.run > 1 or self.job.delivery not in UNRECEIVED
        assert self.payloads.secret is None or self.job.delivery != "delivered"
        assert (self.job.state == "succeeded") <= (self.payloads.result == RESULT)
        assert (self.payloads.result is None) == (self.job.status is None)


def test_job_moves_only_as_it_may() -> None:
    """Any order of any calls keeps to the tables of transitions, and to the rules between the fields."""
    run_state_machine_as_test(
        OneJob, settings=settings(max_examples=25, stateful_step_count=25, deadline=None)
    )


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_reached_and_named(state: State) -> None:
    """Each state but the first follows some other, and leads only to known ones."""
    assert STATES[state] <= STATES.keys()
    assert state == "waiting" or any(state in after for after in STATES.values())


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_every_delivery_is_reached_and_named(delivery: Delivery) -> None:
    """Each delivery but the first follows some other, and leads only to known ones."""
    assert DELIVERIES[delivery] <= DELIVERIES.keys()
    assert delivery == "none" or any(delivery in after for after in DELIVERIES.values())


def test_groups_agree_with_the_tables() -> None:
    """The groups that statements are made of say what the tables say."""
    assert set(AGAIN) == {state for state, after in STATES.items() if "running" in after} - set(OPEN)
    assert set(OPEN) == {state for state, after in STATES.items() if "succeeded" in after}
    taken = {delivery for delivery, after in DELIVERIES.items() if "delivered" in after}
    assert set(PENDING) == taken - {"dead"}
    assert set(UNRECEIVED) == {delivery for delivery, after in DELIVERIES.items() if "answered" in after}
