"""`evaluator eval-attacks`: plants attacks and honest texts, and tells what the service lets through."""

import asyncio
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from evaluator.errors import FixtureError
from evaluator.evals.attacks.figures import aims
from evaluator.evals.attacks.gullible import ENOUGH
from evaluator.evals.attacks.outcomes import SuiteRun
from evaluator.evals.attacks.reporting import as_json, told
from evaluator.evals.attacks.suite import Done, attack_endpoint, attack_gullible, work_of
from evaluator.evals.attacks.texts import Planted, load_texts
from evaluator.settings import load

SETS: Mapping[str, Sequence[str]] = {
    "known": ("known.jsonl", "honest_known.jsonl"),
    "held out": ("held_out.jsonl", "honest_held_out.jsonl"),
}
"""The files of each set: rules are tuned on the first, and only measured on the second."""

_WIDTH = 80
_PIPED = 10_000

_folder = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command("eval-attacks")
@click.option("--gullible", is_flag=True, help="Judge with a script that obeys. The default; asks nobody.")
@click.option("--endpoint", is_flag=True, help="Judge with the configured endpoint, which may cost money.")
@click.option(
    "--set", "named", type=click.Choice(["known", "held-out", "both"]), default="both", show_default=True
)
@click.option(
    "--enough",
    type=click.FloatRange(0.05, 1),
    default=ENOUGH,
    show_default=True,
    help="Share of an attack from which the script obeys.",
)
@click.option("--data", type=_folder, default=Path("tests/attacks/data"), show_default=True)
@click.option("--fixtures", type=_folder, default=Path("fixtures"), show_default=True)
@click.option("--json", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write all outcomes.")
def command(
    *,
    gullible: bool,
    endpoint: bool,
    named: str,
    enough: float,
    data: Path,
    fixtures: Path,
    file: Path | None,
) -> int:
    """Plant each attack in its fixture's request, and compare its rating with the clean request's.

    Honest texts with the words of attacks are planted too: none should be flagged, and what they tell should
    still count. Exits with 1 where an aim is not reached.
    """
    settings = load()
    sets = _sets(data, fixtures, named)
    runs = []
    if gullible or not endpoint:
        with _shown(work_of(sets), "gullible") as done:
            runs.append(asyncio.run(attack_gullible(settings, sets, fixtures, done, enough=enough)))
    if endpoint:
        with _shown(work_of(sets), "endpoint") as done:
            runs.append(asyncio.run(attack_endpoint(settings, sets, fixtures, done)))
    _print(runs)
    if file is not None:
        _write(file, runs)
    return 0 if all(aim.reached for run in runs for aim in aims(run)) else 1


def _sets(data: Path, fixtures: Path, named: str) -> dict[str, list[Planted]]:
    wanted = [name for name in SETS if named in ("both", name.replace(" ", "-"))]
    return {
        name: [text for file in SETS[name] for text in load_texts(data / file, fixtures)] for name in wanted
    }


@contextmanager
def _shown(total: int, label: str) -> Iterator[Done]:
    """Show a bar at a terminal, on standard error, and elsewhere a line at the start."""
    if not sys.stderr.isatty():
        click.echo(f"{label}: {total} assessments …", err=True)
        yield lambda: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda: bar.advance(task)


def _print(runs: Sequence[SuiteRun]) -> None:
    width = min(_WIDTH, shutil.get_terminal_size().columns) if sys.stdout.isatty() else _PIPED
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    for run in runs:
        for part in told(run):
            console.print(part)


def _write(file: Path, runs: Sequence[SuiteRun]) -> None:
    try:
        file.write_text(json.dumps(as_json(runs), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise FixtureError(f"{file}: cannot be written: {error.strerror}") from None
