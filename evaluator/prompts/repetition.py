"""Leaving out of the raw CV what its structured parts already say, so that nothing is paid for twice.

May import `words`.
"""

from collections.abc import Iterable, Sequence
from enum import Enum, auto
from functools import cached_property
from typing import NamedTuple

from evaluator.words import folded_words


class Remainder(NamedTuple):
    """The text that is new, and the lines that were left out."""

    text: str
    repeated: tuple[str, ...]


_ORNAMENT = frozenset("-–—_=*~.·•|+#")
"""What rules and bullets are made of: nothing is lost with a line that holds nothing else."""

_HEADINGS = frozenset(
    folded_words(
        "profile summary objective about me experience work history employment career professional "
        "background education training studies skills interests hobbies activities personal other "
        "additional information curriculum vitae cv resume and "
        "Profil Zusammenfassung Berufserfahrung Erfahrung berufliche beruflicher Werdegang Ausbildung "
        "Bildung Studium Kenntnisse Interessen Freizeit Persönliches Lebenslauf Sonstiges und "
        "résumé expérience expériences professionnelle professionnelles formation études compétences "
        "loisirs centres intérêt intérêts divers parcours et "
        "perfil resumen experiencia profesional laboral formación educación estudios aficiones "
        "intereses otros y"
    )
)
"""Words of a CV's usual headings, in English, German, French and Spanish."""

_HEADING_WORDS = 6
"""Words that a heading has at most."""

_SEARCHED_PLAINLY = 200_000
"""Characters searched before an index is worth its making: an ordinary CV needs none."""

_MAX_SEARCHED = 20_000_000
"""Characters searched for one CV: a CV made to be slow is kept as it is."""


def what_is_new(raw: str, structured: Iterable[str]) -> Remainder:
    """Return the lines of `raw` whose words no text of `structured` has in that order.

    Lines without words go where they are ornament, and a usual heading goes where nothing new follows it.
    A short line stays where the line below it does: it may be a heading that says how to read it.
    """
    known = _Known(structured)
    lines = [line for line in raw.split("\n") if line and not line.isspace()]
    kept: list[str] = []
    repeated: list[str] = []
    kinds = [_kind(line, known) for line in lines]
    if _Kind.KNOWN not in kinds and _Kind.SHORT not in kinds:
        return Remainder(raw, ())
    new_below = right_above_new = False
    for line, kind in zip(reversed(lines), reversed(kinds), strict=True):
        new = (
            kind is _Kind.NEW
            or (kind is _Kind.HEADING and new_below)
            or (kind is _Kind.SHORT and right_above_new)
        )
        new_below = kind is not _Kind.HEADING and (new_below or new)
        right_above_new = kind is _Kind.NEW
        (kept if new else repeated).append(line)
    return Remainder("\n".join(reversed(kept)), tuple(reversed(repeated)))


class _Kind(Enum):
    NEW = auto()
    KNOWN = auto()
    SHORT = auto()
    HEADING = auto()
    ORNAMENT = auto()


def _kind(line: str, known: "_Known") -> _Kind:
    found = folded_words(line)
    if not found:
        return _Kind.ORNAMENT if _ORNAMENT.issuperset("".join(line.split())) else _Kind.NEW
    if _HEADINGS.issuperset(found):
        return _Kind.HEADING
    if not known.has(found):
        return _Kind.NEW
    return _Kind.SHORT if len(found) <= _HEADING_WORDS else _Kind.KNOWN


class _Known:
    """Texts that can be asked for a run of words; asked in the order of the texts, it answers fast."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words = [folded_words(text) for text in texts]
        self._text = "\n".join(f" {' '.join(found)} " for found in self._words)
        self._reached = 0
        self._searched = 0

    def has(self, line: Sequence[str]) -> bool:
        """Tell whether one of the texts holds the words of `line`, at least one, in a row.

        Looks onward from the last place that was found, then from the start.
        """
        if self._searched > _SEARCHED_PLAINLY and not self._runs.issuperset(_runs(line)):
            return False
        wanted = f" {' '.join(line)} "
        return self._finds(wanted, self._reached) or (self._reached > 0 and self._finds(wanted, 0))

    @cached_property
    def _runs(self) -> set[tuple[str, ...]]:
        """Every three words in a row: a line that has others stands in no text."""
        return {run for found in self._words for run in _runs(found)}

    def _finds(self, wanted: str, start: int) -> bool:
        if self._searched > _MAX_SEARCHED:
            return False
        at = self._text.find(wanted, start)
        self._searched += (at if at >= 0 else len(self._text)) - start
        self._reached = at if at >= 0 else self._reached
        return at >= 0


def _runs(found: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return zip(found, found[1:], found[2:], strict=False)
