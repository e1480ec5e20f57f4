"""The recruiter's guide speaks the pages' own words, and shows pictures that are there and light."""

import functools
import html
import re

import pytest

from tests.fakes.prompting import ROOT

GUIDE = (ROOT / "docs" / "recruiter-guide.md").read_text(encoding="utf-8")
QUOTED = sorted({" ".join(words.split()) for words in re.findall(r"\*\*(.+?)\*\*", GUIDE, re.DOTALL)})
PICTURES = sorted(set(re.findall(r"images/(studio-\w+\.png)", GUIDE)))
MAX_PICTURE_BYTES = 160_000


@functools.cache
def said() -> str:
    """Return all that the studio's pages can say, without numbers and in small letters."""
    folders = (
        ROOT / "evaluator" / "web" / "studio",
        ROOT / "evaluator" / "studio",
        ROOT / "tools" / "assets" / "src",
    )
    files = [
        path for folder in folders for path in folder.rglob("*") if path.suffix in (".jinja", ".py", ".js")
    ]
    text = html.unescape("\n".join(path.read_text(encoding="utf-8") for path in files))
    return f"{plain(text)} {text.lower()}"


def plain(words: str) -> str:
    """Return words without what a page fills in."""
    return " ".join(re.sub(r"\{\{.*?\}\}|\d+", " ", words).lower().split())


@pytest.mark.parametrize("words", QUOTED)
def test_words_in_bold_stand_on_a_page(words: str) -> None:
    """What the guide says to press or read is there under that name."""
    assert plain(words) in said()


@pytest.mark.parametrize("name", PICTURES)
def test_picture_is_light(name: str) -> None:
    """A page of the guide loads on a phone."""
    assert (ROOT / "docs" / "images" / name).stat().st_size < MAX_PICTURE_BYTES


def test_every_picture_is_shown() -> None:
    """No picture is kept that the guide has no use for."""
    kept = (ROOT / "docs" / "images").glob("studio-*.png")

    assert sorted(path.name for path in kept) == PICTURES
