"""What differs between two states of a pack, in words and line by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.prompts.packs import PackFiles
from evaluator.studio.changes import Line, changes, title_of
from tests.fakes.prompting import SYSTEM, TOML, USER

FILES = {"pack.toml": TOML, "system.jinja": SYSTEM, "user.jinja": USER}

RULES = 'title = "Sample"\n'
CRITERION = """
[[criteria]]
id = "calm"
title = "Calm"
weight = 25

[criteria.anchors]
basic = "once"
strong = "always"

[budget]
"""


def edited(old: str, new: str, *, file: str = "pack.toml") -> PackFiles:
    """Return the files with a text replaced, which is there."""
    assert old in FILES[file]
    return {**FILES, file: FILES[file].replace(old, new)}


WORDS = {
    "weight": ("weight = 40", "weight = 80", "Weight of “Care with detail”: 40 → 80 (share 25 % → 40 %)."),
    "must-have": ("weight = 40", "weight = 40\nmust_have = true", "“Care with detail” is now a must-have."),
    "title": ('"Speed"', '"Pace"', "“Speed” is now called “Pace”."),
    "level": (
        'required_level = "working"',
        'required_level = "basic"',
        "Level that counts in full for “Speed”: working → basic.",
    ),
    "anchor": ('strong = "always"', 'strong = "often"', "for strong: “always” → “often”."),
    "description": ("weight = 40", 'weight = 40\ndescription = "Tidy."', "with detail”: nothing → “Tidy.”."),
    "pack's title": ('"Sample"', '"Other"', "Title of the pack: “Sample” → “Other”."),
    "claims": (RULES, f"{RULES}claim_weight = 0.2\n", "claim without evidence counts: 0 % → 20 %."),
    "floor": (RULES, f"{RULES}coverage_floor = 0.3\n", "weight that has to be shown: 0 % → 30 %."),
    "cross-check": (RULES, f"{RULES}cross_check_points = 9\n", "from which on a person looks: 30 → 9."),
    "scoring": (RULES, f'{RULES}scoring = "holistic"\n', "The rating is now the model's own overall figure;"),
    "second reading": (RULES, f"{RULES}verify = true\n", "flagged passages are read twice: no → yes."),
    "skills": (RULES, f"{RULES}skills.share = 45\n", "required skills together: 60 → 45."),
    "model": (RULES, f"{RULES}model.temperature = 0.5\n", "Temperature of the model: 0.0 → 0.5."),
    "prompt": ("prompt_tokens = 1000", "prompt_tokens = 2000", "Most tokens of a prompt: 1,000 → 2,000."),
    "cut": ("prompt_tokens", 'cut = ["extra"]\nprompt_tokens', "shortened first: the usual order → extra."),
    "share": ("prompt_tokens", "shares.cv_raw = 0.5\nprompt_tokens", "cv_raw keeps: the usual one → 50 %."),
    "new criterion": ("\n[budget]\n", CRITERION, "“Calm” is new, with weight 25 (13.5 %)."),
    "layout": ("weight = 40", "weight = 40  # points", "Only comments or the layout of pack.toml changed."),
}


@pytest.mark.parametrize(("old", "new", "words"), WORDS.values(), ids=WORDS)
def test_change_of_the_rubric_is_told_in_words(old: str, new: str, words: str) -> None:
    """Each thing that differs is a sentence of its own, and nothing else is told."""
    (told,) = changes(FILES, edited(old, new)).rubric

    assert told.endswith(words) or told.startswith(words)


def test_criterion_that_is_gone_and_another_order_are_told() -> None:
    """A criterion is known by its id."""
    without, first, second = TOML[: TOML.index("[[c")], *[f"[[c{part}" for part in TOML.split("[[c")[1:]]
    second, budget = second.split("[budget]")
    turned = {**FILES, "pack.toml": f"{without}{second}{first}[budget]{budget}"}
    gone = {**FILES, "pack.toml": f"{without}{first}[budget]{budget}"}

    assert changes(FILES, turned).rubric == ("The order of the criteria is now: Speed, Care with detail.",)
    assert "“Speed” is gone; it had weight 60." in changes(FILES, gone).rubric


def test_changed_lines_are_shown_with_those_around_them() -> None:
    """Lines that are the same are counted where there are many."""
    old = {**FILES, "user.jinja": "".join(f"line {number}\n" for number in range(1, 21))}
    new = {**old, "user.jinja": old["user.jinja"].replace("line 10\n", "line ten\n")}
    found = changes(old, new)

    assert (found.rubric, list(found.texts)) == ((), ["user.jinja"])
    assert found.texts["user.jinja"][0] == Line("gap", None, None, "6 lines are the same")
    assert found.texts["user.jinja"][4:6] == (
        Line("removed", 10, None, "line 10"),
        Line("added", None, 10, "line ten"),
    )
    assert found.texts["user.jinja"][-1] == Line("gap", None, None, "7 lines are the same")


def test_change_of_a_long_text_is_shown_from_its_first_line_to_its_last() -> None:
    """Texts whose lines are all alike would be compared for minutes, and nobody else be served meanwhile."""
    old, new = "a\n" * 4_000, "a\n" * 1_000 + "b\n" + "a\n" * 2_500 + "c\n" + "a\n" * 500
    found = changes({**FILES, "user.jinja": old}, {**FILES, "user.jinja": new}).texts["user.jinja"]

    assert (found[0].text, found[-1].text) == ("997 lines are the same", "497 lines are the same")
    assert [each.new for each in found if each.kind == "added"] == list(range(1_001, 3_503))
    assert [each.old for each in found if each.kind == "removed"] == list(range(1_001, 3_501))
    assert [each.kind for each in found[1:5]] == ["same", "same", "same", "removed"]


@given(st.lists(st.sampled_from("abc"), max_size=9), st.lists(st.sampled_from("abc"), max_size=9))
def test_long_texts_are_told_in_order(before: list[str], after: list[str]) -> None:
    """Whatever they are made of: what is shown of each text are its lines, with the gaps left out."""
    repeated = [before * 70, after * 70]
    old, new = ("".join(f"{line}\n" for line in each) for each in repeated)
    texts = changes({**FILES, "user.jinja": old}, {**FILES, "user.jinja": new}).texts
    shown = [line for line in texts.get("user.jinja", ()) if line.kind != "gap"]

    assert all(repeated[0][line.old - 1] == line.text for line in shown if line.old is not None)
    assert all(repeated[1][line.new - 1] == line.text for line in shown if line.new is not None)
    assert len(repeated[1]) - len(repeated[0]) == sum(
        (line.old is None) - (line.new is None) for line in shown
    )


def test_missing_end_of_the_last_line_is_told() -> None:
    """Files that differ in nothing else are not shown as the same."""
    found = changes(FILES, {**FILES, "user.jinja": USER.rstrip("\n")})

    assert found.texts["user.jinja"][-1].text == "only the end of the last line differs"


def test_rubric_that_does_not_load_is_shown_line_by_line() -> None:
    """What is wrong is told with its line."""
    found = changes(FILES, edited("weight = 40", "weight = = 40"))

    assert (found.rubric, list(found.texts)) == ((), ["pack.toml"])
    assert str(found.unread).startswith("pack.toml, line 6: not valid TOML")
    assert title_of(edited("weight = 40", "weight = = 40")) is None


def test_same_texts_differ_in_nothing() -> None:
    """There is nothing to publish."""
    assert changes(FILES, dict(FILES)).nothing
    assert title_of(FILES) == "Sample"
