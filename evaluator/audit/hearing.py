"""Hearing what a model is asked and what it answers, for the record of the assessment that asks.

May import `models.ask`, `contract.ours` and `errors`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from evaluator.errors import EvaluatorError
from evaluator.models.ask import Answer, Ask, Check, Model


@dataclass(slots=True)
class Exchange:
    """What a model was asked, and what came: an answer, or the name of a failure; neither while it waits.

    `misfits` are the decoded replies that did not fit, in order, before the one that is the answer.
    """

    ask: Ask
    answer: Answer | None = None
    failure: str | None = None
    misfits: list[Any] = field(default_factory=list)


class Hearing:
    """A `Model` that answers as another does, and is heard by whoever listens around the call."""

    def __init__(self, model: Model) -> None:
        """Put every question to `model`."""
        self._model = model
        # Each assessment runs in a task of its own, and its samples in tasks that it begins.
        self._heard: ContextVar[list[Exchange] | None] = ContextVar("heard", default=None)

    @contextmanager
    def listening(self) -> Iterator[list[Exchange]]:
        """Yield a list that is filled, in the order of asking, with what is asked within the block."""
        heard: list[Exchange] = []
        token = self._heard.set(heard)
        try:
            yield heard
        finally:
            self._heard.reset(token)

    async def answer(self, ask: Ask, check: Check, *, within_s: float) -> Answer:
        """See evaluator.models.ask.Model."""
        heard = self._heard.get()
        if heard is None:
            return await self._model.answer(ask, check, within_s=within_s)
        exchange = Exchange(ask)
        heard.append(exchange)

        def checked(value: Any) -> list[str]:
            found = check(value)
            if found:
                exchange.misfits.append(value)
            return found

        try:
            exchange.answer = await self._model.answer(ask, checked, within_s=within_s)
        except EvaluatorError as error:
            exchange.failure = type(error).__name__
            raise
        return exchange.answer
