"""Starting a server as a process, reading what it took from /proc, and ending it by its id. Linux only."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
"""The checkout, from which everything is started."""

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_PATIENCE_S = 30
_TICKS = os.sysconf("SC_CLK_TCK")
_OURS = ("EVALUATOR_", "OPENAI_")


class ServerFailed(Exception):
    """A server did not start, or gave answers that it should not."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its name in the report, its address and the id of its first process."""

    name: str
    url: str
    pid: int

    def cpu_s(self) -> float:
        """Return the CPU seconds, user and system, of the server's processes so far."""
        return sum(_cpu_ticks(pid) for pid in family(self.pid)) / _TICKS

    def peak_bytes(self) -> list[int]:
        """Return the peak resident memory (VmHWM) of each of the server's processes, parent first."""
        return [_peak_bytes(pid) for pid in family(self.pid)]


@contextlib.contextmanager
def running(
    name: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run `python -m …` as a server that tells its address, and end it with the block.

    Of this shell's variables those of the service and of the SDK are left out; `environment` adds some.
    Raises ServerFailed where no address is told in time.
    """
    clean = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=clean | dict(environment or {}),
                cwd=ROOT,
            )
        try:
            yield Server(name, _address(name, process, log), process.pid)
        finally:
            _end(process)


def family(pid: int) -> list[int]:
    """Return `pid` and its descendants that are alive."""
    parents = {
        int(entry.name): _parent(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()
    }
    found = [pid]
    for member in found:
        found += sorted(child for child, parent in parents.items() if parent == member)
    return found


def _address(name: str, process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        if told := _ADDRESS.search(log.read_text(errors="replace")):
            return told[0]
        time.sleep(0.05)
    raise ServerFailed(f"{name} did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third on; those before may hold any character."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile
        return []


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _cpu_ticks(pid: int) -> int:
    """Return utime, stime and those of the children that have ended and been waited for."""
    return sum(int(ticks) for ticks in _stat(pid)[11:15])


def _peak_bytes(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0
