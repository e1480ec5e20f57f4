"""What `expect.toml` may say, and what is told where it says something else."""

import tomllib

import pytest

from evaluator.errors import InvalidRequest
from evaluator.evals.expectation import Expectation, read_expectation

EVERY_KEY = """
rating = [40, 60.5]
status = ["completed", "needs_review"]
reference_rating = 50
reference_why = "two of four skills, one in depth"
author = "M. Weber"
levels.skill_kafka = ["none", "basic"]
must_mention = ["Kafka"]
must_not_mention = ["pregnan*"]
questions = ["Kubernetes"]
above = ["sales-weak"]

[[human_ratings]]
rater = "A. Cole"
on = 2026-11-03
rating = 45
note = "before the call"

[twin]
of = "sales-strong"
differs_in = "a gap of two years"
most_difference = 3
"""


def told(toml: str) -> str:
    """Return what is told of an expectation that is wrong."""
    with pytest.raises(InvalidRequest) as caught:
        read_expectation(tomllib.loads(toml))
    return str(caught.value)


def test_every_key_is_read() -> None:
    """The example that holds each of them once is an expectation, and names those it is compared with."""
    expectation = read_expectation(tomllib.loads(EVERY_KEY))

    assert expectation.model_fields_set == set(Expectation.model_fields)
    assert expectation.others == {"/above/0": "sales-weak", "/twin/of": "sales-strong"}


def test_an_empty_one_expects_nothing_in_particular() -> None:
    """Everything may be left out."""
    assert read_expectation({}) == Expectation()


def test_it_outlives_being_kept_as_json() -> None:
    """A saved run holds it and reads it again."""
    expectation = read_expectation(tomllib.loads(EVERY_KEY))

    assert Expectation.model_validate_json(expectation.model_dump_json()) == expectation


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("ratting = [1, 2]", "/ratting: not known here; did you mean rating?"),
        ("zzz = 1", "/zzz: not known here"),
        (
            "[twin]\ndiffers = 1",
            "/twin/differs: not known here; did you mean differs_in?",
        ),
        (
            '[[human_ratings]]\nratr = "a"\nrater = "a"\non = 2026-01-01\nrating = 1',
            "/human_ratings/0/ratr: not known here; did you mean rater?",
        ),
        ("rating = [60, 40]", "the lower end comes first"),
        ('rating = ["40", 60]', "/rating/0: must be a number"),
        ("rating = [true, 60]", "/rating/0: must be a number"),
        ("rating = [nan, 60]", "/rating/0"),
        ("rating = [40]", "/rating/1: required"),
        ("reference_rating = 101", "/reference_rating: must be less than or equal to 100"),
        ("reference_rating = 50", "reference_why: a reference rating needs its reason"),
        ('rating = [1, 2]\nreference_rating = 3\nreference_why = "x"', "reference_rating: lies outside"),
        ('status = ["done"]', "/status/0"),
        ("levels.a = []", "/levels/a"),
        ('levels.a = ["good"]', "/levels/a/0"),
        ('must_mention = [" "]', "/must_mention/0"),
        ('[[human_ratings]]\nrater = "a"\nrating = 4', "/human_ratings/0/on: required"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(toml: str, message: str) -> None:
    """Each fault names the key; a slip in a key comes with the one that was meant."""
    assert message in told(toml)
