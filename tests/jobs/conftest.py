"""The databases that the tests of jobs run on, and a process that works there."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.stores import Place, place, postgres_place, sqlite_place
from tests.fakes.working import Here, working

__all__ = ["place", "postgres_place", "sqlite_place"]


@pytest.fixture
async def here(sqlite_place: Place) -> AsyncIterator[Here]:
    """A process that takes requests, works, and calls back."""
    async with working(sqlite_place) as here:
        yield here
