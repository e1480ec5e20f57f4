"""What a recruiter is told about how a result came about, from the whole service."""

from typing import Any

import pytest

from evaluator.cli.exposure import check_exposure
from evaluator.errors import SettingsError
from evaluator.offline.app import create_app
from evaluator.settings import load
from evaluator.web.schema import example_request
from tests.fakes.pipeline import service_over
from tests.fakes.web import PATH


def assessed(**changes: Any) -> dict[str, Any]:
    """Return the result of the example request with `changes`, judged by the offline rater as an endpoint."""
    with service_over(create_app()) as client:
        result: dict[str, Any] = client.post(PATH, json=example_request() | changes).json()
    return result


def test_heuristic_behind_a_models_name_is_told() -> None:
    """The offline rater never passes for a model, under whatever name it is reached."""
    result = assessed()

    assert result["context"]["model"]["kind"] == "offline heuristic"
    assert result["context"]["model"]["cost_usd"] is None
    assert "No language model has judged this candidate" in result["comment"]


def test_material_too_long_to_be_read_is_told() -> None:
    """A recruiter sees that most of a CV went unread."""
    cv = {"raw": "\n".join(f"Line {number} about wards and shifts." for number in range(12_000))}

    assert "% of the material was too long to be read" in assessed(candidate_parsed_cv=cv)["comment"]
    assert "too long to be read" not in assessed()["comment"]


@pytest.mark.parametrize(
    "name", ["EVALUATOR_WEBHOOK_TOKEN", "EVALUATOR_SOLIDATS_API_KEY", "EVALUATOR_MODEL_NAME"]
)
def test_forgotten_model_stops_the_start_on_loopback_too(name: str) -> None:
    """Behind a proxy, loopback serves real candidates: what only they need calls for a model."""
    with pytest.raises(SettingsError, match="EVALUATOR_MODEL_BASE_URL: not set"):
        check_exposure(load({name: "something"}), "127.0.0.1")

    check_exposure(load({name: "something", "EVALUATOR_MODEL_BASE_URL": "offline"}), "127.0.0.1")
