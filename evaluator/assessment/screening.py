"""What of a request may reach the model: without our own results, redacted, and without flagged passages.

What was flagged is kept beside it, so that a quote from there can be told from one that nobody wrote. May
import `detection`, `redaction`, `hygiene`, `contract` and below.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pydantic import BaseModel

from evaluator.assessment.standin import Detection, Finding, Removed, detect
from evaluator.contract.ours import others_context, others_words
from evaluator.contract.request import AssessmentRequest
from evaluator.judgement import Source
from evaluator.redaction.requests import redacted

LEFT_OUT = "[…]"
"""Stands for a flagged passage in what the model reads: it says nothing, and no quote runs across it."""

AUTHORITY = "authority"
"""The kind of finding that borrows somebody else's word."""

MAX_EXCERPT = 200
"""Characters of a flagged passage that a result shows."""

_SOURCES = {
    "candidate_parsed_cv": Source.CV, "application_form": Source.FORM, "comments": Source.COMMENTS,
    "context": Source.CONTEXT,
}  # fmt: skip


Detect = Callable[[AssessmentRequest, Sequence[Removed]], Detection]
"""Finds passages in a request, and in what cleaning took out of it."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """A finding with the source it stands in and its own words, MAX_EXCERPT characters at most."""

    finding: Finding
    source: Source
    excerpt: str

    @property
    def is_hidden(self) -> bool:
        """Whether nobody sees it: what it spelt was removed from the text."""
        return self.finding.start == self.finding.end or self.finding.kind == "hidden"


@dataclass(frozen=True, slots=True)
class Screened:
    """A request after screening.

    `request` is what the model reads, `as_written` the same with its flagged passages, `with_authority` with
    those alone that borrow an authority. `removed` is what cleaning took out, `redacted` how much of each
    kind redaction did.
    """

    request: AssessmentRequest
    as_written: AssessmentRequest
    with_authority: AssessmentRequest
    flagged: tuple[Flagged, ...] = ()
    removed: tuple[Removed, ...] = ()
    redacted: Mapping[str, int] = field(default_factory=dict)

    @property
    def leaves_out(self) -> bool:
        """Whether any passage is kept from the model."""
        return self.request is not self.as_written


def screened(
    request: AssessmentRequest,
    removed: Sequence[Removed],
    *,
    app_id: str | None,
    finds: Detect = detect,
) -> Screened:
    """Screen a cleaned request, from which `removed` was taken.

    Passages are looked for behind redaction, in the very text that would be sent: so their places are exact,
    and no result repeats what was redacted.
    """
    others, ours = _without_ours(request, app_id)
    hidden, counts = redacted(others, request.integration_config)
    findings = finds(hidden, [each for each in removed if not _is_of(each.pointer, ours)]).findings
    said = [finding for finding in findings if finding.kind != AUTHORITY]
    as_written = _dropped(hidden, ours)
    shown = without_passages(hidden, findings)
    with_authority = without_passages(hidden, said)
    return Screened(
        request=as_written if shown is hidden else _dropped(shown, ours),
        as_written=as_written,
        with_authority=as_written if with_authority is hidden else _dropped(with_authority, ours),
        flagged=tuple(_flagged(hidden, findings, removed)),
        removed=tuple(removed),
        redacted=counts,
    )


def without_passages(request: AssessmentRequest, findings: Iterable[Finding]) -> AssessmentRequest:
    """Return `request` with LEFT_OUT in place of every passage found; itself where there is none."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for finding in findings:
        if finding.start < finding.end:
            spans.setdefault(finding.pointer, []).append((finding.start, finding.end))
    for pointer, own in spans.items():
        request = _changed(request, _path(pointer), partial(_cut_out, spans=sorted(own)))
    return request


def _cut_out(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return `text` without `spans`, in order; what overlaps or touches goes as one."""
    kept: list[str] = []
    at = 0
    for start, end in spans:
        if start > at or not kept:
            kept.append(text[at:start])
        at = max(at, end)
    return LEFT_OUT.join([*kept, text[at:]])


def _changed(value: Any, path: Sequence[str], change: Callable[[str], str]) -> Any:
    """Return `value` with the text at `path` changed; itself where there is no such text."""
    if not path:
        return change(value) if isinstance(value, str) else value
    key, rest = path[0], path[1:]
    if isinstance(value, BaseModel):
        member = getattr(value, key, None)
        new = _changed(member, rest, change)
        return value if new is member else value.model_copy(update={key: new})
    if isinstance(value, dict) and key in value:
        new = _changed(value[key], rest, change)
        return value if new is value[key] else {**value, key: new}
    if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
        new = _changed(value[int(key)], rest, change)
        return value if new is value[int(key)] else [*value[: int(key)], new, *value[int(key) + 1 :]]
    return value


def _path(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _text_at(request: AssessmentRequest, pointer: str) -> str:
    found: list[str] = []

    def read(text: str) -> str:
        found.append(text)
        return text

    _changed(request, _path(pointer), read)
    return found[0] if found else ""


def _flagged(
    request: AssessmentRequest, findings: Iterable[Finding], removed: Sequence[Removed]
) -> Iterable[Flagged]:
    """Yield each finding with its own words: of one that nobody sees, what the removed signs spelt."""
    spelt = {each.pointer: each.text for each in removed if each.text}
    for finding in findings:
        words = _text_at(request, finding.pointer)[finding.start : finding.end]
        told = " ".join((words or spelt.get(finding.pointer, "")).split())
        source = _SOURCES.get(_path(finding.pointer)[0], Source.CONTEXT)
        yield Flagged(finding, source, told if len(told) <= MAX_EXCERPT else told[: MAX_EXCERPT - 1] + "…")


# Our own results: nothing of them is looked at, and nothing of them is sent.


def _without_ours(
    request: AssessmentRequest, app_id: str | None
) -> tuple[AssessmentRequest, Collection[str]]:
    """Return `request` with what is ours emptied, its lists as long as before, and where that was."""
    ours: set[str] = set()
    comments = list(request.comments)
    for at, comment in enumerate(comments):
        left = others_words(comment.content)
        if comment.content and not left:
            ours.add(f"/comments/{at}")
        if left != comment.content:
            comments[at] = comment.model_copy(update={"content": left})
    context = list(request.context)
    for at, item in enumerate(context):
        others = others_context([item], app_id)
        if not others:
            ours.add(f"/context/{at}")
        context[at] = others[0] if others else {}
    if comments == request.comments and context == request.context:
        return request, ours
    return request.model_copy(update={"comments": comments, "context": context}), ours


def _dropped(request: AssessmentRequest, ours: Collection[str]) -> AssessmentRequest:
    """Return `request` without the entries that were emptied."""
    if not ours:
        return request
    comments = [each for at, each in enumerate(request.comments) if f"/comments/{at}" not in ours]
    context = [each for at, each in enumerate(request.context) if f"/context/{at}" not in ours]
    return request.model_copy(update={"comments": comments, "context": context})


def _is_of(pointer: str, ours: Collection[str]) -> bool:
    return "/".join(pointer.split("/")[:3]) in ours
