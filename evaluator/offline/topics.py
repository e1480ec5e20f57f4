"""What to look for: a skill's names and practice, and finding them in the material.

`skills.toml` is the table of names. A skill that is not in it is looked for by its own words: the whole
name, or all of its words in one sentence. May import `words` and the sibling modules.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from evaluator.offline.material import Material
from evaluator.offline.text import stem
from evaluator.words import folded_words

MAX_WORDS = 12
"""Words of a title that are looked at."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words in a row that name a skill, as stems; `exact` holds the words where inflections do not count.

    `cased` is the name with its capitals, where without them it is a word like any other.
    """

    stems: tuple[str, ...]
    exact: tuple[str, ...] = ()
    cased: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """What shows that a passage is about a skill.

    One of `terms`; one stem of each group in `together`, in one sentence; or a German compound that
    begins with one of `compounds`.
    """

    terms: tuple[Term, ...]
    together: tuple[frozenset[str], ...] = ()
    compounds: tuple[str, ...] = ()


@dataclass(slots=True)
class SkillTable:
    """The table of names, by the stems of each name."""

    by_name: dict[tuple[str, ...], tuple[Term, ...]] = field(default_factory=dict)
    general: dict[str, frozenset[str]] = field(default_factory=dict)
    heads: tuple[str, ...] = ()

    def topic(self, title: str) -> Topic:
        """Return what to look for where a skill is called `title`."""
        words = folded_words(title)[:MAX_WORDS]
        stems = tuple(map(stem, words))
        if known := self.by_name.get(tuple(words)) or self.by_name.get(stems):
            return Topic(known, (), tuple(self._compounds(words)))
        joined = (Term((stem("".join(words)),)),) if len(words) == 2 else ()
        own = (Term(stems), *joined) if stems else ()
        return Topic(own, self._together(stems), tuple(self._compounds(words)))

    def _together(self, stems: Sequence[str]) -> tuple[frozenset[str], ...]:
        """Return the groups of stems of which a sentence must have one each; none for a single word."""
        specific = [each for each in stems if each not in self.general]
        if len(stems) < 2 or not specific:
            return ()
        groups = [frozenset((each,)) for each in specific]
        return (*groups, *(self.general[each] for each in stems if self.general.get(each)))

    def _compounds(self, words: Sequence[str]) -> Iterator[str]:
        """Yield the first part of a German compound whose head says little: Angebot of Angebotserstellung."""
        for word in words:
            head = next(
                (head for head in self.heads if word.endswith(head) and len(word) > len(head) + 3), ""
            )
            if head:
                yield stem(word.removesuffix(head).removesuffix("s"))


def find(topic: Topic, material: Material) -> dict[int, int]:
    """Return the passages about `topic`, each with the place of the word that shows it."""
    found: dict[int, int] = {}
    for term in topic.terms:
        for place in _places(term, material):
            found.setdefault(material.owner[place], place)
    for wanted in topic.compounds:
        for word in [wanted, *material.compounds(wanted)]:
            for place in material.places(word):
                found.setdefault(material.owner[place], place)
    for place in _in_one_sentence(topic.together, material):
        found.setdefault(material.owner[place], place)
    return found


def _places(term: Term, material: Material) -> Iterator[int]:
    first, *rest = term.stems
    size = len(term.stems)
    for place in material.places(first):
        end = place + size
        if rest and (
            material.stems[place:end] != list(term.stems) or not _same_passage(place, end - 1, material)
        ):
            continue
        if (term.exact and tuple(material.words[place:end]) != term.exact) or not _has_case(
            term, place, material
        ):
            continue
        yield place
    if size == 1 and not term.exact:
        for word in material.compounds(first):
            yield from material.places(word)


def _same_passage(first: int, last: int, material: Material) -> bool:
    return last < len(material.owner) and material.owner[first] == material.owner[last]


def _has_case(term: Term, place: int, material: Material) -> bool:
    """Tell whether a name that is a word too stands with its capital, and not where every word has one."""
    if not term.cased:
        return True
    text = material.passages[material.owner[place]].text
    at = text.find(term.cased, 1)
    while at > 0:
        behind = text[at + len(term.cased) : at + len(term.cased) + 1]
        if not text[at - 1].isalnum() and not behind.isalnum() and behind not in ("+", "#"):
            return True
        at = text.find(term.cased, at + 1)
    return False


def _in_one_sentence(groups: Sequence[frozenset[str]], material: Material) -> Iterator[int]:
    """Yield places of the first group's stems in sentences that have a stem of every other group."""
    if not groups:
        return
    others = [_sentences(group, material) for group in groups[1:]]
    for each in groups[0]:
        for place in material.places(each):
            sentence = material.passages[material.owner[place]].sentence
            if all(sentence in sentences for sentences in others):
                yield place


def _sentences(group: Iterable[str], material: Material) -> set[int]:
    places = (place for each in group for place in material.places(each))
    return {material.passages[material.owner[place]].sentence for place in places}


def load_skills() -> SkillTable:
    """Read the table that the package carries."""
    source = tomllib.loads(files(__package__).joinpath("skills.toml").read_text(encoding="utf-8"))
    table = SkillTable(
        heads=tuple("".join(folded_words(word)) for word in source["compound_heads"]["words"].split())
    )
    for word, listed in source["general"].items():
        key = stem("".join(folded_words(word)))
        stems = frozenset(map(stem, folded_words(listed)))
        table.general[key] = stems | {key} if stems else stems
    for entry in source["skill"]:
        terms = tuple(_terms(entry))
        for name in entry["names"]:
            words = folded_words(name)
            table.by_name.setdefault(tuple(map(stem, words)), terms)
            table.by_name.setdefault(tuple(words), terms)
    return table


def _terms(entry: Mapping[str, Any]) -> Iterator[Term]:
    cased = {tuple(folded_words(name)): name for name in entry.get("cased", ())}
    for name in [*entry["names"], *entry.get("related", ())]:
        words = tuple(folded_words(name))
        if words in cased:
            continue
        is_name = name in entry["names"]
        yield Term(tuple(map(stem, words)), words if entry.get("exact") and is_name else ())
    for words, name in cased.items():
        yield Term(tuple(map(stem, words)), words, name)
