"""`eval`, `render` and `send`, as typed on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluator.cli.main import run
from tests.fakes.endpoint import FakeEndpoint, Reply, answers, failure
from tests.fakes.server import closed_port_url, serving

pytestmark = pytest.mark.usefixtures("log_as_before", "own_environment")

FIXTURE = "fixtures/sales-b2b-weak"


@pytest.fixture
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the shell's settings out, and colours as a file gets them."""
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "EVALUATOR_MODEL_BASE_URL", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")


def edited_fixture(folder: Path, **expect: str) -> Path:
    """Copy a fixture and replace lines of its expectation."""
    case = folder / "case"
    case.mkdir()
    (case / "request.json").write_bytes((Path(FIXTURE) / "request.json").read_bytes())
    lines = (Path(FIXTURE) / "expect.toml").read_text().splitlines()
    kept = [line for line in lines if line.split(" ")[0] not in expect]
    (case / "expect.toml").write_text("\n".join([*kept, *(f"{k} = {v}" for k, v in expect.items())]))
    return folder


def test_eval_of_all_fixtures_is_no_worse_than_its_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    """Every shipped fixture is rated as when the baseline was blessed, and the heuristic is named as one."""
    assert run(["eval", "--baseline", "offline"]) == 0

    out = capsys.readouterr().out
    assert "of 34 cases as expected" in out
    assert "Judged by the offline heuristic (word matching); no model was asked." in out


def test_eval_with_a_case_out_of_range_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rating outside its range is shown as such."""
    edited_fixture(tmp_path, rating="[90, 100]", reference_rating="95")

    assert run(["eval", "--fixtures", str(tmp_path)]) == 1
    assert "✗" in capsys.readouterr().out


def test_eval_of_a_case_without_expectation_is_a_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A request alone is replayed and shown, and is no failure."""
    (edited_fixture(tmp_path) / "case" / "expect.toml").unlink()

    assert run(["eval", "--fixtures", str(tmp_path)]) == 0
    assert "1 case without expectation" in capsys.readouterr().out


def test_eval_with_a_broken_case_runs_the_others_and_exits_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A case that cannot be read is named with its file, and the others are replayed."""
    (edited_fixture(tmp_path) / "other").mkdir()
    (tmp_path / "other" / "request.json").write_text("{")

    assert run(["eval", "--fixtures", str(tmp_path)]) == 2

    said = capsys.readouterr()
    assert "1 of 1 case as expected" in said.out
    assert "other/request.json: /: not valid JSON" in said.err


def test_eval_with_broken_cases_alone_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is nothing to replay, what is broken is told and no figure is shown."""
    edited_fixture(tmp_path, rating="[")

    assert run(["eval", "--fixtures", str(tmp_path)]) == 2

    said = capsys.readouterr()
    assert "case/expect.toml: not valid TOML" in said.err
    assert said.out == ""


def test_eval_of_named_cases_runs_those_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Names choose the cases."""
    assert run(["eval", "nursing-icu-weak", "sales-b2b-weak"]) == 0
    assert "2 of 2 cases" in capsys.readouterr().out


def test_eval_with_a_dead_endpoint_is_a_row_and_no_rating(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An endpoint that is not there fails the case, with its reason, and never rates it."""
    monkeypatch.setenv("EVALUATOR_MODEL_BASE_URL", closed_port_url() + "/v1")
    monkeypatch.setenv("EVALUATOR_MODEL_NAME", "some-model")
    monkeypatch.setenv("EVALUATOR_MODEL_RETRY_S", "0.2")

    assert run(["eval", "--fixtures", str(edited_fixture(tmp_path))]) == 1

    out = capsys.readouterr().out
    assert "no rating" in out
    assert "refused" in out


def test_eval_without_fixtures_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that cannot be made is told apart from one that falls short."""
    assert run(["eval", "--fixtures", str(tmp_path / "none")]) == 2
    assert "no such folder of fixtures" in capsys.readouterr().err


def test_render_prints_the_messages_and_the_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    """Messages go to standard output, counts to standard error."""
    assert run(["render", FIXTURE, "--prompt", "first-screen"]) == 0

    said = capsys.readouterr()
    assert "You screen one job application" in said.out
    assert "<cv_experience>" in said.out
    assert "budget 5,000 tokens, counted with o200k_base" in said.err


def test_render_as_json_counts_every_section(capsys: pytest.CaptureFixture[str]) -> None:
    """The sections add up to the whole."""
    assert run(["render", FIXTURE, "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert [message["role"] for message in told["messages"]] == ["system", "user"]
    assert sum(section["tokens"] for section in told["sections"]) == told["tokens"]


def test_render_with_an_unknown_pack_lists_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """A slip in the pack's name is answered with the names."""
    assert run(["render", FIXTURE, "--prompt", "nope"]) == 2
    assert "no such prompt pack; there are" in capsys.readouterr().err


def sent(reply: Reply | None, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    """Send the fixture to an endpoint that gives `reply`; return the exit status and what was printed."""
    endpoint = FakeEndpoint(lambda _: reply or answers(matching(rating=61)))
    with serving(endpoint) as url:
        status = run(["send", FIXTURE, "--to", f"{url}/webhook/assessment", *options])
    return status, capsys.readouterr().out


def matching(**members: Any) -> dict[str, Any]:
    """Return an answer that echoes the fixture's ids."""
    request = json.loads((Path(FIXTURE) / "request.json").read_text())
    ids = {name: request[name] for name in ("candidate_id", "pipeline_step_id", "call_secret")}
    return {**ids, "comment": "Some words.", "status": "completed", **members}


def test_send_prints_the_rating_and_the_comment(capsys: pytest.CaptureFixture[str]) -> None:
    """An answer that SolidATS takes is shown, and exits with 0."""
    status, out = sent(None, capsys)

    assert status == 0
    assert "rating 61, status completed. SolidATS takes this answer." in out
    assert "Some words." in out


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (answers(matching(rating=101)), "rating is not between 0 and 100"),
        (answers({**matching(rating=1), "call_secret": "guess"}), "call_secret does not match the request's"),
        (answers(matching()), "rating is missing"),
        (
            failure(502, matching(status="failed", failure_details="the key was rejected")),
            "the key was rejected",
        ),
    ],
)
def test_send_of_an_answer_that_solidats_rejects_exits_1(
    reply: Reply, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verdict says why an answer would be rejected."""
    status, out = sent(reply, capsys)

    assert status == 1
    assert said in out


def test_send_of_a_202_says_where_the_result_comes(capsys: pytest.CaptureFixture[str]) -> None:
    """202 is no rejection."""
    assert sent(failure(202), capsys) == (
        0,
        "sales-b2b-weak: 202: accepted, the result comes to the callback.\n",
    )


def test_send_as_json_keeps_the_secret_out(capsys: pytest.CaptureFixture[str]) -> None:
    """The answer is printed as it came, but for the call's secret."""
    _, out = sent(None, capsys, "--json")

    assert json.loads(out) == {**matching(rating=61), "call_secret": "[removed]"}


def test_send_to_nobody_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    """An endpoint that is not there is one clear line."""
    assert run(["send", FIXTURE, "--to", closed_port_url()]) == 2
    assert "cannot connect to http://127.0.0.1:" in capsys.readouterr().err


def test_send_of_something_else_than_an_object_exits_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that holds no request is refused before anything is sent."""
    file = tmp_path / "list.json"
    file.write_text("[]")

    assert run(["send", str(file), "--to", closed_port_url()]) == 2
    assert "holds no object" in capsys.readouterr().err
