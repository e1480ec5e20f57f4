"""Putting the comment together: plain text that reads well in an applicant-tracking system.

May import `scoring`, `evidence`, `judgement` and below.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evaluator.commentary.phrases import Phrases, phrases_for
from evaluator.contract.ours import MARKER
from evaluator.evidence import Verified
from evaluator.judgement import Finding, Source
from evaluator.rubric import Claims, Criterion, Level
from evaluator.scoring import Contribution, Score
from evaluator.words import folded_words

FlagKind = Literal[
    "must_have_contradicted", "manipulation", "authority", "hidden", "encoded", "canary",
    "second_opinion",
    "samples_disagree", "cross_check", "holistic_gap",
]  # fmt: skip

MAX_SUMMARY = 1_500
"""Characters of the model's summary that are shown, on one line, so that it cannot look like ours."""

MAX_QUOTE = 180
"""Characters of a quote that a comment shows; the result's details have all of it."""

MAX_NAMES = 5
"""Names of the settings in the line on those that no criterion has."""

MAX_NAME = 40
"""Characters of such a name."""

MAX_LINES = 8
"""Lines of one section; a last line says how many more there are."""

BRIEF_QUESTIONS = 3
"""Questions of a brief comment."""

_TELLING_TITLE = 4
"""Letters and digits from which a title within a question is no accident, as `c` or `go` would be."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A reason for a person to look, with the figure, the name or the words that go with it.

    `source` is where the words stand, which are then shown as a quote.
    """

    kind: FlagKind
    detail: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that a comment tells.

    `rating` is the result's: the score's own, or the model's overall figure where `holistic`. `questions`
    are the model's; those for criteria that nothing shows are added by `questions_for`. `unread_percent`:
    how much of the material was too long to be read.
    """

    rating: int
    score: Score
    holistic: bool
    verified: Mapping[str, Verified]
    claims: Claims
    summary: str
    questions: Sequence[str]
    flags: Sequence[Flag]
    insufficient: bool
    offline: bool
    stamp: str
    unread_percent: int = 0
    unmatched: Sequence[str] = ()


def questions_for(findings: Findings, language: str) -> list[str]:
    """Return the questions to ask: the model's own, and one for each unshown criterion that they pass over.

    Those for must-haves come first.
    """
    phrases = phrases_for(language)
    asked = [f" {' '.join(folded_words(question))} " for question in findings.questions]
    added: list[tuple[bool, str]] = []
    for part in findings.score.contributions:
        criterion = part.criterion
        named = (criterion.shown, criterion.title)
        if part.finding is Finding.NOT_EVIDENCED and not any(_is_asked(name, asked) for name in named):
            added.append((criterion.must_have, _question(criterion, findings.claims, phrases)))
    first = [question for must_have, question in added if must_have]
    return [*first, *findings.questions, *(question for must_have, question in added if not must_have)]


def _is_asked(title: str, asked: Sequence[str]) -> bool:
    found = folded_words(title)
    return sum(map(len, found)) >= _TELLING_TITLE and any(f" {' '.join(found)} " in each for each in asked)


def write_comment(findings: Findings, *, language: str, style: Literal["full", "brief"]) -> str:
    """Return the comment as plain text; its last line carries the marker by which it is known as ours."""
    phrases = phrases_for(language)
    brief = style == "brief"
    questions = questions_for(findings, language)[: BRIEF_QUESTIONS if brief else None]
    parts = [_head(findings, phrases), _flat(findings.summary)[:MAX_SUMMARY]]
    if not brief:
        parts += [_section(title, _bulleted(lines), phrases) for title, lines in _sections(findings, phrases)]
    numbered = [f"{number}. {_flat(question)}" for number, question in enumerate(questions, 1)]
    parts += [_section(phrases["questions"], numbered, phrases)]
    parts += [f"{phrases['footer']}\n{MARKER} {findings.stamp}"]
    return "\n\n".join(part for part in parts if part)


def _head(findings: Findings, phrases: Phrases) -> str:
    score = findings.score
    lines = []
    if findings.insufficient:
        lines.append(phrases["insufficient"].format(coverage=round(100 * score.coverage)))
    lines.append(_rating_line(findings, phrases))
    if findings.holistic:
        lines.append(phrases["holistic"].format(rating=score.rating, low=score.low, high=score.high))
    if findings.offline:
        lines.append(phrases["offline"])
    if findings.unread_percent:
        lines.append(phrases["unread"].format(percent=findings.unread_percent))
    if findings.unmatched:
        lines.append(phrases["unmatched"].format(names=_names(findings.unmatched, phrases)))
    if findings.flags:
        lines.append(phrases["review"])
        flagged = [_flag_line(flag, phrases) for flag in findings.flags]
        lines += _bulleted(flagged[:MAX_LINES])
        if len(flagged) > MAX_LINES:
            lines.append(phrases["more"].format(count=len(flagged) - MAX_LINES))
    return "\n".join(lines)


def _flag_line(flag: Flag, phrases: Phrases) -> str:
    detail = flag.detail
    if flag.source is not None:
        quoted = phrases["quoted"].format(text=_shorten(detail))
        detail = f"{quoted} ({phrases['source_' + flag.source.value]})"
    return phrases[f"flag_{flag.kind}"].format(detail=detail)


def _names(unmatched: Sequence[str], phrases: Phrases) -> str:
    """Return the first names, shortened, each in quotation marks."""
    flat = [phrases["quoted"].format(text=_flat(name)[:MAX_NAME]) for name in dict.fromkeys(unmatched)]
    return ", ".join(flat[:MAX_NAMES]) + (", …" if len(flat) > MAX_NAMES else "")


def _rating_line(findings: Findings, phrases: Phrases) -> str:
    score = findings.score
    settled = findings.holistic or score.low == score.high
    key = "rating_settled" if settled else "rating"
    return phrases[key].format(rating=findings.rating, low=score.low, high=score.high)


def _sections(findings: Findings, phrases: Phrases) -> Iterator[tuple[str, list[str]]]:
    parts = sorted(findings.score.contributions, key=lambda part: -part.possible)
    shown = [part for part in parts if part.finding is Finding.EVIDENCED]
    met = [part for part in shown if part.level >= part.criterion.required]
    below = [part for part in shown if part.level < part.criterion.required]
    contradicted = [part for part in parts if part.finding is Finding.CONTRADICTED]
    unshown = [part for part in parts if part.finding is Finding.NOT_EVIDENCED]
    yield phrases["strengths"], [_line(part, findings, phrases) for part in met]
    yield phrases["contradicted"], [_reasoned_line(part, findings, phrases) for part in contradicted]
    yield phrases["gaps"], [_line(part, findings, phrases) for part in below]
    yield phrases["open"], [_open_line(part.criterion, findings.claims, phrases) for part in unshown]


def _section(title: str, lines: Sequence[str], phrases: Phrases) -> str:
    shown = list(lines[:MAX_LINES])
    if len(lines) > MAX_LINES:
        shown.append(phrases["more"].format(count=len(lines) - MAX_LINES))
    return "\n".join([title, *shown]) if shown else ""


def _bulleted(lines: Iterable[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _line(part: Contribution, findings: Findings, phrases: Phrases) -> str:
    criterion = part.criterion
    text = phrases["line"].format(
        title=criterion.shown, level=phrases[part.level.word], required=_required(criterion, phrases)
    )
    quotes = findings.verified[criterion.id].quotes
    if not quotes:
        return text
    quoted = phrases["quoted"].format(text=_shorten(quotes[0].text))
    return f"{text} – {quoted} ({phrases['source_' + quotes[0].source.value]})"


def _required(criterion: Criterion, phrases: Phrases) -> str:
    word = phrases[criterion.required.word]
    return f"{word}, {phrases['must_have']}" if criterion.must_have else word


def _reasoned_line(part: Contribution, findings: Findings, phrases: Phrases) -> str:
    """Return a line with the reason: what contradicts may stand under a heading that the quote lacks."""
    reason = _shorten(findings.verified[part.criterion.id].reason)
    return f"{_line(part, findings, phrases)}. {reason}" if reason else _line(part, findings, phrases)


def _open_line(criterion: Criterion, claims: Claims, phrases: Phrases) -> str:
    required = _required(criterion, phrases)
    claimed = claims.get(criterion.id, Level.NONE)
    if claimed is Level.NONE:
        return phrases["line_open"].format(title=criterion.shown, required=required)
    return phrases["line_claimed"].format(
        title=criterion.shown, required=required, claimed=phrases[claimed.word]
    )


def _question(criterion: Criterion, claims: Claims, phrases: Phrases) -> str:
    claimed = claims.get(criterion.id, Level.NONE)
    if claimed is Level.NONE:
        return phrases["ask" if criterion.kind == "skill" else "ask_about"].format(title=criterion.shown)
    return phrases["ask_claimed"].format(title=criterion.shown, claimed=phrases[claimed.word])


def _shorten(text: str) -> str:
    flat = _flat(text)
    return flat if len(flat) <= MAX_QUOTE else flat[:MAX_QUOTE].rsplit(" ", 1)[0] + " …"


def _flat(text: str) -> str:
    return " ".join(text.split())
