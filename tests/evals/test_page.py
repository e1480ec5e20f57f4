"""The page as a text: what it holds, and that nothing in it can act."""

import base64
import hashlib
import json
import re
import zlib
from itertools import pairwise
from typing import Any

import pytest

from evaluator.evals.reports.material import Report
from evaluator.evals.reports.page import page
from tests.fakes.reporting import (
    HOSTILE,
    QUOTE,
    SECRET,
    case,
    hostile,
    rated,
    report,
    row,
    run,
    two_contestants,
)


def details(text: str) -> Any:
    """Return what a page has packed."""
    packed = re.search(r'id="packed">([^<]*)<', text)
    assert packed is not None
    return json.loads(zlib.decompress(base64.b64decode(packed[1])))


def test_policy_allows_the_page_s_own_style_and_script_alone() -> None:
    """Nothing is loaded; style and script are those whose hashes the policy names."""
    text = page(two_contestants())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    hashes = [
        base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        for part in re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", text, re.DOTALL)
    ]

    assert policy is not None
    assert policy[1].replace("&#39;", "'") == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_page_names_no_other_place() -> None:
    """No address stands in the page that a browser could load, and no handler or style in an element."""
    markup = re.sub(r"<(style|script)[^>]*>.*?</\1>", "", page(two_contestants()), flags=re.DOTALL)

    assert re.findall(r"https?:|url\(|\ssrc=|\son\w+=|\sstyle=|<link|<img", markup) == []


def test_hostile_texts_stay_texts() -> None:
    """No tag that a candidate, a model or a name wrote is in the page as a tag."""
    text = page(hostile())

    assert HOSTILE not in text
    assert text.count("<script") == 3
    assert "<img" not in text


def test_verdict_stands_before_the_figures() -> None:
    """The verdict is the first that is told below the title."""
    shown = two_contestants()
    text = page(shown)

    assert text.index(f'<p class="verdict">{shown.comparisons[0].verdict[:20]}') < text.index("<table")


def test_scatter_has_a_point_for_each_labelled_case() -> None:
    """A scatter has a point for each case with a label and a rating, and tells which are left out."""
    text = page(two_contestants())

    assert [part.count("<circle") for part in text.split("<figcaption>")[:2]] == [4, 3]
    assert "1 case without rating not drawn" in text
    assert "ben: rating 52, reference rating 60" in text


def test_no_scatter_without_labels() -> None:
    """Where no case has a label there is nothing to draw, and no order by disagreement."""
    cases = [case("anna", None)]
    text = page(report([rated("d", {"anna": 1}, cases)], cases))

    assert '<h2 id="scatter-title">' not in text
    assert 'value="disagreement"' not in text


def test_case_has_bars_and_a_difference() -> None:
    """A case shows a bar for each contestant, the difference, and whether it is closer to the label."""
    text = page(two_contestants())
    anna = text[text.index('id="case-0"') : text.index('id="case-1"')]

    assert re.findall(r'class="bar side-\d" x="0" y="\d+" width="([\d.]+)%"', anna) == ["70.0", "78.0"]
    assert '<span class="difference closer"><span class="hidden">difference </span>+8</span>' in anna


def test_flips_and_misses_are_marked() -> None:
    """A case that crosses the cut, has another status or falls short says so."""
    text = page(two_contestants())

    assert re.findall(r'class="chip \w+">([^<]*)<', text) == [
        "crosses the cut",
        "falls short under A",
        "status flips",
        "falls short under B",
    ]


def test_details_hold_prompt_reply_and_marked_material() -> None:
    """Behind a case stand the messages line by line, the reply as written, and the CV in stretches."""
    kept = details(page(two_contestants()))
    anna = kept[0]
    exchange = anna["sides"][1]["rows"][0]["exchanges"][0]

    lines = [line for each in kept for line in each["lines"]]
    texts = ["\n".join(lines[at] for at in numbers) for _, numbers in exchange["messages"]]
    assert texts == ["Judge.", f"The CV:\nI {QUOTE}."]
    assert exchange["reply"] == '{"overall": 50}'
    assert anna["parts"][1]["text"] == [["Brook, 2018. I "], [QUOTE, 0], ["."]]
    assert anna["quotes"] == [{"for": ["Kafka (A)", "Kafka (B)"], "by": [0, 1]}]


def test_details_tell_what_a_criterion_gives() -> None:
    """A criterion has its points, of how many, and how far its bar goes."""
    (judged,) = details(page(two_contestants()))[0]["sides"][0]["rows"][0]["criteria"]

    assert (judged["points"], judged["most"], judged["width"]) == ("70", "100", 0.7)


def test_page_keeps_no_secret() -> None:
    """The secret of a call is nowhere in the page."""
    text = page(two_contestants())

    assert SECRET not in text
    assert SECRET not in json.dumps(details(text))


def test_page_has_landmarks_and_headings_in_order() -> None:
    """A screen reader finds header, main part and footer, one first heading, and none that skips a level."""
    text = page(two_contestants())
    levels = [int(level) for level in re.findall(r"<h(\d)", text)]

    assert [text.count(f"</{tag}>") for tag in ("header", "main", "footer", "h1")] == [1, 1, 1, 1]
    assert [b for a, b in pairwise(levels) if b > a + 1] == []


def test_page_is_shown_without_requests() -> None:
    """A run whose cases are not at hand has a page without the candidates' material."""
    cases = [case("anna")]
    text = page(Report([rated("d", {"anna": 50}, cases)]))

    assert details(text)[0]["parts"] == []


@pytest.mark.parametrize(
    ("contestants", "told"), [(1, []), (2, ["+1", "±0"]), (3, ["B +1, C +2", "B ±0, C ±0"])]
)
def test_page_takes_any_number_of_contestants(contestants: int, told: list[str]) -> None:
    """One contestant has no difference, two have one, and of more each is told by its letter."""
    cases = [case("anna"), case("ben", 20)]
    runs = [rated(f"c{at}", {"anna": 50 + at, "ben": 20}, cases) for at in range(contestants)]

    assert re.findall(r"difference </span>([^<]*)<", page(report(runs, cases))) == told


def test_large_run_stays_small() -> None:
    """Two hundred cases under two contestants, each with prompt, CV and reply, stay under three megabytes."""
    names = [f"case{number:03}" for number in range(200)]
    cases = [case(name, 50, candidate_parsed_cv={"raw": _words(name, 1_200)}) for name in names]
    runs = [
        run(label, [_long(row(name, 40 + at), name) for name in names], cases)
        for at, label in enumerate(("one", "other"))
    ]

    assert len(page(report(runs, cases)).encode()) < 3_000_000


def _long(made: Any, name: str) -> Any:
    """Return a row with a prompt of a usual length, of which a half is the same for all."""
    user = (
        made.exchanges[0]
        .messages[1]
        .model_copy(update={"content": f"{_words('rules', 1_200)}\n{_words(name, 1_200)}"})
    )
    exchange = made.exchanges[0].model_copy(update={"messages": (user,), "reply": _words(name + "r", 500)})
    return made.model_copy(update={"exchanges": (exchange,)})


def _words(seed: str, number: int) -> str:
    """Return words out of four thousand, ten a line."""
    words = [f"word{hashlib.sha256(f'{seed}{at}'.encode()).hexdigest()[:3]}" for at in range(number)]
    return "\n".join(" ".join(words[at : at + 10]) for at in range(0, number, 10))
