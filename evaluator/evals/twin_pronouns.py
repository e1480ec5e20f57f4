"""A twin whose pronouns are the other ones: he for she, and she for he.

Word by word and with care: where more than the word would have to change, as a French or Spanish adjective
after `est` or `está`, there is no twin. `They` is left as it is: its verbs would change with it, and it may
stand for several people. May import `contract` and `evals.twin_text`.
"""

import re
from collections.abc import Callable, Mapping

from evaluator.contract.ours import is_our_comment
from evaluator.contract.request import AssessmentRequest
from evaluator.evals.twin_text import Words, as_cased, changed_cv, either, texts_of, with_cv, words_of

_TAGS = {"she/her/hers": "he/him/his", "she/her": "he/him", "he/him/his": "she/her/hers", "he/him": "she/her"}

_EN = {
    "he": "she", "she": "he", "him": "her", "his": "her", "hers": "his",
    "himself": "herself", "herself": "himself",
}  # fmt: skip
_EN_FUNCTION = (
    "a about after again and are as at back because before but by can could did does for from had has have"
    " here how if in into is later more much now of off on or out over so than that the then there this to"
    " today tomorrow too under until up was well were what when where which who why will with would yesterday"
)
"""Words before which `her` is `him`; before any other it is `his`."""

_DE_HIS = {
    "er": "sie", "ihm": "ihr", "ihn": "sie", "seine": "ihre", "seinen": "ihren", "seinem": "ihrem",
    "seiner": "ihrer", "seines": "ihres", "bewerber": "Bewerberin", "kandidat": "Kandidatin", "herr": "Frau",
}  # fmt: skip
_DE_HER = {
    "ihr": "ihm", "ihre": "seine", "ihren": "seinen", "ihrem": "seinem", "ihrer": "seiner", "ihres": "seines",
    "bewerberin": "Bewerber", "kandidatin": "Kandidat", "frau": "Herr",
}  # fmt: skip
_DE_SINGULAR = (
    "hat|ist|war|kann|wird|will|soll|muss|darf|mag|weiß|hatte|konnte|wollte|sollte|wurde|würde|wäre|hätte|"
    r"(?!(?:seit|mit|nicht|jetzt|erst|fast|recht|heute|gut|bitte|dort|oft|selbst)\b)\w{2,}(?:t|te)"
)
_AGREES = {
    "fr": r"\b(?:il|elle)\s+(?:\w+\s+)?(?:est|était|sera|serait|semble|paraît|reste)\b",
    "es": r"\b(?:él|ella)\s+(?:es|está|era|estaba|fue|será|parece)\b",
}
_OF_ONE = {
    "de": {"er", "sie", "ihm"},
    "fr": {"elle"},
    "es": {"ella"},
    "en": {"he", "she", "his", "her", "hers", "him"},
}
_IMPERSONAL = r"(?!\s+(?:y\s+a|faut|s['’]agit|pleut|suffit|manque)\b)"


def pronouns(request: AssessmentRequest, _seed: str) -> AssessmentRequest | None:
    """Return the request with the candidate's pronouns changed in people's comments and in the CV.

    In the CV only where it is not written as `I`: there `she` is somebody else.
    """
    comments = [
        each if is_our_comment(each.content) else each.model_copy(update={"content": changed(each.content)})
        for each in request.comments
    ]
    cv = request.candidate_parsed_cv
    whole = " ".join(texts_of(cv))
    parts = changed_cv(cv, _tags if _is_in_first_person(whole) else changed)
    other = with_cv(request.model_copy(update={"comments": comments}), **parts)
    return None if other == request else other


def changed(text: str) -> str:
    """Return a text with the pronouns of the other sex; as it is where that cannot be done word by word."""
    words = words_of(text)
    language = words.language if words else _by_pronoun(text)
    agrees = _AGREES.get(language)
    if agrees and re.search(agrees, text, re.IGNORECASE):
        return text
    return _BY_LANGUAGE[language](_tags(text)) if language else _tags(text)


def _by_pronoun(text: str) -> str:
    """Tell a short text's language by a pronoun that is of one language alone."""
    found = set(re.findall(r"\w+", text.casefold()))
    return next((language for language, words in _OF_ONE.items() if found & words), "")


def _is_in_first_person(text: str) -> bool:
    words: Words | None = words_of(text)
    found = re.findall(r"[^\W\d_]+", text.casefold())
    return words is None or any(word in found for word in words.first.split())


def _tags(text: str) -> str:
    pattern = re.compile(rf"(?<!\w)(?:{either(list(_TAGS))})(?![\w/])", re.IGNORECASE)
    return pattern.sub(lambda found: as_cased(_TAGS[found[0].lower()], found[0]), text)


def _swapped(text: str, table: Mapping[str, str], *, tail: str = "") -> str:
    pattern = re.compile(rf"(?<!/)\b(?:{either(list(table))})\b(?!/){tail}", re.IGNORECASE)
    return pattern.sub(lambda found: as_cased(table[found[0].lower()], found[0]), text)


def _english(text: str) -> str:
    function = either(_EN_FUNCTION.split())
    her, object_form = r"(?<!/)\bher\b(?!/)", rf"(?=\s*(?:[^\w\s]|$)|\s+(?:{function})\b)"
    marked = re.sub(her + object_form, lambda found: _marked("him", found[0]), text, flags=re.IGNORECASE)
    marked = re.sub(her, lambda found: _marked("his", found[0]), marked, flags=re.IGNORECASE)
    return _swapped(marked, _EN).translate({0: "h", 1: "H"})


def _marked(new: str, old: str) -> str:
    """Return `new` with a sign for its first letter, so that it is not taken for one to change."""
    cased = as_cased(new, old)
    return ("\1" if cased[0] == "H" else "\0") + cased[1:]


def _german(text: str) -> str:
    """Change a text that speaks of one person of one sex; in any other `ihr` may be of several."""
    she = rf"\b[Ss]ie(?=\s+(?:{_DE_SINGULAR})\b)"
    of_her = re.search(rf"{she}|\b(?:Frau|Bewerberin|Kandidatin)\b", text)
    of_him = re.search(r"\b(?:[Ee]r|ihm|ihn|Herr|Bewerber|Kandidat)\b", text)
    if bool(of_her) == bool(of_him):
        return text
    if of_him:
        marked = re.sub(r"\bsein(?=\s+[A-ZÄÖÜ])", "ihr", text)
        marked = re.sub(r"\b[Dd]er(?=\s+(?:Bewerber|Kandidat)\b)", lambda found: f"{found[0][0]}ie", marked)
        return _swapped(marked, _DE_HIS)
    marked = re.sub(she, lambda found: as_cased("er", found[0]), text)
    marked = re.sub(r"\bihr(?=\s+[A-ZÄÖÜ])", "sein", marked)
    marked = re.sub(r"\b[Dd]ie(?=\s+(?:Bewerberin|Kandidatin)\b)", lambda found: f"{found[0][0]}er", marked)
    return _swapped(marked, _DE_HER)


def _french(text: str) -> str:
    return _swapped(text, {"il": "elle", "elle": "il"}, tail=_IMPERSONAL)


def _spanish(text: str) -> str:
    return _swapped(text, {"él": "ella", "ella": "él"})


_BY_LANGUAGE: Mapping[str, Callable[[str], str]] = {
    "en": _english,
    "de": _german,
    "fr": _french,
    "es": _spanish,
}
