"""Engines by their URL, and how SQLite is set up."""

import os
import stat
from pathlib import Path

import pytest

from evaluator.errors import SettingsError, StorageError, StorageUnavailable
from evaluator.storage.database import open_database
from evaluator.storage.migrations import migrate
from tests.fakes.stores import Place


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:s3cret@host/name",
        "sqlite:///file",
        "postgresql://u:s3cret@host:port/name",
        "postgresql://u:s3cret@host",
        "s3cret",
    ],
)
def test_url_of_another_kind_is_refused_without_being_shown(tmp_path: Path, url: str) -> None:
    """The message says what is expected, and holds no password."""
    with pytest.raises(SettingsError, match=r"^EVALUATOR_DATABASE_URL: should be postgresql://") as caught:
        open_database(url, tmp_path)

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_url_may_name_a_socket(tmp_path: Path, scheme: str) -> None:
    """The host may be a folder with a socket, and the driver need not be named."""
    database = open_database(f"{scheme}://user@/name?host=/folder", tmp_path)

    assert database.kind == "postgresql"
    assert database.writing.url.query["host"] == "/folder"
    assert database.writing.url.drivername == "postgresql+psycopg"


def test_url_goes_before_our_own_settings(tmp_path: Path) -> None:
    """Options in the URL are the operator's, and are not written over."""
    database = open_database("postgresql://user@/name?host=/folder&connect_timeout=1", tmp_path)
    _, options = database.writing.dialect.create_connect_args(database.writing.url)

    assert options["connect_timeout"] == "1"


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("busy_timeout", 100),
    ],
)
def test_sqlite_is_set_up_to_lose_nothing(sqlite_place: Place, pragma: str, value: object) -> None:
    """Commits reach the disk, what is deleted is overwritten, and locks are waited for."""
    database = sqlite_place.database()
    migrate(database)
    with database.writing.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    database.close()


def test_sqlite_files_are_for_their_owner_alone(sqlite_place: Place) -> None:
    """The folder, the database and its log can be read by nobody else."""
    database = sqlite_place.database()
    migrate(database)
    with database.reading.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM jobs")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in sqlite_place.folder.iterdir()}
    database.close()

    assert stat.S_IMODE(sqlite_place.folder.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    assert "evaluator.sqlite3-wal" in modes


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """An operator learns which path is wrong."""
    (tmp_path / "file").touch()

    with pytest.raises(StorageUnavailable, match=f"{tmp_path}/file{os.sep}"):
        open_database(None, tmp_path / "file" / "data")


def test_file_that_is_no_database_is_an_error(sqlite_place: Place) -> None:
    """A damaged file is not taken for one that waiting mends."""
    sqlite_place.folder.mkdir()
    (sqlite_place.folder / "evaluator.sqlite3").write_bytes(b"something else entirely" * 100)
    database = sqlite_place.database()

    with pytest.raises(StorageError, match="is damaged, or is no database") as caught:
        migrate(database)
    assert caught.value.permanent
    database.close()
