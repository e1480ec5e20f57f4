"""From a request and a pack to the messages: rendered, counted, and cut where they are too long.

May import `rubric`, `contract`, `errors` and the sibling modules.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Template

from evaluator.contract.request import AssessmentRequest
from evaluator.errors import ModelContextExceeded
from evaluator.prompts.bounds import bounded
from evaluator.prompts.budget import PromptCut, Shortener
from evaluator.prompts.datamark import NOTE, datamarked
from evaluator.prompts.environment import render
from evaluator.prompts.fence import as_text, blocks
from evaluator.prompts.packs import Pack
from evaluator.prompts.repetition import what_is_new
from evaluator.prompts.tokens import Tokenizer
from evaluator.prompts.view import CANDIDATE, SHARED_PARTS, template_view
from evaluator.rubric import Claims, Rubric

_EMPTY_LINES = re.compile(r"\n{3,}")

_OURS = frozenset({"rubric", "claims"})
"""Fences of what the service itself writes."""

_MAX_KEPT = 50_000
"""Characters beyond which a text is not kept for the next candidate of the same job."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent to the model, and how it came about.

    `sections` are (name, tokens) in the order of the prompt; `template` stands for what the pack itself
    says. Counts are made with `encoding` and leave out the few tokens that a chat format adds.
    """

    system: str
    user: str
    sections: tuple[tuple[str, int], ...]
    cuts: tuple[PromptCut, ...]
    budget: int
    encoding: str

    @property
    def tokens(self) -> int:
        """Tokens of both messages."""
        return sum(tokens for _, tokens in self.sections)


def build_prompt(
    pack: Pack,
    request: AssessmentRequest,
    rubric: Rubric,
    claims: Claims,
    *,
    tokenizer: Tokenizer,
    app_id: str | None = None,
    notes: Sequence[str] = (),
) -> Prompt:
    """Render `pack` for a cleaned `request`, within the pack's budget.

    `notes` are lines of the service's own that end the system message. Raises PackError where a template
    fails, ModelContextExceeded where even without everything that may be cut the prompt is over budget.
    """
    whole = template_view(request, rubric, claims, app_id=app_id)
    within, cuts = bounded(whole, pack.parts, pack.settings.budget, tokenizer)
    view, repeated = _without_repetition(within, pack.parts, tokenizer)
    notes = (*notes, NOTE) if pack.settings.datamark else tuple(notes)
    rendered = _rendered(pack, view, notes, tokenizer)
    if rendered.tokens > pack.settings.budget.prompt_tokens:
        rendered, further = _shortened(pack, view, notes, rendered.tokens, tokenizer)
        cuts |= {part: cuts[part].then(cut) if part in cuts else cut for part, cut in further.items()}
    return Prompt(
        rendered.system.text,
        rendered.user.text,
        rendered.sections,
        (*repeated, *cuts.values()),
        pack.settings.budget.prompt_tokens,
        tokenizer.name,
    )


class _Message(NamedTuple):
    """A message, the tokens of what its template says itself, and those of each fence."""

    text: str
    own: int
    fences: tuple[tuple[str, int], ...]


class _Rendered(NamedTuple):
    system: _Message
    user: _Message

    @property
    def sections(self) -> tuple[tuple[str, int], ...]:
        own = ("template", self.system.own + self.user.own)
        return (own, *self.system.fences, *self.user.fences)

    @property
    def tokens(self) -> int:
        return sum(tokens for _, tokens in self.sections)


def _shortened(
    pack: Pack, view: Mapping[str, Any], notes: Sequence[str], tokens: int, tokenizer: Tokenizer
) -> tuple[_Rendered, Mapping[str, PromptCut]]:
    """Cut, render and count until the prompt fits.

    What a template makes of a part decides what a cut saves, so each round asks for more than the last,
    by what is still too much and by twice as much as before at least.
    """
    budget = pack.settings.budget
    shortener = Shortener(view, pack.parts, budget, tokenizer)
    wanted, step = tokens - budget.prompt_tokens, 1
    while True:
        shorter, cuts = shortener.shorten(wanted)
        rendered = _rendered(pack, shorter, notes, tokenizer)
        excess = rendered.tokens - budget.prompt_tokens
        if excess <= 0:
            return rendered, cuts
        if sum(cut.tokens for cut in cuts.values()) < wanted:
            raise ModelContextExceeded(
                f"the prompt is {excess} tokens over the {budget.prompt_tokens} that the pack {pack.name} "
                "allows, with everything cut that may be; raise budget.prompt_tokens in its pack.toml"
            )
        wanted, step = wanted + max(excess, step), step * 2


def _without_repetition(
    view: Mapping[str, Any], parts: frozenset[str], tokenizer: Tokenizer
) -> tuple[Mapping[str, Any], list[PromptCut]]:
    """Leave out of the raw CV what the structured parts say that stand in the prompt as well."""
    cv = view["cv"]
    structured = [part for part in ("summary", "experience", "education", "hobbies") if f"cv_{part}" in parts]
    if "cv_raw" not in parts or not cv["raw"]:
        return view, []
    remainder = what_is_new(cv["raw"], [as_text(cv[part]) for part in structured])
    if not remainder.repeated:
        return view, []
    what = f"{len(remainder.repeated)} lines that repeat the structured parts"
    cut = PromptCut("cv_raw", what, tokenizer.count("\n".join(remainder.repeated)), repeated=True)
    return {**view, "cv": {**cv, "raw": remainder.text}}, [cut]


def _rendered(pack: Pack, view: Mapping[str, Any], notes: Sequence[str], tokenizer: Tokenizer) -> _Rendered:
    text = render(pack.user, view, pack.path / "user.jinja")
    user = _message(_datamarked(text) if pack.settings.datamark else text, tokenizer)
    system = _system(pack, view, tokenizer)
    return _Rendered(_with_notes(system, notes, tokenizer), user)


def _with_notes(message: _Message, notes: Sequence[str], tokenizer: Tokenizer) -> _Message:
    if not notes:
        return message
    added = "\n\n" + "\n".join(notes)
    return message._replace(text=message.text + added, own=message.own + _count_shared(added, tokenizer))


def _datamarked(rendered: str) -> str:
    """Return a rendered message with the candidate's fences marked; what the team wrote stays."""
    parts, at = [], 0
    for block in blocks(rendered):
        if block.name not in SHARED_PARTS | _OURS:
            parts += [rendered[at : block.start], datamarked(block.text)]
            at = block.end
    return "".join([*parts, rendered[at:]])


def _system(pack: Pack, view: Mapping[str, Any], tokenizer: Tokenizer) -> _Message:
    """Render the system message once for all candidates of a job, where it says nothing of the candidate."""
    read = {name: view[name] for name in sorted(pack.system_variables)}
    known_by = repr(read)
    path, datamark = pack.path / "system.jinja", pack.settings.datamark
    system = _SystemTemplate(pack.system, path, tokenizer, datamark, known_by, read)
    if pack.system_variables & CANDIDATE or len(known_by) > _MAX_KEPT:
        return _render_system(system)
    return _render_system_once(system)


@dataclass(frozen=True, slots=True)
class _SystemTemplate:
    """A template and what it reads; JSON-like values that read alike (`known_by`) are alike."""

    template: Template
    path: Path
    tokenizer: Tokenizer
    datamark: bool
    known_by: str
    read: Mapping[str, Any] = field(compare=False)


def _render_system(system: _SystemTemplate) -> _Message:
    text = render(system.template, system.read, system.path)
    return _message(_datamarked(text) if system.datamark else text, system.tokenizer)


_render_system_once = lru_cache(maxsize=64)(_render_system)


def _message(rendered: str, tokenizer: Tokenizer) -> _Message:
    text = _EMPTY_LINES.sub("\n\n", rendered).strip() if "\n\n\n" in rendered else rendered.strip()
    fences: list[tuple[str, int]] = []
    own = at = 0
    for block in blocks(text):
        own += _count_shared(text[at : block.start], tokenizer)
        count = (
            _count_shared(block.text, tokenizer)
            if block.name in SHARED_PARTS
            else tokenizer.count(block.text)
        )
        fences.append((block.name, count))
        at = block.end
    return _Message(text, own + _count_shared(text[at:], tokenizer), tuple(fences))


def _count_shared(text: str, tokenizer: Tokenizer) -> int:
    """Count what is the same for every candidate of a job, or for every request: once."""
    return _counted(tokenizer, text) if len(text) <= _MAX_KEPT else tokenizer.count(text)


@lru_cache(maxsize=1024)
def _counted(tokenizer: Tokenizer, text: str) -> int:
    return tokenizer.count(text)
