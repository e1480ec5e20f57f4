"""The rubric of a request: which criteria there are, under which ids, at which weights."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.assessment.criteria import claims_for, rubric_for, skill_id, title_of, unmatched_names
from evaluator.contract.config import IntegrationConfig
from evaluator.contract.result import Unmatched
from evaluator.errors import InvalidRequest
from evaluator.prompts.packs import Pack
from evaluator.rubric import SKILL_ANCHORS, Criterion, Level, Rubric
from tests.fakes.prompting import make_pack, request_of

SLUGS = [
    "c", "c++", "c#", "objective-c", ".net", "net", "node.js", "nodejs", "f#", "r", "1c", "_c", "C_",
    "c/c++", "ci/cd", "京都", "東京", "数据分析", "питон", "Питон 3", "café", "cafe",
    "a" * 200, "a" * 41, "a" * 40, "🚀", "++", "-",
]  # fmt: skip


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """Return a pack with 60 points for skills and two criteria, `care` at 40 and `speed` at 60."""
    return make_pack(tmp_path_factory.mktemp("packs"))


def rubric(pack: Pack, *skills: tuple[str, int], **config: Any) -> Rubric:
    """Return the rubric of a job that requires `skills`."""
    required = [{"slug": slug, "exp_level": level} for slug, level in skills]
    request = request_of(job={"description": "A job.", "skills": required}, integration_config=config)
    return rubric_for(request, pack)


def named(rules: Rubric) -> dict[str, Criterion]:
    """Return the criteria by id."""
    return {each.id: each for each in rules.criteria}


def test_skills_share_their_points_and_come_first(pack: Pack) -> None:
    """Each required skill has an equal part of the skills' points and the level that the job asks for."""
    rules = rubric(pack, ("python", 4), ("Message-Queues", 2))
    first, second = rules.criteria[:2]

    assert rules.ids == ("skill_python", "skill_message_queues", "care", "speed")
    assert (first.title, first.weight, first.required, first.kind) == ("python", 30, Level.EXPERT, "skill")
    assert (second.title, second.required) == ("Message Queues", Level.WORKING)
    assert first.anchors == SKILL_ANCHORS


def test_criteria_of_the_pack_are_as_the_pack_says(pack: Pack) -> None:
    """Title, weight, level and anchors come from pack.toml."""
    speed = named(rubric(pack))["speed"]

    assert (speed.title, speed.weight, speed.required, speed.kind) == ("Speed", 60, Level.WORKING, "pack")
    assert speed.anchors == {Level.BASIC: "slow", Level.WORKING: "fast"}


def test_job_without_skills_is_judged_by_the_other_criteria(pack: Pack) -> None:
    """Nothing is lost where a job names no skill: the pack's criteria are the whole."""
    rules = rubric(pack)

    assert rules.ids == ("care", "speed")
    assert sum(rules.share(each) for each in rules.criteria) == pytest.approx(1)


def test_rules_of_the_pack_reach_the_rubric(pack: Pack) -> None:
    """Claim weight, coverage floor and the way of scoring are the pack's."""
    settings = pack.settings.model_copy(
        update={"claim_weight": 0.2, "coverage_floor": 0.3, "scoring": "holistic"}
    )
    rules = rubric(replace(pack, settings=settings))

    assert (rules.claim_weight, rules.coverage_floor, rules.holistic) == (0.2, 0.3, True)


def test_skill_listed_twice_counts_once_at_its_higher_level(pack: Pack) -> None:
    """Case and separators do not make a second skill."""
    rules = rubric(pack, ("Node.js", 2), ("node js", 4), ("NODE-JS", 1))

    assert rules.ids == ("skill_node_js", "care", "speed")
    assert (rules.criteria[0].title, rules.criteria[0].required) == ("Node.js", Level.EXPERT)


def test_different_skills_have_different_ids() -> None:
    """Slugs that differ in more than case and separators are different skills, whatever their script."""
    ids = [skill_id(slug) for slug in SLUGS if slug != "C_"]

    assert len(set(ids)) == len(ids)
    assert skill_id("C_") != skill_id("c++")


def test_ids_are_the_same_at_every_run() -> None:
    """An id stands in stored results, so it must not change."""
    assert [skill_id(slug) for slug in ("python", "C++", "c#", ".net", "京都", "Node.js")] == [
        "skill_python",
        "skill_c_cedb1bac",
        "skill_c_951a4d36",
        "skill_net_fb74851c",
        "skill_58d07b8a",
        "skill_node_js",
    ]


@given(st.one_of(st.text(min_size=1, max_size=200), st.sampled_from(SLUGS)))
def test_any_slug_gives_an_id_that_every_endpoint_takes(slug: str) -> None:
    """An id has lower-case letters, digits and underscores alone, and at most 64 characters."""
    assert re.fullmatch(r"skill_[a-z0-9_]*[a-z0-9]", skill_id(slug))
    assert len(skill_id(slug)) <= 64
    assert skill_id(slug) == skill_id(f" {slug}\n")
    assert title_of(slug).strip()
    assert "\n" not in title_of(slug)


TITLES = st.sampled_from(
    ["Sea legs", "sea legs", "Care", "care", "skill python", "京都", "C++ C", "team care"]
)


@given(st.lists(st.sampled_from(SLUGS), max_size=8), st.lists(TITLES, max_size=6))
def test_ids_of_a_rubric_are_unique(pack: Pack, slugs: list[str], titles: list[str]) -> None:
    """Whatever skills and titles come together, every criterion can be told from the others."""
    rules = rubric(pack, *((slug, 3) for slug in slugs), criteria=[{"title": title} for title in titles])

    assert len(set(rules.ids)) == len(rules.ids)
    assert all(re.fullmatch(r"[a-z0-9_]{1,64}", own) for own in rules.ids)
    assert len(rules.ids) == len({skill_id(slug) for slug in slugs}) + 2 + len(titles)


def test_criterion_of_the_team_is_judged_like_the_others(pack: Pack) -> None:
    """The team's own criterion has its title, weight and level, and the skills' anchors."""
    extra = {
        "title": "Sea  legs",
        "description": "At sea.",
        "weight": 15,
        "must_have": True,
        "required_level": "basic",
    }
    made = named(rubric(pack, criteria=[extra]))["team_sea_legs"]

    assert (made.title, made.description, made.weight, made.kind) == ("Sea legs", "At sea.", 15, "team")
    assert (made.must_have, made.required, made.anchors) == (True, Level.BASIC, SKILL_ANCHORS)


def test_equal_titles_of_a_team_are_numbered(pack: Pack) -> None:
    """Two criteria of the same name are two criteria."""
    titles = ["Sea legs", "Sea-Legs", "sea legs"]

    assert rubric(pack, criteria=[{"title": title} for title in titles]).ids[2:] == (
        "team_sea_legs",
        "team_sea_legs_2",
        "team_sea_legs_3",
    )


@pytest.mark.parametrize("name", ["C++", "c++", " C++ ", skill_id("c++")])
def test_weights_and_must_haves_name_a_skill_by_slug_or_id(pack: Pack, name: str) -> None:
    """However the slug is written, it names its skill and no other."""
    rules = named(rubric(pack, ("c++", 3), ("c", 3), must_have=[name], weights={name: 7}))

    assert (rules[skill_id("c++")].weight, rules[skill_id("c++")].must_have) == (7, True)
    assert (rules["skill_c"].weight, rules["skill_c"].must_have) == (30, False)


def test_weights_and_must_haves_name_other_criteria_by_id(pack: Pack) -> None:
    """The pack's criteria are named by id alone; what names nothing is passed over."""
    rules = named(rubric(pack, must_have=["care", "Speed", "nothing"], weights={"care": 0, "nothing": 50}))

    assert (rules["care"].must_have, rules["speed"].must_have) == (True, False)
    assert (rules["care"].weight, rules["speed"].weight) == (0, 60)


def test_weights_that_leave_nothing_to_rate_by_are_refused(pack: Pack) -> None:
    """A weight of 0 takes a criterion out, so 0 for all is the team's to mend, and is told as such."""
    with pytest.raises(InvalidRequest) as caught:
        rubric(pack, ("python", 3), weights={"python": 0, "care": 0, "speed": 0})

    assert [problem.pointer for problem in caught.value.problems] == ["/integration_config/weights"]
    assert "more than 0" in str(caught.value)


def test_everything_weighs_the_same_where_the_pack_gives_no_weight(pack: Pack) -> None:
    """A pack that rates by skills alone meets a job without skills: that is no fault of the team's."""
    bare = [each.model_copy(update={"weight": 0}) for each in pack.settings.criteria]
    rules = rubric(replace(pack, settings=pack.settings.model_copy(update={"criteria": bare})))

    assert [rules.share(each) for each in rules.criteria] == pytest.approx([1 / 2] * 2)


def test_names_of_no_criterion_are_listed_once(pack: Pack) -> None:
    """What the settings name and the job does not have is told, in the order and spelling of the settings."""
    config = IntegrationConfig(
        must_have=["Pyhton", "C++", "Speed", "Pyhton", "skill_python"], weights={"c++": 1, "Kafka ": 2}
    )
    rules = rubric(pack, ("python", 3), ("c++", 3))

    assert unmatched_names(config, rules) == Unmatched(must_have=["Pyhton", "Speed"], weights=["Kafka"])


def test_weight_by_a_name_counts_once_where_two_name_one_skill(pack: Pack) -> None:
    """The first of two spellings counts."""
    rules = named(rubric(pack, ("c++", 3), weights={"C++": 7, skill_id("c++"): 9}))

    assert rules[skill_id("c++")].weight == 7


def test_description_of_a_team_is_one_line(pack: Pack) -> None:
    """A line break in it would begin what looks like another criterion."""
    extra = {"title": "Sea legs", "description": "At sea.\n- skill_python = python,\trequired basic"}

    assert named(rubric(pack, criteria=[extra]))["team_sea_legs"].description == (
        "At sea. - skill_python = python, required basic"
    )


@pytest.mark.parametrize(
    ("slug", "title"),
    [
        ("sql", "SQL"), ("crrt", "CRRT"), ("ms-sql", "MS SQL"), ("c++", "C++"), (".net", ".NET"), ("c", "C"),
        ("icu", "ICU"), ("html", "HTML"), ("python", "python"), ("java", "java"),
        ("end-to-end", "end to end"),
        ("Git", "Git"), ("sql-server", "SQL server"), ("mysql", "mysql"), ("plan-b", "plan b"),
        ("京都", "京都"), ("été", "été"),
    ],
)  # fmt: skip
def test_short_forms_are_written_in_capitals(slug: str, title: str) -> None:
    """A lone word of three letters at most is a short form, and so is any longer one without a vowel."""
    assert title_of(slug) == title


def test_titles_of_many_long_skills_are_shortened(pack: Pack) -> None:
    """A hundred long slugs leave room in the prompt; a few keep their words, and ids tell all apart."""
    slugs = [f"{n:03} {'kubernetes management ' * 8}"[:190] for n in range(100)]
    many, few = (rubric(pack, *((slug, 3) for slug in each)).criteria for each in (slugs, slugs[:3]))

    assert sum(len(each.title) for each in many if each.kind == "skill") <= 100 * 41
    assert all(each.title.endswith("…") for each in many if each.kind == "skill")
    assert few[0].title == slugs[0].strip()
    assert len({each.id for each in many}) == len(many)


def test_claims_are_by_criterion_and_the_highest_counts() -> None:
    """What the candidate claims is found under the id of the skill that the job requires."""
    skills = [
        {"slug": "C++", "exp_level": 2},
        {"slug": "c++", "exp_level": 3},
        {"slug": "rust", "exp_level": 1},
    ]
    claims = claims_for(request_of(application_form={"skills": skills}))

    assert claims == {skill_id("c++"): Level.STRONG, "skill_rust": Level.BASIC}


def test_skill_without_a_readable_name_has_a_title_still() -> None:
    """A slug of nothing but white space is shown as what it is."""
    assert title_of("   ") == "(skill without a name)"
