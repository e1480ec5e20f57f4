"""What earlier runs left: results that need not be asked for again, and what a draft's last run came to.

May import `evals`, `storage` and `studio` siblings.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from evaluator.evals.runs import Row
from evaluator.storage.studio_runs import StudioRunRow, StudioRuns
from evaluator.studio.try_judging import Asked
from evaluator.studio.try_rows import DRAFT, Told, Took, opened
from evaluator.studio.try_summary import EvaluationSummary

RECENT = 30
"""Runs of a pack that are looked through."""

MOST_REUSED = 5
"""Of these, those whose results are used again."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """`took`: what the last run with the same model took; `rows`: results by their key."""

    took: Took | None
    rows: Mapping[str, Row]


async def earlier(runs: StudioRuns, pack: str, wanted: Set[str], asked: Asked) -> Earlier:
    """Return what runs of a pack with the same model left; `wanted` are the keys of results to look for."""
    alike = []
    for run in await runs.recent(pack, limit=RECENT):
        told = opened(Told, run.public)
        if (told.model, told.offline) == (asked.name, asked.offline):
            alike.append((run.id, told))
    took = next((told.took for _, told in alike if told.took is not None), None)
    found: dict[str, Row] = {}
    for run_id, _ in alike[:MOST_REUSED]:
        if not wanted <= found.keys():
            rows = await runs.rows(run_id)
            found |= await asyncio.to_thread(_results_in, rows, wanted - found.keys())
    return Earlier(took, found)


class LastResults:
    """What the last complete run of a pack with texts of some hash came to."""

    def __init__(self, runs: StudioRuns) -> None:
        """`runs` are those of all processes."""
        self._runs = runs

    async def summary(self, pack: str, digest: str) -> EvaluationSummary | None:
        """Return it; a run over all samples or a cohort goes before one over a selection."""
        found: EvaluationSummary | None = None
        for run in await self._runs.recent(pack, limit=RECENT):
            summary = opened(Told, run.public).summary if run.state == "done" else None
            if summary is None or summary.hash != digest:
                continue
            if summary.whole:
                return summary
            found = found or summary
        return found

    async def as_json(self, pack: str, digest: str) -> Mapping[str, Any] | None:
        """Return the same as it is kept with a version."""
        found = await self.summary(pack, digest)
        return None if found is None else found.model_dump(mode="json")


def _results_in(rows: Sequence[StudioRunRow], wanted: Set[str]) -> dict[str, Row]:
    """Return the results of kept rows that have one of these keys; the others are not even checked."""
    found: dict[str, Row] = {}
    for kept in (json.loads(row.content) for row in rows):
        for name, key in kept.get("keys", {}).items():
            side = kept.get("draft" if name == DRAFT else "published")
            if key in wanted and side is not None:
                row = Row.model_validate(side)
                found |= {key: row} if row.rating is not None else {}
    return found
