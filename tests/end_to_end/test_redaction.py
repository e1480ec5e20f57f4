"""What is redacted reaches neither the model, nor the log, nor the answer: the whole service, over HTTP."""

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from bench.scripted_model import completion_for
from evaluator.contract.config import Redact
from evaluator.offline.app import create_app
from evaluator.web.schema import example_request
from tests.fakes.endpoint import FakeEndpoint, Seen, answers
from tests.fakes.pipeline import service_over
from tests.fakes.web import PATH

PLANTED = {
    "email": ("jo.quill@example.org", "Write to jo.quill@example.org."),
    "link": ("example.net/jo-quill-cv", "See https://example.net/jo-quill-cv for more."),
    "phone": ("900456", "Call +44 7700 900456."),
    "address": ("Harbour Lane", "Address: 14 Harbour Lane, Bristol"),
    "birth": ("March 1987", "Born 3 March 1987."),
    "number": ("925076473", "Passport number 925076473."),
    "photo": ("jo77", "![me](https://img.example.net/p/jo77.jpg)"),
    "name": ("Quillfeather", "Name: Tobiasz Quillfeather"),
    "names": ("Sturgess", "Asked Mrs Wilhelmina Sturgess."),
    "pronouns": ("She steeplejacks", "She steeplejacks all day."),
    "schools": ("Harrogate", "Left Harrogate Grammar School in 1993."),
    "nationality": ("Bulgarian", "I am Bulgarian."),
    "hobbies": ("falconry", "Hobbies: falconry"),
    "postcode": ("LS2 7EW", "Lives near LS2 7EW now."),
}
"""By kind: what is searched for, and the line that holds it."""

TEXT = "\n".join(line for _, line in PLANTED.values())


def planted() -> dict[str, Any]:
    """Return a request with a value of every kind in every field of the candidate."""
    body = example_request()
    body["candidate_parsed_cv"] = {
        **{key: TEXT for key in ("summary", "raw", "more")},
        **{key: [TEXT] for key in ("education", "experience", "hobbies")},
    }
    body["application_form"] |= {"why_us": TEXT, "deep": [{"text": TEXT}]}
    body["comments"] = [{"content": TEXT, "is_human_created": True, "by": TEXT}]
    body["context"] = [{"app": "screening", "notes": {"said": [TEXT]}}]
    return body | {"unknown": {"field": TEXT}, "current_rating": None}


class Overheard:
    """An endpoint that keeps what it is sent, in front of another one."""

    def __init__(self, endpoint: Any) -> None:
        self.bodies: list[bytes] = []
        self._endpoint = endpoint

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass everything on."""

        async def heard() -> Any:
            message = await receive()
            self.bodies.append(message.get("body", b""))
            return message

        await self._endpoint(scope, heard, send)


def quoting(seen: Seen) -> Any:
    """Answer with passages of the prompt as quotes."""
    return answers(json.loads(completion_for(json.dumps(seen.body).encode())[0]))


@pytest.fixture(scope="module", params=["offline rater", "scripted model"])
def written(request: pytest.FixtureRequest) -> dict[str, str]:
    """What was written, by place, with all kinds taken out."""
    endpoint = Overheard(create_app() if request.param == "offline rater" else FakeEndpoint(quoting))
    redact = dict.fromkeys(Redact.model_fields, True)
    with capture_logs() as logged, service_over(endpoint) as client:
        answer = client.post(PATH, json=planted() | {"integration_config": {"redact": redact}})
    assert answer.status_code == 200
    asked = b"".join(endpoint.bodies).decode()
    return {
        "model": asked,
        "log": str(logged),
        "answer": answer.text,
        "context": json.dumps(answer.json()["context"]),
    }


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.parametrize("place", ["model", "log", "answer"])
def test_redacted_value_is_nowhere(written: dict[str, str], place: str, kind: str) -> None:
    """Whatever field it was planted in, and however the model answers."""
    assert PLANTED[kind][0] not in written[place]


def test_text_beside_it_is_there(written: dict[str, str]) -> None:
    """The search is no empty one: what stood around the values has reached the model."""
    assert "steeplejacks all day" in written["model"]
    assert "[e-mail]" in written["model"]


def test_counts_are_told(written: dict[str, str]) -> None:
    """The result says how much of each kind was taken out."""
    counts = json.loads(written["context"])["redacted"]

    assert {kind for kind, count in counts.items() if count} >= set(PLANTED) - {"names"}


def test_value_that_is_not_redacted_reaches_the_model() -> None:
    """With nothing chosen the same search finds all of it."""
    endpoint = Overheard(FakeEndpoint(quoting))
    with service_over(endpoint) as client:
        client.post(PATH, json=planted() | {"integration_config": {"redact": []}})
    asked = b"".join(endpoint.bodies).decode()

    assert [kind for kind, (value, _) in PLANTED.items() if value not in asked] == []
