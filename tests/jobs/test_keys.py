"""A request is known again by what it asks, and written down without its secret."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.jobs.keys import job_id_of, packed, packed_secret, unpacked
from evaluator.storage.database import open_database
from evaluator.storage.jobs import JobStore
from evaluator.storage.rows import Payloads
from evaluator.storage.sealing import Sealer
from evaluator.web.schema import example_request

SECRET = "gate-7 of the pier"
words = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
identifiers = words | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | identifiers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> JobStore:
    """A store whose database is never asked."""
    return store_in(tmp_path_factory.mktemp("data"))


def store_in(folder: Path) -> JobStore:
    """Return a store with a key of its own."""
    return JobStore(open_database(None, folder), Sealer([Fernet.generate_key()]))


def body(**changes: Any) -> dict[str, Any]:
    """Return a full request, with changes at its top."""
    return example_request() | {"call_secret": SECRET} | changes


def read(sent: Any) -> AssessmentRequest:
    """Return a request as the webhook hands it on."""
    return read_model(AssessmentRequest, sent)


def turned(value: Any) -> Any:
    """Return the same JSON value with the members of every object in the opposite order."""
    if isinstance(value, dict):
        return {name: turned(member) for name, member in reversed(value.items())}
    return [turned(item) for item in value] if isinstance(value, list) else value


@given(extra=values, earlier=identifiers, later=identifiers)
def test_job_is_the_same_whenever_it_was_issued_and_in_any_order(
    store: JobStore, extra: Any, earlier: Any, later: Any
) -> None:
    """Neither `created_at` nor the order of members makes another job of a request."""
    first = read(body(created_at=earlier, extra=extra))
    again = read(turned(body(created_at=later, extra=extra)))
    without = read({name: value for name, value in body(extra=extra).items() if name != "created_at"})

    assert job_id_of(first, store) == job_id_of(again, store) == job_id_of(without, store)


@pytest.mark.parametrize("field", ["candidate_id", "pipeline_step_id", "call_secret", "v"])
def test_number_and_text_are_not_the_same(store: JobStore, field: str) -> None:
    """1, "1" and 1.0 are three ids, and three secrets."""
    ids = {job_id_of(read(body(**{field: value})), store) for value in (1, "1", 1.0, "01")}

    assert len(ids) == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda sent: sent.update(candidate_id="another"),
        lambda sent: sent.update(pipeline_step_id="another"),
        lambda sent: sent.update(call_secret="another"),
        lambda sent: sent.update(current_rating=12),
        lambda sent: sent.update(unheard_of=None),
        lambda sent: sent["job"].update(description="another"),
        lambda sent: sent["candidate_parsed_cv"].update(raw="another"),
        lambda sent: sent.update(comments=[{"content": "once", "created_at": 1}]),
        lambda sent: sent.update(comments=[{"content": "once", "created_at": 2}]),
        lambda sent: sent.update(integration_config={"mode": "async"}),
        lambda sent: sent.pop("application_form"),
    ],
)
def test_other_request_is_another_job(store: JobStore, change: Callable[[dict[str, Any]], Any]) -> None:
    """Whatever else differs, within it or of its ids, is asked anew."""
    sent = copy.deepcopy(body())
    change(sent)

    assert job_id_of(read(sent), store) != job_id_of(read(body()), store)


@given(one=values, other=values)
def test_other_content_is_another_job(store: JobStore, one: Any, other: Any) -> None:
    """Two bodies have one id exactly where their JSON is the same."""
    same = json.dumps(turned(one), sort_keys=True) == json.dumps(other, sort_keys=True)

    assert (job_id_of(read(body(x=one)), store) == job_id_of(read(body(x=other)), store)) == same


def test_id_tells_nothing_to_who_has_another_key(store: JobStore, tmp_path: Path) -> None:
    """In another database the same request has another id."""
    assert job_id_of(read(body()), store) != job_id_of(read(body()), store_in(tmp_path / "other"))


@given(secret=identifiers)
def test_stored_request_holds_no_secret(secret: Any) -> None:
    """The secret is written apart, and is nowhere in the request."""
    asked = read(body(call_secret=secret, extra={"note": 1}))

    assert "call_secret" not in json.loads(packed(asked))
    assert packed(asked) == packed(read(body(call_secret="another", extra={"note": 1})))


@given(extra=values, secret=identifiers, issued=identifiers)
def test_request_comes_back_as_it_was(extra: Any, secret: Any, issued: Any) -> None:
    """What was stored, put together again, is the request: its fields in their order, and its very secret."""
    asked = read(body(call_secret=secret, created_at=issued, extra=extra))
    again = unpacked(Payloads(packed(asked), None, packed_secret(asked)))

    assert again == asked
    assert again is not None
    assert again.model_dump_json(exclude_unset=True) == asked.model_dump_json(exclude_unset=True)


@pytest.mark.parametrize("held", [Payloads(None, b"{}", b'"s"'), Payloads(b"{}", b"{}", None)])
def test_request_does_not_come_back_in_part(held: Payloads) -> None:
    """Without its body, or without its secret, there is no request."""
    assert unpacked(held) is None
