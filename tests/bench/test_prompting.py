"""The naive template, and what two prompts begin with."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bench.prompting import before_candidate, common_text, naive_prompt

REQUEST = {"job": {"description": "Köchin"}, "candidate_id": "c1"}


def test_naive_prompt_holds_the_instructions_and_the_whole_request() -> None:
    """The naive template leaves nothing out, in either form, and spells letters as they are."""
    for indent in (None, 2):
        instructions, _, dumped = naive_prompt("Rate this.", REQUEST, indent).partition("\n\n")

        assert (instructions, json.loads(dumped)) == ("Rate this.", REQUEST)
        assert "Köchin" in dumped


def test_naive_prompt_without_indent_has_no_white_space_between() -> None:
    """The compact form is the shortest JSON."""
    assert naive_prompt("x", {"a": [1, 2]}) == 'x\n\n{"a":[1,2]}'


def test_common_text_ends_with_a_whole_line() -> None:
    """A line of which only the start is common does not count: its tokens may differ."""
    assert common_text("one\ntwo\nthree a\n", "one\ntwo\nthree b\n") == "one\ntwo\n"
    assert common_text("one", "other") == ""


def test_common_text_of_a_text_and_its_continuation_is_all_of_it() -> None:
    """Where one text ends before they differ, it is common as a whole."""
    assert common_text("one\ntw", "one\ntwo") == "one\ntw"
    assert common_text("same", "same") == "same"


@given(st.text("ab\n"), st.text("ab\n"))
def test_common_text_begins_both(first: str, second: str) -> None:
    """Whatever the texts, both begin with what is said to be common, in either order."""
    common = common_text(first, second)

    assert first.startswith(common)
    assert second.startswith(common)
    assert common == common_text(second, first)


def test_before_candidate_ends_at_the_first_fence_of_the_candidate() -> None:
    """Fences of the job are before the candidate; claims, CV, form and rating are the candidate's."""
    job = "## Job\n<job>\nNurse, ICU\n</job>\n\n## Candidate\n"

    for name in ("claims", "cv_raw", "form", "current_rating"):
        assert before_candidate(f"{job}<{name}>\ntext\n</{name}>\n<cv_summary>\nmore\n</cv_summary>") == job


def test_before_candidate_is_everything_where_no_fence_is_the_candidates() -> None:
    """A prompt that shows nothing of the candidate is common as a whole."""
    assert before_candidate("<job>\nNurse\n</job>") == "<job>\nNurse\n</job>"
