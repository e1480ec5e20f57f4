"""Views of a text in which disguised letters are plain, each with the way back to the text's own places.

A view is for matching only. Folding takes away case and accents and turns compatible forms (full-width,
mathematical, circled) into plain letters, by Unicode's NFKD; look-alikes of other scripts and digits that
stand for letters are folded in views of their own, as they would spoil honest words. May import nothing
of the package.
"""

import re
import tomllib
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_LEET_WORD = re.compile(r"\b(?=\w*[a-z@$])(?=\w*[0134578@$])[a-z0-9@$!|+_]{3,24}+(?![a-z0-9])")
_LEET = re.compile(r"[a-z][0134578@$][a-z]")
_LEET_MIN = 3
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:[ .·*_\-\u2010-\u2015]{1,3}[^\W_](?![^\W_])){4,}+")
_WORD_GAP = re.compile(r"[ .·*_\-\u2010-\u2015]{2,}| ?[/|] ?")
_MARK_CLASSES = (1, 9)
_SOFT = re.compile(r"(?<=[^\W\d_])[*_~`^|\\](?=[^\W\d_])")


class View(NamedTuple):
    """A folded text; `places` gives each character's place in the text, None where they are the same."""

    text: str
    places: Sequence[int] | None = None
    how: str | None = None

    def place(self, at: int) -> int:
        """Return where in the text the view's character `at` stands; at the end, behind the last one."""
        if self.places is None:
            return at
        if at < len(self.places):
            return self.places[at]
        return self.places[-1] + 1 if self.places else 0


class _Folding(dict[int, str | None]):
    """What each character is folded to, one character or None, worked out when it is first met."""

    def __init__(self, letters: dict[str, str]) -> None:
        super().__init__({ord(sign): letter for sign, letter in letters.items()})

    def __missing__(self, code: int) -> str | None:
        folded = _folded(chr(code))
        if len(self) < 20_000:
            self[code] = folded
        return folded


def _folded(sign: str) -> str | None:
    kind = unicodedata.combining(sign)
    if kind >= 200 or kind in _MARK_CLASSES or unicodedata.category(sign) == "Me":
        return None
    split = unicodedata.normalize("NFKD", sign)
    base = split[:1].lower()[:1]
    if len(split) > 1 and not all(unicodedata.combining(mark) for mark in split[1:]):
        return base if sign.isalnum() and not sign.isalpha() and base.isalnum() else _enclosed(split) or sign
    return base or sign


def _enclosed(split: str) -> str | None:
    """Return the letter of a form such as `(a)` in one sign."""
    return split[1] if len(split) == 3 and split[0] == "(" and split[2] == ")" else None


@cache
def _tables() -> tuple[_Folding, _Folding, dict[str, str]]:
    told = tomllib.loads((files("evaluator.detection") / "confusables.toml").read_text(encoding="utf-8"))
    stroked = {sign: letter for letter, signs in told["latin"].items() for sign in signs}
    alike = {sign: letter for letter, signs in told["letters"].items() for sign in signs}
    leet = {sign: letter for letter, signs in told["leet"].items() for sign in signs}
    return _Folding(stroked), _Folding(stroked | alike), leet


def folded(text: str) -> View:
    """Return `text` in lower case and without accents."""
    return View(text.lower()) if text.isascii() else _translated(text, _tables()[0], None)


def disguises(text: str, plain: View) -> list[View]:
    """Return the views in which disguised words of `text` are plain; most texts have none."""
    views = []
    if not text.isascii() and re.search(r"[a-z]", plain.text):
        alike = _translated(text, _tables()[1], "homoglyphs")
        if alike.text != plain.text:
            views.append(alike)
    for view in [plain, *views]:
        views += [told for told in (_leet(view), _unspaced(view), _unmarked(view)) if told]
    return views


def _translated(text: str, table: _Folding, how: str | None) -> View:
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := sign.lower()) == 1 else sign for sign in text)
    told = lowered.translate(table)
    if len(told) == len(text):
        return View(told, None, how)
    return View(told, [at for at, sign in enumerate(lowered) if table[ord(sign)] is not None], how)


def _leet(view: View) -> View | None:
    """Return the view with digits as letters within words, where several words are written so."""
    if not _LEET.search(view.text):
        return None
    words = [match for match in _LEET_WORD.finditer(view.text) if not match[0].isalpha()]
    if len(words) < _LEET_MIN:
        return None
    table = str.maketrans(_tables()[2])
    parts, end = [], 0
    for match in words:
        between = view.text[end : match.start()]
        parts += [re.sub(r"\b\d{2,5}\b", lambda m: m[0].translate(table), between), match[0].translate(table)]
        end = match.end()
    return View("".join(parts) + view.text[end:], view.places, "leetspeak")


def _unspaced(view: View) -> View | None:
    """Return the view with words put together that were written letter by letter."""
    runs = list(_SPACED.finditer(view.text))
    if not runs:
        return None
    kept: list[int] = []
    signs: list[str] = []
    end = 0
    for run in runs:
        words = _word_gaps(run[0])
        kept += range(end, run.start())
        signs.append(view.text[end : run.start()])
        for at, sign in enumerate(run[0]):
            if sign.isalnum() or at in words:
                kept.append(run.start() + at)
                signs.append(sign if sign.isalnum() else " ")
        end = run.end()
    kept += range(end, len(view.text))
    signs.append(view.text[end:])
    return View("".join(signs), [view.place(at) for at in kept], "spacing")


def _word_gaps(run: str) -> set[int]:
    """Return where words end in a text written letter by letter: at wide gaps and unusual signs."""
    gaps = {match.start() for match in _WORD_GAP.finditer(run)}
    signs = Counter(sign for sign in run if not sign.isalnum())
    usual = max(signs, key=lambda sign: signs[sign])
    return gaps | {at for at, sign in enumerate(run) if sign != usual and not sign.isalnum()}


def _unmarked(view: View) -> View | None:
    """Return the view without single signs put between the letters of words, as in `ig*no*re`."""
    found = [match.start() for match in _SOFT.finditer(view.text)]
    if len(found) < _LEET_MIN:
        return None
    drop = set(found)
    kept = [at for at in range(len(view.text)) if at not in drop]
    return View("".join(view.text[at] for at in kept), [view.place(at) for at in kept], "spacing")


def line_of(starts: Sequence[int], at: int) -> int:
    """Return the index of the last of the sorted `starts` that is not behind `at`."""
    return max(0, bisect_right(starts, at) - 1)
