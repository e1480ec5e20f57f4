"""Published versions of packs, and how the processes of one database follow them."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from evaluator.errors import StorageUnavailable
from evaluator.jobs.published import Following, PublishedPacks
from evaluator.prompts.packs import PackFiles, pack_of
from evaluator.storage.jobs import JobStore
from evaluator.storage.pack_versions import Version
from tests.fakes.prompting import make_pack
from tests.fakes.stores import Place

pytestmark = pytest.mark.anyio


def titled(title: str, folder: Path) -> PackFiles:
    """Return a pack's texts with another title."""
    files = make_pack(folder, name=f"made-{title.lower()}").files
    return {**files, "pack.toml": files["pack.toml"].replace("Sample", title)}


@pytest.fixture
def files(tmp_path: Path) -> Mapping[str, PackFiles]:
    """Texts of packs that are titled First and Second, and of one that does not load."""
    first, second = (titled(title, tmp_path) for title in ("First", "Second"))
    return {"first": first, "second": second, "broken": {**first, "user.jinja": "{{ nobody }}"}}


@pytest.fixture
def packs(tmp_path: Path) -> PublishedPacks:
    """A folder with one pack, titled Sample."""
    return PublishedPacks({"sample": make_pack(tmp_path)})


async def publish(store: JobStore, texts: PackFiles, *, expected: int = 0, name: str = "sample") -> None:
    """Publish texts as the next version of a pack."""
    await store.pack_versions.publish(name, texts, by="Ada", note="", expected=expected)


def judges(packs: PublishedPacks, name: str = "sample") -> tuple[int, str]:
    """Return which version of a pack judges, and its title."""
    return packs.number(name), packs[name].settings.title


async def test_published_version_judges_instead_of_the_files(
    place: Place, packs: PublishedPacks, files: Mapping[str, PackFiles]
) -> None:
    """Each new version takes the place of the one before."""
    async with place.open() as store:
        following = Following(packs, store.pack_versions)
        await following.look()
        before = judges(packs)
        await publish(store, files["first"])
        await following.look()
        then = judges(packs)
        await publish(store, files["second"], expected=1)
        await following.look()

    assert (before, then, judges(packs)) == ((0, "Sample"), (1, "First"), (2, "Second"))
    assert packs["sample"].hash == pack_of("sample", files["second"]).hash


async def test_pack_that_is_in_no_folder_is_one_like_the_others(
    sqlite_place: Place, packs: PublishedPacks, files: Mapping[str, PackFiles]
) -> None:
    """A pack that was made in the studio alone is found, listed and counted."""
    async with sqlite_place.open() as store:
        await publish(store, files["first"], name="made")
        await Following(packs, store.pack_versions).look()

    assert (list(packs), len(packs), "made" in packs, "other" in packs) == (
        ["sample", "made"],
        2,
        True,
        False,
    )
    assert judges(packs, "made") == (1, "First")


async def test_version_that_does_not_load_any_more_leaves_the_last_good_one(
    sqlite_place: Place, packs: PublishedPacks, files: Mapping[str, PackFiles]
) -> None:
    """The log says what is wrong; a process that starts anew judges by the same version."""
    anew = PublishedPacks(packs.files)
    async with sqlite_place.open() as store:
        following = Following(packs, store.pack_versions)
        await publish(store, files["first"])
        await following.look()
        await publish(store, files["broken"], expected=1)
        with capture_logs() as logged:
            await following.look()
            await following.look()
            await Following(anew, store.pack_versions).look()

    assert judges(packs) == judges(anew) == (1, "First")
    errors = [(each["version"], each["reason"]) for each in logged if each["log_level"] == "error"]
    assert len(errors) == 2
    assert errors[0][0] == 2
    assert errors[0][1].startswith("sample@v2/user.jinja:1: ")


async def test_altered_version_judges_nobody(
    sqlite_place: Place, packs: PublishedPacks, files: Mapping[str, PackFiles]
) -> None:
    """Where nothing good was published, the files judge."""
    async with sqlite_place.open() as store:
        await publish(store, files["first"])
        database = sqlite_place.database()
        with database.writing.begin() as connection:
            connection.execute(text("UPDATE pack_versions SET files = replace(files, 'First', 'Last')"))
        database.close()
        with capture_logs() as logged:
            await Following(packs, store.pack_versions).look()

    assert judges(packs) == (0, "Sample")
    assert "was altered in the database" in logged[0]["reason"]


async def test_pack_whose_versions_are_gone_is_that_of_the_files(
    sqlite_place: Place, packs: PublishedPacks, files: Mapping[str, PackFiles]
) -> None:
    """A database that was restored from before the first version has none."""
    async with sqlite_place.open() as store:
        following = Following(packs, store.pack_versions)
        await publish(store, files["first"])
        await following.look()
        database = sqlite_place.database()
        with database.writing.begin() as connection:
            connection.execute(text("DELETE FROM pack_versions"))
        database.close()
        await following.look()

    assert judges(packs) == (0, "Sample")


async def test_following_survives_an_outage(
    sqlite_place: Place, packs: PublishedPacks, files: Mapping[str, PackFiles]
) -> None:
    """While the database is away the packs stay as they are; what was published meanwhile is taken then."""
    async with sqlite_place.open() as store:
        away = Away(store)
        following = Following(packs, away, look_every_s=0.001)
        await following.start()
        away.gone = True
        await away.asked(5)
        during = judges(packs)
        await publish(store, files["first"])
        away.gone = False
        await away.asked(2)
        await following.look()
        await following.aclose()

    assert (during, judges(packs)) == ((0, "Sample"), (1, "First"))


async def test_version_is_taken_though_the_database_went_away_while_it_was_read(
    sqlite_place: Place, packs: PublishedPacks, files: Mapping[str, PackFiles]
) -> None:
    """What was seen and not read is looked for again."""
    async with sqlite_place.open() as store:
        away = Away(store)
        following = Following(packs, away)
        await publish(store, files["first"])
        away.unread = True
        with pytest.raises(StorageUnavailable):
            await following.look()
        away.unread = False
        await following.look()

    assert judges(packs) == (1, "First")


class Away:
    """Versions in a database that can be away, at once or when a version is read."""

    def __init__(self, store: JobStore) -> None:
        self.gone = self.unread = False
        self._store = store
        self._asked = asyncio.Condition()

    async def numbers(self) -> Mapping[str, int]:
        """See evaluator.storage.pack_versions.PackVersions."""
        async with self._asked:
            self._asked.notify_all()
        if self.gone:
            raise StorageUnavailable("away")
        return await self._store.pack_versions.numbers()

    async def one(self, name: str, number: int) -> Version | None:
        """See evaluator.storage.pack_versions.PackVersions."""
        if self.unread:
            raise StorageUnavailable("away")
        return await self._store.pack_versions.one(name, number)

    async def asked(self, times: int) -> None:
        """Wait until it was asked so often again."""
        for _ in range(times):
            async with asyncio.timeout(60), self._asked:
                await self._asked.wait()

    def __getattr__(self, name: str) -> object:
        """Return what the database has."""
        return getattr(self._store.pack_versions, name)
