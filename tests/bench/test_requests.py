"""Requests of a given size, candidates of one job, and bodies to post."""

import json
from typing import Any

import pytest

from bench.load import PLACE_OF_ID
from bench.requests import compact, pairs, same_step, sized, webhook_bodies

LINE = "Looked after six beds of an intensive care unit, nights included, for years."


def request(job: str = "Nurse", raw: str = "short", step: str = "s1") -> dict[str, Any]:
    """Return a small request."""
    return {
        "job": {"description": job},
        "candidate_id": "c1",
        "candidate_parsed_cv": {"summary": "kept", "raw": raw},
        "pipeline_step_id": step,
        "integration_config": {"language": "en" if step == "s1" else "de"},
    }


@pytest.mark.parametrize("size", [400, 12_000, 400_000])
def test_sized_request_is_posted_in_about_that_many_bytes(size: int) -> None:
    """The raw CV grows as long as another line fits into the size, and nothing else changes."""
    made = sized(request(), size, [request(raw=LINE)])

    assert size - 2 * len(LINE) < len(compact(made)) <= size
    assert made["candidate_parsed_cv"]["raw"].startswith("short\nAssignment 1: ")
    assert {**made, "candidate_parsed_cv": None} == {**request(), "candidate_parsed_cv": None}


def test_sized_request_repeats_no_line() -> None:
    """No line is there twice, or the service would be right to leave it out."""
    lines = sized(request(), 5_000, [request(raw=LINE)])["candidate_parsed_cv"]["raw"].splitlines()

    assert len(lines) == len(set(lines))


def test_sized_request_that_is_too_long_stays() -> None:
    """Nothing is cut to come down to a size."""
    assert sized(request(), 10, [request(raw=LINE)]) == request()


def test_same_step_keeps_the_candidate_and_takes_the_step() -> None:
    """Job, step and configuration are the model's; the rest is the candidate's own."""
    moved = same_step(request(raw="mine", step="s2"), request(raw="theirs", step="s1"))

    assert moved == request(raw="mine", step="s1")


def test_pairs_are_of_one_job() -> None:
    """Neighbours of one job make pairs, and a candidate alone makes none."""
    found = {"a": request("Nurse"), "b": request("Cook"), "c": request("Nurse"), "d": request("Nurse")}

    assert pairs(found) == [("a", "c"), ("c", "d")]


def test_webhook_body_has_a_place_for_an_id() -> None:
    """Each request that is sent can have an id of its own, and is otherwise the fixture."""
    (body,) = webhook_bodies({"a": request()}).values()

    assert json.loads(body) == {**request(), "candidate_id": PLACE_OF_ID.decode()}
