"""The audit records of a database: added, read, and taken away when their time is over.

May import `contract`, `errors` and `storage` siblings.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, select

from evaluator.contract.request import Identifier
from evaluator.errors import StorageKeyWrong
from evaluator.storage import chain
from evaluator.storage.chain import Entry
from evaluator.storage.rows import canonical
from evaluator.storage.schema import audit_head, audit_records
from evaluator.storage.sealing import Sealer
from evaluator.storage.writer import Reader, Writer

_LEVEL = 1
"""How hard content is compressed: most of it is a prompt, and the first level takes a millisecond."""

_c = audit_records.c
_BY_JOB = select(audit_records).where(_c.job == bindparam("job")).order_by(_c.seq)
_CORRECTIONS = (
    select(_c.job, _c.public)
    .where(_c.job.in_(bindparam("jobs", expanding=True)), _c.kind == "correction")
    .order_by(_c.seq)
)
_ONE = select(audit_records).where(_c.seq == bindparam("number"))
_BEHIND = select(audit_records).where(_c.seq > bindparam("number")).order_by(_c.seq).limit(bindparam("most"))
_NEWEST = (
    select(audit_records).where(_c.seq < bindparam("number")).order_by(_c.seq.desc()).limit(bindparam("most"))
)
_HEAD = select(audit_head)


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it is stored; the fields are those of `schema`."""

    seq: int
    at: float
    kind: chain.Kind
    job: str | None
    candidate: str | None
    previous: str
    hash: str
    public: str
    identity: str | None = field(repr=False)
    identity_digest: str | None
    content: bytes | None = field(repr=False)
    content_digest: str | None

    @property
    def told(self) -> dict[str, Any]:
        """The public part."""
        told: dict[str, Any] = json.loads(self.public)
        return told


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain, and the last record that was removed from its front."""

    seq: int
    hash: str
    mark: str | None
    anchor_seq: int
    anchor_hash: str
    anchor_at: float | None
    anchor_mark: str | None


class Records:
    """The chain of one database. Ended with the store that it belongs to."""

    def __init__(self, writer: Writer, reader: Reader, sealer: Sealer) -> None:
        """Share a store's threads and keys."""
        self._writer = writer
        self._reader = reader
        self._sealer = sealer

    def candidate_mark(self, candidate: Identifier) -> str:
        """Return the mark that stands for a candidate, here and in the record of erasures."""
        return self._sealer.fingerprint("candidate", canonical(candidate))

    def step_mark(self, step: Identifier) -> str:
        """Return the mark that stands for a step of a pipeline."""
        return self._sealer.fingerprint("step", canonical(step))

    def sealed(self, content: Mapping[str, Any]) -> bytes:
        """Return what is told of a candidate, compressed and sealed."""
        return self._sealer.seal(zlib.compress(chain.as_text(content).encode(), _LEVEL))

    def unsealed(self, stored: Stored) -> dict[str, Any] | None:
        """Return a record's content, None where it is erased. Raises StorageKeyWrong."""
        if stored.content is None:
            return None
        try:
            opened: dict[str, Any] = json.loads(zlib.decompress(self._sealer.unseal(stored.content)))
        except (zlib.error, ValueError):
            raise StorageKeyWrong(f"the content of audit record {stored.seq} cannot be read") from None
        return opened

    def append(self, connection: Connection, entry: Entry) -> int:
        """Add a record in the transaction of `connection`; return its number."""
        return chain.append(connection, entry, self._sealer)

    async def add(self, entry: Entry) -> int:
        """Add a record by itself; return its number. Raises StorageUnavailable, as all of these do."""
        return await self._writer.run(lambda connection: self.append(connection, entry))

    def erase(self, connection: Connection, candidate: str, at: float) -> int:
        """Erase what names or quotes a candidate, given by their mark; return in how many records."""
        return chain.erase(connection, candidate, self._sealer, at=at)

    async def prune(self, *, before: float, limit: int = 500) -> int:
        """Remove up to `limit` records from the front that are older than `before`; return how many."""
        return await self._writer.run(lambda connection: chain.prune(connection, before, limit, self._sealer))

    async def of_job(self, job_id: str) -> tuple[Stored, ...]:
        """Return what is recorded of a job, in order."""
        return await self._reader.run(lambda connection: _found(connection, _BY_JOB, job=job_id))

    async def corrections(self, ids: Sequence[str]) -> Mapping[str, float | None]:
        """Return which of some jobs a person has corrected, with the rating that they gave last, if any."""
        given = {"jobs": list(ids)}
        rows = await self._reader.run(lambda connection: connection.execute(_CORRECTIONS, given).all())
        told: dict[str, float | None] = {}
        for job_id, public in rows:
            rating = json.loads(public)["rating"]
            told[job_id] = told.get(job_id) if rating is None else rating
        return told

    async def one(self, seq: int) -> Stored | None:
        """Return the record of a number."""
        found = await self._reader.run(lambda connection: _found(connection, _ONE, number=seq))
        return found[0] if found else None

    async def behind(self, seq: int, *, limit: int) -> tuple[Stored, ...]:
        """Return the records that come after a number, in order, `limit` at most."""
        return await self._reader.run(lambda connection: _found(connection, _BEHIND, number=seq, most=limit))

    async def newest(self, *, before: int, limit: int) -> tuple[Stored, ...]:
        """Return the records that come before a number, the newest first, `limit` at most."""
        return await self._reader.run(
            lambda connection: _found(connection, _NEWEST, number=before, most=limit)
        )

    async def head(self) -> Head | None:
        """Return the end of the chain; None where somebody removed it."""
        row = await self._reader.run(lambda connection: connection.execute(_HEAD).first())
        return None if row is None else Head(*row[1:])

    def is_ours(self, head: Head) -> bool:
        """Tell whether the marks of both ends were made with the database's key."""
        ended = head.seq == 0 or head.mark == chain.head_mark(self._sealer, head.seq, head.hash)
        if head.anchor_seq == 0 or head.anchor_at is None:
            return ended and head.anchor_seq == 0
        anchor = (head.anchor_seq, head.anchor_hash, head.anchor_at)
        return ended and head.anchor_mark == chain.anchor_mark(self._sealer, *anchor)


def _found(connection: Connection, query: Any, **parameters: Any) -> tuple[Stored, ...]:
    return tuple(Stored(*row) for row in connection.execute(query, parameters))
