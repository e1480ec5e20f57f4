"""Packs in the studio: what is published and what is drafted, publishing and going back.

May import `jobs`, `storage`, `prompts`, `assessment`, `errors` and the sibling `changes`.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import structlog

from evaluator.assessment.assessor import DEFAULT_PACK
from evaluator.errors import (
    InvalidRequest,
    PackError,
    PackUnknown,
    Problem,
    StorageError,
    StorageUnavailable,
)
from evaluator.jobs.published import PublishedPacks
from evaluator.prompts.files import PackFiles, hash_of, plain_files
from evaluator.prompts.packs import check_name
from evaluator.storage.pack_versions import (
    FROM_FILES,
    Draft,
    Head,
    PackVersions,
    Version,
    draft_moved,
    version_moved,
)
from evaluator.studio.changes import Changes, changes, title_of

MOST_NOTE = 2_000
"""Characters that a note may have."""

MOST_TEXT = 200_000
"""Characters that the files of a draft may have together."""

MOST_LINES = 5_000
"""Lines that they may have together; a page shows each."""

Check = Callable[[str, PackFiles], Awaitable[None]]
"""Loads the texts of a pack and renders all samples; raises PackError where that fails."""

LastResult = Callable[[str, str], Awaitable[Mapping[str, Any] | None]]
"""Says what the last run of a pack with texts of this hash came to, None where there was none."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """A state of a pack that judges or has judged, without its texts.

    `number` is FROM_FILES for the files in the folder of packs, of which nobody knows `at` and `by`.
    `evaluation` is what its last run came to before it was published.
    """

    pack: str
    number: int
    hash: str
    at: float | None = None
    by: str | None = None
    note: str = ""
    evaluation: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Published(State):
    """A state of a pack with its title and texts."""

    title: str = ""
    files: PackFiles = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A pack in the list.

    `published` is its latest state, None for one that exists as a draft alone. `judging` is the number of
    the version that this process judges by, which is an earlier one where the published one cannot be
    used. `uses` counts the evaluations that are held.
    """

    name: str
    title: str
    published: State | None
    judging: int
    draft: Draft | None
    uses: int

    @property
    def behind(self) -> bool:
        """Whether the draft began from another version than the published one."""
        latest = FROM_FILES if self.published is None else self.published.number
        return self.draft is not None and self.draft.base != latest


class Packs:
    """The packs of one service, as people see and change them. Storage errors pass as they are."""

    def __init__(
        self,
        versions: PackVersions,
        packs: PublishedPacks,
        *,
        look: Callable[[], Awaitable[None]],
        check: Check,
        uses: Callable[[], Awaitable[Mapping[str | None, int]]],
        last_result: LastResult,
    ) -> None:
        """`look` has this process take what was published; `uses` counts evaluations by pack."""
        self._versions = versions
        self._packs = packs
        self._look = look
        self._check = check
        self._uses = uses
        self._last_result = last_result

    async def list(self) -> tuple[Entry, ...]:
        """Return all packs by name."""
        numbers, drafts = await self._versions.numbers(), await self._versions.drafts()
        counted = await self._uses()
        names = sorted({*self._packs.files, *numbers, *drafts})
        return tuple([await self._entry(name, drafts.get(name), counted) for name in names])

    async def entry(self, name: str) -> Entry:
        """Return one pack as in the list. Raises PackUnknown."""
        return await self._entry(name, await self._versions.draft(name), await self._uses())

    async def latest(self, name: str) -> State | None:
        """Return the latest state of a pack: its last version, else its files.

        None for one that exists as a draft alone. Raises PackUnknown where there is no such pack.
        """
        head = await self._versions.head(name)
        if head is not None:
            return _state(head)
        if name in self._packs.files:
            return self._from_files(name)
        if await self._versions.draft(name) is None:
            raise _unknown(name)
        return None

    async def published(self, name: str) -> Published | None:
        """Return the latest state with its texts, as `latest` does."""
        latest = await self.latest(name)
        return None if latest is None else await self.version(name, latest.number)

    async def versions(self, name: str) -> tuple[State, ...]:
        """Return all states of a pack, the latest first, its files last. Raises PackUnknown."""
        stored = tuple(map(_state, await self._versions.of(name)))
        if name in self._packs.files:
            return (*stored, self._from_files(name))
        if not stored and await self._versions.draft(name) is None:
            raise _unknown(name)
        return stored

    async def version(self, name: str, number: int) -> Published:
        """Return one state of a pack. Raises PackUnknown."""
        if number == FROM_FILES and name in self._packs.files:
            return self._from_files(name)
        found = await self._versions.one(name, number)
        if found is None:
            raise _unknown(f"{name} v{number}")
        return await asyncio.to_thread(_published, found)

    async def draft(self, name: str) -> Draft | None:
        """Return the draft of a pack."""
        return await self._versions.draft(name)

    async def save_draft(
        self, name: str, files: Mapping[str, str], *, by: str, revision: int, base: int | None = None
    ) -> Draft:
        """Save a draft over the `revision` that was edited, 0 where there was none.

        `base`: the number of the version that the texts were begun from, the latest where it is not told; of
        a draft that is there it stays as it is. Raises DraftMoved where another person was faster,
        PackUnknown, or InvalidRequest where a text is missing or all are too long. Texts that do not load
        are saved: they are on the way.
        """
        latest = await self.latest(name)
        began = FROM_FILES if latest is None else latest.number
        if base is not None and FROM_FILES <= base < began:
            began = base
        return await self._versions.save(name, _storable(name, files), by=by, expected=revision, base=began)

    async def discard_draft(self, name: str, *, revision: int) -> None:
        """Throw away the draft that was seen. Raises DraftMoved."""
        await self._versions.discard(name, expected=revision)

    async def copy(self, name: str, new: str, *, by: str) -> Draft:
        """Begin a new pack from what is published, or drafted, of another; it is published as all drafts are.

        Raises PackUnknown, or InvalidRequest where the name is taken or can be none.
        """
        source = await self.published(name) or await self._versions.draft(name)
        if source is None:
            raise _unknown(name)
        try:
            check_name(new, Path(new))
        except PackError:
            raise _wrong("/new", "use lower-case letters, digits and hyphens, 64 at most") from None
        if new in self._packs or new in await self._versions.numbers() or await self._versions.draft(new):
            raise _wrong("/new", f"there is a pack named {new} already")
        return await self._versions.save(new, source.files, by=by, expected=0, base=FROM_FILES)

    async def differences(self, name: str) -> Changes | None:
        """Return what publishing the draft would change, None where there is no draft. Raises PackUnknown."""
        published, draft = await self.published(name), await self._versions.draft(name)
        if draft is None:
            return None
        before = dict.fromkeys(draft.files, "") if published is None else published.files
        return await asyncio.to_thread(changes, before, draft.files)

    async def last_result(self, name: str, files: PackFiles) -> Mapping[str, Any] | None:
        """Return what the last run of a pack with these texts came to."""
        return await self._last_result(name, hash_of(files))

    async def publish(
        self, name: str, *, by: str, note: str, revision: int, seen: int, over: bool = False
    ) -> Published:
        """Publish the draft of `revision` as the version after `seen`, the latest that the person saw.

        A draft that began from an earlier version replaces what came between only with `over`. Raises
        DraftMoved or VersionMoved where another person was faster, InvalidRequest where the note is missing
        or nothing is changed, PackError where the draft does not load or does not render a sample.
        """
        said = _note(note)
        draft, latest = await self._versions.draft(name), await self.latest(name)
        if draft is None or draft.revision != revision:
            raise draft_moved(name, draft)
        number, digest = FROM_FILES if latest is None else latest.number, hash_of(draft.files)
        if number != seen or (draft.base != number and not over):
            raise version_moved(name, await self._versions.head(name))
        if latest is not None and latest.hash == digest:
            raise _wrong("", "the draft says what is published already; there is nothing to publish")
        await self._check(name, draft.files)
        result = await self._last_result(name, digest)
        given = {"by": by, "note": said, "expected": seen, "draft": revision, "evaluation": result}
        return await self._keep(name, draft.files, **given)

    async def restore(self, name: str, number: int, *, by: str, seen: int) -> Published:
        """Publish an earlier state of a pack again, as the version after `seen`; a draft stays as it is.

        Raises VersionMoved where another person was faster, PackUnknown, InvalidRequest where that state is
        the published one, PackError where it does not load any more.
        """
        earlier, latest = await self.version(name, number), await self.latest(name)
        if latest is None or latest.number != seen:
            raise version_moved(name, await self._versions.head(name))
        if latest.hash == earlier.hash:
            raise _wrong("", "that is what is published already; there is nothing to restore")
        await self._check(name, earlier.files)
        note = "Restored the files" if number == FROM_FILES else f"Restored version {number}"
        given = {"by": by, "note": note, "expected": seen, "evaluation": earlier.evaluation}
        return await self._keep(name, earlier.files, **given)

    async def _keep(self, name: str, files: PackFiles, **given: Any) -> Published:
        kept = await self._versions.publish(name, files, **given)
        _log.info("pack published", pack=name, version=kept.number, hash=kept.hash[:8], by=kept.by)
        with contextlib.suppress(StorageUnavailable):  # it is kept; all processes look again soon
            await self._look()
        return await asyncio.to_thread(_published, kept)

    async def _entry(self, name: str, draft: Draft | None, counted: Mapping[str | None, int]) -> Entry:
        latest = await self.latest(name)
        uses = counted.get(name, 0) + (counted.get(None, 0) if name == DEFAULT_PACK else 0)
        title = await self._title(latest, draft)
        return Entry(name, title or name, latest, self._packs.number(name), draft, uses)

    async def _title(self, latest: State | None, draft: Draft | None) -> str | None:
        if latest is None:
            return await asyncio.to_thread(title_of, draft.files) if draft else None
        try:
            return (await self.version(latest.pack, latest.number)).title
        except StorageUnavailable:
            raise
        except StorageError:  # it was altered; that it is not used is seen by `judging`
            return None

    def _from_files(self, name: str) -> Published:
        pack = self._packs.files[name]
        return Published(name, FROM_FILES, pack.hash, title=pack.settings.title, files=pack.files)


def _published(version: Version) -> Published:
    """Return a version as people see it."""
    told = asdict(_state(version))
    return Published(**told, title=title_of(version.files) or version.pack, files=version.files)


def _state(head: Head) -> State:
    return State(head.pack, head.number, head.hash, head.at, head.by, head.note, head.evaluation)


def _storable(name: str, files: Mapping[str, str]) -> PackFiles:
    try:
        texts = plain_files(files, Path(name))
    except PackError as error:
        raise _wrong(f"/files/{error.path.name}", error.told) from None
    check_size(texts)
    return texts


def check_size(texts: PackFiles) -> None:
    """Raise InvalidRequest where the texts of a draft are too long together."""
    if sum(map(len, texts.values())) > MOST_TEXT:
        raise _wrong("/files", f"the texts may have {MOST_TEXT:,} characters together")
    if sum(text.count("\n") for text in texts.values()) > MOST_LINES:
        raise _wrong("/files", f"the texts may have {MOST_LINES:,} lines together")


def _note(note: str) -> str:
    said = note.strip()
    if not said:
        raise _wrong("/note", "say in a sentence what changes and why")
    if len(said) > MOST_NOTE:
        raise _wrong("/note", f"may have {MOST_NOTE:,} characters")
    return said


def _wrong(pointer: str, message: str) -> InvalidRequest:
    return InvalidRequest([Problem(pointer, message)])


def _unknown(what: str) -> PackUnknown:
    return PackUnknown(f"there is no pack {what}")
