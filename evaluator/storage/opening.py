"""From a URL and keys to a store of jobs: schema brought up to date, keys checked against the database.

May import `errors` and `storage` siblings.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text

from evaluator.errors import StorageKeyWrong
from evaluator.storage.database import BUSY_TIMEOUT_S, Database, open_database
from evaluator.storage.faults import reported
from evaluator.storage.jobs import JobStore
from evaluator.storage.migrations import changing_schema, migrate
from evaluator.storage.sealing import Sealer, derived_marking_key

_MARKING_KEY = text("SELECT value FROM meta WHERE key = 'marking_key'")
_SET_MARKING_KEY = text(
    "INSERT INTO meta (key, value) VALUES ('marking_key', :value) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)


@asynccontextmanager
async def open_store(
    url: str | None,
    data_dir: Path,
    keys: Sequence[bytes],
    *,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[JobStore]:
    """Open the database at `url`, or the one in `data_dir` where there is none, and close it at the end.

    Raises SettingsError, StorageUnavailable, StorageTooNew or StorageKeyWrong, each saying what to do.
    """
    database = open_database(url, data_dir, busy_timeout_s=busy_timeout_s)
    try:
        sealer = await asyncio.to_thread(_ready, database, keys)
        store = JobStore(database, sealer, clock=clock)
        try:
            yield store
        finally:
            await store.aclose()
    finally:
        database.close()


def fitting_sealer(database: Database, keys: Sequence[bytes]) -> Sealer:
    """Return a sealer with `keys`, after checking that the database was written with one of them.

    The database keeps its marking key, sealed, from its first start on: fingerprints stay the same when
    the encryption key is replaced. It is sealed anew with the first key, so that the others can go once
    all that they sealed has. Raises StorageKeyWrong.
    """
    with reported(why=True), changing_schema(database) as connection:
        kept = connection.execute(_MARKING_KEY).scalar()
        marking_key = derived_marking_key(keys[0]) if kept is None else opened_marking_key(kept, keys)
        sealed = Sealer(keys).seal(marking_key).decode()
        connection.execute(_SET_MARKING_KEY, {"value": sealed})
    return Sealer(keys, marking_key)


def _ready(database: Database, keys: Sequence[bytes]) -> Sealer:
    migrate(database)
    return fitting_sealer(database, keys)


def opened_marking_key(kept: str, keys: Sequence[bytes]) -> bytes:
    """Return the marking key as the database keeps it, unsealed. Raises StorageKeyWrong."""
    try:
        return Sealer(keys).unseal(kept.encode())
    except StorageKeyWrong:
        raise StorageKeyWrong(
            "the encryption key is not the one this database was written with: give that one too, behind the "
            "new one in EVALUATOR_ENCRYPTION_KEY with a comma between, or put its file back"
        ) from None
