"""Ctrl-C: a command ends with one line and leaves no process behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.endpoint import FakeEndpoint, Reply
from tests.fakes.server import PATIENCE_S, serving

FIXTURE = "sales-b2b-weak"


@contextlib.contextmanager
def started(*command: str, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a command in a group of its own, as a shell does; whatever is left of the group is killed."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("EVALUATOR_", "OPENAI_"))
    }
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        env={**clean, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def interrupted(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Press Ctrl-C, which reaches the whole group; return the status and what went to stderr.

    Whatever the command started holds its stderr open: the text ends when the last of them has ended.
    """
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE_S)
    return process.returncode, told.strip()


@pytest.mark.parametrize("awaited", ["evaluator serve", "evaluator send"])
def test_interrupted_demo_ends_with_one_line_and_leaves_nothing(awaited: str) -> None:
    """Ctrl-C in the demo stops the service that it started, whatever it is about."""
    with started("evaluator.cli.demo") as demo:
        assert demo.stdout
        while awaited not in demo.stdout.readline():
            assert demo.poll() is None

        assert interrupted(demo) == (130, "evaluator: interrupted")


@pytest.mark.parametrize(
    ("command", "told"),
    [("eval", "interrupted; --resume goes on from here"), ("send", "interrupted")],
)
def test_interrupted_wait_for_an_answer_ends_with_one_line(command: str, told: str, tmp_path: Path) -> None:
    """Ctrl-C while the model or the endpoint is silent ends the command at once."""
    endpoint = FakeEndpoint(lambda _: Reply(then="stall"))
    with serving(endpoint) as url:
        arguments = {"eval": [FIXTURE], "send": [str(Path("fixtures") / FIXTURE), "--to", url]}[command]
        model = {"EVALUATOR_MODEL_BASE_URL": url, "EVALUATOR_MODEL_NAME": "m"}
        own = {"EVALUATOR_DATA_DIR": str(tmp_path)}
        with started("evaluator", command, *arguments, **model, **own) as process:
            while not endpoint.history:
                assert process.poll() is None
                time.sleep(0.01)

            assert interrupted(process) == (130, f"evaluator: {told}")
