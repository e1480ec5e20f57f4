"""Labels: the words before a value that say what it is, as `Phone:` or `Geburtsdatum:`.

May import nothing of the package.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain
from typing import NamedTuple

_MARKS = r"|•·;,.:(/—–-"
_KEY_WORDS = re.compile(r"[^\W_]+(?:\.[^\W_]+)*\.?|[^\w\s]")
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
_AROUND = """
    your my the a what is are please enter candidate candidate's applicant contact personal private current
    ihr ihre ihren dein deine wie lautet ist die das der bitte votre vos ton ta quel quelle est le la su tu
    cuál es el full complete ? : * '
"""
_ASKING = frozenset(_AROUND.split())
"""Words of a form's question that are beside the label."""


class Field(NamedTuple):
    """A label found in a text: the kind it announces, where it begins, and where its value may begin."""

    kind: str
    start: int
    value: int


class Labels:
    """The labels of all languages, and how they are found."""

    def __init__(self, by_kind: Mapping[str, Iterable[str]]) -> None:
        """`by_kind`: labels as `labels.toml` writes them."""
        self.kind_of = lru_cache(maxsize=1_024)(self._kind_of)  # forms have the same fields every time
        self._kinds: dict[str, str] = {}
        self._bound: set[str] = set()
        for kind, words in by_kind.items():
            for word in words:
                label = word.removeprefix("^")
                self._kinds.setdefault(label, kind)
                if word != label:
                    self._bound.add(label)
        self._pattern = re.compile(
            rf"(?<!\w)({_alternatives(self._kinds)})[ \t]*(?:\([^)\n]{{0,20}}\)|[*)])?[ \t]*[:=：][ \t]*"
        )

    def fields(self, text: str) -> list[Field]:
        """Return the labels in `text` that stand before a colon, in order."""
        lowered = _lowered(text)
        return [
            Field(self._kinds[label], match.start(), match.end())
            for match in self._pattern.finditer(lowered)
            if (label := _plain(match[1])) not in self._bound or _begins_a_field(text, match.start())
        ]

    def _kind_of(self, key: str) -> str | None:
        """Return the kind that the key of a form's field announces, such as `date_of_birth` or `E-Mail`."""
        if len(key) > 120:
            return None
        spaced = key.replace("-", " ").replace("_", " ")
        for told in (spaced, _CAMEL.sub(" ", spaced)):
            words = _KEY_WORDS.findall(told.lower())
            asked = " ".join(word for word in words if word not in _ASKING)
            found = self._kinds.get(" ".join(words)) or self._kinds.get(asked)
            if found:
                return found
        return None


@cache
def labels() -> Labels:
    """Return the labels that come with the package."""
    text = (files("evaluator.redaction") / "labels.toml").read_text(encoding="utf-8")
    return Labels({kind: chain(*told.values()) for kind, told in tomllib.loads(text).items()})


def _plain(label: str) -> str:
    return " ".join(label.replace("-", " ").split())


def _alternatives(words: Iterable[str]) -> str:
    """Return a pattern for any of `words`, by first letter so that most places are passed at a glance."""
    by_letter: dict[str, list[str]] = defaultdict(list)
    for word in sorted(words, key=len, reverse=True):
        by_letter[word[0]].append(re.escape(word[1:]).replace(r"\ ", "[ -]{1,2}"))
    return "|".join(f"{letter}(?:{'|'.join(rests)})" for letter, rests in sorted(by_letter.items()))


def _lowered(text: str) -> str:
    """Return `text` in lower case, character for character."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _begins_a_field(text: str, start: int) -> bool:
    """Tell whether a field may begin at `start`: at a line's start, behind a mark, or behind a wide gap."""
    before = text[max(0, start - 3) : start]
    bare = before.rstrip(" ")
    return not bare or bare[-1] in f"{_MARKS}\n\t" or before.endswith("  ")
