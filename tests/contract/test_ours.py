"""Recognising this service's own results when they come back."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.contract.ours import MARKER, NAME, is_our_comment, is_our_context, others_context, others_words


@pytest.mark.parametrize(
    "content",
    [
        f"Rating: 70 of 100\n\nFooter.\n{MARKER} default 0a1b2c3d",
        f"Rating: 70 of 100\r\n{MARKER} default 0a1b2c3d \r\n\n",
        f"Rating: 70 of 100 {MARKER} default 0a1b2c3d",
    ],
)
def test_our_comment_is_known_by_its_last_line(content: str) -> None:
    """However line ends come back, or are lost, the marker in the last line is enough."""
    assert is_our_comment(content)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "Called the candidate.",
        f"> {MARKER} default 0a1b2c3d\nI see this otherwise.",
        "candidate-evaluator said 70",
    ],
)
def test_comment_of_others_is_not_ours(content: str) -> None:
    """A person who quotes one of our comments and answers it is not us."""
    assert not is_our_comment(content)


@pytest.mark.parametrize(
    ("item", "app_id", "expected"),
    [
        ({"evaluator": {"name": NAME, "version": "0.0.1"}}, None, True),
        ({"app_id": "app-1", "score": 4}, "app-1", True),
        ({"app_id": "app-2"}, "app-1", False),
        ({"app_id": None}, None, False),
        ({}, None, False),
        ({"evaluator": NAME}, None, False),
        ({"evaluator": {"name": "another"}}, None, False),
    ],
)
def test_our_context_is_known_by_name_or_app_id(
    item: dict[str, Any], app_id: str | None, expected: bool
) -> None:
    """A context object is ours where it says so, or where it carries our app's id."""
    assert is_our_context(item, app_id) is expected


def test_our_comment_with_a_footer_behind_it_is_ours() -> None:
    """A line that a system puts under every comment does not make it another's."""
    assert is_our_comment(f"Rating: 70 of 100\n{MARKER} default 0a1b2c3d\nPosted by the app")


OURS = {"evaluator": {"name": NAME, "version": "0.0.1"}, "summary": "Our own words."}
CODELANE = {"app_id": "codelane", "exercise": {"tests passed": 18}}
STAMP = f"{MARKER} default 0a1b2c3d"


@pytest.mark.parametrize(
    "item",
    [
        {"results": [OURS]},
        {"results": [[OURS], []]},
        {"candidate": {"results": {"first": OURS}}},
        {"rating": 70, "status": "completed", "created_at": "2026-01-01", "context": OURS, "comment": STAMP},
        {"comment": f"Rating: 70 of 100\n{STAMP}", "rating": 70},
        {"results": [{"app_id": "app-1", "score": 4}]},
    ],
)
def test_our_context_is_known_within_what_wraps_it(item: dict[str, Any]) -> None:
    """However a platform wraps a result of ours, with its rating beside it, nothing of it is left."""
    assert is_our_context(item, "app-1")
    assert others_context([item, CODELANE], "app-1") == [CODELANE]


@pytest.mark.parametrize(
    ("item", "left"),
    [
        ({"results": [OURS, CODELANE]}, {"results": [CODELANE]}),
        ({"results": [[OURS, CODELANE], [OURS]]}, {"results": [[CODELANE]]}),
        ({"note": "Good on the phone", "rating": 70, "ours": OURS}, {"note": "Good on the phone"}),
        ({"first": OURS, "second": CODELANE, "total": 2}, {"second": CODELANE, "total": 2}),
        (CODELANE, CODELANE),
        ({}, {}),
        ({"results": [], "note": None}, {"results": [], "note": None}),
    ],
)
def test_what_others_say_beside_our_context_is_left(item: dict[str, Any], left: dict[str, Any]) -> None:
    """Only what is ours goes; another app's result and a person's note stay, in a copy."""
    before = deepcopy(item)

    assert others_context([item], "app-1") == [left]
    assert item == before


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (f"I see this otherwise:\n> Rating: 70 of 100\n>\n> {STAMP}", "I see this otherwise:"),
        (f"> Rating: 70 of 100\n> {STAMP}\n\nShe is better than that.", "She is better than that."),
        (f"Ana:\r\n> Rating: 70\r\n> {STAMP}\r\nNo.", "Ana:\nNo."),
        (
            f"> I agree with Ana.\n>> Rating: 70\n>> {STAMP}\n> Do you?\nYes.",
            "> I agree with Ana.\n> Do you?\nYes.",
        ),
        (f"> Rating: 70 of 100\n> {STAMP}", ""),
        (f"Rating: 70 of 100\n{STAMP}", ""),
        ("> Where did you work?\nIn Lyon.", "> Where did you work?\nIn Lyon."),
        (" Called the candidate. ", " Called the candidate. "),
        ("", ""),
    ],
)
def test_words_of_a_person_who_quotes_us_are_left(content: str, left: str) -> None:
    """Our comment goes out of what a person writes around it; a quote of anyone else stays."""
    assert others_words(content) == left
    assert is_our_comment(content) is (bool(content) and not left)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=9) | st.just(OURS), st.lists, max_leaves=9))
def test_nothing_of_ours_is_left_at_any_depth(inner: Any) -> None:
    """Whatever holds a result of ours, it is not in what is left."""
    assert NAME not in str(others_context([{"inner": inner}], None))
