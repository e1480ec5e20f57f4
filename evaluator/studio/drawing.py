"""What a draft makes of a sample: its prompt in parts, what is left out, and what is wrong or unwise.

Runs in the limited process of `studio.drawing_process`, since a draft's template may loop without end; takes
and returns JSON values, so that nothing of that process has to be trusted. The steps are the pipeline's own.
May import `assessment`, `prompts` and `studio` siblings.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from evaluator.assessment.assessor import Assessor, ModelChoice, Plan
from evaluator.assessment.screening import LEFT_OUT
from evaluator.contract.decode import read_model
from evaluator.contract.opt_out import has_opted_out
from evaluator.contract.request import AssessmentRequest
from evaluator.errors import EvaluatorError, InvalidRequest, ModelUnavailable, PackError
from evaluator.models.ask import Answer, Ask, Check
from evaluator.prompts.budget import part_of
from evaluator.prompts.datamark import NOTE
from evaluator.prompts.fence import as_text, blocks
from evaluator.prompts.files import FILES
from evaluator.prompts.packs import Pack, pack_of
from evaluator.prompts.render import Prompt
from evaluator.prompts.tokens import Tokenizer
from evaluator.prompts.view import PARTS, VARIABLES, template_view
from evaluator.redaction.kinds import KINDS
from evaluator.studio.explaining import plain, plain_failure, plain_toml
from evaluator.studio.findings import Finding, in_order
from evaluator.studio.lint import lint, place_of
from evaluator.studio.lint_rubric import FILE as RUBRIC
from evaluator.studio.origins import PACK, SERVICE, origin_of

_NOTICE = "[The rest of this part is left out here.]"
_MARKS = {LEFT_OUT: "left out", _NOTICE: "cut"} | {kind.placeholder: "redacted" for kind in KINDS}
_MARKED = re.compile("|".join(map(re.escape, sorted(_MARKS, key=len, reverse=True))))

_EXAMPLE = 160
"""Characters of an example value."""


class Unasked:
    """The model of a pipeline that only draws prompts."""

    async def answer(self, ask: Ask, check: Check, *, within_s: float) -> Answer:
        """Raise ModelUnavailable: nobody is asked for a preview."""
        raise ModelUnavailable("a preview asks no model")


def draw(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the draft `asked["files"]` makes of `asked["request"]`.

    `findings` are those of `studio.lint` and what loading and rendering say; `shown` is null where the
    draft makes no prompt, or no request is asked for; `problem` says why a sound pack takes no such request.
    """
    files = asked["files"]
    findings = list(lint(files))
    told: dict[str, Any] = {"shown": None, "problem": "", "examples": {}}
    try:
        pack = _loaded(asked["name"], tuple(files[each] for each in FILES))
        if asked["request"] is not None:
            assessor, plan = _planned(pack, asked)
            told["examples"] = _examples(plan, asked["app_id"])
            told["shown"] = _shown(plan, assessor.prompt(plan))
    except PackError as error:
        findings.append(_finding(error))
    except InvalidRequest as error:
        told["problem"] = " ".join(f"{each.pointer}: {each.message}." for each in error.problems)
    except EvaluatorError as error:
        told["problem"] = str(error)
    return told | {"findings": [asdict(each) for each in in_order(_apart(findings))]}


@lru_cache(maxsize=8)
def _loaded(name: str, texts: tuple[str, ...]) -> Pack:
    """Return a pack, loaded once while only the sample changes."""
    return pack_of(name, dict(zip(FILES, texts, strict=True)))


def _planned(pack: Pack, asked: Mapping[str, Any]) -> tuple[Assessor, Plan]:
    request = read_model(AssessmentRequest, asked["request"])
    config = request.integration_config.model_copy(update={"prompt": pack.name})
    told = asked["choice"]
    choice = ModelChoice(told["default"], frozenset(told["allowed"]), told["offline"], told["encoding"])
    assessor = Assessor(packs={pack.name: pack}, model=Unasked(), choice=choice, app_id=asked["app_id"])
    return assessor, assessor.plan(request.model_copy(update={"integration_config": config}))


def _examples(plan: Plan, app_id: str | None) -> dict[str, str]:
    """Return the beginning of each variable's and each part's value, as a fence would write it."""
    view = template_view(plan.request, plan.rubric, plan.claims, app_id=app_id)
    values = {name: view[name] for name in VARIABLES}
    values |= {".".join(place): part_of(view, part) for part, place in PARTS.items()}
    return {name: " ".join(as_text(value).split())[:_EXAMPLE] for name, value in values.items()}


def _shown(plan: Plan, prompt: Prompt) -> dict[str, Any]:
    count = Tokenizer(prompt.encoding).count
    ours = [plan.canary.line, *([NOTE] if plan.pack.settings.datamark else [])]
    system = list(_parts(prompt.system, "\n\n" + "\n".join(ours), count))
    system[-1]["pieces"] = plan.canary.without(system[-1]["pieces"])
    screened = plan.screened
    return {
        "model": plan.model,
        "tokens": prompt.tokens,
        "budget": prompt.budget,
        "reply_tokens": plan.pack.settings.model.output_limit(len(plan.rubric.criteria)),
        "readings": plan.samples,
        "messages": [
            {"role": "system", "parts": system},
            {"role": "user", "parts": list(_parts(prompt.user, "", count))},
        ],
        "cuts": [asdict(cut) for cut in prompt.cuts],
        "left_out": [
            {
                "kind": each.finding.kind,
                "source": each.source.value,
                "excerpt": each.excerpt,
                "hidden": each.is_hidden,
            }
            for each in screened.flagged
        ],
        "redacted": dict(screened.redacted),
        "opted_out": has_opted_out(plan.request),
    }


def _parts(text: str, ending: str, count: Callable[[str], int]) -> Iterator[dict[str, Any]]:
    """Yield the parts of a message in order; together they are its text, and their tokens its tokens.

    `ending`: what the service itself writes behind it.
    """
    own = text.removesuffix(ending)
    at = 0
    for block in blocks(own):
        yield _part("", own[at : block.start], count)
        yield _part(block.name, block.text, count)
        at = block.end
    if own[at:]:
        yield _part("", own[at:], count)
    if ending:
        yield _part("", ending, count, SERVICE.id)


def _part(fence: str, text: str, count: Callable[[str], int], origin: str = PACK.id) -> dict[str, Any]:
    return {
        "fence": fence,
        "origin": origin_of(fence).id if fence else origin,
        "tokens": count(text),
        "pieces": list(_pieces(text)),
    }


def _pieces(text: str) -> Iterator[list[str]]:
    """Yield each piece of a text with what it stands for: "" for words as they are."""
    at = 0
    for found in _MARKED.finditer(text):
        if found.start() > at:
            yield [text[at : found.start()], ""]
        yield [found[0], _MARKS[found[0]]]
        at = found.end()
    if at < len(text):
        yield [text[at:], ""]


def _finding(error: PackError) -> Finding:
    """Return an error of loading or rendering in plain words."""
    file, cause = place_of(error.path), error.__context__
    if error.told.startswith("does not render") and cause is not None:
        told = plain_failure(type(cause).__name__, str(cause))
    else:
        told = plain_toml(error.told) if file == RUBRIC else plain(error.told)
    return Finding("does_not_load", "error", file, error.line or 0, told)


def _apart(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings, of two that say the same of one place the first."""
    seen: set[tuple[str, int, str]] = set()
    for each in findings:
        if (place := (each.file, each.line, each.said)) not in seen:
            seen.add(place)
            yield each
