"""How many cases are judged at a time, as found from how the endpoint answers."""

import asyncio
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from evaluator.errors import ModelRateLimited
from evaluator.evals.concurrency import MOST, Places
from evaluator.evals.dataset import Case
from evaluator.evals.exchanges import Asking, Exchanges
from evaluator.evals.running import Gathering, run_cases
from evaluator.evals.runs import Row
from evaluator.models.ask import Answer, Ask, Check, Usage
from tests.fakes.asking import QUESTION
from tests.fakes.evaluating import case, row
from tests.fakes.virtual_time import run

REFUSED = ModelRateLimited.__name__


def heard(places: Places, *outcomes: str) -> list[int]:
    """Tell of calls while every place is taken and more are wanted; return how many there are after each."""

    async def takes() -> None:
        while True:
            await places.__aenter__()

    async def all_taken() -> list[int]:
        others, numbers = asyncio.create_task(takes()), []
        for outcome in outcomes:
            await asyncio.sleep(0)
            places.called(outcome)
            numbers.append(places.number)
        others.cancel()
        return numbers

    return asyncio.run(all_taken())


def test_places_begin_moderate_and_grow_with_each_success() -> None:
    """Until the endpoint first refuses each success is worth another place."""
    assert Places().number == 8
    assert heard(Places(), "ok", "ok", "ok") == [9, 10, 11]


def test_places_halve_once_for_all_refusals_of_a_round() -> None:
    """Calls that were in flight when the first was refused say nothing new."""
    assert heard(Places(first=8), *[REFUSED] * 9) == [4, 4, 4, 4, 4, 4, 4, 4, 2]


def test_places_grow_by_one_a_round_once_they_were_refused() -> None:
    """After a refusal the search goes on in small steps."""
    numbers = heard(Places(first=8), *[REFUSED] * 8, *["ok"] * 10)

    assert numbers[8:] == [4, 4, 4, 4, 5, 5, 5, 5, 5, 6]


def test_places_do_not_grow_while_nobody_waits() -> None:
    """With fewer cases than places a success does not show that more would go."""
    places = Places(first=8)

    places.called("ok")

    assert places.number == 8


def test_places_do_not_move_for_what_says_nothing_of_room() -> None:
    """A reply that does not fit and a call that was cut are neither success nor refusal."""
    assert heard(Places(first=8), "ModelReplyInvalid", "cut") == [8, 8]


def test_fixed_places_stay() -> None:
    """A number that was asked for is kept, whatever the endpoint says."""
    places = Places.fixed(5)
    places.used(Usage())
    places.retried()

    assert heard(places, "ok", REFUSED, "ok") == [5, 5, 5]


@given(st.lists(st.sampled_from(["ok", REFUSED, "ModelUnavailable", "ModelTimeout", "cut"]), max_size=300))
def test_places_stay_within_their_bounds(outcomes: list[str]) -> None:
    """There is always one, and never more than the most."""
    assert all(1 <= number <= MOST for number in heard(Places(), *outcomes))


@dataclass
class Narrow:
    """An endpoint that takes `width` calls at a time and refuses others, which come again a second later."""

    places: Places
    width: int
    in_flight: int = 0
    most: int = 0
    refused: int = 0

    async def judge(self, case: Case, repeat: int) -> Row:
        """See Judge."""
        async with self.places:
            while self.in_flight >= self.width:
                self.refused += 1
                self.places.called(REFUSED)
                await asyncio.sleep(1)
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
            await asyncio.sleep(0.5)
            self.in_flight -= 1
            self.places.called("ok")
        return row(case.name)


def test_run_finds_what_a_narrow_endpoint_takes() -> None:
    """Its width is used, and refusals are few beside the calls."""
    places = Places()
    endpoint = Narrow(places, width=20)
    gathering = Gathering([case(str(number)) for number in range(400)])

    run(lambda: run_cases(gathering, endpoint, places, lambda _: None))

    assert gathering.complete
    assert endpoint.most == 20
    assert 0 < endpoint.refused < 80
    assert 8 <= places.number <= 30


def test_run_reaches_the_most_where_nothing_is_refused() -> None:
    """200 cases are enough to get there."""
    places = Places()
    gathering = Gathering([case(str(number)) for number in range(200)])

    run(lambda: run_cases(gathering, Narrow(places, width=1_000), places, lambda _: None))

    assert places.number == MOST


@dataclass
class Slow:
    """A model that takes a second, and counts how many questions it has at once."""

    in_hand: int = 0
    most: int = 0

    async def answer(self, ask: Ask, check: Check, *, within_s: float) -> Answer:
        """See evaluator.models.ask.Model."""
        self.in_hand += 1
        self.most = max(self.most, self.in_hand)
        await asyncio.sleep(1)
        self.in_hand -= 1
        return Answer({}, "{}", "m", "strict_schema", Usage(), 1.0)


def test_model_is_asked_in_places_and_the_wait_for_one_is_not_its_time() -> None:
    """Of four questions two wait for a second, and each takes one."""
    model = Slow()

    async def seconds(asking: Asking) -> float:
        exchanges = Exchanges(asking, "a", 0, pack="default", file=None)
        await exchanges.answer(QUESTION, lambda _: [], within_s=1.5)
        return exchanges.seconds()

    async def all_four() -> list[float]:
        clock = asyncio.get_running_loop().time
        asking = Asking("live", model, offline=False, places=Places.fixed(2), clock=clock)
        return await asyncio.gather(*(seconds(asking) for _ in range(4)))

    assert run(all_four) == [1, 1, 1, 1]
    assert model.most == 2
