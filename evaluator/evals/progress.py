"""How far a run is, on standard error: a bar at a terminal, elsewhere a plain line every half minute.

May import `evals.runs`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from evaluator.evals.runs import Row

EVERY_S = 30.0
"""Seconds between the lines where there is no terminal."""

_REFRESHES = 5


@dataclass(slots=True)
class Pace:
    """How fast rows come, how long the rest takes, and what this run has paid so far.

    `began` is in seconds of the caller's clock. What recordings and the offline rater cost is not paid.
    """

    total: int
    began: float
    done: int = 0
    failed: int = 0
    cost_usd: float = 0.0
    unpriced: bool = False

    def add(self, row: Row) -> None:
        """Count a row."""
        self.done += 1
        self.failed += row.result is None
        if row.source == "endpoint" and row.result is not None:
            self.unpriced = self.unpriced or row.cost_usd is None
            self.cost_usd += row.cost_usd or 0.0

    def line(self, now: float) -> str:
        """Return rate, time left, cost and failures in a line; what is not known is left out."""
        parts = []
        if self.done and now > self.began:
            per_second = self.done / (now - self.began)
            parts = [_rate(per_second), f"{_duration((self.total - self.done) / per_second)} left"]
        if self.cost_usd:
            parts.append(f"{'at least ' if self.unpriced else ''}${self.cost_usd:.4g}")
        elif self.unpriced:
            parts.append("price unknown")
        if self.failed:
            parts.append(f"{self.failed} failed")
        return ", ".join(parts)


@contextmanager
def shown(
    total: int, stream: TextIO, *, label: str = "cases", clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[Row], None]]:
    """Show the progress of `total` rows on `stream` during the block, which calls what it gets with each."""
    pace = Pace(total, clock())
    if not stream.isatty():
        yield _plain(pace, stream, label, clock)
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
        console=Console(file=stream),
        transient=True,
        refresh_per_second=_REFRESHES,
    )
    with bar:
        task = bar.add_task(label, total=total, pace="")

        def done(row: Row) -> None:
            pace.add(row)
            bar.update(task, advance=1, pace=pace.line(clock()))

        yield done


def _plain(pace: Pace, stream: TextIO, label: str, clock: Callable[[], float]) -> Callable[[Row], None]:
    told = clock()

    def done(row: Row) -> None:
        nonlocal told
        pace.add(row)
        now = clock()
        if now - told >= EVERY_S and pace.done < pace.total:
            told = now
            print(f"{label}: {pace.done} of {pace.total}, {pace.line(now)}", file=stream, flush=True)

    return done


def _rate(per_second: float) -> str:
    if per_second >= 1:
        return f"{per_second:.3g}/s"
    return f"{60 * per_second:.2g}/min"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
