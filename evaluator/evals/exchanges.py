"""What is asked of a model for one assessment: replayed where it is recorded, else asked, heard and kept.

May import `assessment`, `models.ask`, `contract`, `errors`, `evals.counting`, `evals.recordings`,
`evals.reply_json`, `evals.staleness` and `evals.runs`.
"""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from evaluator.contract.ours import HEURISTIC
from evaluator.errors import ModelError, RecordingMissing
from evaluator.evals.counting import Counts
from evaluator.evals.recordings import Recording, RecordingFile, asked_of, key_of
from evaluator.evals.reply_json import answer_as_json, error_as_json, replayed
from evaluator.evals.runs import Exchange, Said, Source
from evaluator.evals.staleness import Question, missing
from evaluator.models.ask import Answer, Ask, Check, Model

Replies = Literal["auto", "replay", "live", "record"]
"""Where replies come from: recordings where there are any, recordings alone, the model, or the model and
kept."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is asked, and how. `model` is None where nobody can be asked.

    `offline` is whether that is the offline rater, `hidden` what a message says of the endpoint and no
    recording holds. The model is asked in one of `places`.
    """

    replies: Replies
    model: Model | None
    offline: bool
    hidden: tuple[str, ...] = ()
    places: AbstractAsyncContextManager[object] = field(default_factory=nullcontext)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.perf_counter

    @property
    def source(self) -> Source:
        """Where replies come from before any has come."""
        if self.replies == "replay":
            return "recording"
        return "offline" if self.offline else "endpoint"


class Exchanges:
    """A `Model` for one assessment of one case."""

    def __init__(
        self,
        asking: Asking,
        case: str,
        repeat: int,
        *,
        pack: str,
        file: RecordingFile | None,
        counts: Counts | None = None,
    ) -> None:
        """`pack` is the label of the pack that asks; `file` holds the recordings, None where none can be.

        `counts` made the tokenizer that the prompt is counted with.
        """
        self.counts = counts or Counts()
        self._asking = asking
        self._case = case
        self._repeat = repeat
        self._pack = pack
        self._file = file
        self._began: float | None = None
        self._takes: Counter[str] = Counter()
        self._heard: dict[tuple[int, int], Exchange] = {}
        self._used: list[Recording] = []
        self._asked_anew = False
        self.lacking: RecordingMissing | None = None

    async def answer(self, ask: Ask, check: Check, *, within_s: float) -> Answer:
        """See evaluator.models.ask.Model; raises RecordingMissing where only recordings may answer."""
        asked = asked_of(ask)
        question = Question(self._case, self._pack, asked, key_of(asked), self._repeat)
        number, take = self._takes.total(), self._takes[question.key]
        self._takes[question.key] += 1
        recording = self._recorded(question, take)
        if recording is not None:
            self._used.append(recording)
            answer = replayed(recording.answer, recording.error, check)
        else:
            answer = await self._live(question, take, ask, check, within_s)
        self._heard[number, take] = _exchange(ask, answer)
        return answer

    @property
    def heard(self) -> tuple[Exchange, ...]:
        """What was said, in the order it was asked; a failure has no reply."""
        return tuple(self._heard[each] for each in sorted(self._heard))

    @property
    def source(self) -> Source:
        """Where the replies came from; the least steady source where there are several."""
        return "recording" if self._used and not self._asked_anew else self._asking.source

    def seconds(self) -> float:
        """Return the wall time since it was first asked, in seconds; the wait for a place is not in it.

        Of what is recorded it is the time that its longest exchange took.
        """
        if self._used and (self._asking.replies == "record" or not self._asked_anew):
            return max(each.seconds for each in self._used)
        return 0.0 if self._began is None else round(self._asking.clock() - self._began, 3)

    def made_at(self) -> datetime:
        """Return the time that a result is of: now, or that of the newest recording."""
        if self._used and (not self._asked_anew or self._asking.replies == "record"):
            return max(datetime.fromisoformat(each.at) for each in self._used)
        return self._asking.now()

    def keep(self) -> None:
        """Write down what was asked anew, where that is wanted; raises FixtureError."""
        if self._asking.replies == "record" and self._file is not None:
            self._file.keep(self._used, frozenset(self._takes))

    def _recorded(self, question: Question, take: int) -> Recording | None:
        """Return what a replay answers with, None where the model is to be asked."""
        if self._asking.replies in ("live", "record"):
            return None
        kept = self._file.of_case(self._case) if self._file else ()
        place = (question.key, self._repeat, take)
        for recording in kept:
            # The offline rater is no model: it never answers where one is meant.
            if (recording.key, recording.repeat, recording.take) == place and (
                not recording.offline or self._asking.offline
            ):
                return recording
        if self._asking.replies == "replay" or self._asking.model is None:
            self.lacking = missing(question, kept, offline=self._asking.offline)
            raise self.lacking
        return None

    async def _live(self, question: Question, take: int, ask: Ask, check: Check, within_s: float) -> Answer:
        if self._asking.model is None:
            raise missing(question, (), offline=self._asking.offline)
        self._asked_anew = True
        async with self._asking.places:
            return await self._put_to(self._asking.model, question, take, ask, check, within_s)

    async def _put_to(
        self, model: Model, question: Question, take: int, ask: Ask, check: Check, within_s: float
    ) -> Answer:
        began = self._asking.clock()
        self._began = began if self._began is None else self._began
        try:
            answer = await model.answer(ask, check, within_s=within_s)
        except ModelError as error:
            told = error_as_json(error, self._asking.hidden)
            if told is not None and self._asking.replies == "record":
                self._note(question, take, began, offline=self._asking.offline, error=told)
            raise
        if self._asking.replies == "record":
            offline = self._asking.offline or answer.model == HEURISTIC
            self._note(question, take, began, offline=offline, answer=answer_as_json(answer))
        return answer

    def _note(self, question: Question, take: int, began: float, *, offline: bool, **came: Any) -> None:
        """Note what was asked anew, the counts of the prompt with the first of its samples."""
        recording = Recording(
            case=self._case,
            pack=self._pack,
            repeat=self._repeat,
            take=take,
            key=question.key,
            at=self._asking.now().isoformat(timespec="seconds"),
            by="offline heuristic" if offline else "model",
            asked=question.asked,
            seconds=round(self._asking.clock() - began, 3),
            tokens={} if self._used else dict(self.counts.known),
            **came,
        )
        self._used.append(recording)


def _exchange(ask: Ask, answer: Answer) -> Exchange:
    said = tuple(Said(role=each.role, content=_whole(each.content)) for each in ask.messages)
    return Exchange(messages=said, reply=_whole(answer.text))


def _whole(text: str) -> str:
    """Return `text` with halves of surrogate pairs replaced, which no report can hold."""
    return text.encode("utf-8", "replace").decode()
