"""The rubric of one assessment: the job's skills, the pack's criteria and the team's own.

May import `prompts`, `rubric` and below.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from evaluator.contract.config import ExtraCriterion, IntegrationConfig
from evaluator.contract.request import AssessmentRequest, Skill
from evaluator.contract.result import Unmatched
from evaluator.errors import InvalidRequest, Problem
from evaluator.prompts.packs import Pack, PackCriterion, anchors_of
from evaluator.rubric import SKILL_ANCHORS, Claims, Criterion, Level, Rubric

TITLES_BYTES = 4_000
"""Bytes in UTF-8 that the titles of all skills share: a hundred at full length would fill a prompt."""

_SHORT_FORM = 3
"""Letters up to which a skill of one word is a short form, such as `sql`."""

_VOWELS = frozenset("aeiouy")


def rubric_for(request: AssessmentRequest, pack: Pack) -> Rubric:
    """Return the criteria and rules for `request` judged by `pack`, with the team's weights and must-haves.

    A skill that is listed twice counts once, at its higher level. Where the pack gives no weight to
    anything, every criterion weighs the same. Raises InvalidRequest where the team's weights leave none.
    """
    config = request.integration_config
    criteria = _told_apart(
        [
            *_skill_criteria(request.job.skills, pack),
            *(_pack_criterion(each, config.language) for each in pack.settings.criteria),
            *(_team_criterion(each) for each in config.criteria),
        ]
    )
    return Rubric(
        tuple(_weighed(_adjusted(criteria, config), criteria)),
        claim_weight=pack.settings.claim_weight,
        coverage_floor=pack.settings.coverage_floor,
        holistic=pack.settings.scoring == "holistic",
    )


def unmatched_names(config: IntegrationConfig, rubric: Rubric) -> Unmatched:
    """Return the names in the team's settings that no criterion of `rubric` has, each once, as written."""
    if not config.must_have and not config.weights:
        return Unmatched()
    kinds = {criterion.id: criterion.kind for criterion in rubric.criteria}

    def unmatched(names: Iterable[str]) -> list[str]:
        return [name for name in dict.fromkeys(names) if _id_of(name, kinds) is None]

    return Unmatched(must_have=unmatched(config.must_have), weights=unmatched(config.weights))


def claims_for(request: AssessmentRequest) -> Claims:
    """Return the levels that the candidate claims in the form, by criterion id; the highest if repeated."""
    claimed = _levels(request.application_form.skills)
    return {skill_id(slug): level for slug, level in claimed.items()}


@lru_cache(maxsize=1024)
def skill_id(slug: str) -> str:
    """Return the criterion id of a skill, in the characters that every endpoint takes as a key.

    A hash tells slugs apart which those characters cannot, such as `c`, `c++` and `c#`.
    """
    key = _key(slug)
    plain = re.sub(r"[^a-z0-9]+", "_", key).strip("_")[:40]
    if plain and plain == re.sub(r"[-_ .]+", "_", key):
        return f"skill_{plain}"
    return f"skill_{plain}_{hashlib.sha256(key.encode()).hexdigest()[:8]}".replace("__", "_")


def title_of(slug: str) -> str:
    """Return a skill's slug as words, short forms in capitals: `sql-server` is SQL server.

    A short form is a word of several letters and no vowel, or a lone word of three letters at most. A word
    that has capitals already, or other letters than those of English, stays as it is written.
    """
    words = list(filter(None, re.split(r"[-_\s]+", slug))) or slug.split()
    return " ".join(_spelt(word, alone=len(words) == 1) for word in words) or "(skill without a name)"


def _spelt(word: str, *, alone: bool) -> str:
    letters = [character for character in word if character.isalpha()]
    short = (alone and len(letters) <= _SHORT_FORM) or (len(letters) > 1 and _VOWELS.isdisjoint(letters))
    return word.upper() if short and word.isascii() and word.islower() else word


def _key(slug: str) -> str:
    return slug.strip().casefold()


def _levels(skills: Iterable[Skill]) -> dict[str, Level]:
    """Return levels by slug as first written; slugs that differ in case or separators are one skill."""
    by_id: dict[str, tuple[str, Level]] = {}
    for skill in skills:
        own = skill_id(skill.slug)
        slug, level = by_id.get(own, (skill.slug, Level.NONE))
        by_id[own] = (slug, max(level, Level(skill.exp_level)))
    return dict(by_id.values())


def _skill_criteria(required: Sequence[Skill], pack: Pack) -> list[Criterion]:
    skills = _levels(required)
    if not skills:
        return []
    share = pack.settings.skills.share / len(skills)
    anchors = anchors_of(pack.settings.skills.anchors) or dict(SKILL_ANCHORS)
    return [
        Criterion(
            skill_id(slug),
            _shortened(title_of(slug), TITLES_BYTES // len(skills)),
            share,
            level,
            "skill",
            anchors=anchors,
        )
        for slug, level in skills.items()
    ]


def _shortened(title: str, most: int) -> str:
    """Return `title` with `most` bytes at most, and what stands for the rest."""
    if len(title) * 4 <= most or len(title.encode()) <= most:
        return title
    return title.encode()[:most].decode(errors="ignore").rstrip() + "…"


def _pack_criterion(criterion: PackCriterion, language: str) -> Criterion:
    return Criterion(
        criterion.id,
        criterion.title,
        criterion.weight,
        Level.of(criterion.required_level),
        "pack",
        description=criterion.description,
        label=criterion.titles.get(language.split("-")[0].lower(), ""),
        must_have=criterion.must_have,
        anchors=anchors_of(criterion.anchors),
    )


def _team_criterion(extra: ExtraCriterion) -> Criterion:
    return Criterion(
        skill_id(extra.title).replace("skill_", "team_", 1),
        " ".join(extra.title.split()),
        extra.weight,
        Level.of(extra.required_level),
        "team",
        description=" ".join(extra.description.split()),
        must_have=extra.must_have,
        anchors=dict(SKILL_ANCHORS),
    )


def _told_apart(criteria: Iterable[Criterion]) -> list[Criterion]:
    """Give a criterion whose id an earlier one has a number; skills come first and keep theirs."""
    made: dict[str, Criterion] = {}
    for criterion in criteria:
        own = criterion.id
        number = 2
        while own in made:
            own, number = f"{criterion.id}_{number}", number + 1
        made[own] = criterion if own == criterion.id else replace(criterion, id=own)
    return list(made.values())


def _adjusted(criteria: Sequence[Criterion], config: IntegrationConfig) -> list[Criterion]:
    """Apply the team's weights and must-haves; of two weights for one criterion the first counts."""
    if not config.must_have and not config.weights:
        return list(criteria)
    kinds = {criterion.id: criterion.kind for criterion in criteria}
    must_have = {_id_of(name, kinds) for name in config.must_have}
    weights = {_id_of(name, kinds): points for name, points in reversed(config.weights.items())}
    return [
        replace(
            each,
            weight=weights.get(each.id, each.weight),
            must_have=each.must_have or each.id in must_have,
        )
        for each in criteria
    ]


def _id_of(name: str, kinds: Mapping[str, str]) -> str | None:
    """Return the id of the criterion that a team's name means: an id itself, or a skill's slug."""
    if name in kinds:
        return name
    own = skill_id(name)
    return own if kinds.get(own) == "skill" else None


def _weighed(adjusted: list[Criterion], criteria: Sequence[Criterion]) -> list[Criterion]:
    """Return criteria of which one has weight at least; `criteria` are those before the team's weights."""
    if any(criterion.weight for criterion in adjusted):
        return adjusted
    if any(criterion.weight for criterion in criteria):
        told = "leaves every criterion of this job at 0; give one of them a weight of more than 0"
        raise InvalidRequest([Problem("/integration_config/weights", told)])
    return [replace(criterion, weight=1.0) for criterion in adjusted]
