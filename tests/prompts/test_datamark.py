"""Marks between the words of untrusted text: none can be forged, and without them the words are back."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from evaluator.prompts.datamark import MARK, NOTE, datamarked, unmarked
from evaluator.words import folded_words
from tests.fakes.prompting import TOML, make_pack, prompt_of, request_of


@given(st.text() | st.text(st.sampled_from(f"ab {MARK}\n|")))
def test_marked_text_has_the_same_words(text: str) -> None:
    """No word changes, and lines stay lines."""
    marked = datamarked(text)

    assert folded_words(marked) == folded_words(text) == folded_words(unmarked(marked))
    assert marked.count("\n") == text.count("\n")


def test_mark_of_the_texts_own_is_replaced() -> None:
    """What a candidate wrote cannot pass for a mark."""
    assert datamarked(f"a{MARK}b c") == f"a|b{MARK}c"


def test_unmarking_reaches_every_text_of_a_reply() -> None:
    """At any depth; what is no text stays."""
    assert unmarked({"a": [f"b{MARK}c", 1], "d": None}) == {"a": ["b c", 1], "d": None}


def test_only_the_candidates_texts_are_marked(tmp_path: Path) -> None:
    """The job and the rubric stay plain, the model is told, and the marks are counted."""
    cv = {"experience": ["Ran a farm"]}
    request = request_of(candidate_parsed_cv=cv, job={"description": "Run a farm."})
    plain = prompt_of(make_pack(tmp_path), request)
    marked = prompt_of(make_pack(tmp_path, name="marked", toml=f"datamark = true\n{TOML}"), request)

    assert f"Ran{MARK}a{MARK}farm" in marked.user
    assert "Run a farm." in marked.user
    assert marked.system.endswith(NOTE)
    assert MARK not in plain.system + plain.user
    assert dict(marked.sections)["cv_experience"] > dict(plain.sections)["cv_experience"]
