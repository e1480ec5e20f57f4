"""Who is alive, and who may take over: a lock on a file with SQLite, locks of a real PostgreSQL else."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from evaluator.errors import SettingsError, StorageUnavailable
from evaluator.jobs.executors import LOCK_FILE, Executors, ManyProcesses, SingleProcess, new_id
from tests.fakes.postgres import Postgres

pytestmark = pytest.mark.anyio

NOWHERE = "postgresql://nobody@/none?host=/nowhere"
HOLDS_THE_LOCK = """
import pathlib, sys
from evaluator.jobs.executors import SingleProcess
held = SingleProcess(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def url(postgres: Postgres) -> AsyncIterator[str]:
    """An empty database."""
    with postgres.database() as url:
        yield url


@pytest.fixture
async def joining(url: str) -> AsyncIterator[Callable[[], object]]:
    """Have processes join, and leave at the end."""
    async with AsyncExitStack() as stack:

        async def join() -> ManyProcesses:
            joined = await ManyProcesses.join(url)
            stack.push_async_callback(joined.aclose)
            return joined

        yield join


async def is_dead(asking: Executors, other: Executors) -> bool:
    """Return whether one process may take over from another."""
    async with asking.taking_over(other.own_id) as dead:
        return dead


async def end(url: str, executors: ManyProcesses) -> None:
    """Have a process end, and wait until the server has noticed."""
    assert executors._connection is not None
    pid = executors._connection.info.backend_pid
    await executors.aclose()
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = %s"
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(1_000):
            if connection.execute(held, (pid,)).fetchone() == (0,):
                return
            await asyncio.sleep(0.01)
    raise AssertionError("its lock stayed")


def break_connection(url: str, executors: ManyProcesses) -> None:
    """End a process's connection from the server's side, as an administrator does."""
    assert executors._connection is not None
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (executors._connection.info.backend_pid,))


@contextlib.contextmanager
def closed_to_newcomers(url: str) -> Iterator[None]:
    """Have the database take no further connection; those that are there go on."""
    switch = "ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}"
    with psycopg.connect(url, autocommit=True, dbname="postgres") as connection:
        name = sql.Identifier(conninfo_to_dict(url)["dbname"])
        connection.execute(sql.SQL(switch).format(name, sql.SQL("false")))
        try:
            yield
        finally:
            connection.execute(sql.SQL(switch).format(name, sql.SQL("true")))


async def connected(url: str, count: int) -> bool:
    """Return whether processes come to hold so many connections."""
    held = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name LIKE 'candidate-evaluator%'"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(1_000):
            if connection.execute(held).fetchone() == (count,):
                return True
            await asyncio.sleep(0.01)
    return False


def holding(folder: Path) -> subprocess.Popen[bytes]:
    """Start a process that takes a folder's lock, says so, and goes on."""
    command = [sys.executable, "-c", HOLDS_THE_LOCK, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_ids_are_never_the_same() -> None:
    """Not even within one process."""
    assert len({new_id() for _ in range(1_000)}) == 1_000


# One process


async def test_folder_has_one_process(tmp_path: Path) -> None:
    """The second is told what to do, and can start when the first has ended."""
    first = SingleProcess(tmp_path / "data")
    with pytest.raises(SettingsError, match="EVALUATOR_DATA_DIR"):
        SingleProcess(tmp_path / "data")
    await first.aclose()
    second = SingleProcess(tmp_path / "data")
    await second.aclose()

    assert first.own_id != second.own_id


async def test_killed_process_leaves_its_folder_free(tmp_path: Path) -> None:
    """The lock ends with the process, however it ends; the file that stays is no lock."""
    with holding(tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(SettingsError):
            SingleProcess(tmp_path)
        process.kill()
    executors = SingleProcess(tmp_path)
    await executors.aclose()

    assert (tmp_path / LOCK_FILE).stat().st_mode & 0o777 == 0o600


async def test_every_other_process_of_a_folder_is_dead(tmp_path: Path) -> None:
    """And this one is not."""
    executors = SingleProcess(tmp_path)
    async with executors.taking_over("earlier") as dead, executors.taking_over(executors.own_id) as own:
        pass
    ours = await executors.still_ours()
    await executors.aclose()

    assert (dead, own, ours) == (True, False, True)


async def test_letting_go_twice_closes_no_other_file(tmp_path: Path) -> None:
    """The number of the lock's file may be another file's by then."""
    executors = SingleProcess(tmp_path)
    await executors.aclose()
    with (tmp_path / "another").open("w") as another:
        await executors.aclose()
        another.write("still open")

    assert (tmp_path / "another").read_text() == "still open"


# Several processes


async def test_living_process_is_not_taken_over(joining: Callable) -> None:
    """Neither by another nor by itself."""
    first, other = await joining(), await joining()

    assert await is_dead(other, first) is False
    assert await is_dead(first, first) is False
    assert await first.still_ours() is True


async def test_process_that_ended_is_taken_over(joining: Callable, url: str) -> None:
    """Its lock went with its connection."""
    first, other = await joining(), await joining()
    await end(url, first)

    assert await is_dead(other, first) is True
    assert await is_dead(other, first) is True


async def test_one_alone_takes_over(joining: Callable, url: str) -> None:
    """While one does, the dead process looks alive to all others, and to itself if it comes back."""
    dead, one, other = [await joining() for _ in range(3)]
    await end(url, dead)
    async with one.taking_over(dead.own_id) as first:
        second = await is_dead(other, dead)
        back = asyncio.create_task(dead.still_ours())
        await asyncio.wait({back}, timeout=0.2)
        early = back.done()

    assert (first, second, early) == (True, False, False)
    assert await back is False
    assert await is_dead(other, dead) is False


async def test_take_over_ends_though_it_failed(joining: Callable, url: str) -> None:
    """The next can try."""
    dead, one, other = [await joining() for _ in range(3)]
    await end(url, dead)
    with pytest.raises(ZeroDivisionError):
        async with one.taking_over(dead.own_id):
            raise ZeroDivisionError

    assert await is_dead(other, dead) is True


async def test_process_that_lost_its_connection_takes_its_lock_again(joining: Callable, url: str) -> None:
    """It tells so once; in between others could have taken over, and after it they cannot."""
    first, other = await joining(), await joining()
    break_connection(url, first)
    in_between = await is_dead(other, first)
    held = []
    with closed_to_newcomers(url), pytest.raises(StorageUnavailable):
        await first.still_ours()
    held.append(first.standing.holds)
    told = [await first.still_ours() for _ in range(2)]
    held.append(first.standing.holds)

    assert (in_between, told, held) == (True, [False, True], [False, True])
    assert await is_dead(other, first) is False
    assert await connected(url, 2)


async def test_take_over_without_a_connection_is_put_off(joining: Callable, url: str) -> None:
    """The look for dead processes finds no database, as any other call does."""
    first, other = await joining(), await joining()
    break_connection(url, first)
    with pytest.raises(StorageUnavailable):
        await is_dead(first, other)
    await first.still_ours()

    assert await is_dead(first, other) is False


async def test_take_over_that_loses_its_connection_is_over(joining: Callable, url: str) -> None:
    """The lock went with the connection, so there is nothing to let go of, and the failure is told."""
    dead, one, other = [await joining() for _ in range(3)]
    await end(url, dead)
    with pytest.raises(StorageUnavailable):
        async with one.taking_over(dead.own_id):
            break_connection(url, one)

    assert await is_dead(other, dead) is True


async def test_process_that_never_joined_takes_over_nothing(joining: Callable, url: str) -> None:
    """Who has no lock of its own asks for no other's, until it has one."""
    dead, stranger = await joining(), ManyProcesses(url, new_id())
    await end(url, dead)
    before = await is_dead(stranger, dead)
    joined = [await stranger.still_ours() for _ in range(2)]
    after = await is_dead(stranger, dead)
    await stranger.aclose()

    assert (before, joined, after) == (False, [False, True], True)


async def test_database_that_is_not_there_is_told() -> None:
    """At the start, and after it went; letting go of nothing is no error."""
    with pytest.raises(StorageUnavailable):
        await ManyProcesses.join(NOWHERE)
    stranger = ManyProcesses(NOWHERE, new_id())
    with pytest.raises(StorageUnavailable):
        await stranger.still_ours()
    await stranger.aclose()


async def test_lock_that_is_not_got_leaves_no_connection(joining: Callable, url: str) -> None:
    """Who gives up waiting for it, while another still takes over, is connected no more."""
    dead, one = await joining(), await joining()
    await end(url, dead)
    async with one.taking_over(dead.own_id):
        back = asyncio.create_task(dead.still_ours())
        await asyncio.wait({back}, timeout=0.2)
        back.cancel()
        await asyncio.wait({back})

        assert back.cancelled()
        assert await connected(url, 1)
