"""Recognising this service's own results when they come back."""

from typing import Any

import pytest

from evaluator.contract.ours import MARKER, NAME, is_our_comment, is_our_context


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
