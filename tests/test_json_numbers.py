"""Numbers of JSON: those of the standard library that are none are refused."""

import json
from typing import Any

import pytest

from evaluator.json_numbers import NoJsonNumber, finite, no_constant


def decoded(text: str) -> Any:
    """Decode as the service does."""
    return json.loads(text, parse_constant=no_constant, parse_float=finite)


@pytest.mark.parametrize(
    ("text", "why"), [("NaN", "NaN or Infinity"), ("-Infinity", "NaN or Infinity"), ("[1e999]", "beyond")]
)
def test_what_json_does_not_have_is_refused(text: str, why: str) -> None:
    """The message says what it is."""
    with pytest.raises(NoJsonNumber, match=why):
        decoded(text)


def test_number_within_range_is_read() -> None:
    """Every other number is as the standard library reads it."""
    assert decoded("[1e308, -0.5, 7]") == [1e308, -0.5, 7]
