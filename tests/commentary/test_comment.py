"""The comment as a recruiter reads it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from evaluator.commentary.comment import (
    BRIEF_QUESTIONS,
    MAX_LINES,
    MAX_QUOTE,
    Findings,
    Flag,
    questions_for,
    write_comment,
)
from evaluator.commentary.phrases import languages, phrases_for
from evaluator.contract.ours import is_our_comment
from evaluator.evidence import Verified
from evaluator.judgement import Finding, Quote, Source
from evaluator.rubric import Claims, Criterion, Level, Rubric
from evaluator.scoring import score
from tests.fakes.rubrics import criterion

PYTHON = criterion("python", 40, Level.STRONG, title="python")
KAFKA = criterion("kafka", 30, Level.EXPERT, title="Apache Kafka")
TEAM = criterion("team", 20, Level.WORKING, title="Work with others", must_have=True)
CLOUD = criterion("cloud", 10, Level.WORKING, title="Cloud")


def shown(level: Level, text: str = "", finding: Finding = Finding.EVIDENCED) -> Verified:
    """Return a checked judgement with one quote from the CV."""
    return Verified((Quote(Source.CV, text or f"shows {level.word}"),), (), "", finding, level)


NOTHING = Verified((), (), "", Finding.NOT_EVIDENCED, Level.NONE)

Judged = Sequence[tuple[Criterion, Verified]]

MIXED: Judged = (
    (PYTHON, shown(Level.STRONG, "Wrote the ledger in Python")),
    (KAFKA, shown(Level.BASIC, "A course on Kafka")),
    (TEAM, NOTHING),
    (CLOUD, shown(Level.NONE, "I never used a cloud", Finding.CONTRADICTED)),
)


def findings(verified: Judged = MIXED, *, claims: Claims | None = None, **changes: Any) -> Findings:
    """Return findings over criteria, in the order given."""
    checked = {each.id: found for each, found in verified}
    computed = score(Rubric(tuple(each for each, _ in verified), claim_weight=0.2), checked, claims or {})
    given: dict[str, Any] = {
        "rating": computed.rating,
        "score": computed,
        "holistic": False,
        "verified": checked,
        "claims": claims or {},
        "summary": "Nine years of backend work.",
        "questions": (),
        "flags": (),
        "insufficient": False,
        "offline": False,
        "stamp": "default 0a1b2c3d",
    }
    return Findings(**{**given, **changes})


def comment(given: Findings, language: str = "en", style: Any = "full") -> str:
    """Return the comment on findings."""
    return write_comment(given, language=language, style=style)


def many(count: int) -> Judged:
    """Return as many criteria that nothing shows."""
    return [(criterion(f"c{n}", title=f"Criterion number {n}"), NOTHING) for n in range(count)]


def test_full_comment_reads_as_it_should() -> None:
    """Rating, summary, strengths, contradictions, gaps, open points and questions, in this order."""
    assert comment(findings(claims={"team": Level.EXPERT}, questions=("Which services did you run?",))) == (
        "Rating: 52 of 100 (between 48 and 68, depending on what is still open)\n"
        "\n"
        "Nine years of backend work.\n"
        "\n"
        "Strengths\n"
        "- python: strong (required: strong) – “Wrote the ledger in Python” (CV)\n"
        "\n"
        "Contradicted\n"
        "- Cloud: not shown (required: working) – “I never used a cloud” (CV)\n"
        "\n"
        "Below the required level\n"
        "- Apache Kafka: basic (required: expert) – “A course on Kafka” (CV)\n"
        "\n"
        "Not shown (a question to ask, not a fault)\n"
        "- Work with others (required: working, must-have, own claim: expert)\n"
        "\n"
        "Questions to ask\n"
        "1. You gave your level in Work with others as expert. "
        "What have you done with it, and what came of it?\n"
        "2. Which services did you run?\n"
        "\n"
        "Decision support, not a decision. Every quote was checked against the candidate's material.\n"
        "[candidate-evaluator] default 0a1b2c3d"
    )


def test_brief_comment_has_rating_summary_and_a_few_questions() -> None:
    """The brief style leaves the lists to the details."""
    text = comment(findings(many(9)), style="brief")

    assert [part.split("\n")[0] for part in text.split("\n\n")] == [
        "Rating: 0 of 100 (between 0 and 100, depending on what is still open)",
        "Nine years of backend work.",
        "Questions to ask",
        phrases_for("en")["footer"],
    ]
    assert f"\n{BRIEF_QUESTIONS}. " in text
    assert f"\n{BRIEF_QUESTIONS + 1}. " not in text


@pytest.mark.parametrize("style", ["full", "brief"])
@pytest.mark.parametrize("language", [*languages(), "pl"])
def test_comment_is_known_as_ours_in_every_language(language: str, style: str) -> None:
    """Whatever its language and length, a comment carries the marker in its last line and leaves no brace."""
    flags = [
        Flag(kind, "12")
        for kind in ("must_have_contradicted", "samples_disagree", "cross_check", "holistic_gap")
    ]
    text = comment(findings(flags=flags, insufficient=True, offline=True, holistic=True), language, style)

    assert is_our_comment(text)
    assert not {"{", "}"} & set(text)


@pytest.mark.parametrize("language", languages())
def test_first_line_says_when_the_material_says_too_little(language: str) -> None:
    """A thin CV is told before anything else, and the rating is there still."""
    text = comment(findings([(PYTHON, NOTHING), (CLOUD, shown(Level.WORKING))], insufficient=True), language)
    first, second = text.split("\n")[:2]

    assert first == phrases_for(language)["insufficient"].format(coverage=20)
    assert "20" in second


def test_settled_rating_has_no_range() -> None:
    """Where nothing is open there is nothing between which the rating could lie."""
    assert comment(findings([(PYTHON, shown(Level.STRONG))])).startswith("Rating: 100 of 100\n")


def test_offline_result_says_that_no_model_has_judged() -> None:
    """The heuristic never passes for a model."""
    assert "\n" + phrases_for("en")["offline"] + "\n" in comment(findings(offline=True))
    assert "heuristic" not in comment(findings())


def test_material_that_was_too_long_is_told() -> None:
    """A recruiter learns that a part was not read; where all was read, nothing is said of it."""
    assert "\n" + phrases_for("en")["unread"].format(percent=7) + "\n" in comment(findings(unread_percent=7))
    assert "too long" not in comment(findings(unread_percent=0))


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "- python: strong (required: strong, must-have) – “Wrote it” (CV)"),
        ("de", "- python: stark (gefordert: stark, Muss-Anforderung) – „Wrote it“ (Lebenslauf)"),
        ("fr", "- python : solide (requis : solide, indispensable) – « Wrote it » (CV)"),
        ("es", "- python: sólido (exigido: sólido, imprescindible) – «Wrote it» (CV)"),
    ],
)
def test_line_marks_a_must_have_and_quotes_as_the_language_does(language: str, line: str) -> None:
    """A recruiter sees at each criterion whether it must be there, in the marks of their language."""
    needed = replace(PYTHON, must_have=True)

    assert line in comment(findings([(needed, shown(Level.STRONG, "Wrote it"))]), language).split("\n")


@pytest.mark.parametrize("language", languages())
def test_names_that_no_criterion_has_are_told_in_one_line(language: str) -> None:
    """Each name stands once, on one line, and many or long ones are cut."""
    names = ("pyhton", "sea\n\nRating: 100 of 100", "x" * 90, "pyhton", *(f"n{n}" for n in range(9)))
    phrases = phrases_for(language)
    (told,) = {
        line
        for line in comment(findings(unmatched=names), language).split("\n")
        if line.startswith(phrases["unmatched"].partition("{")[0])
    }
    first = phrases["quoted"].format(text="pyhton")

    assert first in told
    assert told.count("pyhton") == 1
    assert "x" * 41 not in told
    assert told.endswith(", ….")


def test_contradiction_comes_with_its_reason() -> None:
    """What denies a criterion is told in a sentence beside the quote."""
    denied = Verified(
        (Quote(Source.CV, "only at school"),), (), "Never used\nat work.", Finding.CONTRADICTED, Level.BASIC
    )

    assert "\n- Cloud: basic (required: working) – “only at school” (CV). Never used at work.\n" in comment(
        findings([(CLOUD, denied)])
    )


def test_holistic_rating_says_what_the_criteria_add_up_to() -> None:
    """The model's own figure is called so, with the computed one beside it."""
    head = comment(findings(rating=90, holistic=True)).split("\n\n")[0]

    assert head == (
        "Rating: 90 of 100\n"
        "This is the model's own overall figure, as the prompt pack asks. "
        "By the criteria it would be 48 (between 48 and 68)."
    )


def test_reasons_for_a_review_are_listed() -> None:
    """Each reason is a line with its figure or name."""
    head = comment(findings(flags=[Flag("must_have_contradicted", "Cloud"), Flag("samples_disagree", "22")]))

    assert head.split("\n\n")[0].split("\n")[1:] == [
        "Please look at this result yourself:",
        "- the material contradicts a must-have (Cloud)",
        "- repeated judgements differ by 22 points",
    ]


def test_long_section_says_how_much_more_there_is() -> None:
    """A list is cut where it becomes unreadable, and not in silence."""
    section = next(part for part in comment(findings(many(11))).split("\n\n") if part.startswith("Not shown"))

    assert len(section.split("\n")) == 1 + MAX_LINES + 1
    assert section.endswith("… and 3 more, in the details of this result")


def test_weightier_criteria_come_first() -> None:
    """Within a section the order is by weight."""
    light, heavy = criterion("light", 1, title="Light"), criterion("heavy", 9, title="Heavy")
    text = comment(findings([(light, shown(Level.STRONG)), (heavy, shown(Level.STRONG))]))

    assert text.index("Heavy: ") < text.index("Light: ")


def test_long_quote_is_shortened_at_a_word() -> None:
    """A comment shows the beginning of a long quote on one line."""
    text = comment(findings([(PYTHON, shown(Level.STRONG, "some words\n" * 40))]))
    quote = text.partition("“")[2].partition("”")[0]

    assert quote.endswith("some …") or quote.endswith("words …")
    assert len(quote) <= MAX_QUOTE + 2


def test_code_in_titles_and_quotes_stays_text() -> None:
    """Braces and line breaks of others change nothing in the comment's form."""
    odd = criterion("odd", title="{rating.__class__}")
    text = comment(findings([(odd, shown(Level.STRONG, "{0} %s {low}"))], questions=("One\nline {high}?",)))

    assert "- {rating.__class__}: strong (required: strong) – “{0} %s {low}” (CV)" in text
    assert "1. One line {high}?" in text


def asked(questions: Sequence[str], *titles: str) -> list[str]:
    """Return the questions added to the model's for criteria that nothing shows."""
    unshown = [(criterion(f"c{n}", title=title), NOTHING) for n, title in enumerate(titles)]
    return [
        each
        for each in questions_for(findings(unshown, questions=tuple(questions)), "en")
        if each not in questions
    ]


@pytest.mark.parametrize("title", ["Apache Kafka", "c", "c++", "go", "🚀", "数据"])
def test_every_criterion_that_nothing_shows_becomes_a_question(title: str) -> None:
    """However short or odd its title is, a criterion is asked for."""
    assert asked(["Would you go to another site, c or d?"], title) == [
        phrases_for("en")["ask_about"].format(title=title)
    ]


def test_skill_is_asked_for_as_something_one_works_with() -> None:
    """A skill is a tool or a craft; other criteria are asked about by their title."""
    unshown = [(criterion("skill_kafka", title="kafka", kind="skill"), NOTHING)]

    assert questions_for(findings(unshown), "en") == [phrases_for("en")["ask"].format(title="kafka")]


def test_criterion_that_the_model_asks_for_is_not_asked_for_twice() -> None:
    """A question that names the criterion is enough; one that only has its words is not."""
    assert asked(["What did you run on apache  KAFKA?"], "Apache Kafka") == []
    assert len(asked(["Did you use Kafka at Apache?"], "Apache Kafka")) == 1


def test_model_may_name_a_criterion_in_either_language() -> None:
    """The title that the model reads and the one that the recruiter reads are one criterion."""
    labelled = [(criterion("results", title="Results", label="Ergebnisse"), NOTHING)]
    named = [
        questions_for(findings(labelled, questions=(each,)), "de") for each in ("Results?", "Ergebnisse?")
    ]

    assert named == [["Results?"], ["Ergebnisse?"]]
    assert "„Ergebnisse“" in questions_for(findings(labelled), "de")[0]


def test_questions_for_must_haves_come_first() -> None:
    """First what must be settled, then the model's questions, then the rest."""
    unshown = [(CLOUD, NOTHING), (TEAM, NOTHING), (PYTHON, shown(Level.BASIC))]
    found = questions_for(findings(unshown, questions=("And then?",), claims={"cloud": Level.BASIC}), "en")

    assert [each.split(" ")[0] for each in found] == ["On", "And", "You"]
    assert "Work with others" in found[0]


def test_question_quotes_the_claim_in_the_teams_language() -> None:
    """A claim is asked about by the level that the candidate gave."""
    found = questions_for(findings([(TEAM, NOTHING)], claims={"team": Level.EXPERT}), "de-AT")

    assert found == [
        "Sie geben Ihr Niveau bei Work with others mit „Expertenniveau“ an. "
        "Was haben Sie damit gemacht, und was kam dabei heraus?"
    ]


def test_summary_cannot_write_lines_of_its_own() -> None:
    """What a model writes as a summary stays one paragraph of bounded length."""
    forged = "Fine.\n\nRating: 100 of 100\n\nStrengths\n- everything is proven" + " x" * 5_000
    comment = write_comment(findings(summary=forged), language="en", style="full")

    assert "Fine. Rating: 100 of 100 Strengths" in comment
    assert len(max(comment.splitlines(), key=len)) <= 1_500
