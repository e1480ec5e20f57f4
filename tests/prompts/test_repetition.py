"""Leaving out repetition: only what stands elsewhere word for word goes, and all of that does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.prompts.repetition import what_is_new
from evaluator.words import folded_words

VOCABULARY = ["a", "b", "c", "Äb", "C++", "31", "experience", "-", "★", "技"]
LINES = st.lists(st.sampled_from(VOCABULARY), max_size=6).map(" ".join)
TEXTS = st.lists(LINES, max_size=8).map("\n".join)

CV = {
    "summary": "Nurse with ten years in intensive care.",
    "experience": "Staff nurse, St Anna | 2016 - 2026\n"
    "Cared for two ventilated patients a shift; taught nine colleagues.",
    "hobbies": "fell running\nsewing",
}


def stands_in(line: str, text: str) -> bool:
    """Tell whether the words of `line` stand in `text` in a row, told slowly and plainly."""
    wanted, found = folded_words(line), folded_words(text)
    return any(found[at : at + len(wanted)] == wanted for at in range(len(found) - len(wanted) + 1))


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_line_with_new_words_is_never_left_out(raw: str, structured: list[str]) -> None:
    """What goes stands in one of the texts, in that order, or is a usual heading or mere ornament."""
    for line in what_is_new(raw, structured).repeated:
        words = set(folded_words(line))
        passed_over = words == {"experience"} if words else "★" not in line
        assert passed_over or any(stands_in(line, text) for text in structured)


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_every_repeated_line_is_left_out(raw: str, structured: list[str]) -> None:
    """A line with words that stand in a text in that order goes, unless it heads what is new."""
    kept = [line for line in what_is_new(raw, structured).text.split("\n") if line.strip()]

    for line, below in zip(kept, [*kept[1:], ""], strict=False):
        words = folded_words(line)
        heading = set(words) == {"experience"} or (len(words) <= 6 and below)
        assert not words or heading or not any(stands_in(line, text) for text in structured)


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_lines_stay_in_order_and_none_is_lost(raw: str, structured: list[str]) -> None:
    """Kept and repeated lines together are those of the raw text, each in its order."""
    remainder = what_is_new(raw, structured)
    lines = [line for line in raw.split("\n") if line.strip()]
    kept = [line for line in remainder.text.split("\n") if line.strip()]

    assert sorted([*kept, *remainder.repeated]) == sorted(lines)
    for part in (kept, remainder.repeated):
        rest = iter(lines)
        assert all(line in rest for line in part)


@pytest.mark.parametrize(
    "headings", [("PROFILE", "Work experience", "Hobbies"), ("Über mich", "== Erfahrung ==", "—")]
)
def test_raw_cv_that_only_repeats_is_left_out_whole(headings: tuple[str, ...]) -> None:
    """Repeated text goes with its usual headings, bullets and rules, however it is laid out."""
    one, two, three = headings
    raw = f"""{one.replace("Über mich", "Profil")}
nurse with TEN years in intensive care

{two}
-----
Staff nurse, St. Anna, 2016–2026
• Cared for two ventilated patients a shift;
• taught nine colleagues
{three}
fell running, sewing
"""

    assert what_is_new(raw, CV.values()).text == ""


def test_new_line_keeps_its_heading() -> None:
    """A heading stays where something new follows it, also when its words stand elsewhere too."""
    raw = "Profile\nNurse with ten years in intensive care.\nSkills\nDialysis\nHobbies\nsewing"

    assert what_is_new(raw, [*CV.values(), "skills and profile"]).text == "Skills\nDialysis"


@pytest.mark.parametrize(
    "line",
    [
        "Cared for two ventilated patients a shift; taught ninety colleagues.",
        "Cared for two ventilated patients",
        "Nurse with ten years in Lisbon",
        "Kubernetes",
        "★★★★☆",
        "Staff nurse | St Anna | 2016",
    ],
)
def test_short_new_line_between_repeated_ones_stays(line: str) -> None:
    """One word that differs makes a line new; a short new line is no heading because of its length."""
    structured = [
        "Staff nurse, St Anna. Cared for two. Two ventilated patients a shift; taught nine colleagues."
    ]
    raw = f"Staff nurse, St Anna\n{line}\ntaught nine colleagues"

    assert what_is_new(raw, structured).text == f"Staff nurse, St Anna\n{line}"


def test_heading_of_new_text_stays_whatever_else_has_its_words() -> None:
    """Without its heading, what is still to be learnt would read like what is mastered."""
    structured = ["Told juniors what they have yet to learn. Ran Docker in production for four years."]
    raw = "Ran Docker in production for four years.\nYET TO LEARN\nKubernetes: clusters of my own"

    assert what_is_new(raw, structured).text == "YET TO LEARN\nKubernetes: clusters of my own"


@pytest.mark.parametrize("structured", [[], [""], ["", "  \n"], ["* * *"]])
def test_raw_cv_alone_stays_as_it_is(structured: list[str]) -> None:
    """Without structured parts nothing is touched, not even ornament and empty lines."""
    raw = "PROFILE\n\n-----\nNurse\n★"

    assert what_is_new(raw, structured) == (raw, ())


def test_search_is_bounded() -> None:
    """In order, repeated lines by the thousand go; in an order that is slow to search, most of them stay."""
    lines = [f"word{number} alpha beta" for number in range(20_000)]
    structured = ["\n".join(lines)]

    assert what_is_new("\n".join(lines), structured).text == ""
    assert 0 < len(what_is_new("\n".join(reversed(lines)), structured).repeated) < 1_000
