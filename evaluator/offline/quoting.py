"""Choosing what to quote: verbatim words of a passage, and no passage for more than two criteria.

These are the rules by which quotes are checked later (`docs/method.md`), so that a level given here
keeps its quote. May import `judgement`, `rubric`, `words` and the sibling modules.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from evaluator.judgement import Finding
from evaluator.offline.grading import Weighed
from evaluator.offline.judging import Verdict
from evaluator.offline.lexicon import NEGATION, Lexicon
from evaluator.offline.material import Material, Passage
from evaluator.rubric import Level
from evaluator.words import is_unspaced, words

MAX_CRITERIA = 2
"""Criteria that a passage may serve."""
MAX_WORDS = 40
"""Words of a quote at most; the prompts ask for no more."""

_LEAST_WORDS, _LEAST_CONTENT, _LEAST_UNSPACED = 3, 2, 6


class Quoter:
    """Gives each verdict its quotes, and takes back what cannot be quoted."""

    def __init__(self, material: Material, lexicon: Lexicon) -> None:
        """Take the material that is quoted."""
        self._material = material
        self._lexicon = lexicon
        self._served: Counter[int] = Counter()

    def quote(self, verdicts: Sequence[Verdict], *, most: int) -> None:
        """Set the quotes of each verdict, up to `most`; without one its level falls to none.

        Criteria with the fewest passages choose first, and everyone has one before anyone has two.
        """
        ranked = sorted(verdicts, key=lambda verdict: len(verdict.passages))
        choices = [(verdict, iter(verdict.passages)) for verdict in ranked]
        for _ in range(most):
            for verdict, left in choices:
                self._take(verdict, left)
        for verdict in verdicts:
            if not verdict.quotes:
                verdict.level, verdict.finding = Level.NONE, Finding.NOT_EVIDENCED

    def _take(self, verdict: Verdict, left: Iterator[Weighed]) -> None:
        for chosen in left:
            if self._served[chosen.index] < MAX_CRITERIA and self._is_quotable(chosen.passage):
                self._served[chosen.index] += 1
                verdict.quotes.append((chosen.passage.source, self._text(chosen)))
                return

    def _is_quotable(self, passage: Passage) -> bool:
        spaced = passage.words
        if not passage.text.isascii():
            spaced = [word for word in passage.words if not is_unspaced(word)]
            if len(passage.words) - len(spaced) >= _LEAST_UNSPACED:
                return True
        content = [word for word in spaced if not word.isdigit() and not self._lexicon.is_empty(word)]
        return len(spaced) >= _LEAST_WORDS and len(content) >= _LEAST_CONTENT

    def _text(self, chosen: Weighed) -> str:
        """Return the passage, or of a long one the words around the one it was found by.

        Where something is negated, the words from the start: cut behind it they would say the opposite.
        """
        text = chosen.passage.text
        if len(chosen.passage.words) > MAX_WORDS:
            spans = words(text)
            at = 0 if chosen.passage.signs & NEGATION else chosen.place - chosen.passage.start
            first = max(0, min(at - MAX_WORDS // 2, len(spans) - MAX_WORDS))
            window = spans[first : first + MAX_WORDS]
            text = text[window[0].start : window[-1].end]
        return text.rstrip(" ;:,")


def sources(verdict: Verdict) -> Iterator[dict[str, str]]:
    """Yield the quotes in the reply's form."""
    for source, text in verdict.quotes:
        yield {"source": source, "text": text}
