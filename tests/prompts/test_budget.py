"""Shortening: in the pack's order, no further than needed, keeping types, and saying what went."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.prompts.budget import PromptCut, Shortener
from evaluator.prompts.fence import as_text
from evaluator.prompts.packs import Budget
from evaluator.prompts.view import PARTS, template_view
from evaluator.rubric import Criterion, Level, Rubric
from tests.fakes.prompting import TOKENIZER, request_of

RUBRIC = Rubric((Criterion("own", "Own", 1, Level.BASIC, "pack"),))
SENTENCE = "Designed the ledger service and led its migration to new partitions. "
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


def view_of(**changes: Any) -> dict[str, Any]:
    """Return the variables for a request with `changes`."""
    return template_view(request_of(**changes), RUBRIC, {}, app_id=None)


def tokens_of(view: dict[str, Any], part: str) -> int:
    """Return the tokens of a part of the view as a fence shows it."""
    value: Any = view
    for name in PARTS[part]:
        value = value[name]
    return TOKENIZER.count(as_text(value))


def shortened(
    view: dict[str, Any], excess: int, budget: Budget | None = None
) -> tuple[dict[str, Any], dict[str, PromptCut]]:
    """Shorten with every part in use."""
    return Shortener(view, frozenset(PARTS), budget or Budget(prompt_tokens=1_000), TOKENIZER).shorten(excess)


LONG = view_of(
    context=[{"note": SENTENCE * 20} for _ in range(3)],
    comments=[{"content": SENTENCE * 5, "created_at": f"2026-01-0{day}"} for day in range(1, 8)],
    candidate_parsed_cv={"raw": SENTENCE * 100, "experience": [SENTENCE * 10] * 8, "summary": SENTENCE * 9},
    application_form={"why": SENTENCE * 30},
    job={"description": SENTENCE * 40, "prompt": SENTENCE * 10},
)
TOTAL = sum(tokens_of(LONG, part) for part in PARTS)


@pytest.mark.parametrize("excess", [1, 100, 500, 1_000, 2_000, 3_000, 4_000])
def test_at_least_the_excess_is_cut_and_little_more(excess: int) -> None:
    """What the cuts report is what is gone, and no more than an entry beyond what had to go."""
    view, cuts = shortened(LONG, excess)
    gone = {part: tokens_of(LONG, part) - tokens_of(view, part) for part in PARTS}

    assert {part: tokens for part, tokens in gone.items() if tokens} == {
        part: cut.tokens for part, cut in cuts.items()
    }
    assert excess <= sum(gone.values()) <= excess + 90


@pytest.mark.parametrize("excess", range(100, TOTAL, 400))
def test_parts_go_in_order_first_to_their_share_and_then_whole(excess: int) -> None:
    """A part is cut only when those before it are at their share, and below its share only after all are."""
    budget = Budget(prompt_tokens=1_000)
    view, cuts = shortened(LONG, excess, budget)
    left = {part: tokens_of(view, part) for part in budget.order}
    spare = {part: left[part] - min(budget.floor(part), tokens_of(LONG, part)) for part in budget.order}
    below = [part for part, tokens in spare.items() if tokens < -20]
    last_cut = [part for part in budget.order if part in cuts][-1]
    reached = budget.order if below else budget.order[: budget.order.index(last_cut)]
    emptied = budget.order[: budget.order.index(below[-1])] if below else ()

    assert [part for part in reached if spare[part] > 0] == []
    assert [part for part in emptied if left[part]] == []


def test_context_then_comments_then_raw_cv() -> None:
    """With more and more to cut, the earliest context goes first, then old comments, then the raw CV."""
    first_cut: dict[str, int] = {}
    for excess in range(50, 2_000, 50):
        for part in shortened(LONG, excess)[1]:
            first_cut.setdefault(part, excess)

    assert list(first_cut)[:3] == ["context", "comments", "cv_raw"]
    assert sorted(first_cut.values()) == list(first_cut.values())


def test_newest_entries_stay_longest() -> None:
    """Of comments and contexts the oldest go; the newest goes last, and its beginning after its end."""
    contents = [f"{day}: {SENTENCE * 5}" for day in range(1, 8)]
    view = view_of(comments=[{"content": text, "created_at": f"2026-01-0{text[0]}"} for text in contents])
    comments = view["comments"]
    size = tokens_of(view, "comments")

    for excess in range(20, size - 100, 20):
        kept = shortened(view, excess, Budget(prompt_tokens=1_000, shares={"comments": 0}))[0]["comments"]
        whole = [each for each in kept if each in comments]
        assert whole == comments[len(comments) - len(whole) :]
        assert kept[-1][:30] == comments[-1][:30]


def test_end_of_lists_in_the_cv_goes_first() -> None:
    """Of positions the last ones go, as a CV has the newest first."""
    view = view_of(candidate_parsed_cv={"experience": [f"{at} {SENTENCE * 5}" for at in range(9)]})
    kept, cuts = shortened(view, 220, Budget(prompt_tokens=1_000, shares={"cv_experience": 0}))

    assert [text[0] for text in kept["cv"]["experience"]] == ["0", "1", "2", "3", "4", "5"]
    assert cuts["cv_experience"].what == "the last 4 of 9 entries, one of them in part"


def test_long_answer_does_not_push_out_the_short_ones() -> None:
    """Of a form the longest answers are shortened, to about one length, and the others stay whole."""
    form = {
        "long": SENTENCE * 400,
        "short": "yes",
        "number": 3,
        "list": ["a", "b"],
        "middling": SENTENCE * 60,
    }
    view, cuts = shortened(view_of(application_form=form), 4_500)
    kept = view["form"]

    assert (kept["short"], kept["number"], kept["list"]) == ("yes", 3, ["a", "b"])
    assert kept["long"].endswith("[The rest of this part is left out here.]")
    assert 0.8 < TOKENIZER.count(kept["long"]) / TOKENIZER.count(kept["middling"]) < 1.3
    assert cuts["form"].what == "parts or all of 2 of 5 fields"


@given(
    form=st.dictionaries(st.text(min_size=1, max_size=9), JSON, max_size=5),
    context=st.lists(st.dictionaries(st.text(max_size=9), JSON, max_size=3), max_size=4),
    extra=st.dictionaries(st.text(min_size=1, max_size=9).map("x-{}".format), JSON, max_size=3),
    excess=st.integers(1, 2_000),
)
def test_values_of_any_kind_keep_their_type(
    form: dict[str, Any], context: list[Any], extra: dict[str, Any], excess: int
) -> None:
    """Whatever is nested in answers, contexts and unknown fields, enough goes, or all that there is."""
    form.pop("skills", None)
    whole = view_of(application_form=form, context=context, **extra)
    view, cuts = shortened(whole, excess, Budget(prompt_tokens=1_000, shares=dict.fromkeys(PARTS, 0.0)))
    left = sum(tokens_of(view, part) for part in PARTS)

    assert all(type(view[name]) is type(whole[name]) for name in ("form", "context", "extra"))
    assert all(type(value) is type(whole["form"][key]) for key, value in view["form"].items())
    assert sum(cut.tokens for cut in cuts.values()) >= excess or left == 0
    assert view.keys() == whole.keys()


def test_view_itself_is_not_changed() -> None:
    """The variables that were handed in are as before."""
    before = repr(LONG)
    shortened(LONG, 100_000)

    assert repr(LONG) == before


def test_unused_parts_are_not_cut() -> None:
    """What the templates do not show is neither cut nor reported as cut."""
    view, cuts = Shortener(LONG, frozenset({"form"}), Budget(prompt_tokens=1_000), TOKENIZER).shorten(100_000)

    assert list(cuts) == ["form"]
    assert view | {"form": {}} == LONG | {"form": {}}


@pytest.mark.parametrize(
    ("changes", "part", "excess", "what"),
    [
        ({"candidate_parsed_cv": {"raw": SENTENCE * 50}}, "cv_raw", 100, "the end of the text"),
        ({"candidate_parsed_cv": {"raw": SENTENCE * 50}}, "cv_raw", 9_999, "all of it"),
        ({"context": [{"a": SENTENCE * 50}]}, "context", 9_999, "the oldest 1 of 1 entries"),
        (
            {"context": [{"n": n, "s": SENTENCE} for n in range(40)]},
            "context",
            9_999,
            "the oldest 40 of 40 entries",
        ),
        (
            {"context": [{"a": SENTENCE * 60}]},
            "context",
            500,
            "the oldest 1 of 1 entries, one of them in part",
        ),
        ({"unknown": SENTENCE * 50}, "extra", 9_999, "parts or all of 1 of 1 fields"),
    ],
)
def test_cut_says_what_went(changes: dict[str, Any], part: str, excess: int, what: str) -> None:
    """Each cut is told in words."""
    assert shortened(view_of(**changes), excess)[1][part].what == what
