"""Evaluations as they are recorded: the real pipeline over a fake model, its results in a store.

    rated = await evaluated(store, folder, "job-1", candidate_id="ann")   # an AssessmentResult
    await filled(store, 5)                                         # five short records of as many people

Run as a program, this adds records as a process of its own would:

    python -m tests.fakes.recording FOLDER URL PREFIX COUNT                  # URL is "" for SQLite
"""

import asyncio
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from evaluator.audit.hearing import Hearing
from evaluator.audit.program import Program
from evaluator.audit.record import Recorder, Subject
from evaluator.contract.result import AssessmentResult
from evaluator.jobs.keys import packed
from evaluator.storage.chain import Entry
from evaluator.storage.jobs import JobStore
from evaluator.storage.opening import open_store
from tests.fakes.assessing import assessor_over, pack_of, reply, request
from tests.fakes.model import FakeModel
from tests.fakes.stores import ROOT, Place, new_job

PROGRAM = Program("1.2.3", "ab" * 32)


async def evaluated(
    store: JobStore,
    folder: Path,
    job_id: str = "job-1",
    *,
    answer: Mapping[str, Any] | BaseException | None = None,
    settings: Mapping[str, Any] | None = None,
    retention_s: float = 100.0,
    **changes: Any,
) -> AssessmentResult:
    """Assess a request and keep result and record as the service does; return the result."""
    asked, model = request(**changes), FakeModel()
    model.enqueue(reply() if answer is None else answer)
    hearing = Hearing(model)
    recorder = Recorder(store.records, PROGRAM, hearing)
    place = folder / job_id
    place.mkdir()
    pack = pack_of(place, **(settings or {}))
    ids = {"candidate_id": asked.candidate_id, "step_id": asked.pipeline_step_id}
    await store.accept(
        new_job(job_id, request=packed(asked), retention_s=retention_s, delivery="owed", **ids)
    )
    with recorder.listening() as heard:
        result = await assessor_over(hearing, pack).assess(asked)
    subject = Subject(job_id, 1, asked.candidate_id, asked.pipeline_step_id, asked)
    entry = recorder.evaluated(subject, result, heard, at=1_800_000_000.0)
    await store.finish(
        job_id,
        result.model_dump_json().encode(),
        status=result.status,
        also=lambda connection, _: _append(store, connection, entry),
    )
    return result


def _append(store: JobStore, connection: Connection, entry: Entry) -> None:
    store.records.append(connection, entry)


async def filled(store: JobStore, count: int, *, prefix: str = "job", at: float = 1_800_000_000.0) -> None:
    """Add short records of as many people, a day apart."""
    for number in range(1, count + 1):
        await store.records.add(entry_of(store, f"{prefix}-{number}", at=at + number * 86_400))


def entry_of(store: JobStore, name: str, *, at: float = 1_800_000_000.0) -> Entry:
    """Return a short record of a job, about a person of the same name."""
    named = {"job": name, "candidate": store.records.candidate_mark(name), "salt": name}
    public = {"status": "completed", "rating": 70, "context": {}, "error": None, "failure": None}
    return Entry("evaluation", at, public, named, store.records.sealed({"exchanges": [], "result": {}}))


def tampered(place: Place, *statements: str) -> None:
    """Change the database behind the store's back."""
    database = place.database()
    with database.writing.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    database.close()


def adding(place: Place, prefix: str, count: int) -> subprocess.Popen[str]:
    """Start a process that adds records."""
    command = [sys.executable, "-m", __name__, str(place.folder), place.url or "", prefix, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def _add(place: Place, prefix: str, count: int) -> None:
    async with open_store(place.url, place.folder, place.keys) as store:
        for _ in range(count // 5):
            entries = [entry_of(store, f"{prefix}-{number}") for number in range(5)]
            await asyncio.gather(*(store.records.add(each) for each in entries))


def main(arguments: Sequence[str]) -> None:
    """Add the records that the arguments ask for."""
    folder, url, prefix, count = arguments
    asyncio.run(_add(Place(url or None, Path(folder)), prefix, int(count)))
    print("done")  # noqa: T201 - read by who started it


if __name__ == "__main__":
    main(sys.argv[1:])
