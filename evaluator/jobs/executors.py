"""Which processes are alive, and taking over what a dead one had in hand.

With SQLite one process alone works on a data folder: it holds a lock on a file there, and whatever another
process had in hand is free. With PostgreSQL every process holds a session-level advisory lock, keyed by its
id, on a connection of its own; who can take another's lock knows that it is dead, and keeps the lock until
its work is put back. It needs a direct connection, not a pooler that works by transaction.
A process that has lost its lock takes nothing on until it has it again. May import `errors` and `jobs.turns`.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import psycopg

from evaluator.errors import SettingsError, StorageUnavailable
from evaluator.jobs.turns import Standing

LOCK_FILE = "evaluator.lock"

_Connection = psycopg.AsyncConnection[tuple[bool]]

_SPACE = 0x0CA11
"""Keeps our advisory locks apart from those of others in the same database."""

_LOCK = "SELECT pg_advisory_lock(%s, %s)"
_TRY_LOCK = "SELECT pg_try_advisory_lock(%s, %s)"
_UNLOCK = "SELECT pg_advisory_unlock(%s, %s)"

_OPTIONS: dict[str, Any] = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "11000",  # milliseconds; keepalives are silent while something is on its way
    "application_name": "candidate-evaluator executor",
}

DOUBT_S = 8.0
"""Longer than every live process takes to see that it lost its lock, and to take it again."""

_NOTICE_OUR_END = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3"
"""A machine that is gone says no word of it, and by itself the server would hold its lock for two hours."""


class Executors(Protocol):
    """The processes that work on one database."""

    @property
    def own_id(self) -> str:
        """This process's id, used once and never again."""
        ...

    @property
    def standing(self) -> Standing:
        """Whether this process may take work on."""
        ...

    @property
    def doubt_s(self) -> float:
        """Seconds for which another must look dead before it is; after a break of the database all do."""
        ...

    def taking_over(self, executor_id: str) -> contextlib.AbstractAsyncContextManager[bool]:
        """Yield whether another process is dead; while True is yielded, nobody else takes over from it."""
        ...

    async def still_ours(self) -> bool:
        """Tell whether this process still holds its own lock; where not, others may take its work."""
        ...

    async def aclose(self) -> None:
        """Let go of the lock."""
        ...


class SingleProcess:
    """The only process of a data folder; every other that ever was is dead."""

    doubt_s = 0.0
    standing: Standing

    def __init__(self, data_dir: Path) -> None:
        """Take the folder's lock. Raises SettingsError where another process has it."""
        self.own_id = new_id()
        self.standing = Standing()
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise SettingsError(
                f"another process works on {data_dir}; with SQLite there is one. Stop it, choose another "
                "EVALUATOR_DATA_DIR, or use PostgreSQL by EVALUATOR_DATABASE_URL for several"
            ) from None

    @contextlib.asynccontextmanager
    async def taking_over(self, executor_id: str) -> AsyncIterator[bool]:
        """See Executors.taking_over."""
        yield executor_id != self.own_id

    async def still_ours(self) -> bool:
        """See Executors.still_ours."""
        return True

    async def aclose(self) -> None:
        """See Executors.aclose."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)


class ManyProcesses:
    """One of several processes of a PostgreSQL database. Made by `join`."""

    def __init__(self, conninfo: str, own_id: str, doubt_s: float = DOUBT_S) -> None:
        """`conninfo`: URL or keywords as libpq takes them; `doubt_s` is for tests."""
        self.own_id = own_id
        self.doubt_s = doubt_s
        self.standing = Standing()
        self._conninfo = conninfo
        self._connection: _Connection | None = None
        self._turn = asyncio.Lock()

    @classmethod
    async def join(cls, conninfo: str) -> "ManyProcesses":
        """Connect and take a lock of one's own; raises StorageUnavailable where the database is not there."""
        joined = cls(conninfo, new_id())
        await joined._connect()
        return joined

    @contextlib.asynccontextmanager
    async def taking_over(self, executor_id: str) -> AsyncIterator[bool]:
        """See Executors.taking_over."""
        if executor_id == self.own_id or not await self._ask(_TRY_LOCK, executor_id):
            yield False
            return
        try:
            yield True
        finally:
            await self._ask(_UNLOCK, executor_id)

    async def still_ours(self) -> bool:
        """See Executors.still_ours; a broken connection has lost the lock, and a new one takes it again.

        Raises StorageUnavailable where the database cannot be reached.
        """
        if self._connection is not None and not self._connection.closed:
            with contextlib.suppress(StorageUnavailable):
                await self._row(self._connection, "SELECT 1")
                return True
        self.standing.lost()
        await self._connect()
        self.standing.regained()
        return False

    async def aclose(self) -> None:
        """See Executors.aclose."""
        if self._connection is not None:
            await self._connection.close()

    async def _connect(self) -> None:
        await self.aclose()
        try:
            connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True, **_OPTIONS)
        except psycopg.Error as error:
            raise StorageUnavailable("the database cannot be reached", retry_after_s=10) from error
        self._connection = connection
        async with contextlib.AsyncExitStack() as unless_locked:
            unless_locked.push_async_callback(connection.close)
            await self._row(connection, _NOTICE_OUR_END)
            await self._row(connection, _LOCK, _SPACE, _key(self.own_id))
            unless_locked.pop_all()

    async def _ask(self, question: str, executor_id: str) -> bool:
        if self._connection is None:
            return False
        row = await self._row(self._connection, question, _SPACE, _key(executor_id))
        return bool(row and row[0])

    async def _row(self, connection: _Connection, statement: str, *values: int) -> tuple[bool] | None:
        """Return the first row; a failure ends the connection, and with it all the locks that it holds."""
        async with self._turn:
            try:
                cursor = await connection.execute(statement, values or None)
                return await cursor.fetchone() if cursor.description else None
            except psycopg.Error as error:
                self.standing.lost()
                await connection.close()
                raise StorageUnavailable("the database cannot be reached", retry_after_s=10) from error


def new_id() -> str:
    """Return an id for this process that no other ever had."""
    return f"{os.getpid()}-{uuid.uuid4().hex[:12]}"


def _key(executor_id: str) -> int:
    digest = hashlib.sha256(executor_id.encode()).digest()
    return int.from_bytes(digest[:4], signed=True)
