"""The candidate's own material, with what was quoted from it marked."""

from hypothesis import given
from hypothesis import strategies as st

from evaluator.contract.result import KeptQuote
from evaluator.evals.reports.highlights import Part, marked, parts_of
from evaluator.judgement import Source
from tests.fakes.reporting import QUOTE, case


def part(text: str, source: Source = Source.CV) -> Part:
    """Return a text of the material."""
    return Part(source, "Experience", text)


def quote(text: str) -> KeptQuote:
    """Return a quote of the CV."""
    return KeptQuote(source="cv", text=text)


def quoted(parts: list[Part], *quotes: KeptQuote) -> list[list[tuple[str, tuple[int, ...]]]]:
    """Return the marked stretches of each part."""
    segments = marked(parts, quotes)
    return [[(each.text, each.quotes) for each in own if each.quotes] for own in segments]


def test_material_is_told_in_reading_order() -> None:
    """CV, form and comments each stand under a heading."""
    assert [(each.source.value, each.heading) for each in parts_of(case("anna").request)] == [
        ("cv", "Summary"),
        ("cv", "Experience"),
        ("form", "notice"),
        ("comments", "Comment of 2026-01-02"),
    ]


def test_quote_is_marked_where_it_stands() -> None:
    """The very characters of a quote are marked, and nothing beside them."""
    assert quoted([part(f"Brook. I {QUOTE}, daily.")], quote(QUOTE)) == [[(QUOTE, (0,))]]


def test_quote_is_marked_everywhere_in_its_source() -> None:
    """The whole text of a CV repeats its parts: both are marked, another source is not."""
    parts = [part(QUOTE), part(f"{QUOTE} {QUOTE}"), part(QUOTE, Source.FORM)]

    assert [len(own) for own in quoted(parts, quote(QUOTE))] == [1, 2, 0]


def test_overlapping_quotes_share_a_stretch() -> None:
    """Where two quotes overlap, what both hold is a stretch of both."""
    text = "ran Kafka for the orders of a shop"

    assert quoted([part(text)], quote("ran Kafka for the orders"), quote("for the orders of a shop")) == [
        [("ran Kafka ", (0,)), ("for the orders", (0, 1)), (" of a shop", (1,))]
    ]


def test_quote_with_other_dashes_is_found_by_its_words() -> None:
    """A quote whose characters were cleaned is marked where its words stand."""
    text = "Ran\u00a0Kafka\u200b for the orders – daily."

    assert quoted([part(text)], quote("Ran Kafka for the orders")) == [
        [("Ran\u00a0Kafka\u200b for the orders", (0,))]
    ]


def test_quote_that_is_nowhere_marks_nothing() -> None:
    """What the material does not hold is marked nowhere."""
    assert quoted([part("Nothing of the kind.")], quote(QUOTE)) == [[]]


@given(st.text(), st.lists(st.text(min_size=1, max_size=5), max_size=4))
def test_segments_are_the_whole_text(text: str, quotes: list[str]) -> None:
    """Whatever is marked, nothing of a text is lost or told twice."""
    segments = marked([part(text)], [quote(each) for each in quotes])[0]

    assert "".join(each.text for each in segments) == text


@given(st.text("ab", max_size=30), st.lists(st.text("ab", min_size=1, max_size=3), max_size=4))
def test_every_character_belongs_to_the_quotes_that_stand_there(text: str, quotes: list[str]) -> None:
    """Overlapping or not: a quote has each place in which its characters follow each other."""
    wanted = [set[int]() for _ in text]
    for number, each in enumerate(quotes):
        start = text.find(each)
        while start >= 0:
            for place in wanted[start : start + len(each)]:
                place.add(number)
            start = text.find(each, start + len(each))
    segments = marked([part(text)], [quote(each) for each in quotes])[0]

    assert [set(each.quotes) for each in segments for _ in each.text] == wanted


def test_quote_that_stands_everywhere_is_marked_in_one_pass() -> None:
    """A CV that says one thing fifty thousand times does not hold up whoever looks at it."""
    assert len(marked([part("ab" * 50_000)], [quote("a")])[0]) == 100_000
