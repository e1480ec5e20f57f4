"""The warm process that drafts are drawn in, seen from the service: asked, ended when it hangs, begun again.

It is started when it is first needed, gets nothing of the environment, and takes one drawing at a time.
May import `studio.drawing_process`.
"""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, cast

from evaluator.studio.drawing_process import TOO_LARGE, TOO_LONG, read_frame, write_frame

WITHIN_S = 15.0
"""Seconds after which a drawing that does not end by itself is ended with its process."""

MOST_WAITING = 16
"""Drawings that wait at most; a further one is refused at once."""

COMMAND = (sys.executable, "-P", "-m", "evaluator.studio.drawing_process")


class NotDrawn(Exception):
    """A drawing came to nothing; `how` is TOO_LONG, TOO_LARGE or BUSY."""

    def __init__(self, how: str) -> None:
        """Keep how."""
        super().__init__(how)
        self.how = how


BUSY = "busy"


class Drawer:
    """One process and the thread that talks to it, whatever event loop asks. To be closed."""

    def __init__(self, command: Sequence[str] = COMMAND, *, within_s: float = WITHIN_S) -> None:
        """`command` starts the process; `within_s` bounds one drawing, its start counted apart."""
        self._command = command
        self._within_s = within_s
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drawer")
        self._waiting = 0

    async def draw(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what `studio.drawing.draw` makes of `asked`; raises NotDrawn."""
        if self._waiting >= MOST_WAITING:
            raise NotDrawn(BUSY)
        frame = json.dumps(asked).encode()
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, frame)
        finally:
            self._waiting -= 1

    def warm(self) -> None:
        """Have the process started, without waiting for it."""
        self._thread.submit(self._started)

    def close(self) -> None:
        """End the process and the thread; a drawing in hand is ended too."""
        if self._process is not None:
            self._process.kill()
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._end()

    def _ask(self, frame: bytes) -> Mapping[str, Any]:
        """Ask once; a process that has ended is begun again for the next."""
        process = self._started()
        source, sink = cast(IO[bytes], process.stdout), cast(IO[bytes], process.stdin)
        watch = threading.Timer(self._within_s, process.kill)
        watch.start()
        try:
            write_frame(sink, frame)
            told = read_frame(source)
        except OSError:
            told = b""
        finally:
            watch.cancel()
        if not told:
            self._end()
            raise NotDrawn(TOO_LONG)
        value: dict[str, Any] = json.loads(told)
        if "failed" in value:
            self._end()  # what it has taken, it may not give back
            raise NotDrawn(TOO_LARGE if value["failed"] == TOO_LARGE else TOO_LONG)
        return value

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(  # noqa: S603  # this program itself
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()
