"""How requests are taken on: the three modes, repeats, callers that leave, and stopping."""

import asyncio
import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from evaluator.errors import (
    FailedElsewhere,
    InvalidRequest,
    ModelKeyRejected,
    ModelUnavailable,
    OptedOut,
    Overloaded,
    Problem,
    StorageError,
    StorageUnavailable,
)
from evaluator.jobs.seam import Finished, Outcome, Pending, Receipt
from tests.fakes.stores import Place
from tests.fakes.working import RATING, Here, forever, working

pytestmark = pytest.mark.anyio

BUSY = ModelUnavailable("the model is busy")
LATE = {"deadline_s": 0.0, "wait_s": 0.0}


def rating_of(outcome: Outcome) -> Any:
    """Return the rating that a caller was answered with."""
    assert isinstance(outcome, Finished)
    return outcome.result.rating


def receipt_of(outcome: Outcome) -> Receipt:
    """Return what is to be told once the answer has gone out."""
    assert isinstance(outcome, Finished)
    assert outcome.receipt is not None
    return outcome.receipt


async def begun(here: Here, hung_up: Any = None, **changes: Any) -> asyncio.Task[Outcome]:
    """Have a caller wait for an assessment that goes on only when `here.assessor.gate` opens."""
    here.assessor.gate.clear()
    here.assessor.begun.clear()
    waiting = asyncio.create_task(here.submit(hung_up=hung_up, **changes))
    await here.assessor.begun.wait()
    return waiting


async def until_idle(here: Here) -> None:
    """Let what runs directly come to its end."""
    here.assessor.gate.set()
    await here.jobs.aclose(60)


# The modes


@pytest.mark.parametrize("mode", ["sync", "auto"])
async def test_caller_gets_the_result_in_the_answer(here: Here, mode: str) -> None:
    """What was answered is noted as such, and nobody is called back."""
    outcome = await here.submit(mode=mode, call_secret=7)
    assert isinstance(outcome, Finished)
    assert outcome.receipt is not None
    await here.jobs.answered(outcome.receipt)
    job = await here.job()

    assert (outcome.result.rating, outcome.result.call_secret, outcome.error) == (RATING, 7, None)
    assert (job.state, job.delivery, job.mode) == ("succeeded", "answered", mode)
    assert outcome.receipt == (job.id, 1)
    assert (here.queue.entries, here.callback.sent) == ([], [])


async def test_async_caller_gets_the_result_at_the_callback(here: Here) -> None:
    """The answer comes before the model is asked."""
    outcome = await here.submit(mode="async")
    calls = here.assessor.calls
    await here.run_all()

    assert (outcome, calls) == (Pending((await here.job()).id), 0)
    assert [json.loads(each)["rating"] for each in here.callback.sent] == [RATING]


async def test_async_request_is_begun_at_once_where_there_is_room(sqlite_place: Place) -> None:
    """The answer comes before the assessment ends, the result by callback, and the queue is not asked."""
    async with working(sqlite_place, terms={"at_once": 2}, deliveries_at_once=2) as here:
        outcome = await begun(here, mode="async")
        answered = await outcome
        during = await here.job()
        await until_idle(here)

        assert (answered, during.state, during.owner) == (Pending(during.id), "running", "here")
        assert ([json.loads(each)["rating"] for each in here.callback.sent], here.queue.entries) == (
            [RATING],
            [],
        )
        assert (await here.job()).delivery == "delivered"


async def test_async_requests_beyond_the_room_are_queued(sqlite_place: Place) -> None:
    """Also those that come at the same moment: no more are begun than there is room for."""
    async with working(sqlite_place, terms={"at_once": 2}) as here:
        here.assessor.gate.clear()
        await asyncio.gather(*(here.submit(mode="async", candidate_id=number) for number in range(5)))
        kinds = here.queue.kinds
        await until_idle(here)

        assert (kinds, here.assessor.calls) == (["assess"] * 3, 2)


async def test_failure_that_may_pass_of_what_was_begun_at_once_is_tried_again(sqlite_place: Place) -> None:
    """The next try comes from the queue, after its wait."""
    async with working(sqlite_place, terms={"at_once": 2}) as here:
        here.assessor.script = [BUSY]
        await here.submit(mode="async")
        await until_idle(here)
        kinds = here.queue.kinds
        await here.run_all()

        assert (kinds, here.assessor.calls, len(here.callback.sent)) == (["assess"], 2, 1)


async def test_stopping_puts_back_what_was_begun_at_once(sqlite_place: Place) -> None:
    """Neither an assessment nor a delivery that does not end in time is lost."""
    async with working(sqlite_place, terms={"at_once": 2}, deliveries_at_once=2) as here:
        called = asyncio.Event()

        async def never_answer() -> None:
            called.set()
            await forever()

        here.callback.script = [never_answer]
        await here.submit(mode="async", candidate_id="delivering")
        await asyncio.wait_for(called.wait(), 10)
        await begun(here, mode="async", candidate_id="assessing")
        await here.jobs.aclose(0)
        jobs = (await here.store.list()).jobs

        assert sorted(here.queue.kinds) == ["assess", "deliver"]
        assert {(job.state, job.delivery, job.owner) for job in jobs} == {
            ("waiting", "owed", None),
            ("succeeded", "owed", None),
        }


async def test_auto_caller_is_called_back_where_it_takes_too_long(sqlite_place: Place) -> None:
    """The assessment goes on, and its result is posted once."""
    async with working(sqlite_place, terms=LATE) as here:
        waiting = await begun(here)
        outcome = await waiting
        await until_idle(here)
        await here.run_all()

        assert (outcome, here.assessor.calls) == (Pending((await here.job()).id), 1)
        assert [json.loads(each)["rating"] for each in here.callback.sent] == [RATING]


@pytest.mark.parametrize("asked", [None, "auto"])
async def test_auto_means_sync_without_a_callback(sqlite_place: Place, asked: str | None) -> None:
    """Then nobody is told that a result would come later."""
    async with working(sqlite_place, callback=False, terms=LATE) as here:
        waiting = await begun(here, mode=asked)
        here.assessor.gate.set()

        assert rating_of(await waiting) == RATING
        assert (await here.job()).mode == "sync"


async def test_async_is_refused_without_a_callback(sqlite_place: Place) -> None:
    """The answer points to the setting, and nothing is kept."""
    async with working(sqlite_place, callback=False) as here:
        with pytest.raises(InvalidRequest) as refused:
            await here.submit(mode="async")

        why = "async needs a callback, and this service has none set up"
        assert refused.value.problems == (Problem("/integration_config/mode", why),)
        assert (await here.store.list()).jobs == ()


@pytest.mark.parametrize("own", ["sync", "async", "auto"])
@pytest.mark.parametrize("asked", ["sync", "async", "auto"])
async def test_team_chooses_over_the_service(sqlite_place: Place, own: str, asked: str) -> None:
    """The mode in the request goes before the service's own."""
    async with working(sqlite_place, terms={"mode": own}) as here:
        await here.submit(mode=asked)
        await here.submit(candidate_id="another")
        by_candidate = {job.candidate_id: job.mode for job in (await here.store.list()).jobs}

        assert by_candidate == {"c-1": asked, "another": own}


async def test_request_that_cannot_be_served_is_refused_and_not_kept(here: Here) -> None:
    """What it names is looked at first."""
    here.assessor.refusal = InvalidRequest([Problem("/integration_config/prompt", "no such pack")])
    with pytest.raises(InvalidRequest):
        await here.submit()

    assert (await here.store.list()).jobs == ()


@pytest.mark.parametrize(("days", "kept_s"), [(None, 100_000.0), (0, 0.0), (1, 86_400.0), (30, 100_000.0)])
async def test_team_can_only_shorten_how_long_jobs_are_kept(
    here: Here, days: int | None, kept_s: float
) -> None:
    """The shorter of the two counts."""
    await here.submit(config={"retention_days": days})

    assert (await here.job()).retention_s == kept_s


@pytest.mark.parametrize("mode", ["sync", "async", "auto"])
async def test_request_that_cannot_be_stored_is_not_taken_on(here: Here, mode: str) -> None:
    """The caller is told to come again, and the model is not asked."""
    here.store.fails["accept"] = 1
    with pytest.raises(StorageUnavailable):
        await here.submit(mode=mode)
    calls = here.assessor.calls
    await here.submit(mode=mode)

    assert (calls, len((await here.store.list()).jobs)) == (0, 1)


async def test_places_are_limited_and_come_free_again(sqlite_place: Place) -> None:
    """Who finds none is told when to come; a queued request takes none."""
    async with working(sqlite_place, terms={"capacity": 1}) as here:
        waiting = await begun(here)
        with pytest.raises(Overloaded) as refused:
            await here.submit(candidate_id="second")
        queued = await here.submit(mode="async", candidate_id="third")
        here.assessor.gate.set()
        await waiting

        assert (refused.value.retry_after_s, type(queued)) == (5, Pending)
        assert rating_of(await here.submit(candidate_id="second")) == RATING


# Failures


async def test_sync_caller_is_told_of_a_failure_that_may_pass(here: Here) -> None:
    """There is no rating, and nothing is tried behind its back."""
    here.assessor.script = [BUSY]
    outcome = await here.submit(mode="sync", current_rating=50)

    assert isinstance(outcome, Finished)
    assert (outcome.error, outcome.result.rating, outcome.result.status) == (BUSY, None, "failed")
    assert (here.queue.entries, (await here.job()).state) == ([], "failed")


async def test_auto_caller_waits_at_the_callback_for_what_may_pass(here: Here) -> None:
    """The failure becomes a 202, and a later try is called back."""
    here.assessor.script = [BUSY]
    outcome = await here.submit(mode="auto")
    await here.run_all()

    assert isinstance(outcome, Pending)
    assert (here.assessor.calls, len(here.callback.sent)) == (2, 1)


async def test_auto_caller_is_told_of_a_failure_that_stays(here: Here) -> None:
    """It is answered, and not called back."""
    error = ModelKeyRejected("no")
    here.assessor.script = [error]
    outcome = await here.submit(mode="auto", current_rating=50)
    assert isinstance(outcome, Finished)
    await here.jobs.answered(receipt_of(outcome))
    await here.run_all()

    assert (outcome.error, outcome.result.rating, here.callback.sent) == (error, None, [])


# Callers that leave


@pytest.mark.parametrize("mode", ["sync", "auto"])
async def test_caller_that_hangs_up_is_called_back(here: Here, mode: str) -> None:
    """Leaving during the assessment does not end it."""
    gone = asyncio.Event()
    waiting = await begun(here, gone.wait(), mode=mode)
    gone.set()
    outcome = await waiting
    await until_idle(here)
    await here.run_all()

    assert isinstance(outcome, Pending)
    assert (here.assessor.calls, len(here.callback.sent)) == (1, 1)


async def test_caller_that_hangs_up_as_the_result_is_there_is_called_back(here: Here) -> None:
    """Result and leave at the same moment: the answer would reach nobody."""
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    asked = asyncio.create_task(here.submit(hung_up=gone))

    async def leave() -> None:
        gone.set_result(None)

    here.store.after["finish"] = leave
    outcome = await asked
    await until_idle(here)
    await here.run_all()

    assert isinstance(outcome, Pending)
    assert len(here.callback.sent) == 1


async def test_caller_that_hung_up_before_a_kept_result_is_found_is_called_back(here: Here) -> None:
    """A repeat that nobody waits for any more is not taken for answered."""
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    await here.submit()

    async def leave() -> None:
        gone.set_result(None)

    here.store.before["payloads"] = leave
    outcome = await here.submit(hung_up=gone)
    await here.run_all()

    assert isinstance(outcome, Pending)
    assert len(here.callback.sent) == 1


async def test_sync_caller_that_left_has_what_may_pass_tried_again(here: Here) -> None:
    """From then on the job is one that nobody waits for."""
    gone = asyncio.Event()
    waiting = await begun(here, gone.wait(), mode="sync")
    gone.set()
    await waiting
    here.assessor.script = [BUSY]
    await until_idle(here)
    await here.run_all()

    assert (here.assessor.calls, len(here.callback.sent)) == (2, 1)


async def test_result_of_a_caller_that_left_is_kept_where_nobody_can_be_called(sqlite_place: Place) -> None:
    """Without a callback the request, sent again, is answered from what is kept."""
    async with working(sqlite_place, callback=False) as here:
        gone = asyncio.Event()
        waiting = await begun(here, gone.wait())
        gone.set()
        with pytest.raises(Overloaded):
            await waiting
        await until_idle(here)

        assert rating_of(await here.submit()) == RATING
        assert (here.assessor.calls, here.queue.entries) == (1, [])


async def test_waiting_for_a_caller_to_leave_ends_with_the_request(here: Here) -> None:
    """No task is left behind, whatever came of it."""
    before = asyncio.all_tasks()
    await here.submit(hung_up=forever())
    await here.submit(hung_up=forever())
    await here.submit(mode="async", hung_up=forever())
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert asyncio.all_tasks() == before


# The same request again


async def test_repeats_join_what_runs_here(here: Here) -> None:
    """One model call answers them all, whatever the mode of each."""
    first = await begun(here, mode="sync")
    joined = [asyncio.create_task(here.submit(mode="sync")) for _ in range(4)]
    await asyncio.sleep(0.1)
    here.assessor.gate.set()
    outcomes = await asyncio.gather(first, *joined)

    assert [rating_of(each) for each in outcomes] == [RATING] * 5
    assert (here.assessor.calls, len({receipt_of(each) for each in outcomes})) == (1, 1)


async def test_repeat_of_what_was_answered_gets_the_kept_result(here: Here) -> None:
    """It is not noted again, and the secret that came now is echoed."""
    first = await here.submit(call_secret="s")
    assert isinstance(first, Finished)
    await here.jobs.answered(receipt_of(first))
    again = await here.submit(call_secret="s", created_at="later")

    assert isinstance(again, Finished)
    assert (again.result, again.receipt) == (first.result, None)
    assert here.assessor.calls == 1


async def test_lost_callback_can_be_fetched(here: Here) -> None:
    """A finished job is answered in every mode, and then is not called back any more."""
    here.callback.default = 503
    job_id = await here.queued()
    await here.run_due()
    await here.run_due()
    outcome = await here.submit(mode="async")
    assert isinstance(outcome, Finished)
    await here.jobs.answered(receipt_of(outcome))
    tries = len(here.callback.sent)
    await here.run_all()

    assert (outcome.result.rating, outcome.receipt) == (RATING, Receipt(job_id, 1))
    assert (tries, len(here.callback.sent)) == (1, 1)


async def test_repeat_of_what_failed_is_run_anew(here: Here) -> None:
    """The second run is answered as the first would have been."""
    here.assessor.script = [ModelKeyRejected("no")]
    first = await here.submit()
    again = await here.submit()
    job = await here.job()

    assert (rating_of(first), rating_of(again)) == (None, RATING)
    assert (job.run, job.state) == (2, "succeeded")


async def test_repeat_of_what_was_cancelled_is_run_anew(here: Here) -> None:
    """A cancelled job waits in the queue no more, and the new run does."""
    job_id = await here.queued()
    await here.store.cancel(job_id)
    again = await here.submit(mode="async")
    await here.run_all()

    assert again == Pending(job_id)
    assert (here.assessor.calls, len(here.callback.sent)) == (1, 1)


@pytest.mark.parametrize("state", ["waiting", "running"])
async def test_async_repeat_of_what_is_not_finished_is_called_back(
    sqlite_place: Place, here: Here, state: str
) -> None:
    """A job that somebody else waits for so far is owed to the callback from then on."""
    async with working(sqlite_place, terms={"mode": "async"}, store=here.store) as asynchronous:
        first = await begun(here)
        if state == "waiting":
            here.assessor.script = [BUSY]
            here.assessor.gate.set()
            await first
        outcome = await asynchronous.submit()
        job = await here.job()
        here.assessor.gate.set()
        await first

        assert (outcome, job.state, job.delivery) == (Pending(job.id), state, "owed")


@pytest.fixture
async def elsewhere(sqlite_place: Place, here: Here) -> Any:
    """Another process on the same database, with a queue of its own."""
    async with working(sqlite_place, executor_id="elsewhere", store=here.store) as elsewhere:
        yield elsewhere


async def test_repeat_waits_for_what_runs_elsewhere(here: Here, elsewhere: Here) -> None:
    """It gets the other's result, without a model call of its own."""
    first = await begun(elsewhere)
    repeat = asyncio.create_task(here.submit())

    async def let_go() -> None:
        elsewhere.assessor.gate.set()
        await first

    here.store.before["get"] = let_go

    assert rating_of(await repeat) == RATING
    assert (here.assessor.calls, elsewhere.assessor.calls) == (0, 1)


async def test_repeat_is_told_of_a_failure_elsewhere(here: Here, elsewhere: Here) -> None:
    """It has no rating either, and is noted as answered with it."""
    elsewhere.assessor.script = [ModelKeyRejected("the key is not accepted")]
    first = await begun(elsewhere)

    async def let_go() -> None:
        elsewhere.assessor.gate.set()
        await first

    here.store.before["get"] = let_go
    outcome = await here.submit()

    assert isinstance(outcome, Finished)
    assert (outcome.result.rating, outcome.result.status) == (None, "failed")
    assert isinstance(outcome.error, FailedElsewhere)
    assert outcome.result.failure_details == str(outcome.error) == ModelKeyRejected("").public


async def test_opting_out_that_another_process_found_is_told_as_such(here: Here, elsewhere: Here) -> None:
    """It does not become a failure on the way."""
    elsewhere.assessor.script = [OptedOut("said so")]
    first = await begun(elsewhere)

    async def let_go() -> None:
        elsewhere.assessor.gate.set()
        await first

    here.store.before["get"] = let_go
    outcome = await here.submit()

    assert isinstance(outcome, Finished)
    assert isinstance(outcome.error, OptedOut)
    assert (outcome.result.rating, outcome.result.status) == (None, "opted_out")
    assert receipt_of(outcome).job_id == (await here.job()).id


@pytest.mark.parametrize("change", ["cancel", "erase"])
async def test_repeat_of_what_ends_elsewhere_is_to_come_again(
    here: Here, elsewhere: Here, change: str
) -> None:
    """A job that was cancelled or erased meanwhile is not waited for."""
    first = await begun(elsewhere)

    async def end() -> None:
        job = await elsewhere.job()
        await (here.store.cancel(job.id) if change == "cancel" else here.store.erase_candidate("c-1"))

    here.store.before["get"] = end
    with pytest.raises(Overloaded) as refused:
        await here.submit()
    elsewhere.assessor.gate.set()
    await first

    assert refused.value.retry_after_s == 1


async def test_kept_result_that_is_erased_meanwhile_is_to_come_again(here: Here) -> None:
    """Between the look at the job and the look at its result it may go."""
    await here.submit()

    async def erase() -> None:
        await here.store.erase_candidate("c-1")

    here.store.before["payloads"] = erase
    with pytest.raises(Overloaded, match="erased meanwhile"):
        await here.submit()


@pytest.mark.parametrize("mode", ["sync", "auto"])
async def test_repeat_of_what_takes_long_elsewhere_is_called_back(
    sqlite_place: Place, here: Here, mode: str
) -> None:
    """When its time is over it is told that the result comes."""
    async with working(sqlite_place, executor_id="elsewhere", store=here.store, terms=LATE) as late:
        first = await begun(here, mode=mode)
        outcome = await late.submit(mode=mode)
        job = await here.job()
        here.assessor.gate.set()
        await first

        assert outcome == Pending(job.id)
        assert job.delivery == "owed"


async def test_repeat_that_hangs_up_while_it_waits_for_elsewhere_is_called_back(
    here: Here, elsewhere: Here
) -> None:
    """Even where the other is done at the same moment."""
    first = await begun(elsewhere)
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def let_go_and_leave() -> None:
        elsewhere.assessor.gate.set()
        await first
        gone.set_result(None)

    here.store.before["get"] = let_go_and_leave
    outcome = await here.submit(hung_up=gone)

    assert isinstance(outcome, Pending)
    assert here.queue.kinds == ["deliver"]


# Processes that do not work, and stopping


async def test_process_that_does_not_work_leaves_all_to_the_queue(sqlite_place: Place) -> None:
    """A caller waits there for what another process makes of it."""
    async with (
        working(sqlite_place, terms={"working": False}) as serving,
        working(sqlite_place, executor_id="worker", store=serving.store, queue=serving.queue) as worker,
    ):

        async def work() -> None:
            await worker.run_due()

        serving.store.before["get"] = work
        outcome = await serving.submit()
        await serving.jobs.answered(receipt_of(outcome))
        await worker.run_all()

        assert (rating_of(outcome), serving.assessor.calls, worker.assessor.calls) == (RATING, 0, 1)
        assert worker.callback.sent == []


async def test_stopping_waits_for_what_is_under_way(here: Here) -> None:
    """Its caller is answered."""
    waiting = await begun(here)
    stopping = asyncio.create_task(here.jobs.aclose(60))
    await asyncio.sleep(0)
    here.assessor.gate.set()
    await stopping

    assert rating_of(await waiting) == RATING
    assert here.queue.entries == []


async def test_stopping_without_work_is_done_at_once(here: Here) -> None:
    """There is nothing to wait for."""
    await here.jobs.aclose(60)

    assert here.store.calls == {}


async def test_stopping_leaves_the_rest_in_the_queue(here: Here) -> None:
    """Work that is not finished in time is stopped and queued once, to be called back by another process."""
    waiting = [await begun(here, candidate_id=number) for number in range(3)]
    await here.jobs.aclose(0)
    outcomes = await asyncio.gather(*waiting)
    stopped = here.jobs.in_hand
    here.assessor.gate.set()
    await here.run_all()

    assert [type(each) for each in outcomes] == [Pending] * 3
    assert (stopped, here.assessor.calls, len(here.callback.sent)) == (frozenset(), 6, 3)


async def test_stopping_during_an_outage_leaves_the_rest_to_the_next_start(here: Here) -> None:
    """What cannot be put back is in this process's hand still, where the next start finds it."""
    waiting = [await begun(here, candidate_id=number) for number in range(3)]
    here.store.fails["want_callback"] = 100
    await here.jobs.aclose(0)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    held = await here.store.orphans("here")

    assert {type(each) for each in outcomes} == {StorageUnavailable}
    assert (len(held), here.jobs.in_hand) == (3, frozenset())


async def test_stopping_tells_callers_to_come_again_where_nobody_can_be_called(sqlite_place: Place) -> None:
    """Nobody is told that a result would come."""
    async with working(sqlite_place, callback=False) as here:
        waiting = await begun(here)
        await here.jobs.aclose(0)
        with pytest.raises(Overloaded):
            await waiting

        assert here.queue.kinds == ["assess"]


async def test_result_that_comes_as_the_process_stops_is_kept(here: Here) -> None:
    """A job whose result is written down while it is put back is delivered once, and not assessed again."""
    waiting = await begun(here)
    written = asyncio.Event()

    async def dawdle() -> None:
        written.set()
        await asyncio.Event().wait()

    here.store.after["finish"] = dawdle
    here.assessor.gate.set()
    await written.wait()
    await here.jobs.aclose(0)
    await waiting

    assert (here.queue.kinds, (await here.job()).state) == (["deliver"], "succeeded")


async def test_end_of_a_run_does_not_let_go_of_the_next(here: Here) -> None:
    """A repeat that came as the first run was failing is in hand, and others join it there."""
    again: list[asyncio.Task[Outcome]] = []

    async def repeat() -> None:
        here.assessor.gate.clear()
        again.append(asyncio.create_task(here.submit()))
        for _ in range(1_000):
            if (await here.job()).run == 2:
                break

    here.assessor.script, here.store.after["fail"] = [ModelKeyRejected("no")], repeat
    await here.submit()
    looked = here.store.calls["get"]
    joined = asyncio.create_task(here.submit())
    await asyncio.sleep(0.1)
    here.assessor.gate.set()
    outcomes = await asyncio.gather(*again, joined)

    assert [rating_of(each) for each in outcomes] == [RATING, RATING]
    assert (here.assessor.calls, here.store.calls["get"]) == (2, looked)


async def test_state_that_cannot_be_kept_is_told_and_the_job_stays_in_hand(here: Here) -> None:
    """A damaged file is no outage: the caller gets an error and no rating, and the log says which job."""

    async def damaged() -> None:
        raise StorageError("the database's file is damaged")

    here.store.before["finish"] = damaged
    with capture_logs() as logged, pytest.raises(StorageError):
        await here.submit()
    job = await here.job()

    assert (job.state, job.owner) == ("running", "here")
    assert [(each["event"], each["job"]) for each in logged] == [("a job's state could not be kept", job.id)]


async def test_note_of_an_answer_waits_for_the_database(here: Here) -> None:
    """Else the result would be called back as well."""
    outcome = await here.submit()
    here.store.fails["mark_answered"] = 3
    await here.jobs.answered(receipt_of(outcome))

    assert ((await here.job()).delivery, here.slept) == ("answered", [0.5, 1.0, 2.0])
