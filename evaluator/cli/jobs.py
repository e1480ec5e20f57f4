"""`evaluator jobs`: what is stored of requests, and what an operator can do with it.

Works beside running processes, on the same data folder or database. Exits with 1 where a job is unknown
or its state does not allow what was asked, or copies of what was erased are left, with 2 where an argument
or setting is wrong or there is no database. `job_output` tells the shapes of `--json`.
"""

import asyncio
import re
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args

import click
from rich.console import Console

from evaluator.cli import job_output
from evaluator.cli.job_output import Refusals
from evaluator.cli.wrapping import fitted
from evaluator.errors import JobUnknown, JobUnsuited
from evaluator.jobs.operations import Operations, Replayed
from evaluator.settings import load
from evaluator.storage.rows import Filter, Job, readings
from evaluator.storage.transitions import Delivery, State
from evaluator.wiring import operating

T = TypeVar("T")
Action = Callable[[Operations], Awaitable[T]]
Wrapped = Callable[..., Any]

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

_GOES_ON = {
    "assessment": "A model call under way is not stopped, but comes to nothing.",
    "delivery": "A delivery under way is not stopped, and may still arrive.",
}


class Moment(click.ParamType):  # type: ignore[type-arg] # generic for a type checker alone in older releases
    """A time in the past, told by its age or by its date; becomes epoch seconds."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the time that `90s`, `15m`, `2h`, `3d` or an ISO 8601 date and time stands for."""
        text = str(value)
        age = re.fullmatch(r"(\d{1,6})([smhd])", text)
        if age:
            return time.time() - int(age[1]) * _UNITS[age[2]]
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail("give an age (15m, 2h, 3d) or a time (2026-01-31T08:00Z)")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _filtered(command: Wrapped) -> Wrapped:
    """Add the options that narrow by candidate, step and age."""
    moment = Moment()
    for option in (
        click.option("--newer-than", type=moment, help="Accepted since, such as 2h or a time."),
        click.option("--older-than", type=moment, help="Accepted before, such as 3d or a time; UTC."),
        click.option("--step", "steps", multiple=True, metavar="ID", help="Of this pipeline step."),
        click.option("--candidate", "candidates", multiple=True, metavar="ID", help="Of this candidate."),
    ):
        command = option(command)
    return command


_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_ids = click.argument("ids", nargs=-1, required=True, metavar="JOB...")


@click.group("jobs")
def command() -> None:
    """Look at stored jobs, retry or cancel them, replay deliveries, erase a candidate.

    Needs the settings that the service runs with: EVALUATOR_DATA_DIR, or EVALUATOR_DATABASE_URL and
    EVALUATOR_ENCRYPTION_KEY. Works while the service runs.
    """


@command.command("list")
@click.option("--status", "states", multiple=True, type=click.Choice(get_args(State)), help="In this state.")
@click.option(
    "--delivery", "deliveries", multiple=True, type=click.Choice(get_args(Delivery)), help="Delivered so far."
)
@_filtered
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Jobs at most.")
@click.option("--cursor", help="Where the page before ended.")
@_json
def list_command(
    states: tuple[State, ...],
    deliveries: tuple[Delivery, ...],
    limit: int,
    cursor: str | None,
    *,
    as_json: bool,
    **narrowed: Any,
) -> None:
    """List jobs, newest first. An option that is given more than once takes either value."""
    wanted = _filter(**narrowed, states=states, deliveries=deliveries)
    page = _run(lambda operations: operations.find(wanted, limit=limit, cursor=cursor))
    if as_json:
        click.echo(job_output.as_json(job_output.page_shape(page)))
        return
    if not page.jobs:
        click.echo("No jobs.", err=True)
        return
    job_output.print_page(page, Console(), now=time.time())
    if page.cursor is not None:
        click.echo(f"More: --cursor {page.cursor}", err=True)


@command.command("show")
@click.argument("job_id", metavar="JOB")
@click.option("--request", is_flag=True, help="Print the request too: it holds the candidate's CV.")
@click.option("--result", is_flag=True, help="Print the result too: it quotes the candidate's CV.")
@_json
def show_command(job_id: str, *, request: bool, result: bool, as_json: bool) -> int:
    """Show how JOB stands and every try so far.

    An answer of the callback may repeat what was sent to it; the call's secret is taken out.
    """
    try:
        shown = _run(lambda operations: operations.show(job_id, request=request, result=result))
    except JobUnknown as error:
        _complain(str(error))
        return 1
    if as_json:
        click.echo(job_output.as_json(job_output.shown_shape(shown, request=request, result=result)))
    else:
        job_output.print_shown(shown, Console())
    return 0


@command.command("retry")
@_ids
@_json
def retry_command(ids: Sequence[str], *, as_json: bool) -> int:
    """Set each failed or cancelled JOB going anew."""
    changed, refused = _run(lambda operations: _each(ids, operations.retry))
    return _told("set going", changed, refused, as_json=as_json)


@command.command("cancel")
@_ids
@_json
def cancel_command(ids: Sequence[str], *, as_json: bool) -> int:
    """End each JOB that waits or runs, or give up the delivery that it owes.

    A model call under way is not stopped, but comes to nothing; a delivery under way may still arrive.
    """
    under_way: set[str] = set()
    changed, refused = _run(lambda operations: _cancelled(operations, ids, under_way))
    status = _told("cancelled", changed, refused, as_json=as_json)
    for what in () if as_json else sorted(under_way):
        click.echo(_GOES_ON[what], err=True)
    return status


@command.command("replay")
@click.argument("ids", nargs=-1, metavar="[JOB]...")
@click.option("--all", "everything", is_flag=True, help="Every dead delivery; the options below narrow.")
@_filtered
@_json
def replay_command(ids: Sequence[str], *, everything: bool, as_json: bool, **narrowed: Any) -> int:
    """Deliver again what is dead: each JOB, or with --all every one in a range.

    With --all, jobs that have no result to deliver, or whose delivery an operator cancelled, are told of
    and left.
    """
    wanted = _filter(**narrowed)
    if everything == bool(ids):
        raise click.UsageError("name jobs, or say --all")
    if ids and wanted != Filter():
        raise click.UsageError("--candidate, --step, --older-than and --newer-than go with --all")
    if everything:
        _tell_replayed(_run(lambda operations: operations.replay_all(wanted)), as_json=as_json)
        return 0
    changed, refused = _run(lambda operations: _each(ids, operations.replay))
    return _told("to be delivered", changed, refused, as_json=as_json)


@command.command("erase")
@click.option("--candidate", required=True, metavar="ID", help="Whose data is to go.")
@_json
def erase_command(candidate: str, *, as_json: bool) -> int:
    """Erase all that is held of a candidate, results too, whatever the state of their jobs.

    A record of it stays, without the id. An ID that spells a number is taken as text and as a number.
    Exits with 1 where all is erased, and old copies are left in SQLite's files for whoever reads them.
    """
    erased = _run(lambda operations: operations.erase(candidate))
    if as_json:
        click.echo(job_output.as_json(job_output.erased_shape(erased)))
    else:
        click.echo(job_output.erased_text(erased))
    if erased.overwritten:
        return 0
    _complain("old copies are left in files that another program reads: run the same again later")
    return 1


def _filter(
    *,
    candidates: Sequence[str],
    steps: Sequence[str],
    older_than: float | None,
    newer_than: float | None,
    states: tuple[State, ...] = (),
    deliveries: tuple[Delivery, ...] = (),
) -> Filter:
    """Return what was asked for; an id that spells a number is looked for as both."""
    return Filter(
        states=states,
        deliveries=deliveries,
        candidates=tuple(each for text in candidates for each in readings(text)),
        steps=tuple(each for text in steps for each in readings(text)),
        older_than=older_than,
        newer_than=newer_than,
    )


def _run(action: Action[T]) -> T:
    async def within() -> T:
        async with operating(load()) as operations:
            return await action(operations)

    return asyncio.run(within())


async def _each(
    ids: Iterable[str], change: Callable[[str], Awaitable[Job]]
) -> tuple[Sequence[Job], Refusals]:
    """Do the same with each job, and return those that changed and why the others did not."""
    changed: list[Job] = []
    refused: dict[str, str] = {}
    for job_id in dict.fromkeys(ids):
        try:
            changed.append(await change(job_id))
        except (JobUnknown, JobUnsuited) as error:
            refused[job_id] = str(error)
    return changed, refused


async def _cancelled(
    operations: Operations, ids: Iterable[str], under_way: set[str]
) -> tuple[Sequence[Job], Refusals]:
    """Cancel each job, and put into `under_way` what goes on all the same."""

    async def cancel(job_id: str) -> Job:
        cancelled = await operations.cancel(job_id)
        under_way.update(filter(None, [cancelled.under_way]))
        return cancelled.job

    return await _each(ids, cancel)


def _tell_replayed(replayed: Replayed, *, as_json: bool) -> None:
    """Tell what is delivered again; of what was left, JSON names each job and its reason."""
    left = {each: f"{each} has no result to deliver: retry it" for each in replayed.without_result}
    if as_json:
        left |= {
            each: f"{each} was cancelled by an operator: name it to replay it" for each in replayed.cancelled
        }
    elif not replayed.jobs:
        click.echo("Nothing to replay.", err=True)
    _told("to be delivered", replayed.jobs, left, as_json=as_json)
    if replayed.cancelled and not as_json:
        click.echo(job_output.cancelled_text(len(replayed.cancelled)), err=True)


def _told(what: str, changed: Sequence[Job], refused: Refusals, *, as_json: bool) -> int:
    if as_json:
        click.echo(job_output.as_json(job_output.changes_shape(changed, refused)))
    else:
        for job in changed:
            click.echo(f"{job.id}: {what}")
        for reason in refused.values():
            _complain(reason)
    return 1 if refused else 0


def _complain(reason: str) -> None:
    click.echo(fitted(f"evaluator: {reason}", sys.stderr), err=True)
