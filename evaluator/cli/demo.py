"""`make demo`: serves with the offline rater, sends three fixtures as SolidATS, and shows what comes back.

Works from a checkout, whose fixtures it sends. Each step is a command that a person could type.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

FIXTURES = ("engineering-backend-strong", "nursing-icu-middling", "sales-german-strong")
"""What is sent: three jobs, two languages."""

_EVALUATOR = (sys.executable, "-m", "evaluator")
_OURS = ("EVALUATOR_", "OPENAI_")


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
    click.echo(
        "  make eval                                 every fixture, and whether it is rated as expected\n"
        f"  .venv/bin/evaluator render fixtures/{FIXTURES[1]}\n"
        "                                            the exact prompt, tokens per section\n"
        "  make run                                  the service, on http://127.0.0.1:8000/schema\n"
        "  docs/method.md                            how a rating comes about\n"
        "  prompts/default                           the prompt pack to change first\n"
        "The ratings above are the offline heuristic's, which matches words; set EVALUATOR_MODEL_BASE_URL,\n"
        "EVALUATOR_MODEL_API_KEY and EVALUATOR_MODEL_NAME to have a model judge."
    )


@contextlib.contextmanager
def _serving() -> Iterator[str]:
    """Run `serve` and yield its URL; nothing set in this shell reaches it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    environment["EVALUATOR_LOG_LEVEL"] = "warning"
    arguments = [*_EVALUATOR, "serve", "--port", "0"]
    _say("evaluator serve --port 0")
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment) as server:  # noqa: S603 - our own command
        try:
            first = server.stdout.readline() if server.stdout else ""
            if not first.startswith("Listening on "):
                raise click.ClickException("the service did not start; the lines above say why")
            click.echo(f"  {first.strip()}\n")
            yield first.split()[2].rstrip(",")
        finally:
            server.terminate()


def _send(fixture: Path, target: str) -> bool:
    _say(f"evaluator send {fixture} --to {target}")
    return _run(["send", str(fixture), "--to", target]) == 0


def _run(arguments: Sequence[str]) -> int:
    return subprocess.run([*_EVALUATOR, *arguments], check=False).returncode  # noqa: S603 - our own command


def _say(line: str) -> None:
    click.secho(f"▸ {line}", fg="cyan", bold=True)
    sys.stdout.flush()


if __name__ == "__main__":
    command()
