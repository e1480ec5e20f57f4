"""What is said of an evaluation."""

import dataclasses
from typing import get_args

import pytest

from evaluator.audit.explaining import Criterion
from evaluator.commentary.comment import FlagKind
from evaluator.contract.result import Status
from evaluator.storage.accepting import acceptance_of
from evaluator.storage.rows import Job
from evaluator.storage.sealing import Sealer
from evaluator.storage.transitions import Delivery, State
from evaluator.studio.evaluation_words import (
    DELIVERIES,
    contribution,
    cost,
    flag_words,
    lasted,
    short_flag,
    standing,
)
from tests.fakes.service import KEY
from tests.fakes.stores import new_job

SHOWN = Criterion(
    title="Kafka",
    must_have=True,
    weight=0.25,
    required="strong",
    level="working",
    finding="evidenced",
    points=16.67,
    how="25.00 × 2 ÷ 3 = 16.67",
    claimed=None,
    reason="",
    quotes=(),
    quoted=0,
    dropped=(),
    note=None,
)


def job(**changes: object) -> Job:
    """Return a job with some fields changed."""
    usual = acceptance_of(new_job(), Sealer([KEY.encode()]), at=0.0).job
    return dataclasses.replace(usual, **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "16.7 of its 25 points: working is shown, strong is asked for."),
        ({"level": "strong", "points": 25.0}, "All of its 25 points: strong is shown, strong is asked for."),
        (
            {"level": "none", "points": 0.0, "finding": "contradicted"},
            "None of its 25 points: the application speaks against it.",
        ),
        (
            {"level": "none", "points": 0.0, "finding": "not_evidenced"},
            "None of its 25 points: nothing in the application shows it.",
        ),
        (
            {"level": "none", "points": 8.75, "finding": "not_evidenced", "claimed": "expert"},
            "8.8 of its 25 points: nothing in the application shows it; the candidate's own claim of "
            "“expert” counts in part.",
        ),
    ],
)
def test_contribution_is_told_in_a_sentence(changes: dict[str, object], said: str) -> None:
    """What a criterion gives, of how much, and why."""
    assert contribution(dataclasses.replace(SHOWN, **changes)) == said


def test_every_state_and_status_is_told() -> None:
    """None is left without words, and what came of it goes before how far it is."""
    states = {state: standing(job(state=state)).words for state in get_args(State)}
    statuses = {status: standing(job(state="succeeded", status=status)).words for status in _statuses()}

    assert list(states.values()) == ["waiting", "being rated", "rated", "failed", "cancelled"]
    assert statuses == {
        "completed": "rated",
        "needs_review": "needs review",
        "insufficient_data": "says too little",
        "failed": "failed",
        "opted_out": "opted out",
    }


def _statuses() -> list[str]:
    """Return the statuses of results, also those within another name."""
    return [each for one in get_args(Status) for each in (get_args(one) or (one,))]


def test_every_delivery_is_told() -> None:
    """Each has words of its own."""
    assert {*DELIVERIES} == {*get_args(Delivery)}


@pytest.mark.parametrize("kind", get_args(FlagKind))
def test_every_flag_is_told_in_words(kind: str) -> None:
    """Its detail is in the sentence, and nothing of the program's names."""
    said = flag_words(f"{kind}: 17")

    assert said[0].isupper()
    assert kind not in said.lower() or kind in ("manipulation", "authority", "hidden", "canary")
    assert short_flag(f"{kind}: 17") == kind.replace("_", " ")


def test_flag_of_another_version_is_told_as_it_is() -> None:
    """One that this version does not know is not hidden."""
    assert flag_words("new_kind: {0} of it") == "New kind: {0} of it"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"),
        (-1.0, "–"),
        (3.24, "3.2 s"),
        (75.0, "1 min 15 s"),
        (7_500.0, "2 h 5 min"),
        (200_000.0, "2 days"),
    ],
)
def test_time_is_told_in_its_largest_units(seconds: float | None, said: str) -> None:
    """Nobody counts seconds of days."""
    assert lasted(seconds) == said


def test_cost_is_told_where_it_is_known() -> None:
    """The offline rater costs nothing, and an unknown price is no price of zero."""
    kinds = ("offline heuristic", None), ("model", None), ("model", 0.0123)

    assert [cost({"model": {"kind": kind, "cost_usd": usd}}) for kind, usd in kinds] == [
        "nothing",
        "–",
        "$0.0123",
    ]
