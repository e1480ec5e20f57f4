"""The steps to the schema, and their order among processes."""

import contextlib
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Inspector, event, inspect, text

from evaluator.errors import StorageTooNew, StorageUnavailable
from evaluator.storage.database import Database, open_database
from evaluator.storage.migrations import STEPS, migrate
from evaluator.storage.opening import fitting_sealer
from evaluator.storage.schema import metadata
from tests.fakes.stores import Place, outcome_of


def columns_of(found: Inspector, table: str) -> set[tuple[str, bool, str]]:
    """Return each column's name, whether it may be null, and the family of its type."""
    return {
        (c["name"], c["nullable"], c["type"].as_generic().__visit_name__) for c in found.get_columns(table)
    }


def described(database: Database) -> dict[str, object]:
    """Return what a database holds, as far as both sides of the comparison can tell."""
    found = inspect(database.reading)
    return {
        table: (
            columns_of(found, table),
            {(index["name"], *index["column_names"]) for index in found.get_indexes(table)},
            found.get_pk_constraint(table)["constrained_columns"],
            [(key["referred_table"], key["options"]) for key in found.get_foreign_keys(table)],
        )
        for table in found.get_table_names()
    }


def test_steps_lead_to_the_schema_that_the_program_uses(place: Place) -> None:
    """A migrated database is what `schema` describes, column by column and index by index."""
    database = place.database()
    migrate(database)
    migrated = described(database)
    with database.writing.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)

    assert migrated == described(database)
    database.close()


def test_steps_are_taken_once(place: Place) -> None:
    """A start takes the steps that are new, and keeps what is stored."""
    database = place.database()
    migrate(database, [*STEPS])
    with database.writing.begin() as connection:
        connection.execute(text("INSERT INTO erasures (id, at, mark, jobs) VALUES (1, 2.5, 'm', 3)"))
    migrate(
        database, [*STEPS, ["ALTER TABLE erasures ADD COLUMN note TEXT", "ALTER TABLE meta ADD n {double}"]]
    )

    with database.reading.connect() as connection:
        assert connection.execute(text("SELECT at, note FROM erasures")).all() == [(2.5, None)]
    database.close()


@pytest.mark.parametrize("version", range(1, len(STEPS)))
def test_database_of_an_earlier_version_keeps_what_it_holds(place: Place, version: int) -> None:
    """It becomes what the program uses, and a program of that version leaves it alone from then on."""
    database = place.database()
    migrate(database, STEPS[:version])
    with database.writing.begin() as connection:
        connection.execute(text("INSERT INTO erasures (id, at, mark, jobs) VALUES (1, 2.5, 'm', 3)"))
    migrate(database)

    with database.reading.connect() as connection:
        assert connection.execute(text("SELECT at, mark, jobs FROM erasures")).all() == [(2.5, "m", 3)]
    assert set(described(database)) == set(metadata.tables)
    with pytest.raises(StorageTooNew, match=f"this program knows {version} at most"):
        migrate(database, STEPS[:version])
    database.close()


def test_failing_step_leaves_nothing(place: Place) -> None:
    """All steps are taken or none, so a start that broke off can be repeated."""
    database = place.database()
    with pytest.raises(Exception, match="nonsense"):
        migrate(database, [*STEPS, ["nonsense"]])
    migrate(database)

    assert set(described(database)) == set(metadata.tables)
    database.close()


def test_newer_database_stops_the_program(place: Place) -> None:
    """A program that does not know the database's version leaves it alone and says why."""
    database = place.database()
    migrate(database, [*STEPS, []])
    with pytest.raises(
        StorageTooNew, match=rf"is of version {len(STEPS) + 1}, and this program knows {len(STEPS)} at most"
    ):
        migrate(database)
    database.close()


def test_processes_that_start_together_migrate_once(place: Place) -> None:
    """Of several that find an empty database, one makes it and all work with it."""
    processes = [place.process(f"job-{n}") for n in range(4)]

    assert [outcome_of(process) for process in processes] == [["new"]] * 4


def test_steps_are_taken_once_by_several_at_the_same_moment(place: Place) -> None:
    """However close their starts, one takes the steps and the others find them taken."""
    start, place_keys = threading.Barrier(4, timeout=60), place.keys

    def begin(number: int) -> str:
        database = place.database()
        start.wait()
        migrate(database)
        mark = fitting_sealer(database, place_keys).fingerprint("1")
        database.close()
        return mark

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(begin, range(4)))) == 1


def test_start_waits_for_another_process_that_holds_the_file(sqlite_place: Place) -> None:
    """The switch to the log, which SQLite refuses while another process writes, is tried until it works."""
    database = sqlite_place.database()
    with contextlib.closing(
        sqlite3.connect(str(database.writing.url.database), isolation_level=None)
    ) as other:
        other.execute("BEGIN EXCLUSIVE")
        refusals: list[object] = []

        def let_go(context: object) -> None:
            refusals.append(context)
            other.rollback()

        event.listen(database.reading, "handle_error", let_go)
        migrate(database)

    assert len(refusals) == 1
    assert set(described(database)) == set(metadata.tables)
    database.close()


def test_unreachable_database_is_named_at_the_start(sqlite_place: Place) -> None:
    """An operator learns what the driver said."""
    database = open_database("postgresql://someone@/name?host=/nowhere", sqlite_place.folder)
    with pytest.raises(StorageUnavailable, match=r"cannot be reached: .*/nowhere"):
        migrate(database)
    database.close()
