"""The packs that are shipped: they load, show everything, keep secrets, and are really different."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from evaluator.assessment.criteria import rubric_for
from evaluator.commentary.phrases import languages
from evaluator.contract.ours import MARKER, NAME
from evaluator.evidence import MAX_CRITERIA, MIN_WORDS
from evaluator.judgement import MAX_QUOTES, Finding, Source, reply_schema
from evaluator.prompts.fence import blocks
from evaluator.prompts.packs import Pack, load_packs
from evaluator.prompts.view import CANDIDATE
from tests.fakes.prompting import FIXTURES, SHIPPED, TOKENIZER, prompt_of, read, request_of

SHIPPED_NAMES = ("default", "first-screen", "engineering")
PACKS = {name: pack for name, pack in load_packs(SHIPPED).items() if name in SHIPPED_NAMES}
each_pack = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
each_fixture = pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.parent.name)
NUMBERS = {1: "one", 2: "two", 3: "three"}
PARTS = {
    "job": {
        "description": "MARK-description", "prompt": "MARK-job-prompt",
        "skills": [{"slug": "go", "exp_level": 3}, {"slug": "sql", "exp_level": 4}],
    },
    "candidate_parsed_cv": {
        "summary": "MARK-summary", "education": ["MARK-school"], "experience": ["MARK-position"],
        "hobbies": ["MARK-hobby"], "raw": "MARK-raw",
    },
    "application_form": {"MARK-question": "MARK-answer", "skills": {"slug": "go", "exp_level": 4}},
    "step_prompt": "MARK-step",
    "integration_config": {
        "instructions": "MARK-instructions", "language": "fr",
        "criteria": [{"title": "MARK-criterion", "description": "MARK-criterion-text"}], "must_have": ["sql"],
    },
    "comments": [{"content": "MARK-comment", "is_human_created": True}],
    "context": [{"note": "MARK-context"}],
}  # fmt: skip


def sent(path: Path) -> dict[str, Any]:
    """Return a fixture's request as decoded JSON."""
    decoded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return decoded


def test_the_three_packs_are_there() -> None:
    """The packs that the documentation names are shipped."""
    assert PACKS.keys() >= {"default", "first-screen", "engineering"}


@each_pack
def test_criteria_have_a_title_in_every_language_of_the_comment(pack: Pack) -> None:
    """A German comment names the pack's criteria in German."""
    for criterion in pack.settings.criteria:
        assert {"en", *criterion.titles} == set(languages()), criterion.id


@each_pack
@each_fixture
def test_every_fixture_renders_whole(pack: Pack, path: Path) -> None:
    """A request of usual length fits the budget of every pack, and only repetition is left out."""
    prompt = prompt_of(pack, read(sent(path)))

    assert prompt.tokens < prompt.budget
    assert {cut.part for cut in prompt.cuts} <= {"cv_raw"}
    assert all("repeat" in cut.what for cut in prompt.cuts)


@each_pack
def test_least_request_renders(pack: Pack) -> None:
    """A request with the required fields only gives a prompt without empty fences or spare lines."""
    prompt = prompt_of(pack, request_of())

    assert [block.name for block in blocks(prompt.user)] == ["job"]
    assert "\n\n\n" not in prompt.system + prompt.user


@each_pack
def test_every_part_of_a_request_is_shown(pack: Pack) -> None:
    """Job, skills against claims, CV, form, comments, context, step prompt and settings are used."""
    prompt = prompt_of(pack, request_of(**PARTS))
    planted = set(re.findall(r"MARK[a-z-]*", json.dumps(PARTS)))

    assert planted - set(re.findall(r"MARK[a-z-]*", prompt.system + prompt.user)) == set()
    assert "GO: required strong, claimed expert\nSQL: required expert, claimed nothing" in prompt.user
    assert (
        "- skill_go = GO, required strong\n- skill_sql = SQL, required expert, must-have\n" in prompt.system
    )
    assert "in French." in prompt.system


@each_pack
def test_every_text_stands_in_the_fence_of_its_name(pack: Pack) -> None:
    """Each text of the request is in a fence, and the system message says of each fence what it is."""
    prompt = prompt_of(pack, request_of(**PARTS))
    fences = [*blocks(prompt.system), *blocks(prompt.user)]
    inside = "".join(block.text for block in fences)

    assert (prompt.system + prompt.user).count("MARK") == inside.count("MARK")
    assert [block.name for block in fences if not named(block.name, prompt.system)] == []


def named(fence: str, system: str) -> bool:
    """Tell whether the rules speak of a fence."""
    return fence in system or (fence.startswith("cv_") and "the cv_ parts" in system.lower())


@each_pack
def test_ids_secret_and_rating_are_never_shown(pack: Pack) -> None:
    """No id, secret, rating, earlier result of ours or field that we do not know is in a prompt."""
    ids = {name: f"HIDDEN-{name}" for name in ("candidate_id", "pipeline_step_id", "call_secret")}
    earlier = {
        "comments": [{"content": "shown"}, {"content": f"HIDDEN 80\n{MARKER}"}],
        "context": [
            {"note": "shown", **ids},
            {"evaluator": {"name": NAME}, "note": "HIDDEN"},
            {"app_id": "us", "note": "HIDDEN"},
        ],
    }
    sent_parts = PARTS | ids | earlier | {"current_rating": 61.375, "v": "HIDDEN-v", "token": "HIDDEN"}
    prompt = prompt_of(pack, request_of(**sent_parts), app_id="us")

    assert "HIDDEN" not in prompt.system + prompt.user
    assert "61.375" not in prompt.system + prompt.user
    assert prompt.user.count("shown") == 2


@each_pack
@pytest.mark.parametrize("job", ["engineering-backend", "nursing-icu", "sales-b2b"])
def test_candidates_of_one_job_share_everything_before_the_candidate(pack: Pack, job: str) -> None:
    """Both messages are the same, byte for byte, up to the first text about the candidate."""
    requests = [sent(path) for path in FIXTURES if path.parent.name.startswith(job)]
    same = {name: requests[0].get(name) for name in ("job", "step_prompt", "integration_config")}
    prompts = [prompt_of(pack, read(request | same)) for request in requests]
    first = min(prompts[0].user.index(f"<{name}") for name in CANDIDATE if f"<{name}" in prompts[0].user)

    assert len({prompt.system for prompt in prompts}) == 1
    assert len({prompt.user[:first] for prompt in prompts}) == 1
    assert next(blocks(prompts[0].user[:first])).name == "job"


@each_pack
def test_long_cv_does_not_change_the_common_part(pack: Pack) -> None:
    """A CV that has to be cut leaves the part before it as it is for every other candidate."""
    short = prompt_of(pack, request_of(**PARTS))
    long = prompt_of(pack, request_of(**PARTS | {"candidate_parsed_cv": {"raw": "word and word. " * 30_000}}))

    assert long.tokens <= long.budget
    assert long.system == short.system
    assert long.user[: long.user.index("<claims>")] == short.user[: short.user.index("<claims>")]


@each_fixture
def test_packs_differ_in_length_as_in_depth(path: Path) -> None:
    """The first screen is the cheapest, the engineering pack the most thorough."""
    tokens = {name: prompt_of(pack, read(sent(path))).tokens for name, pack in PACKS.items()}

    assert tokens["first-screen"] < 0.85 * tokens["default"] < 0.85 * tokens["engineering"]


def test_packs_judge_by_criteria_of_their_own() -> None:
    """No two packs share a criterion, an anchor, or more than the odd sentence of their rules."""
    ids = [criterion.id for pack in PACKS.values() for criterion in pack.settings.criteria]
    anchors = [text for pack in PACKS.values() for c in pack.settings.criteria for text in c.anchors.values()]

    assert len(set(ids)) == len(ids)
    assert len(set(anchors)) == len(anchors)


@each_pack
def test_points_add_up_to_a_hundred(pack: Pack) -> None:
    """Weights read as points of a hundred."""
    assert pack.settings.skills.share + sum(c.weight for c in pack.settings.criteria) == 100


@each_pack
def test_anchors_are_concise(pack: Pack) -> None:
    """An anchor is a phrase, not a paragraph, and starts like one."""
    anchors = [text for criterion in pack.settings.criteria for text in criterion.anchors.values()]
    anchors += pack.settings.skills.anchors.values()

    assert [text for text in anchors if len(text) > 130 or text[0].isupper() or text.endswith(".")] == []


@each_pack
def test_rules_are_those_that_the_check_of_quotes_applies(pack: Pack) -> None:
    """What the model is told of quotes, findings and sources is what code checks."""
    system = prompt_of(pack, request_of(**PARTS)).system

    assert f"{MIN_WORDS} to " in system
    assert f"up to {NUMBERS[MAX_QUOTES]} passages" in system or "one passage" in system
    assert f"serves {NUMBERS[MAX_CRITERIA]} criteria" in system
    assert [finding for finding in Finding if f'"{finding.value}"' not in system] == []
    assert [source for source in Source if source.value not in system] == []


@each_pack
def test_rules_of_denial_and_of_steering_are_told(pack: Pack) -> None:
    """Each pack says when quotes are empty, what a contradiction shows, and what becomes of steering."""
    system = prompt_of(pack, request_of()).system
    rules = [
        "nothing left out inside",
        "A contradicting passage includes the word that denies",
        'level "none", unless contradicted, quotes is an empty list',
        "Less than claimed is not contradicted",
        "name it in the concerns",
    ]

    assert [rule for rule in rules if system.count(rule) != 1] == []


@each_pack
def test_slots_are_asked_for_in_the_order_of_the_schema(pack: Pack) -> None:
    """Quotes come before the reason, the reason before the level, and the summary after all criteria."""
    system = prompt_of(pack, request_of()).system
    slots = [
        "quotes: ",
        "reason: ",
        "finding: ",
        "level: ",
        "summary",
        "strengths",
        "concerns",
        "questions",
        "overall",
    ]
    start = system.index("quotes: ")
    places = [re.search(rf"\b{slot}", system[start:]).start() for slot in slots[:5]]  # type: ignore[union-attr] # a slot that is missing fails here

    assert places == sorted(places)
    assert [slot for slot in slots if slot not in system] == []


@each_pack
@pytest.mark.parametrize("criteria", [4, 18, 29])
def test_reply_of_the_length_that_is_asked_for_is_not_cut_off(pack: Pack, criteria: int) -> None:
    """All quotes and a reason for each criterion fit, at the length that the pack asks for."""
    longest = {"default": (3, 40, 45), "engineering": (3, 40, 45), "first-screen": (2, 25, 15)}[pack.name]
    quotes, words, reason = longest
    slot = {
        "quotes": [{"source": "comments", "text": "migrated partitions " * (words // 2)}] * quotes,
        "reason": "several partitions " * (reason // 2),
        "finding": "contradicted",
        "level": "working",
    }
    texts = ["The passages show own work on this over several years, with outcomes."] * 14
    reply = {
        "criteria": {f"skill_number_{at}": slot for at in range(criteria)},
        "texts": texts,
        "overall": 61,
    }

    assert TOKENIZER.count(json.dumps(reply)) < pack.settings.model.output_limit(criteria)


@each_pack
def test_reply_is_shown_as_the_json_that_the_schema_asks_for(pack: Pack) -> None:
    """Endpoints that hold a reply to the schema do not all show it to their model."""
    request = request_of(**PARTS)
    system = prompt_of(pack, request).system
    (line,) = [line for line in system.split("\n") if line.startswith('{"criteria"')]
    schema = reply_schema(rubric_for(request, pack))["properties"]
    slots = schema["criteria"]["properties"]["skill_go"]["properties"]
    shown = json.loads(line)
    (shown_slots,) = shown["criteria"].values()

    assert "one JSON object" in system[: system.index(line)]
    assert (list(shown), list(shown_slots)) == (list(schema), list(slots))
    assert list(shown_slots["quotes"][0]) == list(slots["quotes"]["items"]["properties"])
