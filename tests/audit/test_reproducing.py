"""Making a recorded prompt again."""

import dataclasses
from pathlib import Path

import pytest

from evaluator.audit.program import this_program
from evaluator.audit.record import Recorder, Subject
from evaluator.audit.reproducing import (
    Difference,
    differences,
    first_difference,
    other_program,
    stored_request,
)
from evaluator.contract.result import failed
from evaluator.prompts.packs import load_pack
from tests.fakes.assessing import assessor_over, request
from tests.fakes.model import FakeModel
from tests.fakes.recording import PROGRAM, evaluated
from tests.fakes.stores import Place

pytestmark = pytest.mark.anyio


async def differing(place: Place, folder: Path, *edits: tuple[str, str, str]) -> list[Difference]:
    """Return what differs after edits of the pack: file, old words, new words."""
    async with place.open() as store:
        await evaluated(store, folder)
        (stored,) = await store.records.of_job("job-1")
        payloads = await store.payloads("job-1")
        content = store.records.unsealed(stored)
    assert payloads is not None
    assert content is not None
    pack = folder / "job-1" / "default"
    for name, old, new in edits:
        text = (pack / name).read_text()
        assert old in text
        (pack / name).write_text(text.replace(old, new))
    assessor = assessor_over(FakeModel(), load_pack(pack))
    return differences(stored, content, stored_request(payloads.request or b""), assessor)


async def test_unchanged_evaluation_is_reproduced(place: Place, tmp_path: Path) -> None:
    """From the stored request comes the recorded prompt, byte for byte."""
    assert await differing(place, tmp_path) == []


async def test_changed_template_is_told_by_its_first_line(sqlite_place: Place, tmp_path: Path) -> None:
    """The pack's hash and the line of the prompt are named, as they were and as they are."""
    found = await differing(sqlite_place, tmp_path, ("system.jinja", "Judge in", "Please judge in"))

    assert [each.what for each in found] == ["hash of the pack", "system message, line 1"]
    assert (found[1].recorded, found[1].now) == ("Judge in English.", "Please judge in English.")


async def test_changed_weight_is_told_of_the_criteria(sqlite_place: Place, tmp_path: Path) -> None:
    """Another weight leaves the prompt or changes it, and is told as the criteria's difference."""
    found = await differing(sqlite_place, tmp_path, ("pack.toml", "weight = 40", "weight = 41"))

    assert {"hash of the pack", "criteria and weights"} <= {each.what for each in found}


async def test_candidate_who_opted_out_is_reproduced_without_a_prompt(sqlite_place: Place) -> None:
    """No model was asked and none would be: nothing differs but what was made another request."""
    config = {"opt_out_field": "No program"}
    asked, other = (
        request(application_form={"No program": answer}, integration_config=config)
        for answer in ("yes", "yes!")
    )
    async with sqlite_place.open() as store:
        recorder = Recorder(store.records, PROGRAM)
        told = failed(asked, details="", at="", app_id=None, status="opted_out")
        subject = Subject("job-1", 1, asked.candidate_id, asked.pipeline_step_id, asked)
        await store.records.add(recorder.evaluated(subject, told, [], at=1.8e9))
        (stored,) = await store.records.of_job("job-1")
    nobody = assessor_over(FakeModel())

    found = [differences(stored, {"exchanges": []}, each, nobody) for each in (asked, other)]
    assert [[each.what for each in one] for one in found] == [[], ["request"]]


async def test_other_program_is_told(sqlite_place: Place, tmp_path: Path) -> None:
    """A program of the same version with other files is another one."""
    other = dataclasses.replace(PROGRAM, digest="cd" * 32)
    async with sqlite_place.open() as store:
        await evaluated(store, tmp_path)
        (stored,) = await store.records.of_job("job-1")

    assert other_program(stored, PROGRAM) is None
    assert other_program(stored, other) == Difference("program", str(PROGRAM), str(other))


def test_first_difference_is_shown_with_what_is_around() -> None:
    """A long line is shortened around the place, a missing one is nothing."""
    long = "x" * 300
    found = first_difference("user message", f"same\n{long}a", f"same\n{long}b")

    assert found.what == "user message, line 2"
    assert (found.recorded or "").startswith("…xxx")
    assert ((found.recorded or "")[-1], (found.now or "")[-1]) == ("a", "b")
    assert first_difference("m", "one\ntwo", "one") == Difference("m, line 2", "two", None)


def test_program_is_known_by_its_files() -> None:
    """The digest is the same twice, and no path of this machine is in it."""
    assert this_program() == this_program()
    assert len(this_program().digest) == 64
