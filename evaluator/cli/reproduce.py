"""`evaluator reproduce`: makes a job's prompt again, and tells what is not as it was recorded."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict

import click

from evaluator.audit.program import this_program
from evaluator.audit.reproducing import OPTED_OUT, Difference, differences, other_program, stored_request
from evaluator.errors import JobUnknown, JobUnsuited
from evaluator.jobs.published import recall
from evaluator.settings import Settings, load
from evaluator.storage.jobs import JobStore
from evaluator.storage.records import Stored
from evaluator.wiring import build, existing_store

_SAME = "Reproduced: request, pack, criteria, model and every line of the prompt are the same."
_SAME_OPTED_OUT = "Reproduced: the request is the same, and no prompt is made: the candidate has opted out."


@click.command("reproduce")
@click.argument("job_id", metavar="JOB")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(job_id: str, *, as_json: bool) -> int:
    """Make the prompt of JOB again from its stored request, and tell what differs from the record.

    The pack is the one that judged, where its files or a published version still have its hash; settings
    and program, and else the pack, are those of today. Exits with 0 where request, pack, criteria, model
    and prompt are the same; with 1 where one is not, or where request or prompt are not kept any more.
    Another program is told of. What is shown of a line may hold a candidate's words.
    """
    try:
        stored, found = asyncio.run(_differences(job_id))
    except (JobUnknown, JobUnsuited) as error:
        click.echo(f"evaluator: {error}", err=True)
        return 1
    program = other_program(stored, this_program())
    if as_json:
        shape = {"differs": [asdict(each) for each in found], "program": program and asdict(program)}
        click.echo(json.dumps(shape, indent=2))
    else:
        same = _SAME_OPTED_OUT if stored.told["status"] == OPTED_OUT else _SAME
        told = [_told(each) for each in found] or [same]
        click.echo("\n".join([*told, *map(_told, filter(None, [program]))]))
    return 1 if found else 0


async def _differences(job_id: str) -> tuple[Stored, Sequence[Difference]]:
    settings = load()
    async with existing_store(settings) as store:
        evaluations = [each for each in await store.records.of_job(job_id) if each.kind == "evaluation"]
        if not evaluations:
            raise JobUnknown(f"nothing is recorded of {job_id!r}: not evaluated yet, erased, or expired")
        return evaluations[-1], await _found(store, settings, evaluations[-1])


async def _found(store: JobStore, settings: Settings, stored: Stored) -> Sequence[Difference]:
    content = store.records.unsealed(stored)
    payloads = await store.payloads(str(stored.job))
    if content is None or payloads is None or payloads.request is None:
        raise JobUnsuited(f"{stored.job} cannot be reproduced: its request and prompt are not kept any more")
    services, pack = build(settings, every_pack=False), stored.told["context"].get("pack")
    try:
        if pack is not None:
            await recall(services.packs, store.pack_versions, pack["name"], pack["hash"])
        assessor = services.assessor.keyed(store.fingerprint("canary").encode())
        return differences(stored, content, stored_request(payloads.request), assessor)
    finally:
        await services.aclose()


def _told(each: Difference) -> str:
    return f"{each.what} differs\n  recorded: {_plain(each.recorded)}\n  now:      {_plain(each.now)}"


def _plain(text: str | None) -> str:
    """Return `text` as one line that cannot steer the terminal."""
    return "(nothing)" if text is None else "".join(each if each.isprintable() else " " for each in text)
