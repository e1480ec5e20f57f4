"""Recording what is asked of a model, and replaying it."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evaluator.contract.ours import HEURISTIC
from evaluator.errors import ModelContentFiltered, ModelTimeout, Spent
from evaluator.evals.exchanges import Replies
from evaluator.evals.recordings import FILE
from evaluator.models.ask import Answer
from evaluator.prompts.packs import ModelParameters
from tests.fakes.assessing import reply
from tests.fakes.model import FakeModel
from tests.fakes.replaying import case_in, contender, judge, recorded, wrong_with

THREE = ModelParameters(samples=3)


@pytest.mark.parametrize("parameters", [ModelParameters(), THREE, ModelParameters(samples=3, seed=None)])
def test_replay_gives_what_was_recorded_to_the_byte(tmp_path: Path, parameters: ModelParameters) -> None:
    """Every replay is the same row, and the result that the recording run had, samples and all."""
    case, model = case_in(tmp_path), FakeModel()
    model.enqueue(reply(overall=61), reply(overall=62), reply(overall=63))
    made = judge(contender(tmp_path, "record", model, parameters=parameters), case, repeats=2)

    first, again = (
        judge(contender(tmp_path, "replay", parameters=parameters), case, repeats=2) for _ in "ab"
    )

    assert [row.model_dump_json() for row in first] == [row.model_dump_json() for row in again]
    assert first == [row.model_copy(update={"source": "recording"}) for row in made]
    assert made[0] != made[1]


def test_row_holds_what_was_asked_and_written(tmp_path: Path) -> None:
    """The messages and the raw reply are there for whoever looks into a case."""
    model = FakeModel()

    (row,) = judge(contender(tmp_path, "live", model), case_in(tmp_path))

    assert [each.content for each in row.exchanges[0].messages] == [
        each.content for each in model.history[0].messages
    ]
    assert row.exchanges[0].reply.startswith('{"criteria": ')
    assert row.source == "endpoint"


def test_samples_stand_in_the_order_they_were_asked(tmp_path: Path) -> None:
    """Whichever answers first, a row reads the same."""

    class Uneven(FakeModel):
        async def answer(self, *asked: Any, **within: Any) -> Answer:
            answer = await super().answer(*asked, **within)
            for _ in range(100 - answer.value["overall"]):
                await asyncio.sleep(0)
            return answer

    model = Uneven()
    model.enqueue(*(reply(overall=points) for points in (61, 62, 63)))

    (row,) = judge(contender(tmp_path, "live", model, parameters=THREE), case_in(tmp_path))

    assert [json.loads(each.reply)["overall"] for each in row.exchanges] == [61, 62, 63]


def test_replayed_result_is_of_the_time_of_its_newest_recording(tmp_path: Path) -> None:
    """Not of now, and with several samples not of the first."""
    case = case_in(tmp_path)
    judge(contender(tmp_path, "record", FakeModel(), parameters=THREE), case)

    (row,) = judge(contender(tmp_path, "replay", parameters=THREE), case)

    assert row.result is not None
    assert row.result.created_at == max(each.at for each in recorded(case))
    assert len({each.at for each in recorded(case)}) == 3


@pytest.mark.parametrize("replies", ["live", "record"])
def test_model_is_asked_whatever_is_recorded(tmp_path: Path, replies: Replies) -> None:
    """Recordings answer only where they may."""
    case, model = case_in(tmp_path), FakeModel()
    judge(contender(tmp_path, "record", FakeModel()), case)

    (row,) = judge(contender(tmp_path, replies, model), case)

    assert len(model.history) == 1
    assert row.source == "endpoint"


def test_auto_replays_what_is_recorded_and_asks_for_the_rest(tmp_path: Path) -> None:
    """Each row says where its reply came from, and nothing new is written."""
    kept, new = case_in(tmp_path, "kept"), case_in(tmp_path, "new", candidate_parsed_cv={"summary": "New."})
    judge(contender(tmp_path, "record", FakeModel()), kept)

    rows = judge(contender(tmp_path, "auto", FakeModel()), kept, new)

    assert [row.source for row in rows] == ["recording", "endpoint"]
    assert recorded(new) == []


def test_failure_of_the_question_itself_is_replayed(tmp_path: Path) -> None:
    """A filter that stops a CV is the model's reply to it; the endpoint's name is not kept with it."""
    case, model = case_in(tmp_path), FakeModel()
    error = ModelContentFiltered("llm.internal:8443 stopped the prompt")
    error.spent = Spent(calls=1, prompt_tokens=70)
    model.enqueue(error)
    judge(contender(tmp_path, "record", model, hidden=("llm.internal:8443",)), case)

    (row,) = judge(contender(tmp_path, "replay"), case)

    assert wrong_with(row) == "the endpoint stopped the prompt"
    assert row.source == "recording"


def test_passing_failure_is_not_recorded(tmp_path: Path) -> None:
    """A time-out says nothing of the case, and what was recorded before it stays."""
    case, model = case_in(tmp_path), FakeModel()
    judge(contender(tmp_path, "record", FakeModel()), case)
    before = recorded(case)
    model.enqueue(ModelTimeout("no answer"))

    (row,) = judge(contender(tmp_path, "record", model), case)

    assert wrong_with(row) == "no answer"
    assert recorded(case) == before


def test_sample_without_recording_fails_the_case(tmp_path: Path) -> None:
    """Two of three samples would make a rating, but another one than was recorded."""
    case, model = case_in(tmp_path), FakeModel()
    model.enqueue(ModelTimeout("no answer"))
    judge(contender(tmp_path, "record", model, parameters=THREE), case)

    (row,) = judge(contender(tmp_path, "replay", parameters=THREE), case)

    assert "nothing is recorded of what is asked now" in wrong_with(row)


def test_recording_of_the_offline_rater_is_labelled_and_stands_for_no_model(tmp_path: Path) -> None:
    """It is replayed where the offline rater would judge, and never where a model would."""
    case = case_in(tmp_path)
    judge(contender(tmp_path, "record", FakeModel(name=HEURISTIC), offline=True), case)

    (offline,) = judge(contender(tmp_path, "replay", offline=True), case)
    (row,) = judge(contender(tmp_path, "replay"), case)

    assert [each.by for each in recorded(case)] == ["offline heuristic"]
    assert offline.context is not None
    assert offline.context.model.kind == "offline heuristic"
    assert "only of the offline rater, which is no model" in wrong_with(row)


def test_offline_rater_behind_an_endpoint_is_labelled_too(tmp_path: Path) -> None:
    """It says its name in each reply, wherever it is reached."""
    case = case_in(tmp_path)

    judge(contender(tmp_path, "record", FakeModel(name=HEURISTIC)), case)

    assert [each.by for each in recorded(case)] == ["offline heuristic"]


def test_reply_that_no_longer_fits_is_a_failure(tmp_path: Path) -> None:
    """Where the program reads replies more strictly than before, a replay says so."""
    case = case_in(tmp_path)
    judge(contender(tmp_path, "record", FakeModel()), case)
    file = tmp_path / "baker" / FILE
    file.write_text(re.sub(r'\\"overall\\": \d+', r'\\"total\\": 5', file.read_text()))

    (row,) = judge(contender(tmp_path, "replay"), case)

    assert wrong_with(row).startswith("the recorded reply no longer fits: one fault")


def test_value_that_the_text_does_not_give_is_kept(tmp_path: Path) -> None:
    """What was read out of prose is replayed as it was read, halves of surrogate pairs and all."""

    class Wordy(FakeModel):
        async def answer(self, *asked: Any, **within: Any) -> Answer:
            answer = await super().answer(*asked, **within)
            return replace(answer, text=f"Here you are \ud83d: {answer.text}")

    case = case_in(tmp_path)
    (made,) = judge(contender(tmp_path, "record", Wordy()), case)

    (row,) = judge(contender(tmp_path, "replay"), case)

    assert row.result == made.result
    assert row.exchanges[0].reply.startswith("Here you are ?: {")


@pytest.mark.parametrize("replies", ["auto", "live"])
def test_case_fails_where_nobody_can_be_asked(tmp_path: Path, replies: Replies) -> None:
    """A model that is only known by its recordings has no others."""
    (row,) = judge(contender(tmp_path, replies, None), case_in(tmp_path))

    assert wrong_with(row) == "baker: nothing is recorded of this case"
