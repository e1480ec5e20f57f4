"""Rendering a pack where it can do no harm, before its templates run in this process.

May import `contract`, `prompts`, `errors` and the sibling `previews`.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from evaluator.contract.request import AssessmentRequest
from evaluator.errors import EvaluatorError, PackError
from evaluator.prompts.files import hash_of
from evaluator.prompts.packs import PackFiles
from evaluator.studio.previews import Previews

MOST_KEPT = 4_000
"""Prompts whose length is remembered."""

_TRIED = 3
"""Requests that a pack is loaded with; each may take as long as it is let."""


class Renders(Protocol):
    """Renders a pack in a process that is bounded in time and memory, which loads it first."""

    async def tokens(self, pack: str, files: PackFiles, request: AssessmentRequest) -> int:
        """Return the tokens of the prompt; raises PackError where it cannot be had within the bounds."""
        ...


class ByPreviews:
    """Renders as the editor's preview does."""

    def __init__(self, previews: Previews) -> None:
        """`previews` has the bounded process."""
        self._previews = previews

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
    """Renders each prompt once, and remembers how long it was."""

    def __init__(self, renders: Renders) -> None:
        """Take what renders."""
        self._renders = renders
        self._turn = asyncio.Lock()  # the process takes one at a time, and few may wait for it
        self._known: OrderedDict[str, int] = OrderedDict()

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

    async def check(self, pack: str, files: PackFiles, requests: Sequence[AssessmentRequest]) -> None:
        """Raise PackError where a pack cannot be loaded, or rendered for any of the first of these."""
        failed: PackError | None = None
        for request in requests[:_TRIED]:
            try:
                await self.tokens(pack, files, request)
            except PackError as error:
                failed = failed or error
            except EvaluatorError:
                continue  # it is the request that is at fault, and other packs would tell the same
            else:
                return
        if failed is not None:
            raise failed
