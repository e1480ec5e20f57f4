"""The rubric of one assessment: the job's skills, the pack's criteria and the team's own.

May import `prompts`, `rubric` and below.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from evaluator.contract.config import ExtraCriterion, IntegrationConfig
from evaluator.contract.request import AssessmentRequest, Skill
from evaluator.prompts.packs import Pack, PackCriterion, anchors_of
from evaluator.rubric import SKILL_ANCHORS, Claims, Criterion, Level, Rubric


def rubric_for(request: AssessmentRequest, pack: Pack) -> Rubric:
    """Return the criteria and rules for `request` judged by `pack`, with the team's weights and must-haves.

    A skill that is listed twice counts once, at its higher level. Where nothing has weight, every
    criterion weighs the same.
    """
    config = request.integration_config
    criteria = [
        *_skill_criteria(request.job.skills, pack),
        *(_pack_criterion(each, config.language) for each in pack.settings.criteria),
        *(_team_criterion(each) for each in config.criteria),
    ]
    adjusted = [_adjust(criterion, config) for criterion in _told_apart(criteria)]
    if not any(criterion.weight for criterion in adjusted):
        adjusted = [replace(criterion, weight=1.0) for criterion in adjusted]
    return Rubric(
        tuple(adjusted),
        claim_weight=pack.settings.claim_weight,
        coverage_floor=pack.settings.coverage_floor,
        holistic=pack.settings.scoring == "holistic",
    )


def claims_for(request: AssessmentRequest) -> Claims:
    """Return the levels that the candidate claims in the form, by criterion id; the highest if repeated."""
    claimed = _levels(request.application_form.skills)
    return {skill_id(slug): level for slug, level in claimed.items()}


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
    """Return a skill's slug as words."""
    return re.sub(r"[-_\s]+", " ", slug).strip() or slug.strip() or "(skill without a name)"


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
    share = pack.settings.skills.share / len(skills) if skills else 0.0
    anchors = anchors_of(pack.settings.skills.anchors) or dict(SKILL_ANCHORS)
    return [
        Criterion(skill_id(slug), title_of(slug), share, level, "skill", anchors=anchors)
        for slug, level in skills.items()
    ]


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
        description=extra.description,
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
        made[own] = replace(criterion, id=own)
    return list(made.values())


def _adjust(criterion: Criterion, config: IntegrationConfig) -> Criterion:
    """Apply the team's weight and must-have, which name a criterion by its id or a skill by its slug."""
    weight = next((points for name, points in config.weights.items() if _names(name, criterion)), None)
    must_have = criterion.must_have or any(_names(name, criterion) for name in config.must_have)
    return replace(criterion, weight=criterion.weight if weight is None else weight, must_have=must_have)


def _names(name: str, criterion: Criterion) -> bool:
    return name == criterion.id or (criterion.kind == "skill" and skill_id(name) == criterion.id)
