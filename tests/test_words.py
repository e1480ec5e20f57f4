"""Words: the same ones for every spelling, and each with its exact place in the text."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.words import MAX_MARKS, fold, folded_words, is_unspaced, word_spans, words

TEXTS = st.text() | st.text(st.sampled_from(list("aZé\u0301ß C+#-\n漢あกน́ำक्षतガ각İǆﷺ½²ʼŉ")), max_size=30)


@given(TEXTS)
def test_span_is_the_word_itself(text: str) -> None:
    """What stands at a word's place folds to that word, and words follow each other without overlap."""
    found = words(text)

    assert [fold(text[word.start : word.end]) for word in found] == [word.folded for word in found]
    assert all(before.end <= after.start for before, after in pairwise(found))


@given(TEXTS)
def test_no_letter_or_digit_is_outside_a_word(text: str) -> None:
    """Every letter and digit is in a word, but for the apostrophe among the letters."""
    inside = {at for word in words(text) for at in range(word.start, word.end)}

    assert [sign for at, sign in enumerate(text) if sign.isalpha() and at not in inside and sign != "ʼ"] == []
    assert [sign for at, sign in enumerate(text) if sign.isdecimal() and at not in inside] == []


@given(TEXTS)
def test_words_without_places_are_the_same(text: str) -> None:
    """The shorter ways give the same words, and the same places."""
    assert folded_words(text) == [word.folded for word in words(text)]
    assert word_spans(text) == [(word.start, word.end) for word in words(text)]


@given(st.text(st.sampled_from([chr(code) for code in range(0x300)] + list("–—‘’“”•…€™+#a_")), max_size=30))
def test_latin_words_are_those_of_any_text(text: str) -> None:
    """A text has the same words beside a letter of another script as without it."""
    assert [*folded_words(text), "я"] == folded_words(f"{text} я")


@given(TEXTS)
def test_folded_words_can_be_joined_by_spaces(text: str) -> None:
    """No folded word is empty or holds white space, and folding twice changes nothing."""
    for word in folded_words(text):
        assert word
        assert not any(sign.isspace() for sign in word)
        assert fold(word) == word


@given(TEXTS)
def test_normal_form_and_case_make_no_difference(text: str) -> None:
    """Composed, decomposed and lower-case spellings have the same words; `ŉ` alone unfolds to two."""
    text = text.replace("ŉ", "n")
    expected = folded_words(unicodedata.normalize("NFC", text))

    assert folded_words(unicodedata.normalize("NFD", text)) == expected
    assert folded_words(unicodedata.normalize("NFC", text).casefold()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C++, C# and C", ["c++", "c#", "and", "c"]),
        ("C/C++ or .NET 8", ["c", "c++", "or", "net", "8"]),
        ("5+ years, CI/CD", ["5+", "years", "ci", "cd"]),
        ("don't re-use 99.98 %", ["don", "t", "re", "use", "99", "98"]),
        ("Iʼve don’t п’ять пʼять ʼ", ["i", "ve", "don", "t", "п", "ять", "п", "ять"]),
        ("ŉ ʼn", ["n", "n"]),
        ("Überprüfung ÜBERPRÜFUNG Überprüfung", ["uberprufung"] * 3),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("ﬁnance ＡＷＳ K8s", ["finance", "aws", "k8s"]),
        ("Σίσυφος ΣΊΣΥΦΟΣ", ["σισυφοσ", "σισυφοσ"]),
        ("ёлка ЁЛКА", ["елка", "елка"]),
        ("שָׁלוֹם שלום", ["שלום", "שלום"]),
        ("مُهَنْدِس مهندس", ["مهندس", "مهندس"]),
        ("데이터 베이스", ["데이터", "베이스"]),
        ("数据库Python工程师", ["数", "据", "库", "python", "工", "程", "师"]),
        ("データ", ["デ", "ー", "タ"]),
        ("ภาษาไทย", ["ภ", "า", "ษ", "า", "ไ", "ท", "ย"]),
        ("နည်း", ["န", "ည်း"]),
        ("", []),
        ("— … ★ 👩‍💻", []),
        ("‹script› \\# [ INST]", ["script", "inst"]),
    ],
)
def test_words_of(text: str, expected: list[str]) -> None:
    """Names of languages, signs, scripts with and without spaces are cut as they are read."""
    assert folded_words(text) == expected


@pytest.mark.parametrize("text", ["व्यवस्थापन", "অভিজ্ঞতা", "அனுபவம்", "అనుభవం"])
def test_word_with_combining_marks_is_one(text: str) -> None:
    """Vowel signs and joined consonants of Indic scripts do not break a word, and are part of it."""
    assert [(word.start, word.end) for word in words(text)] == [(0, len(text))]
    assert folded_words(text) == [text]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("か", "が"),
        ("は", "ぱ"),
        ("क", "क़"),
        ("कम", "क्म"),
        ("ไม", "ไม่"),
        ("C", "C++"),
        ("c", "c#"),
        ("5", "50"),
    ],
)
def test_different_words_stay_different(one: str, other: str) -> None:
    """Marks that tell words apart are no accents."""
    assert folded_words(one) != folded_words(other)


@pytest.mark.parametrize(
    ("word", "unspaced"),
    [("漢", True), ("あ", True), ("ガ", True), ("ก", True), ("ក", True), ("a", False), ("각", False)],
)
def test_scripts_without_spaces_are_known(word: str, unspaced: bool) -> None:
    """Han, kana, Thai and their like have no spaces; Korean has."""
    assert is_unspaced(word) is unspaced


@pytest.mark.parametrize("marks", ["\u093c\u094d", "\u0e48\u0e38", "\u0300\u0315", "\u05b0\u0e48"])
def test_marks_beyond_thirty_are_left_out(marks: str) -> None:
    """A letter under thousands of marks is folded as under thirty, so what is sorted stays small."""
    assert len(fold("क" + marks * 5_000)) <= 1 + MAX_MARKS
    assert fold("क" + marks * 5_000 + "x") == fold("क" + marks * (MAX_MARKS // 2) + "x")
