"""One try of one job: what it leaves in the store, in the queue and at the callback."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from evaluator.delivery.attempt import Attempt
from evaluator.errors import (
    EvaluatorError,
    ModelKeyRejected,
    ModelRateLimited,
    ModelTimeout,
    ModelUnavailable,
    OptedOut,
    PackError,
)
from evaluator.jobs.delivering import SPREAD
from evaluator.jobs.seam import Finished
from evaluator.jobs.turns import LONGEST_PAUSE_S
from evaluator.jobs.work import MOST_PUT_BACKS
from tests.fakes.stores import Place, new_job
from tests.fakes.working import (
    ASSESS_WITHIN_S,
    DELIVER_WITHIN_S,
    FIRST_RETRY_S,
    RATING,
    Here,
    request,
    result_of,
    working,
)

pytestmark = pytest.mark.anyio

BUSY = ModelUnavailable("the model is busy")

KEPT = result_of(request()).model_copy(update={"rating": 11}).model_dump_json().encode()
"""Another's result, as it is kept."""


def called_back(here: Here) -> list[Any]:
    """Return what was posted, decoded."""
    return [json.loads(each) for each in here.callback.sent]


async def finished(here: Here, **changes: Any) -> str:
    """Have a job that is assessed, and whose delivery waits in the queue; return its id."""
    job_id = await here.queued(**changes)
    await here.run_due()
    assert here.queue.kinds == ["deliver"]
    return job_id


# The assessment


async def test_job_from_the_queue_is_assessed_and_its_result_called_back(here: Here) -> None:
    """The result is kept without the secret, and posted with it; then the secret is erased."""
    job_id = await finished(here, call_secret="hush")
    kept = await here.store.payloads(job_id)
    await here.run_all()
    job = await here.job()

    assert (json.loads(kept.result)["rating"], b"hush" in kept.result) == (RATING, False)
    assert [(each["rating"], each["call_secret"]) for each in called_back(here)] == [(RATING, "hush")]
    assert (job.state, job.delivery, job.status) == ("succeeded", "delivered", "completed")
    assert await here.tried(job_id) == [("model", "succeeded"), ("callback", "delivered")]
    assert (await here.store.payloads(job_id)).secret is None


async def test_unit_that_comes_twice_asks_the_model_once(here: Here) -> None:
    """The second finds nothing left to do."""
    job_id = await here.queued()
    await here.work.assess(job_id)
    await here.work.assess(job_id)

    assert here.assessor.calls == 1


async def test_job_that_was_erased_is_left_alone(here: Here) -> None:
    """Units of it that are still in the queue do nothing."""
    job_id = await here.queued()
    await here.store.erase_candidate("c-1")
    await here.work.assess(job_id)
    await here.deliveries.deliver(job_id)

    assert (here.assessor.calls, here.callback.sent) == (0, [])


async def test_job_whose_secret_is_gone_fails(here: Here) -> None:
    """Without its secret a request cannot be answered, so it is not asked either."""
    job_id = await here.queued(current_rating=30)
    here.assessor.script = [ModelKeyRejected("no")]
    await here.run_all()
    await here.store.retry(job_id, callback=True, deadline_at=here.clock() + 10)
    await here.work.assess(job_id)
    job = await here.job()

    assert (job.state, job.failure) == ("failed", "the request is no longer held")
    assert here.assessor.calls == 1


async def test_job_whose_request_cannot_be_read_fails(here: Here) -> None:
    """What another version stored and this one does not take ends there, and is not tried without end."""
    await here.store.accept(new_job(request=b'{"v": "0.1"}', delivery="owed", deadline_at=here.clock() + 10))
    await here.work.assess("job-1")
    job = await here.job()

    assert (job.state, job.delivery) == ("failed", "dead")
    assert job.failure == "the stored request cannot be read by this version"


async def test_failure_that_passes_is_tried_again(here: Here) -> None:
    """The waits grow, each failure is recorded, and what comes at last is called back."""
    here.assessor.script = [BUSY, BUSY, None]
    job_id = await here.queued()
    began = here.clock()
    await here.run_due()
    job = await here.job()
    await here.run_all()

    assert (job.state, job.attempts, job.next_try_at) == ("waiting", 1, began + FIRST_RETRY_S)
    assert job.failure == BUSY.public
    assert here.clock() - began == 3 * FIRST_RETRY_S
    assert [kind for kind, _ in await here.tried(job_id)] == ["model", "model", "model", "callback"]
    assert [each["rating"] for each in called_back(here)] == [RATING]


async def test_model_is_not_asked_sooner_than_it_wished(here: Here) -> None:
    """What the endpoint asks for goes before the schedule."""
    here.assessor.script = [ModelRateLimited("slowly", retry_after_s=40)]
    await here.queued()
    began = here.clock()
    await here.run_due()

    assert (await here.job()).next_try_at >= began + 40


async def test_try_before_its_time_is_left_to_the_unit_that_is_queued_for_it(here: Here) -> None:
    """A unit that runs again because its process died makes no second chain of tries."""
    here.assessor.script = [BUSY]
    job_id = await here.queued()
    await here.run_due()
    await here.work.assess(job_id)

    assert (here.assessor.calls, here.queue.kinds) == (1, ["assess"])
    assert (await here.job()).state == "waiting"


async def test_unit_is_taken_though_clocks_disagree_a_little(here: Here) -> None:
    """A process whose clock is half a second behind does not let a unit drop that another woke."""
    here.assessor.script = [BUSY]
    job_id = await here.queued()
    await here.run_due()
    here.clock.advance(FIRST_RETRY_S - 0.5)
    await here.work.assess(job_id)
    here.callback.script = [503]
    await here.deliveries.deliver(job_id)
    here.clock.advance(FIRST_RETRY_S - 0.5)
    await here.deliveries.deliver(job_id)

    assert (here.assessor.calls, len(here.callback.sent)) == (2, 2)


@pytest.mark.parametrize("rating", [0, 41.5])
async def test_failure_to_the_end_gives_back_the_rating_that_was(here: Here, rating: float) -> None:
    """At the horizon the sender gets its own rating, unchanged, and why there is no other."""
    here.assessor.script = [BUSY] * 50
    job_id = await here.queued(current_rating=rating)
    began = here.clock()
    await here.run_all()
    sent = called_back(here)
    job = await here.job()

    assert [(each["rating"], each["status"], each["app_id"]) for each in sent] == [(rating, "failed", "app")]
    assert sent[0]["failure_details"] == BUSY.public
    assert (job.state, job.delivery, job.status) == ("failed", "delivered", "failed")
    assert here.clock() == began + ASSESS_WITHIN_S
    assert (await here.tried(job_id))[-1] == ("callback", "delivered")


async def test_failure_to_the_end_without_a_rating_rests_as_dead(here: Here) -> None:
    """Nothing is called back that could be taken for a score."""
    here.assessor.script = [BUSY] * 50
    await here.queued()
    await here.run_all()
    job = await here.job()

    assert (job.state, job.delivery, job.failure) == ("failed", "dead", BUSY.public)
    assert here.callback.sent == []


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ModelKeyRejected("the key is not accepted"), ModelKeyRejected.public),
        (
            PackError("broken", path=Path("/packs/x.jinja"), line=3),
            PackError.public,
        ),
        (ZeroDivisionError("of Anna's"), EvaluatorError.public),
    ],
)
async def test_failure_that_stays_ends_the_job_at_once(here: Here, error: Exception, told: str) -> None:
    """It is tried once, and what is told names neither places nor people."""
    here.assessor.script = [error]
    await here.queued(current_rating=10)
    with capture_logs() as logged:
        await here.run_all()

    assert here.assessor.calls == 1
    assert [each["failure_details"] for each in called_back(here)] == [told]
    assert "assessment failed" in [each["event"] for each in logged]


@pytest.mark.parametrize("error", [None, BUSY, ModelKeyRejected("no")])
@pytest.mark.parametrize("change", ["cancel", "erase"])
async def test_job_that_ended_meanwhile_stays_as_it_is(
    here: Here, error: Exception | None, change: str
) -> None:
    """What comes of a job that was cancelled or erased during its assessment changes nothing."""

    async def end() -> None:
        await (here.store.cancel(job_id) if change == "cancel" else here.store.erase_candidate("c-1"))
        if error is not None:
            raise error

    job_id = await here.queued()
    here.assessor.script = [end]
    await here.run_all()
    job = await here.store.get(job_id)

    assert (here.callback.sent, here.queue.entries) == ([], [])
    assert job is None if change == "erase" else job.state == "cancelled"


async def test_jobs_in_hand_are_those_worked_on(here: Here) -> None:
    """A job is in hand during its assessment and during its delivery, and at no other time."""
    seen = []

    async def look() -> None:
        seen.append(here.jobs.in_hand)

    job_id = await here.queued()
    here.assessor.script, here.callback.script = [look], [look]
    await here.run_all()

    assert seen == [{job_id}, {job_id}]
    assert here.jobs.in_hand == frozenset()


# The delivery


async def test_delivery_that_comes_twice_is_made_once(here: Here) -> None:
    """The second unit finds the result delivered."""
    job_id = await finished(here)
    await here.deliveries.deliver(job_id)
    await here.deliveries.deliver(job_id)

    assert len(here.callback.sent) == 1


async def test_delivery_is_not_made_before_there_is_a_result(here: Here) -> None:
    """A unit that comes too early does nothing."""
    job_id = await here.queued()
    await here.deliveries.deliver(job_id)

    assert (here.callback.sent, (await here.job()).delivery) == ([], "owed")


async def test_delivery_that_fails_is_made_again_later(here: Here) -> None:
    """Each try is recorded with its status, and the one that is taken ends it."""
    job_id = await finished(here)
    here.callback.script = [503, 500]
    began = here.clock()
    await here.run_due()
    job = await here.job()
    await here.deliveries.deliver(job_id)  # before its time: another is queued for it
    await here.run_all()

    assert (job.delivery, job.attempts, job.next_try_at) == ("owed", 1, began + FIRST_RETRY_S)
    assert job.delivery_note == "the callback answered 503 Service Unavailable: not taken for now"
    assert here.clock() - began == 3 * FIRST_RETRY_S
    assert [each.status_code for each in await here.store.attempts(job_id)] == [None, 503, 500, 200]


async def test_callback_is_not_asked_sooner_than_it_wished(here: Here) -> None:
    """Retry-After goes before the schedule."""
    await finished(here)
    here.callback.script = [Attempt(here.clock(), 5, "retry", status_code=429, retry_after_s=60)]
    began = here.clock()
    await here.run_due()

    assert (await here.job()).next_try_at >= began + 60


async def test_delivery_that_is_refused_is_held_until_key_or_address_are_right(here: Here) -> None:
    """It is tried on, an alarm is in the log, and once it is taken all is well."""
    await finished(here)
    here.callback.script = [401, 404]
    with capture_logs() as logged:
        await here.run_due()
        held = await here.job()
        await here.run_all()

    assert (held.delivery, (await here.job()).delivery) == ("held", "delivered")
    assert [each["event"] for each in logged if each["log_level"] == "error"] == ["callback refuses us"] * 2


async def test_delivery_that_is_rejected_is_dead_at_once(here: Here) -> None:
    """It keeps its reason and its secret, so that it can be replayed."""
    job_id = await finished(here)
    here.callback.script = [422]
    await here.run_all()
    job = await here.job()

    assert (len(here.callback.sent), job.delivery) == (1, "dead")
    assert job.delivery_note == "the callback answered 422 Unprocessable Entity: rejected for good"
    assert (await here.store.payloads(job_id)).secret is not None


async def test_delivery_is_given_up_at_its_horizon(here: Here) -> None:
    """The last try falls on the horizon, and is the last."""
    job_id = await finished(here)
    here.callback.default = 503
    began = here.clock()
    await here.run_all()
    job = await here.job()

    assert (job.state, job.delivery) == ("succeeded", "dead")
    assert job.delivery_note is not None
    assert job.delivery_note.startswith("given up at the horizon; ")
    assert (await here.store.attempts(job_id))[-1].at == began + DELIVER_WITHIN_S


async def opened(here: Here) -> None:
    """Have the circuit open."""
    for _ in range(10):
        here.breaker.record(here.breaker.admit().era, endpoint_works=False)
    assert here.breaker.state == "open"


@pytest.mark.parametrize("delivery", ["owed", "held"])
async def test_delivery_waits_while_the_circuit_is_open(here: Here, delivery: Any) -> None:
    """It is put off without a try, stays held where it was, and goes out when the circuit lets it."""
    job_id = await finished(here)
    await here.store.put_off(
        job_id, None, delivery=delivery, next_try_at=here.clock(), note="refused", also=None
    )
    await opened(here)
    began = here.clock()
    await here.run_due()
    job = await here.job()
    await here.run_all()

    behind = 2 * FIRST_RETRY_S * (1 + SPREAD / 2)
    assert (job.delivery, job.attempts, job.next_try_at) == (delivery, 0, began + behind)
    assert job.delivery_note == "the callback as a whole is down"
    assert (len(here.callback.sent), here.breaker.state) == (1, "closed")


async def test_delivery_is_given_up_at_its_horizon_while_the_circuit_is_open(here: Here) -> None:
    """An endpoint that is never asked any more does not keep a delivery for ever."""
    await finished(here)
    here.clock.advance(DELIVER_WITHIN_S)
    await opened(here)
    await here.run_all()

    assert ((await here.job()).delivery, here.callback.sent) == ("dead", [])


async def test_every_try_moves_the_circuit(here: Here) -> None:
    """Failures open it for all jobs together, a success closes it, and the log tells of both once."""
    here.callback.default = 503
    with capture_logs() as logged:
        for number in range(12):
            await here.queued(candidate_id=number)
        while here.breaker.state == "closed":
            await here.run_due()
        failed = len(here.callback.sent)
        here.callback.default = 200
        await here.run_all()
    told = [each["event"] for each in logged if each["event"].startswith("the callback")]

    assert failed == 10
    assert told == [
        "the callback as a whole is down; deliveries are held back",
        "the callback works again",
    ]


async def test_delivery_of_nothing_is_dead(here: Here) -> None:
    """A failure without a rating to give back leaves nothing to post."""
    await here.store.accept(new_job(owner="here"))
    await here.store.fail("job-1", "it broke")
    await here.store.want_callback("job-1", deliver_until=here.clock() + 50)
    await here.deliveries.deliver("job-1")
    job = await here.job()

    assert (job.delivery, job.delivery_note) == ("dead", "nothing is left to deliver")
    assert here.callback.sent == []


async def test_delivery_whose_secret_was_erased_meanwhile_is_not_made(here: Here) -> None:
    """A result answered between the look at the job and the look at what it holds stays answered."""
    job_id = await finished(here)

    async def answer() -> None:
        await here.store.mark_answered(job_id)

    here.store.before["payloads"] = answer
    await here.run_all()

    assert ((await here.job()).delivery, here.callback.sent) == ("answered", [])


async def test_delivery_that_was_answered_meanwhile_is_not_made(here: Here) -> None:
    """Who got the result in an answer is not called back."""
    job_id = await finished(here)
    await here.store.mark_answered(job_id)
    await here.run_all()

    assert here.callback.sent == []


async def test_delivery_in_a_process_without_callback_is_dead(sqlite_place: Place) -> None:
    """The reason is kept with it."""
    async with (
        working(sqlite_place) as here,
        working(sqlite_place, callback=False, store=here.store, queue=here.queue) as other,
    ):
        job_id = await finished(here)
        await other.deliveries.deliver(job_id)
        job = await here.job()

    assert (job.delivery, job.delivery_note) == ("dead", "there is no callback")


async def test_delivery_from_a_process_without_a_callback_is_tried_to_its_horizon(
    sqlite_place: Place,
) -> None:
    """A result from a process that knows of no callback is no less patiently delivered by one that does."""
    async with (
        working(sqlite_place) as here,
        working(sqlite_place, callback=False, store=here.store, queue=here.queue) as other,
    ):
        job_id = await here.queued()
        await other.work.assess(job_id)
        here.callback.script = [503]
        await here.deliveries.deliver(job_id)

        assert ((await here.job()).delivery, len(here.callback.sent)) == ("owed", 1)


async def test_of_two_processes_one_makes_a_delivery(sqlite_place: Place) -> None:
    """Both have a unit of it: the second finds it in the other's hand while the answer is awaited."""
    async with (
        working(sqlite_place) as here,
        working(sqlite_place, executor_id="other", store=here.store, queue=here.queue) as other,
    ):
        job_id = await finished(here)

        async def meanwhile() -> None:
            await other.deliveries.deliver(job_id)

        here.callback.script = [meanwhile]
        await here.deliveries.deliver(job_id)

        assert (len(here.callback.sent), other.callback.sent) == (1, [])
        assert ((await here.job()).delivery, (await here.job()).owner) == ("delivered", None)


async def test_delivery_that_another_took_over_is_left_to_it(sqlite_place: Place) -> None:
    """Who was thought dead and comes back does not queue what the other makes."""
    async with (
        working(sqlite_place) as here,
        working(sqlite_place, executor_id="other", store=here.store, queue=here.queue),
    ):
        job_id = await finished(here)
        here.queue.entries.clear()

        async def taken_over() -> None:
            await here.store.release(job_id)
            await here.store.claim_delivery(job_id, "other")

        here.callback.script = [taken_over]
        here.callback.default = 503
        await here.deliveries.deliver(job_id)

        assert ((await here.job()).owner, here.queue.entries) == ("other", [])


async def test_result_is_delivered_by_who_assessed_it(sqlite_place: Place) -> None:
    """While it has room the queue is not asked; the process holds the job until it is delivered."""
    async with working(sqlite_place, deliveries_at_once=1) as here:
        owners = []

        async def look() -> None:
            owners.append(((await here.job()).owner, here.jobs.in_hand))

        here.callback.script = [look]
        job_id = await here.queued()
        await here.run_due()
        await here.jobs.aclose(10)

        assert (owners, here.queue.entries) == ([("here", {job_id})], [])
        assert ((await here.job()).delivery, (await here.job()).owner) == ("delivered", None)


async def test_delivery_that_fails_at_once_goes_on_from_the_queue(sqlite_place: Place) -> None:
    """The first try counts, and the next is where all later ones are."""
    async with working(sqlite_place, deliveries_at_once=1) as here:
        here.callback.script = [503]
        job_id = await here.queued()
        await here.run_due()
        await here.jobs.aclose(10)
        kinds = here.queue.kinds
        await here.run_all()

        assert (kinds, len(here.callback.sent)) == (["deliver"], 2)
        assert await here.tried(job_id) == [
            ("model", "succeeded"),
            ("callback", "retry"),
            ("callback", "delivered"),
        ]


async def test_deliveries_beyond_the_room_are_queued(sqlite_place: Place) -> None:
    """A callback that is slow holds up so many deliveries, and no assessment."""
    async with working(sqlite_place, deliveries_at_once=2) as here:
        slow = asyncio.Event()
        here.callback.script = [slow.wait, slow.wait]
        for number in range(4):
            await here.queued(candidate_id=number)
        await here.run_due()
        kinds = here.queue.kinds
        slow.set()
        await here.jobs.aclose(10)
        await here.run_all()

        assert (kinds, here.assessor.calls, len(here.callback.sent)) == (["deliver"] * 2, 4, 4)


async def test_nothing_is_delivered_at_once_while_the_circuit_is_open(sqlite_place: Place) -> None:
    """What ends meanwhile waits in the queue with the others."""
    async with working(sqlite_place, deliveries_at_once=2) as here:
        await opened(here)
        await here.queued()
        await here.run_due()

        assert (here.queue.kinds, here.deliveries.begun) == (["deliver"], {})


async def test_result_of_who_comes_second_is_that_of_the_first(sqlite_place: Place) -> None:
    """Of two processes that assessed one job the caller of each gets the result that is kept."""
    async with (
        working(sqlite_place) as here,
        working(sqlite_place, executor_id="other", store=here.store, queue=here.queue) as other,
    ):

        async def overtaken() -> None:
            job = await here.job()
            await other.store.finish(job.id, KEPT, status="completed")

        here.assessor.script = [overtaken]
        outcome = await here.submit(mode="sync", call_secret="mine")

        assert isinstance(outcome, Finished)
        assert (outcome.result.rating, outcome.result.call_secret) == (11, "mine")


async def test_assessment_that_is_put_back_again_and_again_fails(here: Here) -> None:
    """One that ends its process would end all that come after."""
    job_id = await here.queued(current_rating=40)
    for _ in range(MOST_PUT_BACKS):
        await here.store.claim(job_id, "gone")
        await here.store.release(job_id)
    await here.run_all()

    assert ((await here.job()).state, here.assessor.calls) == ("failed", 0)
    assert [(each["rating"], each["status"]) for each in called_back(here)] == [(40, "failed")]


async def test_patient_tries_go_on_to_the_horizon(sqlite_place: Place) -> None:
    """However often a busy endpoint says to come again soon, the tries do not count as put-backs."""
    async with working(sqlite_place, terms={"assess_within_s": 86_400.0}) as here:
        here.assessor.script = [ModelRateLimited("slowly", retry_after_s=1)] * 2_000
        await here.queued(current_rating=40)
        began = here.clock()
        await here.run_all(most=3_000)

        assert here.clock() - began >= 86_400
        assert here.assessor.calls > MOST_PUT_BACKS


async def test_failed_try_of_a_job_that_was_taken_over_changes_nothing(here: Here) -> None:
    """Another process has it in hand by then, and ends it."""
    job_id = await here.queued()
    job = await here.store.claim(job_id, "another")
    assert job is not None
    here.assessor.script = [ModelKeyRejected("no")]
    await here.work.direct(job, request())

    assert (await here.job()).state == "running"


# The database is gone for a while

PAUSES = [0.5, 1.0, 2.0]


@pytest.mark.parametrize("call", ["claim", "payloads", "finish", "claim_delivery", "delivered"])
async def test_nothing_is_lost_or_done_twice_while_the_database_is_gone(here: Here, call: str) -> None:
    """Whichever call finds it gone, the work goes on where it was: one model call, one delivery."""
    await here.queued()
    here.store.fails[call] = 3
    await here.run_all()

    assert (here.assessor.calls, len(here.callback.sent), here.slept) == (1, 1, PAUSES)
    assert (await here.job()).delivery == "delivered"


@pytest.mark.parametrize(
    ("call", "status", "sends"), [("put_off", 503, 2), ("put_off", 401, 2), ("give_up", 422, 1)]
)
async def test_try_is_recorded_when_the_database_is_back(
    here: Here, call: str, status: int, sends: int
) -> None:
    """What the callback answered is not asked for again because it could not be written down."""
    job_id = await finished(here)
    here.callback.script, here.store.fails[call] = [status], 3
    await here.run_all()

    assert (len(here.callback.sent), here.slept) == (sends, PAUSES)
    assert [each.status_code for each in await here.store.attempts(job_id)][1] == status


@pytest.mark.parametrize("call", ["get", "postpone", "fail"])
async def test_failure_is_kept_when_the_database_is_back(here: Here, call: str) -> None:
    """A failed try is put back, or ends the job, as it would have."""
    here.assessor.script = [ModelKeyRejected("no") if call == "fail" else BUSY]
    await here.queued(current_rating=5)
    here.store.fails[call] = 3
    await here.run_all()

    assert here.assessor.calls == (1 if call == "fail" else 2)
    assert [each["rating"] for each in called_back(here)] == [5 if call == "fail" else RATING]


async def test_job_without_its_request_fails_when_the_database_is_back(here: Here) -> None:
    """It does not stay in hand for ever."""
    await here.store.accept(new_job(request=b"{}", delivery="owed"))
    here.store.fails["fail"] = 3
    await here.work.assess("job-1")

    assert ((await here.job()).state, here.slept) == ("failed", PAUSES)


async def test_pauses_grow_and_are_bounded(here: Here) -> None:
    """A database that is back is noticed soon."""
    await here.queued()
    here.store.fails["finish"] = 12
    await here.run_all()

    assert here.slept[:6] == [0.5, 1.0, 2.0, 4.0, 8.0, LONGEST_PAUSE_S]
    assert here.slept[6:] == [LONGEST_PAUSE_S] * 6
    assert (await here.job()).delivery == "delivered"


@pytest.mark.parametrize("call", ["finish", "delivered"])
async def test_change_that_was_not_confirmed_counts_once(here: Here, call: str) -> None:
    """What was committed before the connection broke is not done again."""
    job_id = await here.queued()
    here.store.unconfirmed[call] = 1
    await here.run_all()

    assert (here.assessor.calls, len(here.callback.sent)) == (1, 1)
    assert ("callback", "delivered") in await here.tried(job_id)


# In a request's own hand


async def accepted(here: Here, **changes: Any) -> Any:
    """Have a job in this process's hand, as a request that is answered directly has it."""
    asked = request(**changes)
    return (await here.store.accept(new_job(owner="here", candidate_id="c-1"))).job, asked


async def test_direct_try_returns_the_result(here: Here) -> None:
    """It is kept, and not called back until that is wished."""
    job, asked = await accepted(here)
    outcome = await here.work.direct(job, asked)

    assert isinstance(outcome, Finished)
    assert (outcome.result.rating, outcome.error, outcome.receipt) == (RATING, None, ("job-1", 1))
    assert ((await here.job()).state, here.queue.entries) == ("succeeded", [])


@pytest.mark.parametrize("error", [BUSY, ModelTimeout("too slow"), ModelKeyRejected("no")])
async def test_direct_try_returns_the_failure_where_its_caller_waits(
    here: Here, error: EvaluatorError
) -> None:
    """Without a time set for it nothing is tried again, and there is no rating."""
    job, asked = await accepted(here, current_rating=40)
    here.assessor.script = [error]
    outcome = await here.work.direct(job, asked)

    assert isinstance(outcome, Finished)
    assert (outcome.error, outcome.result.rating, outcome.result.status) == (error, None, "failed")
    assert ((await here.job()).state, here.queue.entries) == ("failed", [])


async def test_direct_try_whose_caller_left_meanwhile_is_put_back(here: Here) -> None:
    """Then it is tried again as one that nobody waits for."""
    job, asked = await accepted(here)

    async def leave() -> None:
        await here.store.want_callback("job-1", assess_until=here.clock() + 50)
        raise BUSY

    here.assessor.script = [leave]

    assert await here.work.direct(job, asked) is None
    assert ((await here.job()).state, here.queue.kinds) == ("waiting", ["assess"])


async def test_direct_try_that_ended_elsewhere_tells_of_that_end(here: Here) -> None:
    """A job that another process finished meanwhile is not put back, and its result is what counts."""
    job, asked = await accepted(here)

    async def overtaken() -> None:
        await here.store.want_callback("job-1", assess_until=here.clock() + 50)
        await here.store.finish("job-1", KEPT, status="completed")
        raise BUSY

    here.assessor.script = [overtaken]
    outcome = await here.work.direct(job, asked)

    assert isinstance(outcome, Finished)
    assert (outcome.error, outcome.result.rating) == (None, 11)
    assert ((await here.job()).state, here.queue.entries) == ("succeeded", [])


# A candidate who opted out


@pytest.mark.parametrize("rating", [None, 40])
async def test_candidate_who_opted_out_is_called_back_only_with_an_earlier_rating(
    here: Here, rating: int | None
) -> None:
    """As with a failure: the rating there was, unchanged, or nothing at all; it is tried once."""
    here.assessor.script = [OptedOut("said so")]
    with capture_logs() as logged:
        await here.queued(current_rating=rating)
        await here.run_all()
    job = await here.job()

    told = [(each["rating"], each["status"], each["failure_details"]) for each in called_back(here)]
    assert told == ([] if rating is None else [(rating, "opted_out", OptedOut.public)])
    assert (job.state, job.status, job.failure) == ("failed", "opted_out", OptedOut.public)
    assert [each["log_level"] for each in logged if each["event"] == "candidate opted out"] == ["info"]
    assert here.assessor.calls == 1
