"""Group commit: one transaction for many, and nobody harmed by another's failure."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

from evaluator.errors import StorageUnavailable
from evaluator.storage.database import Database
from evaluator.storage.migrations import migrate
from evaluator.storage.writer import Operation, Reader, Writer
from tests.fakes.postgres import Postgres
from tests.fakes.stores import Place

pytestmark = pytest.mark.anyio
PATIENCE_S = 20


def put(key: str, value: str = "") -> Operation[str]:
    """Return an operation that stores a value under a new key and returns the key."""
    statement = text("INSERT INTO meta (key, value) VALUES (:key, :value)")

    def operation(connection: Connection) -> str:
        connection.execute(statement, {"key": key, "value": value})
        return key

    return operation


def keys_in(database: Database) -> list[str]:
    """Return the keys that were stored."""
    with database.reading.connect() as connection:
        rows = connection.execute(text("SELECT key FROM meta WHERE key <> 'schema_version' ORDER BY key"))
        return [row.key for row in rows]


@contextlib.contextmanager
def migrated(place: Place) -> Iterator[Database]:
    """Yield the place's database with its tables."""
    database = place.database()
    migrate(database)
    yield database
    database.close()


@contextlib.asynccontextmanager
async def writing(database: Database) -> AsyncIterator[Writer]:
    """Yield a writer and close it at the end."""
    writer = Writer(database)
    yield writer
    await writer.aclose()


async def together(writer: Writer, *operations: Operation[str]) -> list[str | BaseException]:
    """Ask for operations while the writer is busy, so that they wait together; return what they gave."""
    busy, go_on = threading.Event(), threading.Event()

    def wait(connection: Connection) -> None:
        busy.set()
        assert go_on.wait(PATIENCE_S)

    first = asyncio.create_task(writer.run(wait))
    await asyncio.to_thread(busy.wait, PATIENCE_S)
    asked = [asyncio.create_task(writer.run(operation)) for operation in operations]
    await asyncio.sleep(0)
    go_on.set()
    await first
    return await asyncio.gather(*asked, return_exceptions=True)


def counted(database: Database, what: str) -> Callable[[], int]:
    """Return a function that tells how often something happened to the writing engine since now."""
    happened: list[object] = []
    event.listen(database.writing, what, lambda *about: happened.append(about))
    return lambda: len(happened)


async def test_operations_that_wait_together_share_a_commit(place: Place) -> None:
    """Ten that are asked for at the same time cost one commit, and each gets its own answer."""
    with migrated(place) as database:
        commits = counted(database, "commit")
        async with writing(database) as writer:
            answers = await together(writer, *(put(str(n)) for n in range(10)))

        assert answers == keys_in(database) == [str(n) for n in range(10)]
        assert commits() == 2


async def test_more_than_fit_are_split(sqlite_place: Place) -> None:
    """A transaction takes no more than its share, so that the first need not wait for all."""
    with migrated(sqlite_place) as database:
        commits = counted(database, "commit")
        writer = Writer(database, most_at_once=4)
        await together(writer, *(put(str(n)) for n in range(10)))
        await writer.aclose()

        assert len(keys_in(database)) == 10
        assert commits() == 1 + 3


async def test_failing_operation_fails_alone(place: Place) -> None:
    """One that breaks, by a statement or in its own code, leaves those beside it unharmed."""

    def broken(connection: Connection) -> str:
        raise ValueError("broken")

    def nonsense(connection: Connection) -> str:
        return str(connection.execute(text("nonsense")))

    with migrated(place) as database:
        async with writing(database) as writer:
            answers = await together(writer, put("a"), nonsense, broken, put("b"))

        assert [answers[0], str(answers[2]), answers[3]] == ["a", "broken", "b"]
        assert isinstance(answers[1], DBAPIError)
        assert keys_in(database) == ["a", "b"]


async def test_operation_is_done_though_its_caller_left(place: Place) -> None:
    """Cancelling who waits does not undo what was asked for, nor disturb the others."""
    with migrated(place) as database:
        async with writing(database) as writer:
            caller = asyncio.create_task(writer.run(put("left")))
            await asyncio.sleep(0)
            caller.cancel()
            await asyncio.gather(caller, return_exceptions=True)
            await writer.run(put("stayed"))

        assert caller.cancelled()
        assert keys_in(database) == ["left", "stayed"]


async def test_failure_that_nobody_waits_for_is_dropped(sqlite_place: Place) -> None:
    """The failure of an operation whose caller left makes no noise."""
    noise: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: noise.append(context))
    with migrated(sqlite_place) as database:
        async with writing(database) as writer:
            caller = asyncio.create_task(writer.run(lambda connection: connection.execute(text("nonsense"))))
            await asyncio.sleep(0)
            caller.cancel()

    assert noise == []


async def test_closing_finishes_what_was_asked_for(place: Place) -> None:
    """Closing waits for everything that was asked for, and takes no more."""
    with migrated(place) as database:
        writer = Writer(database)
        asked = [asyncio.create_task(writer.run(put(str(n)))) for n in range(5)]
        await asyncio.sleep(0)
        await writer.aclose()

        assert keys_in(database) == [str(n) for n in range(5)]
        with pytest.raises(StorageUnavailable, match="stopping"):
            await writer.run(put("late"))
        await asyncio.gather(*asked)


def test_loop_that_ends_takes_nothing_along(sqlite_place: Place) -> None:
    """Where a loop is ended and cancels all its tasks, closing still finishes what they asked for."""

    async def main(database: Database) -> None:
        writer = Writer(database)
        tasks = [asyncio.create_task(writer.run(put(str(n)))) for n in range(5)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await writer.aclose()

    with migrated(sqlite_place) as database:
        asyncio.run(main(database))

        assert keys_in(database) == [str(n) for n in range(5)]


async def test_locked_database_fails_all_at_once_and_recovers(sqlite_place: Place) -> None:
    """While another process holds the lock, all who wait learn it after one patience, not one each."""
    with (
        migrated(sqlite_place) as database,
        contextlib.closing(
            sqlite3.connect(str(database.writing.url.database), isolation_level=None)
        ) as other,
    ):
        failures = counted(database, "handle_error")
        async with writing(database) as writer:
            other.execute("BEGIN IMMEDIATE")
            asked = (writer.run(put(key)) for key in "abc")
            answers = await asyncio.gather(*asked, return_exceptions=True)
            seen = failures()
            other.execute("ROLLBACK")
            await writer.run(put("d"))

        assert [str(answer) for answer in answers] == ["the database is locked by another process"] * 3
        assert seen <= 2
        assert keys_in(database) == ["d"]


async def test_full_disk_fails_what_does_not_fit_and_recovers(sqlite_place: Place) -> None:
    """What fits is still stored, what does not fails for now, and all is well once there is room."""
    with migrated(sqlite_place) as database:
        async with writing(database) as writer:
            await writer.run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count=1"))
            answers = await together(writer, put("small"), put("large", "x" * 100_000))
            await writer.run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count=100000"))
            await writer.run(put("later", "x" * 100_000))

        assert answers[0] == "small"
        assert isinstance(answers[1], StorageUnavailable)
        assert (str(answers[1]), answers[1].retry_after_s) == ("the database's disk is full", 30.0)
        assert keys_in(database) == ["later", "small"]


async def test_read_only_file_is_reported_and_recovers(sqlite_place: Place) -> None:
    """A database that may only be read says so, until it may be written again."""
    with migrated(sqlite_place) as database:
        async with writing(database) as writer:
            await writer.run(lambda connection: connection.exec_driver_sql("PRAGMA query_only=ON"))
            with pytest.raises(StorageUnavailable, match="can only be read"):
                await writer.run(put("a"))
            await _outside_a_transaction(database, "PRAGMA query_only=OFF")
            await writer.run(put("b"))

        assert keys_in(database) == ["b"]


async def _outside_a_transaction(database: Database, statement: str) -> None:
    raw = database.writing.raw_connection()
    raw.cursor().execute(statement)
    raw.close()


async def test_malformed_question_is_raised_as_it_is(place: Place) -> None:
    """A defect of ours is not taken for trouble with the database."""
    with migrated(place) as database:
        reader = Reader(database)
        with pytest.raises(DBAPIError, match="nonsense"):
            await reader.run(lambda connection: connection.execute(text("nonsense")))
        await reader.aclose()


async def test_server_that_was_started_again_is_not_noticed(
    postgres_place: Place, postgres: Postgres
) -> None:
    """Connections that a restart broke are replaced before anybody fails."""
    with migrated(postgres_place) as database:
        reader = Reader(database)
        async with writing(database) as writer:
            await writer.run(put("before"))
            await reader.run(lambda connection: connection.execute(text("SELECT 1")).scalar())
            postgres.stop()
            postgres.start()
            await asyncio.gather(writer.run(put("after")), writer.run(put("again")))
            one = await reader.run(lambda connection: connection.execute(text("SELECT 1")).scalar())
        await reader.aclose()

        assert one == 1
        assert keys_in(database) == ["after", "again", "before"]


async def test_server_that_is_gone_is_reported_and_recovers(
    postgres_place: Place, postgres: Postgres
) -> None:
    """While the server is down reads and writes fail for now, and work again when it is back."""
    with migrated(postgres_place) as database:
        reader = Reader(database)
        async with writing(database) as writer:
            postgres.stop()
            asked = (writer.run(put("lost")), reader.run(lambda connection: 1))
            answers = await asyncio.gather(*asked, return_exceptions=True)
            postgres.start()
            await writer.run(put("back"))
        await reader.aclose()

        assert [str(answer) for answer in answers] == ["the database cannot be reached"] * 2
        assert keys_in(database) == ["back"]
