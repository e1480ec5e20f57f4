"""Opening a database for looking: it is never made, migrated or sealed anew on the way."""

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from evaluator.errors import SettingsError, StorageError, StorageKeyWrong, StorageTooNew
from evaluator.storage.existing import open_existing_store
from evaluator.storage.jobs import JobStore
from tests.fakes.stores import Place, new_job

pytestmark = pytest.mark.anyio


async def opened(place: Place, keys: tuple[bytes, ...] | None = None) -> None:
    """Open the database at a place and close it again."""
    async with open_existing_store(place.url, place.folder, keys or place.keys) as store:
        assert isinstance(store, JobStore)


def change(place: Place, statement: str, **values: str) -> None:
    """Run a statement on the database."""
    database = place.database()
    with database.writing.begin() as connection:
        connection.execute(text(statement), values)
    database.close()


async def test_jobs_of_another_process_are_seen_and_known(place: Place) -> None:
    """It opens beside the store that made the database, and makes the same fingerprints."""
    async with place.open() as theirs:
        await theirs.accept(new_job())
        async with open_existing_store(place.url, place.folder, place.keys) as store:
            job = await store.get("job-1")
            marks = store.fingerprint("a"), theirs.fingerprint("a")

    assert job is not None
    assert marks[0] == marks[1]


async def test_missing_sqlite_file_is_told_and_not_made(sqlite_place: Place) -> None:
    """Neither the folder nor the file appears."""
    with pytest.raises(SettingsError, match="EVALUATOR_DATA_DIR"):
        await opened(sqlite_place, (Fernet.generate_key(),))

    assert not sqlite_place.folder.exists()


async def test_empty_database_is_told_and_left_empty(place: Place) -> None:
    """A database without our tables stays without them."""
    keys = place.keys
    place.database().close()
    for _ in range(2):
        with pytest.raises(SettingsError, match="nothing of ours"):
            await opened(place, keys)


@pytest.mark.parametrize(("version", "error"), [("0", StorageError), ("999", StorageTooNew)])
async def test_another_version_is_told_and_left(
    place: Place, version: str, error: type[StorageError]
) -> None:
    """An older database is not migrated under the feet of those who use it, a newer one is not touched."""
    async with place.open():
        pass
    change(place, "UPDATE meta SET value = :version WHERE key = 'schema_version'", version=version)
    for _ in range(2):
        with pytest.raises(error, match=f"of version {version}"):
            await opened(place)


async def test_another_key_is_told(place: Place) -> None:
    """A key that did not write the database opens nothing."""
    async with place.open():
        pass
    with pytest.raises(StorageKeyWrong, match="EVALUATOR_ENCRYPTION_KEY"):
        await opened(place, (Fernet.generate_key(),))


async def test_new_key_in_front_is_left_to_the_service(place: Place) -> None:
    """Looking with a new key and the old one behind it leaves the old one good enough by itself."""
    async with place.open():
        pass
    await opened(place, (Fernet.generate_key(), *place.keys))
    await opened(place)
