"""Reading the prompt: what is material, and which part of a CV a line belongs to."""

from evaluator.offline.lexicon import load_lexicon
from evaluator.offline.reading import MAX_FENCES, fenced, lines, outside_fences
from tests.fakes.offline import prompt

LEXICON = load_lexicon()


def parts_of(**fences: str) -> dict[str, str]:
    """Return the part of each line by its text."""
    return {line.text: line.part for line in lines(fences, LEXICON) if line.text}


def test_only_named_fences_are_material() -> None:
    """Claims, the job, earlier context and unknown fences are not read as evidence."""
    fences = {"claims": "a", "job": "b", "context": "c", "extra": "d", "rubric": "e", "cv_summary": "f"}

    assert parts_of(**fences) == {"f": "summary"}


def test_fenced_text_is_not_outside() -> None:
    """What a prompt says itself is told apart from what it fences."""
    message = f"Before.\n{prompt(cv_raw='Inside.')}\nAfter."

    assert fenced([message]) == {"cv_raw": "Inside."}
    assert "Inside." not in outside_fences(message)


def test_text_with_too_many_openings_is_no_prompt() -> None:
    """A text full of opening tags is not searched for fences."""
    assert fenced(["<a>\n" * (MAX_FENCES + 1) + prompt(cv_raw="text")]) == {}


def test_headings_part_an_unstructured_cv() -> None:
    """Headings in capitals, with numbers or colons tell what the lines below them are."""
    raw = "1. Experience\nLed the team.\n\nEDUCATION\nA degree.\n\nSkills:\nKafka\n\nBeruf\nWerk geleitet."

    expected = {
        "Led the team.": "work",
        "A degree.": "learning",
        "Kafka": "listing",
        "Werk geleitet.": "work",
    }
    assert expected == parts_of(cv_raw=raw)


def test_heading_that_denies_denies_its_lines() -> None:
    """What stands under "yet to learn" is denied."""
    assert parts_of(cv_raw="What I have yet to learn\nKafka, Flink.") == {"Kafka, Flink.": "denied"}


def test_unusual_heading_is_the_topic_of_its_lines() -> None:
    """A heading that is not a part's name says what its lines are about."""
    found = list(lines({"cv_raw": "HOW I FORECAST\nEvery Monday I enter the figures of the week."}, LEXICON))

    assert [line.topic for line in found if line.part == "work"] == ["HOW I FORECAST"]


def test_form_questions_are_not_the_candidates_words() -> None:
    """Of a form's line only the answer is material."""
    assert parts_of(form="Have you used Kafka?: Yes, daily.") == {"Yes, daily.": "form"}


def test_comments_of_other_apps_are_passed_over() -> None:
    """A person's comment is material without its date, another app's is not."""
    comments = "2026-01-01, a person: Ran the demo.\n\n2026-01-02, another app: Strong in Kafka."

    assert parts_of(comments=comments) == {"Ran the demo.": "comments"}
