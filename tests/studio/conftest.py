"""The databases that the tests of the studio run on."""

from tests.fakes.stores import place, postgres_place, sqlite_place

__all__ = ["place", "postgres_place", "sqlite_place"]
