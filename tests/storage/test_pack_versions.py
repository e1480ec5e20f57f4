"""Published versions of packs and their drafts, on both kinds of database."""

import asyncio

import pytest
from sqlalchemy import text

from evaluator.errors import DraftMoved, StorageError, VersionMoved
from evaluator.prompts.files import hash_of
from evaluator.storage.jobs import JobStore
from evaluator.storage.pack_versions import FROM_FILES, Version
from tests.fakes.stores import Place

pytestmark = pytest.mark.anyio

FILES = {"pack.toml": 'title = "Sähles"\n', "system.jinja": "Judge.\0", "user.jinja": "{{ cv.raw }}"}
NEWER = {**FILES, "user.jinja": "{{ cv.summary }}"}


async def published(
    store: JobStore, *, expected: int = FROM_FILES, by: str = "Ada", **given: object
) -> Version:
    """Publish FILES as the next version of a pack."""
    files = NEWER if given.get("newer") else FILES
    return await store.pack_versions.publish("sales", files, by=by, note="Begun", expected=expected)


async def test_version_is_kept_with_who_when_and_why(place: Place) -> None:
    """What was published is read again as it was, with what its last run said."""
    async with place.open() as store:
        kept = await store.pack_versions.publish(
            "sales",
            FILES,
            by="Ada",
            note="Weigh results more",
            expected=0,
            evaluation={"sentence": "Better."},
        )
        said = ("Ada", "Weigh results more", {"sentence": "Better."})
        expected = Version("sales", 1, hash_of(FILES), place.clock.now, *said, FILES)

        assert kept == await store.pack_versions.one("sales", 1) == expected
        assert await store.pack_versions.of_hash("sales", hash_of(FILES)) == expected
        assert await store.pack_versions.one("sales", 2) is None
        assert await store.pack_versions.one("sales", 10**30) is None


async def test_versions_of_a_pack_come_latest_first(place: Place) -> None:
    """Each pack counts for itself, and its latest version is found among those of all packs."""
    async with place.open() as store:
        await published(store)
        await published(store, expected=1, newer=True)
        await store.pack_versions.publish("tech", FILES, by="Bo", note="", expected=0)

        assert [each.number for each in await store.pack_versions.of("sales")] == [2, 1]
        assert await store.pack_versions.numbers() == {"sales": 2, "tech": 1}
        assert await store.pack_versions.head("sales") == (await store.pack_versions.of("sales"))[0]
        found = [await store.pack_versions.one(*each) for each in (("sales", 2), ("tech", 1))]
        assert [each and each.files for each in found] == [NEWER, FILES]


async def test_version_is_not_published_over_another(place: Place) -> None:
    """Who saw an older version as the latest is told who published the newer one."""
    async with place.open() as store:
        await published(store, by="Bo")
        with pytest.raises(VersionMoved, match=r"^Bo published version 1 of sales at 20") as caught:
            await published(store, newer=True)

        assert (caught.value.by, caught.value.at, caught.value.number) == ("Bo", place.clock.now, 1)
        assert await store.pack_versions.numbers() == {"sales": 1}


async def test_follower_of_a_version_that_is_not_there_is_refused(place: Place) -> None:
    """No number is left out."""
    async with place.open() as store:
        with pytest.raises(VersionMoved, match="nothing of sales is published"):
            await published(store, expected=4)


async def test_of_two_processes_that_publish_at_once_one_is_told(place: Place) -> None:
    """Each version follows one that its author saw, whichever process published it."""
    async with place.open() as one, place.open() as other:
        outcomes = await asyncio.gather(
            *(published(store, by=f"{number}") for number, store in enumerate([one, other] * 4)),
            return_exceptions=True,
        )
        moved = [each for each in outcomes if isinstance(each, VersionMoved)]

        assert len(moved) == 7
        assert await one.pack_versions.numbers() == {"sales": 1}


@pytest.mark.parametrize("name", ["\0", "sales\0", "\ud800", "süd"])
async def test_name_that_no_pack_can_have_finds_nothing(place: Place, name: str) -> None:
    """Whatever a request names, the answer is that nothing is there."""
    async with place.open() as store:
        await published(store)

        assert (await store.pack_versions.head(name), await store.pack_versions.of(name)) == (None, ())
        assert (await store.pack_versions.one(name, 1), await store.pack_versions.draft(name)) == (None, None)


async def test_altered_version_is_not_read(place: Place) -> None:
    """Texts that do not have the hash they were published with judge nobody."""
    async with place.open() as store:
        await published(store)
        database = place.database()
        with database.writing.begin() as connection:
            connection.execute(text("UPDATE pack_versions SET files = replace(files, 'Judge', 'Praise')"))
        database.close()

        with pytest.raises(StorageError, match="version 1 of the prompt pack sales was altered"):
            await store.pack_versions.one("sales", 1)


async def test_draft_is_saved_over_the_revision_that_was_seen(place: Place) -> None:
    """A draft remembers the version it began from, and each save makes a new revision."""
    async with place.open() as store:
        first = await store.pack_versions.save("sales", FILES, by="Ada", expected=0, base=3)
        second = await store.pack_versions.save("sales", NEWER, by="Bo", expected=first.revision, base=9)

        assert (second.files, second.by, second.base) == (NEWER, "Bo", 3)
        assert second.revision == first.revision + 1
        assert await store.pack_versions.draft("sales") == second
        assert await store.pack_versions.drafts() == {"sales": second}


@pytest.mark.parametrize("stale", [0, -1])
async def test_draft_of_another_is_not_overwritten(place: Place, stale: int) -> None:
    """Who edited an older draft is told whose is there now, and what it says."""
    async with place.open() as store:
        now = await store.pack_versions.save("sales", NEWER, by="Bo", expected=0, base=1)
        with pytest.raises(DraftMoved, match=r"^Bo changed the draft of sales at 20") as caught:
            await store.pack_versions.save(
                "sales", FILES, by="Ada", expected=stale and now.revision + stale, base=1
            )

        assert (caught.value.by, caught.value.revision, caught.value.files) == ("Bo", now.revision, NEWER)
        assert await store.pack_versions.draft("sales") == now


async def test_draft_that_is_gone_is_not_saved_anew(place: Place) -> None:
    """What was discarded or published meanwhile does not come back by an old page."""
    async with place.open() as store:
        begun = await store.pack_versions.save("sales", FILES, by="Ada", expected=0, base=0)
        await store.pack_versions.discard("sales", expected=begun.revision)
        await store.pack_versions.discard("sales", expected=begun.revision)
        with pytest.raises(DraftMoved, match="the draft of sales is gone") as caught:
            await store.pack_versions.save("sales", NEWER, by="Ada", expected=begun.revision, base=0)

        assert (caught.value.revision, caught.value.files) == (0, None)
        assert await store.pack_versions.draft("sales") is None


async def test_draft_of_another_is_not_discarded(place: Place) -> None:
    """Discarding needs the revision that was seen, too."""
    async with place.open() as store:
        now = await store.pack_versions.save("sales", NEWER, by="Bo", expected=0, base=1)
        with pytest.raises(DraftMoved):
            await store.pack_versions.discard("sales", expected=now.revision - 1)

        assert await store.pack_versions.draft("sales") == now


async def test_published_draft_is_gone(place: Place) -> None:
    """A version and its draft change together, or neither does."""
    async with place.open() as store:
        draft = await store.pack_versions.save("sales", FILES, by="Ada", expected=0, base=0)
        seen = {"by": "Ada", "note": "", "expected": 0}
        with pytest.raises(DraftMoved):
            await store.pack_versions.publish("sales", FILES, **seen, draft=draft.revision - 1)
        before = await store.pack_versions.numbers()
        await store.pack_versions.publish("sales", FILES, **seen, draft=draft.revision)

        assert (before, await store.pack_versions.numbers()) == ({}, {"sales": 1})
        assert await store.pack_versions.draft("sales") is None
