"""The filter that lets no character hide, and tokens that fit one session alone."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.web.studio.csrf import fits, token_of
from evaluator.web.studio.pages import visible


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\u202e", "right-to-left override"),
        ("\u2066", "left-to-right isolate"),
        ("\u200b", "zero width space"),
        ("\u200f", "right-to-left mark"),
        ("\ufeff", "zero width no-break space"),
        ("\u00ad", "soft hyphen"),
        ("\u3164", "hangul filler"),
        ("\U000e0041", "tag latin capital letter a"),
        ("\x00", "control character"),
        ("\x1b", "control character"),
        ("\r", "control character"),
        ("\u2028", "line separator"),
        ("\ue000", "unnamed character"),
    ],
)
def test_unseen_character_shows_as_its_number(character: str, name: str) -> None:
    """What has no shape, or turns the direction, stands there as what it is."""
    assert visible(f"a{character}b") == f'a<mark class="unseen" title="{name}">U+{ord(character):04X}</mark>b'


@pytest.mark.parametrize(
    "text",
    ["two\nlines\tand a tab", "Ünï ćødé", "e\u0301", "日本語", "עברית", "a b", "one\r\ntwo", "❤️ 👩\u200d💻"],
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    """Whatever somebody can see, in any script, is not marked."""
    assert visible(text) == text


@given(st.text())
def test_text_stays_text(text: str) -> None:
    """No text becomes a tag, and all of it is still there."""
    pieces = re.split(r'<mark class="unseen" title="[a-z0-9 -]*">U\+([0-9A-F]+)</mark>', visible(text))
    words, numbers = (
        [html.unescape(each) for each in pieces[::2]],
        [chr(int(each, 16)) for each in pieces[1::2]],
    )

    assert not set("<>\"'") & set("".join(pieces))
    assert "".join(one + other for one, other in zip(words, [*numbers, ""], strict=True)) == text


@given(st.text(min_size=1), st.text(min_size=1))
def test_token_fits_its_own_session_alone(one: str, other: str) -> None:
    """A token is good for the session that it was made for, and for no other."""
    assert fits(token_of(one), one)
    assert fits(token_of(one), other) == (one == other)


@given(st.text())
def test_made_up_token_fits_nothing(token: str) -> None:
    """Whatever somebody sends in place of a token is refused, and nothing breaks."""
    assert not fits(token, "a session")
