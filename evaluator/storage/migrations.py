"""The steps that bring a database to the form that `schema` describes, taken once each at start.

A step is never changed after it was released; a new form is a new step. May import `errors` and
`storage` siblings.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from evaluator.errors import StorageTooNew
from evaluator.storage.database import Database
from evaluator.storage.faults import Trouble, reported, trouble_of

LOCK_NUMBER = 7_203_548_110_461
"""The PostgreSQL advisory lock that processes take in turn to change the schema; any number of ours."""

PATIENCE_S = 60.0
"""How long a process waits for another one that is changing the schema."""

_TYPES: Mapping[str, Mapping[str, str]] = {
    "sqlite": {"double": "DOUBLE", "blob": "BLOB", "serial": "INTEGER NOT NULL PRIMARY KEY"},
    "postgresql": {"double": "DOUBLE PRECISION", "blob": "BYTEA", "serial": "SERIAL PRIMARY KEY"},
}
"""What the words in braces in a step stand for."""

_FIRST = (
    """
    CREATE TABLE jobs (
        id TEXT NOT NULL PRIMARY KEY,
        candidate_id TEXT NOT NULL,
        step_id TEXT NOT NULL,
        state TEXT NOT NULL,
        delivery TEXT NOT NULL,
        mode TEXT NOT NULL,
        run INTEGER NOT NULL,
        owner TEXT,
        created_at {double} NOT NULL,
        updated_at {double} NOT NULL,
        finished_at {double},
        attempts INTEGER NOT NULL,
        next_try_at {double},
        deadline_at {double},
        secret_mark TEXT NOT NULL,
        status TEXT,
        failure TEXT,
        delivery_note TEXT,
        retention_s {double} NOT NULL,
        retain_until {double},
        pack TEXT,
        acceptance TEXT NOT NULL,
        secret {blob}
    )
    """,
    "CREATE INDEX jobs_by_time ON jobs (created_at, id)",
    "CREATE INDEX jobs_by_state ON jobs (state, created_at)",
    "CREATE INDEX jobs_by_candidate ON jobs (candidate_id, created_at)",
    "CREATE INDEX jobs_by_step ON jobs (step_id, created_at)",
    "CREATE INDEX jobs_by_delivery ON jobs (delivery, created_at) WHERE delivery IN ('owed', 'held', 'dead')",
    "CREATE INDEX jobs_by_owner ON jobs (owner) WHERE owner IS NOT NULL",
    "CREATE INDEX jobs_by_end ON jobs (retain_until) WHERE retain_until IS NOT NULL",
    """
    CREATE TABLE payloads (
        job_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        sealed {blob} NOT NULL,
        PRIMARY KEY (job_id, kind),
        FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE attempts (
        job_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL,
        at {double} NOT NULL,
        outcome TEXT NOT NULL,
        status_code INTEGER,
        duration_ms INTEGER NOT NULL,
        detail {blob},
        PRIMARY KEY (job_id, number),
        FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE
    )
    """,
    "CREATE TABLE erasures (id {serial}, at {double} NOT NULL, mark TEXT NOT NULL, jobs INTEGER NOT NULL)",
)

_LIMITS_OVER_ALL_PROCESSES = (
    """
    CREATE TABLE leases (
        holder TEXT NOT NULL PRIMARY KEY,
        held INTEGER NOT NULL,
        waiting_since {double},
        expires_at {double} NOT NULL
    )
    """,
    "CREATE TABLE rates (name TEXT NOT NULL PRIMARY KEY, arrival {double} NOT NULL)",
    "INSERT INTO rates (name, arrival) VALUES ('requests', 0), ('tokens', 0)",
)

_AUDIT_RECORD = (
    """
    CREATE TABLE audit_records (
        seq {serial},
        at {double} NOT NULL,
        kind TEXT NOT NULL,
        job TEXT,
        candidate TEXT,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL,
        public TEXT NOT NULL,
        identity TEXT,
        identity_digest TEXT,
        content {blob},
        content_digest TEXT
    )
    """,
    "CREATE INDEX audit_by_job ON audit_records (job)",
    "CREATE INDEX audit_by_candidate ON audit_records (candidate)",
    """
    CREATE TABLE audit_head (
        name TEXT NOT NULL PRIMARY KEY,
        seq INTEGER NOT NULL,
        hash TEXT NOT NULL,
        mark TEXT,
        anchor_seq INTEGER NOT NULL,
        anchor_hash TEXT NOT NULL,
        anchor_at {double},
        anchor_mark TEXT
    )
    """,
    "INSERT INTO audit_head (name, seq, hash, anchor_seq, anchor_hash) VALUES ('head', 0, '', 0, '')",
)

_STUDIO = (
    """
    CREATE TABLE pack_versions (
        pack TEXT NOT NULL,
        number INTEGER NOT NULL,
        hash TEXT NOT NULL,
        files TEXT NOT NULL,
        at {double} NOT NULL,
        by_whom TEXT NOT NULL,
        note TEXT NOT NULL,
        evaluation TEXT,
        PRIMARY KEY (pack, number)
    )
    """,
    "CREATE INDEX pack_versions_by_hash ON pack_versions (hash)",
    """
    CREATE TABLE pack_drafts (
        pack TEXT NOT NULL PRIMARY KEY,
        files TEXT NOT NULL,
        revision INTEGER NOT NULL,
        at {double} NOT NULL,
        by_whom TEXT NOT NULL,
        base INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE studio_sessions (
        mark TEXT NOT NULL PRIMARY KEY,
        person TEXT NOT NULL,
        role TEXT NOT NULL,
        token_mark TEXT NOT NULL,
        at {double} NOT NULL,
        expires_at {double} NOT NULL
    )
    """,
    "CREATE INDEX studio_sessions_by_end ON studio_sessions (expires_at)",
    "CREATE TABLE studio_failures (id {serial}, at {double} NOT NULL, peer TEXT NOT NULL)",
    "CREATE INDEX studio_failures_by_peer ON studio_failures (peer, at)",
    """
    CREATE TABLE studio_cases (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        candidate TEXT NOT NULL,
        job TEXT,
        at {double} NOT NULL,
        by_whom TEXT NOT NULL,
        sealed {blob} NOT NULL,
        service_rating {double},
        rating {double},
        sealed_why {blob}
    )
    """,
    "CREATE INDEX studio_cases_by_candidate ON studio_cases (candidate)",
    "CREATE TABLE cohorts (name TEXT NOT NULL PRIMARY KEY, at {double} NOT NULL, by_whom TEXT NOT NULL)",
    """
    CREATE TABLE cohort_cases (
        cohort TEXT NOT NULL,
        case_id TEXT NOT NULL,
        PRIMARY KEY (cohort, case_id),
        FOREIGN KEY (cohort) REFERENCES cohorts (name) ON DELETE CASCADE,
        FOREIGN KEY (case_id) REFERENCES studio_cases (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX cohort_cases_by_case ON cohort_cases (case_id)",
    """
    CREATE TABLE studio_runs (
        id TEXT NOT NULL PRIMARY KEY,
        pack TEXT NOT NULL,
        by_whom TEXT NOT NULL,
        at {double} NOT NULL,
        state TEXT NOT NULL,
        cancel INTEGER NOT NULL,
        beat_at {double} NOT NULL,
        total INTEGER NOT NULL,
        public TEXT NOT NULL
    )
    """,
    "CREATE INDEX studio_runs_by_time ON studio_runs (at)",
    "CREATE INDEX studio_runs_by_pack ON studio_runs (pack, at)",
    """
    CREATE TABLE studio_run_rows (
        run TEXT NOT NULL,
        number INTEGER NOT NULL,
        candidate TEXT,
        sealed {blob} NOT NULL,
        PRIMARY KEY (run, number),
        FOREIGN KEY (run) REFERENCES studio_runs (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX studio_run_rows_by_candidate ON studio_run_rows (candidate)",
)

STEPS: Sequence[Sequence[str]] = (_FIRST, _LIMITS_OVER_ALL_PROCESSES, _AUDIT_RECORD, _STUDIO)
"""The statements of each step; a database is at version n when the first n were taken."""

_MAKE_META = text("CREATE TABLE IF NOT EXISTS meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)")
_VERSION = text("SELECT value FROM meta WHERE key = 'schema_version'")
_SET_VERSION = text(
    "INSERT INTO meta (key, value) VALUES ('schema_version', :version) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)


def migrate(database: Database, steps: Sequence[Sequence[str]] = STEPS) -> None:
    """Take the steps that the database has not taken yet, all or none; processes do it in turn.

    Raises StorageTooNew where it has taken more than are known here, StorageUnavailable where it cannot
    be reached or another process holds it for too long.
    """
    with reported(why=True):
        if database.kind == "sqlite":
            _use_write_ahead_log(database)
        with changing_schema(database) as connection:
            connection.execute(_MAKE_META)
            version = int(connection.execute(_VERSION).scalar() or 0)
            if version > len(steps):
                raise StorageTooNew(
                    f"the database is of version {version}, and this program knows {len(steps)} at most: a "
                    "newer program has used it. Start that one, or restore the backup made before"
                )
            for statement in (each for step in steps[version:] for each in step):
                connection.execute(text(statement.format_map(_TYPES[database.kind])))
            connection.execute(_SET_VERSION, {"version": str(len(steps))})


@contextmanager
def changing_schema(database: Database) -> Iterator[Connection]:
    """Yield a connection in a transaction that no other process has at the same time."""
    patience_ms = round(PATIENCE_S * 1000)
    if database.kind == "postgresql":
        with database.writing.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = {patience_ms}"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK_NUMBER})
            yield connection
        return
    with database.writing.connect() as connection:
        connection.detach()  # closed afterwards, so that its patience is not inherited
        connection.connection.cursor().execute(f"PRAGMA busy_timeout={patience_ms}")
        with connection.begin():  # immediate, which is the lock
            yield connection


def _use_write_ahead_log(database: Database) -> None:
    """Switch SQLite's journal, which lasts; it does not wait for other processes by itself."""
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            with database.reading.connect() as connection:
                # On an empty file this leaves a connection that cannot empty the log, so it is not kept.
                connection.detach()
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            return
        except OperationalError as error:
            if trouble_of(error) is not Trouble.LOCKED or time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)
