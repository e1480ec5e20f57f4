"""Short applications for the offline rater: prompts fenced as the packs fence them, and their ratings."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluator.judgement import reply_schema
from evaluator.offline.rater import load_rater
from evaluator.prompts.fence import fence
from evaluator.rubric import Criterion, Level, Rubric

RATER = load_rater()

DEEP = (
    "Engineer, Brook, 2018 - 2024. Designed the Kafka platform and led its move, which cut delays by 40 %. "
    "I run Kafka daily."
)
"""An experience entry that shows Kafka in depth."""

USED = "Engineer, Brook, 2018 - 2024. We used Kafka for orders."
"""An experience entry in which Kafka was used."""

COURSE = "Engineer, Brook, 2018 - 2024. Attended a course on Kafka."
"""An experience entry that only names Kafka as learnt."""

DENIED = "Engineer, Brook, 2018 - 2024. I have not worked with Kafka so far."
"""An experience entry that denies Kafka."""


def rubric(*skills: str, own: Sequence[Criterion] = ()) -> Rubric:
    """Return a rubric of skills, each required at strong, and further criteria."""
    ids = {f"skill_{skill.replace(' ', '_')}": skill for skill in skills}
    made = [Criterion(key, title, 10, Level.STRONG, "skill") for key, title in ids.items()]
    return Rubric((*made, *own))


def pack_criterion(own: str, title: str, description: str = "") -> Criterion:
    """Return a criterion of a pack, required at strong."""
    return Criterion(own, title, 10, Level.STRONG, "pack", description=description)


def prompt(**parts: Any) -> str:
    """Return the fenced parts, by fence name, as one message."""
    return "\n".join(fence(value, name) for name, value in parts.items())


def rate(judged: Rubric, *, language: str = "English", **parts: Any) -> dict[str, Any]:
    """Return the rater's reply for `judged` and the fenced parts."""
    criteria = reply_schema(judged)["properties"]["criteria"]["properties"]
    return RATER.rate([f"Write reason and summary in {language}."], [prompt(**parts)], criteria)


def judged_kafka(**parts: Any) -> Mapping[str, Any]:
    """Return what the reply says of the one skill Kafka."""
    slots: Mapping[str, Any] = rate(rubric("kafka"), **parts)["criteria"]["skill_kafka"]
    return slots


def level_of(slots: Mapping[str, Any]) -> Level:
    """Return the level that a criterion's slots give."""
    return Level.of(slots["level"])
