"""Twins: which there are of a case, what is changed in them and what is not, and their differences."""

from pathlib import Path
from typing import Any

import pytest

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.evals.dataset import Case, load_cases
from evaluator.evals.expectation import Expectation
from evaluator.evals.twin_parts import PLACES
from evaluator.evals.twins import KINDS, TwinDelta, is_twin, twin_deltas, twins_of
from tests.fakes.evaluating import case
from tests.fakes.runs import run_of

FIXTURES = load_cases(Path("fixtures")).sound

ENGLISH = {
    "summary": "Nurse with ten years on the wards, registered since 2012.",
    "experience": [
        "Staff Nurse, Northmoor Hospital, March 2020 - present. In charge of the night shift since 2021.",
        "Nurse, Elm House, June 2014 - February 2020. Care of older people; moved the ward in 2016.",
    ],
    "education": ["BSc Nursing, University of Elmstead, 2011 - 2014"],
    "hobbies": ["sewing a 1974 pattern"],
    "raw": "Nurse\n\nWORK EXPERIENCE\n\nStaff Nurse, Northmoor Hospital\nMarch 2020 - present\nNights.\n\n"
    "Nurse, Elm House\nJune 2014 - February 2020\nCare of older people.\n\nEDUCATION\nBSc Nursing, "
    "University of Elmstead, 2011 - 2014\n\nLANGUAGES\nEnglish, Welsh (good)\n\nINTERESTS\n"
    "Sewing a 1974 pattern\n",
}


def made(cv: dict[str, Any] | None = None, **others: Any) -> Case:
    """Return a case with this CV and these further fields."""
    request = {
        "job": {"description": "Nurse", "prompt": "We look for someone who has at least two years."},
        "candidate_id": "c",
        "pipeline_step_id": "s1",
        "call_secret": "x",
        "candidate_parsed_cv": ENGLISH if cv is None else cv,
    }
    return Case("c", read_model(AssessmentRequest, request | others), Expectation(rating=(1, 2)))


def twin(kind: str, base: Case) -> AssessmentRequest | None:
    """Return the request of one twin of a case, None where there is none."""
    found = [each.request for each in twins_of([base]) if each.name == f"{base.name}~{kind}"]
    return found[0] if found else None


def cv_of(kind: str, base: Case) -> Any:
    """Return the CV of a twin that is there."""
    request = twin(kind, base)
    assert request is not None
    return request.candidate_parsed_cv


@pytest.mark.parametrize("base", FIXTURES, ids=lambda base: base.name)
def test_twins_of_every_fixture_are_sound(base: Case) -> None:
    """They are requests that SolidATS could send, differ from the case, and expect nothing."""
    for each in twins_of([base]):
        again = read_model(AssessmentRequest, each.request.model_dump(mode="json", exclude_unset=True))

        assert again == each.request != base.request
        assert (each.expectation, each.folder, is_twin(each.name)) == (None, base.folder, True)


def test_twins_are_the_same_each_time() -> None:
    """The case and its name decide, and nothing else; a case of another name may get other words."""
    assert twins_of(FIXTURES) == twins_of(FIXTURES)


def test_a_twin_has_no_twins() -> None:
    """So the cases of a run may be given with their twins."""
    twins = twins_of(FIXTURES)

    assert twins_of([*FIXTURES, *twins]) == twins


def test_case_with_nothing_to_change_has_no_twin() -> None:
    """An empty CV has no twin of any kind."""
    assert twins_of([case("empty")]) == []


def test_gap_moves_what_was_before_it_and_says_why() -> None:
    """Durations stay; dates since the newest position, and years of another time, stay as they are."""
    cv = cv_of("caregiving-gap", made())

    assert cv.experience == [
        ENGLISH["experience"][0],
        "2018 - 2020: full-time care of a family member",
        "Nurse, Elm House, June 2012 - February 2018. Care of older people; moved the ward in 2014.",
    ]
    assert cv.education == ["BSc Nursing, University of Elmstead, 2009 - 2012"]
    assert cv.hobbies == ENGLISH["hobbies"]
    assert (
        "Nights.\n\n2018 - 2020: full-time care of a family member\n\nNurse, Elm House\n"
        "June 2012 - February 2018\n" in cv.raw
    )


@pytest.mark.parametrize(
    "experience",
    [
        ["Nurse, 2020 - present"],
        ["Nurse, 2020 - present", "Carer, 2014 - 2020"],
        ["Nurse, March 2020 - present", "Carer, without a date"],
        ["Nurse, without a date", "Carer, 2010 - 2012"],
        ["Nurse, 2020 - present", "Carer, 2010 - 2014"],
        ["Carer, 2010 - 2012", "Nurse, 2013 - present"],
    ],
    ids=["one", "same year", "no date", "no start", "gap of its own", "oldest first"],
)
def test_gap_is_not_made_where_dates_do_not_tell_the_place(experience: list[str]) -> None:
    """Positions that touch in one year, have no dates, stand the other way round or have a gap already."""
    cv = ENGLISH | {"experience": experience, "raw": "Nurse of the ward and of the home for the old"}

    assert twin("caregiving-gap", made(cv)) is None


def test_gap_is_not_made_twice() -> None:
    """A CV that tells of one already has no twin of that kind."""
    raw = f"{ENGLISH['raw']}\n2010 - 2011: parental leave"

    assert twin("caregiving-gap", made(ENGLISH | {"raw": raw})) is None


@pytest.mark.parametrize(
    ("newer", "older", "moved"),
    [
        (
            "seit 03/2020",
            "Pflege auf der Station und im Haus, Juni 2014 - Februar 2020",
            "Juni 2012 - Februar 2018",
        ),
        (
            "depuis mars 2020",
            "Soins dans le service de la ville, juin 2014 à février 2020",
            "juin 2012 à février 2018",
        ),
        (
            "desde marzo de 2020",
            "Cuidados en la casa y el centro, junio de 2014 - febrero de 2020",
            "junio de 2012 - febrero de 2018",
        ),
    ],
)
def test_gap_is_made_in_each_language(newer: str, older: str, moved: str) -> None:
    """Months are known by their names in the CV's language."""
    cv = cv_of("caregiving-gap", made({"experience": [newer, older]}))

    assert len(cv.experience) == 3
    assert cv.experience[2].endswith(moved)


def test_gap_stands_where_the_dates_are_in_the_text() -> None:
    """Whatever their case, and though the position is called otherwise there."""
    raw = "A nurse of the ward.\n\nNow the ward\nMarch 2020 - present\n\nJUNE 2014 - FEBRUARY 2020\nA home"
    cv = cv_of("caregiving-gap", made(ENGLISH | {"raw": raw}))

    assert "2018 - 2020: full-time care of a family member\n\nJUNE 2012 - FEBRUARY 2018\nA home" in cv.raw


def test_gap_stands_at_the_end_where_the_text_does_not_show_the_position() -> None:
    """The line is then the last of the whole text."""
    cv = cv_of("caregiving-gap", made(ENGLISH | {"raw": "A nurse of long standing."}))

    assert cv.raw == "A nurse of long standing.\n\n2018 - 2020: full-time care of a family member\n"


def test_school_has_another_name_wherever_it_stands() -> None:
    """In the education and in the whole text alike, with an invented name of the same kind."""
    cv = cv_of("school-name", made())
    entry, text = cv.education[0], cv.raw

    assert "Elmstead" not in entry + text
    assert entry.startswith("BSc Nursing, University of ")
    assert entry in text


def test_school_of_the_invented_name_has_no_twin() -> None:
    """What would be the same is none: of all names one is the one that this case gets."""
    cvs = [ENGLISH | {"education": [f"BSc, University of {place}, 2014"]} for place in PLACES]

    assert [twin("school-name", made(cv)) is None for cv in cvs].count(True) == 1


@pytest.mark.parametrize(
    "entry",
    ["BA, 2010", "High School Diploma", "evening school", "Realschule, 2010", "BSc, same institute", ""],
)
def test_school_without_a_name_is_left(entry: str) -> None:
    """A degree, or the mere word for a school, is no name."""
    assert twin("school-name", made(ENGLISH | {"education": [entry]})) is None


def test_hobby_is_swapped_in_both_places() -> None:
    """Whatever its case in the whole text."""
    cv = cv_of("hobbies", made())

    assert len(cv.hobbies) == 1
    assert "sewing" not in " ".join([*cv.hobbies, cv.raw]).lower()
    assert cv.hobbies[0] in cv.raw


def test_hobby_is_added_where_there_is_none() -> None:
    """With a line of its own."""
    cv = cv_of("hobbies", made(ENGLISH | {"hobbies": [], "raw": "A nurse of the ward and of the home"}))

    assert cv.raw == f"A nurse of the ward and of the home\n\nInterests: {cv.hobbies[0]}"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("The nurse of the ward\nLANGUAGES\nEnglish, Welsh.\n\nEnd", "English, Welsh, {}.\n\nEnd"),
        ("The nurse of the ward\nLanguages: English; Welsh\n", "Languages: English; Welsh, {}\n"),
        ("The nurse of the ward and of the home", "\n\nLanguages: {}"),
    ],
)
def test_language_is_added_to_its_line(raw: str, expected: str) -> None:
    """To the line under or behind the heading, or in a line of its own."""
    text = cv_of("languages", made(ENGLISH | {"raw": raw})).raw

    assert any(expected.format(tongue) in text for tongue in ("Turkish", "Polish", "Arabic", "Vietnamese"))


def test_language_is_none_that_the_job_asks_for() -> None:
    """A language of the job's would matter; where it names all there is no twin."""
    job = {"description": "Nurse with Turkish, Polish and Arabic"}
    named = {"description": "Turkish, Polish, Arabic, Vietnamese"}

    assert "Vietnamese" in cv_of("languages", made(job=job)).raw
    assert twin("languages", made(job=named)) is None


def test_language_is_added_to_the_summary_where_there_is_no_whole_text() -> None:
    """What the model reads then is the parts."""
    cv = cv_of("languages", made(ENGLISH | {"raw": ""}))

    assert cv.summary.startswith(f"{ENGLISH['summary']} Languages: ")


def test_sections_and_lists_stand_the_other_way_round() -> None:
    """The text before the first heading stays where it is, and no word is lost."""
    cv = cv_of("section-order", made())
    headings = [line for line in cv.raw.split("\n") if line.isupper()]

    assert cv.experience == ENGLISH["experience"][::-1]
    assert headings == ["INTERESTS", "LANGUAGES", "EDUCATION", "WORK EXPERIENCE"]
    assert cv.raw.startswith("Nurse\n\nINTERESTS\nSewing")
    assert sorted(cv.raw.split()) == sorted(str(ENGLISH["raw"]).split())


def test_rubric_is_reworded_and_the_candidate_is_not() -> None:
    """Prompts, instructions and descriptions of criteria change; a criterion's title, its id, does not."""
    criteria = [
        {"title": "Experience with children", "description": "At least a year of the work is required"}
    ]
    config = {"criteria": criteria, "instructions": "We look for the calm and the kind."}
    other = twin(
        "reworded-rubric", made(integration_config=config, step_prompt="Knowledge of the ward counts most")
    )

    assert other is not None
    assert other.job.prompt == "We would like to see a person who has no fewer than two years."
    assert other.step_prompt == "Familiarity with the ward carries the most weight"
    assert other.integration_config.instructions == "We would like to see the calm and the kind."
    [criterion] = other.integration_config.criteria
    assert criterion.title == "Experience with children"
    assert criterion.description == "No fewer than a year of the work is needed"
    assert other.candidate_parsed_cv == made().request.candidate_parsed_cv


def test_deltas_are_told_by_kind() -> None:
    """Mean, mean distance and the largest, with its case; a pair without a rating is told and not counted."""
    ratings = {
        "a": 50, "a~hobbies": 44, "b": [60, 70], "b~hobbies": 67, "c": 10, "c~hobbies": None,
        "a~pronouns": 50, "b~not-a-kind": 0, "gone~pronouns": 0,
    }  # fmt: skip

    assert twin_deltas(run_of(ratings)) == [
        TwinDelta("hobbies", 2, -2, 4, -6, "a", ("c~hobbies",)),
        TwinDelta("pronouns", 1, 0, 0, 0, "a", ()),
    ]


def test_kind_without_a_pair_has_no_figure() -> None:
    """What could not be rated is no difference of 0."""
    [delta] = twin_deltas(run_of({"a": None, "a~hobbies": 44}))

    assert delta == TwinDelta("hobbies", 0, None, None, None, None, ("a~hobbies",))


@pytest.mark.parametrize(
    ("name", "expected"), [("a~hobbies", True), ("a~b", False), ("hobbies", False), ("a~hobbies~x", False)]
)
def test_name_of_a_twin_is_known(name: str, expected: bool) -> None:
    """By the mark and a kind that there is."""
    assert is_twin(name) == expected


def test_all_kinds_are_met_by_the_fixtures() -> None:
    """Every kind gives a twin of at least one of the cases that come with the program."""
    assert {each.name.rpartition("~")[2] for each in twins_of(FIXTURES)} == set(KINDS)
