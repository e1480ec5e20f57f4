"""Packs in the studio: the list, drafts, publishing and going back."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text

from evaluator.errors import DraftMoved, InvalidRequest, PackError, PackUnknown, VersionMoved
from evaluator.jobs.published import Following, PublishedPacks
from evaluator.prompts.packs import PackFiles, load_pack, pack_of
from evaluator.storage.jobs import JobStore
from evaluator.studio.packs import MOST_LINES, MOST_TEXT, Packs
from tests.fakes.prompting import write_pack
from tests.fakes.stores import Place, finished, sqlite_place

__all__ = ["sqlite_place"]

pytestmark = pytest.mark.anyio


@dataclass
class Bench:
    """The packs of a studio over a folder with `default`; `checked` are the texts that were rendered."""

    packs: Packs
    judging: PublishedPacks
    store: JobStore
    files: PackFiles
    result: dict[str, Any] | None = None
    checked: list[PackFiles] = field(default_factory=list)

    def titled(self, title: str) -> PackFiles:
        """Return the texts of `default` with another title."""
        return {**self.files, "pack.toml": self.files["pack.toml"].replace("Sample", title)}

    async def drafted(self, title: str = "Draft", *, by: str = "Ada") -> int:
        """Save a draft of `default` over what is there, and return its revision."""
        there = await self.packs.draft("default")
        revision = there.revision if there else 0
        return (await self.packs.save_draft("default", self.titled(title), by=by, revision=revision)).revision

    async def published(self, title: str, *, seen: int, by: str = "Ada") -> int:
        """Publish a draft of `default` with this title, and return the version's number."""
        revision = await self.drafted(title, by=by)
        given = {"by": by, "note": f"Call it {title}", "revision": revision, "seen": seen}
        return (await self.packs.publish("default", **given)).number


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[Bench]:
    """Open a bench in a place."""
    pack = load_pack(write_pack(place.folder.parent, name="default"))
    judging = PublishedPacks({"default": pack})
    async with place.open() as store:

        async def check(name: str, files: PackFiles) -> None:
            bench.checked.append(files)
            pack_of(name, files)

        async def last_result(name: str, digest: str) -> Mapping[str, Any] | None:
            return bench.result

        packs = Packs(
            store.pack_versions,
            judging,
            look=Following(judging, store.pack_versions).look,
            check=check,
            uses=store.finished_by_pack,
            last_result=last_result,
        )
        bench = Bench(packs, judging, store, pack.files)
        yield bench


@pytest.fixture
async def bench(sqlite_place: Place) -> AsyncIterator[Bench]:
    """A bench on an empty database."""
    async with opened(sqlite_place) as bench:
        yield bench


async def test_files_are_the_first_version(bench: Bench) -> None:
    """On an empty database a pack is what its files say, and nobody knows who published them."""
    (entry,) = await bench.packs.list()
    state = await bench.packs.published("default")

    assert (entry.name, entry.title, entry.judging, entry.draft, entry.uses) == (
        "default",
        "Sample",
        0,
        None,
        0,
    )
    assert state is not None
    assert (state.number, state.at, state.by, state.files) == (0, None, None, bench.files)
    assert [each.number for each in await bench.packs.versions("default")] == [0]


async def test_draft_becomes_the_version_that_judges(bench: Bench) -> None:
    """Publishing renders all samples, keeps who, when, why and the last result, and takes the draft away."""
    bench.result = {"sentence": "Closer to the expected ratings."}
    number = await bench.published("New", seen=0)
    state = await bench.packs.published("default")

    assert state is not None
    assert (number, state.by, state.note, state.evaluation) == (1, "Ada", "Call it New", bench.result)
    assert bench.checked == [bench.titled("New")]
    assert (await bench.packs.draft("default"), bench.judging["default"].settings.title) == (None, "New")


async def test_list_tells_draft_version_and_uses(bench: Bench) -> None:
    """Evaluations in which no pack was named are those of the default one."""
    await finished(bench.store, "job-1", candidate_id="1")
    await finished(bench.store, "job-2", candidate_id="2", pack="default")
    await bench.published("New", seen=0)
    await bench.drafted("Newer", by="Bo")
    (entry,) = await bench.packs.list()

    assert entry.published is not None
    assert (entry.title, entry.published.number, entry.judging, entry.uses) == ("New", 1, 1, 2)
    assert entry.draft is not None
    assert (entry.draft.by, entry.draft.base, entry.behind) == ("Bo", 1, False)
    assert await bench.packs.entry("default") == entry


async def test_draft_that_was_changed_meanwhile_is_not_published(bench: Bench) -> None:
    """What is published is what its publisher saw."""
    seen = await bench.drafted()
    await bench.drafted("Other", by="Bo")
    with pytest.raises(DraftMoved, match="Bo changed the draft of default"):
        await bench.packs.publish("default", by="Ada", note="Mine", revision=seen, seen=0)

    assert await bench.packs.latest("default") == (await bench.packs.versions("default"))[0]
    assert bench.judging.number("default") == 0


async def test_draft_from_an_earlier_version_is_published_over_the_latest_only_on_purpose(
    bench: Bench,
) -> None:
    """Who came between is named, and is not replaced by an oversight."""
    await bench.drafted("Mine")
    await bench.store.pack_versions.publish("default", bench.titled("Bo's"), by="Bo", note="", expected=0)
    (entry,), draft = await bench.packs.list(), await bench.packs.draft("default")
    assert draft is not None
    given: dict[str, Any] = {"by": "Ada", "note": "Mine", "revision": draft.revision}
    for seen in (0, 1):
        with pytest.raises(VersionMoved, match="Bo published version 1 of default"):
            await bench.packs.publish("default", **given, seen=seen)
    kept = await bench.packs.publish("default", **given, seen=1, over=True)

    assert (entry.behind, kept.number, kept.title) == (True, 2, "Mine")


@pytest.mark.parametrize(("base", "behind"), [(0, True), (1, False), (None, False), (-1, False), (9, False)])
async def test_draft_is_behind_where_its_texts_were_begun_before_the_latest_version(
    bench: Bench, base: int | None, behind: bool
) -> None:
    """Its page was opened before another person published, and it is saved first afterwards."""
    await bench.published("Bo's", seen=0, by="Bo")
    texts = bench.titled("Mine")
    draft = await bench.packs.save_draft("default", texts, by="Ada", revision=0, base=base)
    entry = await bench.packs.entry("default")
    given: dict[str, Any] = {"by": "Ada", "note": "Mine", "revision": draft.revision, "seen": 1}
    if behind:
        with pytest.raises(VersionMoved):
            await bench.packs.publish("default", **given)

    assert entry.behind == behind


@pytest.mark.parametrize("note", ["", " \n", "x" * 2_001])
async def test_version_needs_a_note(bench: Bench, note: str) -> None:
    """Whoever looks later learns why it changed."""
    revision = await bench.drafted()
    with pytest.raises(InvalidRequest, match="/note"):
        await bench.packs.publish("default", by="Ada", note=note, revision=revision, seen=0)


async def test_draft_that_does_not_load_is_saved_and_not_published(bench: Bench) -> None:
    """A draft may be broken while it is edited; the line is named when it is published."""
    files = {**bench.files, "user.jinja": "{{ nobody }}"}
    draft = await bench.packs.save_draft("default", files, by="Ada", revision=0)
    with pytest.raises(PackError, match=r"user\.jinja:1: "):
        await bench.packs.publish("default", by="Ada", note="Broken", revision=draft.revision, seen=0)

    assert await bench.packs.draft("default") == draft


async def test_draft_without_a_change_is_not_published(bench: Bench) -> None:
    """A version that says the same would only hide when it changed last."""
    draft = await bench.packs.save_draft("default", bench.files, by="Ada", revision=0)
    with pytest.raises(InvalidRequest, match="nothing to publish"):
        await bench.packs.publish("default", by="Ada", note="Same", revision=draft.revision, seen=0)


async def test_draft_as_a_browser_sends_it_has_the_hash_of_its_file(bench: Bench) -> None:
    """Forms send line ends of their own, and those count for nothing."""
    sent = {name: said.replace("\n", "\r\n") for name, said in bench.titled("New").items()}
    draft = await bench.packs.save_draft("default", sent, by="Ada", revision=0)

    assert draft.files == bench.titled("New")


@pytest.mark.parametrize(
    ("files", "pointer"),
    [
        ({"pack.toml": ""}, "/files/system.jinja"),
        ({"user.jinja": "x" * MOST_TEXT}, "/files"),
        ({"user.jinja": "\n" * (MOST_LINES + 1)}, "/files"),
    ],
)
async def test_draft_without_a_file_or_too_long_is_refused(
    bench: Bench, files: Mapping[str, str], pointer: str
) -> None:
    """What is stored is always a pack's files."""
    given = files if "pack.toml" in files else {**bench.files, **files}
    with pytest.raises(InvalidRequest) as caught:
        await bench.packs.save_draft("default", given, by="Ada", revision=0)

    assert [each.pointer for each in caught.value.problems] == [pointer]


@pytest.mark.parametrize(
    ("number", "title", "note"), [(1, "First", "Restored version 1"), (0, "Sample", "Restored the files")]
)
async def test_going_back_publishes_an_earlier_state_again(
    bench: Bench, number: int, title: str, note: str
) -> None:
    """Nothing is taken away, and a draft stays as it is."""
    await bench.published("First", seen=0)
    await bench.published("Second", seen=1)
    draft = await bench.drafted("Draft")
    kept = await bench.packs.restore("default", number, by="Bo", seen=2)

    assert (kept.number, kept.title, kept.note, kept.by) == (3, title, note, "Bo")
    assert bench.judging["default"].settings.title == title
    assert [each.number for each in await bench.packs.versions("default")] == [3, 2, 1, 0]
    assert (await bench.packs.draft("default")).revision == draft


async def test_going_back_over_what_was_not_seen_is_refused(bench: Bench) -> None:
    """Who looks at an old page is told that another person published meanwhile."""
    await bench.published("First", seen=0)
    await bench.published("Second", seen=1, by="Bo")
    with pytest.raises(VersionMoved, match="Bo published version 2"):
        await bench.packs.restore("default", 0, by="Ada", seen=1)
    with pytest.raises(InvalidRequest, match="nothing to restore"):
        await bench.packs.restore("default", 2, by="Ada", seen=2)


async def test_altered_version_can_be_left(bench: Bench, sqlite_place: Place) -> None:
    """The list shows that it is not used, and an earlier state is restored over it."""
    await bench.published("First", seen=0)
    await bench.published("Second", seen=1)
    database = sqlite_place.database()
    with database.writing.begin() as connection:
        connection.execute(text("UPDATE pack_versions SET files = '{}' WHERE number = 2"))
    database.close()
    (entry,) = await bench.packs.list()
    kept = await bench.packs.restore("default", 1, by="Bo", seen=2)

    assert (entry.title, entry.published and entry.published.number) == ("default", 2)
    assert (kept.number, kept.title) == (3, "First")


async def test_copy_is_a_pack_once_it_is_published(bench: Bench) -> None:
    """A copy begins as a draft under a name of its own, and needs no folder."""
    draft = await bench.packs.copy("default", "sales", by="Ada")
    before = await bench.packs.latest("sales"), (await bench.packs.list())[1]
    differences = await bench.packs.differences("sales")
    await bench.packs.publish("sales", by="Ada", note="For sales", revision=draft.revision, seen=0)

    assert (before[0], before[1].title, before[1].published) == (None, "Sample", None)
    assert differences is not None
    assert set(differences.texts) == set(bench.files)
    assert bench.judging["sales"].files == bench.files
    assert [each.number for each in await bench.packs.versions("sales")] == [1]


@pytest.mark.parametrize(
    ("new", "why"), [("default", "already"), ("Sales", "lower-case"), ("../x", "lower-case")]
)
async def test_copy_needs_a_free_name(bench: Bench, new: str, why: str) -> None:
    """A name that is taken or can be none is refused, in words."""
    with pytest.raises(InvalidRequest, match=why):
        await bench.packs.copy("default", new, by="Ada")


async def test_differences_are_those_to_what_is_published(bench: Bench) -> None:
    """Without a draft there are none."""
    none = await bench.packs.differences("default")
    await bench.drafted("New")
    differences = await bench.packs.differences("default")

    assert (none, differences and differences.rubric) == (None, ("Title of the pack: “Sample” → “New”.",))


async def test_unknown_pack_or_version_is_named(bench: Bench) -> None:
    """Nothing of it can be seen, drafted or copied."""
    for call in (
        bench.packs.latest("other"),
        bench.packs.versions("other"),
        bench.packs.version("default", 7),
        bench.packs.save_draft("other", bench.files, by="Ada", revision=0),
        bench.packs.copy("other", "new", by="Ada"),
    ):
        with pytest.raises(PackUnknown, match=r"there is no pack (other|default v7)"):
            await call
