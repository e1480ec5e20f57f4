"""The sentences that the rater writes, in English, German, French and Spanish, from `phrases.toml`.

May import `judgement`, `rubric` and the sibling modules.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from evaluator.judgement import Finding
from evaluator.offline.judging import Verdict
from evaluator.offline.lexicon import CHANGE, CORE, FIGURE, LEAD, OWN
from evaluator.rubric import Level

_SIGNS = ((OWN, "own"), (LEAD, "lead"), (CORE, "core"), (FIGURE, "figure"), (CHANGE, "change"))
_NAMED = 3
_MAX_STRENGTHS, _MAX_CONCERNS, _MAX_QUESTIONS = 4, 4, 5

_LANGUAGES: Mapping[str, str] = {
    "english": "en", "englisch": "en", "anglais": "en", "inglés": "en",
    "german": "de", "deutsch": "de", "allemand": "de", "alemán": "de",
    "french": "fr", "französisch": "fr", "français": "fr", "francés": "fr",
    "spanish": "es", "spanisch": "es", "espagnol": "es", "español": "es",
}  # fmt: skip
_REPLY_LANGUAGE = re.compile(rf"\b(?:in|auf|en) ({'|'.join(_LANGUAGES)})\b", re.IGNORECASE)

Phrases = Mapping[str, Any]


def language_of(instructions: str) -> str:
    """Return the language that a prompt's own words ask for last, as in "Write … in German"; `en` if none."""
    named = _REPLY_LANGUAGE.findall(instructions)
    return _LANGUAGES[named[-1].lower()] if named else "en"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes in one language."""

    phrases: Phrases

    def reason(self, verdict: Verdict) -> str:
        """Return one or two sentences on how a verdict came about."""
        if verdict.finding is Finding.CONTRADICTED:
            return self._say("contradicted", verdict)
        if verdict.level is Level.NONE:
            return self._say("nothing", verdict)
        if not any(each.is_practice for each in verdict.passages):
            return self._say("acquaintance", verdict)
        signs = self._signs(verdict)
        told = self.phrases["signs"].format(signs=signs) if signs else ""
        number = sum(1 for each in verdict.passages if each.worth)
        count = self.phrases["passage" if number == 1 else "passages"].format(number=number)
        text: str = self.phrases["evidenced"].format(count=count, title=verdict.wanted.title, signs=told)
        return text + (self.phrases["limited"] if verdict.limited else "")

    def summary(self, verdicts: Sequence[Verdict]) -> str:
        """Return the summary, which begins with what this is: word matching."""
        shown = _strongest(verdict for verdict in verdicts if verdict.finding is Finding.EVIDENCED)
        missing = [verdict for verdict in verdicts if verdict.finding is Finding.NOT_EVIDENCED]
        text: str = self.phrases["summary"].format(
            shown=len(shown),
            all=len(verdicts),
            best=self._titles("summary_best", shown),
            open=self._titles("summary_open", missing),
        )
        return text

    def unread(self) -> str:
        """Return the summary where the prompt holds nothing about a candidate."""
        return str(self.phrases["summary_unread"])

    def strengths(self, verdicts: Sequence[Verdict]) -> list[str]:
        """Return a sentence for each of the criteria that are met best."""
        shown = [each for each in verdicts if each.finding is Finding.EVIDENCED]
        met = [each for each in shown if each.level >= each.wanted.required]
        lines = []
        for verdict in _strongest(met)[:_MAX_STRENGTHS]:
            signs = self._signs(verdict)
            lines.append(self._say("strength" if signs else "strength_plain", verdict, signs=signs))
        return lines

    def concerns(self, verdicts: Sequence[Verdict]) -> list[str]:
        """Return a sentence for each criterion that is denied, not shown, or shown below its level."""
        open_ones = _unsettled(verdicts)[:_MAX_CONCERNS]
        return [self._say(f"concern_{kind}", verdict) for kind, verdict in open_ones]

    def questions(self, verdicts: Sequence[Verdict]) -> list[str]:
        """Return questions that settle what is open, must-haves first."""
        ranked = sorted(_unsettled(verdicts), key=lambda each: not each[1].wanted.must_have)
        return [self._say(_question(kind, verdict), verdict) for kind, verdict in ranked][:_MAX_QUESTIONS]

    def _signs(self, verdict: Verdict) -> str:
        found = 0
        practice = [each for each in verdict.passages if each.is_practice]
        for each in practice:
            found |= each.signs
        names = [self.phrases[name] for sign, name in _SIGNS if found & sign]
        entries = {each.passage.entry for each in practice if each.passage.part == "work"}
        return ", ".join(names + ([self.phrases["entries"]] if len(entries) > 1 else []))

    def _titles(self, key: str, verdicts: Sequence[Verdict]) -> str:
        titles = ", ".join(verdict.wanted.title for verdict in verdicts[:_NAMED])
        return self.phrases[key].format(titles=titles) if titles else ""

    def _say(self, key: str, verdict: Verdict, **more: str) -> str:
        levels = self.phrases["levels"]
        text: str = self.phrases[key].format(
            title=verdict.wanted.title,
            level=levels[verdict.level.word],
            required=levels[verdict.wanted.required.word],
            **more,
        )
        return text


def _question(kind: str, verdict: Verdict) -> str:
    practised = any(each.is_practice for each in verdict.passages)
    return "ask_missing" if kind == "short" and not practised else f"ask_{kind}"


def _strongest(verdicts: Iterable[Verdict]) -> list[Verdict]:
    return sorted(verdicts, key=lambda each: (-each.level, each.wanted.required))


def _unsettled(verdicts: Sequence[Verdict]) -> list[tuple[str, Verdict]]:
    kinds = []
    for verdict in verdicts:
        if verdict.finding is Finding.CONTRADICTED:
            kinds.append((0, "contradicted", verdict))
        elif verdict.finding is Finding.NOT_EVIDENCED:
            kinds.append((1, "missing", verdict))
        elif verdict.level < verdict.wanted.required:
            kinds.append((2, "short", verdict))
    return [(kind, verdict) for _, kind, verdict in sorted(kinds, key=lambda each: each[0])]


def load_phrases() -> dict[str, Phrases]:
    """Read the sentences that the package carries, by language."""
    return tomllib.loads(files(__package__).joinpath("phrases.toml").read_text(encoding="utf-8"))
