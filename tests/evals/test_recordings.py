"""The files in which recordings lie."""

import asyncio
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import FixtureError
from evaluator.evals.counting import Counts
from evaluator.evals.dataset import Case
from evaluator.evals.recordings import FILE, Recording, RecordingFile, Recordings
from evaluator.models.ask import Answer
from tests.fakes.assessing import request
from tests.fakes.model import FakeModel
from tests.fakes.replaying import case_in, contender, judge, recorded, wrong_with

MADE = Recording(
    case="baker",
    pack="default",
    repeat=0,
    take=0,
    key="k1",
    at="2026-11-01T00:00:00+00:00",
    by="model",
    asked={"model": "m1"},
    seconds=0.5,
    answer={"text": "{}"},
)


def keep(path: Path, *made: Recording, asked: frozenset[str] | None = None) -> None:
    """Record `made`, each as an assessment of its own, as one run does."""
    file = RecordingFile(path)
    for each in made:
        file.keep([each], asked or frozenset({each.key}))
    file.tidy()


def kept(path: Path) -> list[Recording]:
    """Return what a new look at the file finds of the baker."""
    return list(RecordingFile(path).of_case("baker"))


def test_what_is_asked_again_takes_the_place_of_the_old(tmp_path: Path) -> None:
    """One question has one recording, the newest."""
    newer = replace(MADE, at="2026-11-02T00:00:00+00:00")

    keep(tmp_path / FILE, MADE)
    keep(tmp_path / FILE, newer)

    assert kept(tmp_path / FILE) == [newer]


def test_what_is_no_longer_asked_is_dropped(tmp_path: Path) -> None:
    """With a changed prompt all repeats of the old one go; other packs, models and cases stay."""
    second = replace(MADE, repeat=1)
    others = [
        replace(MADE, pack="brief"),
        replace(MADE, asked={"model": "m2"}),
        replace(MADE, by="offline heuristic"),
    ]
    neighbour = replace(MADE, case="cook")
    keep(tmp_path / FILE, MADE, second, *others, neighbour)
    changed = replace(MADE, key="k2")

    keep(tmp_path / FILE, changed)

    assert set(map(id_of, kept(tmp_path / FILE))) == set(map(id_of, [changed, *others]))
    assert RecordingFile(tmp_path / FILE).of_case("cook") == [neighbour]


def id_of(recording: Recording) -> tuple[object, ...]:
    """Return what tells recordings apart."""
    return recording.case, *recording.place


def test_repeats_of_the_same_question_are_kept_beside_each_other(tmp_path: Path) -> None:
    """Recording one repeat again does not cost the others."""
    second = replace(MADE, repeat=1)

    keep(tmp_path / FILE, MADE, second, MADE)

    assert kept(tmp_path / FILE) == [MADE, second]


def test_file_is_the_same_in_whatever_order_it_was_recorded(tmp_path: Path) -> None:
    """A run at another pace gives the same lines."""
    others = [replace(MADE, repeat=1), replace(MADE, pack="brief"), replace(MADE, case="cook")]

    keep(tmp_path / "a.jsonl", MADE, *others)
    keep(tmp_path / "b.jsonl", *reversed(others), MADE)

    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_recording_is_on_disk_before_the_run_ends(tmp_path: Path) -> None:
    """What was paid for survives a run that is cut."""
    RecordingFile(tmp_path / FILE).keep([MADE], frozenset({"k1"}))

    assert kept(tmp_path / FILE) == [MADE]


def test_torn_last_line_is_left_out_and_mended(tmp_path: Path) -> None:
    """A run that was cut while it wrote costs its last line and no more."""
    path = tmp_path / FILE
    keep(path, MADE)
    path.write_bytes(path.read_bytes() + b'{"case": "ba')

    RecordingFile(path).keep([replace(MADE, repeat=1)], frozenset({"k1"}))

    assert kept(path) == [MADE, replace(MADE, repeat=1)]
    assert len(path.read_text().splitlines()) == 2


WITHOUT_ANSWER = {each.name: getattr(MADE, each.name) for each in fields(MADE)} | {"answer": None}


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"case": "baker"}', "null", json.dumps(WITHOUT_ANSWER)])
def test_line_that_is_no_recording_is_named(tmp_path: Path, line: str) -> None:
    """A file that was edited by hand is told by file and line."""
    path = tmp_path / FILE
    keep(path, MADE)
    path.write_text(path.read_text() + line + "\n")

    with pytest.raises(FixtureError, match=r"recordings\.jsonl:2: is no recording"):
        RecordingFile(path)


def test_file_that_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    """A folder in its place is an error of the fixture."""
    (tmp_path / "there").mkdir()

    with pytest.raises(FixtureError, match="there: cannot be read"):
        RecordingFile(tmp_path / "there")
    with pytest.raises(FixtureError, match="cannot be written"):
        keep(tmp_path / "nowhere" / FILE, MADE)


def test_cases_of_a_file_are_recorded_beside_it(tmp_path: Path) -> None:
    """All cases of a JSONL share one file, which is read once."""
    cases = [Case(name, request(candidate_id=name), None, None) for name in ("a", "b")]
    beside = tmp_path / "cases.jsonl"
    made = judge(contender(tmp_path, "record", FakeModel(), beside=beside), *cases)

    rows = judge(contender(tmp_path, "replay", beside=beside), *cases)

    assert (tmp_path / "cases.jsonl.recordings.jsonl").is_file()
    assert [row.result for row in rows] == [row.result for row in made]
    shelf = Recordings(beside)
    assert shelf.of(cases[0]) is shelf.of(cases[1])


def test_case_without_a_place_for_recordings_cannot_be_recorded(tmp_path: Path) -> None:
    """It is told before the model is asked."""
    model = FakeModel()

    (row,) = judge(contender(tmp_path, "record", model), Case("stored", request(), None, None))

    assert wrong_with(row).startswith("stored: has no folder")
    assert model.history == []


def test_recording_holds_what_was_asked_and_no_more(tmp_path: Path) -> None:
    """A line has model, messages, schema and parameters, and nothing of the connection."""
    case = case_in(tmp_path)
    judge(contender(tmp_path, "record", FakeModel()), case)
    (line,) = (tmp_path / "baker" / FILE).read_text().splitlines()

    asked = json.loads(line)["asked"]

    assert list(asked) == ["model", "messages", "parameters", "schema_name", "schema"]
    assert asked["parameters"] == {"temperature": 0.0, "seed": 7, "max_output_tokens": 3400}
    assert [each.key for each in recorded(case)] == [json.loads(line)["key"]]


def test_replay_counts_no_tokens(tmp_path: Path) -> None:
    """The counts of a prompt lie with its recording; loading a tokenizer takes longer than most replays."""
    case = case_in(tmp_path)
    judge(contender(tmp_path, "record", FakeModel()), case)
    file = tmp_path / "baker" / FILE
    raised = {key: 1_000 + count for key, count in recorded(case)[0].tokens.items()}
    keep_counts = json.loads(file.read_text()) | {"tokens": raised}
    file.write_text(json.dumps(keep_counts))

    (row,) = judge(contender(tmp_path, "replay"), case)

    assert raised
    assert "over the 1000 that the pack default allows" in wrong_with(row)


def test_recording_that_cannot_be_written_fails_its_case(tmp_path: Path) -> None:
    """What should have been kept and was not is no success."""

    class Removing(FakeModel):
        async def answer(self, *asked: Any, **within: Any) -> Answer:
            (tmp_path / "baker").rmdir()
            return await super().answer(*asked, **within)

    judging = contender(tmp_path, "record", Removing())

    row = asyncio.run(judging.judge(case_in(tmp_path), 0))

    assert "recordings.jsonl: cannot be written" in wrong_with(row)


def test_counts_of_one_case_are_noted_apart_from_anothers() -> None:
    """What is kept of a tokenizer's work is never another's, though both count alike."""
    one, other = Counts().tokenizer("o200k_base"), Counts().tokenizer("o200k_base")

    assert one.count("word") == other.count("word") == 1
    assert len({one, other}) == 2
    assert one != other
