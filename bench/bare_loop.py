"""What a run costs at least: a bare asyncio loop that asks the model, or that looks up what was recorded.

Run with `python -m bench.bare_loop FILE [--url URL --concurrency N]`; FILE has a JSON object a line: bodies
to post, or, without a URL, recordings, each of which is read, keyed and looked up once.
"""

import argparse
import asyncio
import hashlib
import json
from pathlib import Path

import aiohttp


async def ask(url: str, bodies: list[bytes], concurrency: int) -> int:
    """Post every body, so many at a time, and return how many replies could be read."""
    places, connector = asyncio.Semaphore(concurrency), aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one(body: bytes) -> bool:
            async with places, session.post(url, data=body, headers=_HEADERS) as response:
                answer = json.loads(await response.read())
            return bool(json.loads(answer["choices"][0]["message"]["content"]))

        return sum(await asyncio.gather(*map(one, bodies)))


async def look_up(lines: list[bytes]) -> int:
    """Key every line by its SHA-256, then find and read each; return how many there were."""
    kept = {hashlib.sha256(line).hexdigest(): line for line in lines}

    async def one(line: bytes) -> bool:
        return bool(json.loads(kept[hashlib.sha256(line).hexdigest()]))

    return sum(await asyncio.gather(*map(one, lines)))


_HEADERS = {"Content-Type": "application/json"}


def main() -> None:
    """Run as the arguments say; the exit status tells whether every line was answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--url")
    parser.add_argument("--concurrency", type=int, default=1)
    given = parser.parse_args()
    lines = given.file.read_bytes().splitlines()
    work = ask(given.url, lines, given.concurrency) if given.url else look_up(lines)
    raise SystemExit(asyncio.run(work) != len(lines))


if __name__ == "__main__":
    main()
