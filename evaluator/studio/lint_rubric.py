"""What is unwise in a rubric: overlap, anchors that are missing or alike, weights that say nothing.

May import `prompts.toml_lines`, `rubric`, `words` and `studio` siblings.
"""

import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from itertools import combinations, pairwise

from evaluator.prompts.toml_lines import line_of
from evaluator.rubric import LEVEL_WORDS
from evaluator.studio.findings import Finding, Severity
from evaluator.studio.rubric_form import CriterionFields, RubricFields
from evaluator.words import folded_words

OVERLAP = 0.6
"""Share of the shorter text's words that two criteria may have in common."""

ALIKE = 0.8
"""Share of all words that two anchors may have in common."""

_LEAST_SHARED = 3
_LEAST_LETTERS = 4
_MUCH_CLAIM = 0.5
_HALF = 0.5

FILE = "pack.toml"

Line = Callable[..., int]


def unwise_rubric(text: str, form: RubricFields) -> Iterator[Finding]:
    """Yield what is unwise in the rubric that the pack.toml `text` holds."""

    def line(*path: str | int) -> int:
        return line_of(text, path)

    yield from _overlaps(form, line)
    for at, each in enumerate(form.criteria):
        yield from _anchors(each, at, line)
        yield from _weight(each, at, form, line)
    yield from _rules(form, line)


def _overlaps(form: RubricFields, line: Line) -> Iterator[Finding]:
    told = [_content(f"{each.title} {each.description}") for each in form.criteria]
    for first, second in combinations(range(len(told)), 2):
        shared = told[first] & told[second]
        shorter = min(len(told[first]), len(told[second]))
        if len(shared) >= _LEAST_SHARED and len(shared) >= OVERLAP * shorter:
            one, other = form.criteria[first], form.criteria[second]
            yield Finding(
                "overlap", "warning", FILE, line("criteria", second, "id"),
                f"“{one.title}” and “{other.title}” say much the same.",
                "What both ask for counts twice in the rating.",
                "Make one of the two, or say what each does not cover.",
                other.title,
            )  # fmt: skip


def _anchors(each: CriterionFields, at: int, line: Line) -> Iterator[Finding]:
    place = line("criteria", at, "anchors")
    required = LEVEL_WORDS.index(each.required_level) if each.required_level in LEVEL_WORDS else 0
    missing = [word for word in LEVEL_WORDS[1 : required + 1] if not each.anchors.get(word, "").strip()]
    if missing:
        yield Finding(
            "anchors_missing", "warning", FILE, place,
            f"“{each.title}” does not say what {_listed(missing)} look{'s' * (len(missing) == 1)} like.",
            "Without a description two readers mean different things by a level, and so does the model.",
            "Describe what a CV shows at this level, in a few words.",
            each.title,
        )  # fmt: skip
    described = [word for word in LEVEL_WORDS if each.anchors.get(word, "").strip()]
    for lower, higher in pairwise(described):
        if _likeness(each.anchors[lower], each.anchors[higher]) >= ALIKE:
            yield Finding(
                "anchors_alike", "warning", FILE, line("criteria", at, "anchors", higher),
                f"In “{each.title}”, {lower} and {higher} are described alike.",
                "What cannot be told apart is guessed.",
                f"Say what {higher} shows that {lower} does not.",
                each.title,
            )  # fmt: skip


def _weight(each: CriterionFields, at: int, form: RubricFields, line: Line) -> Iterator[Finding]:
    place = line("criteria", at, "weight")
    whole = form.skills_share + sum(other.weight for other in form.criteria)
    if each.weight == 0 and not each.must_have:
        yield Finding(
            "weight_of_nothing", "advice", FILE, place,
            f"“{each.title}” has no weight: it is judged and paid for, and counts nothing.",
            "",
            "Give it a weight, or take it out.",
            each.title,
        )  # fmt: skip
    elif whole and each.weight / whole > _HALF:
        yield Finding(
            "over_half", "warning", FILE, place,
            f"“{each.title}” alone takes {round(100 * each.weight / whole)} % of the rating.",
            "One misread passage then decides.",
            "Give it less, or split it into what can be judged apart.",
            each.title,
        )  # fmt: skip


def _rules(form: RubricFields, line: Line) -> Iterator[Finding]:
    told: list[tuple[str, Severity, int, str, str, str]] = []
    if form.claim_weight > _MUCH_CLAIM:
        told.append(
            (
                "claims_count_much", "warning", line("claim_weight"),
                f"A claim that nothing shows counts {round(100 * form.claim_weight)} % of its level.",
                "Whoever claims most is then rated best.",
                "Lower what a claim counts; an unshown claim becomes a question for the interview.",
            )
        )  # fmt: skip
    if form.scoring == "holistic":
        told.append(
            (
                "holistic", "warning", line("scoring"),
                "The rating is the model's overall figure, and not computed from the criteria.",
                "Nobody can then say what a criterion contributed.",
                "Let the criteria make the rating.",
            )
        )  # fmt: skip
    if form.skills_share == 0:
        told.append(
            (
                "skills_count_nothing", "advice", line("skills", "share"),
                "The skills that a job requires count nothing.",
                "They are what the job's text asks for first.",
                "Give them a share, or keep it so on purpose.",
            )
        )  # fmt: skip
    for rule, severity, place, said, why, todo in told:
        yield Finding(rule, severity, FILE, place, said, why, todo)


def _content(text: str) -> set[str]:
    """Return the words of a text that carry its meaning, by their beginnings: inflections are one."""
    return {
        word[:6] for word in folded_words(text) if len(word) >= _LEAST_LETTERS and word not in common_words()
    }


@cache
def common_words() -> frozenset[str]:
    """Return the words that stand in any description, read once."""
    told = tomllib.loads((files(__package__) / "unwise.toml").read_text(encoding="utf-8"))
    return frozenset(told["common"].split())


def _likeness(first: str, second: str) -> float:
    one, other = set(folded_words(first)), set(folded_words(second))
    return len(one & other) / len(one | other) if one | other else 1.0


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
