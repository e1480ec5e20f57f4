"""Rendering a pack where it can do no harm, before its templates run in this process.

May import `contract`, `prompts`, `errors` and the sibling `previews`.
"""

import asyncio
import hashlib
from collections import OrderedDict
from pathlib import Path
from typing import Protocol

from evaluator.contract.request import AssessmentRequest
from evaluator.errors import PackError
from evaluator.prompts.files import hash_of
from evaluator.prompts.packs import PackFiles
from evaluator.studio.previews import Previews

MOST_KEPT = 4_000
"""Prompts whose length is remembered, and packs that were checked."""


class Renders(Protocol):
    """Loads and renders a pack in a process that is bounded in time and memory."""

    async def check(self, pack: str, files: PackFiles) -> None:
        """Raise PackError where a pack cannot be loaded, which renders its templates too."""
        ...

    async def tokens(self, pack: str, files: PackFiles, request: AssessmentRequest) -> int:
        """Return the tokens of the prompt; raises PackError where it cannot be had within the bounds."""
        ...


class ByPreviews:
    """Renders as the editor's preview does."""

    def __init__(self, previews: Previews) -> None:
        """`previews` has the bounded process."""
        self._previews = previews

    async def check(self, pack: str, files: PackFiles) -> None:
        """See Renders."""
        await self._previews.check(pack, files)

    async def tokens(self, pack: str, files: PackFiles, request: AssessmentRequest) -> int:
        """See Renders."""
        found = await self._previews.preview(pack, files, request)
        if found.shown is not None:
            return found.shown.tokens
        for each in found.findings:
            if each.severity == "error":
                raise PackError(each.said, path=Path(pack) / each.file, line=each.line or None)
        raise PackError(found.problem, path=Path(pack))


class Rendered:
    """Checks each pack and renders each prompt once, and remembers that and how long it was."""

    def __init__(self, renders: Renders) -> None:
        """Take what renders."""
        self._renders = renders
        self._turn = asyncio.Lock()  # the process takes one at a time, and few may wait for it
        self._known: OrderedDict[str, int] = OrderedDict()
        self._checked: set[str] = set()

    async def tokens(self, pack: str, files: PackFiles, request: AssessmentRequest) -> int:
        """See Renders."""
        told = f"{pack}\0{hash_of(files)}\0{request.model_dump_json()}"
        key = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
        async with self._turn:
            if key not in self._known:
                self._known[key] = await self._renders.tokens(pack, files, request)
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
            return self._known[key]

    async def check(self, pack: str, files: PackFiles) -> None:
        """See Renders."""
        digest = hash_of(files)
        async with self._turn:
            if digest not in self._checked:
                await self._renders.check(pack, files)
                if len(self._checked) >= MOST_KEPT:
                    self._checked.clear()
                self._checked.add(digest)
