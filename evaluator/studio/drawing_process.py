"""The process that drafts are drawn in: warm, without a secret, and bounded in time and memory.

Started by `studio.drawer`. It reads frames, four bytes of length and JSON, from its standard input, answers
each with one on its standard output, and ends with its input. May import `studio.drawing`.
"""

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Mapping
from typing import IO, Any

from evaluator.studio.drawing import draw

MEMORY_BYTES = 768 * 2**20
"""Address space of the process: many times what a prompt needs."""

CPU_S = 2
"""Seconds of work, to the next whole one, after which a drawing is ended at its line."""

FRAME_BYTES = 16 * 2**20
"""Bytes of a frame; a longer answer is told as too long."""

TOO_LONG = "too long"
TOO_LARGE = "too large"


class TooLong(RuntimeError):
    """A template took its time; the kind of error that the renderer tells with a line."""


def answer(asked: Mapping[str, Any], drawn: Callable[[Mapping[str, Any]], dict[str, Any]] = draw) -> bytes:
    """Return the answer to one frame as JSON; what could not be drawn is told as `failed`."""
    try:
        told = json.dumps(drawn(asked), ensure_ascii=True).encode()
    except TooLong:
        told = _failed(TOO_LONG)
    except (MemoryError, RecursionError):
        told = _failed(TOO_LARGE)
    return told if len(told) <= FRAME_BYTES else _failed(TOO_LARGE)


def serve(source: IO[bytes], sink: IO[bytes], arm: Callable[[], None]) -> None:
    """Answer frames until `source` ends; `arm` gives the next one its time."""
    while asked := read_frame(source):
        arm()
        write_frame(sink, answer(json.loads(asked)))


def read_frame(source: IO[bytes]) -> bytes:
    """Return the next frame; nothing where the stream ends, or the frame is too long."""
    length = int.from_bytes(source.read(4), "big")
    content = source.read(length) if 0 < length <= FRAME_BYTES else b""
    return content if len(content) == length else b""


def write_frame(sink: IO[bytes], content: bytes) -> None:
    """Write one frame."""
    sink.write(len(content).to_bytes(4, "big") + content)
    sink.flush()


def _failed(how: str) -> bytes:
    return json.dumps({"failed": how}).encode()


def _limit() -> None:
    """Give this process its memory; it writes no file and leaves no core."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXCPU, _end_drawing)


def _arm() -> None:
    """Give the next drawing its seconds, counted from those that the process has used."""
    soft = int(time.process_time()) + 1 + CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _end_drawing(_signal: int, _frame: object) -> None:
    """Raise within the drawing; a second time within one, end the process."""
    used = int(time.process_time())
    soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
    if used > soft:
        os._exit(1)
    raise TooLong


def main() -> None:
    """Serve on the standard streams, which nothing else may write to."""
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    _limit()
    serve(sys.stdin.buffer, sink, _arm)


if __name__ == "__main__":
    main()
