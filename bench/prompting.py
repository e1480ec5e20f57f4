"""What a prompt costs: its build time, its tokens beside a naive template's, and its common beginning.

Runs in this process, through the pipeline's own `plan` and `prompt`.
"""

import gc
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.figures import median, percentile
from bench.requests import Request, compact, pairs, same_step
from evaluator.assessment.assessor import Assessor
from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.judgement import reply_schema
from evaluator.prompts.fence import blocks
from evaluator.prompts.render import Prompt
from evaluator.prompts.tokens import Tokenizer
from evaluator.prompts.view import CANDIDATE


@dataclass(frozen=True, slots=True)
class BuildTime:
    """How long cleaning, rubric, rendering and counting take together for one request, in milliseconds.

    `cpu_ms` is the median of CPU time, which leaves out the time that other processes took.
    """

    size_bytes: int
    runs: int
    cpu_ms: float
    median_ms: float
    p95_ms: float
    least_ms: float
    tokens: int
    cut_tokens: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one fixture's prompt, and of the naive template with JSON indented and compact."""

    fixture: str
    ours: int
    naive_indented: int
    naive_compact: int


@dataclass(frozen=True, slots=True)
class Common:
    """What the prompts of two candidates of one job and step begin with, in tokens.

    `whole_beginning` says whether all that stands before the first fence of the candidate is common.
    """

    first: str
    second: str
    pack: str
    tokens: int
    common: int
    whole_beginning: bool

    @property
    def share(self) -> float:
        """The common part of the first prompt, 0–1."""
        return self.common / self.tokens


def build_time(assessor: Assessor, request: Request, runs: int) -> BuildTime:
    """Build the prompt of `request` over and over and return how long it takes."""
    model = read_model(AssessmentRequest, request)
    for _ in range(3):
        prompt = _prompt(assessor, model)
    gc.collect()
    taken, cpu = [], []
    for _ in range(runs):
        began, worked = time.perf_counter(), time.process_time()
        prompt = _prompt(assessor, model)
        cpu.append((time.process_time() - worked) * 1000)
        taken.append((time.perf_counter() - began) * 1000)
    return BuildTime(
        size_bytes=len(compact(request)),
        runs=runs,
        cpu_ms=median(cpu),
        median_ms=median(taken),
        p95_ms=percentile(taken, 95),
        least_ms=min(taken),
        tokens=prompt.tokens,
        cut_tokens=sum(cut.tokens for cut in prompt.cuts),
    )


def tokens_of(assessor: Assessor, requests: Mapping[str, Request]) -> list[Tokens]:
    """Count each request's prompt and the naive template's."""
    return [_tokens(assessor, name, request) for name, request in requests.items()]


def naive_prompt(instructions: str, request: Request, indent: int | None = None) -> str:
    """Return the naive template's prompt: the same instructions and rubric, then the request dumped as JSON.

    Without `indent` the JSON is compact. Letters stay as they are, in the naive template's favour.
    """
    separators = (",", ":") if indent is None else None
    return (
        f"{instructions}\n\n{json.dumps(request, ensure_ascii=False, indent=indent, separators=separators)}"
    )


def common_beginnings(
    assessor: Assessor, requests: Mapping[str, Request], packs: Sequence[str]
) -> list[Common]:
    """Compare the prompts of neighbouring candidates of each job, under each of `packs`."""
    found = []
    for pack in packs:
        for first, second in pairs(requests):
            model = {**requests[first], "integration_config": {"prompt": pack}}
            prompts = [
                _prompt(assessor, read_model(AssessmentRequest, each))
                for each in (model, same_step(requests[second], model))
            ]
            found.append(_common(prompts[0], prompts[1], names=(first, second), pack=pack))
    return found


def common_text(first: str, second: str) -> str:
    """Return the text that both begin with, back to its last line's end where neither ends there."""
    shorter = min(first, second, key=len)
    if first.startswith(shorter) and second.startswith(shorter):
        return shorter
    end = next(at for at, (one, other) in enumerate(zip(first, second, strict=False)) if one != other)
    return first[: first.rfind("\n", 0, end) + 1]


def before_candidate(user: str) -> str:
    """Return what stands before the first fence that holds something of the candidate, its tag left out."""
    for block in blocks(user):
        if block.name in CANDIDATE or block.name.partition("_")[0] in CANDIDATE:
            return user[: user.rindex("<", 0, block.start)]
    return user


def model_body(assessor: Assessor, request: Request, model: str) -> bytes:
    """Return a body for the model alone, as large as the one that the service sends for `request`."""
    plan = assessor.plan(read_model(AssessmentRequest, request))
    prompt = assessor.prompt(plan)
    schema = {"name": "assessment", "strict": True, "schema": reply_schema(plan.rubric)}
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.user},
        ],
        "response_format": {"type": "json_schema", "json_schema": schema},
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _prompt(assessor: Assessor, request: AssessmentRequest) -> Prompt:
    return assessor.prompt(assessor.plan(request))


def _tokens(assessor: Assessor, name: str, request: Request) -> Tokens:
    prompt = _prompt(assessor, read_model(AssessmentRequest, request))
    count = Tokenizer(prompt.encoding).count
    return Tokens(
        name,
        ours=prompt.tokens,
        naive_indented=count(naive_prompt(prompt.system, request, indent=2)),
        naive_compact=count(naive_prompt(prompt.system, request)),
    )


def _common(first: Prompt, second: Prompt, *, names: tuple[str, str], pack: str) -> Common:
    """Compare message by message: the second one counts only where the first is the same throughout."""
    parts = [common_text(first.system, second.system)]
    if first.system == second.system:
        parts.append(common_text(first.user, second.user))
    count = Tokenizer(first.encoding).count
    beginnings = [prompt.system + before_candidate(prompt.user) for prompt in (first, second)]
    return Common(
        *names,
        pack,
        tokens=count(first.system) + count(first.user),
        common=sum(map(count, parts)),
        whole_beginning=beginnings[0] == beginnings[1],
    )
