"""The tables as the program uses them; `migrations` makes them.

Times are seconds since the epoch. What is sealed holds text about a candidate or a secret; nothing
else does but the two ids. May import nothing of the package.
"""

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, text

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    # Both ids as canonical JSON, so that 1 and "1" are two.
    Column("candidate_id", Text, nullable=False),
    Column("step_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("mode", Text, nullable=False),
    # How often the job was set going, from 1.
    Column("run", Integer, nullable=False),
    # The process that has the job in hand; null where the queue has it, or nobody needs to.
    Column("owner", Text),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("finished_at", Double),
    # Failed tries of what is going on now: the assessment, then the delivery.
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", Double),
    Column("deadline_at", Double),
    Column("secret_mark", Text, nullable=False),
    # The result's own status; null before there is one.
    Column("status", Text),
    # Why the assessment failed or waits.
    Column("failure", Text),
    # Why the delivery waits, is held, or is dead.
    Column("delivery_note", Text),
    Column("retention_s", Double, nullable=False),
    Column("retain_until", Double),
    Column("pack", Text),
    # Random mark of the call that accepted this run.
    Column("acceptance", Text, nullable=False),
    # Sealed; null once the result is delivered.
    Column("secret", LargeBinary),
    Index("jobs_by_time", "created_at", "id"),
    Index("jobs_by_state", "state", "created_at"),
    Index("jobs_by_candidate", "candidate_id", "created_at"),
    Index("jobs_by_step", "step_id", "created_at"),
)

_OPEN_DELIVERY = text("delivery IN ('owed', 'held', 'dead')")
Index(
    "jobs_by_delivery",
    jobs.c.delivery,
    jobs.c.created_at,
    sqlite_where=_OPEN_DELIVERY,
    postgresql_where=_OPEN_DELIVERY,
)
_OWNED = text("owner IS NOT NULL")
Index("jobs_by_owner", jobs.c.owner, sqlite_where=_OWNED, postgresql_where=_OWNED)
_ENDING = text("retain_until IS NOT NULL")
Index("jobs_by_end", jobs.c.retain_until, sqlite_where=_ENDING, postgresql_where=_ENDING)

# Apart from the jobs, because SQLite writes a whole row again when a field of it changes.
payloads = Table(
    "payloads",
    metadata,
    Column("job_id", Text, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    # request | result
    Column("kind", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("job_id", Text, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    # model | callback
    Column("kind", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status_code", Integer),
    Column("duration_ms", Integer, nullable=False),
    # Sealed: what was answered may repeat what was sent.
    Column("detail", LargeBinary),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    # A fingerprint of the candidate's id.
    Column("mark", Text, nullable=False),
    Column("jobs", Integer, nullable=False),
)

# One row for each process that asks the model or waits for its turn, where a limit over all of them is set.
leases = Table(
    "leases",
    metadata,
    Column("holder", Text, primary_key=True),
    # Its model calls in flight.
    Column("held", Integer, nullable=False),
    # Since when its oldest wish waits; null where it has none.
    Column("waiting_since", Double),
    # Renewed every few seconds; what a dead process held is free from then on.
    Column("expires_at", Double, nullable=False),
)

# The time by which all that was let through would have arrived at an even pace; its rows are always there.
rates = Table(
    "rates",
    metadata,
    # requests | tokens
    Column("name", Text, primary_key=True),
    Column("arrival", Double, nullable=False),
)

# One row for each evaluation, correction and erasure, each bound to the one before by its hash; see `chain`.
audit_records = Table(
    "audit_records",
    metadata,
    # From 1, without a gap.
    Column("seq", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    # evaluation | correction | erasure
    Column("kind", Text, nullable=False),
    # The job's id and the candidate's mark, as in `identity`; null once the candidate is erased.
    Column("job", Text),
    Column("candidate", Text),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    # JSON that names and quotes nobody.
    Column("public", Text, nullable=False),
    # JSON with the marks by which a record is found; null once the candidate is erased.
    Column("identity", Text),
    Column("identity_digest", Text),
    # Sealed: prompt, reply and quotes, or a correction's words; null once they are not kept any more.
    Column("content", LargeBinary),
    Column("content_digest", Text),
    Index("audit_by_job", "job"),
    Index("audit_by_candidate", "candidate"),
)

# One row: the end of the chain and the place where it now begins, each with a mark that only the key makes.
audit_head = Table(
    "audit_head",
    metadata,
    Column("name", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("mark", Text),
    # The last record that was removed because its time was over.
    Column("anchor_seq", Integer, nullable=False),
    Column("anchor_hash", Text, nullable=False),
    Column("anchor_at", Double),
    Column("anchor_mark", Text),
)

# Versions of prompt packs, never changed; those with no number are the files in the folder of packs.
pack_versions = Table(
    "pack_versions",
    metadata,
    Column("pack", Text, primary_key=True),
    # From 1 for each pack.
    Column("number", Integer, primary_key=True),
    # The pack's own hash over its files.
    Column("hash", Text, nullable=False),
    # The files' texts by name, as JSON.
    Column("files", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("by_whom", Text, nullable=False),
    Column("note", Text, nullable=False),
    # What the last run said of it before it was published, as JSON; names and quotes nobody.
    Column("evaluation", Text),
    Index("pack_versions_by_hash", "hash"),
)

# What is being edited: one text for each pack, which all editors share.
pack_drafts = Table(
    "pack_drafts",
    metadata,
    Column("pack", Text, primary_key=True),
    Column("files", Text, nullable=False),
    # Grows with each save, so that a save onto what another wrote is known.
    Column("revision", Integer, nullable=False),
    Column("at", Double, nullable=False),
    Column("by_whom", Text, nullable=False),
    # Number of the version it began from; 0 for the files in the folder of packs.
    Column("base", Integer, nullable=False),
)

# Who is signed in to the studio, by marks of the cookie and of the token.
studio_sessions = Table(
    "studio_sessions",
    metadata,
    Column("mark", Text, primary_key=True),
    Column("person", Text, nullable=False),
    # viewer | editor | publisher
    Column("role", Text, nullable=False),
    Column("token_mark", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("studio_sessions_by_end", "expires_at"),
)

# Sign-ins that failed, for the lock-out after several.
studio_failures = Table(
    "studio_failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("peer", Text, nullable=False),
    Index("studio_failures_by_peer", "peer", "at"),
)

# Past candidates kept as samples, with a person's own rating where there is one.
studio_cases = Table(
    "studio_cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    # The candidate's id as in `jobs`.
    Column("candidate", Text, nullable=False),
    # The evaluation it came from; null where it was pasted.
    Column("job", Text),
    Column("at", Double, nullable=False),
    Column("by_whom", Text, nullable=False),
    # Sealed: the request without its secret.
    Column("sealed", LargeBinary, nullable=False),
    Column("service_rating", Double),
    # A person's.
    Column("rating", Double),
    # Sealed: why that person rated so.
    Column("sealed_why", LargeBinary),
    Index("studio_cases_by_candidate", "candidate"),
)

cohorts = Table(
    "cohorts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Double, nullable=False),
    Column("by_whom", Text, nullable=False),
)

cohort_cases = Table(
    "cohort_cases",
    metadata,
    Column("cohort", Text, ForeignKey("cohorts.name", ondelete="CASCADE"), primary_key=True),
    Column("case_id", Text, ForeignKey("studio_cases.id", ondelete="CASCADE"), primary_key=True),
    Index("cohort_cases_by_case", "case_id"),
)

# Runs of a draft over samples, and what came out for each sample.
studio_runs = Table(
    "studio_runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("pack", Text, nullable=False),
    Column("by_whom", Text, nullable=False),
    Column("at", Double, nullable=False),
    # running | done | cancelled | failed
    Column("state", Text, nullable=False),
    # 1 once somebody asked to stop it.
    Column("cancel", Integer, nullable=False),
    # Renewed while it runs; a run whose process died is known by it.
    Column("beat_at", Double, nullable=False),
    Column("total", Integer, nullable=False),
    # JSON that names and quotes nobody.
    Column("public", Text, nullable=False),
    Index("studio_runs_by_time", "at"),
    Index("studio_runs_by_pack", "pack", "at"),
)

studio_run_rows = Table(
    "studio_run_rows",
    metadata,
    Column("run", Text, ForeignKey("studio_runs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    # The candidate's id as in `jobs`; null for a fixture.
    Column("candidate", Text),
    # Sealed: request and result.
    Column("sealed", LargeBinary, nullable=False),
    Index("studio_run_rows_by_candidate", "candidate"),
)

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
