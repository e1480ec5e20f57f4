"""What a failure of the database means: which of them pass, and what helps.

May import `errors` alone of the package.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from evaluator.errors import StorageError, StorageUnavailable


class Trouble(Enum):
    """Why the database did not do what it was asked, by what it means for others who ask."""

    GONE = "the database cannot be reached"
    LOCKED = "the database is locked by another process"
    READ_ONLY = "the database can only be read: its file or folder is read-only, or it is a standby"
    UNWRITABLE = "the database's file cannot be opened or written; see the disk and the folder"
    FULL = "the database's disk is full"
    CONFLICT = "another process changed the same jobs at the same moment"
    DAMAGED = "the database's file is damaged, or is no database"


RETRY_AFTER_S: Mapping[Trouble, float] = {
    Trouble.GONE: 5.0,
    Trouble.LOCKED: 5.0,
    Trouble.READ_ONLY: 30.0,
    Trouble.UNWRITABLE: 30.0,
    Trouble.FULL: 30.0,
    Trouble.CONFLICT: 1.0,
}
"""Seconds after which each is worth another try; a damaged file is not."""

FOR_ALL = frozenset({Trouble.GONE, Trouble.LOCKED, Trouble.READ_ONLY, Trouble.UNWRITABLE, Trouble.DAMAGED})
"""Troubles that whoever asks next will have as well."""

# Primary result codes: https://www.sqlite.org/rescode.html
_SQLITE: Mapping[int, Trouble] = {
    sqlite3.SQLITE_BUSY: Trouble.LOCKED,
    sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
    sqlite3.SQLITE_IOERR: Trouble.UNWRITABLE,
    sqlite3.SQLITE_CANTOPEN: Trouble.UNWRITABLE,
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_CORRUPT: Trouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: Trouble.DAMAGED,
}

# SQLSTATE, by its first characters: https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL: Mapping[str, Trouble] = {
    "08": Trouble.GONE,
    "57P": Trouble.GONE,
    "53300": Trouble.GONE,
    "53": Trouble.FULL,
    "25006": Trouble.READ_ONLY,
    "55P03": Trouble.LOCKED,
    "57014": Trouble.LOCKED,
    "40001": Trouble.CONFLICT,
    "40P01": Trouble.CONFLICT,
    # A job was erased, or an attempt got its number, between two of our statements.
    "23503": Trouble.CONFLICT,
    "23505": Trouble.CONFLICT,
    "XX001": Trouble.DAMAGED,
    "XX002": Trouble.DAMAGED,
}


def trouble_of(error: BaseException) -> Trouble | None:
    """Return what a failure means, or None where the statement itself is to blame."""
    if isinstance(error, PoolTimeout):
        return Trouble.GONE
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)  # absent where the module itself raised
        return None if code is None else _SQLITE.get(code & 0xFF)
    return _postgresql_trouble(cause) if isinstance(cause, psycopg.Error) else None


def _postgresql_trouble(cause: psycopg.Error) -> Trouble | None:
    if cause.sqlstate is None:  # no word of the server: the connection was lost, or never made
        return Trouble.GONE if isinstance(cause, psycopg.OperationalError) else None
    return next(
        (_POSTGRESQL[part] for size in (5, 3, 2) if (part := cause.sqlstate[:size]) in _POSTGRESQL), None
    )


def as_storage_error(trouble: Trouble, why: str = "") -> StorageError:
    """Return the error to raise for a trouble; `why` is added to its message."""
    message = f"{trouble.value}: {why}" if why else trouble.value
    if trouble not in RETRY_AFTER_S:
        return StorageError(message)
    return StorageUnavailable(message, retry_after_s=RETRY_AFTER_S[trouble])


@contextmanager
def reported(*, why: bool = False) -> Iterator[None]:
    """Turn a failure of the database within the block into a StorageError, its cause kept with it.

    What no wait mends, such as a malformed statement, is a defect of ours and passes as it is. With
    `why` the message has the driver's own words, which name hosts and users: for an operator alone.
    """
    try:
        yield
    except SQLAlchemyError as error:
        trouble = trouble_of(error)
        if trouble is None:
            raise
        words = str(error.orig).strip() if why and isinstance(error, DBAPIError) else ""
        raise as_storage_error(trouble, words.partition("\n")[0]) from error
