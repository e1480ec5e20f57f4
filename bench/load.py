"""The load generator, a process of its own: posts bodies over a number of connections and takes the time.

Closed loop: each connection sends its next request when its last is answered. With `--rate` open loop:
requests are due at even times, and what a late one waited counts as its own. Every answer is checked.
Prints one line of JSON. Run with `python -m bench.load URL --bodies FOLDER --connections N …`.
"""

import argparse
import asyncio
import itertools
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from bench.figures import percentile

PLACE_OF_ID = b"@@ID@@"
"""Stands in a body for an id that is different in every request."""

_PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Load:
    """What one run measured. `cpu_s` is the generator's own CPU time, `first_failure` says why one failed."""

    done: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_s: float
    first_failure: str = ""

    @property
    def per_second(self) -> float:
        """Answered requests a second, the wait for the last ones included."""
        return self.done / self.seconds


class Generator:
    """Posts to one URL until a number of requests is sent or a time is over."""

    def __init__(
        self,
        url: str,
        bodies: list[bytes],
        expected: bytes,
        *,
        requests: int | None,
        seconds: float,
        rate: float | None = None,
    ) -> None:
        """`rate`: requests a second, None for as fast as they are answered."""
        self._url = url
        self._bodies = itertools.cycle(bodies)
        self._expected = expected
        self._numbers = range(requests).__iter__() if requests else itertools.count()
        self._began = time.perf_counter()
        self._deadline = self._began + seconds
        self._rate = rate
        self._taken: list[float] = []
        self._failures: list[str] = []

    async def run(self, connections: int) -> Load:
        """Send over `connections` connections and return what was measured."""
        began, cpu = time.perf_counter(), time.process_time()
        connector = aiohttp.TCPConnector(limit=connections)
        timeout = aiohttp.ClientTimeout(total=_PATIENCE_S)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            await asyncio.gather(*(self._connection(session) for _ in range(connections)))
            seconds = time.perf_counter() - began
        return Load(
            done=len(self._taken),
            failed=len(self._failures),
            seconds=seconds,
            p50_ms=percentile(self._taken, 50) if self._taken else float("nan"),
            p99_ms=percentile(self._taken, 99) if self._taken else float("nan"),
            cpu_s=time.process_time() - cpu,
            first_failure=next(iter(self._failures), ""),
        )

    async def _connection(self, session: aiohttp.ClientSession) -> None:
        for number, body in self._due():
            began = await self._its_time(number)
            try:
                failure = await self._send(session, body)
            except (aiohttp.ClientError, TimeoutError) as error:
                failure = f"{type(error).__name__}: {error}"
            if failure:
                self._failures.append(failure)
            else:
                self._taken.append((time.perf_counter() - began) * 1000)

    async def _its_time(self, number: int) -> float:
        """Wait until a request is due; return when that was."""
        if self._rate is None:
            return time.perf_counter()
        due = self._began + number / self._rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        return due

    async def _send(self, session: aiohttp.ClientSession, body: bytes) -> str:
        """Post once; return what is wrong with the answer, or nothing."""
        async with session.post(self._url, data=body, headers=_HEADERS) as response:
            answer = await response.read()
        if response.status in (200, 202) and self._expected in answer:
            return ""
        return f"{response.status}: {answer[:200].decode(errors='replace')}"

    def _due(self) -> Iterator[tuple[int, bytes]]:
        """Yield numbers and bodies, each with an id of its own, as long as there is something to send."""
        while time.perf_counter() < self._deadline:
            number = next(self._numbers, None)
            if number is None:
                return
            yield number, next(self._bodies).replace(PLACE_OF_ID, f"{os.getpid()}-{number}".encode())


_HEADERS = {"Content-Type": "application/json"}


def main() -> None:
    """Run as the arguments say and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--bodies", type=Path, required=True, help="folder of bodies, sent in turn")
    parser.add_argument("--expect", default='"rating":', help="what a good answer holds")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument(
        "--requests", type=int, help="how many to send; without it, as many as there is time for"
    )
    parser.add_argument(
        "--rate", type=float, help="requests a second; without it, as fast as they are answered"
    )
    parser.add_argument("--seconds", type=float, default=_PATIENCE_S, help="no request is begun after these")
    print(json.dumps(asdict(_run(parser.parse_args()))))


def _run(given: Any) -> Load:
    bodies = [path.read_bytes() for path in sorted(given.bodies.iterdir())]
    much = {"requests": given.requests, "seconds": given.seconds, "rate": given.rate}
    generator = Generator(given.url, bodies, given.expect.encode(), **much)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(generator.run(given.connections))


if __name__ == "__main__":
    main()
