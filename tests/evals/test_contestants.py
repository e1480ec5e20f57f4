"""What judges the cases: packs and models, over the real pipeline and the offline rater."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evaluator.contract.ours import HEURISTIC
from evaluator.errors import PackError, SettingsError
from evaluator.evals.concurrency import Places
from evaluator.evals.contestants import contender_by, contenders
from evaluator.evals.dataset import Case, load_cases
from evaluator.evals.exchanges import Replies
from evaluator.evals.recordings import key_of
from evaluator.evals.runs import Row
from evaluator.models.ask import Answer
from evaluator.prompts.files import read_files
from evaluator.prompts.packs import pack_of
from evaluator.settings import Settings, load
from tests.fakes.model import FakeModel
from tests.fakes.replaying import case_in, contender, judge, wrong_with

NOWHERE = {"EVALUATOR_MODEL_BASE_URL": "http://127.0.0.1:9/v1", "EVALUATOR_MODEL_NAME": "m1"}
"""An endpoint that nobody listens at."""

BY_DEFAULT, BY_FIRST_SCREEN = "sales-b2b-strong", "sales-b2b-middling"
"""Two cases, by the pack that their requests name."""


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """Return a copy of the shipped packs."""
    return shutil.copytree("prompts", tmp_path / "prompts")


@pytest.fixture
def cases(tmp_path: Path) -> Sequence[Case]:
    """Return two shipped cases, copied, of which each names another pack."""
    for name in (BY_DEFAULT, BY_FIRST_SCREEN):
        (tmp_path / "fixtures" / name).mkdir(parents=True)
        shutil.copy(f"fixtures/{name}/request.json", tmp_path / "fixtures" / name)
    loaded = load_cases(tmp_path / "fixtures").sound
    loaded[0].request.integration_config.prompt = "first-screen"
    loaded[1].request.integration_config.prompt = None
    return loaded


def settings(packs: Path, **more: str) -> Settings:
    """Return settings with those packs and, but for `more`, the offline rater."""
    return load({"EVALUATOR_PROMPTS_DIR": str(packs), **more})


def rows(at: Settings, replies: Replies, cases: Sequence[Case], **compared: Sequence[str]) -> list[Row]:
    """Return every contestant's rows."""
    made = contenders(at, replies=replies, **compared)
    return [row for each in made for row in judge(each, *cases)]


def test_changed_template_line_makes_exactly_its_cases_stale(packs: Path, cases: Sequence[Case]) -> None:
    """What the other pack judges is replayed as before."""
    made = rows(settings(packs), "record", cases)
    template = packs / "first-screen" / "user.jinja"
    template.write_text(template.read_text() + "\nBe brief.\n")

    again = rows(settings(packs), "replay", cases)

    assert [row.case for row in again if row.error] == [BY_FIRST_SCREEN]
    assert "+ Be brief." in wrong_with(again[0])
    assert again[1].result == made[1].result
    assert [row.source for row in made] == ["offline", "offline"]


def test_replay_makes_no_client_and_imports_none(packs: Path, cases: Sequence[Case]) -> None:
    """Neither the SDK of the endpoint, the durable engine, the database nor the web is behind a replay."""
    rows(settings(packs), "record", cases)
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from evaluator.evals.contestants import contenders\n"
        "from evaluator.evals.dataset import load_cases\n"
        "from evaluator.settings import load\n"
        "case = load_cases(Path(sys.argv[1])).sound[1]\n"
        "(judge,) = contenders(load({'EVALUATOR_PROMPTS_DIR': sys.argv[2]}), replies='replay')\n"
        "row = asyncio.run(judge.judge(case, 0))\n"
        "heavy = {'openai', 'httpx2', 'dbos', 'sqlalchemy', 'litestar', 'starlette'}\n"
        "print(row.rating, row.error, heavy & set(sys.modules))"
    )

    assert cases[1].folder is not None
    ran = subprocess.run(
        [sys.executable, "-c", program, str(cases[1].folder.parent), str(packs)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    assert ran.stdout.splitlines()[-1] == "100.0 None set()"


def test_packs_and_models_are_compared_each_with_each(packs: Path, cases: Sequence[Case]) -> None:
    """What a request names itself is overridden, and every contestant has a label of its own."""
    made = contenders(
        settings(packs, **NOWHERE), packs=["engineering", "default"], models=["m1", "m2"], replies="live"
    )

    assert [each.contestant.label for each in made] == [
        "engineering with m1",
        "engineering with m2",
        "default with m1",
        "default with m2",
    ]
    assert [(each.contestant.pack, each.contestant.model) for each in made[1:3]] == [
        ("engineering", "m2"),
        ("default", "m1"),
    ]


@pytest.mark.parametrize(
    ("compared", "more", "label"),
    [
        ({}, {}, "offline-heuristic"),
        ({}, NOWHERE, "m1"),
        ({"packs": ["engineering"]}, NOWHERE, "engineering"),
        ({"models": ["m2"]}, NOWHERE, "m2"),
    ],
)
def test_label_is_what_was_asked_for(packs: Path, compared: Any, more: Any, label: str) -> None:
    """Where nothing was, it is the model that judges."""
    (only,) = contenders(settings(packs, **more), **compared)

    assert only.contestant.label == label
    assert only.contestant.offline is (more == {})


def test_pack_named_stands_over_the_request_s_own(packs: Path, cases: Sequence[Case]) -> None:
    """Every case is judged by it, and its hash is the contestant's."""
    judged = rows(settings(packs), "live", cases, packs=["engineering"])
    (only,) = contenders(settings(packs), packs=["engineering"])

    assert {row.context.pack.name for row in judged if row.context} == {"engineering"}
    assert {row.context.pack.hash for row in judged if row.context} == {only.contestant.pack_hash}


@pytest.mark.parametrize(
    ("compared", "told"),
    [
        ({"packs": ["defalt"]}, "defalt: no such prompt pack; there are default, engineering"),
        ({"packs": ["default", "default"]}, "default: this pack is named twice"),
        ({"packs": ["default@HEAD"]}, "is in no git repository"),
        ({"models": ["m1", "m1"]}, "m1: this model is named twice"),
        ({"models": ["m1"], "replies": "live"}, "EVALUATOR_MODEL_BASE_URL: should name the endpoint"),
    ],
)
def test_what_cannot_judge_is_told_before_anything_runs(packs: Path, compared: Any, told: str) -> None:
    """A slip costs no call."""
    with pytest.raises(SettingsError, match=told):
        contenders(settings(packs), **compared)


def test_pack_that_does_not_load_is_told_before_anything_runs(packs: Path) -> None:
    """The place of the fault is named."""
    (packs / "engineering" / "user.jinja").write_text("{{ nothing }}")

    with pytest.raises(PackError, match=r"engineering/user\.jinja:1"):
        contenders(settings(packs), packs=["engineering"])


def test_model_without_endpoint_is_replayed_and_never_stood_in_for(
    packs: Path, cases: Sequence[Case]
) -> None:
    """Without an endpoint the offline rater does not answer under a model's name."""
    rows(settings(packs), "record", cases)

    judged = rows(settings(packs), "auto", cases, models=["m1"])

    assert all("only of the offline rater, which is no model" in wrong_with(row) for row in judged)


def as_of_model(file: Path, model: str) -> None:
    """Make of what is recorded of the offline rater what a model's endpoint would have given."""
    line = json.loads(file.read_text())
    line["asked"]["model"] = line["answer"]["model"] = model
    file.write_text(json.dumps({**line, "by": "model", "key": key_of(line["asked"])}) + "\n")


def test_model_is_replayed_by_name_without_its_endpoint(packs: Path, cases: Sequence[Case]) -> None:
    """Its name is all that a machine without endpoint needs; who forgets it is told."""
    rows(settings(packs), "record", cases[:1])
    assert cases[0].folder is not None
    as_of_model(cases[0].folder / "recordings.jsonl", "m1")

    (unnamed,) = rows(settings(packs), "replay", cases[:1])
    (named,) = rows(settings(packs), "replay", cases[:1], models=["m1"])

    assert "the model is offline-heuristic, and was m1; --model m1 asks as then" in wrong_with(unnamed)
    assert named.context is not None
    assert (named.context.model.name, named.context.model.kind) == ("m1", "model")


def test_endpoint_that_cannot_be_reached_is_a_row_and_its_host_is_in_no_file(
    packs: Path, cases: Sequence[Case]
) -> None:
    """A case that fails does not end the run, and a failure that may pass is not recorded."""
    at = settings(packs, **NOWHERE, EVALUATOR_MODEL_RETRY_S="0.01")

    (row,) = rows(at, "record", cases[:1])

    assert "127.0.0.1:9" in wrong_with(row)
    assert row.source == "endpoint"
    assert cases[0].folder is not None
    assert not (cases[0].folder / "recordings.jsonl").exists()


def test_file_of_recordings_that_is_broken_is_a_row(packs: Path, cases: Sequence[Case]) -> None:
    """The other cases are judged."""
    assert cases[0].folder is not None
    (cases[0].folder / "recordings.jsonl").write_text("nothing\n")

    broken, sound = rows(settings(packs), "auto", cases)

    assert "recordings.jsonl:1: is no recording" in wrong_with(broken)
    assert sound.rating == 100


def test_case_that_crashes_is_a_row_and_the_log_tells_it_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault of ours in one case, or in all, does not cost the run."""

    class Broken(FakeModel):
        async def answer(self, *_: Any, **__: Any) -> Answer:
            raise KeyError("what the CV says")

    cases = [case_in(tmp_path, name) for name in ("a", "b")]

    judged = judge(contender(tmp_path, "live", Broken()), *cases)

    assert [row.error for row in judged] == ["unexpected KeyError; the log says where"] * 2
    assert capsys.readouterr().out.count("unexpected_error") == 1


def test_contender_can_be_ended_twice(packs: Path) -> None:
    """Whoever ends a run that was cut need not know how far it came."""
    (only,) = contenders(settings(packs), replies="live")

    async def end() -> None:
        await only.aclose()
        await only.aclose()

    assert asyncio.run(end()) is None


def test_pack_that_is_no_folder_judges_whatever_pack_a_request_names(
    packs: Path, cases: Sequence[Case]
) -> None:
    """As a draft does: its own text is what is asked, under the label it is given."""
    files = {**read_files(packs / "default")}
    files["system.jinja"] += "\nThe draft's own words."
    pack, model = pack_of("default", files), FakeModel()

    draft = contender_by(settings(packs), pack, "draft", model, name="m1", offline=False, places=Places())
    judged = judge(draft, *cases)

    assert [row.context and row.context.pack.hash for row in judged] == [pack.hash] * 2
    assert all("The draft's own words." in ask.messages[0].content for ask in model.history)
    assert (draft.contestant.label, draft.contestant.pack_hash) == ("draft", pack.hash)


def test_offline_rater_stands_over_the_model_that_a_request_names(packs: Path, cases: Sequence[Case]) -> None:
    """A request may choose a model that the service allows, and still nobody but the rater is asked."""
    cases[0].request.integration_config.model = "m2"
    pack, model = pack_of("default", read_files(packs / "default")), FakeModel()
    at = settings(packs, EVALUATOR_MODEL_ALLOWED="m2")

    judge(contender_by(at, pack, "draft", model, name=HEURISTIC, offline=True, places=Places()), *cases)

    assert [ask.model for ask in model.history] == [HEURISTIC] * 2
