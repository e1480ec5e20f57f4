"""The packs that judge: those of the folder, with the versions published in the database over them.

Every process of a database looks for new versions each LOOK_EVERY_S, so that all judge by the same a few
seconds later. May import `prompts`, `storage`, `errors` and the sibling `upkeep`.
"""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import structlog

from evaluator.errors import PackError, StorageError, StorageUnavailable
from evaluator.jobs.upkeep import every
from evaluator.prompts.packs import Pack, pack_of
from evaluator.storage.pack_versions import FROM_FILES, PackVersions, Version

LOOK_EVERY_S = 2.0
"""Seconds between two looks for new versions."""

_log = structlog.get_logger(__name__)


class PublishedPacks(Mapping[str, Pack]):
    """Packs by name; one that was published is the version that was taken last, else what its files say."""

    def __init__(self, files: Mapping[str, Pack]) -> None:
        """`files`: the packs of the folder."""
        self.files = files
        self._taken: dict[str, tuple[int, Pack]] = {}

    def __getitem__(self, name: str) -> Pack:
        """Return a pack; raises KeyError where there is none, PackError where its files do not load."""
        taken = self._taken.get(name)
        return self.files[name] if taken is None else taken[1]

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a pack of that name."""
        return name in self._taken or name in self.files

    def __iter__(self) -> Iterator[str]:
        """Go through the names, those of the folder first."""
        yield from self.files
        yield from (name for name in self._taken if name not in self.files)

    def __len__(self) -> int:
        """Return how many packs there are."""
        return sum(1 for _ in self)

    def number(self, name: str) -> int:
        """Return the number of the version that judges, FROM_FILES where none was published."""
        taken = self._taken.get(name)
        return FROM_FILES if taken is None else taken[0]

    def take(self, number: int, pack: Pack) -> None:
        """Have `pack`, which is the version `number`, judge from now on."""
        self._taken[pack.name] = (number, pack)

    def drop(self, name: str) -> None:
        """Have the files of a pack judge again."""
        self._taken.pop(name, None)


def published_pack(version: Version) -> Pack:
    """Return the pack that a version makes, loaded; raises PackError where it does not load any more."""
    return pack_of(version.pack, version.files, path=Path(f"{version.pack}@v{version.number}"))


async def recall(packs: PublishedPacks, versions: PackVersions, name: str, digest: str) -> Version | None:
    """Have the pack judge that has this hash, in a version or in the files; return the version.

    Where neither has it, what is published today judges. Raises StorageUnavailable, or StorageError and
    PackError where the version was altered or does not load any more.
    """
    version = await versions.of_hash(name, digest)
    if version is not None:
        packs.take(version.number, published_pack(version))
    elif name not in packs.files or packs.files[name].hash != digest:
        await Following(packs, versions).look()
    return version


class Following:
    """Keeps the packs of one process at the versions that are published in its database."""

    def __init__(
        self, packs: PublishedPacks, versions: PackVersions, *, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        """`look_every_s` is for tests."""
        self._packs = packs
        self._versions = versions
        self._look_every_s = look_every_s
        self._seen: dict[str, int] = {}
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take what is published, then go on looking. Raises StorageUnavailable."""
        await self.look()
        self._task = asyncio.create_task(every(self._look_every_s, self.look))

    async def aclose(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> None:
        """Take what was published since the last look. Raises StorageUnavailable."""
        async with self._turn:
            latest = await self._versions.numbers()
            for name in self._seen.keys() - latest.keys():
                self._packs.drop(name)
                del self._seen[name]
                _log.warning("no version of the pack is stored any more", pack=name, now="its files")
            for name, number in latest.items():
                if self._seen.get(name) != number:
                    await self._follow(name, number)
                    self._seen[name] = number

    async def _follow(self, name: str, number: int) -> None:
        """Take a version; where it cannot be used, the one that judges stays, or the last before it is taken.

        A process that starts anew judges by the same version as those that never stopped.
        """
        for each in range(number, self._packs.number(name) if number > self._packs.number(name) else 0, -1):
            pack = await self._loaded(name, each)
            if pack is not None:
                self._packs.take(each, pack)
                _log.info("pack taken", pack=name, version=each, hash=pack.hash[:8])
                return

    async def _loaded(self, name: str, number: int) -> Pack | None:
        """Return a version, None where it was altered, is gone, or does not load any more; that is logged."""
        try:
            version = await self._versions.one(name, number)
            return None if version is None else await asyncio.to_thread(published_pack, version)
        except StorageUnavailable:
            raise
        except (PackError, StorageError) as error:
            _log.error("published version cannot be used", pack=name, version=number, reason=str(error))
            return None
