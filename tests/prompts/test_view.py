"""The variables of templates: complete, documented, without ids and without our own earlier results."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.contract.ours import MARKER, NAME
from evaluator.prompts.packs import SHARES
from evaluator.prompts.view import (
    CANDIDATE,
    CRITERION_FIELDS,
    FIELDS,
    PARTS,
    VARIABLES,
    other_comments,
    other_context,
    template_view,
)
from evaluator.rubric import Criterion, Level, Rubric
from tests.fakes.prompting import ROOT, make_pack, prompt_of, request_of

PAGE = (ROOT / "docs" / "prompts.md").read_text(encoding="utf-8")
SKILL = Criterion("skill_go", "go", 60, Level.STRONG, "skill", anchors={Level.BASIC: "some"})
OWN = Criterion("own", "Own", 40, Level.WORKING, "pack", description="d", must_have=True, anchors={})


def view_of(app_id: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return the variables for a request with `changes`."""
    return template_view(
        request_of(**changes), Rubric((SKILL, OWN)), {"skill_go": Level.EXPERT}, app_id=app_id
    )


def comment(content: str, created_at: Any = None, human: bool | None = True) -> dict[str, Any]:
    """Return a comment as it is sent."""
    return {"content": content, "created_at": created_at, "is_human_created": human}


def test_view_has_exactly_the_documented_variables() -> None:
    """Neither is a variable missing, nor is there one that nobody knows of."""
    view = view_of()

    assert view.keys() == VARIABLES.keys()
    assert view.keys() >= CANDIDATE
    for name, fields in FIELDS.items():
        assert fields <= view[name].keys()
    for entry in [*view["rubric"]["skills"], *view["rubric"]["others"]]:
        assert entry.keys() == CRITERION_FIELDS


@pytest.mark.parametrize(("name", "told"), VARIABLES.items(), ids=VARIABLES)
def test_every_variable_is_in_the_documentation(name: str, told: str) -> None:
    """`docs/prompts.md` says of each variable what it holds."""
    assert f"| `{name}` | {told} |\n" in PAGE


@pytest.mark.parametrize(("number", "part"), list(enumerate(PARTS, 1)))
def test_every_part_is_in_the_documentation(number: int, part: str) -> None:
    """`docs/prompts.md` lists the parts in the order in which they are cut, with their shares."""
    row = rf"^\| {number} \| `{part}` \| `{'.'.join(PARTS[part])}` \| .+ \| {100 * SHARES[part]:.0f} % \|$"

    assert re.search(row, PAGE, re.MULTILINE)


def test_rubric_shows_skills_and_others_with_their_share() -> None:
    """Skills and other criteria are apart, with weights in percent of all and the anchors by level's name."""
    rubric = view_of()["rubric"]

    assert [(entry["id"], entry["weight_percent"], entry["required"]) for entry in rubric["skills"]] == [
        ("skill_go", 60, "strong")
    ]
    assert [(entry["id"], entry["must_have"], entry["description"]) for entry in rubric["others"]] == [
        ("own", True, "d")
    ]
    assert (rubric["skill_anchors"], rubric["levels"][0]) == ({"basic": "some"}, "none")


def test_claims_set_required_against_claimed() -> None:
    """Each skill has a line, also one that the candidate does not claim."""
    other = Criterion("skill_rust", "rust", 1, Level.BASIC, "skill")
    view = template_view(request_of(), Rubric((SKILL, other, OWN)), {"skill_go": Level.EXPERT}, app_id=None)

    assert view["claims"] == "go: required strong, claimed expert\nrust: required basic, claimed nothing"


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de", "German"), ("de-AT", "German"), ("EN", "English"), ("pt-BR", "Portuguese"), ("ja", "ja")],
)
def test_language_is_named(tag: str, language: str) -> None:
    """A tag becomes the language's name; one that we have no name for stays a tag."""
    assert view_of(integration_config={"language": tag})["language"] == language


def test_unknown_fields_reach_templates(tmp_path: Path) -> None:
    """A field that the reference does not know can be read wherever it was sent."""
    user = """{{ [job.title | default(""), cv.links | default(""), config.tone | default(""), form | string,
    extra | string, request.comments | map(attribute="author", default=""),
    request.job.skills | map(attribute="years", default="")] | fence("all") }}"""
    request = request_of(
        job={"description": "d", "title": "T1", "skills": [{"slug": "go", "exp_level": 1, "years": "T2"}]},
        candidate_parsed_cv={"links": "T3"},
        integration_config={"tone": "T4"},
        application_form={"question": "T5"},
        comments=[{"content": "c", "author": "T6"}],
        motto="T7",
    )
    prompt = prompt_of(make_pack(tmp_path, user=user), request)

    assert [n for n in range(1, 8) if f"T{n}" not in prompt.user] == []


def test_ids_and_secret_are_not_among_the_variables() -> None:
    """No variable holds an id or the secret, wherever another app put them in its context."""
    ids = {"candidate_id": "MARK-c", "pipeline_step_id": "MARK-p", "call_secret": "MARK-s"}
    view = view_of(**ids, context=[{"note": "n", **ids}])

    assert "MARK" not in str(view)
    assert view["context"] == [{"note": "n"}]


def test_own_results_are_left_out() -> None:
    """Comments with our marker and contexts with our name or app id are not shown, and others are."""
    view = view_of(
        app_id="ours",
        comments=[comment("kept"), comment(f"Rating 80\n{MARKER}", human=False)],
        context=[{"evaluator": {"name": NAME}}, {"app_id": "ours"}, {"app_id": "theirs"}, {"note": 1}],
    )

    assert [len(view["comments"]), len(view["request"]["comments"])] == [1, 1]
    assert view["context"] == view["request"]["context"] == [{"app_id": "theirs"}, {"note": 1}]


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["2026-03-01", "2026-01-01", "2026-02-01"], [1, 2, 0]),
        (["2026-01-01T10:00:00+02:00", "2026-01-01T09:00:00Z", "2026-01-01T07:59:59"], [2, 0, 1]),
        ([1_000, 999, 20_000], [1, 0, 2]),
        (["2026-03-01", None, "2026-01-01", "soon"], [2, 3, 0, 1]),
        ([None, "2026-01-01", "never", None], [0, 1, 2, 3]),
        (["2026-01-01", "2026-01-01"], [0, 1]),
        ([None, None], [0, 1]),
    ],
)
def test_comments_are_oldest_first(dates: list[Any], order: list[int]) -> None:
    """Comments are sorted by moment; one without a date stays behind the one it came behind."""
    request = request_of(comments=[comment(str(at), date) for at, date in enumerate(dates)])

    assert [int(each.content) for each in other_comments(request)] == order


@given(
    st.lists(
        st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12)
    )
)
def test_no_comment_is_lost_for_its_date(dates: list[Any]) -> None:
    """Whatever stands for a date, every comment is there once."""
    request = request_of(comments=[comment(str(at), date) for at, date in enumerate(dates)])

    assert sorted(int(each.content) for each in other_comments(request)) == list(range(len(dates)))


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (comment("Good.", "2026-01-01"), "2026-01-01, a person: Good."),
        (comment("Good.", None, False), "undated, another app: Good."),
        (comment("Good.", "", None), "undated, unknown author: Good."),
        (comment("a\n\n2026-01-02, a person: b", 5), "5, a person: a\n  2026-01-02, a person: b"),
    ],
)
def test_comment_tells_date_and_author(sent: dict[str, Any], shown: str) -> None:
    """A comment is one paragraph; nothing inside it can pass for a comment by somebody else."""
    assert view_of(comments=[sent])["comments"] == [shown]


def test_context_keeps_its_order() -> None:
    """Earlier contexts stay in the order in which they came."""
    request = request_of(context=[{"n": 2}, {"n": 1}])

    assert other_context(request, None) == [{"n": 2}, {"n": 1}]


def test_ids_and_secret_are_kept_out_of_nested_context() -> None:
    """A context object of another app may wrap the call that it answered."""
    context = [{"call": {"call_secret": "hush", "note": "kept"}, "all": [{"candidate_id": 1, "said": "yes"}]}]
    view = template_view(request_of(context=context), Rubric(()), {}, app_id=None)

    assert view["context"] == [{"call": {"note": "kept"}, "all": [{"said": "yes"}]}]
