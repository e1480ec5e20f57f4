"""`make demo`: serves with the offline rater, sends three fixtures as SolidATS, and shows what comes back.

Works from a checkout, whose fixtures it sends. Each step is a command that a person could type.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from evaluator.cli.main import run

FIXTURES = ("engineering-backend-strong", "nursing-icu-middling", "sales-german-strong")
"""What is sent: three jobs, two languages."""

_EVALUATOR = (sys.executable, "-m", "evaluator")
_PATIENCE_S = 10
_OURS = ("EVALUATOR_", "OPENAI_")


_NEXT = f"""\
  make eval         every fixture, and whether it is rated as expected
  make run          the service; its pages are on http://127.0.0.1:8000
  docs/method.md    how a rating comes about
  prompts/default   the prompt pack to change first

The exact prompt of a case, with the tokens of each section:
  .venv/bin/evaluator render fixtures/{FIXTURES[1]}

The ratings above are the offline heuristic's, which matches words. To have a
model judge, set EVALUATOR_MODEL_BASE_URL, EVALUATOR_MODEL_API_KEY and
EVALUATOR_MODEL_NAME, and run `make run`."""


@click.command("demo")
@click.option(
    "--fixtures", type=click.Path(path_type=Path, exists=True), default=Path("fixtures"), help="The cases."
)
def command(fixtures: Path) -> None:
    """Serve on a free port with the offline rater, send three fixtures, print ratings and comments."""
    with _serving() as url:
        target = f"{url}/webhook/assessment"
        failed = [name for name in FIXTURES if not _send(fixtures / name, target)]
    if failed:
        raise click.ClickException(f"not rated: {', '.join(failed)}")
    _say("Stopped. Where to look next")
    click.echo(_NEXT)


@contextlib.contextmanager
def _serving() -> Iterator[str]:
    """Run `serve` and yield its URL; nothing set in this shell reaches it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    environment["EVALUATOR_LOG_LEVEL"] = "warning"
    _say("evaluator serve --port 0")
    with (
        tempfile.TemporaryDirectory() as folder,  # so that it runs beside a service of the same checkout
        _started(
            ["serve", "--port", "0"],
            stdout=subprocess.PIPE,
            env=environment | {"EVALUATOR_DATA_DIR": folder},
        ) as server,
    ):
        first = server.stdout.readline() if server.stdout else ""
        if not first.startswith("Listening on "):
            raise click.ClickException("the service did not start; the lines above say why")
        click.echo(f"  {first.strip()}\n")
        yield first.split()[2].rstrip(",")


def _send(fixture: Path, target: str) -> bool:
    _say(f"evaluator send {fixture} --to {target}")
    with _started(["send", str(fixture), "--to", target]) as sending:
        return sending.wait() == 0


@contextlib.contextmanager
def _started(arguments: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """Run a command of ours; whatever happens, Ctrl-C too, it has ended when the block is left.

    In a group of its own Ctrl-C does not reach it: it is ended from here, and one process speaks of it.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # while it starts nobody could end it
    with subprocess.Popen([*_EVALUATOR, *arguments], text=True, process_group=0, **options) as process:  # noqa: S603 - our own command
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            yield process
        finally:
            process.terminate()
            _wait_for(process)


def _wait_for(process: "subprocess.Popen[str]") -> None:
    try:
        process.wait(_PATIENCE_S)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def _say(line: str) -> None:
    click.secho(f"▸ {line}", fg="cyan", bold=True)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(run(group=command))
