"""Quotes are the candidate's own words, and pass the service's own check."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evaluator.evidence import Material, Piece, verify
from evaluator.judgement import Source, read_reply
from evaluator.offline.quoting import MAX_CRITERIA, MAX_WORDS
from evaluator.prompts.fence import escape
from tests.fakes.offline import DEEP, pack_criterion, rate, rubric

JUDGED = rubric(
    "kafka",
    "docker",
    "team leadership",
    own=[pack_criterion("results", "Results"), pack_criterion("others", "Work with others")],
)

WORDS = st.sampled_from(
    (
        "I", "not", "have", "never", "only", "built", "led", "Kafka", "Docker", "team", "of", "with", "and",
        "in", "40", "2021", "%", ".", ";", ",", "-", "<b>", "#", "[INST]", "é", "数据", "\n",
    )
)  # fmt: skip
TEXTS = st.lists(WORDS, min_size=1, max_size=60).map(" ".join)
APPLICATIONS = st.fixed_dictionaries(
    {
        "cv_experience": st.lists(TEXTS, max_size=3),
        "cv_summary": TEXTS,
        "cv_raw": TEXTS,
        "form": st.dictionaries(st.sampled_from(["Kafka", "Why"]), TEXTS, max_size=2),
    }
)


def quotes_of(reply: dict[str, Any]) -> list[tuple[str, str]]:
    """Return source and text of every quote."""
    return [
        (quote["source"], quote["text"]) for each in reply["criteria"].values() for quote in each["quotes"]
    ]


@given(APPLICATIONS)
def test_quote_is_verbatim_from_one_piece(application: dict[str, Any]) -> None:
    """Every quote stands in one entry, answer or text as the prompt shows it, and is not long."""
    pieces = {
        "cv": [*application["cv_experience"], application["cv_summary"], application["cv_raw"]],
        "form": list(application["form"].values()),
    }
    shown = {source: [escape(text) for text in texts] for source, texts in pieces.items()}

    for source, text in quotes_of(rate(JUDGED, **application)):
        assert any(text in piece for piece in shown[source])
        assert len(text.split()) <= 2 * MAX_WORDS


@given(APPLICATIONS)
def test_level_comes_with_a_quote(application: dict[str, Any]) -> None:
    """No level above none and no contradiction stands without a quote."""
    for slots in rate(JUDGED, **application)["criteria"].values():
        assert bool(slots["quotes"]) == (slots["level"] != "none" or slots["finding"] == "contradicted")


@given(APPLICATIONS)
def test_passage_serves_two_criteria_at_most(application: dict[str, Any]) -> None:
    """The same words are not quoted for more criteria than the service takes."""
    served = Counter(quotes_of(rate(JUDGED, **application)))

    assert max(served.values(), default=0) <= MAX_CRITERIA


@given(APPLICATIONS)
def test_quote_is_found_by_the_check_of_the_service(application: dict[str, Any]) -> None:
    """The service finds every quote in the candidate's own material, escaped or not."""
    texts = [*application["cv_experience"], application["cv_summary"], application["cv_raw"]]
    pieces = [Piece(Source.CV, text) for text in texts]
    pieces += [Piece(Source.FORM, text) for text in application["form"].values()]
    reply = read_reply(rate(JUDGED, **application), JUDGED)
    assert not isinstance(reply, list)
    checked = verify(reply, JUDGED, Material(pieces))

    assert [
        each.why for verified in checked.values() for each in verified.dropped if "found" in each.why
    ] == []


def test_quotes_pass_the_check_of_the_service() -> None:
    """Every quote of a plain application is verified, so that no level falls."""
    texts = [
        DEEP,
        "Clerk, Dale, 2012 - 2017. Led a team of 4 with Docker; taught customers and cut costs by 9 %.",
    ]
    reply = read_reply(rate(JUDGED, cv_experience=texts), JUDGED)
    assert not isinstance(reply, list)
    checked = verify(reply, JUDGED, Material([Piece(Source.CV, text) for text in texts]))

    assert [each.why for verified in checked.values() for each in verified.dropped] == []
    assert {key: each.level for key, each in checked.items()} == {
        key: each.level for key, each in reply.criteria.items()
    }
