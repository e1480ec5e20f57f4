"""The mark of a prompt: one for each pack and key, and known again in whatever form a reply gives it away."""

import base64
import codecs
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.prompts.canary import REMOVED, Canary

CANARY = Canary(b"key", "default")


def test_mark_is_one_for_each_pack_and_key() -> None:
    """It is the same for every candidate of a pack, and nobody without the key can work it out."""
    marks = {Canary(key, pack).mark for key in (b"", b"key", b"other") for pack in ("a", "b")}

    assert len(marks) == 6
    assert Canary(b"key", "a").mark == Canary(b"key", "a").mark


FORMS: list[Callable[[str], str]] = [
    str,
    str.upper,
    lambda mark: mark[::-1],
    " ".join,
    "-".join,
    "\n".join,
    lambda mark: codecs.encode(mark, "rot13"),
    lambda mark: mark.encode().hex(),
]


@pytest.mark.parametrize("form", FORMS)
@given(before=st.text(), after=st.text())
def test_mark_is_known_and_taken_out_in_any_text(form: Callable[[str], str], before: str, after: str) -> None:
    """Written in a usual form, it is found inside any text, and nothing of it is left there."""
    text = before + form(CANARY.mark) + after

    assert CANARY.is_in(text)
    assert not CANARY.is_in(CANARY.without(text))


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_mark_is_known_in_base64_of_any_text(before: bytes, after: bytes) -> None:
    """Wherever it begins in what was encoded."""
    text = base64.b64encode(before + CANARY.mark.encode() + after).decode()

    assert CANARY.is_in(text)
    assert CANARY.without(text) != text


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda each: st.lists(each) | st.dictionaries(st.text(), each)
    )
)
def test_value_without_the_mark_stays_as_it_is(value: object) -> None:
    """No other text is taken for it."""
    assert not CANARY.is_in(value)
    assert CANARY.without(value) == value


def test_mark_is_found_at_any_depth_and_in_names() -> None:
    """Fields, lists and names of fields are looked through."""
    mark = CANARY.mark

    assert CANARY.is_in({"a": [{"b": mark}]})
    assert CANARY.is_in({mark: 1})
    assert CANARY.without({"a": [{"b": f"x {mark}"}]}) == {"a": [{"b": f"x {REMOVED}"}]}
