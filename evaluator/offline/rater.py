"""The rater: the texts of a prompt and the schema of the reply in, a reply out; the same in, the same out.

May import `judgement`, `rubric` and the sibling modules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.offline.criteria import wanted
from evaluator.offline.judging import Judge, Tables, Verdict
from evaluator.offline.lexicon import load_lexicon
from evaluator.offline.material import Material
from evaluator.offline.quoting import Quoter, sources
from evaluator.offline.reading import fenced, lines, outside_fences
from evaluator.offline.themes import load_themes
from evaluator.offline.topics import load_skills
from evaluator.offline.wording import Phrases, Writer, language_of, load_phrases

MAX_QUOTES = 3
"""Quotes for one criterion at most, where the reply has room."""

SKILLS_SHARE = 0.6
"""Share of all skills together in `overall`, that of the default pack."""

_JOB_FENCES = ("job", "job_prompt")


@dataclass(frozen=True, slots=True)
class Rater:
    """Rates by matching words. It keeps nothing between two ratings but words it has looked up."""

    tables: Tables
    phrases: Mapping[str, Phrases]

    def rate(
        self,
        instructions: Sequence[str],
        texts: Sequence[str],
        criteria: Mapping[str, Any],
        *,
        quotes: int = MAX_QUOTES,
    ) -> dict[str, Any]:
        """Return the reply's slots for `criteria`, the properties of the schema's `criteria` by id.

        `instructions` are the system messages, whose own words name the reply's language; `texts` are
        all messages whose fences are read.
        """
        writer = self.writer(instructions)
        fences = fenced(texts)
        material = Material(lines(fences, self.tables.lexicon), self.tables.lexicon)
        job = "\n".join(fences.get(name, "") for name in _JOB_FENCES)
        verdicts = Judge(self.tables, material, job).judge(wanted(criteria, fences.get("rubric", "")))
        Quoter(material, self.tables.lexicon).quote(verdicts, most=quotes)
        return {
            "criteria": {verdict.wanted.id: _slots(verdict, writer) for verdict in verdicts},
            "summary": writer.summary(verdicts) if material.passages else writer.unread(),
            "strengths": writer.strengths(verdicts),
            "concerns": writer.concerns(verdicts),
            "questions": writer.questions(verdicts),
            "overall": overall(verdicts),
        }

    def writer(self, instructions: Sequence[str]) -> Writer:
        """Return the writer for the language that the system messages ask for."""
        return Writer(self.phrases[language_of("\n".join(map(outside_fences, instructions)))])


def overall(verdicts: Sequence[Verdict]) -> int:
    """Return how far the levels meet the required ones, 0–100.

    A prompt names no weights, so all skills together weigh SKILLS_SHARE and each weighs the same.
    """
    skills = [_met(verdict) for verdict in verdicts if verdict.wanted.is_skill]
    others = [_met(verdict) for verdict in verdicts if not verdict.wanted.is_skill]
    parts = [(skills, SKILLS_SHARE), (others, 1 - SKILLS_SHARE)]
    weighed = [(sum(met) / len(met), share) for met, share in parts if met]
    whole = sum(share for _, share in weighed)
    return round(100 * sum(met * share for met, share in weighed) / whole) if weighed else 0


def _met(verdict: Verdict) -> float:
    required = verdict.wanted.required
    return min(1.0, verdict.level / required) if required else 1.0


def load_rater() -> Rater:
    """Return a rater with the tables that the package carries; takes a few hundredths of a second."""
    return Rater(Tables(load_lexicon(), load_skills(), load_themes()), load_phrases())


def _slots(verdict: Verdict, writer: Writer) -> dict[str, Any]:
    return {
        "quotes": list(sources(verdict)),
        "reason": writer.reason(verdict),
        "finding": verdict.finding.value,
        "level": verdict.level.word,
    }
