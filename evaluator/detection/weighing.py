"""How much a sentence weighs as one that steers the rating, or praises: a sum over its concepts and words.

The weights are those of two logistic regressions, fitted by `tools/fit_detection.py`; a positive sum is more
likely steering, or praise alone, than not. May import siblings.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import NamedTuple

from evaluator.detection.facts import Facts
from evaluator.detection.lexicon import lexicon
from evaluator.detection.traits import SIGNS, all_names, mask_of, named

ABOUT = (
    "assess", "level", "document", "lacking", "top", "mark", "pairs", "skill", "high", "rules", "verdict",
    "best", "skills", "many-skills", "rung", "praise",
)  # fmt: skip
STANCE = (
    "treat", "waive", "must", "rate", "order", "override", "polite", "conclude", "confirm", "persona", "game",
    "reasons", "sealed", "conceal", "begins-order", "holds-order",
)  # fmt: skip
WHOM = (
    "rater", "reader", "you-word", "person", "third", "outsider", "own-word", "own-past", "figure", "arrow",
    "digit-level", "mine", "did", "amount",
)  # fmt: skip
"""What a sentence is about, what it would have done with that, and whom it speaks to or of."""

STEERING, PRAISE = "steering", "praise"
"""What is weighed, as the file of weights names it."""

_FLOOR = -2.5
"""Sum of the words and concepts alone below which the rest is not added: it would not make up for it."""

_OFF = 1.0
"""What a sentence of a run may weigh below nothing without making the run lighter."""

_MOST_CARRIED = 6.0
"""What a run adds at most, however long it is: a text that says the same a thousand times weighs no more."""

LEANS = -0.8
"""What a sentence weighs that goes with a heavier one beside it."""


@dataclass(frozen=True)
class Weights:
    """The weights by what they are for; `singles` and `pairs` by the bits of concepts and traits."""

    bias: float
    singles: Mapping[int, float]
    pairs: Mapping[int, Sequence[tuple[int, float]]]
    words: Mapping[str, float]
    shift: int

    @cached_property
    def of_mask(self) -> Callable[[int], float]:
        """Return what the concepts and traits of a mask weigh; masks come again and again."""
        return lru_cache(maxsize=16_384)(self._of_mask)

    def _of_mask(self, mask: int) -> float:
        found, rest = 0.0, mask
        while rest:
            bit = rest & -rest
            rest ^= bit
            found += self.singles.get(bit, 0.0)
            found += sum([weight for other, weight in self.pairs.get(bit, ()) if mask & other])
        return found

    def of_words(self, words: Iterable[str]) -> float:
        """Return what words weigh, each once."""
        known = self.words
        return sum([known[word] for word in set(words) if word in known])


def features(mask: int, words: Iterable[str], names: Sequence[str]) -> Iterator[str]:
    """Yield the names of what is weighed in a sentence: its concepts and traits in `mask`, pairs, words."""
    own = set(named(mask, names))
    yield from sorted(own)
    yield from (f"{one} + {other}" for one, other in _PAIRS if one in own and other in own)
    yield from (f"'{word}'" for word in sorted(set(words)))


class Weighed(NamedTuple):
    """What each sentence weighs: by itself, and with its neighbours."""

    alone: list[float]
    whole: list[float]


def weighed(facts: Facts) -> Weighed:
    """Return the weight of each sentence, `whole` with that of the run of sentences it stands in."""
    known = weights(STEERING)
    alone = []
    for at in range(len(facts.starts)):
        words = known.bias + known.of_words(facts.words_of(at))
        weight = words + known.of_mask(facts.of(at))
        deeper = weight > _FLOOR
        alone.append(words + known.of_mask(mask_of(facts, at, known.shift)) if deeper else weight)
    return Weighed(alone, _in_runs(alone))


def praised(facts: Facts) -> dict[int, float]:
    """Return the weight as praise alone of each sentence that has a word of praise."""
    known = weights(PRAISE)
    bit = lexicon().bits["praise"]
    found = [at for at in range(len(facts.starts)) if facts.of(at) & bit]
    return {
        at: known.bias + known.of_words(facts.words_of(at)) + known.of_mask(mask_of(facts, at, known.shift))
        for at in found
    }


def reasons(facts: Facts, number: int, kind: str, most: int = 5) -> list[tuple[str, float]]:
    """Return what gave a sentence most of its weight, by name: as `kind`, STEERING or PRAISE."""
    told = _told()[kind]
    mask = mask_of(facts, number, weights(kind).shift)
    found = features(mask, facts.words_of(number), all_names(lexicon()))
    gave = sorted(((told.get(name, 0.0), name) for name in found), reverse=True)
    return [(name, weight) for weight, name in gave[:most] if weight > 0]


def _in_runs(alone: Sequence[float]) -> list[float]:
    """Return the weights with what the heaviest runs before and behind a sentence add, if it leans.

    Several sentences that each weigh a little are together what one heavy sentence is.
    """
    before, after = _carried(alone), _carried(alone[::-1])[::-1]
    return [
        own + more + rest if own >= LEANS else own
        for own, more, rest in zip(alone, before, after, strict=True)
    ]


def _carried(alone: Sequence[float]) -> list[float]:
    """Return what the heaviest run that ends right before each sentence weighs."""
    found, carried = [], 0.0
    for weight in alone:
        found.append(carried)
        carried = min(_MOST_CARRIED, max(0.0, carried + weight + _OFF))
    return found


_PAIRS = (
    *((one, other) for one in ABOUT for other in (*STANCE, *WHOM)),
    *((one, other) for one in STANCE for other in WHOM),
)


@cache
def _told() -> Mapping[str, Mapping[str, float]]:
    text = (files("evaluator.detection") / "weights.json").read_text(encoding="utf-8")
    told: Mapping[str, Mapping[str, float]] = json.loads(text)
    return told


@cache
def weights(kind: str) -> Weights:
    """Return the weights that come with the package: of STEERING or of PRAISE."""
    return compiled(_told()[kind])


def compiled(told: Mapping[str, float]) -> Weights:
    """Return the weights that `told` names; KeyError where a name is none of a concept or a trait."""
    names = all_names(lexicon())
    bits = {name: 1 << at for at, name in enumerate(names)}
    singles: dict[int, float] = {}
    pairs: dict[int, list[tuple[int, float]]] = {}
    words: dict[str, float] = {}
    for name, weight in told.items():
        if name.startswith("'"):
            words[name[1:-1]] = weight
        elif " + " in name:
            one, other = name.split(" + ")
            pairs.setdefault(bits[one], []).append((bits[other], weight))
        elif name != "bias":
            singles[bits[name]] = weight
    shift = len(names) - len(SIGNS)
    return Weights(told["bias"], singles, pairs, words, shift)
