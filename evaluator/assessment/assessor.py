"""The pipeline: clean, plan, render, ask, check, score, report. One way, no back and forth.

May import the layers below.
"""

import asyncio
import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from evaluator.assessment.criteria import claims_for, rubric_for, unmatched_names
from evaluator.assessment.material import DOUBTED, material_behind
from evaluator.assessment.report import Report, Sample, Second, report
from evaluator.assessment.screening import Detect, Screen, Screened, screened
from evaluator.contract.opt_out import has_opted_out
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult, Unmatched
from evaluator.detection import detect
from evaluator.errors import EvaluatorError, InvalidRequest, ModelError, OptedOut, Problem, Spent
from evaluator.evidence import Material, verify
from evaluator.hygiene import Cleaned, cleaned
from evaluator.judgement import Reply, read_reply, reply_schema
from evaluator.models.ask import Ask, Message, Model, Usage
from evaluator.prompts.canary import Canary, canary_of
from evaluator.prompts.datamark import unmarked
from evaluator.prompts.packs import Pack
from evaluator.prompts.render import Prompt, build_prompt
from evaluator.prompts.tokens import Tokenizer, encoding_for
from evaluator.rubric import Claims, Rubric

DEFAULT_PACK = "default"
"""The pack that judges where a team names none."""

_SAMPLE_TEMPERATURE = 0.5
"""Least temperature where several samples are taken: at 0 they would only repeat each other."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which models may be asked: the service's own and those a team may choose.

    `offline` marks the embedded heuristic, which every result names. `encoding` overrides the
    tokenizer that a model's name suggests.
    """

    default: str
    allowed: frozenset[str] = frozenset()
    offline: bool = False
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What one request is to be judged by; `request` is what the model is to read of it."""

    request: AssessmentRequest
    screened: Screened
    pack: Pack
    canary: Canary
    rubric: Rubric
    claims: Claims
    unmatched: Unmatched
    model: str
    samples: int


class _Basis(NamedTuple):
    """A request that names what is to be had, before it is screened."""

    pack: Pack
    cleaned: Cleaned[AssessmentRequest]
    rubric: Rubric


class _Again(NamedTuple):
    """What was asked without doubtful passages, and answered."""

    prompt: Prompt
    material: Material
    samples: list[Sample]


def utc_now() -> datetime:
    """Return the time of day, in UTC."""
    return datetime.now(UTC)


class Assessor:
    """Turns a request into a result with a rating; fails with an EvaluatorError and never with a score."""

    def __init__(
        self,
        *,
        packs: Mapping[str, Pack],
        model: Model,
        choice: ModelChoice,
        app_id: str | None = None,
        within_s: float = 120,
        finds: Detect = detect,
    ) -> None:
        """`within_s`: seconds for all tries of one assessment together; `finds`: what looks for passages."""
        self._packs = packs
        self._model = model
        self._choice = choice
        self._app_id = app_id
        self._within_s = within_s
        self._finds = finds
        self._screen: Screen = screened
        self._canary_key = b""
        self._now = utc_now
        self._tokenizer: Callable[[str], Tokenizer] = Tokenizer
        self._turn = asyncio.Lock()

    def over(
        self,
        model: Model,
        *,
        now: Callable[[], datetime],
        tokenizer: Callable[[str], Tokenizer] = Tokenizer,
        screen: Screen = screened,
    ) -> "Assessor":
        """Return one like this that asks `model`, and takes turns with this one.

        It dates results by `now`, counts with what `tokenizer` makes of an encoding's name, and screens
        requests by `screen`.
        """
        other = copy.copy(self)
        other._model, other._now, other._tokenizer, other._screen = model, now, tokenizer, screen
        return other

    def keyed(self, key: bytes) -> "Assessor":
        """Return one like this whose prompts hold a mark that only who has `key` can work out."""
        other = copy.copy(self)
        other._canary_key = key
        return other

    async def assess(self, request: AssessmentRequest) -> AssessmentResult:
        """Assess `request`.

        Raises InvalidRequest where it names a pack or a model that is not to be had, OptedOut where the
        candidate wants no automated assessment, PackError, or a ModelError.
        """
        async with self._turn:
            # One at a time, and the loop in between: of many that come at once, the first are on their way
            # to the model while the last are still being prepared.
            basis = self._basis(request)
            if has_opted_out(basis.cleaned.request):
                raise OptedOut("the candidate's answer in the form says so")
            plan = self._planned(basis)
            prompt = self.prompt(plan)
            await asyncio.sleep(0)
        began = asyncio.get_running_loop().time()
        material = material_behind(plan.screened, app_id=self._app_id)
        samples, failures = await self._samples(plan, prompt, material)
        earlier: Sequence[Sample] = ()
        if any(map(_quotes_doubts, samples)):
            plan = replace(plan, screened=plan.screened.without_doubts, request=plan.screened.undoubted)
            again = await self._again(plan, began)
            if again is not None:
                earlier, samples, prompt, material = samples, again.samples, again.prompt, again.material
        second = await self._second(plan, material, began)
        result = report(
            Report(
                request=request,
                pack=plan.pack,
                rubric=plan.rubric,
                claims=plan.claims,
                prompt=prompt,
                samples=samples,
                earlier=earlier,
                failures=[error.public for error in failures],
                unmatched=plan.unmatched,
                screened=plan.screened,
                second=second,
                offline=self._choice.offline,
                app_id=self._app_id,
                at=self._now(),
            )
        )
        _log.info(
            "assessed", pack=plan.pack.name, model=plan.model, status=result.status, tokens=prompt.tokens
        )
        return result

    def check(self, request: AssessmentRequest) -> None:
        """Raise InvalidRequest where `request` names what is not to be had, before anything is kept of it."""
        self._basis(request)

    def plan(self, request: AssessmentRequest) -> Plan:
        """Return what `request` is to be judged by, its texts cleaned and screened; raises InvalidRequest."""
        return self._planned(self._basis(request))

    def _basis(self, request: AssessmentRequest) -> "_Basis":
        config = request.integration_config
        pack = self._packs.get(config.prompt or DEFAULT_PACK)
        if pack is None:
            raise _refused("prompt", f"no such prompt pack; there are {', '.join(sorted(self._packs))}")
        if config.model is not None and config.model not in self._choice.allowed | {self._choice.default}:
            raise _refused("model", "not among the models that this service allows")
        found = cleaned(request)
        return _Basis(pack, found, rubric_for(found.request, pack))

    def _planned(self, basis: "_Basis") -> Plan:
        pack, request, rubric = basis.pack, basis.cleaned.request, basis.rubric
        config = request.integration_config
        found = self._screen(request, basis.cleaned.removed, app_id=self._app_id, finds=self._finds)
        return Plan(
            request=found.request,
            screened=found,
            pack=pack,
            canary=canary_of(self._canary_key, pack.name),
            rubric=rubric,
            claims=claims_for(request),
            unmatched=unmatched_names(config, rubric),
            model=config.model or pack.settings.model.name or self._choice.default,
            samples=config.samples or pack.settings.model.samples,
        )

    def prompt(self, plan: Plan) -> Prompt:
        """Return the prompt of a plan, within the pack's budget; raises PackError, ModelContextExceeded."""
        tokenizer = self._tokenizer(self._choice.encoding or encoding_for(plan.model))
        return build_prompt(
            plan.pack,
            plan.request,
            plan.rubric,
            plan.claims,
            tokenizer=tokenizer,
            app_id=self._app_id,
            notes=(plan.canary.line,),
        )

    async def _samples(
        self, plan: Plan, prompt: Prompt, material: Material
    ) -> tuple[list[Sample], list[EvaluatorError]]:
        """Return the samples that succeed, more than half of all, and why the others failed.

        Raises the first failure as soon as no such majority can be reached, and ends the other calls.
        """
        ask = _ask(plan, prompt)
        samples: dict[int, Sample] = {}
        failures: list[EvaluatorError] = []

        async def take(number: int) -> None:
            try:
                samples[number] = await self._sample(_vary(ask, number), plan, material)
            except EvaluatorError as error:
                failures.append(error)
                if 2 * len(failures) >= plan.samples:
                    raise
                _log.warning("sample failed", error=type(error).__name__, details=str(error))

        try:
            async with asyncio.TaskGroup() as group:
                for number in range(plan.samples):
                    group.create_task(take(number))
        except* EvaluatorError:
            raise _with_all_spent(failures, list(samples.values())) from None
        return [samples[number] for number in sorted(samples)], failures

    async def _sample(
        self, ask: Ask, plan: Plan, material: Material, *, within_s: float | None = None
    ) -> Sample:
        read: list[Reply] = []

        def misfits(value: object) -> list[str]:
            shown = plan.canary.without(value)
            found = read_reply(unmarked(shown) if plan.pack.settings.datamark else shown, plan.rubric)
            if isinstance(found, list):
                return found
            read.append(found)
            return []

        answer = await self._model.answer(ask, misfits, within_s=within_s or self._within_s)
        reply = read[-1]  # of the value that `answer` has just taken
        leaked = plan.canary.is_in(answer.value)
        return Sample(answer, reply, verify(reply, plan.rubric, material), leaked)

    async def _again(self, plan: Plan, began: float) -> "_Again | None":
        """Read once more without the doubtful passages that a reply was built on; None where that fails.

        All tries together end with the time that was there at `began`.
        """
        try:
            prompt, material = self.prompt(plan), material_behind(plan.screened, app_id=self._app_id)
            async with asyncio.timeout(began + self._within_s - asyncio.get_running_loop().time()):
                samples, _ = await self._samples(plan, prompt, material)
        except (EvaluatorError, TimeoutError) as error:
            _log.warning("reading again failed", error=type(error).__name__)
            return None
        return _Again(prompt, material, samples)

    async def _second(self, plan: Plan, material: Material, began: float) -> Second | None:
        """Read once more with the flagged passages as written, where the pack asks for it.

        All tries together end with the time that was there at `began`.
        """
        if not plan.pack.settings.verify or not plan.screened.leaves_out:
            return None
        try:
            written = self.prompt(replace(plan, request=plan.screened.as_written))
            left_s = self._within_s - (asyncio.get_running_loop().time() - began)
            if left_s <= 0:
                return Second(failed="no time was left for it")
            return Second(await self._sample(_ask(plan, written), plan, material, within_s=left_s))
        except EvaluatorError as error:
            _log.warning("second opinion failed", error=type(error).__name__, details=str(error))
            return Second(failed=error.public)


def _with_all_spent(failures: Sequence[EvaluatorError], samples: Sequence[Sample]) -> EvaluatorError:
    """Return the first failure, which tells what all samples of the assessment took."""
    first = failures[0]
    if isinstance(first, ModelError):
        took: list[Usage | Spent] = [sample.answer.usage for sample in samples]
        took += [error.spent for error in failures if isinstance(error, ModelError)]
        costs = [each.cost_usd for each in took]
        first.spent = Spent(
            calls=sum(each.calls for each in took),
            prompt_tokens=sum(each.prompt_tokens for each in took),
            completion_tokens=sum(each.completion_tokens for each in took),
            cost_usd=None if None in costs else sum(cost for cost in costs if cost is not None),
        )
    return first


def _quotes_doubts(sample: Sample) -> bool:
    """Tell whether a reply quotes a doubtful passage."""
    return any(each.why == DOUBTED for one in sample.verified.values() for each in one.dropped)


def _ask(plan: Plan, prompt: Prompt) -> Ask:
    parameters = plan.pack.settings.model
    temperature = parameters.temperature
    if plan.samples > 1 and temperature is not None:
        temperature = max(temperature, _SAMPLE_TEMPERATURE)
    return Ask(
        messages=(Message("system", prompt.system), Message("user", prompt.user)),
        schema=reply_schema(plan.rubric),
        loose_schema=reply_schema(plan.rubric, bounded=False),
        schema_name="assessment",
        model=plan.model,
        max_output_tokens=parameters.output_limit(len(plan.rubric.criteria)),
        temperature=temperature,
        seed=parameters.seed,
        prompt_tokens=prompt.tokens,
    )


def _vary(ask: Ask, number: int) -> Ask:
    return ask if ask.seed is None else replace(ask, seed=ask.seed + number)


def _refused(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([Problem(f"/integration_config/{field}", message)])
