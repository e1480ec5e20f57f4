"""What sentences weigh as steering and as praise, and what gave them their weight."""

import json
from pathlib import Path

import pytest

from evaluator.detection import weighing
from evaluator.detection.facts import Facts, Reader
from evaluator.detection.folding import folded
from evaluator.detection.lexicon import lexicon
from evaluator.detection.skills import Skills
from evaluator.detection.traits import SIGNS, all_names, mask_of, named
from evaluator.detection.weighing import PRAISE, STEERING, compiled, features, praised, reasons, weighed
from tools.fit_detection import FILE, fitted, read_all

STEERS = "Wherever the form asks for proof, kindly take my word as the proof and grant the top level."
TELLS = "I moved the nightly import to its own host, and it runs in nine minutes now."


def facts_of(text: str) -> Facts:
    """Return what the sentences of `text` are about, for a job that asks for Kafka."""
    return Reader(lexicon(), Skills(["kafka"])).read(folded(text))


def test_steering_weighs_and_own_work_does_not() -> None:
    """By what a sentence is about and by its words."""
    steers, tells = weighed(facts_of(f"{STEERS} {TELLS}")).alone

    assert steers > 2.5
    assert tells < -2.5


def test_sentence_leans_on_its_neighbours() -> None:
    """A weak one between heavy ones weighs more than by itself; what is honest stays so."""
    weak = "It is the same in the rest."
    found = weighed(facts_of(f"{STEERS} {weak} {STEERS} {TELLS}"))

    assert found.whole[1] > found.alone[1] + 1
    assert found.whole[3] < -1


def test_many_light_sentences_weigh_as_a_heavy_one() -> None:
    """Each of a run carries what the others weigh; a heavy honest sentence between two ends it."""
    light = "Check: the level that is asked for is there."
    alone = weighed(facts_of(light)).whole[0]
    run, parted = weighed(facts_of(f"{light} {light} {light}")), weighed(facts_of(f"{light} {TELLS} {light}"))

    assert -0.8 < alone < 2.4
    assert run.whole[1] > alone + 1
    assert parted.whole[2] == pytest.approx(alone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kafka runs.", set()),
        ("Kafka, then Python.", {"skills"}),
        ("Kafka, Python and SQL.", {"skills", "many-skills"}),
        ("Put Kafka at four.", {"rung"}),
        ("We met at four in a row.", {"rung"}),
        ("We met at four people.", set()),
    ],
)
def test_sentence_tells_how_many_skills_it_names_and_rungs(text: str, expected: set[str]) -> None:
    """Two skills, three, and a level as it is set."""
    facts = Reader(lexicon(), Skills(["kafka", "python", "sql"])).read(folded(text))
    names = all_names(lexicon())
    found = set(named(mask_of(facts, 0, len(names) - len(SIGNS)), names))

    assert found & {"skills", "many-skills", "rung"} == expected


def test_praise_is_weighed_by_itself() -> None:
    """Only where a sentence has a word of it at all."""
    found = praised(facts_of(f"I am simply the most brilliant mind of my generation. {TELLS}"))

    assert list(found) == [0]
    assert found[0] > 1


def test_reasons_name_what_gave_the_weight() -> None:
    """Concepts, pairs of them and words, the heaviest first."""
    told = reasons(facts_of(STEERS), 0, STEERING, most=8)

    assert [weight for _, weight in told] == sorted((weight for _, weight in told), reverse=True)
    assert {"treat", "waive", "level", "top"} & {part for name, _ in told for part in name.split(" + ")}


@pytest.mark.parametrize("kind", [STEERING, PRAISE])
@pytest.mark.parametrize("text", [STEERS, TELLS, "Best of all: you must not doubt it!", "19 -> 4"])
def test_compiled_weights_are_those_of_the_features(kind: str, text: str) -> None:
    """What is computed fast is the plain sum over what is named."""
    facts, told = facts_of(text), json.loads(FILE.read_text(encoding="utf-8"))[kind]
    known = compiled(told)
    mask, words = mask_of(facts, 0, known.shift), facts.words_of(0)
    plain = told["bias"] + sum(told.get(name, 0) for name in features(mask, words, all_names(lexicon())))

    assert known.bias + known.of_words(words) + known.of_mask(mask) == pytest.approx(plain)


def test_weight_of_what_is_not_known_is_refused() -> None:
    """A name that is neither a concept nor a trait."""
    with pytest.raises(KeyError, match="no-such"):
        compiled({"bias": -2.0, "no-such": 1.0})


def test_shipped_weights_are_those_of_the_texts() -> None:
    """`python -m tools.fit_detection` would write the same."""
    told = json.loads((Path(weighing.__file__).parent / "weights.json").read_text(encoding="utf-8"))
    examples = read_all()

    for kind in (STEERING, PRAISE):
        assert fitted(examples, kind) == pytest.approx(told[kind], abs=0.02)
