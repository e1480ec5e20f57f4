"""Judging each criterion by the passages that bear on it: level, finding, and the passages to quote.

Skills are found by their names; criteria of a pack or a team by a theme, by the job's words, or by their
own. May import `judgement`, `rubric`, `words` and the sibling modules.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from evaluator.judgement import Finding
from evaluator.offline.criteria import Wanted
from evaluator.offline.grading import MENTION, THEME, Weighed, level_of, weigh
from evaluator.offline.lexicon import CHANGE, DENIAL, FIGURE, LEAD, OBSERVE, OWN, POINTING, Lexicon
from evaluator.offline.material import Material
from evaluator.offline.text import stem
from evaluator.offline.themes import Themes
from evaluator.offline.topics import SkillTable, Topic, find
from evaluator.rubric import Level
from evaluator.words import folded_words

MAX_JUDGED = 200
"""Criteria that are judged; a schema with more gets the others as not evidenced."""

_FULL_COVERAGE = 0.4
"""Share of the job's words in a CV that counts as the same work; strong CVs repeat less than half."""
_LEAST_JOB_WORDS = 5
_TASKS = ((0.9, Level.EXPERT), (0.65, Level.STRONG), (0.3, Level.WORKING), (0.1, Level.BASIC))
"""Nearness to the job's tasks, 0–1, that a level takes."""
_ANOTHER_TRADE = 0.35
"""Nearness below which results and the like are of another trade: they count as working at most."""
_OWN_DEPTH = 1.5
"""Worth from which a passage shows own practice, which a denial beside it limits and does not undo."""


@dataclass(slots=True)
class Verdict:
    """What is said of one criterion; `passages` are those to quote, best first."""

    wanted: Wanted
    level: Level = Level.NONE
    finding: Finding = Finding.NOT_EVIDENCED
    passages: Sequence[Weighed] = ()
    limited: bool = False
    quotes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything the rater knows: signs, skills, themes."""

    lexicon: Lexicon
    skills: SkillTable
    themes: Themes


class Judge:
    """Judges the criteria of one assessment."""

    def __init__(self, tables: Tables, material: Material, job: str) -> None:
        """Take the candidate's material and the words of the job."""
        self._tables = tables
        self._material = material
        self._job = self._content(job)
        shown = {material.owner[place] for each in self._job for place in material.places(each)}
        self._on_the_job = {
            index for index in shown if material.passages[index].part in ("work", "summary", "form")
        }
        self._nearness = self._coverage()
        self._discredited: set[int] = set()
        self._shown = [tables.themes.shown(passage.words) for passage in material.passages]

    def judge(self, criteria: Sequence[Wanted]) -> list[Verdict]:
        """Return a verdict for each criterion, in order; the skills are judged first."""
        judged = criteria[:MAX_JUDGED]
        skills = {each.id: self._skill(each) for each in judged if each.is_skill}
        share = _share_met(list(skills.values()))
        others = {each.id: self._other(each, share) for each in judged if not each.is_skill}
        verdicts = skills | others
        return [verdicts.get(each.id) or Verdict(each) for each in criteria]

    def _skill(self, wanted: Wanted) -> Verdict:
        found = find(self._tables.skills.topic(wanted.title), self._material)
        denied = {index for index, place in found.items() if self._is_denied(index, place)}
        shown = _best(self._weigh(index, place) for index, place in found.items() if index not in denied)
        told = [each for each in shown if each.passage.source == "cv" and each.worth]
        denials = [self._weigh(index, found[index]) for index in sorted(denied)]
        denials = [each for each in denials if each.passage.source != "comments"]
        if told and all(each.passage.signs & OBSERVE for each in told):
            denials, told = [*denials, *told], []
        if not denials:
            return _verdict(wanted, shown, level_of(shown))
        if any(each.worth >= _OWN_DEPTH for each in told):
            level = min(level_of(shown), Level.WORKING)
            return _verdict(wanted, [*shown[:1], denials[0], *shown[1:]], level, limited=True)
        self._discredited |= {each.index for each in shown if each.passage.source == "form"}
        return Verdict(wanted, Level.BASIC if told else Level.NONE, Finding.CONTRADICTED, [*denials, *told])

    def _is_denied(self, index: int, place: int) -> bool:
        """Tell whether a passage, or what points back to it in its sentence, denies the word at `place`."""
        passages = self._material.passages
        passage = passages[index]
        if passage.part == "denied":
            return True
        if passage.signs & DENIAL:
            return self._tables.lexicon.denies(passage.words, place - passage.start)
        later = (passages[other] for other in self._material.sentence_of(index) if other > index)
        return any(other.signs & DENIAL and other.signs & POINTING for other in later)

    def _other(self, wanted: Wanted, share_met: float) -> Verdict:
        themes = self._tables.themes
        bits = themes.named(wanted.title) or themes.named(wanted.description)
        if bits & themes.bits["tasks"]:
            return self._tasks(wanted, share_met)
        if not bits:
            return self._by_own_words(wanted)
        indices = {index for index, shown in enumerate(self._shown) if shown & bits}
        if bits & themes.bits["results"]:
            indices = {index for index, each in enumerate(self._material.passages) if _is_outcome(each.signs)}
        indices |= self._sharing(self._content(f"{wanted.title} {wanted.words}"), 2)
        return self._themed(wanted, indices)

    def _themed(self, wanted: Wanted, indices: Iterable[int]) -> Verdict:
        passages = self._material.passages
        usable = (
            index for index in indices if not passages[index].listed and not passages[index].signs & DENIAL
        )
        shown = _best(self._weigh(index, base=THEME) for index in usable if index not in self._discredited)
        level = level_of(shown, relevance=0.5 + 0.5 * self._nearness)
        return _verdict(
            wanted, shown, min(level, Level.WORKING) if self._nearness < _ANOTHER_TRADE else level
        )

    def _tasks(self, wanted: Wanted, share_met: float) -> Verdict:
        """Judge by the share of the job's words in the CV times the share of its skills that is met."""
        near = self._nearness * share_met
        level = next((level for least, level in _TASKS if near >= least), Level.NONE)
        indices = self._sharing(self._job, 2) & self._on_the_job - self._discredited
        listed = {index for index in indices if self._material.passages[index].listed}
        shown = _best(self._weigh(index, base=THEME) for index in indices - listed)
        if not any(each.signs & LEAD for each in shown):
            level = min(level, Level.STRONG)
        return _verdict(wanted, shown, level)

    def _by_own_words(self, wanted: Wanted) -> Verdict:
        """Judge by all words of the title in one sentence, or one of them and another of the description."""
        title = self._content(wanted.title)
        topic = Topic((), tuple(frozenset((each,)) for each in sorted(title)))
        shown = {index: self._weigh(index, place) for index, place in find(topic, self._material).items()}
        touched = self._sharing(title, 1) & self._sharing(title | self._content(wanted.description), 2)
        for index in touched - shown.keys():
            shown[index] = self._weigh(index, base=THEME)
        best = _best(each for each in shown.values() if not each.passage.signs & DENIAL)
        return _verdict(wanted, best, level_of(best))

    def _weigh(self, index: int, place: int | None = None, *, base: float = MENTION) -> Weighed:
        at = self._material.passages[index].start if place is None else place
        return weigh(self._material, index, at, base=base)

    def _sharing(self, stems: Iterable[str], least: int) -> set[int]:
        """Return the passages that have at least `least` different ones of `stems`."""
        counts: dict[int, int] = {}
        for each in stems:
            for index in {self._material.owner[place] for place in self._material.places(each)}:
                counts[index] = counts.get(index, 0) + 1
        return {index for index, count in counts.items() if count >= least}

    def _content(self, text: str) -> set[str]:
        lexicon, themes = self._tables.lexicon, self._tables.themes
        words = {word for word in folded_words(text) if len(word) > 2 and not word.isdigit()}
        return {stem(word) for word in words if not lexicon.is_empty(word) and not themes.is_cue(word)}

    def _coverage(self) -> float:
        """Return how much of the job's words the CV has, 0–1, where 1 is as much as strong CVs have."""
        if len(self._job) < _LEAST_JOB_WORDS:
            return 1.0
        material = self._material
        has = [
            any(material.owner[place] in self._on_the_job for place in material.places(each))
            for each in self._job
        ]
        return min(1.0, sum(has) / len(has) / _FULL_COVERAGE)


def _share_met(skills: Sequence[Verdict]) -> float:
    """Return how far the required skills are met, 0–1; 1 where there are none.

    What is contradicted is not met.
    """
    levels = [0 if each.finding is Finding.CONTRADICTED else each.level for each in skills]
    parts = [
        min(1.0, level / max(1, each.wanted.required)) for level, each in zip(levels, skills, strict=True)
    ]
    return sum(parts) / len(parts) if parts else 1.0


def _is_outcome(signs: int) -> bool:
    return bool((signs & FIGURE and signs & (CHANGE | OWN | LEAD)) or (signs & CHANGE and signs & OWN))


def _best(found: Iterable[Weighed]) -> list[Weighed]:
    return sorted(found, key=lambda each: (-each.worth, each.index))


def _verdict(wanted: Wanted, shown: Sequence[Weighed], level: Level, *, limited: bool = False) -> Verdict:
    if level is Level.NONE:
        return Verdict(wanted)
    practice = [each for each in shown if each.is_practice or limited]
    return Verdict(
        wanted, level, Finding.EVIDENCED, practice or [each for each in shown if each.worth], limited
    )
