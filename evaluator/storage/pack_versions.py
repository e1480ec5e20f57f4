"""Published versions of prompt packs, and the drafts that become the next ones.

A version is never changed, and its texts are checked against its hash whenever they are read. May import
`prompts.files`, `errors` and `storage` siblings.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from evaluator.errors import DraftMoved, StorageError, VersionMoved
from evaluator.prompts.files import PackFiles, hash_of
from evaluator.storage.rows import storable
from evaluator.storage.schema import pack_drafts, pack_versions
from evaluator.storage.writer import Reader, Writer

FROM_FILES = 0
"""Number of what lies in the folder of packs, which is before every published version."""

_FIRST_REVISION = 2**30
"""A draft begins at any revision up to this, so that its predecessor is not taken for it."""

LARGEST = 2**31 - 1
"""The largest number that PostgreSQL keeps here; a larger one, from a request, is that of nothing."""

_v, _d = pack_versions.c, pack_drafts.c
_OF_PACK = _v.pack == bindparam("name")
_HEADS = (
    select(_v.pack, _v.number, _v.hash, _v.at, _v.by_whom, _v.note, _v.evaluation)
    .where(_OF_PACK)
    .order_by(_v.number.desc())
)
_ONE = select(pack_versions).where(_OF_PACK, _v.number == bindparam("wanted"))
_NEWEST = _HEADS.limit(1)
_NUMBERS = select(_v.pack, func.max(_v.number)).group_by(_v.pack).order_by(_v.pack)
_BY_HASH = (
    select(pack_versions).where(_OF_PACK, _v.hash == bindparam("digest")).order_by(_v.number.desc()).limit(1)
)
_DRAFT = select(pack_drafts).where(_d.pack == bindparam("name"))
_DRAFTS = select(pack_drafts).order_by(_d.pack)
_AS_SEEN = (_d.pack == bindparam("name"), _d.revision == bindparam("expected"))
_SAVE = (
    update(pack_drafts)
    .where(*_AS_SEEN)
    .values({each: bindparam(f"new_{each}") for each in ("files", "revision", "at", "by_whom")})
    .returning(pack_drafts)
)
_DISCARD = delete(pack_drafts).where(*_AS_SEEN)


def _added(table: Table) -> Mapping[str, Any]:
    """Return, by the database's kind, what adds a row and returns it, or nothing where its key is taken."""
    return {
        kind: dialect.insert(table).on_conflict_do_nothing().returning(table)
        for kind, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
    }


_PUBLISH, _BEGIN = _added(pack_versions), _added(pack_drafts)


@dataclass(frozen=True, slots=True)
class Head:
    """What is said of a published version, without its texts; `at` in epoch seconds.

    `evaluation`: what its last run said before it was published, None where there was none.
    """

    pack: str
    number: int
    hash: str
    at: float
    by: str
    note: str
    evaluation: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Version(Head):
    """A published version with its texts, which are those of its hash."""

    files: PackFiles = field(repr=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """The text that all editors of a pack share. `base`: the version it began from, else FROM_FILES."""

    pack: str
    files: PackFiles = field(repr=False)
    revision: int
    at: float
    by: str
    base: int


class PackVersions:
    """The versions and drafts of one database. Ended with the store that it belongs to.

    All raise StorageUnavailable, and what reads a version StorageError where its texts were altered.
    """

    def __init__(self, writer: Writer, reader: Reader, clock: Callable[[], float]) -> None:
        """Share a store's threads; `clock` returns epoch seconds."""
        self._writer = writer
        self._reader = reader
        self._clock = clock

    async def numbers(self) -> Mapping[str, int]:
        """Return the number of each published pack's latest version."""
        rows = await self._reader.run(lambda connection: connection.execute(_NUMBERS).all())
        return {name: number for name, number in rows}

    async def of(self, name: str) -> tuple[Head, ...]:
        """Return all versions of a pack, the latest first."""
        rows = await self._reader.run(
            lambda connection: connection.execute(_HEADS, {"name": _key(name)}).all()
        )
        return tuple(Head(**_head(row)) for row in rows)

    async def head(self, name: str) -> Head | None:
        """Return what is said of a pack's latest version, None where none was published."""
        return await self._reader.run(lambda connection: _newest(connection, name))

    async def one(self, name: str, number: int) -> Version | None:
        """Return a version by its number."""
        given = {"name": _key(name), "wanted": min(number, LARGEST)}
        row = await self._reader.run(lambda connection: connection.execute(_ONE, given).first())
        return None if row is None else _version(row)

    async def of_hash(self, name: str, digest: str) -> Version | None:
        """Return the latest version of a pack whose texts have this hash."""
        given = {"name": _key(name), "digest": digest}
        row = await self._reader.run(lambda connection: connection.execute(_BY_HASH, given).first())
        return None if row is None else _version(row)

    async def publish(
        self,
        name: str,
        files: PackFiles,
        *,
        by: str,
        note: str,
        expected: int,
        evaluation: Mapping[str, Any] | None = None,
        draft: int | None = None,
    ) -> Version:
        """Keep a new version that follows `expected`, the number of the one that was seen as the latest.

        With `draft`, the revision of the draft that it is made of, that one is gone with it. Raises
        VersionMoved or DraftMoved, and has published nothing, where another person was faster.
        """
        row = {
            "pack": name,
            "number": expected + 1,
            "hash": hash_of(files),
            "files": json.dumps(dict(files)),
            "at": self._clock(),
            "by_whom": storable(by),
            "note": storable(note),
            "evaluation": None if evaluation is None else json.dumps(evaluation),
        }
        return await self._writer.run(lambda connection: _publish(connection, row, draft))

    async def draft(self, name: str) -> Draft | None:
        """Return a pack's draft."""
        return await self._reader.run(lambda connection: _draft(connection, name))

    async def drafts(self) -> Mapping[str, Draft]:
        """Return all drafts by pack."""
        rows = await self._reader.run(lambda connection: connection.execute(_DRAFTS).all())
        return {row.pack: _draft_of(row) for row in rows}

    async def save(self, name: str, files: PackFiles, *, by: str, expected: int, base: int) -> Draft:
        """Save a draft over the revision `expected`, 0 where none was there; `base` counts for a new one.

        Raises DraftMoved, and has saved nothing, where the draft is another one by now.
        """
        row = {
            "pack": name,
            "files": json.dumps(dict(files)),
            "revision": min(expected, LARGEST - 1) + 1
            if expected
            else 1 + secrets.randbelow(_FIRST_REVISION),
            "at": self._clock(),
            "by_whom": storable(by),
            "base": base,
        }
        return await self._writer.run(lambda connection: _save(connection, row, expected))

    async def discard(self, name: str, *, expected: int) -> None:
        """Delete a draft of the revision `expected`; one that is gone already stays so. Raises DraftMoved."""

        def operation(connection: Connection) -> None:
            done = connection.execute(
                _DISCARD, {"name": _key(name), "expected": min(expected, LARGEST)}
            ).rowcount
            now = None if done else _draft(connection, name)
            if now is not None:
                raise draft_moved(name, now)

        await self._writer.run(operation)


def _publish(connection: Connection, row: Mapping[str, Any], draft: int | None) -> Version:
    name, expected = row["pack"], row["number"] - 1
    newest = _newest(connection, name)
    if (FROM_FILES if newest is None else newest.number) != expected:
        raise version_moved(name, newest)
    given = {"name": _key(name), "expected": draft}
    if draft is not None and not connection.execute(_DISCARD, given).rowcount:
        raise draft_moved(name, _draft(connection, name))
    kept = connection.execute(_PUBLISH[connection.dialect.name], row).first()
    if kept is None:  # another process published between the two statements
        raise version_moved(name, _newest(connection, name))
    return _version(kept)


def _save(connection: Connection, row: Mapping[str, Any], expected: int) -> Draft:
    if expected:
        expected = min(expected, LARGEST)
        changes = {f"new_{each}": row[each] for each in ("files", "revision", "at", "by_whom")}
        kept = connection.execute(_SAVE, {"name": row["pack"], "expected": expected, **changes}).first()
    else:
        kept = connection.execute(_BEGIN[connection.dialect.name], row).first()
    if kept is None:
        raise draft_moved(row["pack"], _draft(connection, row["pack"]))
    return _draft_of(kept)


def draft_moved(name: str, now: Draft | None) -> DraftMoved:
    """Return the error for a draft that is not the one that was edited; `now` is what is there instead."""
    if now is None:
        told = f"the draft of {name} is gone: somebody published or discarded it; nothing was saved"
        return DraftMoved(told, by=None, at=None, revision=0, files=None)
    told = f"{now.by} changed the draft of {name} at {_told(now.at)}; nothing was saved over it"
    return DraftMoved(told, by=now.by, at=now.at, revision=now.revision, files=now.files)


def version_moved(name: str, now: Head | None) -> VersionMoved:
    """Return the error for a version that is not the one that was seen as the latest, which is `now`."""
    if now is None:
        told = f"nothing of {name} is published in this database; nothing was published"
        return VersionMoved(told, by=None, at=None, number=FROM_FILES)
    told = (
        f"{now.by} published version {now.number} of {name} at {_told(now.at)}; nothing was published over it"
    )
    return VersionMoved(told, by=now.by, at=now.at, number=now.number)


def _newest(connection: Connection, name: str) -> Head | None:
    row = connection.execute(_NEWEST, {"name": _key(name)}).first()
    return None if row is None else Head(**_head(row))


def _key(name: str) -> str:
    """Return a name as it can be looked for; one from a request may hold what PostgreSQL cannot store."""
    return name if name.isascii() and name.isprintable() else "?"


def _told(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _version(row: Row[Any]) -> Version:
    """Return a stored version; raises StorageError where its texts are not those of its hash."""
    try:
        files: PackFiles = json.loads(row.files)
        intact = hash_of(files) == row.hash
    except (ValueError, LookupError, TypeError):
        intact = False
    if not intact:
        raise StorageError(
            f"version {row.number} of the prompt pack {row.pack} was altered in the database: its texts do "
            "not have the hash that it was published with. Restore it from a backup, or publish another"
        )
    return Version(**_head(row), files=files)


def _head(row: Any) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("pack", "number", "hash", "at", "note")}
    evaluation = None if row.evaluation is None else json.loads(row.evaluation)
    return {**told, "by": row.by_whom, "evaluation": evaluation}


def _draft(connection: Connection, name: str) -> Draft | None:
    row = connection.execute(_DRAFT, {"name": _key(name)}).first()
    return None if row is None else _draft_of(row)


def _draft_of(row: Row[Any]) -> Draft:
    return Draft(row.pack, json.loads(row.files), row.revision, row.at, row.by_whom, row.base)
