"""What `evaluator send` prints: lines that fit the terminal, and what to do where an answer is no good."""

import contextlib
import fcntl
import json
import os
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from evaluator.cli.advice import advice
from evaluator.cli.main import run
from evaluator.solidats import Verdict
from tests.fakes.endpoint import FakeEndpoint, Reply, answers, failure, page
from tests.fakes.server import PATIENCE_S, closed_port_url, resetting, serving

pytestmark = pytest.mark.usefixtures("log_as_before", "own_environment")

FIXTURE = Path("fixtures/sales-b2b-weak")
COLUMNS = 80


@pytest.fixture
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the shell's settings out."""
    for name in [name for name in os.environ if name.startswith(("EVALUATOR_", "OPENAI_"))]:
        monkeypatch.delenv(name)


def shown_on_a_terminal(*arguments: str) -> list[str]:
    """Run the command on a terminal of 80 columns and return the lines that it printed."""
    reading, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")
    }
    command = [sys.executable, "-m", "evaluator", *arguments]
    with subprocess.Popen(command, stdout=terminal, stderr=terminal, env=environment) as process:
        os.close(terminal)
        shown = b""
        with contextlib.suppress(OSError):  # how a terminal tells that its last writer is gone
            while part := os.read(reading, 65_536):
                shown += part
        process.wait(PATIENCE_S)
    os.close(reading)
    return shown.decode().splitlines()


def answer(**members: Any) -> dict[str, Any]:
    """Return an answer that echoes the fixture's ids."""
    request = json.loads((FIXTURE / "request.json").read_text())
    ids = {name: request[name] for name in ("candidate_id", "pipeline_step_id", "call_secret")}
    return {**ids, "rating": 61, "status": "completed", **members}


def said_of(reply: Reply, capsys: pytest.CaptureFixture[str], path: str = "/webhook/assessment") -> str:
    """Send the fixture to an endpoint that gives `reply` and return what was printed of it."""
    with serving(FakeEndpoint(lambda _: reply)) as url:
        run(["send", str(FIXTURE), "--to", f"{url}{path}"])
    return capsys.readouterr().out


def failed_to(url: str, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Send the fixture to nobody and return what was said of it."""
    assert run(["send", str(FIXTURE), "--to", url, *options]) == 2
    return capsys.readouterr().err


def test_comment_is_wrapped_at_the_terminals_width() -> None:
    """No line is longer than the terminal, no word is cut, and an item's further lines are indented."""
    words = " ".join(["evidence"] * 30)
    with serving(FakeEndpoint(lambda _: answers(answer(comment=f"Rating\n\n- {words}\n1. {words}")))) as url:
        lines = shown_on_a_terminal("send", str(FIXTURE), "--to", f"{url}/webhook/assessment")

    assert max(map(len, lines[1:])) <= COLUMNS
    assert {word for line in lines for word in line.split() if word.startswith("evid")} == {"evidence"}
    assert [line[:4] for line in lines[4:]].count("- ev") == 1
    assert any(line.startswith("  evidence") for line in lines)
    assert any(line.startswith("   evidence") for line in lines)


def test_error_is_wrapped_at_the_terminals_width() -> None:
    """An error of ours fits the terminal as well, and no word of it is cut."""
    lines = shown_on_a_terminal("send", str(FIXTURE), "--to", f"{closed_port_url()}/webhook/assessment")
    plain = [line.removeprefix("\x1b[31m").removesuffix("\x1b[0m") for line in lines]

    assert len(plain) > 1
    assert max(map(len, plain)) <= COLUMNS


def test_comment_in_a_file_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody looks at a terminal, a line stays a line."""
    words = " ".join(["evidence"] * 30)

    assert f"\n{words}\n" in said_of(answers(answer(comment=words)), capsys)


def test_comment_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters of an answer are not printed."""
    assert "\x1b" not in said_of(answers(answer(comment="\x1b[2Jgone")), capsys)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (failure(400, {"detail": "no", "problems": [{"pointer": "/job", "message": "required"}]}),
         "/job: required"),
        (failure(401, {"detail": "a bearer token is needed"}), "EVALUATOR_WEBHOOK_TOKEN"),
        (failure(403, {"detail": "another app"}), "EVALUATOR_SOLIDATS_APP_ID"),
        (failure(404, {"detail": "nothing here"}), "/webhook/assessment"),
        (failure(429, {"detail": "busy"}), "later"),
        (failure(500, {"detail": "broken"}), "log"),
        (failure(502, answer(rating=None, failure_details="no such model")), "no such model"),
        (page(502), "HTTP 502"),
        (page(200), "the answer: not valid JSON"),
        (answers([]), "leads to the webhook"),
    ],
)  # fmt: skip
def test_rejected_answer_says_what_to_do(
    reply: Reply, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each answer that is no result is told with its status, its own words and the next step."""
    said = said_of(reply, capsys)

    assert expected in said
    assert "What to do: " in said


@pytest.mark.parametrize("status", [301, *range(400, 432), *range(500, 512)])
def test_every_error_status_has_its_advice(status: int) -> None:
    """There is a next step for every status that is no answer."""
    assert advice(Verdict(status, problems=(f"HTTP {status}",)))


@pytest.mark.parametrize("status", [502, 503, 504])
def test_page_of_a_proxy_is_told_from_the_services_answer(status: int) -> None:
    """An error without an object in it comes from what stands before the service."""
    result = {"failure_details": "no such model"}

    assert "a proxy" in str(advice(Verdict(status)))
    assert "a proxy" not in str(advice(Verdict(status, result=result)))


def test_taken_answer_needs_no_advice() -> None:
    """Where SolidATS takes the answer there is nothing to do."""
    assert advice(Verdict(200, accepted=True)) is None


@pytest.mark.parametrize("url", ["127.0.0.1:8000/webhook/assessment", "nonsense", "ftp://host/x"])
def test_url_that_is_none_is_told_with_an_example(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A URL without http:// or https:// is told with what one looks like."""
    assert "give it as http://host:port/webhook/assessment" in failed_to(url, capsys)


def test_endpoint_that_is_not_there_is_told_with_its_address(capsys: pytest.CaptureFixture[str]) -> None:
    """The host and port that nobody listens at are named, without the path, which may hold a token."""
    url = closed_port_url()
    said = failed_to(f"{url}/webhook/assessment/hunter2", capsys)

    assert f"cannot connect to {url}: " in said
    assert "evaluator serve" in said
    assert "hunter2" not in said


def test_endpoint_that_breaks_off_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A connection that ends within the answer is told, with where the reason may stand."""
    with resetting() as url:
        assert "broke off" in failed_to(url, capsys)


def test_endpoint_that_is_slow_is_told_with_the_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    """An answer that does not come is told with the time that was allowed and how to allow more."""
    with serving(FakeEndpoint(lambda _: Reply(then="stall"))) as url:
        said = failed_to(url, capsys, "--timeout", "0.1")

    assert "no answer within 0.1 seconds" in said
    assert "--timeout" in said
