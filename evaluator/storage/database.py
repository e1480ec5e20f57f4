"""The database's engines: SQLite in the data folder, or PostgreSQL by its URL.

May import `errors` and `storage.keys`.
"""

import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from evaluator.errors import SettingsError, StorageUnavailable
from evaluator.storage.keys import DATABASE_FILE

BUSY_TIMEOUT_S = 5.0
"""How long a statement waits for another process's lock before the database counts as locked."""

READERS = 2
"""Connections that read at once, besides the one that writes."""

OLDEST_SQLITE = (3, 35)
"""The first SQLite that can return what a statement changed."""

_EXPECTED = (
    "EVALUATOR_DATABASE_URL: should be postgresql://user:password@host:port/name, or with a socket "
    "postgresql://user@/name?host=/folder; leave it out for SQLite in the data folder"
)
_SQLITE_PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    # Durable once committed, as far as the disk keeps its word.
    "PRAGMA synchronous=FULL",
    # What is deleted is overwritten.
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA journal_size_limit=67108864",
)


@dataclass(frozen=True, slots=True)
class Database:
    """Two engines of one database.

    `writing` has one connection, and its transactions are ready to write. `reading` has several, and each
    statement stands alone.
    """

    kind: Literal["sqlite", "postgresql"]
    writing: Engine
    reading: Engine

    def close(self) -> None:
        """Close all connections."""
        self.writing.dispose()
        self.reading.dispose()


def open_database(url: str | None, data_dir: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Database:
    """Return the engines for `url`, or for the file in `data_dir` where there is none.

    Nothing is connected yet with PostgreSQL. Raises SettingsError where the URL is of no use,
    StorageUnavailable where the file cannot be made.
    """
    if url is None:
        return _sqlite(data_dir / DATABASE_FILE, busy_timeout_s)
    return _postgresql(_parsed(url).set(drivername="postgresql+psycopg"), busy_timeout_s)


def libpq_url(url: str) -> str:
    """Return a PostgreSQL URL as libpq and the engine take it, whatever driver it names.

    Raises SettingsError where it is of no use.
    """
    return _parsed(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise SettingsError(_EXPECTED) from None
    if parsed.drivername not in ("postgresql", "postgres", "postgresql+psycopg") or not parsed.database:
        raise SettingsError(_EXPECTED)
    return parsed


def _sqlite(file: Path, busy_timeout_s: float) -> Database:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise SettingsError(
            f"SQLite {sqlite3.sqlite_version} is too old: {'.'.join(map(str, OLDEST_SQLITE))} is needed. Use "
            "a newer Python, or set EVALUATOR_DATABASE_URL to a PostgreSQL database"
        )
    _make_private(file)
    url = URL.create("sqlite", database=str(file))
    options: Mapping[str, Any] = {"connect_args": {"timeout": busy_timeout_s}, "hide_parameters": True}
    writing = create_engine(url, pool_size=1, max_overflow=0, **options)
    reading = create_engine(url, pool_size=READERS, max_overflow=0, isolation_level="AUTOCOMMIT", **options)
    for engine in (writing, reading):
        event.listen(engine, "connect", _set_up_sqlite)
    event.listen(writing, "begin", _begin_immediate)
    return Database("sqlite", writing, reading)


def _make_private(file: Path) -> None:
    """Make the file, empty, readable by this user alone; SQLite gives its companions the same mode."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        message = f"{file}: the database cannot be opened or made: {error.strerror}"
        raise StorageUnavailable(message, retry_after_s=30) from error


def _set_up_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN comes too late and takes no lock; ours is sent by `_begin_immediate`.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    """Take the lock for writing at the start, so that no transaction fails half-way for want of it."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql(url: URL, busy_timeout_s: float) -> Database:
    limits = {
        "lock_timeout": busy_timeout_s,
        "statement_timeout": 30,
        "idle_in_transaction_session_timeout": 60,
    }
    defaults = {
        "connect_timeout": 5,
        "application_name": "candidate-evaluator",
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        # A server that vanished without a word is noticed after this many milliseconds.
        "tcp_user_timeout": 15_000,
        "options": " ".join(f"-c {name}={round(seconds * 1000)}" for name, seconds in limits.items()),
    }
    given = {name: value for name, value in defaults.items() if name not in url.query}
    options: Mapping[str, Any] = {"connect_args": given, "hide_parameters": True, "pool_timeout": 10}
    writing = create_engine(url, pool_size=1, max_overflow=0, **options)
    reading = create_engine(url, pool_size=READERS, max_overflow=0, isolation_level="AUTOCOMMIT", **options)
    return Database("postgresql", writing, reading)
