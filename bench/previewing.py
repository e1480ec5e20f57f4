"""What a preview in the studio takes: from the texts of a draft and a request to the prompt in parts.

Through the process that drafts are drawn in, as the editor's page does. Wall time, since somebody waits.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.aims import Aim
from bench.figures import median, percentile
from bench.report import table
from bench.requests import Request
from evaluator.assessment.assessor import ModelChoice
from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.models.prices import load_prices
from evaluator.prompts.files import PackFiles
from evaluator.studio.drawer import Drawer
from evaluator.studio.previews import Previews

MOST_MS = 100
"""Milliseconds that a preview of a 12 kB request may take, typing in a template between each and the next."""

TYPED, SAMPLE, LARGE, FIRST = "while typing", "another candidate", "400 kB, while typing", "the first one"
AIMED = TYPED

_ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
ENDLESS = "a loop without end"


@dataclass(frozen=True, slots=True)
class Waited:
    """How long a preview of one kind took, in milliseconds, each time."""

    kind: str
    ms: Sequence[float]


def measure(files: PackFiles, small: Request, large: Request, runs: int) -> list[Waited]:
    """Draw the draft `files` of a pack for a request of 12 kB and one of 400 kB, and return what it took."""
    drawer = Drawer()
    previews = Previews(drawer, choice=ModelChoice("gpt-4.1-mini"), prices=load_prices())
    models = [read_model(AssessmentRequest, request) for request in (small, large)]
    try:
        return asyncio.run(_measured(previews, files, models[0], models[1], runs))
    finally:
        drawer.close()


async def _measured(
    previews: Previews, files: PackFiles, small: AssessmentRequest, large: AssessmentRequest, runs: int
) -> list[Waited]:
    first = await _one(previews, files, small)
    await _one(previews, files, small)
    typed = [await _one(previews, _typed(files, at), small) for at in range(runs)]
    changed = [await _one(previews, files, _as(small, at)) for at in range(runs)]
    much = [await _one(previews, _typed(files, -1 - at), large) for at in range(max(1, runs // 10))]
    endless = await _one(previews, {**files, "user.jinja": _ENDLESS}, small, is_drawn=False)
    return [
        Waited(FIRST, [first]),
        Waited(TYPED, typed),
        Waited(SAMPLE, changed),
        Waited(LARGE, much),
        Waited(ENDLESS, [endless]),
    ]


async def _one(
    previews: Previews, files: PackFiles, request: AssessmentRequest, *, is_drawn: bool = True
) -> float:
    began = time.perf_counter()
    found = await previews.preview("default", files, request)
    took = (time.perf_counter() - began) * 1000
    if (found.shown is not None) != is_drawn:
        raise RuntimeError(f"the preview came out otherwise: {found.problem or found.findings}")
    return took


def _typed(files: PackFiles, at: int) -> PackFiles:
    """Return the texts after a key that was struck: a template that was not seen before."""
    return {**files, "system.jinja": f"{files['system.jinja']}\nLook at what was done, {at}."}


def _as(request: AssessmentRequest, at: int) -> AssessmentRequest:
    cv = request.candidate_parsed_cv
    other = cv.model_copy(update={"summary": f"{cv.summary} {at}"})
    return request.model_copy(update={"candidate_parsed_cv": other})


def aims(found: Sequence[Waited]) -> list[Aim]:
    """Return what was aimed at, and whether it was reached."""
    took = next(median(each.ms) for each in found if each.kind == AIMED)
    aim = f"a preview of a 12 kB request within {MOST_MS} ms, the draft edited each time"
    return [Aim(aim, f"{took:.0f} ms", took <= MOST_MS)]


def as_json(found: Sequence[Waited]) -> dict[str, Any]:
    """Return everything as plain data, with the aims."""
    return {"waited": [asdict(each) for each in found], "aims": [asdict(aim) for aim in aims(found)]}


def lines(found: Sequence[Waited]) -> Iterator[str]:
    """Yield the report, line by line."""
    title = "Previews in the studio, 12 kB unless it says otherwise: wall time"
    yield from ("", title, "─" * len(title))
    rows = [
        (each.kind, f"{median(each.ms):.0f}", f"{percentile(each.ms, 95):.0f}", str(len(each.ms)))
        for each in found
    ]
    yield from table(("", "median ms", "p95 ms", "runs"), rows)
    for aim in aims(found):
        yield f"{'reached   ' if aim.reached else 'fell short'}  {aim.aim}: {aim.figure}"
