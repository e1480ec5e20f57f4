"""`evaluator audit-log`: checking the audit record, listing it, adding a correction.

Works beside running processes, on the same data folder or database. `verify` exits with 1 where something is
wrong, `correct` where nothing is recorded of the job.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import click

from evaluator.audit.explaining import moment
from evaluator.audit.verifying import Noted, Verdict, parse_noted, verify
from evaluator.errors import JobUnknown
from evaluator.jobs.operations import CORRECTED, Corrected
from evaluator.settings import load
from evaluator.storage.records import Records, Stored
from evaluator.wiring import existing_store, operating

T = TypeVar("T")

_ALL = 2**31 - 1
"""Behind every number."""

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class _Note(click.ParamType):  # type: ignore[type-arg] # generic for a type checker alone in older releases
    """A record's number and hash, as `verify` prints them."""

    name = "number:hash"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Noted:
        """Return what was noted."""
        try:
            return value if isinstance(value, Noted) else parse_noted(str(value))
        except ValueError:
            self.fail("give a number and a hash as verify prints them: 12:ab…")


@click.group("audit-log")
def command() -> None:
    """Check the audit record, list it, and add what a person corrected.

    One record is kept of each evaluation, each bound to the one before by its hash. Needs the settings that
    the service runs with. `evaluator audit` is something else: the figures of a bias audit.
    """


@command.command("verify")
@click.option("--noted", type=_Note(), multiple=True, help="An end that was printed before; may be repeated.")
@_json
def verify_command(noted: tuple[Noted, ...], *, as_json: bool) -> int:
    """Check that every record is there, in its place and as it was written.

    Prints the end of the chain: note it elsewhere and give it as --noted the next time, for who can replace
    the whole database can put back an older one.
    """
    verdict = _run(lambda records: verify(records, noted))
    click.echo(json.dumps(_verdict_shape(verdict), indent=2) if as_json else _told(verdict))
    return 0 if verdict.sound else 1


@command.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most.")
@click.option("--before", type=click.IntRange(1), help="Only records before this number.")
@click.option("--job", "job_id", metavar="JOB", help="Only records of this job.")
@_json
def list_command(limit: int, before: int | None, job_id: str | None, *, as_json: bool) -> None:
    """List records, the newest first; what they hold of a candidate is not among it."""
    found = _run(lambda records: _listed(records, limit, before or _ALL, job_id))
    if as_json:
        click.echo(json.dumps([_shape(each) for each in found], indent=2))
        return
    for each in found:
        click.echo(_line(each))
    if not found:
        click.echo("No records.", err=True)


@command.command("correct")
@click.argument("job_id", metavar="JOB")
@click.option("--by", required=True, metavar="NAME", help="Who corrects it.")
@click.option("--note", required=True, metavar="TEXT", help="What is corrected, and why.")
@click.option("--rating", type=click.FloatRange(0, 100), help="The rating that a person gives, if another.")
def correct_command(job_id: str, by: str, note: str, rating: float | None) -> int:
    """Add to the record how a person corrected what was found of JOB; nothing is changed.

    Name and note are sealed. With a rating, and while the request is held, it is kept in the studio's cohort
    of corrected ratings and becomes a case of `evaluator eval --from-jobs`. SolidATS is not told: change the
    rating there, too.
    """
    try:
        done = asyncio.run(_corrected(job_id, by=by, note=note, rating=rating))
    except JobUnknown as error:
        click.echo(f"evaluator: {error}", err=True)
        return 1
    click.echo(f"Record {done.record} added.")
    if done.kept:
        click.echo(f"The request is kept as a case, in the cohort “{CORRECTED}”.")
    return 0


def _run(action: Callable[[Records], Awaitable[T]]) -> T:
    async def within() -> T:
        async with existing_store(load()) as store:
            return await action(store.records)

    return asyncio.run(within())


async def _listed(records: Records, limit: int, before: int, job_id: str | None) -> Sequence[Stored]:
    if job_id is None:
        return await records.newest(before=before, limit=limit)
    of_job = [each for each in await records.of_job(job_id) if each.seq < before]
    return of_job[::-1][:limit]


async def _corrected(job_id: str, **said: Any) -> Corrected:
    async with operating(load()) as operations:
        return await operations.correct(job_id, **said)


def _verdict_shape(verdict: Verdict) -> dict[str, Any]:
    return {
        "sound": verdict.sound,
        "records": verdict.records,
        "head": None if verdict.head is None else str(verdict.head),
        "begins_behind": verdict.begins_behind,
        "removed_until": None if verdict.removed_until is None else moment(verdict.removed_until),
        "erased": verdict.erased,
        "without_content": verdict.without_content,
        "faults": [{"record": fault.seq, "what": fault.what} for fault in verdict.faults],
    }


def _told(verdict: Verdict) -> str:
    lines = [f"record {fault.seq} {fault.what}" if fault.seq else fault.what for fault in verdict.faults]
    lines.append(
        f"{verdict.records} records, {verdict.erased} of them of erased candidates, "
        f"{verdict.without_content} without their prompt and quotes."
    )
    if verdict.begins_behind:
        lines.append(f"Removed after their time: all up to {verdict.begins_behind}.")
    lines.append(f"The end of the chain: {verdict.head or 'none'}")
    lines.append(_conclusion(verdict))
    return "\n".join(lines)


def _conclusion(verdict: Verdict) -> str:
    if not verdict.sound:
        return "The record is NOT whole."
    if verdict.head is None:
        return "Nothing is there: no evaluation was ever recorded here, or somebody emptied the record."
    return "Every record is as it was written."


def _shape(stored: Stored) -> dict[str, Any]:
    told = {**stored.told, "at": moment(stored.at)}
    return {**told, "job": stored.job, "hash": stored.hash, "content_kept": stored.content is not None}


def _line(stored: Stored) -> str:
    told = stored.told
    rating = "" if told.get("rating") is None else f" {told['rating']:g}"
    of = f" of {told['of']}" if "of" in told else ""
    said = f"{told.get('status', '')}{rating}{of}".strip()
    return f"{stored.seq} {moment(stored.at)} {stored.kind} {stored.job or '(erased)'} {said}"
