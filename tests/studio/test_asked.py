"""What a form asks of the list of evaluations."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.storage.rows import Filter
from evaluator.studio.asked import CORRECTED, DELIVERED, STANDINGS, Asked

DAY = 1_800_057_600.0  # 2027-01-16


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ({}, Filter()),
        ({"standing": "review"}, Filter(statuses=("needs_review",))),
        ({"standing": "open"}, Filter(states=("waiting", "running"))),
        ({"delivery": "taken"}, Filter(deliveries=("delivered", "answered"))),
        ({"corrected": "no", "pack": "p"}, Filter(corrected=False, packs=("p",))),
        ({"search": " 42 "}, Filter(search="42")),
        ({"since": "2027-01-16", "until": "2027-01-16"}, Filter(newer_than=DAY, older_than=DAY + 86_400)),
        ({"standing": "x", "delivery": "x", "corrected": "x", "since": "16.1.", "until": "x"}, Filter()),
    ],
)
def test_form_becomes_a_filter(sent: dict[str, Any], wanted: Filter) -> None:
    """Days are whole and in UTC; a choice that there is not narrows nothing."""
    assert Asked.of(sent).filter == wanted


@pytest.mark.parametrize("field", ["standing", "delivery", "corrected"])
def test_every_choice_is_a_filter(field: str) -> None:
    """Each narrows by something of its own."""
    choices = {"standing": STANDINGS, "delivery": DELIVERED, "corrected": CORRECTED}[field]
    filters = [Asked.of({field: key}).filter for key in choices]

    assert Filter() not in filters
    assert len(set(filters)) == len(choices)


@given(
    st.dictionaries(st.sampled_from(list(Asked.__dataclass_fields__)), st.text() | st.none() | st.integers())
)
def test_anything_sent_is_a_filter(sent: dict[str, Any]) -> None:
    """Whatever an address says, it can be asked for, and says the same again."""
    asked = Asked.of(sent)

    assert isinstance(asked.filter, Filter)
    assert Asked.of(asked.told) == asked
    assert "\0" not in "".join(asked.told.values())
