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
    watcher = Watcher(load, prompts, tuple(packs) or (None,), lambda cases: _judge(session, cases), _say)

    async def follow() -> None:
        async with edits(prompts, source) as found:
            await watcher.begin()
            _say(f"watching {prompts} and {source}; Ctrl-C ends it")
            await watcher.follow(found)

    try:
        asyncio.run(follow())
    except KeyboardInterrupt:
        _say("ended")


async def _judge(session: Session, cases: Sequence[Case]) -> None:
    show(await session.play_on(cases), sys.stdout)
    session.forget()


def _say(message: str) -> None:
    click.echo(fitted(f"evaluator: {message}", sys.stderr), err=True)
