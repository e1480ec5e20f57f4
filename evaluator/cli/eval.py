"""`evaluator eval`: replays fixtures through the pipeline and compares with what is expected."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from evaluator.cli.wrapping import fitted
from evaluator.evals.dataset import Case, load_cases
from evaluator.evals.report import closing_line, failures, outcome_table
from evaluator.evals.runner import Outcome, run_cases
from evaluator.settings import load
from evaluator.wiring import Services, build


@click.command("eval")
@click.argument("names", nargs=-1, metavar="[CASE]...")
@click.option(
    "--fixtures",
    type=click.Path(path_type=Path),
    default=Path("fixtures"),
    show_default=True,
    help="Folder of the cases.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 512),
    default=8,
    show_default=True,
    help="Cases replayed at a time.",
)
def command(names: Sequence[str], fixtures: Path, concurrency: int) -> int:
    """Replay all fixtures, or the CASEs named, and compare each rating with what its case expects.

    A case is a folder with request.json and, where something is expected of it, expect.toml. Exits with 1
    where a case is not as expected or has no rating, with 2 where a case is broken or the run could not be
    made.
    """
    cases = load_cases(fixtures, names)
    holds = _replay(cases.sound, concurrency) if cases.sound else False
    for error in cases.broken:
        click.secho(fitted(f"evaluator: not replayed: {error}", sys.stderr), fg="red", err=True)
    if cases.broken:
        return 2
    return 0 if holds else 1


def _replay(cases: Sequence[Case], concurrency: int) -> bool:
    """Replay and report; return whether all is as expected."""
    services = build(load(), every_pack=False)
    outcomes = asyncio.run(_run(cases, services, concurrency))
    _report(outcomes, services)
    return all(outcome.holds for outcome in outcomes)


def _report(outcomes: Sequence[Outcome], services: Services) -> None:
    out = Console()
    out.print(outcome_table(outcomes), soft_wrap=not out.is_terminal)
    for line in failures(outcomes):
        out.print(line)
    out.print(f"\n{_judge(services)}", highlight=False)
    out.print(closing_line(outcomes), highlight=False)


async def _run(cases: Sequence[Case], services: Services, concurrency: int) -> list[Outcome]:
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    try:
        with bar:
            row = bar.add_task("cases", total=len(cases))
            return await run_cases(
                cases, services.assessor, concurrency=concurrency, done=lambda _: bar.advance(row)
            )
    finally:
        await services.aclose()


def _judge(services: Services) -> str:
    if services.offline:
        return "Judged by the offline heuristic (word matching); no model was asked."
    return f"Judged by {services.model_name}."
