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

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
