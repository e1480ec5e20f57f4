"""The page for recruiters says what the code does: its example and its figures are computed again."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from evaluator.assessment.criteria import rubric_for
from evaluator.contract.result import Status
from evaluator.evidence import DENIAL_REACH, MAX_CRITERIA, MAX_WORDS, MIN_UNSPACED, MIN_WORDS
from evaluator.judgement import MAX_QUOTES, Finding
from evaluator.prompts.packs import Pack, load_pack
from evaluator.rubric import LEVEL_WORDS, Level, Rubric
from evaluator.scoring import HIGH_SPREAD, MEDIUM_SPREAD, Score, score
from tests.fakes.prompting import request_of

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")

Row = dict[str, str]


def section(title: str) -> str:
    """Return the text under a heading, on one line a paragraph."""
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def tables(title: str) -> list[list[Row]]:
    """Return the tables of a section, a dictionary for each row."""
    found = re.findall(r"(?:^\|.*\|\n)+", section(title), re.MULTILINE)
    return [_rows(table.strip().split("\n")) for table in found]


def _rows(lines: list[str]) -> list[Row]:
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


@dataclass(frozen=True)
class Verdict:
    """A checked judgement, as a row of the example has it."""

    finding: Finding
    level: Level


EXAMPLE = tables("A worked example")[0]


@pytest.fixture(scope="module")
def pack() -> Pack:
    """Return the shipped pack that the page speaks of."""
    return load_pack(ROOT / "prompts" / "default")


@pytest.fixture(scope="module")
def rubric(pack: Pack) -> Rubric:
    """Return the example's rubric, made as the service makes it from the job's skills."""
    skills = [
        {"slug": row["criterion"], "exp_level": int(Level.of(row["required"]))}
        for row in EXAMPLE
        if row["criterion"].islower()
    ]
    return rubric_for(request_of(job={"description": "A job.", "skills": skills}), pack)


@pytest.fixture(scope="module")
def computed(rubric: Rubric) -> Score:
    """Return the score of the example's rows."""
    rows = dict(zip(rubric.ids, EXAMPLE, strict=True))
    judged = {
        own: Verdict(Finding(row["finding"].replace(" ", "_")), Level.of(row["level"]))
        for own, row in rows.items()
    }
    return score(rubric, judged, {own: Level.of(row["claim"]) for own, row in rows.items()})


def test_example_has_the_criteria_of_the_shipped_pack(rubric: Rubric) -> None:
    """Titles, points and required levels of the example are those of `default`."""
    assert [(row["criterion"], float(row["points"]), row["required"]) for row in EXAMPLE] == [
        (each.title, each.weight, each.required.word) for each in rubric.criteria
    ]


def test_example_is_computed_as_the_page_says(computed: Score) -> None:
    """What each criterion counts and gives comes out of the scoring."""
    assert [(row["counts"], row["gives"]) for row in EXAMPLE] == [
        (f"{100 * part.attained:.0f} %", f"{part.points:.1f}") for part in computed.contributions
    ]


def test_figures_of_the_example_are_computed(computed: Score) -> None:
    """Sum, rating, range and coverage in the text come out of the scoring."""
    text = " ".join(section("A worked example").split())
    total = sum(part.points for part in computed.contributions)

    assert f"The sum is {total:.1f}, and the **rating is {computed.rating}**." in text
    assert f"the rating is {computed.low}; if the candidate can do both, it is {computed.high}." in text
    assert f"**{computed.rating} of 100, between {computed.low} and {computed.high}**" in text
    assert f"covers {100 * computed.coverage:.0f} % of the weight" in text


def test_rules_of_the_shipped_pack_are_told_truly(pack: Pack) -> None:
    """Points for skills, the part of a claim and the floor are those of `default`."""
    settings = pack.settings
    text = " ".join(section("A worked example").split())

    assert f"gives the required skills {settings.skills.share:.0f} points together" in text
    assert f"count {100 * settings.claim_weight:.0f} % of its level" in text
    assert f"({100 * settings.coverage_floor:.0f} % in `default`)" in PAGE


def test_figures_of_the_rules_are_those_of_the_code() -> None:
    """The table of figures is the code's constants, in its order."""
    assert [int(row["value"]) for row in tables("What counts as evidence")[0]] == [
        MIN_WORDS,
        MIN_UNSPACED,
        MAX_WORDS,
        DENIAL_REACH,
        MAX_CRITERIA,
        MAX_QUOTES,
    ]


def test_languages_of_negations_are_those_told() -> None:
    """The page names the languages of the table, in its order, and those whose wishes are not known."""
    table = tomllib.loads((ROOT / "evaluator" / "evidence" / "denials.toml").read_text(encoding="utf-8"))
    names = {
        "en": "English", "de": "German", "fr": "French", "es": "Spanish", "pt": "Portuguese", "it": "Italian",
        "nl": "Dutch", "sv": "Swedish", "da": "Danish", "pl": "Polish",
    }  # fmt: skip
    *others, last = [names[own] for own in table]
    without = [names[own] for own, lists in table.items() if "phrases" not in lists]

    assert f"known in ten languages: {', '.join(others)} and {last}." in section("What counts as evidence")
    assert f"in all of them but {' and '.join(without)}," in section("What counts as evidence")
    assert len(table) == 10


def test_bounds_of_confidence_are_those_of_the_code() -> None:
    """The spread that each confidence allows is the code's."""
    assert [row["apart by"] for row in tables("Several readings")[0]] == [
        f"at most {HIGH_SPREAD} points",
        f"at most {MEDIUM_SPREAD} points",
        "more",
    ]
    assert f"several readings differ by more than {MEDIUM_SPREAD} points" in PAGE


def test_every_finding_status_and_level_is_explained() -> None:
    """Nothing that a result can say is missing from the page."""
    findings = [
        row["finding"].replace(" ", "_") for row in tables("What the model says, and what becomes of it")[0]
    ]
    statuses = [row["status"].strip("`") for row in tables("What the status means")[0]]

    assert findings == [finding.value for finding in Finding]
    assert sorted(statuses) == sorted(Status.__args__)
    assert f"{', '.join(LEVEL_WORDS)} (0 to 4)" in PAGE
