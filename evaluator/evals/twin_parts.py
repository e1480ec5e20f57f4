"""Twins that differ in one part of the CV: a school's name, a hobby, a language, the order of sections.

May import `contract` and `evals.twin_text`.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from evaluator.contract.request import AssessmentRequest, Job, ParsedCV
from evaluator.evals.twin_text import Words, changed_cv, either, picked, texts_of, with_cv, words_of_cv

PLACES = (
    "Ardenmouth",
    "Velmare",
    "Tarrowmere",
    "Quellin",
    "Ostravelle",
    "Belmarin",
    "Corvenne",
    "Lindemoor",
)
"""Invented, so that no school has a name for anything."""

_SCHOOLS: Mapping[str, str] = {
    r"fachhochschule": "Fachhochschule {}",
    r"hochschule": "Hochschule {}",
    r"hogeschool": "Hogeschool {}",
    r"universität": "Universität {}",
    r"universidade": "Universidade de {}",
    r"universidad": "Universidad de {}",
    r"université": "Université de {}",
    r"university college": "University College {}",
    r"university": "University of {}",
    r"institute of technology": "{} Institute of Technology",
    r"institute": "{} Institute",
    r"college": "{} College",
    r"instituto politécnico": "Instituto Politécnico de {}",
    r"instituto": "Instituto de {}",
    r"école": "École de {}",
    r"lycée": "Lycée de {}",
    r"escuela": "Escuela de {}",
    r"gymnasium": "Gymnasium {}",
    r"realschule": "Realschule {}",
    r"academy": "{} Academy",
    r"akademie": "Akademie {}",
    r"school": "{} School",
}
_OTHER = re.compile(
    r"\d|\b(?:diploma|degree|bachelor|master|certificate|leaving|course|summer)\b", re.IGNORECASE
)
"""What names a degree or a course, and no school."""

_BETWEEN = re.compile(r"[,;|()/:\n·•]|\s[-–—]\s|\.\s")
_MOST_WORDS = 8
_LIST_END = re.compile(r"[.;\s]*$")


def school_name(request: AssessmentRequest, seed: str) -> AssessmentRequest | None:
    """Return the request with each school of the education under another, invented name."""
    cv = request.candidate_parsed_cv
    schools = list(dict.fromkeys(name for entry in cv.education for name in _schools(entry)))
    if not schools:
        return None
    first = picked(range(len(PLACES)), seed)
    names = {}
    for at, school in enumerate(schools):
        names[school] = _template(school).format(PLACES[(first + at) % len(PLACES)])
    pattern = re.compile(either(schools))
    return with_cv(request, **changed_cv(cv, lambda text: pattern.sub(lambda found: names[found[0]], text)))


def _schools(entry: str) -> Iterator[str]:
    """Yield the parts of an entry that name a school: a word for one, and a name."""
    for part in map(str.strip, _BETWEEN.split(entry)):
        words = part.split()
        capitals = sum(word[0].isupper() for word in words)
        named = _template(part) and capitals > 1 and part[0].isupper()
        if named and len(words) <= _MOST_WORDS and not _OTHER.search(part):
            yield part


def _template(school: str) -> str:
    folded = school.casefold()
    return next((form for word, form in _SCHOOLS.items() if re.search(rf"\b{word}\b", folded)), "")


def hobbies(request: AssessmentRequest, seed: str) -> AssessmentRequest | None:
    """Return the request with one hobby in another's place, or with one where there was none."""
    cv, words = request.candidate_parsed_cv, words_of_cv(request)
    held = " ".join(texts_of(cv)).casefold()
    others = [each for each in words.hobbies if each.casefold() not in held] if words else []
    if words is None or not others:
        return None
    new = picked(others, seed)
    if not cv.hobbies:
        return with_cv(request, hobbies=[new], raw=_with_line(cv.raw, f"{words.interests}: {new}"))
    old = picked(cv.hobbies, f"{seed} old")
    swapped = [new if each == old else each for each in cv.hobbies]
    raw = re.sub(re.escape(old), lambda _: new, cv.raw, flags=re.IGNORECASE) if old else cv.raw
    return with_cv(request, hobbies=swapped, raw=raw)


def languages(request: AssessmentRequest, seed: str) -> AssessmentRequest | None:
    """Return the request with one more language that the candidate speaks and the job does not speak of."""
    cv, words = request.candidate_parsed_cv, words_of_cv(request)
    if words is None:
        return None
    held = " ".join([*texts_of(cv), *_texts_of_job(request.job), request.step_prompt]).casefold()
    others = [tongue for tongue in words.tongues if tongue.casefold() not in held]
    if not others:
        return None
    tongue = picked(others, seed)
    if not cv.raw:
        summary = f"{cv.summary} {_heading(words)}: {tongue}.".strip()
        return with_cv(request, summary=summary)
    return with_cv(request, raw=_with_tongue(cv.raw, words, tongue))


def _texts_of_job(job: Job) -> list[str]:
    return [job.description, job.prompt, *(skill.slug for skill in job.skills)]


def _heading(words: Words) -> str:
    return words.languages.split()[0].capitalize()


def _with_tongue(raw: str, words: Words, tongue: str) -> str:
    """Put a language to the line of languages, or a line of its own at the end."""
    headings = either(words.languages.split())
    line = re.search(
        rf"^\W*(?:{headings})\b[^\S\n]*(?:\W*\n\s*|[:–-][^\S\n]*)(\S.*)$", raw, re.IGNORECASE | re.MULTILINE
    )
    if line is None:
        return _with_line(raw, f"{_heading(words)}: {tongue}")
    bare = _LIST_END.sub("", line[1])
    return f"{raw[: line.start(1)]}{bare}, {tongue}{line[1][len(bare) :]}{raw[line.end(1) :]}"


def _with_line(raw: str, line: str) -> str:
    return f"{raw.rstrip()}\n\n{line}" if raw else ""


def section_order(request: AssessmentRequest, _seed: str) -> AssessmentRequest | None:
    """Return the request with every list of the CV and the sections of its whole text the other way round."""
    cv = request.candidate_parsed_cv
    turned = {
        "experience": cv.experience[::-1],
        "education": cv.education[::-1],
        "hobbies": cv.hobbies[::-1],
        "raw": _turned(cv, words_of_cv(request)),
    }
    other = with_cv(request, **turned)
    return None if other.candidate_parsed_cv == cv else other


def _turned(cv: ParsedCV, words: Words | None) -> str:
    """Turn the sections that stand under known headings; what is before the first stays."""
    if words is None:
        return cv.raw
    heading = re.compile(
        rf"^[^\w\n]*(?:\w+[^\S\n]+){{0,2}}(?:{either(words.headings.split())})"
        r"(?:[^\S\n]+\w+){0,3}[^\w\n]*$",
        re.IGNORECASE | re.MULTILINE,
    )
    starts = [found.start() for found in heading.finditer(cv.raw)]
    sections = [cv.raw[start:end].rstrip() for start, end in pairwise([*starts, len(cv.raw)])]
    if len(sections) < 2:
        return cv.raw
    return "\n\n".join(filter(None, [cv.raw[: starts[0]].rstrip(), *sections[::-1]]))
