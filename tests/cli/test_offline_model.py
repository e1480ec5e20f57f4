"""`evaluator offline-model` as a process of its own, and its arguments."""

import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest
from click.testing import CliRunner

from evaluator.cli.offline_model import command
from evaluator.offline.faults import Dice, Faults
from tests.fakes.server import listening

PATIENCE_S = 30


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[tuple[str, str]]:
    """Run the command on a free port; yields the line it prints and its base URL."""
    run = [sys.executable, "-m", "evaluator", "offline-model", "--port", "0", *arguments]
    with subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            yield line, re.findall(r"http://\S+", line)[0]
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0


def test_it_serves_on_a_free_port_and_says_what_it_is() -> None:
    """The line it prints names the port and says that it is no model; the port answers."""
    with started() as (line, url):
        models = httpx2.get(f"{url}/models", timeout=PATIENCE_S).json()

    assert "no model" in line
    assert url.startswith("http://127.0.0.1:")
    assert [entry["id"] for entry in models["data"]] == ["offline-heuristic"]


def test_faults_are_served() -> None:
    """Options for faults reach the application."""
    with started("--rate-limited", "1", "--retry-after", "3", "--seed", "1") as (_, url):
        response = httpx2.post(f"{url}/chat/completions", json={}, timeout=PATIENCE_S)

    assert (response.status_code, response.headers["retry-after"]) == (429, "3")


def test_seed_gives_the_same_sequence() -> None:
    """The faults of a seed come in the sequence that the same seed gives in process."""
    dice = Dice(Faults(rate_limited=0.5, seed=11))
    expected = [429 if dice.fault() else 400 for _ in range(20)]
    with (
        started("--rate-limited", "0.5", "--seed", "11") as (_, url),
        httpx2.Client(timeout=PATIENCE_S) as client,
    ):
        statuses = [client.post(f"{url}/chat/completions", json={}).status_code for _ in range(20)]

    assert statuses == expected


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rate-limited", "2"],
        ["--failing", "0.7", "--refused", "0.7"],
        ["--port", "-1"],
        ["--latency", "-1"],
    ],
)
def test_impossible_argument_is_a_usage_error(arguments: list[str]) -> None:
    """Shares beyond 1, alone or together, and negative figures end with exit status 2."""
    result = CliRunner().invoke(command, arguments)

    assert (result.exit_code, "Usage:" in result.output) == (2, True)


def test_host_that_is_not_here_is_told() -> None:
    """An address of another machine ends with a sentence and no traceback."""
    result = CliRunner().invoke(command, ["--host", "192.0.2.1", "--port", "0"])

    assert (result.exit_code, "cannot listen on 192.0.2.1:0: " in result.output) == (1, True)
    assert "this machine has no such address" in result.output


def test_port_in_use_is_told_with_the_way_out() -> None:
    """Where something else listens already, the option that names another port is told."""
    with listening() as taken:
        result = CliRunner().invoke(command, ["--port", str(taken.getsockname()[1])])

    assert (result.exit_code, "--port" in result.output) == (1, True)
