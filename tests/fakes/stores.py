"""Places to keep jobs in, and jobs to keep.

`place` is a fixture for both kinds of database, `sqlite_place` and `postgres_place` for one. Run as a
program, this accepts jobs as a process of its own would:

    python -m tests.fakes.stores FOLDER URL ID...     # URL is "" for SQLite; prints what became of each
"""

import asyncio
import dataclasses
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from evaluator.storage.database import Database, open_database
from evaluator.storage.jobs import JobStore
from evaluator.storage.keys import load_or_make_key
from evaluator.storage.opening import open_store
from evaluator.storage.rows import Accepted, Attempt, NewJob
from tests.fakes.clock import FakeClock
from tests.fakes.postgres import Postgres

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 60


@dataclasses.dataclass(frozen=True)
class Place:
    """An empty database: its URL, None for SQLite, and a folder for everything else."""

    url: str | None
    folder: Path
    clock: FakeClock = dataclasses.field(default_factory=FakeClock)

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The encryption key; made on first use."""
        return load_or_make_key(self.folder)

    def open(self, keys: Sequence[bytes] | None = None) -> AbstractAsyncContextManager[JobStore]:
        """Open a store there, which runs by the place's clock and waits for no lock for long."""
        return open_store(self.url, self.folder, keys or self.keys, busy_timeout_s=0.1, clock=self.clock)

    def database(self) -> Database:
        """Open the engines alone."""
        return open_database(self.url, self.folder, busy_timeout_s=0.1)

    def process(self, *ids: str) -> subprocess.Popen[str]:
        """Start a process that accepts jobs of these ids."""
        command = [sys.executable, "-m", __name__, str(self.folder), self.url or "", *ids]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def bytes_on_disk(self) -> bytes:
        """Return all that lies in the folder."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())


def new_job(job_id: str = "job-1", **changes: Any) -> NewJob:
    """Return a request that waits for its turn, with these fields changed."""
    usual = NewJob(
        id=job_id,
        candidate_id="candidate-1",
        step_id=7,
        mode="auto",
        request=b'{"candidate": "1"}',
        secret=b'"s3cret"',
        secret_mark="5ec4e7",
        retention_s=100_000.0,
    )
    return dataclasses.replace(usual, **changes)


def tried(outcome: str = "retry", **changes: Any) -> Attempt:
    """Return a delivery that was tried, with these fields changed."""
    return dataclasses.replace(Attempt("callback", 1_800_000_000.0, outcome, 12, status_code=503), **changes)


async def finished(store: JobStore, job_id: str = "job-1", **changes: Any) -> Accepted:
    """Accept a job and finish it."""
    accepted = await store.accept(new_job(job_id, **changes))
    await store.finish(job_id, b'{"rating": 70}', status="completed", deliver_until=1_800_100_000.0)
    return accepted


def outcome_of(process: subprocess.Popen[str]) -> list[str]:
    """Return what became of each job that a process accepted."""
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (0, "")
    return out.split()


@pytest.fixture
def sqlite_place(tmp_path: Path) -> Place:
    """An empty folder for SQLite."""
    return Place(None, tmp_path / "data")


@pytest.fixture
def postgres_place(tmp_path: Path, postgres: Postgres) -> Iterator[Place]:
    """An empty database on a PostgreSQL server."""
    with postgres.database() as url:
        yield Place(url, tmp_path / "data")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> Place:
    """An empty database of either kind."""
    name = "sqlite_place" if request.param == "sqlite" else "postgres_place"
    found: Place = request.getfixturevalue(name)
    return found


async def _accept_all(place: Place, ids: Sequence[str]) -> list[str]:
    async with open_store(place.url, place.folder, place.keys) as store:
        accepted = await asyncio.gather(*(store.accept(new_job(each)) for each in ids))
    return [each.how for each in accepted]


def main(arguments: Sequence[str]) -> None:
    """Accept the jobs that the arguments name."""
    folder, url, *ids = arguments
    print(*asyncio.run(_accept_all(Place(url or None, Path(folder)), ids)))  # noqa: T201 - read by who started it


if __name__ == "__main__":
    main(sys.argv[1:])
