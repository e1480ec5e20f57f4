"""Checking the chain: whether every record is there, in its place and as it was written.

A fault names the first number at which it shows. What was erased lawfully is no fault: content is erased
with its job, `identity` where a record of an erasure names the number. May import `storage`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from evaluator.storage.chain import digest, link
from evaluator.storage.records import Head, Records, Stored

_BATCH = 500
_PASSES = 3
"""Looks at a chain that changes while it is looked at: what one finds wrong may be right a moment later."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A record's number and hash as somebody wrote them down elsewhere."""

    seq: int
    hash: str

    def __str__(self) -> str:
        """Return both in the form that `audit-log verify` prints and takes."""
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a record; `seq` is 0 where it is the chain as a whole."""

    seq: int
    what: str


@dataclass(slots=True)
class Verdict:
    """What was found. `begins_behind`: the last record that was removed because its time was over, 0 if none.

    `removed_until` is that one's time, epoch seconds. `head` is the chain's end, None where there is none.
    """

    records: int = 0
    erased: int = 0
    without_content: int = 0
    head: Noted | None = None
    begins_behind: int = 0
    removed_until: float | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


async def verify(records: Records, noted: Sequence[Noted] = ()) -> Verdict:
    """Check the whole chain, and that it still holds what was `noted` before; reads it in batches.

    The end is looked up first: what is added meanwhile is left for the next time.
    """
    for _ in range(_PASSES):
        head = await records.head()
        if head is None:
            return Verdict(
                faults=[Fault(0, "the end of the chain is not kept any more: its row was removed")]
            )
        verdict = await _passed(records, head, noted)
        if verdict.sound or await records.head() == head:
            break
    return verdict


async def wrong_with(records: Records, stored: Stored) -> Sequence[str]:
    """Return what is wrong with a record and its place between its neighbours, a phrase each.

    Cheap, whatever the chain's length; that the whole of it is there, `verify` alone can tell.
    """
    for _ in range(_PASSES):
        wrong = await _wrong_between(records, stored)
        if not wrong:  # else the chain may have grown, or been shortened, meanwhile
            return ()
    return wrong


async def _wrong_between(records: Records, stored: Stored) -> Sequence[str]:
    head = await records.head()
    if head is None or not records.is_ours(head):
        return ["the end of the chain was set without the database's key"]
    before, behind = await records.one(stored.seq - 1), await records.one(stored.seq + 1)
    wrong = list(_wrong(stored))
    if stored.previous != (before.hash if before else head.anchor_hash):
        wrong.append("does not follow the record before")
    if stored.hash != (behind.previous if behind else head.hash):
        wrong.append("is not the one that the record behind it follows")
    return wrong


async def _passed(records: Records, head: Head, noted: Sequence[Noted]) -> Verdict:
    verdict = Verdict()
    check = _Check(verdict, head, {each.seq: each for each in noted})
    if not records.is_ours(head):
        verdict.faults.append(Fault(head.seq, "the end or the beginning was set without the database's key"))
    last = 0
    while batch := await records.behind(last, limit=_BATCH):
        last = batch[-1].seq
        for stored in batch:
            if stored.seq <= head.seq:
                check.take(stored)
    newer = await records.head()
    check.end(last, newer.seq if newer else head.seq)
    return verdict


class _Check:
    """One pass over the chain."""

    def __init__(self, verdict: Verdict, head: Head, noted: dict[int, Noted]) -> None:
        self._verdict = verdict
        self._head = head
        self._noted = noted
        self._seq, self._hash = head.anchor_seq, head.anchor_hash
        self._nameless: set[int] = set()
        self._named: set[int] = set()
        verdict.head = Noted(head.seq, head.hash) if head.seq else None
        verdict.begins_behind, verdict.removed_until = head.anchor_seq, head.anchor_at

    def take(self, stored: Stored) -> None:
        """Check one record, and that it follows the one before."""
        verdict = self._verdict
        verdict.records += 1
        if stored.seq <= self._head.anchor_seq:
            self._fault(stored.seq, "stands before the place where the chain begins")
            return
        if stored.seq > self._seq + 1:
            self._fault(self._seq + 1, _missing(self._seq + 1, stored.seq - 1))
        elif stored.previous != self._hash:
            self._fault(stored.seq, "does not follow the record before: moved, or that one was replaced")
        for what in _wrong(stored):
            self._fault(stored.seq, what)
        self._note(stored)
        self._seq, self._hash = stored.seq, stored.hash

    def end(self, last: int, head_now: int) -> None:
        """Check that the chain ends where it should, and that what was noted is in it."""
        head = self._head
        if self._seq < head.seq:
            self._fault(self._seq + 1, f"{_missing(self._seq + 1, head.seq)} at the end")
        elif self._seq and self._hash != head.hash:
            self._fault(head.seq, "is not the one that the chain ended with")
        if last > head_now:
            self._fault(head_now + 1, "stands behind the end of the chain")
        for seq in sorted(self._nameless - self._named):
            self._fault(seq, "what names it was removed, and no record of an erasure says so")
        for noted in self._noted.values():
            if noted.seq > head.seq:
                self._fault(noted.seq, "was noted, and the chain ends before it")
            elif noted.seq == head.anchor_seq and noted.hash != head.anchor_hash:
                self._fault(noted.seq, "is not the one that was noted")

    def _note(self, stored: Stored) -> None:
        if stored.identity is None and stored.identity_digest is not None:
            self._nameless.add(stored.seq)
            self._verdict.erased += 1
        elif stored.content is None and stored.content_digest is not None:
            self._verdict.without_content += 1
        if stored.kind == "erasure":
            self._named.update(_erased_by(stored))
        noted = self._noted.get(stored.seq)
        if noted is not None and noted.hash != stored.hash:
            self._fault(stored.seq, "is not the one that was noted")

    def _fault(self, seq: int, what: str) -> None:
        self._verdict.faults.append(Fault(seq, what))


def _missing(first: int, last: int) -> str:
    return "is missing" if first == last else f"is missing, and all up to {last}"


def _erased_by(stored: Stored) -> list[int]:
    try:
        return [number for number in json.loads(stored.public)["of"] if isinstance(number, int)]
    except (ValueError, KeyError, TypeError):
        return []  # told of already: it is not as it was written


def _wrong(stored: Stored) -> Iterator[str]:
    """Yield what is wrong with a record by itself."""
    if not _is_linked(stored):
        yield "was changed"
    elif not _is_as_told(stored):
        yield "was moved, or its columns were changed: its text says otherwise"
    if stored.identity is not None and not _names_as_told(stored):
        yield "what names it was changed"
    if stored.content is not None and digest(stored.content) != stored.content_digest:
        yield "its sealed content was changed"


def _is_linked(stored: Stored) -> bool:
    try:
        hashed = link(stored.previous, stored.public, stored.identity_digest, stored.content_digest)
    except TypeError:
        return False  # SQLite takes bytes where text belongs
    return hashed == stored.hash


def _is_as_told(stored: Stored) -> bool:
    try:
        told = stored.told
        return (told["seq"], told["kind"], told["at"]) == (stored.seq, stored.kind, stored.at)
    except (ValueError, KeyError, TypeError):
        return False  # whoever changed it wrote a hash to it, and no record


def _names_as_told(stored: Stored) -> bool:
    if stored.identity is None or digest(stored.identity) != stored.identity_digest:
        return False
    try:
        named = json.loads(stored.identity)
        return (named["job"], named["candidate"]) == (stored.job, stored.candidate)
    except (ValueError, KeyError, TypeError):
        return False


def parse_noted(text: str) -> Noted:
    """Return what `audit-log verify` printed before; raises ValueError."""
    seq, _, hashed = text.partition(":")
    if len(hashed) != 64 or int(seq) < 1:
        raise ValueError(text)
    return Noted(int(seq), hashed)
