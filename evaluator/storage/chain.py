"""The chain of audit records: what a record's hash covers, and the statements that add and take away.

    hash = SHA-256 of the five lines "candidate-evaluator audit 1", the hash before, `public`, the digest of
           `identity`, the digest of `content`; joined by line feeds, an absent digest being "-"

A digest is the SHA-256 of what is stored, so that `identity` and `content` can be erased and the chain still
be checked. `identity` holds a random salt and `content` is encrypted: their digests tell nothing of them.
The functions that take a connection are operations for `writer`. May import `storage` siblings.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, delete, insert, null, select, update

from evaluator.storage.schema import audit_head, audit_records
from evaluator.storage.sealing import Sealer

Kind = Literal["evaluation", "correction", "erasure"]

_FORM = "candidate-evaluator audit 1"
_NONE = "-"


@dataclass(frozen=True, slots=True)
class Entry:
    """A record before it has its place.

    `public` names and quotes nobody and is never erased. `identity` has the members `job`, `candidate` and
    `salt` at least, None where a record is about nobody. `content` is sealed.
    """

    kind: Kind
    at: float
    public: Mapping[str, Any]
    identity: Mapping[str, Any] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)


_c, _h = audit_records.c, audit_head.c
_ADVANCE = update(audit_head).values(seq=_h.seq + 1).returning(_h.seq, _h.hash)
_INSERT = insert(audit_records)
_SET_HEAD = update(audit_head).values(hash=bindparam("new_hash"), mark=bindparam("new_mark"))
_LOCK = select(_h.seq).with_for_update()
_OLDEST = select(_c.seq, _c.hash, _c.at).order_by(_c.seq).limit(bindparam("most"))
_REMOVE = delete(audit_records).where(_c.seq <= bindparam("last"))
_SET_ANCHOR = update(audit_head).values(
    anchor_seq=bindparam("last"),
    anchor_hash=bindparam("last_hash"),
    anchor_at=bindparam("last_at"),
    anchor_mark=bindparam("new_mark"),
)
_ERASE = (
    update(audit_records)
    .where(_c.candidate == bindparam("mark"))
    .values(job=null(), candidate=null(), identity=null(), content=null())
    .returning(_c.seq)
)
_DROP_CONTENT = (
    update(audit_records)
    .where(_c.job.in_(bindparam("jobs", expanding=True)), _c.kind == "evaluation", _c.content.is_not(None))
    .values(content=null())
)


def as_text(value: Any) -> str:
    """Return a value as JSON in one line of ASCII, its members in order: one text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def digest(stored: bytes | str | None) -> str | None:
    """Return the SHA-256 of a part as it is stored, in hexadecimal; None where there is none."""
    if stored is None:
        return None
    return hashlib.sha256(stored.encode() if isinstance(stored, str) else stored).hexdigest()


def link(previous: str, public: str, identity_digest: str | None, content_digest: str | None) -> str:
    """Return the hash of a record, 64 hexadecimal digits; `previous` is that of the record before, or ""."""
    lines = (_FORM, previous, public, identity_digest or _NONE, content_digest or _NONE)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def head_mark(sealer: Sealer, seq: int, hashed: str) -> str:
    """Return the mark of a chain's end, which nobody makes without the database's key."""
    return sealer.fingerprint("audit head", str(seq), hashed)


def anchor_mark(sealer: Sealer, seq: int, hashed: str, at: float) -> str:
    """Return the mark of the last record that was removed, the same."""
    return sealer.fingerprint("audit anchor", str(seq), hashed, repr(at))


def append(connection: Connection, entry: Entry, sealer: Sealer) -> int:
    """Add a record at the end, and return its number; until the commit nobody else can add one."""
    seq, previous = connection.execute(_ADVANCE).one()
    public = as_text({**entry.public, "seq": seq, "kind": entry.kind, "at": entry.at})
    identity = None if entry.identity is None else as_text(entry.identity)
    digests = (digest(identity), digest(entry.content))
    hashed = link(previous, public, *digests)
    row = {
        "seq": seq,
        "at": entry.at,
        "kind": entry.kind,
        "job": entry.identity and entry.identity["job"],
        "candidate": entry.identity and entry.identity["candidate"],
        "previous": previous,
        "hash": hashed,
        "public": public,
        "identity": identity,
        "identity_digest": digests[0],
        "content": entry.content,
        "content_digest": digests[1],
    }
    connection.execute(_INSERT, row)
    connection.execute(_SET_HEAD, {"new_hash": hashed, "new_mark": head_mark(sealer, seq, hashed)})
    return int(seq)


def erase(connection: Connection, candidate: str, sealer: Sealer, *, at: float) -> int:
    """Erase what names or quotes a candidate, given by their mark, and record that; return in how many."""
    numbers = sorted(connection.execute(_ERASE, {"mark": candidate}).scalars())
    if numbers:
        append(connection, Entry("erasure", at, {"of": numbers}), sealer)
    return len(numbers)


def drop_content(connection: Connection, jobs: Iterable[str]) -> None:
    """Erase the prompts, replies and quotes of jobs that are not kept any more."""
    if ids := list(jobs):
        connection.execute(_DROP_CONTENT, {"jobs": ids})


def prune(connection: Connection, before: float, most: int, sealer: Sealer) -> int:
    """Remove up to `most` records from the front that are older than `before`; return how many.

    The last one's hash is kept, so that the chain can be checked from there.
    """
    connection.execute(_LOCK).one()
    found = connection.execute(_OLDEST, {"most": most}).all()
    old = list(takewhile(lambda row: row.at < before, found))
    if not old:
        return 0
    seq, hashed, at = old[-1]
    connection.execute(_REMOVE, {"last": seq})
    mark = anchor_mark(sealer, seq, hashed, at)
    connection.execute(_SET_ANCHOR, {"last": seq, "last_hash": hashed, "last_at": at, "new_mark": mark})
    return len(old)
