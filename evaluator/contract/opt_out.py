"""Telling whether a candidate wants no automated assessment, by the form field that the team names.

May import `words` and `contract` siblings.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from evaluator.contract.request import AssessmentRequest
from evaluator.words import folded_words

_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
_NAMES = ("question", "label", "title", "name", "key", "id", "field", "slug")
_ANSWERS = ("answer", "value", "response", "checked", "selected", "answers", "values")
"""How forms that hold their fields as objects call question and answer."""

_NO = frozenset(
    {
        *("no", "nope", "nein", "ne", "non", "nee", "nej", "não", "nao", "nie", "ei", "нет"),
        *("false", "falsch", "faux", "falso", "off", "n", "none", "null", "nil", "na", "nan"),
    }
)
"""Answers that say no, or nothing at all, as words are folded."""

_POLITE = frozenset({"thanks", "thank", "danke", "merci", "gracias", "obrigado", "grazie"})
_AGAINST = frozenset({"not", "nicht", "pas", "no", "never", "don", "t", "n", "won"})
_OBJECTING = ("opt", "object", "oppos", "opong", "widersp", "refus", "rechaz")
_CLAUSE = re.compile(r"[^\w\s'’]")


def has_opted_out(request: AssessmentRequest) -> bool:
    """Tell whether the candidate's answer in the field named by `opt_out_field` says so.

    An empty answer and a no leave the candidate in; every other answer counts as opting out, also one that
    cannot be understood: a person then looks. Without a field that is named, nobody has.
    """
    field = request.integration_config.opt_out_field
    wanted = _folded(field or "")
    answers = _answers(request.application_form.answers, wanted) if wanted else ()
    return any(_says_so(answer) for answer in answers)


def _answers(form: Any, wanted: str) -> Iterator[Any]:
    """Yield the answers of the field: under its key, or beside its question in an object for each."""
    if isinstance(form, list):
        for item in form:
            yield from _answers(item, wanted)
    if not isinstance(form, Mapping):
        return
    if any(isinstance(form.get(name), str) and _folded(form[name]) == wanted for name in _NAMES):
        yield from (form[name] for name in _ANSWERS if name in form)
    for key, member in form.items():
        if _folded(key) == wanted:
            yield member
        else:
            yield from _answers(member, wanted)


def _says_so(answer: Any) -> bool:
    if isinstance(answer, str):
        return _text_says_so(answer)
    if isinstance(answer, list):
        return any(map(_says_so, answer))
    if isinstance(answer, Mapping):
        told = [answer[name] for name in _ANSWERS if name in answer]
        return any(map(_says_so, told or answer.values()))
    return bool(answer)


def _text_says_so(text: str) -> bool:
    words = folded_words(text)
    if not words or words == ["0"] or words == ["n", "a"]:
        return False
    if words[0] in _NO and (len(words) == 1 or words[1] in _POLITE or _CLAUSE.match(_behind_first(text))):
        return False
    return not _denies(words)


def _behind_first(text: str) -> str:
    """Return what follows the first word."""
    return re.sub(r"^\W*\w+\s*", "", text)


def _denies(words: list[str]) -> bool:
    """Tell whether an answer denies the objection itself, as in `I do not opt out`."""
    at = next((place for place, word in enumerate(words) if word.startswith(_OBJECTING)), None)
    return at is not None and any(word in _AGAINST for word in words[max(0, at - 5) : at + 2])


def _folded(name: str) -> str:
    """Return a key or a question without case, signs and the ways in which its words are joined."""
    spaced = _CAMEL.sub(" ", name.replace("_", " "))
    return " ".join(folded_words(spaced))
