"""Raw commits a second on this disk: one small row each, as durable as the service's own."""

import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

_ROW = b"x" * 1_000


def on_sqlite(folder: Path, seconds: float) -> float:
    """Return commits a second in a new SQLite file of `folder`, with write-ahead log and full sync."""
    with contextlib.closing(sqlite3.connect(folder / "raw.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE raw (row BLOB)")
        return _rate(lambda: connection.execute("INSERT INTO raw VALUES (?)", (_ROW,)), seconds)


def on_postgresql(url: str, seconds: float) -> float:
    """Return commits a second in a table of its own in a PostgreSQL database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE raw (row BYTEA)")
        return _rate(lambda: connection.execute("INSERT INTO raw VALUES (%s)", (_ROW,)), seconds)


def _rate(commit: Callable[[], object], seconds: float) -> float:
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        commit()
        count += 1
    return count / (time.perf_counter() - began)
