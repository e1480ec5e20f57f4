"""What failures of the database mean."""

import sqlite3

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from evaluator.errors import StorageUnavailable
from evaluator.storage.faults import Trouble, as_storage_error, reported, trouble_of


def wrapped(cause: BaseException) -> DBAPIError:
    """Return a driver's error as SQLAlchemy raises it."""
    return OperationalError("SELECT 1", {}, cause)


@pytest.mark.parametrize(
    ("cause", "trouble"),
    [
        (errors.DiskFull(), Trouble.FULL),
        (errors.TooManyConnections(), Trouble.GONE),
        (errors.AdminShutdown(), Trouble.GONE),
        (errors.CannotConnectNow(), Trouble.GONE),
        (errors.ConnectionFailure(), Trouble.GONE),
        (psycopg.OperationalError("connection refused"), Trouble.GONE),
        (errors.ReadOnlySqlTransaction(), Trouble.READ_ONLY),
        (errors.LockNotAvailable(), Trouble.LOCKED),
        (errors.QueryCanceled(), Trouble.LOCKED),
        (errors.DeadlockDetected(), Trouble.CONFLICT),
        (errors.SerializationFailure(), Trouble.CONFLICT),
        (errors.ForeignKeyViolation(), Trouble.CONFLICT),
        (errors.DataCorrupted(), Trouble.DAMAGED),
        (errors.SyntaxError(), None),
        (psycopg.InterfaceError("misuse"), None),
        (sqlite3.OperationalError("misuse"), None),
        (ValueError("another"), None),
    ],
)
def test_failure_is_known_by_its_code(cause: BaseException, trouble: Trouble | None) -> None:
    """What the driver says decides, not the words that it says it in."""
    assert trouble_of(wrapped(cause)) is trouble


def test_waiting_for_a_connection_in_vain_counts_as_gone() -> None:
    """A pool that has none to give is a database that cannot be reached."""
    assert trouble_of(PoolTimeout()) is Trouble.GONE


@pytest.mark.parametrize("trouble", list(Trouble))
def test_all_troubles_pass_but_damage(trouble: Trouble) -> None:
    """Each says that it passes and when, except for a damaged file."""
    error = as_storage_error(trouble)

    assert error.permanent == (trouble is Trouble.DAMAGED)
    assert isinstance(error, StorageUnavailable) != error.permanent


def test_defect_of_ours_is_not_dressed_up() -> None:
    """A malformed statement is raised as it is, so that it is found."""
    with pytest.raises(DBAPIError), reported():
        raise wrapped(errors.SyntaxError())


def test_driver_is_quoted_to_operators_alone() -> None:
    """The driver's words name hosts and users, so a caller does not get them."""
    cause = wrapped(psycopg.OperationalError("no route to db.internal\nmore"))

    with pytest.raises(StorageUnavailable, match=r"^the database cannot be reached$"), reported():
        raise cause
    with pytest.raises(StorageUnavailable, match=r"reached: no route to db\.internal$"), reported(why=True):
        raise cause
