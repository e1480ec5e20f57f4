"""Fits the weights of detection: `python -m tools.fit_detection` writes evaluator/detection/weights.json.

What steers and what only praises is taken from the known attacks and tools/detection_texts.toml, what does
neither from the honest texts there, the known honest ones and the fixtures' requests. Plain lies and what
stands in code are left out: no words of theirs tell them from facts. Each fit is a logistic regression with a
quadratic penalty, by full steps of Adam from zero, so that the same texts give the same weights.

`--held-back` leaves out one author's texts after the other and tells how they fare; it writes nothing.
"""

import json
import math
import random
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np

from evaluator.contract.request import AssessmentRequest
from evaluator.detection.facts import Facts, Reader
from evaluator.detection.folding import folded
from evaluator.detection.lexicon import lexicon
from evaluator.detection.skills import Skills
from evaluator.detection.texts import texts
from evaluator.detection.traits import SIGNS, all_names, mask_of
from evaluator.detection.weighing import PRAISE, STEERING, features
from evaluator.evals.attacks.texts import Planted, load_texts
from evaluator.evals.dataset import load_request
from evaluator.hygiene import clean, cleaned

DATA, FIXTURES = Path("tests/attacks/data"), Path("fixtures")
OWN, SENTENCES = Path("tools/detection_texts.toml"), Path("tests/detection/sentences.toml")
FILE = Path("evaluator/detection/weights.json")

LEFT_OUT = ("forged fact", "encoding")
PRAISE_CLASS = "self-praise"
STEERED = ("engineering-injection-weak", "engineering-forged-middling")
"""Classes of attacks that are left out, the one of mere praise, and fixtures that hold an attack."""

PENALTY, PAIR_PENALTY, STEPS, RATE = 1.2, 2.0, 300, 0.04
LEAST_TEXTS = {STEERING: 3, PRAISE: 2}
"""Texts that a word or a pair must be in."""

AUTHORS = ("1", "2", "3")
"""Who wrote the known texts: the first figure of their ids."""

LEAST_WEIGHT = 0.02
HONEST = "honest"
_COUNTS, _BESIDE = 1.5, 0.7


class Example(NamedTuple):
    """A sentence: its text's id, who wrote it, what it is, what it counts, and its features.

    `kind` is STEERING, PRAISE or HONEST.
    """

    text: str
    author: str
    kind: str
    counts: float
    features: Sequence[str]
    told: str


def read_all() -> list[Example]:
    """Return all sentences."""
    cases = sorted(path.name for path in FIXTURES.iterdir() if path.name not in ("baselines", *STEERED))
    requests = {name: load_request(FIXTURES / name) for name in cases}
    skills = {skill.slug for request in requests.values() for skill in request.job.skills}
    found: list[Example] = []
    for name in ("known", "honest_known"):
        for planted in load_texts(DATA / f"{name}.jsonl", FIXTURES):
            if planted.kind not in LEFT_OUT:
                found += _of_planted(planted)
    for name, request in requests.items():
        author = random.Random(name).choice(AUTHORS)  # noqa: S311 # splits the fixtures, nothing secret
        found += _of_request(name, author, request)
    reader = Reader(lexicon(), Skills(skills))
    for file, member, kind in (
        (OWN, "steering", STEERING), (SENTENCES, "attacks", STEERING), (OWN, "praise", PRAISE),
        (OWN, "honest", HONEST), (SENTENCES, "honest", HONEST),
    ):  # fmt: skip
        for at, text in enumerate(tomllib.loads(file.read_text(encoding="utf-8"))[member]):
            facts = reader.read(folded(text))
            found += _examples(f"{file.stem} {member} {at}", "own", [(facts, [facts.view.text])], kind)
    return found


def _of_planted(planted: Planted) -> Iterator[Example]:
    """Yield the sentences of a planted text where it stands, and as honest ones those it stands beside."""
    reader = Reader(lexicon(), Skills(skill.slug for skill in planted.request.job.skills))
    kind = PRAISE if planted.kind == PRAISE_CLASS else STEERING if planted.evidence is None else HONEST
    parts = [folded(clean(part.text)).text.strip() for part in planted.parts]
    standing = [folded(each.text) for each in texts(cleaned(planted.request).request)]
    found = [(view, [part for part in parts if part and part in view.text]) for view in standing]
    holding = [(reader.read(view), inside) for view, inside in found if inside]
    yield from _examples(planted.id, planted.id[1], holding, kind)


def _of_request(name: str, author: str, request: AssessmentRequest) -> Iterator[Example]:
    reader = Reader(lexicon(), Skills(skill.slug for skill in request.job.skills))
    own = [reader.read(folded(each.text)) for each in texts(cleaned(request).request)]
    yield from _examples(
        name, author, [(facts, [facts.view.text]) for facts in own], HONEST, honest_counts=1.0
    )


def _examples(
    name: str,
    author: str,
    all_facts: Sequence[tuple[Facts, Sequence[str]]],
    kind: str,
    honest_counts: float = 2.0,
) -> Iterator[Example]:
    """Yield the sentences of texts and of those parts of them that are of `kind`.

    The more sentences a text has that is not honest, the less each counts; what stands beside it counts
    little.
    """
    names = all_names(lexicon())
    shift = len(names) - len(SIGNS)
    inside = [
        [number for number in _numbers(facts) if _is_in(facts, number, parts)] for facts, parts in all_facts
    ]
    size = sum(map(len, inside))
    for (facts, _), own in zip(all_facts, inside, strict=True):
        for number in _numbers(facts):
            found = tuple(features(mask_of(facts, number, shift), facts.words_of(number), names))
            told = facts.view.text[facts.starts[number] : facts.ends[number]].strip()
            if number in own:
                counts = honest_counts if kind == HONEST else _COUNTS / math.sqrt(size)
                yield Example(name, author, kind, counts, found, told)
            elif {number - 1, number + 1} & set(own):
                yield Example(f"{name} beside", author, HONEST, _BESIDE, found, told)


def _is_in(facts: Facts, number: int, parts: Iterable[str]) -> bool:
    """Tell whether at least half of a sentence is in one of `parts` of its text."""
    start, end = facts.starts[number], facts.ends[number]
    for part in parts:
        at = facts.view.text.find(part)
        if 2 * (min(end, at + len(part)) - max(start, at)) >= end - start:
            return True
    return False


def _numbers(facts: Facts) -> Iterator[int]:
    text = facts.view.text
    return (
        at
        for at, (start, end) in enumerate(zip(facts.starts, facts.ends, strict=True))
        if text[start:end].strip()
    )


def fitted(some: Sequence[Example], kind: str) -> dict[str, float]:
    """Return the weights for `kind`, the bias among them, of what is in enough texts.

    What is of the other kind is left out, as a text may well be both.
    """
    examples = [each for each in some if each.kind in (kind, HONEST)]
    of_texts: dict[str, set[str]] = defaultdict(set)
    for each in examples:
        for name in each.features:
            of_texts[name].add(each.text)
    names = sorted(name for name, found in of_texts.items() if len(found) >= LEAST_TEXTS[kind])
    places = {name: at + 1 for at, name in enumerate(names)}
    rows = [[0, *(places[name] for name in each.features if name in places)] for each in examples]
    right = [each.kind == kind for each in examples]
    penalties = [0.0, *(PAIR_PENALTY if " + " in name else PENALTY for name in names)]
    weights = _descended(rows, right, [each.counts for each in examples], penalties)
    told = {"bias": round(weights[0], 3)}
    for name, at in places.items():
        if abs(weights[at]) >= LEAST_WEIGHT:
            told[name] = round(weights[at], 3)
    return told


def _descended(
    rows: Sequence[Sequence[int]], right: Sequence[bool], counts: Sequence[float], penalties: Sequence[float]
) -> list[float]:
    row_of = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    feature_of = np.concatenate([np.asarray(row) for row in rows])
    holds, count, penalty = np.asarray(right, float), np.asarray(counts), np.asarray(penalties)
    weights, first, second = (np.zeros(len(penalties)) for _ in range(3))
    weights[0] = -2.0
    for step in range(1, STEPS + 1):
        found = np.bincount(row_of, weights[feature_of], len(rows)).clip(-30, 30)
        off = (1 / (1 + np.exp(-found)) - holds) * count
        slope = penalty * weights + np.bincount(feature_of, off[row_of], len(penalties))
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope * slope
        change = first / (1 - 0.9**step)
        weights -= RATE * change / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return [float(weight) for weight in weights]


def weight_of(each: Example, weights: Mapping[str, float]) -> float:
    """Return what a sentence weighs."""
    return weights["bias"] + sum(weights.get(name, 0.0) for name in each.features)


def held_back(examples: Sequence[Example], kind: str) -> dict[Example, float]:
    """Return what each author's sentences weigh by the texts of the others."""
    found = {}
    for author in AUTHORS:
        weights = fitted([each for each in examples if each.author != author], kind)
        own = [each for each in examples if each.author == author and each.kind in (kind, HONEST)]
        found.update({each: weight_of(each, weights) for each in own})
    return found


def _tell(found: Mapping[Example, float]) -> None:
    most: dict[tuple[str, bool], float] = {}
    for each, weight in found.items():
        key = (each.text, each.kind != HONEST)
        most[key] = max(weight, most.get(key, -99.0))
    sizes = Counter(wrong for _, wrong in most)
    for bound in (2.5, 2.0, 1.5, 1.0, 0.5, 0.0):
        over = Counter(wrong for (_, wrong), weight in most.items() if weight > bound)
        click.echo(
            f"above {bound}: {over[True]} of {sizes[True]}, and {over[False]} of {sizes[False]} honest"
        )


def main() -> None:
    """Fit and write, or tell what is held back."""
    examples = read_all()
    if "--held-back" in sys.argv:
        for kind in (STEERING, PRAISE):
            click.echo(kind)
            _tell(held_back(examples, kind))
        return
    told = {kind: fitted(examples, kind) for kind in (STEERING, PRAISE)}
    FILE.write_text(json.dumps(told, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
