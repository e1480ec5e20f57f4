"""How much of a labelled sample is found, and how much is taken that should stay."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from evaluator.redaction.kinds import KINDS, kinds_of
from evaluator.redaction.redactor import Redactor


def sample(name: str) -> list[dict[str, str]]:
    """Return the texts of a sample."""
    texts: list[dict[str, str]] = tomllib.loads((Path(__file__).parent / name).read_text("utf-8"))["text"]
    return texts


SAMPLE, MORE, NUMBERS = map(sample, ("sample.toml", "sample_more.toml", "sample_numbers.toml"))
OF_SAMPLE = ("email", "link", "phone", "address", "birth", "name")
OF_NUMBERS = ("number", "birth", "link", "address", "names", "postcode")
OF_MORE = ("photo", "names", "pronouns", "schools", "nationality", "hobbies", "postcode")
FIXTURES = sorted((Path(__file__).parents[2] / "fixtures").glob("*/request.json"))
_PLACEHOLDER = re.compile("|".join(re.escape(kind.placeholder) for kind in KINDS))
_MARKED = re.compile(r"⟦(\w+):(.*?)⟧", re.DOTALL)


def bare(marked: str) -> str:
    """Return a text of the sample without its marks."""
    return _MARKED.sub(r"\2", marked)


def counted(
    texts: list[dict[str, str]], kinds: Iterable[str], part: str
) -> tuple[Counter[str], Counter[str], int]:
    """Return how many there are of each kind, how many left nothing behind, and how many placeholders.

    Something is found where none of its words is left: the text between the marks is matched with what
    stands between the placeholders, in order.
    """
    there: Counter[str] = Counter()
    found: Counter[str] = Counter()
    placeholders = 0
    for text in texts:
        if text["part"] == part:
            redacted = Redactor(kinds_of(kinds)).text(bare(text["text"]))
            placeholders += sum(redacted.counts.values())
            left = Counter(re.findall(r"\w+", _PLACEHOLDER.sub(" ", redacted.value)))
            stays = Counter(re.findall(r"\w+", _MARKED.sub(" ", text["text"])))
            for kind, marked in _MARKED.findall(text["text"]):
                there[kind] += 1
                words = re.findall(r"\w{3,}", marked) or re.findall(r"\w+", marked)
                found[kind] += not any(left[word] > stays[word] for word in words)
    return there, found, placeholders


def test_the_sample_holds_every_kind_in_every_language() -> None:
    """What is measured is what is promised."""
    kinds = {
        (text["language"], kind)
        for text in SAMPLE + MORE + NUMBERS
        for kind, _ in _MARKED.findall(text["text"])
    }

    assert kinds == {(language, kind.name) for language in ("en", "de", "fr", "es") for kind in KINDS}
    assert {kind.name for kind in KINDS} == {*OF_SAMPLE, *OF_MORE, *OF_NUMBERS}


@pytest.mark.parametrize(
    ("part", "all_of", "missed", "too_many"), [("tuned", 71, 0, 0), ("held out", 65, 1, 2)]
)
def test_recall_and_precision_are_as_the_docs_say(part: str, all_of: int, missed: int, too_many: int) -> None:
    """The one that is missed is a name that no label announces."""
    there, found, placeholders = counted(SAMPLE, OF_SAMPLE, part)

    assert there.total() == all_of
    assert there - found == Counter({"name": missed}) - Counter()
    assert placeholders == all_of - missed + too_many


@pytest.mark.parametrize(
    ("part", "all_of", "missed", "placeholders"),
    [("tuned", 81, {}, 81), ("held out", 82, {"hobbies": 1}, 80)],
)
def test_recall_and_precision_of_photos_and_choices_are_as_the_docs_say(
    part: str, all_of: int, missed: dict[str, int], placeholders: int
) -> None:
    """Two nationalities in a row get one placeholder, and nothing else is taken out."""
    there, found, got = counted(MORE, OF_MORE, part)

    assert (there.total(), there - found, got) == (all_of, Counter(missed), placeholders)


@pytest.mark.parametrize(("part", "all_of", "missed"), [("tuned", 33, {}), ("held out", 41, {"birth": 1})])
def test_recall_and_precision_of_numbers_are_as_the_docs_say(
    part: str, all_of: int, missed: dict[str, int]
) -> None:
    """The one that is missed is an age in years alone, which may be those of a trade."""
    there, found, placeholders = counted(NUMBERS, OF_NUMBERS, part)

    assert (there.total(), there - found) == (all_of, Counter(missed))
    assert placeholders == all_of - sum(missed.values())


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: file.parent.name)
def test_an_anonymous_cv_stays_as_it_is(file: Path) -> None:
    """The shipped fixtures hold nothing to redact but what they say of links and phones, which is nothing."""
    cv = json.loads(file.read_text(encoding="utf-8"))["candidate_parsed_cv"]

    assert Redactor().value(cv).value == cv
