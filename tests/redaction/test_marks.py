"""Marks: what a text must hold before a pattern is looked for in it."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluator.evals.attacks.texts import load_texts
from evaluator.redaction import addresses, births
from tests.fakes.planting import DATA, FIXTURES

WAYS = [
    *((addresses._STREETS[at], mark) for at, mark in addresses._MARKS.items()),
    (births._BORN, births._BORN_MARK),
    (births._AGED, births._AGED_MARK),
    (births._OLD, births._OLD_MARK),
]

TOLD = [
    "I am 34, and I am at home in Leeds.", "aged 41", "She is 29 years old", "J'ai 34 ans", "Tengo 34 años",
    "née le 4.5.1990", "Date de naissance: 4.5.1990", "Nacido el 4.5.1990", "Geburtsdatum: 4.5.1990",
    "DOB 4.5.1990", "Jahrgang 1990", "born in 1990", "12 rue Victor Hugo", "P.O. Box 1234",
]  # fmt: skip
"""Short ones that hold nothing else."""

_BEYOND = 12
"""Characters behind a match that it may look at."""


def strings(told: object) -> Iterator[str]:
    """Yield all strings in what a TOML file holds."""
    if isinstance(told, str):
        yield told
    for each in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from strings(each)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Return the samples of redaction, the fixtures and all known texts of the attack suite."""
    samples = [
        tomllib.loads(file.read_text(encoding="utf-8")) for file in Path(__file__).parent.glob("*.toml")
    ]
    fixtures = [file.read_text(encoding="utf-8") for file in FIXTURES.glob("*/request.json")]
    known = [
        part.text
        for name in ("known", "honest_known")
        for text in load_texts(DATA / f"{name}.jsonl", FIXTURES)
        for part in text.parts
    ]
    return [*TOLD, *strings(samples), *fixtures, *known]


@pytest.mark.parametrize(("pattern", "mark"), WAYS)
def test_text_with_a_match_holds_its_mark(
    texts: list[str], pattern: re.Pattern[str], mark: re.Pattern[str]
) -> None:
    """So the mark passes over nothing that the pattern would find."""
    found = [
        text[match.start() : match.end() + _BEYOND] for text in texts for match in pattern.finditer(text)
    ]

    assert [passage for passage in found if not mark.search(passage)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Flat 3, 12 High Street", ["Flat 3, 12 High Street"]),
        ("12 High Street", ["12 High Street"]),
        ("Suite 4 Rose Cottage, Leeds LS1 4AB", ["Suite 4 Rose Cottage, Leeds LS1 4AB"]),
        ("Postfach 12 34", ["Postfach 12 34"]),
        ("12 bis, rue Victor Hugo", ["12 bis, rue Victor Hugo"]),
        ("a rue of 12 sorts", []),
    ],
)
def test_street_is_found_behind_its_mark(text: str, expected: list[str]) -> None:
    """With a door before the house or without."""
    found = sorted(addresses.streets(text))

    assert [text[start:end] for start, end in found[:1]] == expected
