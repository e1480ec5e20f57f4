"""The way in: ask an endpoint and get a reply that fits, or one clear error.

`ModelClient` joins the ladder, the retries and the repair turn. Costs little beside the call: the body is
encoded once per attempt, and the answer is decoded without the SDK's model classes. May import the rest
of this package, and `errors`.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx2
import openai

from evaluator.errors import ModelBusy, ModelError, ModelTimeout, Spent
from evaluator.models.ask import Answer, Ask, Check, Usage
from evaluator.models.completion import Completion, completion_of, error_in, payload_of
from evaluator.models.connection import completions_url, connection_fault, host_of
from evaluator.models.faults import Fault, Remedy, invalid, judged, refusal_of
from evaluator.models.ladder import EndpointMemory, Plan
from evaluator.models.prices import PriceTable
from evaluator.models.request import Turn, first_turn, repair_turn, request_body, sampled_again
from evaluator.models.retry import Uniform, wait_s
from evaluator.models.seam import Gate, ModelWatch, NoWatch, OpenGate, Passage


@dataclass(slots=True)
class _Run:
    """One ask on its way: what bounds it, where it stands, and what it took so far."""

    ask: Ask
    deadline: float
    plan: Plan
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    calls: int = 0
    waiting_since: float | None = None
    failures: int = 0
    model: str = ""
    last_error: ModelError | None = None
    passage: Passage | None = None


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One request: its plan, the droppable parameters in it, and its bytes."""

    plan: Plan
    sent: frozenset[str]
    body: bytes


class ModelClient:
    """A `Model` behind an OpenAI-compatible endpoint."""

    def __init__(
        self,
        http: openai.AsyncOpenAI,
        prices: PriceTable,
        *,
        max_concurrency: int,
        call_timeout_s: float,
        memory: EndpointMemory | None = None,
        gate: Gate | None = None,
        watch: ModelWatch | None = None,
        clock: Callable[[], float] = time.monotonic,
        time_of_day: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        uniform: Uniform = random.uniform,
    ) -> None:
        """Take a client from `connect`, which this one then owns and closes.

        `max_concurrency` bounds calls in flight, `call_timeout_s` one call in seconds. `gate` lets each
        call through, beside that, and `watch` counts them. The rest is for tests: `clock` counts seconds,
        `time_of_day` gives them since the epoch, for dates in Retry-After.
        """
        self._http = http
        self._prices = prices
        self._max_concurrency = max_concurrency
        self._slots = asyncio.Semaphore(max_concurrency)
        self._call_timeout_s = call_timeout_s
        self._memory = memory or EndpointMemory(clock)
        self._gate = gate or OpenGate()
        self._watch = watch or NoWatch()
        self._clock = clock
        self._time_of_day = time_of_day
        self._sleep = sleep
        self._uniform = uniform
        self._base_url = str(http.base_url)
        self._url = completions_url(http)
        self._host = host_of(http)

    async def aclose(self) -> None:
        """Close the connections; the client is of no use afterwards."""
        await self._http.close()

    async def answer(self, ask: Ask, check: Check, *, within_s: float) -> Answer:
        """Return a reply for which `check` finds nothing, or raise a ModelError.

        `within_s` bounds all tries together, the wait for a free slot included, in seconds.
        """
        plan = self._memory.plan(self._base_url, ask.model)
        run = _Run(ask, deadline=self._clock() + within_s, plan=plan)
        try:
            async with asyncio.timeout(within_s):
                return await self._converse(run, check)
        except ModelError as error:
            failed = error
        except TimeoutError:
            failed = run.last_error or self._late(run, within_s)
        failed.spent = _spent(run)
        raise failed  # outside of the blocks above, so that no cause with the request in it hangs on it

    def _late(self, run: _Run, within_s: float) -> ModelError:
        """Return the error of a time that ran out: in our own queue, or with the endpoint."""
        if run.waiting_since is None:
            return ModelTimeout(f"{self._host} gave no answer within {within_s:g} s")
        return ModelBusy(
            f"no place for another model call within {self._clock() - run.waiting_since:.3g} s, with "
            f"{self._max_concurrency} in flight; send less at once, or raise EVALUATOR_MAX_CONCURRENCY"
        )

    async def _converse(self, run: _Run, check: Check) -> Answer:
        """Ask; a reply that does not fit is repaired in one turn, and a blank one sampled again, once."""
        turn, repaired, sampled = first_turn(run.ask), False, False
        while True:
            outcome = await self._exchange(run, turn)
            if isinstance(outcome, Fault):
                if sampled:
                    raise outcome.error
                turn, sampled = sampled_again(turn), True
                continue
            complaints = _complaints(outcome, check)
            if not complaints:
                return _answer(run, outcome, repaired=repaired)
            if repaired:
                raise invalid(run.ask.model, _counted(complaints))
            turn, repaired = repair_turn(turn, run.ask, outcome.text, complaints), True

    async def _exchange(self, run: _Run, turn: Turn) -> Completion | Fault:
        """Get a completion, going down the ladder as far as it takes; a Fault says to sample again."""
        while True:
            outcome = await self._patiently(run, turn)
            if isinstance(outcome, Completion) or outcome.remedy is Remedy.SAMPLE_AGAIN:
                return outcome
            revised = _revised(run.plan, outcome)
            if revised is None:
                raise outcome.error
            run.plan = revised.joined(self._memory.plan(self._base_url, run.ask.model))

    async def _patiently(self, run: _Run, turn: Turn) -> Completion | Fault:
        """Send one request until it gets an answer that waiting would not change."""
        body = request_body(run.ask, turn, run.plan, host=self._host)
        attempt = _Attempt(run.plan, frozenset(turn.sent(run.plan)), body)
        while True:
            outcome = await self._watched(run, attempt)
            if not isinstance(outcome, Fault) or outcome.remedy is not Remedy.WAIT:
                run.failures, run.last_error = 0, None
                return outcome
            run.failures, run.last_error = run.failures + 1, outcome.error
            await self._pause(run, outcome)

    async def _pause(self, run: _Run, fault: Fault) -> None:
        """Wait before the next try, or raise the fault's error where that would not fit in the time left."""
        pause = wait_s(run.failures, fault.asked_s, self._uniform)
        # A call that timed out is worth another only where that has a fair chance to end.
        needed = self._call_timeout_s / 2 if isinstance(fault.error, ModelTimeout) else 0.0
        if pause + needed >= run.deadline - self._clock():
            raise fault.error
        await self._sleep(pause)
        self._watch.retried()

    async def _watched(self, run: _Run, attempt: _Attempt) -> Completion | Fault:
        """Make one call and have it counted; one that was never let through is none."""
        outcome, run.passage = "cut", None
        try:
            found = await self._call(run, attempt)
            outcome = type(found.error).__name__ if isinstance(found, Fault) else "ok"
            return found
        finally:
            if run.passage is not None:
                self._watch.called(outcome)

    async def _call(self, run: _Run, attempt: _Attempt) -> Completion | Fault:
        """Make one call and judge what comes back; a plan that the endpoint takes is learnt."""
        content = await self._post(run, attempt)
        payload = content if isinstance(content, Fault) else payload_of(content, host=self._host)
        if isinstance(payload, Fault):
            return payload
        self._count(run, payload)
        hidden = error_in(payload)
        if hidden is not None:
            return self._judged(run, attempt, *hidden, {})
        completion = completion_of(payload, host=self._host, model=run.ask.model)
        if isinstance(completion, Completion):
            self._memory.learn(self._base_url, run.ask.model, attempt.plan)
        return completion

    async def _post(self, run: _Run, attempt: _Attempt) -> bytes | Fault:
        """Return the body of a 200, or what went wrong; holds a slot while the call is in flight."""
        run.waiting_since = self._clock()
        async with self._slots, self._passing(run) as run.passage:
            began, run.waiting_since = self._clock(), None
            run.calls += 1
            try:
                async with asyncio.timeout(self._call_timeout_s):
                    response = await self._http.post(
                        self._url,
                        cast_to=httpx2.Response,
                        content=attempt.body,
                        options={"follow_redirects": False},
                    )
                    return response.content
            except openai.APIStatusError as error:
                return self._judged(run, attempt, error.status_code, error.body, error.response.headers)
            except (openai.APIConnectionError, aiohttp.ClientError) as error:
                return connection_fault(error, self._host)
            except TimeoutError:
                message = f"{self._host} did not answer within {self._call_timeout_s:g} s"
                return Fault(Remedy.WAIT, ModelTimeout(message))
            finally:
                run.seconds += self._clock() - began

    def _passing(self, run: _Run) -> AbstractAsyncContextManager[Passage]:
        most_tokens = run.ask.prompt_tokens + run.ask.max_output_tokens
        return self._gate.passing(most_tokens, within_s=run.deadline - self._clock())

    def _judged(
        self, run: _Run, attempt: _Attempt, status: int, body: Any, headers: Mapping[str, str]
    ) -> Fault:
        refusal = refusal_of(
            status,
            body,
            headers,
            plan=attempt.plan,
            sent=attempt.sent,
            host=self._host,
            model=run.ask.model,
            now=self._time_of_day(),
        )
        return judged(refusal)

    def _count(self, run: _Run, payload: Mapping[str, Any]) -> None:
        named = payload.get("model")
        run.model = named if isinstance(named, str) and named else run.ask.model
        usage = self._prices.usage(payload.get("usage"), run.model, run.ask.model)
        run.usage += usage
        if run.passage is not None:
            run.passage.used(usage.prompt_tokens + usage.completion_tokens)
        self._watch.used(usage)


def _answer(run: _Run, completion: Completion, *, repaired: bool) -> Answer:
    return Answer(
        value=completion.reading.value,
        text=completion.text,
        model=run.model,
        form=run.plan.form.value,
        usage=run.usage,
        latency_s=run.seconds,
        repaired=repaired,
    )


def _spent(run: _Run) -> Spent:
    return Spent(
        calls=run.calls,
        prompt_tokens=run.usage.prompt_tokens,
        completion_tokens=run.usage.completion_tokens,
        cost_usd=run.usage.cost_usd,
    )


def _counted(complaints: list[str]) -> str:
    number = "one fault" if len(complaints) == 1 else f"{len(complaints)} faults"
    return f"{number} against the schema"


def _complaints(completion: Completion, check: Check) -> list[str]:
    """Say what does not fit: the syntax, where there is no object, else what `check` finds."""
    reading = completion.reading
    if reading.value is None:
        return [f"the reply is no valid JSON: {reading.fault}"]
    return check(reading.value)


def _revised(plan: Plan, fault: Fault) -> Plan | None:
    """Return the plan that a remedy makes of `plan`, or None where nothing is left to change."""
    if fault.remedy is Remedy.NEXT_FORM:
        return plan.lower()
    if fault.remedy is Remedy.SWAP_LIMIT:
        return plan.swapped()
    if fault.remedy is Remedy.DROP:
        return plan.without(fault.parameter)
    return None
