"""Who is signed in to the studio, and the sign-ins that failed.

A session is found by the digest of a secret that the browser alone has. An address is kept as a
fingerprint, and for as long as it counts. May import `errors` and `storage` siblings.
"""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select

from evaluator.storage.schema import studio_failures, studio_sessions
from evaluator.storage.sealing import Sealer
from evaluator.storage.writer import Reader, Writer

_s, _f = studio_sessions.c, studio_failures.c
_ADD = insert(studio_sessions)
_GET = select(studio_sessions).where(_s.mark == bindparam("wanted"))
_END = delete(studio_sessions).where(_s.mark == bindparam("wanted"))
_EXPIRE = delete(studio_sessions).where(_s.expires_at <= bindparam("now"))
_NOTE_FAILURE = insert(studio_failures)
_FORGET = delete(studio_failures).where(_f.at <= bindparam("since"))
_NEWEST = select(_f.at).where(_f.at > bindparam("since")).order_by(_f.at.desc()).limit(1)
_NEWEST = _NEWEST.offset(bindparam("most"))
_NEWEST_OF_PEER = _NEWEST.where(_f.peer == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in; the fields are those of `schema`, times in epoch seconds."""

    mark: str
    person: str
    role: str
    token_mark: str
    at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Lockout:
    """Failures that are taken within some seconds, from one address and from all of them."""

    within_s: float
    per_peer: int
    overall: int


class StudioSessions:
    """The sessions of one database. Ended with the store that it belongs to; all raise StorageUnavailable."""

    def __init__(self, writer: Writer, reader: Reader, sealer: Sealer) -> None:
        """Share a store's threads and keys."""
        self._writer = writer
        self._reader = reader
        self._sealer = sealer

    async def add(self, session: Session) -> None:
        """Keep a session, and drop those that are over by the time it begins."""

        def operation(connection: Connection) -> None:
            connection.execute(_EXPIRE, {"now": session.at})
            connection.execute(_ADD, asdict(session))

        await self._writer.run(operation)

    async def get(self, mark: str) -> Session | None:
        """Return the session of a mark, also one that is over."""
        row = await self._reader.run(lambda connection: connection.execute(_GET, {"wanted": mark}).first())
        return None if row is None else Session(*row)

    async def end(self, mark: str) -> None:
        """Drop a session."""
        await self._writer.run(lambda connection: connection.execute(_END, {"wanted": mark}))

    async def admit(self, peer: str, lockout: Lockout, *, right: bool, at: float) -> float:
        """Return the seconds for which nobody may sign in from an address; 0 where it may go on.

        What is not `right` is noted as a failure, unless it comes while nobody may sign in.
        """
        mark = self._sealer.fingerprint("peer", peer)

        def operation(connection: Connection) -> float:
            connection.execute(_FORGET, {"since": at - lockout.within_s})
            wait_s = _wait_s(connection, mark, lockout, at)
            if not right and wait_s == 0:
                connection.execute(_NOTE_FAILURE, {"at": at, "peer": mark})
                wait_s = _wait_s(connection, mark, lockout, at)
            return wait_s

        return await self._writer.run(operation)


def _wait_s(connection: Connection, peer: str, lockout: Lockout, at: float) -> float:
    """Return the seconds until one failure too many is old enough to count no more, from 0."""
    since = at - lockout.within_s
    own = {"since": since, "most": lockout.per_peer - 1, "wanted": peer}
    everyone = {"since": since, "most": lockout.overall - 1}
    found = (
        connection.execute(_NEWEST_OF_PEER, own).scalar(),
        connection.execute(_NEWEST, everyone).scalar(),
    )
    return max([0.0, *(float(each) - since for each in found if each is not None)])
