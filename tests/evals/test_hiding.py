"""Putting something else where an id or a secret stands."""

from typing import Any

import pytest

from evaluator.evals.hiding import hidden

WORDS = {"s3cret-77": "[removed]", "1234567": "c-1", "short": "x"}


@pytest.mark.parametrize(
    ("value", "instead"),
    [
        ("with s3cret-77.", "with [removed]."),
        ("as3cret-77", "as3cret-77"),
        ({"of 1234567": ["1234567", 1234567, True]}, {"of c-1": ["c-1", "c-1", True]}),
        (
            {"call_secret": "?", "deep": [{"token": 7}]},
            {"call_secret": "[removed]", "deep": [{"token": "[removed]"}]},
        ),
        ("short", "short"),
        (None, None),
    ],
)
def test_words_are_replaced_wherever_they_stand(value: Any, instead: Any) -> None:
    """In texts, keys and numbers, but only whole and where long enough; a secret's own field never shows."""
    assert hidden(value, WORDS) == instead


def test_nothing_to_hide_changes_nothing() -> None:
    """Without words a value stays as it is."""
    assert hidden({"a": ["b", 1.5]}, {}) == {"a": ["b", 1.5]}
