"""`evaluator explain`: how a job was rated, in words that the person it is about can read."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from evaluator.audit.as_page import as_page
from evaluator.audit.as_text import as_json, as_text
from evaluator.audit.explaining import Explanation, explain, moment
from evaluator.audit.verifying import wrong_with
from evaluator.cli.writing import written
from evaluator.errors import JobUnknown
from evaluator.settings import load
from evaluator.storage.jobs import JobStore
from evaluator.wiring import existing_store


@click.command("explain")
@click.argument("job_id", metavar="JOB")
@click.option(
    "--html",
    "html_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it as one page of HTML instead.",
)
@click.option("--json", "as_json_", is_flag=True, help="Print JSON.")
def command(job_id: str, html_file: Path | None, *, as_json_: bool) -> int:
    """Tell how JOB was rated: what was found, quoted, counted and not, and how the rating is computed.

    It is told from the audit record, so also when the job is not kept any more; quotes are kept as long as
    the job. Needs the settings that the service runs with. Exits with 1 where nothing is recorded of JOB, and
    where the record is not as it was written, which is told.
    """
    try:
        told = asyncio.run(_explained(job_id))
    except JobUnknown as error:
        click.echo(f"evaluator: {error}", err=True)
        return 1
    if html_file is not None:
        written(html_file, as_page(told))
    else:
        click.echo(as_json(told) if as_json_ else as_text(told))
    return 1 if told.wrong else 0


async def _explained(job_id: str) -> Explanation:
    async with existing_store(load()) as store:
        stored = await store.records.of_job(job_id)
        told = explain(stored, store.records)
        if told is None:
            raise JobUnknown(f"nothing is recorded of {job_id!r}: not evaluated yet, erased, or expired")
        latest = next(each for each in stored if each.seq == told.number)
        wrong = tuple(await wrong_with(store.records, latest))
        version = await _version(store, latest.told["context"].get("pack"))
    provenance = told.provenance if version is None else (*told.provenance, version)
    return replace(told, provenance=provenance, wrong=wrong)


async def _version(store: JobStore, pack: Mapping[str, Any] | None) -> tuple[str, str] | None:
    """Return which published version of a pack judged, None where its files did."""
    version = pack and await store.pack_versions.of_hash(pack["name"], pack["hash"])
    return ("version of the pack", f"{version.number}, published {moment(version.at)}") if version else None
