"""From passages about a criterion to its level: what each is worth, and what they are worth together.

The figures are plain choices, told in `docs/offline-rater.md`; nothing is trained. May import `rubric`
and the sibling modules.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.offline.lexicon import (
    CHANGE,
    CORE,
    FIGURE,
    HELPING,
    LEAD,
    LEARN,
    OBSERVE,
    OTHERS,
    OWN,
    RATING,
    SELF,
)
from evaluator.offline.material import Material, Passage
from evaluator.rubric import Level

MENTION = 1.0
"""What a passage is worth that says a skill was used."""
THEME = 0.6
"""What a passage is worth that only touches a theme, such as work with others."""
ACQUAINTANCE = 0.5
"""What a passage is worth at most that tells of a course, of looking on, or is a bare list."""

_GAINS = ((OWN, 0.75), (LEAD, 0.5), (CORE, 0.5), (FIGURE, 0.5), (CHANGE, 0.25))
_FROM_SENTENCE = OWN | LEAD | CORE | FIGURE | CHANGE | OTHERS
_LOSS = 0.75
_NO_PARTS = frozenset(("wanting", "denied"))

_FADING = (1.0, 0.5, 0.3, 0.2, 0.2, 0.1, 0.1, 0.1)
"""How much the best, the second best … passage counts."""
_MORE_ENTRIES = 0.3
_MAX_MORE_ENTRIES = 2
_YEARS = ((4, 0.4), (2, 0.2))

_DEPTHS = ((3.4, Level.EXPERT), (2.25, Level.STRONG), (1.0, Level.WORKING))
"""Worth of all passages together that a level takes."""
_BEST = ((2.25, Level.EXPERT), (1.5, Level.STRONG))
"""Worth of the best passage that a level takes."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A passage with what it is worth for one criterion, and the signs that say so.

    `place` is the word that the passage was found by, as a place in the material.
    """

    index: int
    place: int
    worth: float
    signs: int
    passage: Passage

    @property
    def is_practice(self) -> bool:
        """Tell whether it shows practice and not only acquaintance."""
        return self.worth > ACQUAINTANCE


def weigh(material: Material, index: int, place: int, *, base: float) -> Weighed:
    """Return what the passage `index` is worth for a criterion.

    Depth, and somebody else's doing, count from its whole sentence; other shallowness from itself.
    """
    passage = material.passages[index]
    signs = passage.signs
    for other in material.sentence_of(index):
        signs |= material.passages[other].signs & _FROM_SENTENCE
    return Weighed(index, place, _worth(passage, signs, base), signs, passage)


def _worth(passage: Passage, signs: int, base: float) -> float:
    acting = passage.signs & (OWN | LEAD)
    if passage.part in _NO_PARTS or (passage.signs & RATING and not acting):
        return 0.0
    if _is_acquaintance(passage, acting):
        return min(base, ACQUAINTANCE)
    if passage.part == "summary":
        return base
    shallow = signs & (HELPING | OTHERS) or (passage.signs & LEARN and not passage.signs & LEAD)
    return base + sum(gain for sign, gain in _GAINS if signs & sign) - (_LOSS if shallow else 0.0)


def _is_acquaintance(passage: Passage, acting: int) -> bool:
    if passage.part in ("learning", "leisure") or passage.listed or passage.signs & OBSERVE:
        return True
    if passage.part == "listing":
        return not (acting and passage.signs & SELF)
    return bool(passage.signs & (LEARN | HELPING | OTHERS) and not acting)


def level_of(found: Sequence[Weighed], *, relevance: float = 1.0) -> Level:
    """Return the level that passages bear together; `relevance` (0–1) is how near the work is to the job.

    Acquaintance alone is basic. A comment, a summary or a form's answer without the CV's positions is
    working at most. Strong needs one passage with a sign of depth, expert one with several and a
    second passage.
    """
    practice = sorted((each.worth for each in found if each.is_practice), reverse=True)
    if not practice:
        return Level.BASIC if any(each.worth > 0 for each in found) else Level.NONE
    depth = sum(worth * fading for worth, fading in zip(practice, _FADING, strict=False)) + _breadth(found)
    reached = next((level for least, level in _DEPTHS if depth * relevance >= least), Level.BASIC)
    borne = next((level for least, level in _BEST if practice[0] >= least), Level.WORKING)
    several = Level.EXPERT if len(practice) > 1 else Level.STRONG
    return min(reached, borne, several if _in_positions(found) else Level.WORKING)


def _breadth(found: Sequence[Weighed]) -> float:
    positions = {each.passage.entry for each in found if each.is_practice and each.passage.part == "work"}
    years = max((each.passage.years for each in found if each.is_practice), default=0)
    lasting = next((gain for least, gain in _YEARS if years >= least), 0.0)
    return _MORE_ENTRIES * max(0, min(len(positions) - 1, _MAX_MORE_ENTRIES)) + lasting


def _in_positions(found: Sequence[Weighed]) -> bool:
    return any(each.is_practice and each.passage.part in ("work", "listing") for each in found)
