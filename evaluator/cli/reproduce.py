"""`evaluator reproduce`: makes a job's prompt again, and tells what is not as it was recorded."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict

import click

from evaluator.audit.program import this_program
from evaluator.audit.reproducing import Difference, differences, stored_request
from evaluator.errors import JobUnknown, JobUnsuited
from evaluator.settings import Settings, load
from evaluator.storage.jobs import JobStore
from evaluator.storage.records import Stored
from evaluator.wiring import build, existing_store


@click.command("reproduce")
@click.argument("job_id", metavar="JOB")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(job_id: str, *, as_json: bool) -> int:
    """Make the prompt of JOB again from its stored request, and tell what differs from the record.

    Packs, settings and program are those of today. Exits with 0 where nothing differs; with 1 where something
    does, or where request or prompt are not kept any more. What is shown of a line may hold a candidate's
    words.
    """
    try:
        found = asyncio.run(_differences(job_id))
    except (JobUnknown, JobUnsuited) as error:
        click.echo(f"evaluator: {error}", err=True)
        return 1
    if as_json:
        click.echo(json.dumps({"differs": [asdict(each) for each in found]}, indent=2))
    else:
        click.echo(_told(found))
    return 1 if found else 0


async def _differences(job_id: str) -> Sequence[Difference]:
    settings = load()
    async with existing_store(settings) as store:
        evaluations = [each for each in await store.records.of_job(job_id) if each.kind == "evaluation"]
        if not evaluations:
            raise JobUnknown(f"nothing is recorded of {job_id!r}: not evaluated yet, erased, or expired")
        return await _found(store, settings, evaluations[-1])


async def _found(store: JobStore, settings: Settings, stored: Stored) -> Sequence[Difference]:
    content = store.records.unsealed(stored)
    payloads = await store.payloads(str(stored.job))
    if content is None or payloads is None or payloads.request is None:
        raise JobUnsuited(f"{stored.job} cannot be reproduced: its request and prompt are not kept any more")
    services = build(settings, every_pack=False)
    try:
        assessor = services.assessor.keyed(store.fingerprint("canary").encode())
        return differences(stored, content, stored_request(payloads.request), assessor, this_program())
    finally:
        await services.aclose()


def _told(found: Sequence[Difference]) -> str:
    if not found:
        return "Nothing differs: request, pack, criteria, model, program and every line of the prompt."
    return "\n".join(
        f"{each.what} differs\n  recorded: {_plain(each.recorded)}\n  now:      {_plain(each.now)}"
        for each in found
    )


def _plain(text: str | None) -> str:
    """Return `text` as one line that cannot steer the terminal."""
    return "(nothing)" if text is None else "".join(each if each.isprintable() else " " for each in text)
