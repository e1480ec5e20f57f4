"""What of a request may be quoted, and as which source."""

from typing import Any

import pytest

from evaluator.assessment.material import material_of
from evaluator.contract.ours import MARKER, NAME
from evaluator.evidence import verify
from evaluator.judgement import Quote, Source
from tests.fakes.prompting import request_of
from tests.fakes.rubrics import judgement, reply, rubric

REQUEST: dict[str, Any] = {
    "job": {
        "description": "You will run our Kafka clusters.",
        "prompt": "Depth in databases matters most.",
        "skills": [{"slug": "apache kafka streams", "exp_level": 3}],
    },
    "candidate_parsed_cv": {
        "summary": "Backend engineer with nine years",
        "education": ["Degree in marine biology"],
        "experience": ["Led the orchard planning group", "Kept the harbour lights"],
        "hobbies": ["Repairs very old radios"],
        "raw": "Speaks fluent Portuguese and Dutch",
        "certificates": {"2024": "Certified in rope access"},
    },
    "application_form": {
        "skills": [{"slug": "expert level python", "exp_level": 4}],
        "What was your hardest problem?": "A drift of few cents",
        "Which shifts": ["early shift on Mondays", "late shift on Sundays"],
        "years": 7,
    },
    "comments": [
        {"content": "Asked good questions by phone", "is_human_created": True},
        {"content": f"Rated very highly by us before\n{MARKER} default 0a1b2c3d"},
        {"content": f"I read her otherwise here\n> Quoted from us by somebody\n> {MARKER} default 0a1b"},
    ],
    "context": [
        {"evaluator": {"name": NAME}, "summary": "Our own earlier words on this"},
        {"results": [{"evaluator": {"name": NAME}, "summary": "Wrapped words of ours too"}]},
        {"app_id": "app-1", "note": "Also our own earlier words"},
        {"app_id": "codelane", "exercise": {"tests passed": 18, "remark": "Clean and well tested"}},
    ],
    "step_prompt": "Look closely at the databases.",
    "integration_config": {"instructions": "We value sober plain wording."},
    "current_rating": 77,
    "further": "Some further field of the request",
}


def source_of(text: str) -> Source | None:
    """Return the source under which a quote is kept, None where it is no evidence."""
    material = material_of(request_of(**REQUEST), app_id="app-1")
    found = verify(reply({"a": judgement(text)}), rubric("a"), material)["a"]
    return found.quotes[0].source if found.quotes else None


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Backend engineer with nine years", Source.CV),
        ("Degree in marine biology", Source.CV),
        ("Led the orchard planning group", Source.CV),
        ("Repairs very old radios", Source.CV),
        ("Speaks fluent Portuguese", Source.CV),
        ("Certified in rope access", Source.CV),
        ("A drift of few cents", Source.FORM),
        ("late shift on Sundays", Source.FORM),
        ("Asked good questions by phone", Source.COMMENTS),
        ("I read her otherwise here", Source.COMMENTS),
        ("Clean and well tested", Source.CONTEXT),
        ("tests passed: 18; remark: Clean", Source.CONTEXT),
    ],
)
def test_material_of_the_candidate_may_be_quoted(text: str, source: Source) -> None:
    """CV, answers, comments and what other apps found are evidence, each under its source."""
    assert source_of(text) is source


@pytest.mark.parametrize(
    "text",
    [
        "You will run our Kafka clusters",
        "Depth in databases matters most",
        "apache kafka streams",
        "Look closely at the databases",
        "We value sober plain wording",
    ],
)
def test_words_of_the_job_are_no_evidence(text: str) -> None:
    """What is asked of a candidate says nothing about one."""
    assert source_of(text) is None


@pytest.mark.parametrize("text", ["expert level python", "What was your hardest problem?", "years: 7"])
def test_claims_and_questions_of_the_form_are_no_evidence(text: str) -> None:
    """A claimed skill is a claim, and a question is not the candidate's."""
    assert source_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Rated very highly by us before",
        "Quoted from us by somebody",
        "Our own earlier words on this",
        "Wrapped words of ours too",
        "Also our own earlier words",
    ],
)
def test_own_earlier_results_are_no_evidence(text: str) -> None:
    """A rating does not rest on the rating before it."""
    assert source_of(text) is None


@pytest.mark.parametrize(
    "text", ["orchard planning group Kept the harbour", "Some further field of the request"]
)
def test_neither_two_entries_nor_unknown_fields_make_a_passage(text: str) -> None:
    """Entries are apart, and what the reference does not name is no source."""
    assert source_of(text) is None


def test_empty_request_has_no_material() -> None:
    """A candidate of whom nothing is known can be assessed, with nothing to quote."""
    assert material_of(request_of(), app_id=None).find(Quote(Source.CV, "any words at all")) is None


def quoted(text: str, **changes: Any) -> Source | None:
    """Return the source under which a quote from a small request is kept, None where it is no evidence."""
    material = material_of(request_of(**changes), app_id=None)
    found = verify(reply({"a": judgement(text)}), rubric("a"), material)["a"]
    return found.quotes[0].source if found.quotes else None


@pytest.mark.parametrize("gap", ["\n\n", "\n \t\n", "\n\n\n"])
def test_quote_does_not_run_over_paragraphs_of_a_raw_cv(gap: str) -> None:
    """A blank line parts two entries of a CV that came as one text."""
    cv = {"raw": f"Ran the Kafka cluster{gap}Kept the books of a bank"}

    assert quoted("Kafka cluster Kept the books", candidate_parsed_cv=cv) is None
    assert quoted("Kept the books", candidate_parsed_cv=cv) is Source.CV


def test_quote_runs_over_the_lines_of_a_paragraph() -> None:
    """A line break inside a sentence is no end."""
    cv = {"raw": "Profile\n\nRan the Kafka\ncluster of a bank"}

    assert quoted("Ran the Kafka cluster of a bank", candidate_parsed_cv=cv) is Source.CV


JOB = {"description": "A job.", "skills": [{"slug": "apache-kafka", "exp_level": 3}]}


@pytest.mark.parametrize(
    "answer",
    [
        "My Kafka level: expert",
        "My level of Kafka is expert, at 5 out of 5 stars",
        "Kafka: 5/5",
        "Apache Kafka - 5 years of professional experience",
        "I have very good knowledge of Kafka and use it daily",
        "Kafka expert, Airflow advanced, Storm basic, Beam basic",
        "Airflow, Storm, Beam, Dagster, Snowflake",
        "Airflow: 5/5\nStorm: 4/5\nBeam: 3/5",
        "Meine Kafka-Kenntnisse: sehr gut, 5 Jahre Erfahrung",
        "Très bon niveau, expérience de 5 ans avec Kafka",
        ["Kafka, expert level, 5 years", "Airflow, advanced level, 3 years"],
        {"slug": "Kafka streams expert", "exp_level": 4, "note": "used daily for years"},
    ],
)
def test_answer_that_rates_oneself_is_no_evidence(answer: Any) -> None:
    """A level, a figure or a list of names under another question is a claim like a ticked skill."""
    texts = [answer] if isinstance(answer, str) else answer if isinstance(answer, list) else answer.values()

    assert {quoted(str(text), job=JOB, application_form={"more": answer}) for text in texts} == {None}


@pytest.mark.parametrize(
    ("answer", "quote"),
    [
        ("I ran Kafka for four years at a bank", "ran Kafka for four years"),
        ("I ran Kafka for four years at a bank", "Kafka for four years"),
        ("Kafka: I moved the payment topics of a bank to it", "Kafka: I moved the payment topics"),
        ("My Kafka level: expert. I ran its clusters at a large bank.", "ran its clusters at"),
        ("Kafka: 5/5\nI ran its clusters at a large bank", "ran its clusters at"),
        ("I ran the clusters\nfor years\nat a large bank", "clusters for years at a large bank"),
        ("Ich habe bei einer Bank vier Jahre lang Kafka betrieben", "bei einer Bank vier Jahre"),
        ("J'ai exploité Kafka quatre ans dans une banque", "Kafka quatre ans dans une banque"),
        ("我在一家银行负责消息集群的运维", "银行负责消息集群"),
    ],
)
def test_answer_that_tells_something_is_evidence(answer: str, quote: str) -> None:
    """What was done where is evidence, though the same answer may state a level too."""
    assert quoted(quote, job=JOB, application_form={"why": answer}) is Source.FORM


def test_rating_beside_a_tale_is_no_evidence() -> None:
    """An honest sentence does not make evidence of the level that stands before it."""
    form = {"why": "My Kafka level: expert, 5/5. I ran its clusters at a large bank."}

    assert quoted("My Kafka level: expert", job=JOB, application_form=form) is None
    assert quoted("expert, 5/5. I ran its clusters", job=JOB, application_form=form) is None
