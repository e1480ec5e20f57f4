"""Keeping a request whose job is erased at the same moment."""

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from evaluator.errors import StorageUnavailable
from evaluator.storage.accepting import TRIES, accept, acceptance_of
from evaluator.storage.jobs import JobStore
from evaluator.storage.migrations import migrate
from evaluator.storage.opening import fitting_sealer
from evaluator.storage.sealing import Sealer
from tests.fakes.stores import Place, new_job


class NeverThere:
    """A connection to a database where a job is in the way, and gone when looked at."""

    dialect = SimpleNamespace(name="sqlite")

    def __init__(self) -> None:
        """Count what is asked for."""
        self.asked = 0

    def execute(self, statement: Any, parameters: Any) -> Any:
        """Return a result without rows."""
        self.asked += 1
        return SimpleNamespace(rowcount=0, one_or_none=lambda: None)


@pytest.mark.anyio
async def test_request_is_new_when_its_job_is_erased_meanwhile(postgres_place: Place) -> None:
    """A job that was in the way and is erased before it is looked at does not swallow the request."""
    database = postgres_place.database()
    migrate(database)
    store = JobStore(database, fitting_sealer(database, postgres_place.keys))
    await store.accept(new_job())

    def erase(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("INSERT INTO jobs") and cursor.rowcount == 0:
            with database.reading.connect() as other:
                other.execute(text("DELETE FROM jobs"))

    event.listen(database.writing, "after_cursor_execute", erase)
    accepted = await store.accept(new_job())
    await store.aclose()

    assert accepted.how == "new"


def test_request_that_cannot_be_placed_is_refused_for_now(sqlite_place: Place) -> None:
    """It is tried some times, and then the caller may send it again."""
    connection: Any = NeverThere()
    with pytest.raises(StorageUnavailable, match="is being erased"):
        accept(connection, acceptance_of(new_job(), Sealer(sqlite_place.keys), at=1.0))

    assert connection.asked == 3 * TRIES
