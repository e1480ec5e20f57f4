"""What of a request may reach the model: without our own results, redacted, and without flagged passages.

What was flagged is kept beside it, so that a quote from there can be told from one that nobody wrote. May
import `detection`, `redaction`, `hygiene`, `contract` and below.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from pydantic import BaseModel

from evaluator.assessment.unseen import path_of, unseen
from evaluator.contract.ours import others_context, others_words
from evaluator.contract.request import AssessmentRequest
from evaluator.detection import Detection, Finding, detect
from evaluator.hygiene import Removed
from evaluator.judgement import Source
from evaluator.redaction.requests import redacted

LEFT_OUT = "[…]"
"""Stands for a flagged passage in what the model reads: it says nothing, and no quote runs across it."""

AUTHORITY = "authority"
"""The kind of finding that borrows somebody else's word."""

ENCODED = "encoded"
"""The kind of finding in what a passage says once it is decoded."""

HIDDEN = "hidden"
"""The kind of finding in what cleaning removed."""

_PARTED = "zero-width"
"""How a finding was read that invisible characters parted into words."""

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
    """A finding with the source it stands in and its own words, MAX_EXCERPT characters at most.

    `is_hidden`: nobody sees it; the words are what the signs spelt that were removed there.
    """

    finding: Finding
    source: Source
    excerpt: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Screened:
    """A request after screening.

    `request` is what the model reads, `as_written` the same with its flagged passages, `with_authority` with
    those alone that borrow an authority, `undoubted` is `request` without what is no evidence either, and
    `doubted` are those passages. `removed` is what cleaning took out, `redacted` how much of each kind
    redaction did.
    """

    request: AssessmentRequest
    as_written: AssessmentRequest
    with_authority: AssessmentRequest
    undoubted: AssessmentRequest
    flagged: tuple[Flagged, ...] = ()
    doubted: tuple[Flagged, ...] = ()
    removed: tuple[Removed, ...] = ()
    redacted: Mapping[str, int] = field(default_factory=dict)

    @property
    def leaves_out(self) -> bool:
        """Whether any passage is kept from the model."""
        return self.request is not self.as_written

    @property
    def without_doubts(self) -> "Screened":
        """The same with the doubtful passages among the flagged ones, and severe: a reply quoted one."""
        severe = [replace(each, finding=replace(each.finding, severity="severe")) for each in self.doubted]
        return replace(self, request=self.undoubted, flagged=(*self.flagged, *severe), doubted=())


class Screen(Protocol):
    """Screens a request: `screened`, or what gives the same."""

    def __call__(
        self, request: AssessmentRequest, removed: Sequence[Removed], *, app_id: str | None, finds: Detect
    ) -> Screened:
        """See `screened`."""
        ...


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
    gone = unseen(removed, others, hidden)
    detection = finds(hidden, [each for each in gone.removed if not _is_of(each.pointer, ours)])
    findings, doubts = detection.findings, detection.doubts
    said = [finding for finding in findings if finding.kind != AUTHORITY]
    as_written = _dropped(hidden, ours)
    shown = without_passages(hidden, findings)
    with_authority = without_passages(hidden, [*said, *doubts])
    request_shown = as_written if shown is hidden else _dropped(shown, ours)
    undoubted = without_passages(hidden, [*findings, *doubts]) if doubts else shown
    return Screened(
        request=request_shown,
        as_written=as_written,
        with_authority=as_written if with_authority is hidden else _dropped(with_authority, ours),
        undoubted=request_shown if undoubted is shown else _dropped(undoubted, ours),
        flagged=tuple(_flagged(hidden, findings, gone.told)),
        doubted=tuple(_flagged(hidden, doubts, gone.told)),
        removed=gone.removed,
        redacted=counts,
    )


def without_passages(request: AssessmentRequest, findings: Iterable[Finding]) -> AssessmentRequest:
    """Return `request` with LEFT_OUT in place of every passage found; itself where there is none.

    A finding without a span is in a field's name, which is then replaced, or in what was removed. Of the
    latter the name may be what invisible characters parted, and is replaced too.
    """
    spans: dict[str, list[tuple[int, int]]] = {}
    names: set[str] = set()
    for finding in findings:
        if finding.start < finding.end:
            spans.setdefault(finding.pointer, []).append((finding.start, finding.end))
        elif finding.kind != HIDDEN or finding.decoded == _PARTED:
            names.add(finding.pointer)
    for pointer, own in spans.items():
        request = _changed(request, path_of(pointer), partial(_cut_out, spans=sorted(own)))
    for pointer in sorted(names, key=lambda each: -each.count("/")):
        request = _renamed(request, path_of(pointer))
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


def _renamed(value: Any, path: Sequence[str]) -> Any:
    """Return `value` with LEFT_OUT for the name of the field at `path`; a field of the contract keeps its."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(value, BaseModel):
        extra = value.model_extra or {}
        if not rest and key in extra:
            known = {name: getattr(value, name) for name in value.model_fields_set if name not in extra}
            return type(value).model_construct(**known, **_with_name_left_out(extra, key))
        member = getattr(value, key, None)
        new = _renamed(member, rest)
        return value if new is member else value.model_copy(update={key: new})
    if isinstance(value, dict) and key in value:
        if not rest:
            return _with_name_left_out(value, key)
        new = _renamed(value[key], rest)
        return value if new is value[key] else {**value, key: new}
    if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
        new = _renamed(value[int(key)], rest)
        return value if new is value[int(key)] else [*value[: int(key)], new, *value[int(key) + 1 :]]
    return value


def _with_name_left_out(members: Mapping[str, Any], key: str) -> dict[str, Any]:
    free = next(
        name for at in range(len(members) + 1) if (name := LEFT_OUT + f" {at}" * (at > 0)) not in members
    )
    return {free if name == key else name: member for name, member in members.items()}


def _text_at(request: AssessmentRequest, pointer: str) -> str:
    found: list[str] = []

    def read(text: str) -> str:
        found.append(text)
        return text

    _changed(request, path_of(pointer), read)
    return found[0] if found else ""


def _flagged(
    request: AssessmentRequest, findings: Iterable[Finding], told: Mapping[str, str]
) -> Iterable[Flagged]:
    """Yield each finding with its own words: its span, what the removed signs spelt, or the field's name.

    `told` is what may be shown of the removed signs, by pointer. All of it is behind redaction.
    """
    for finding in findings:
        path = path_of(finding.pointer)
        words = _text_at(request, finding.pointer)[finding.start : finding.end]
        hidden = finding.kind == HIDDEN
        name = path[-1] if path else ""
        flat = " ".join((words or (told.get(finding.pointer, "") if hidden else name)).split())
        short = flat if len(flat) <= MAX_EXCERPT else flat[: MAX_EXCERPT - 1] + "…"
        yield Flagged(finding, _SOURCES.get(path[0] if path else "", Source.CONTEXT), short, hidden)


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
