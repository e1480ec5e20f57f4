"""`evaluator eval --watch`: judges again what an edit touches. Loaded by name, since few ask for it."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from evaluator.cli.wrapping import fitted
from evaluator.evals.dataset import Case
from evaluator.evals.reports.terminal import show
from evaluator.evals.session import Session
from evaluator.evals.watching import Watcher, edits
from evaluator.settings import Settings


def watch(
    settings: Settings,
    session: Session,
    load: Callable[[], Sequence[Case]],
    *,
    packs: Sequence[str],
    source: Path,
) -> None:
    """Judge all that `load` gives, then, until Ctrl-C, the cases that edits of packs and cases touch."""
    prompts = settings.resolved_prompts_dir()
    watcher = Watcher(load, prompts, tuple(packs) or (None,), lambda cases: _again(session, cases), _say)
    try:
        show(session.play(load()), sys.stdout)
        _say(f"watching {prompts} and {source}; Ctrl-C ends it")
        asyncio.run(watcher.follow(edits(prompts, source)))
    except KeyboardInterrupt:
        _say("ended")


async def _again(session: Session, cases: Sequence[Case]) -> None:
    show(await session.play_on(cases), sys.stdout)


def _say(message: str) -> None:
    click.echo(fitted(f"evaluator: {message}", sys.stderr), err=True)
