"""A pack's rubric as a form, and back into the text."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.rubric import LEVEL_WORDS
from evaluator.studio.rubric_form import (
    CriterionFields,
    FormUnreadable,
    RubricFields,
    read,
    whole_percents,
)
from evaluator.studio.rubric_writing import id_of, write

PACKS = sorted(Path("prompts").glob("*/pack.toml"))

TEXT = '''# About the pack.
title = "A pack"
claim_weight = 0.15  # a claim counts this much

[skills]
share = 60  # points

# Kept for good reasons.
[[criteria]]
id = "care"
title = "Care"
titles = { de = "Sorgfalt" }
description = """
[[criteria]]
is no header here"""
weight = 30  # points

[criteria.anchors]
basic = "a little"  # hardly
strong = "a lot"

[model]
seed = 3  # not shown

# The second one.
[[criteria]]
id = "speed"
title = "Speed"
weight = 10
anchors = { basic = "slow", strong = "fast" }
'''


def _line_with(text: str, words: str) -> str:
    return next(line for line in text.splitlines() if words in line)


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.parent.name)
def test_form_of_a_shipped_pack_changes_nothing_by_itself(path: Path) -> None:
    """A form that was only looked at leaves the text as it is, byte for byte."""
    text = path.read_text(encoding="utf-8")
    assert write(text, read(text)) == text


def test_form_change_of_a_weight_changes_its_line_alone() -> None:
    """One weight is one changed line, and its comment stays."""
    form = read(TEXT)
    first = replace(form.criteria[0], weight=25)
    written = write(TEXT, replace(form, criteria=(first, form.criteria[1])))
    assert written == TEXT.replace("weight = 30  # points", "weight = 25  # points")


def test_form_change_keeps_what_it_does_not_show() -> None:
    """Titles in other languages, the model's settings and comments outlive every change of the form."""
    form = read(TEXT)
    changed = tuple(replace(each, title="New", description="New") for each in form.criteria)
    written = write(TEXT, replace(form, title="B", skills_share=12.5, verify=True, criteria=changed))
    kept = ["# About the pack.", 'titles = { de = "Sorgfalt" }', "seed = 3  # not shown", "# hardly"]
    assert [each for each in kept if each not in written] == []
    assert tomllib.loads(written)["skills"] == {"share": 12.5}


def test_form_move_takes_a_criterion_with_its_comment() -> None:
    """A criterion that moves up takes the comment above it and its inline tables along."""
    form = read(TEXT)
    written = write(TEXT, form.moved(1, -1))
    assert read(written) == form.moved(1, -1)
    assert written.index("# The second one.") < written.index('id = "speed"') < written.index("# Kept for")


def test_form_without_a_criterion_drops_its_text_alone() -> None:
    """A criterion that is taken out goes with its anchors, and its neighbours stay."""
    form = read(TEXT)
    written = write(TEXT, form.without(0))
    assert [each["id"] for each in tomllib.loads(written)["criteria"]] == ["speed"]
    assert tomllib.loads(written)["model"] == {"seed": 3}


def test_form_with_a_new_criterion_gives_it_an_id_of_its_title() -> None:
    """A new criterion is written behind the others, with an id that none has."""
    form = read(TEXT).with_new()
    new = replace(form.criteria[-1], title="Care!", anchors={"strong": 'with "quotes"'})
    written = write(TEXT, replace(form, criteria=(*form.criteria[:-1], new)))
    assert read(written).criteria[-1] == replace(new, id="care_2")


def test_form_reads_criteria_written_as_a_list_and_writes_tables() -> None:
    """Criteria in one line can be changed by the form too."""
    text = 'title = "A"\ncriteria = [{ id = "a", title = "One", weight = 3, anchors = { basic = "x" } }]\n'
    form = read(text)
    changed = replace(form, criteria=(replace(form.criteria[0], weight=4.0),))
    assert read(write(text, changed)) == changed


@pytest.mark.parametrize("text", ["title =", "criteria = 3", 'title = 3\n[[criteria]]\nid="a"\n', TEXT * 2])
def test_form_of_a_broken_text_is_told(text: str) -> None:
    """A text that is no rubric is said to be none, and is not half shown."""
    with pytest.raises(FormUnreadable):
        read(text)


def test_form_of_a_key_of_many_names_is_told() -> None:
    """Reading it would take minutes."""
    with pytest.raises(FormUnreadable):
        read("a." * 5_000 + f"a = 1\n{TEXT}")


def test_form_of_two_criteria_with_one_id_is_told() -> None:
    """The form could not tell them apart."""
    with pytest.raises(FormUnreadable, match="an id of its own"):
        read(TEXT.replace('"speed"', '"care"'))


@given(st.lists(st.floats(0, 100), max_size=12))
def test_shares_add_up_to_a_hundred(weights: list[float]) -> None:
    """Whole per cent add up to 100 wherever anything weighs, and none is off by one or more."""
    shares = whole_percents(weights)
    assert sum(shares) == (100 if sum(weights) > 0 else 0)
    assert all(
        abs(share - 100 * each / (sum(weights) or 1)) < 1 for share, each in zip(shares, weights, strict=True)
    )


@given(st.text(max_size=60), st.lists(st.text(alphabet="abc_12", max_size=4), max_size=5))
def test_id_of_any_title_is_one_that_a_pack_takes(title: str, taken: list[str]) -> None:
    """An id made of a title is new, and begins with a letter and with no word that is kept for skills."""
    found = id_of(title, taken)
    assert found not in taken
    assert found[0].isascii()
    assert found[0].islower()
    assert not found.startswith(("skill_", "team_"))


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_CRITERIA = st.builds(
    CriterionFields,
    id=st.sampled_from(["care", "speed", "", ""]),
    title=_TEXTS,
    description=_TEXTS,
    weight=st.integers(0, 200).map(lambda each: each / 2),
    must_have=st.booleans(),
    required_level=st.sampled_from(LEVEL_WORDS),
    anchors=st.dictionaries(st.sampled_from(LEVEL_WORDS), _TEXTS),
)
_FORMS = st.builds(
    RubricFields,
    title=_TEXTS,
    description=_TEXTS,
    claim_weight=st.integers(0, 100).map(lambda each: each / 100),
    coverage_floor=st.integers(0, 100).map(lambda each: each / 100),
    cross_check_points=st.integers(1, 100),
    verify=st.booleans(),
    skills_share=st.integers(0, 100).map(float),
    criteria=st.lists(_CRITERIA, max_size=4, unique_by=lambda each: each.id or object()).map(tuple),
)


@given(_FORMS)
def test_form_reads_back_what_was_written(form: RubricFields) -> None:
    """Whatever the form says is in the text afterwards, and the rest of the text is still there."""
    written = write(TEXT, form)
    again = read(written)
    named = tuple(replace(each, id=new.id) for each, new in zip(form.criteria, again.criteria, strict=True))
    assert again == replace(form, criteria=named)
    assert "# About the pack." in written
    assert _line_with(written, "seed") == "seed = 3  # not shown"
