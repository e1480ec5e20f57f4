"""Hearing what is asked, each listener its own assessment."""

import asyncio
from typing import Any

import pytest

from evaluator.audit.hearing import Exchange, Hearing
from evaluator.errors import ModelError, ModelUnavailable
from evaluator.models.ask import Answer, Ask, Message
from tests.fakes.model import FakeModel

pytestmark = pytest.mark.anyio

SCHEMA = {"properties": {"criteria": {"required": ["care"]}}}


def ask(text: str) -> Ask:
    """Return a question of one message."""
    return Ask((Message("user", text),), SCHEMA, SCHEMA, "reply", "fake-model", 100)


async def listened(hearing: Hearing, *texts: str) -> list[Exchange]:
    """Ask several questions at once, in tasks of their own, and return what was heard."""
    with hearing.listening() as heard:
        async with asyncio.TaskGroup() as group:
            for text in texts:
                group.create_task(hearing.answer(ask(text), lambda _: [], within_s=1))
    return heard


async def test_assessments_at_once_are_heard_apart() -> None:
    """Over one model each listener hears its own questions, in order, and no other's."""
    hearing = Hearing(FakeModel())
    heard = await asyncio.gather(*(listened(hearing, f"{name}1", f"{name}2") for name in "abc"))

    said = [[each.ask.messages[0].content for each in one] for one in heard]
    assert said == [["a1", "a2"], ["b1", "b2"], ["c1", "c2"]]
    assert all(each.answer is not None for one in heard for each in one)


async def test_failure_is_heard_by_its_name() -> None:
    """What was asked in vain is there, with the name of the error alone."""
    model = FakeModel()
    model.enqueue(ModelUnavailable("host.example is gone"))
    hearing = Hearing(model)
    with hearing.listening() as heard, pytest.raises(ModelUnavailable):
        await hearing.answer(ask("why"), lambda _: [], within_s=1)

    assert [(each.answer, each.failure) for each in heard] == [(None, "ModelUnavailable")]


async def test_reply_that_does_not_fit_is_heard() -> None:
    """What the check refused is kept beside the failure."""
    model, wrong = FakeModel(), {"level": "unknown"}
    model.enqueue(wrong)
    hearing = Hearing(model)
    with hearing.listening() as heard, pytest.raises(ModelError):
        await hearing.answer(ask("why"), lambda _: ["no level"], within_s=1)

    assert heard[0].misfits == [wrong]


async def test_nobody_listening_changes_nothing() -> None:
    """Without a listener the model's answer is handed on as it is."""
    found: Any = await Hearing(FakeModel()).answer(ask("why"), lambda _: [], within_s=1)

    assert isinstance(found, Answer)
