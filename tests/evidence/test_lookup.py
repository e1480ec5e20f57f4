"""Finding quotes in the material: what is folded away, and what never is."""

import sys
import unicodedata
from collections.abc import Callable
from functools import partial
from types import FrameType

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluator.evidence import MAX_WORDS, Material, Piece
from evaluator.evidence.lookup import PASSED_OVER
from evaluator.judgement import Quote, Source
from evaluator.prompts.fence import escape
from evaluator.words import folded_words, words
from tests.fakes.rubrics import cv

SOURCE = "Moved the ledger – 4 million postings a day – to PostgreSQL 15, without a “maintenance window”."

ALPHABET = "abCé ßñçΩж京都のก١0123456789.,;:-–—'’“”«»<>#[]()+/\n\t\u00a0½ﬁﷺ"
TEXTS = st.text(st.sampled_from(ALPHABET), max_size=120)
SENTENCES = st.lists(
    st.sampled_from(
        ["The", "led", "no", "team", "of", "5", "C++", "c", "Kafka,", "not", "Größe\n日本語", "½"]
    ),
    max_size=40,
).map(" ".join)
SOURCES = st.one_of(TEXTS, SENTENCES)


def found_text(material: Material, text: str, source: Source = Source.CV) -> str | None:
    """Return what is kept of a quote, None where it is not found."""
    place = material.find(Quote(source, text))
    return place and material.text(place)


def content(text: str) -> list[str]:
    """Return the folded words of a text that must match: all but articles and the like."""
    return [word for word in folded_words(text) if word not in PASSED_OVER]


@given(st.lists(SOURCES, min_size=1, max_size=4), SOURCES)
def test_nothing_is_found_that_is_not_there(texts: list[str], quote: str) -> None:
    """Whatever is quoted, what is kept is a slice of one piece, with the quote's words in their order."""
    material = cv(*texts)
    kept = found_text(material, quote)

    assert kept is None or any(kept in text for text in texts)
    assert kept is None or content(kept) == content(quote)


@given(st.lists(SOURCES, min_size=1, max_size=4), st.data())
def test_what_is_there_is_found(texts: list[str], data: st.DataObject) -> None:
    """Any run of whole words of a piece is found again, however long the piece is."""
    text = data.draw(st.sampled_from(texts))
    places = words(text)[:MAX_WORDS]
    assume(content(text[: places[-1].end] if places else ""))
    first = data.draw(st.integers(0, len(places) - 1))
    last = data.draw(st.integers(first, len(places) - 1))
    quote = text[places[first].start : places[last].end]
    assume(content(quote))

    assert content(found_text(cv(*texts), quote) or "") == content(quote)


@given(SOURCES, st.data())
def test_escaping_for_the_prompt_hides_nothing(text: str, data: st.DataObject) -> None:
    """What the model copies from a fence is found in the text as it was before it was fenced."""
    shown = escape(text)
    start = data.draw(st.integers(0, len(shown)))
    quote = shown[start : data.draw(st.integers(start, len(shown)))]
    whole = {word.start for word in words(shown)} | {word.end for word in words(shown)}
    assume(content(quote) and {words(quote)[0].start + start, words(quote)[-1].end + start} <= whole)
    assume(len(folded_words(quote)) <= MAX_WORDS)

    assert content(found_text(cv(text), quote) or "") == content(quote)


@pytest.mark.parametrize(
    "quote",
    [
        "MOVED THE LEDGER",
        "moved   the\n\tledger",
        "moved\u00a0the ledger",
        "“Moved” the ledger…",
        "4 million postings a day - to PostgreSQL 15",
        'PostgreSQL 15, without a "maintenance window"',
        unicodedata.normalize("NFD", "4 million postings a day — to PostgreSQL 15"),
    ],
)
def test_spelling_is_folded_away(quote: str) -> None:
    """Case, white space, line breaks, dashes and quotation marks do not matter."""
    assert content(found_text(cv(SOURCE), quote) or "") == content(quote)


@pytest.mark.parametrize(
    ("source", "quote"),
    [
        ("Führte ein Team von fünf Personen", "fuhrte EIN team"),
        ("In der Großküche gearbeitet", "in der GROSSKÜCHE"),
        ("Résumé d’activités chez Café Müller", "Re\u0301sume\u0301 d'activite\u0301s"),
        ("oﬃce eﬃciency programme", "office efficiency programme"),
        ("Ｋａｆｋａ ｃｌｕｓｔｅｒ duty", "Kafka cluster duty"),
        ("使用Kafka处理实时数据三年", "Kafka处理实时数据"),
        ("Вёл команду из пяти человек", "вел команду из пяти"),
    ],
)
def test_unicode_is_folded_away(source: str, quote: str) -> None:
    """Composed or not, with accents or without, full width or ligature: the word is the same."""
    assert found_text(cv(source), quote) is not None


@pytest.mark.parametrize(
    "quote",
    [
        "Moved the ledger to PostgreSQL 15",
        "Moved the accounts",
        "5 million postings a day",
        "postings a day to PostgreSQL 16",
        "PostgreSQL 1.5, without",
        "PostgreSQL 15, with a maintenance window",
        "PostgreSQL 15 without any maintenance window",
        "window maintenance a without",
        "oved the ledge",
        "",
        " \n…",
    ],
)
def test_changed_words_are_not_found(quote: str) -> None:
    """A word more, less, changed, cut or moved is another text; so is another digit."""
    assert found_text(cv(SOURCE), quote) is None


def test_articles_are_passed_over_and_come_back_from_the_source() -> None:
    """A slip in small words still leads to the place, and the source's own words are what is kept."""
    kept = found_text(cv(SOURCE), "moved a ledger – 4 million postings day")

    assert kept == "Moved the ledger – 4 million postings a day"[: len(kept or "")]
    assert kept == "Moved the ledger – 4 million postings a day"


@pytest.mark.parametrize(
    ("source", "quote", "kept"),
    [
        ("Cut the cost by 31 % in 2023", "the cost by 31", "the cost by 31 %"),
        ("Sold for 5 €, twice", "Sold for 5", "Sold for 5 €"),
        ("Ran it on Kubernetes (EKS). Then left", "it on Kubernetes EKS", "it on Kubernetes (EKS)"),
        ("Ran (at night) on Kubernetes) again", "Ran at night", "Ran (at night)"),
        ("Kept the books in € for years", "Kept the books in", "Kept the books in"),
        ("Kept a budget of £3 million", "Kept a budget of", "Kept a budget of"),
        ("Kept budgets 3 $5 million", "Kept budgets 3", "Kept budgets 3"),
    ],
)
def test_sign_of_the_last_word_is_kept_with_it(source: str, quote: str, kept: str) -> None:
    """A number keeps its unit and a bracket its end; what belongs to the next word stays there."""
    assert found_text(cv(source), quote) == kept


def test_letters_and_signs_of_languages_are_kept_apart() -> None:
    """`C`, `C++` and `C#` are three words."""
    assert found_text(cv("wrote services in C++ and tests"), "wrote services in C and tests") is None
    assert found_text(cv("wrote services in C# and tests"), "services in C# and") == "services in C# and"


def test_quote_does_not_run_over_two_pieces() -> None:
    """The end of one entry and the beginning of the next are no passage."""
    assert found_text(cv("Ran Kafka", "for five years"), "Ran Kafka for five years") is None


def test_named_source_is_searched_first_and_the_others_then() -> None:
    """The text counts where it really stands, whatever source the model gave."""
    material = Material([Piece(Source.CV, "ran a Kafka cluster"), Piece(Source.FORM, "Ran a Kafka cluster")])
    in_form = material.find(Quote(Source.FORM, "ran a kafka cluster"))
    in_cv = material.find(Quote(Source.CONTEXT, "ran a kafka cluster"))

    assert in_form is not None
    assert in_form.piece == 1
    assert in_cv is not None
    assert material.source(in_cv) is Source.CV


def test_words_as_quoted_are_preferred_to_a_slip() -> None:
    """An exact place in a later piece comes before one that differs in small words."""
    assert found_text(
        cv("ran ledger of a bank", "I ran the ledger of the bank"), "ran the ledger of the bank"
    ) == ("ran the ledger of the bank")


def test_place_that_nothing_denies_is_preferred() -> None:
    """A passage that stands twice counts where it is not denied."""
    text = "At school no experience with Kafka streams. Later much experience with Kafka streams."
    place = cv(text).find(Quote(Source.CV, "experience with Kafka streams"))

    assert place is not None
    assert place.start == text.rindex("experience")


def test_long_quote_stands_by_its_beginning() -> None:
    """Of a quote without end only the first words are looked for."""
    text = " ".join(f"word{number}" for number in range(3 * MAX_WORDS))

    assert found_text(cv(text), text + " and what is not there") == text[: text.index(f" word{MAX_WORDS}")]


@pytest.mark.parametrize("filler", ["wort ", "né ", "京都の"])
def test_long_text_is_searched_to_its_end(filler: str) -> None:
    """A place far inside a text without line breaks is named to the character."""
    text = filler * 3_000 + " led the Kafka migration " + filler * 3_000

    assert found_text(cv(text), "Led the Kafka MIGRATION") == "led the Kafka migration"


def test_no_word_is_lost_between_stretches_of_a_long_text() -> None:
    """A text is indexed in stretches, and any three words in a row are found across their ends too."""
    numbered = [f"word{number}" for number in range(600)]
    runs = [" ".join(numbered[first : first + 3]) for first in range(len(numbered) - 2)]
    material = cv(" ".join(numbered))

    assert [run for run in runs if found_text(material, run) != run] == []


def test_repeated_words_are_searched_in_bounded_steps() -> None:
    """A text that repeats a denied phrase ten thousand times is settled after a few places."""
    material = cv("no a1 b1 c1 " * 10_000)
    place = material.find(Quote(Source.CV, "a1 b1 c1"))

    assert place is not None
    assert material.is_denied(place)


def test_ligature_of_several_words_is_one_word() -> None:
    """A single character that unfolds to a whole phrase neither breaks the search nor invents words."""
    material = cv("before ﷺ after")

    assert found_text(material, "صلى الله عليه وسلم") is None
    assert found_text(material, "before ﷺ after") == "before ﷺ after"


def test_text_is_indexed_when_it_is_first_searched() -> None:
    """Making the material costs nothing until a quote is looked up."""

    class Untouchable(str):
        def __len__(self) -> int:
            raise AssertionError("searched too early")

    assert Material([Piece(Source.CV, Untouchable("text"))])


@pytest.mark.parametrize(
    ("text", "quoted", "kept"),
    [
        ("Order intake rose to 118 % of the goal", "intake rose to 118", "intake rose to 118 %"),
        (
            "They run on Kubernetes (EKS) since 2021",
            "They run on Kubernetes (EKS",
            "They run on Kubernetes (EKS)",
        ),
        ("Fell to 0.3 °C, all of it", "Fell to 0.3", "Fell to 0.3 °"),
        ("(They run on Kubernetes) since 2021", "They run on Kubernetes", "They run on Kubernetes"),
    ],
)
def test_kept_quote_has_the_sign_of_its_last_word(text: str, quoted: str, kept: str) -> None:
    """A figure keeps its per cent sign and a bracket its end."""
    material = Material([Piece(Source.CV, text)])
    found = material.find(Quote(Source.CV, quoted))

    assert found is not None
    assert material.text(found) == kept


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions `work` calls, built-in ones too."""
    count = 0

    def see(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def test_absent_quote_costs_the_same_over_many_pieces() -> None:
    """A quote that is not there is looked for once a source, not once a piece."""
    costs = []
    for pieces in (10, 1_000):
        material = cv(*[f"Entry {number} ran the cluster" for number in range(pieces)])
        found_text(material, "quite another absent phrase")
        costs.append(calls_of(partial(found_text, material, "words that are absent")))

    assert costs[0] == costs[1]


def test_same_quote_is_looked_up_once() -> None:
    """Several samples give the same quotes, absent ones too; spelling makes no difference."""
    material = cv("Ran the Kafka cluster", "Kept the books")
    found_text(material, "Quite another absent phrase")
    first, again = (
        calls_of(partial(found_text, material, text)) for text in ("Absent big words", "absent BIG words")
    )

    assert again < first / 2
