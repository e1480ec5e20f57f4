"""Any lawful request gets a valid response: properties over the contract, through HTTP."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from evaluator.contract.result import ResultContext
from evaluator.offline.app import create_app
from evaluator.solidats import judge
from tests.fakes.pipeline import service_over
from tests.fakes.web import PATH

TEXT = st.text(max_size=60)
JSON_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
IDENTIFIER = TEXT | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SLUG = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
SKILL = st.fixed_dictionaries({"slug": SLUG, "exp_level": st.integers(1, 4)})
SKILLS = st.lists(SKILL, max_size=4) | SKILL | st.none()
TEXTS = st.lists(TEXT, max_size=3) | st.none()
FREE = {"free_field": JSON_VALUE, "{{ template }}": JSON_VALUE}
CONFIG = st.fixed_dictionaries(
    {},
    optional={
        "prompt": st.sampled_from(["default", "first-screen", "engineering"]) | st.none(),
        "language": st.sampled_from(["en", "de", "fr-CA", "es", "pl"]),
        "must_have": st.lists(TEXT, max_size=2),
        "weights": st.dictionaries(TEXT, st.integers(0, 100), max_size=2),
        "samples": st.integers(1, 2) | st.none(),
        "instructions": TEXT,
        "comment_style": st.sampled_from(["full", "brief"]),
        **FREE,
    },
)
REQUEST = st.fixed_dictionaries(
    {
        "job": st.fixed_dictionaries(
            {"description": TEXT}, optional={"skills": SKILLS, "prompt": TEXT | st.none(), **FREE}
        ),
        "candidate_id": IDENTIFIER,
        "candidate_parsed_cv": st.fixed_dictionaries(
            {},
            optional={"summary": TEXT | st.none(), "experience": TEXTS, "education": TEXTS, "hobbies": TEXTS,
                      "raw": TEXT | st.none(), **FREE},
        ),
        "pipeline_step_id": IDENTIFIER,
        "call_secret": IDENTIFIER,
    },
    optional={
        "v": TEXT | st.none(),
        "application_form": st.fixed_dictionaries({}, optional={"skills": SKILLS, **FREE}) | st.none(),
        "current_rating": st.integers(0, 100) | st.none(),
        "step_prompt": TEXT | st.none(),
        "integration_config": CONFIG | st.none(),
        "comments": st.lists(
            st.fixed_dictionaries(
                {"content": TEXT}, optional={"created_at": TEXT, "is_human_created": st.booleans()}
            ),
            max_size=2,
        ) | st.none(),
        "context": st.lists(st.dictionaries(TEXT, JSON_VALUE, max_size=2), max_size=2) | st.none(),
        "created_at": TEXT | st.none(),
        **FREE,
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def service() -> Iterator[TestClient[Litestar]]:
    """The whole service with the offline rater as its model."""
    with service_over(create_app(), app_id="app-1") as client:
        yield client


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(request=REQUEST)
def test_lawful_request_gets_a_valid_response(service: TestClient[Litestar], request: dict[str, Any]) -> None:
    """Every lawful request is rated, and SolidATS takes the answer; ids come back as they went."""
    body = json.dumps(request, ensure_ascii=False).encode()

    answer = service.post(PATH, content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 200, answer.text
    verdict = judge(request, answer.status_code, answer.content)
    assert (verdict.accepted, verdict.problems) == (True, ())
    explained = ResultContext.model_validate(verdict.result["context"])
    assert explained.rating_range.low <= verdict.result["rating"] <= explained.rating_range.high
    assert sum(each.contribution for each in explained.criteria) == pytest.approx(
        verdict.result["rating"], abs=0.6
    )


def test_requests_made_from_the_published_schema_are_served(service: TestClient[Litestar]) -> None:
    """Examples drawn from the OpenAPI document never break the service, and many reach a rating."""
    document = schemathesis.openapi.from_dict(service.get("/schema/openapi.json").json())
    operation = document["/webhook/assessment"]["POST"]
    statuses: Counter[int] = Counter()
    rated = Counter[bool]()

    @settings(max_examples=75, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(case=operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        answer = service.post(PATH, json=case.body)
        statuses[answer.status_code] += 1
        rated["rating" in answer.json()] += 1

    ask()

    assert not [status for status in statuses if status >= 500], statuses
    assert rated[True] / rated.total() >= 0.3, statuses
