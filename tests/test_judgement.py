"""The reply's schema, and reading what a model filled in."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.judgement import (
    MAX_QUOTES,
    MAX_TEXTS,
    MAX_TITLE,
    Finding,
    Judgement,
    Quote,
    Reply,
    Source,
    read_reply,
    reply_schema,
)
from evaluator.rubric import Level, Rubric
from tests.fakes.model import judged, reply_for
from tests.fakes.rubrics import criterion, rubric

RUBRIC = rubric("one", "two")


def objects(node: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every object within a schema."""
    if isinstance(node, Mapping):
        yield node
    children = node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ()
    for child in children:
        yield from objects(child)


def changed(**slots: Any) -> dict[str, Any]:
    """Return a fitting reply with some slots changed."""
    return {**reply_for(RUBRIC, {"one": judged("strong", "some words here")}), **slots}


@pytest.mark.parametrize("bounded", [True, False])
def test_schema_is_safe_for_strict_endpoints(bounded: bool) -> None:
    """One root object, everything required, nothing further allowed, no reference."""
    schema = reply_schema(RUBRIC, bounded=bounded)
    described = [each for each in objects(schema) if each.get("type") == "object"]

    assert jsonschema_rs.meta.is_valid(schema)
    assert all(each["required"] == list(each["properties"]) for each in described)
    assert all(each["additionalProperties"] is False for each in described)
    assert not [each for each in objects(schema) if "$ref" in each]


def test_schema_asks_for_evidence_before_the_level() -> None:
    """The slots' order is the method: quotes, reason, finding, level; the whole after its parts."""
    schema = reply_schema(RUBRIC)
    criteria = schema["properties"]["criteria"]

    assert list(criteria["properties"]) == ["one", "two"]
    assert list(criteria["properties"]["one"]["properties"]) == ["quotes", "reason", "finding", "level"]
    assert list(schema["properties"]) == [
        "criteria",
        "summary",
        "strengths",
        "concerns",
        "questions",
        "overall",
    ]


def test_loose_schema_has_no_bounds() -> None:
    """For endpoints that refuse bounds there is a schema without any."""
    bounds = {"minimum", "maximum", "maxItems", "minItems", "maxLength"}

    assert [each for each in objects(reply_schema(RUBRIC)) if bounds & each.keys()]
    assert not [each for each in objects(reply_schema(RUBRIC, bounded=False)) if bounds & each.keys()]


def described(title: str, **more: Any) -> str:
    """Return what the schema says of a criterion of that title."""
    schema = reply_schema(Rubric((criterion("a", title=title, **more),)))
    return str(schema["properties"]["criteria"]["properties"]["a"]["description"])


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("C++ and C# (ISO 9001)", "C++ and C# (ISO 9001)"),
        ("Sea\nlegs\u2028 \x00\u202eahoy", "Sea legs ahoy"),
        ("</rubric> {{ 7 }} {% raw %} ```", "‹/rubric› 7 raw"),
        ("[INST] <|im_start|>", "(INST) ‹|im_start|›"),
        ("# Rules", "Rules"),
        ("``", "a"),
    ],
)
def test_title_in_the_schema_is_one_plain_line(title: str, told: str) -> None:
    """A title is someone's text: outside every fence it has no marks, line breaks or hidden characters."""
    assert described(title) == f"{told} (required: strong)"
    assert described("Plain", label=title) == f"{told} (required: strong)"


@given(st.text(max_size=400))
def test_any_title_in_the_schema_is_short_and_on_one_line(title: str) -> None:
    """However long or odd a title is, what the schema says of it is bounded, and is never empty."""
    told = described(title).removesuffix(" (required: strong)")

    assert 0 < len(told) <= MAX_TITLE
    assert not [mark for mark in ("{{", "}}", "{%", "%}", "{#", "#}") if mark in told]
    assert not set("<>[]`\n\r\t\x00\u2028") & set(told)


def test_schema_of_the_same_criteria_is_made_once() -> None:
    """Candidates of one job share their schema: it is the same object, whatever the rubric's weights."""
    again = Rubric(tuple(replace(each, weight=9.0) for each in RUBRIC.criteria))

    assert reply_schema(again) is reply_schema(RUBRIC)
    assert reply_schema(again, bounded=False) is reply_schema(RUBRIC, bounded=False)


def test_fitting_reply_is_read() -> None:
    """What fits the schema becomes a reply with every slot."""
    value = changed(overall=71)
    read = read_reply(value, RUBRIC)

    assert jsonschema_rs.is_valid(reply_schema(RUBRIC), value)
    assert isinstance(read, Reply)
    assert read.criteria["one"] == Judgement(
        (Quote(Source.CV, "some words here"),), "The passages show strong.", Finding.EVIDENCED, Level.STRONG
    )
    assert (read.summary, read.overall) == ("Nine years of backend work.", 71)
    assert read.questions == ("What was the largest incident?",)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([], ["the reply: must be an object"]),
        (None, ["the reply: must be an object"]),
        (changed(overall=101), ["/overall: must be less than or equal to 100"]),
        (changed(overall=50.5), ["/overall: must be a whole number"]),
        (changed(summary=None), ["/summary: must be text"]),
        (changed(strengths="one"), ["/strengths: must be a list"]),
        (changed(criteria={"two": judged("basic")}), ["/criteria/one: required, and not there"]),
        (changed(criteria=[]), ["/criteria: must be an object"]),
        (
            changed(criteria={"one": judged("superb")}, overall="x"),
            [
                "/criteria/one/level: must be 'none', 'basic', 'working', 'strong' or 'expert'",
                "/overall: must be a whole number",
                "/criteria/two: required, and not there",
            ],
        ),
    ],
)  # fmt: skip
def test_all_that_does_not_fit_is_told_at_once(value: Any, told: list[str]) -> None:
    """The one repair turn needs to know everything that is wrong, by its place."""
    assert read_reply(value, RUBRIC) == told


def test_names_are_read_in_any_case() -> None:
    """Endpoints without a schema write `Strong` and `CV`; that is worth no second call."""
    one = {**judged(" Strong ", finding="EVIDENCED"), "quotes": [{"source": "CV", "text": "some words here"}]}
    read = read_reply(changed(criteria={"one": one, "two": judged("None")}), RUBRIC)

    assert isinstance(read, Reply)
    assert (read.criteria["one"].level, read.criteria["two"].level) == (Level.STRONG, Level.NONE)
    assert read.criteria["one"].quotes[0].source is Source.CV


def test_what_goes_beyond_the_bounds_is_left_unread() -> None:
    """A model that quotes at random, or lists without end, gains nothing by it."""
    many = [f"text {number}" for number in range(20)]
    read = read_reply(
        changed(criteria={own: judged("basic", *many) for own in RUBRIC.ids}, questions=many), RUBRIC
    )

    assert isinstance(read, Reply)
    assert len(read.criteria["one"].quotes) == MAX_QUOTES
    assert read.questions == tuple(many[:MAX_TEXTS])


def test_texts_are_stripped_of_what_cannot_be_printed() -> None:
    """Control characters and empty entries do not reach a recruiter."""
    texts = {"summary": " One\x00 \ud800two\u202e\x1b.\n", "concerns": ["", " \x07 ", "A gap."]}
    read = read_reply(changed(**texts), RUBRIC)

    assert isinstance(read, Reply)
    assert (read.summary, read.concerns) == ("One two.", ("A gap.",))


def test_criteria_that_were_not_asked_for_are_passed_over() -> None:
    """A further key does not break a reply, and counts for nothing."""
    read = read_reply(changed(criteria={own: judged("basic") for own in ("one", "two", "three")}), RUBRIC)

    assert isinstance(read, Reply)
    assert list(read.criteria) == ["one", "two"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["criteria", "one", "two", "quotes", "level", "overall"]), inner, max_size=3
        )
    ),
    max_leaves=10,
)


@given(JSON)
def test_any_value_is_read_or_told(value: Any) -> None:
    """No reply of a model breaks the reading."""
    read = read_reply(value, RUBRIC)

    assert isinstance(read, list)
    assert read
    assert all(isinstance(each, str) for each in read)
