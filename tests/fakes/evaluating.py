"""Cases, rows and judges of a run, made up.

case("a"), row("a", rating=62)                      # what is judged, and what became of it
judge = FakeJudge(failing={"b"})                    # rates 50 after a turn of the loop
judge.asked                                         # (case, repeat), in the order in which they began
"""

import asyncio
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult, ResultContext
from evaluator.evals.dataset import Case
from evaluator.evals.runs import Contestant, Row, Source


def case(name: str, *, pack: str | None = None, said: str = "") -> Case:
    """Return a case of which nothing is expected, whose request names `pack` and whose CV says `said`."""
    request = {
        "job": {"description": "Cook"},
        "candidate_id": name,
        "pipeline_step_id": "s1",
        "call_secret": "x",
        "candidate_parsed_cv": {"raw": said},
        "integration_config": {"prompt": pack} if pack else {},
    }
    return Case(name=name, request=read_model(AssessmentRequest, request), expectation=None)


def contestant(label: str = "default", **others: Any) -> Contestant:
    """Return a contestant that a model of this name judges for."""
    return Contestant(**{"label": label, "pack": label, "model": "m", "offline": False, **others})


def row(
    name: str, repeat: int = 0, *, rating: float | None = 50, source: Source = "endpoint", **context: Any
) -> Row:
    """Return a row; without a rating one that timed out. See `explained` for `context`."""
    if rating is None:
        return Row(case=name, repeat=repeat, source=source, seconds=0.1, error="timed out")
    result = AssessmentResult(
        candidate_id=name,
        pipeline_step_id="s1",
        call_secret="x",
        rating=rating,
        status="completed",
        created_at="2026-11-24T12:00:00Z",
        context=explained(**context).model_dump(mode="json"),
    )
    return Row(case=name, repeat=repeat, source=source, seconds=0.1, result=result)


def explained(
    *, pack: str = "default", pack_hash: str = "1" * 64, cost_usd: float | None = 0.01
) -> ResultContext:
    """Return what explains a rating of which only the provenance matters."""
    model = {
        "name": "m", "kind": "model", "form": "strict_schema", "calls": 1, "repaired": False,
        "prompt_tokens": 1000, "completion_tokens": 200, "cached_tokens": 0,
        "cost_usd": cost_usd, "latency_ms": 100,
    }  # fmt: skip
    return ResultContext.model_validate(
        {
            "evaluator": {"version": "0"},
            "pack": {"name": pack, "hash": pack_hash, "rubric_hash": "2" * 64},
            "model": model,
            "rating_range": {"low": 40, "high": 60},
            "computed_rating": 50,
            "coverage": 1.0,
            "confidence": None,
            "overall_cross_check": 50,
            "scoring": "criteria",
            "rules": {"claim_weight": 0.0, "coverage_floor": 0.0},
            "criteria": [],
            "summary": "",
            "strengths": [],
            "concerns": [],
            "questions": [],
            "prompt": {"encoding": "o200k_base", "tokens": 1000, "budget": 12000, "sections": []},
            "samples": {"count": 1, "ratings": [50], "spread": 0},
        }
    )


class FakeJudge:
    """Rates 50 after a turn of the loop in one of its places, and counts how many it judges at once."""

    def __init__(
        self,
        failing: Collection[str] = (),
        never: Collection[str] = (),
        places: AbstractAsyncContextManager[object] | None = None,
    ) -> None:
        """`failing`: cases that have no rating; `never`: those that are not done until they are cancelled."""
        self.asked: list[tuple[str, int]] = []
        self.most = 0
        self._failing = failing
        self._never = never
        self._running = 0
        self._places = places or nullcontext()

    async def judge(self, case: Case, repeat: int) -> Row:
        """See evaluator.evals.running.Judge."""
        self.asked.append((case.name, repeat))
        async with self._places:
            self._running += 1
            self.most = max(self.most, self._running)
            try:
                await (asyncio.Event().wait() if case.name in self._never else asyncio.sleep(0))
            finally:
                self._running -= 1
        return row(case.name, repeat, rating=None if case.name in self._failing else 50)
