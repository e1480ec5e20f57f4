"""Trying a draft: what it takes, running it beside what is published, and looking at it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from evaluator.errors import InvalidRequest, ModelTimeout, Overloaded, PackError, PackUnknown, RunUnknown
from evaluator.prompts.files import hash_of
from evaluator.storage.studio_runs import CLOCKS_S
from evaluator.studio.tries import MOST_RUNS, Looked
from evaluator.studio.try_cases import Choice, TryCase, sample
from evaluator.studio.try_judging import AT_ONCE
from evaluator.studio.try_results import LastResults
from tests.fakes.model import NEVER, FakeModel
from tests.fakes.stores import Place, finished
from tests.fakes.trying import FakeCandidates, FakeRenders, drafted, published_pack, samples, trying

pytestmark = pytest.mark.anyio

NAMES = (
    "data-analytics-middling",
    "data-analytics-strong",
    "data-analytics-weak",
    "nursing-icu-strong",
    "nursing-icu-weak",
    "sales-b2b-strong",
)
EMPTY = '{"whole": true, "draft": null, "published": null, "offline": false}'


def held_model() -> FakeModel:
    """Return a model that answers nobody."""
    model = FakeModel()
    model.enqueue(*[NEVER] * 20)
    return model


async def test_run_judges_every_candidate_by_both(sqlite_place: Place) -> None:
    """By the draft's own text and by the published one; each row holds both results."""
    async with trying(sqlite_place) as tried:
        looked = await tried.over(await tried.started())

    system = [ask.messages[0].content for ask in tried.model.history]
    assert (looked.state, len(looked.rows), len(system)) == ("done", 3, 6)
    assert sum("The draft's own words." in text for text in system) == 3
    assert all(row.draft and row.published and not row.reused for _, row in looked.rows)


async def test_published_result_is_used_again(sqlite_place: Place) -> None:
    """The same candidate, pack and model: only the draft is asked, and the estimate says so."""
    async with trying(sqlite_place) as tried:
        first = await tried.over(await tried.started())
        estimate = await tried.tries.estimate("default", Choice())
        second = await tried.over(await tried.started())

    assert (estimate.assessments, estimate.reused, len(tried.model.history)) == (3, 3, 9)
    assert [row.published for _, row in second.rows] == [row.published for _, row in first.rows]
    assert all(row.reused for _, row in second.rows)


async def test_failed_result_is_not_used_again(sqlite_place: Place) -> None:
    """It is asked for once more."""
    model = FakeModel()
    model.enqueue(*[ModelTimeout("no answer")] * 6)
    async with trying(sqlite_place, model=model) as tried:
        first = await tried.over(await tried.started())
        again = await tried.tries.estimate("default", Choice())

    assert [row.draft and row.draft.rating for _, row in first.rows] == [None] * 3
    assert (first.told.summary and first.told.summary.failed, again.reused) == (3, 0)


async def test_other_model_has_its_own_results(sqlite_place: Place) -> None:
    """What the offline rater said stands for no model's judgement."""
    async with trying(sqlite_place) as tried:
        offline = await tried.over(await tried.started(Choice(("sales-b2b-weak",)), offline=True))
        estimate = await tried.tries.estimate("default", Choice(("sales-b2b-weak",)))

    assert (offline.told.offline, offline.told.model) == (True, "offline-heuristic")
    assert (estimate.reused, tried.model.history) == (0, [])


async def test_draft_like_what_is_published_is_not_judged_twice(sqlite_place: Place) -> None:
    """There is nothing to compare, and the sentence is of the published version alone."""
    files = published_pack().files
    async with trying(sqlite_place, draft=files) as tried:
        looked = await tried.over(await tried.started())

    assert (looked.told.draft, len(tried.model.history)) == (None, 3)
    assert looked.told.summary is not None
    assert looked.told.summary.outcome == "not compared"


async def test_cost_and_time_are_told_before_a_run(sqlite_place: Place) -> None:
    """At most, while nothing was measured; about, once something was."""
    async with trying(sqlite_place) as tried:
        before = await tried.tries.estimate("default", Choice())
        await tried.over(await tried.started())
        after = await tried.tries.estimate("default", Choice())

    assert before.cost_usd is not None
    assert after.cost_usd is not None
    assert (before.at_most, before.guessed, after.at_most, after.guessed) == (True, True, False, False)
    assert 0 < after.cost_usd < before.cost_usd


async def test_offline_rater_costs_nothing(sqlite_place: Place) -> None:
    """Whatever model is set up."""
    async with trying(sqlite_place) as tried:
        estimate = await tried.tries.estimate("default", Choice(), offline=True)

    assert (estimate.offline, estimate.cost_usd) == (True, 0.0)


async def test_candidate_whose_prompt_cannot_be_had_is_not_judged_by_the_draft(sqlite_place: Place) -> None:
    """The draft's templates do not run here for them; the reason stands in the place of the result."""
    last = samples()[-1]
    renders = FakeRenders(failing=[last.case.request.candidate_id])
    async with trying(sqlite_place, renders=renders) as tried:
        estimate = await tried.tries.estimate("default", Choice())
        looked = await tried.over(await tried.started())

    row = next(row for _, row in looked.rows if row.case == last.id)
    assert estimate.faults == [f"{last.title}: system.jinja, line 3: takes longer than 2 seconds"]
    assert row.draft is not None
    assert row.draft.error == "system.jinja, line 3: takes longer than 2 seconds"
    assert len(tried.model.history) == 5


async def test_draft_that_does_no_good_elsewhere_is_not_loaded_here(sqlite_place: Place) -> None:
    """To load it would run its templates, which have no end."""
    endless = drafted("{% for _ in range(99999) %}{% for _ in range(99999) %}{% endfor %}{% endfor %}")
    async with trying(sqlite_place, draft=endless, renders=FakeRenders(broken=True)) as tried:
        with pytest.raises(PackError, match="takes longer"):
            await tried.started()
        runs = await tried.tries.recent("default")

    assert runs == []


async def test_cancelled_run_ends_and_keeps_what_it_has(sqlite_place: Place) -> None:
    """Whoever cancels it, in whatever process; a second time there is nothing to stop."""
    model = FakeModel()
    async with trying(sqlite_place, model=model) as tried, trying(sqlite_place) as other:
        first = await tried.over(await tried.started(Choice(("sales-b2b-weak",))))
        model.enqueue(*[NEVER] * 20)
        run_id = await tried.started()
        await tried.over(run_id, rows=0)
        stopped = await other.tries.cancel(run_id)
        looked = await other.over(run_id)
        again = await other.tries.cancel(run_id)

    assert (first.state, stopped, looked.state, again) == ("done", True, "cancelled", False)
    assert looked.told.summary is None


async def test_run_goes_on_seen_from_another_replica(sqlite_place: Place) -> None:
    """Rows and end come through the database."""
    async with trying(sqlite_place) as tried, trying(sqlite_place) as other:
        run_id = await tried.started()
        seen = [looked async for looked in other.tries.news(run_id, behind=0)]

    numbers = [number for looked in seen for number, _ in looked.rows]
    assert (numbers, seen[-1].state) == ([1, 2, 3], "done")


async def test_run_of_a_dead_process_is_told_as_stopped(sqlite_place: Place) -> None:
    """Its beat is old; the next run that begins notes it."""
    async with trying(sqlite_place) as tried:
        await tried.store.studio_runs.begin("dead", pack="default", by="ann", total=3, public=EMPTY)
        sqlite_place.clock.advance(31)
        looked = await tried.tries.look("dead")
        await tried.over(await tried.started())
        kept = await tried.store.studio_runs.get("dead")

    assert kept is not None
    assert (looked.state, looked.is_over, kept.state) == ("stopped", True, "failed")


async def test_stop_of_the_service_ends_runs_and_readers(sqlite_place: Place) -> None:
    """Neither waits for the model; the run says why it ended."""
    async with trying(sqlite_place, model=held_model()) as tried:
        run_id = await tried.started()
        reading = asyncio.create_task(_read(tried.tries.news(run_id, behind=0)))
        await tried.model.asked.wait()
        tried.tries.stop()
        read = await asyncio.wait_for(reading, 5)
        await tried.tries.aclose()
        looked = await tried.tries.look(run_id)

    assert (read, looked.state) == (0, "failed")
    assert looked.told.why == "the service was stopped before it was done"


async def _read(news: AsyncIterator[Looked]) -> int:
    return len([looked async for looked in news])


async def test_runs_at_once_are_bounded(sqlite_place: Place) -> None:
    """Another one is refused, until one of them ends."""
    async with trying(sqlite_place, model=held_model()) as tried:
        first, *_ = [await tried.started() for _ in range(MOST_RUNS)]
        with pytest.raises(Overloaded, match="under way"):
            await tried.started()
        await tried.tries.cancel(first)
        await tried.over(first)
        third = await tried.started()

    assert third != first


async def test_few_questions_are_asked_at_once(sqlite_place: Place) -> None:
    """So that candidates who are judged in earnest do not wait for drafts."""
    candidates = FakeCandidates(*samples(*NAMES))
    async with trying(sqlite_place, model=held_model(), candidates=candidates) as tried:
        run_id = await tried.started()
        await tried.model.asked.wait()
        for _ in range(20):
            await tried.tries.look(run_id)
        asked = len(tried.model.history)

    assert asked == AT_ONCE


async def test_erased_candidate_leaves_the_run(sqlite_place: Place) -> None:
    """Past candidates go with everything else that is held of them; made-up ones stay."""
    made_up, kept = samples("sales-b2b-weak")[0], samples("sales-b2b-strong")[0]
    past = TryCase(kept.case, "Ada", "candidate-1")
    async with trying(sqlite_place, candidates=FakeCandidates(made_up, past)) as tried:
        await finished(tried.store)
        run_id = await tried.started()
        await tried.over(run_id)
        erased = await tried.store.erase_candidate("candidate-1")
        left = await tried.tries.look(run_id)

    assert (erased.run_rows, [row.case for _, row in left.rows]) == (1, [made_up.id])
    assert b"Ada" not in left.run.public.encode()


async def test_candidate_who_is_erased_while_a_run_is_made_ready_is_not_in_it(sqlite_place: Place) -> None:
    """Their application was read before, and the draft took its time to be checked."""
    past = TryCase(samples()[0].case, "Ada", "candidate-1")
    renders = FakeRenders()
    async with trying(sqlite_place, candidates=FakeCandidates(past), renders=renders) as tried:

        async def erase() -> None:
            await tried.store.erase_candidate("candidate-1")
            sqlite_place.clock.advance(10 * CLOCKS_S)

        renders.meanwhile = erase
        looked = await tried.over(await tried.started())

    assert (looked.state, looked.rows) == ("done", [])


async def test_secret_of_a_call_is_kept_nowhere(sqlite_place: Place) -> None:
    """Neither in the request nor in the results."""
    secret = "s3cret-of-the-call"
    case = samples("sales-b2b-weak")[0].case
    request = case.request.model_copy(update={"call_secret": secret})
    made_up = sample(replace(case, request=request), "weak")
    async with trying(sqlite_place, candidates=FakeCandidates(made_up)) as tried:
        looked = await tried.over(await tried.started())

    assert secret not in looked.rows[0][1].model_dump_json()


@pytest.mark.parametrize("choice", [Choice(("nobody",)), Choice(cohort="empty")])
async def test_choice_of_nobody_is_refused(sqlite_place: Place, choice: Choice) -> None:
    """A sample that is not there, and an empty cohort."""
    async with trying(sqlite_place, candidates=FakeCandidates(cohorts={"empty": []})) as tried:
        with pytest.raises(InvalidRequest):
            await tried.started(choice)


async def test_unknown_pack_and_run_are_told(sqlite_place: Place) -> None:
    """As what is not there."""
    async with trying(sqlite_place) as tried:
        with pytest.raises(PackUnknown):
            await tried.tries.estimate("nothing", Choice())
        with pytest.raises(RunUnknown):
            await tried.tries.look("nothing")
        with pytest.raises(RunUnknown):
            await tried.tries.row("nothing", 1)


async def test_last_result_is_that_of_the_drafts_text(sqlite_place: Place) -> None:
    """A run over all goes before a later one over a selection; another text has none."""
    async with trying(sqlite_place) as tried:
        whole = await tried.started()
        await tried.over(whole)
        sqlite_place.clock.advance(1)
        await tried.over(await tried.started(Choice(("sales-b2b-weak",))))
        last = LastResults(tried.store.studio_runs)
        found, other = [await last.summary("default", each) for each in (hash_of(drafted()), "0" * 64)]

    assert found is not None
    assert (found.run, found.candidates, found.by, other) == (whole, 3, "ann", None)
