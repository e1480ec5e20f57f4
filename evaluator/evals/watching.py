"""`--watch`: judging again the cases that an edit touches, until Ctrl-C.

A case is touched where its own request or expectation changed, or a file of a pack that judges it. May import
`assessment`, `prompts`, `errors` and `evals.dataset`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import watchfiles

from evaluator.assessment.assessor import DEFAULT_PACK
from evaluator.errors import EvaluatorError
from evaluator.evals.dataset import Case
from evaluator.prompts.packs import FILES, load_pack

_Changes = set[tuple[watchfiles.Change, str]]

_SETTLED_MS = 200
"""Changes that follow each other closer than this, in milliseconds, are one edit."""


@asynccontextmanager
async def edits(*places: Path) -> AsyncIterator[AsyncIterator[frozenset[Path]]]:
    """Yield what yields the files that change under `places` from now on, an edit at a time, without end.

    `places` are folders or files.
    """
    async with aclosing(watchfiles.awatch(*places, step=_SETTLED_MS, recursive=True)) as found:
        first = asyncio.ensure_future(anext(found))
        await asyncio.sleep(0)  # the watch is set up when the first edit is waited for
        try:
            yield _files(first, found)
        finally:
            first.cancel()
            await asyncio.wait([first])


async def _files(
    first: Awaitable[_Changes], others: AsyncIterator[_Changes]
) -> AsyncIterator[frozenset[Path]]:
    yield _paths(await first)
    async for changes in others:
        yield _paths(changes)


def _paths(changes: _Changes) -> frozenset[Path]:
    return frozenset(Path(path) for _, path in changes)


class Watcher:
    """Knows which cases an edit touches."""

    def __init__(
        self,
        load: Callable[[], Sequence[Case]],
        prompts: Path,
        packs: Collection[str | None],
        again: Callable[[Sequence[Case]], Awaitable[None]],
        say: Callable[[str], None],
    ) -> None:
        """Watch what `load` gives.

        `prompts` is the folder of packs; `packs` the contestants' own, None for one that lets each request
        choose. `again` judges cases, with packs read anew; `say` tells a person of what is wrong.
        """
        self._load = load
        self._prompts = prompts.resolve()
        self._packs = packs
        self._again = again
        self._say = say
        self._cases = {case.name: case for case in load()}
        self._edited: set[str] = set()

    async def begin(self) -> None:
        """Judge all cases; what does not load is told."""
        await self._trying(self._again(list(self._cases.values())))

    async def follow(self, edits: AsyncIterator[Collection[Path]]) -> None:
        """Judge again after each edit. What does not load is told, and watching goes on."""
        async for changed in edits:
            await self._trying(self._after(changed))

    async def _trying(self, work: Awaitable[None]) -> None:
        try:
            await work
        except EvaluatorError as error:
            self._say(str(error))

    async def _after(self, changed: Collection[Path]) -> None:
        self._edited |= self._packs_in(changed)
        for name in sorted(self._edited):
            load_pack(self._prompts / name)  # raises PackError: it stays edited until it loads
        cases = {case.name: case for case in self._load()}
        touched = [case for case in cases.values() if self._touches(case)]
        self._cases, self._edited = cases, set()
        if touched:
            await self._again(touched)

    def _packs_in(self, changed: Iterable[Path]) -> set[str]:
        """Return the names of the packs that have one of these files."""
        inside = [path.resolve() for path in changed]
        within = [path for path in inside if path.parent.parent == self._prompts and path.name in FILES]
        return {path.parent.name for path in within}

    def _touches(self, case: Case) -> bool:
        changed = case != self._cases.get(case.name)
        return changed or not self._edited.isdisjoint(packs_of(case, self._packs))


def packs_of(case: Case, packs: Collection[str | None]) -> frozenset[str]:
    """Return the names of the packs that judge a case, for contestants with these packs of their own."""
    own = case.request.integration_config.prompt or DEFAULT_PACK
    return frozenset(own if pack is None else pack for pack in packs)
