"""Which parts of the form's answers may be quoted: what somebody tells, and not what they rate themselves.

"Kafka: 5/5" is a claim like a ticked skill. May import `evidence`, `contract`, `words` and below.
"""

import re
from collections.abc import Iterator, Set

from evaluator.contract.request import AssessmentRequest
from evaluator.evidence import MIN_WORDS, PASSED_OVER, length
from evaluator.rubric import LEVEL_WORDS
from evaluator.words import folded_words

SENTENCE = 4
"""Words in a row, with no comma or the like between, that an answer has at least."""

_RATING = frozenset(
    folded_words(
        " ".join(LEVEL_WORDS)
        + " level levels skill skills rating rate rated self assessment proficiency star "
        "stars out expertise advanced intermediate beginner basics good very excellent fluent native solid "
        "proficient knowledge experience experienced year years yrs month months use used using daily day "
        "every regularly often sometimes time high medium low senior junior professional yes no am have "
        "niveau stufe kenntnisse grundkenntnisse erfahrung jahr jahre jahren monate sehr gut gute experte "
        "expertin fortgeschritten fortgeschrittene anfänger täglich ja nein habe bin stark "
        "bon bonne très avancé intermédiaire débutant expérience connaissances maîtrise an ans mois oui non "
        "nivel avanzado intermedio básico experto experta experiencia conocimientos año años bueno muy sí "
        "nível avançado intermediário especialista experiência conhecimentos anos bom muito sim "
        "livello avanzato intermedio esperto esperienza conoscenze anni buono molto "
        "gevorderd beginner ervaring kennis jaar goed zeer nivå erfarenhet kunskap år mycket bra avancerad "
        "erfaring kendskab meget god poziom zaawansowany podstawowy doświadczenie lat lata dobry bardzo"
    )
)
"""Words by which people rate themselves, in the languages whose negations are known."""

_UNIT = re.compile(r"(?<=[.!?])\s+|\n(?!\s*[a-zß-ÿ])")
"""Where a sentence or a line ends; a line that goes on in lower case is not the next one."""

_LISTED = re.compile(r"[,;:/|•\n()–—]")


def skill_names(request: AssessmentRequest) -> frozenset[str]:
    """Return the folded words of the skills that the job requires and the candidate claims."""
    skills = (*request.job.skills, *request.application_form.skills)
    return frozenset(word for skill in skills for word in folded_words(skill.slug))


def told_in(answer: str, names: Set[str]) -> Iterator[str]:
    """Yield the parts of `answer` that tell something; sentences and lines that rate are left out.

    A part has SENTENCE words in a row, and MIN_WORDS that are no small words, no numbers, no words of
    level and not among `names`, folded words. A sentence or line with fewer than two of those rates where
    it has a number or a word of level.
    """
    start = end = 0
    for stop, following in [
        *((cut.start(), cut.end()) for cut in _UNIT.finditer(answer)),
        (len(answer),) * 2,
    ]:
        if _rates(answer[end:stop], names):
            yield from _telling(answer[start:end], names)
            start = following
        end = following
    yield from _telling(answer[start:], names)


def _rates(text: str, names: Set[str]) -> bool:
    found = folded_words(text)
    said = _said(found, names)
    return said == 0 or (
        said < MIN_WORDS - 1 and any(not word.isalpha() or word in _RATING for word in found)
    )


def _telling(text: str, names: Set[str]) -> Iterator[str]:
    longest = max(length(folded_words(stretch)) for stretch in _LISTED.split(text))
    if longest >= SENTENCE and _said(folded_words(text), names) >= MIN_WORDS:
        yield text.strip()


def _said(found: list[str], names: Set[str]) -> float:
    without = _RATING | PASSED_OVER
    return length(word for word in found if word not in without and word not in names and word.isalpha())
