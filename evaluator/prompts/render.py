"""From a request and a pack to the messages: rendered, counted, and cut where they are too long.

May import `rubric`, `contract`, `errors` and the sibling modules.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from evaluator.contract.request import AssessmentRequest
from evaluator.errors import ModelContextExceeded
from evaluator.prompts.budget import PromptCut, Shortener
from evaluator.prompts.environment import render
from evaluator.prompts.fence import as_text, blocks
from evaluator.prompts.packs import Pack
from evaluator.prompts.repetition import what_is_new
from evaluator.prompts.tokens import Tokenizer
from evaluator.prompts.view import template_view
from evaluator.rubric import Claims, Rubric

_EMPTY_LINES = re.compile(r"\n{3,}")


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
) -> Prompt:
    """Render `pack` for a cleaned `request`, within the pack's budget.

    Raises PackError where a template fails, ModelContextExceeded where even without everything that
    may be cut the prompt is over budget.
    """
    whole = template_view(request, rubric, claims, app_id=app_id)
    view, repeated = _without_repetition(whole, pack.parts, tokenizer)
    rendered = _rendered(pack, view, tokenizer)
    cuts: tuple[PromptCut, ...] = ()
    if rendered.tokens > pack.settings.budget.prompt_tokens:
        rendered, cuts = _shortened(pack, view, rendered.tokens, tokenizer)
    return Prompt(
        rendered.system,
        rendered.user,
        rendered.sections,
        (*repeated, *cuts),
        pack.settings.budget.prompt_tokens,
        tokenizer.name,
    )


class _Rendered(NamedTuple):
    system: str
    user: str
    sections: tuple[tuple[str, int], ...]

    @property
    def tokens(self) -> int:
        return sum(tokens for _, tokens in self.sections)


def _shortened(
    pack: Pack, view: dict[str, Any], tokens: int, tokenizer: Tokenizer
) -> tuple[_Rendered, tuple[PromptCut, ...]]:
    """Cut, render and count until the prompt fits.

    What a template makes of a part decides what a cut saves, so each round asks for more than the last,
    by what is still too much and by twice as much as before at least.
    """
    budget = pack.settings.budget
    shortener = Shortener(view, pack.parts, budget, tokenizer)
    wanted, step = tokens - budget.prompt_tokens, 1
    while True:
        shorter, cuts = shortener.shorten(wanted)
        rendered = _rendered(pack, shorter, tokenizer)
        excess = rendered.tokens - budget.prompt_tokens
        if excess <= 0:
            return rendered, tuple(cuts.values())
        if sum(cut.tokens for cut in cuts.values()) < wanted:
            raise ModelContextExceeded(
                f"the prompt is {excess} tokens over the {budget.prompt_tokens} that the pack {pack.name} "
                "allows, with everything cut that may be; raise budget.prompt_tokens in its pack.toml"
            )
        wanted, step = wanted + max(excess, step), step * 2


def _without_repetition(
    view: dict[str, Any], parts: frozenset[str], tokenizer: Tokenizer
) -> tuple[dict[str, Any], list[PromptCut]]:
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
    return view | {"cv": {**cv, "raw": remainder.text}}, [cut]


def _rendered(pack: Pack, view: Mapping[str, Any], tokenizer: Tokenizer) -> _Rendered:
    texts = (
        render(pack.system, view, pack.path / "system.jinja"),
        render(pack.user, view, pack.path / "user.jinja"),
    )
    system, user = (_EMPTY_LINES.sub("\n\n", text).strip() for text in texts)
    return _Rendered(system, user, _sections((system, user), tokenizer))


def _sections(messages: tuple[str, ...], tokenizer: Tokenizer) -> tuple[tuple[str, int], ...]:
    counted: list[tuple[str, int]] = []
    own = 0
    for message in messages:
        at = 0
        for block in blocks(message):
            own += _template_tokens(tokenizer, message[at : block.start])
            counted.append((block.name, tokenizer.count(block.text)))
            at = block.end
        own += _template_tokens(tokenizer, message[at:])
    return (("template", own), *counted)


def _template_tokens(tokenizer: Tokenizer, text: str) -> int:
    """Count what stands between fences: the pack's own words, the same for every request."""
    return _counted(tokenizer.name, text)


@lru_cache(maxsize=1024)
def _counted(encoding: str, text: str) -> int:
    return Tokenizer(encoding).count(text)
