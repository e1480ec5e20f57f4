"""Sessions of the studio and failed sign-ins, on both kinds of database."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from evaluator.storage.jobs import JobStore
from evaluator.storage.studio_sessions import Lockout, Session
from tests.fakes.stores import Place, place, postgres_place, sqlite_place

__all__ = ["place", "postgres_place", "sqlite_place"]

pytestmark = pytest.mark.anyio

LOCKOUT = Lockout(within_s=100, per_peer=3, overall=5)


@pytest.fixture
async def store(place: Place) -> AsyncIterator[JobStore]:
    """An empty store."""
    async with place.open() as store:
        yield store


def session(mark: str = "mark", *, at: float = 0.0, lasts_s: float = 50.0) -> Session:
    """Return a session."""
    return Session(mark, "Anna", "viewer", "token", at, at + lasts_s)


async def failed(store: JobStore, peer: str, at: float) -> float:
    """Have a sign-in fail; return the seconds that it locks out for."""
    return await store.studio_sessions.admit(peer, LOCKOUT, right=False, at=at)


async def test_session_is_found_until_it_is_ended(store: JobStore) -> None:
    """What was added is found by its mark, and no longer once it was ended."""
    await store.studio_sessions.add(session())
    assert await store.studio_sessions.get("mark") == session()

    await store.studio_sessions.end("mark")
    assert await store.studio_sessions.get("mark") is None


async def test_sessions_that_are_over_go_as_new_ones_come(store: JobStore) -> None:
    """A new session takes those away whose time is over, and no other."""
    for each in (session("over"), session("still", lasts_s=500), session("new", at=100)):
        await store.studio_sessions.add(each)

    found = [await store.studio_sessions.get(mark) for mark in ("over", "still", "new")]
    assert [each and each.mark for each in found] == [None, "still", "new"]


async def test_failures_lock_out_until_the_first_is_old(store: JobStore) -> None:
    """The third failure locks an address out for as long as the first of them counts."""
    assert [await failed(store, "a", at) for at in (0, 10, 20)] == [0, 0, 80]
    assert await store.studio_sessions.admit("a", LOCKOUT, right=True, at=90) == 10
    assert await store.studio_sessions.admit("a", LOCKOUT, right=True, at=100) == 0


async def test_tries_while_locked_out_do_not_prolong_it(store: JobStore) -> None:
    """Whoever goes on trying waits no longer than told."""
    for at in (0, 0, 0, 50, 99):
        wait_s = await failed(store, "a", at)

    assert wait_s == 1
    assert await failed(store, "a", 100) == 0


async def test_failures_of_all_addresses_are_bounded(store: JobStore) -> None:
    """The fifth failure locks everyone out, wherever it came from; what is kept stays as few."""
    assert [await failed(store, f"peer-{at}", at) for at in range(5)] == [0, 0, 0, 0, 96]
    assert await store.studio_sessions.admit("elsewhere", LOCKOUT, right=True, at=10) == 90


async def test_tries_at_the_same_moment_count_each(store: JobStore) -> None:
    """Many at once get no more tries than one after the other."""
    waits = await asyncio.gather(*(failed(store, "a", 0) for _ in range(10)))

    assert len([wait_s for wait_s in waits if wait_s == 0]) == LOCKOUT.per_peer - 1
