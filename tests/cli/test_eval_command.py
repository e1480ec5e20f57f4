"""`evaluator eval` as typed: recordings, comparisons, conditions, baselines, reports, and going on."""

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from evaluator.cli.main import run
from evaluator.offline.app import create_app
from tests.fakes.gated_model import GatedModel
from tests.fakes.server import serving

pytestmark = pytest.mark.usefixtures("log_as_before")

CASES = ("sales-b2b-middling", "sales-b2b-weak", "nursing-icu-weak")


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the shell's settings out. What is left unfinished lies in a folder of the test's own."""
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "EVALUATOR_MODEL_BASE_URL", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EVALUATOR_DATA_DIR", str(tmp_path / "var"))


@pytest.fixture
def fixtures(tmp_path: Path) -> Path:
    """A folder of three cases, which all hold."""
    folder = tmp_path / "fixtures"
    for name in CASES:
        (folder / name).mkdir(parents=True)
        shutil.copy(Path("fixtures") / name / "request.json", folder / name)
        (folder / name / "expect.toml").write_text(
            'rating = [0, 100]\nreference_rating = 40\nreference_why = "so"\n', encoding="utf-8"
        )
    return folder


@pytest.fixture
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the packs that may be edited."""
    folder = tmp_path / "prompts"
    shutil.copytree("prompts", folder)
    monkeypatch.setenv("EVALUATOR_PROMPTS_DIR", str(folder))
    return folder


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every connection and look-up refused."""

    def refuse(*_: object, **__: object) -> Any:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def evaluated(fixtures: Path, *options: str) -> int:
    """Run the command on the cases and return its status."""
    return run(["eval", "--fixtures", str(fixtures), *options])


def test_replay_is_the_same_byte_for_byte_without_the_network(
    fixtures: Path, tmp_path: Path, no_network: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was recorded is replayed alone, and its reports do not differ from one time to the next."""
    assert evaluated(fixtures, "--record") == 0
    for name in ("first", "second"):
        assert evaluated(fixtures, "--replay", "--json", str(tmp_path / name)) == 0

    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert "Replies: 3 replayed." in capsys.readouterr().out


def test_edited_template_makes_its_cases_stale_and_no_others(
    fixtures: Path, prompts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exactly the cases that the pack judges are named, with what differs; the third chooses another pack."""
    assert evaluated(fixtures, "--record") == 0
    template = prompts / "default" / "system.jinja"
    template.write_text(template.read_text().replace("You ", "Today you ", 1))
    capsys.readouterr()
    status = evaluated(fixtures, "--replay")
    out = capsys.readouterr().out
    stale = [line.split(":")[0].strip() for line in out.splitlines() if "no rating: " in line]

    assert (status, stale) == (1, ["nursing-icu-weak", "sales-b2b-weak"])
    assert out.count("+ Today you assess") == 2


def test_recorded_replies_are_taken_where_nothing_is_said(
    fixtures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of each reply it is told whether it was recorded."""
    assert evaluated(fixtures, "--record", "sales-b2b-weak") == 0
    capsys.readouterr()
    assert evaluated(fixtures) == 0

    assert "Replies: 1 replayed, 2 from the offline rater." in capsys.readouterr().out


def test_two_packs_are_compared_with_a_verdict(fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both stand side by side, and the last line says which is better, or that it cannot be told."""
    assert evaluated(fixtures, "--prompt", "default", "--prompt", "first-screen") == 0

    out = capsys.readouterr().out
    assert "A default, B first-screen" in out
    assert "Too few labels to tell first-screen from default (3 cases" in out.splitlines()[-1]


def test_run_is_compared_with_a_saved_one(
    fixtures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of the same name is told apart by its time."""
    saved = tmp_path / "run.json"
    assert evaluated(fixtures, "--prompt", "default", "--save", str(saved)) == 0
    capsys.readouterr()
    assert evaluated(fixtures, "--prompt", "default", "--against", str(saved)) == 0

    assert "A default, 20" in capsys.readouterr().out
    assert saved.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("condition", "status"), [("mae>50", 0), ("mae>0.5", 1), ("spearman<-0.9", 1)])
def test_conditions_decide_over_the_status(
    fixtures: Path, condition: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A figure that is not there, as a rank correlation with equal labels, falls short as well."""
    assert evaluated(fixtures, "--fail-on", condition) == status
    assert ("Falls short of a condition" in capsys.readouterr().out) == (status == 1)


def test_condition_that_cannot_be_read_is_told_before_anything_runs(
    fixtures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says what a condition is."""
    assert evaluated(fixtures, "--fail-on", "mea>3") == 2

    said = capsys.readouterr()
    assert ("is no condition" in said.err, said.out) == (True, "")


def test_condition_on_the_cost_of_the_offline_rater_is_refused(
    fixtures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has no price, so that the condition would always fall short; nothing is judged."""
    assert evaluated(fixtures, "--fail-on", "mae>100,cost>0.1") == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert "--fail-on cost>0.1: the offline rater judges, which has no price" in " ".join(said.err.split())


def test_case_that_got_worse_than_the_baseline_is_named(
    fixtures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run is blessed; a later one that is farther from a label names the case and exits with 1."""
    assert evaluated(fixtures, "--save-baseline", "main") == 0
    assert evaluated(fixtures, "--baseline", "main") == 0
    file = fixtures / "baselines" / "main.json"
    blessed = json.loads(file.read_text())
    blessed["run"]["rows"][0]["result"]["rating"] = 40
    file.write_text(json.dumps(blessed))
    capsys.readouterr()

    assert evaluated(fixtures, "--baseline", "main") == 1
    assert f"  {blessed['run']['rows'][0]['case']}: rating" in capsys.readouterr().out


def test_baseline_of_a_part_is_refused(fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is left out would vanish from the gate."""
    assert evaluated(fixtures, "sales-b2b-weak", "--save-baseline", "main") == 2
    assert "the run leaves out nursing-icu-weak, sales-b2b-middling" in capsys.readouterr().err


def test_baseline_that_is_not_there_is_told(fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything runs."""
    assert evaluated(fixtures, "--baseline", "main") == 2
    assert "no baseline named main; there are: none" in capsys.readouterr().err


def test_every_report_is_written(fixtures: Path, tmp_path: Path) -> None:
    """Each in its own form."""
    begins = {"json": "{", "junit": "<?xml", "markdown": "## ", "html": "<!DOCTYPE html>"}
    options = [part for name in begins for part in (f"--{name}", str(tmp_path / name))]

    assert evaluated(fixtures, *options) == 0
    assert {name: (tmp_path / name).read_text()[: len(begin)] for name, begin in begins.items()} == begins


@pytest.mark.parametrize("form", ["html", "save"])
def test_report_without_a_folder_is_told_before_anything_is_asked(
    fixtures: Path, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is paid for is not lost to a slip in a path."""
    assert evaluated(fixtures, f"--{form}", str(tmp_path / "none" / "x")) == 2

    said = capsys.readouterr()
    assert ("x: cannot be written" in said.err, said.out) == (True, "")


def test_reports_are_for_their_owner_alone(fixtures: Path, tmp_path: Path) -> None:
    """They hold what candidates wrote; a file that was there before is made private too."""
    page = tmp_path / "page.html"
    page.touch(mode=0o644)
    assert evaluated(fixtures, "--html", str(page)) == 0

    assert page.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "options",
    [
        ("--replay", "--live"),
        ("--since", "1h"),
        ("--export", "x.jsonl"),
        ("--from-jobs", "--record"),
        ("--from-jobs", "--save-baseline", "main"),
    ],
)
def test_options_that_contradict_each_other_are_refused(fixtures: Path, options: tuple[str, ...]) -> None:
    """Whoever meant no network must not be sent there."""
    assert evaluated(fixtures, *options) == 2


def test_heuristic_behind_an_endpoint_is_named(
    fixtures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Word matching never passes for a model, under whatever name it is asked."""
    monkeypatch.setenv("EVALUATOR_MODEL_NAME", "some-model")
    with serving(create_app()) as url:
        monkeypatch.setenv("EVALUATOR_MODEL_BASE_URL", f"{url}/v1")
        assert evaluated(fixtures) == 0

    out = capsys.readouterr().out
    assert "Judged by the offline heuristic (word matching); no model was asked." in out
    assert "Replies: 3 from the offline rater." in out


def test_cases_that_failed_are_tried_again_with_resume(
    fixtures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An endpoint that went away costs the rows that it did not give, and no others."""
    monkeypatch.setenv("EVALUATOR_MODEL_NAME", "some-model")
    monkeypatch.setenv("EVALUATOR_MODEL_RETRY_S", "0.2")
    with GatedModel() as model:
        monkeypatch.setenv("EVALUATOR_MODEL_BASE_URL", model.url)
        model.script = lambda number, body: 401 if number == 1 else None
        assert evaluated(fixtures, "--concurrency", "1") == 1
        asked, model.script = model.calls, lambda number, body: None
        evaluated(fixtures, "--concurrency", "1", "--resume")

        assert model.calls - asked == 1
    assert "2 from the endpoint, 1 failed" in capsys.readouterr().out


def test_rows_of_another_endpoint_are_not_gone_on_with(
    fixtures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two endpoints may name their models alike; nothing is asked, and the reason is told."""
    monkeypatch.setenv("EVALUATOR_MODEL_NAME", "some-model")
    with GatedModel() as model:
        monkeypatch.setenv("EVALUATOR_MODEL_BASE_URL", model.url)
        model.script = lambda number, body: 401
        evaluated(fixtures)
        monkeypatch.setenv("EVALUATOR_MODEL_BASE_URL", f"{model.url}/other")

        assert evaluated(fixtures, "--resume") == 2
    assert "is not gone on with: it asked another endpoint" in " ".join(capsys.readouterr().err.split())


def test_cases_may_come_from_a_file_of_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It may stand in the place of a name."""
    file = tmp_path / "cases.jsonl"
    requests = [json.loads((Path("fixtures") / name / "request.json").read_text()) for name in CASES]
    file.write_text("\n".join(map(json.dumps, requests)))

    assert run(["eval", str(file)]) == 0
    assert "3 cases without expectation: nothing to compare with" in capsys.readouterr().out


def test_repeats_and_twins_are_judged_too(fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each twin's difference is told by its kind."""
    assert evaluated(fixtures, "--repeat", "2", "--twins", "sales-b2b-middling") == 0

    out = capsys.readouterr().out
    assert "section order" in out
    assert "Deviation of repeats" in out


def test_nothing_to_resume_is_told(fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is no unfinished run to go on with."""
    assert evaluated(fixtures, "--resume") == 2
    assert "holds no unfinished run to resume" in capsys.readouterr().err
