"""Opening a database that another process made, to look at its jobs and change them.

Nothing is made, migrated or sealed anew on the way: those are for the processes that serve and work. May
import `errors` and `storage` siblings.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection, bindparam, inspect, select

from evaluator.errors import SettingsError, StorageError, StorageTooNew
from evaluator.storage.database import Database, open_database
from evaluator.storage.faults import reported
from evaluator.storage.jobs import JobStore
from evaluator.storage.keys import DATABASE_FILE
from evaluator.storage.migrations import STEPS
from evaluator.storage.opening import opened_marking_key
from evaluator.storage.schema import meta
from evaluator.storage.sealing import Sealer

_VALUE = select(meta.c.value).where(meta.c.key == bindparam("key_name"))


def check_there(elsewhere: bool, data_dir: Path) -> None:
    """Raise SettingsError where `data_dir` holds no database file, and the database is not `elsewhere`.

    To be asked before the keys are: those are made where they are missing.
    """
    if not elsewhere and not (data_dir / DATABASE_FILE).is_file():
        raise SettingsError(
            f"{data_dir} holds no database: name the folder that the service runs with in "
            "EVALUATOR_DATA_DIR, or its PostgreSQL database in EVALUATOR_DATABASE_URL; `evaluator serve` "
            "makes one at its first start"
        )


@asynccontextmanager
async def open_existing_store(
    url: str | None, data_dir: Path, keys: Sequence[bytes], *, clock: Callable[[], float] = time.time
) -> AsyncIterator[JobStore]:
    """Open the database at `url`, or the one in `data_dir` where there is none, and close it at the end.

    Raises SettingsError where there is none yet, StorageTooNew or StorageError where it is of another
    version, StorageUnavailable or StorageKeyWrong.
    """
    check_there(url is not None, data_dir)
    database = open_database(url, data_dir)
    try:
        sealer = await asyncio.to_thread(_sealer_of, database, keys)
        store = JobStore(database, sealer, clock=clock)
        try:
            yield store
        finally:
            await store.aclose()
    finally:
        database.close()


def _sealer_of(database: Database, keys: Sequence[bytes]) -> Sealer:
    with reported(why=True), database.reading.connect() as connection:
        version = _value(connection, "schema_version") if inspect(connection).has_table(meta.name) else None
        kept = None if version is None else _value(connection, "marking_key")
    if version is None or kept is None:
        raise SettingsError(
            "the database holds nothing of ours yet: `evaluator serve` or `evaluator worker` sets it up at "
            "its first start; see that EVALUATOR_DATABASE_URL and EVALUATOR_DATA_DIR are the same as theirs"
        )
    _check_version(int(version))
    return Sealer(keys, opened_marking_key(kept, keys))


def _value(connection: Connection, key: str) -> str | None:
    found: str | None = connection.execute(_VALUE, {"key_name": key}).scalar()
    return found


def _check_version(version: int) -> None:
    if version > len(STEPS):
        raise StorageTooNew(
            f"the database is of version {version}, and this program knows {len(STEPS)} at most: use the "
            "program that serves"
        )
    if version < len(STEPS):
        raise StorageError(
            f"the database is of version {version}, and this program needs {len(STEPS)}: start `evaluator "
            "serve` of this version once, which brings it there"
        )
