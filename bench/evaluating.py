"""What `evaluator eval` costs as a whole process, start-up included, beside a bare loop on the same work.

Cases are made of the fixtures, each with a line of its own; the model takes 50 ms and no CPU to speak of.
"""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import median
from bench.processes import ROOT, ServerFailed, running
from bench.prompting import model_body
from bench.requests import Request, compact
from bench.scripted_model import MODEL
from evaluator.settings import Settings
from evaluator.wiring import build

LATENCY_S = 0.05
CONCURRENCIES = (4, 32)

ONE, REPLAY = "one case", "replay"
EVAL, BARE = "evaluator eval", "bare loop"

MIB = 1024 * 1024
_PATIENCE_S = 300
_TIMED = (sys.executable, "-I", "-S", str(ROOT / "bench" / "timed.py"))


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done: cases in a run, and rounds of everything."""

    cases: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process took, from its start to its end."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    status: int


@dataclass(frozen=True, slots=True)
class Evaluating:
    """What was measured: by the work (`one case`, `4 at a time` …, `replay`), then by who did it."""

    cases: int
    taken: Mapping[str, Mapping[str, Sequence[Taken]]]

    def wall_s(self, work: str, who: str = EVAL) -> float:
        """Return the median wall time."""
        return median([each.wall_s for each in self.taken[work][who]])

    def peak_mib(self, work: str, who: str = EVAL) -> float:
        """Return the highest peak memory."""
        return max(each.peak_bytes for each in self.taken[work][who]) / MIB


def measure(
    sizes: Sizes, requests: Mapping[str, Request], folder: Path, say: Callable[[str], None]
) -> Evaluating:
    """Measure everything, the two of each pair in turn."""
    files = _write(folder, cases_of(requests, sizes.cases))
    with running("model", ["bench.scripted_model", "--latency", str(LATENCY_S)]) as model:
        work = Work(folder, model.url)
        say("a first run of the cases, which is recorded")
        work.evaluate(files.cases, "--concurrency", "32", "--record")
        pairs = work.pairs(files)
        taken: dict[str, dict[str, list[Taken]]] = {name: {EVAL: [], BARE: []} for name in pairs}
        for number in range(sizes.rounds):
            say(f"round {number + 1} of {sizes.rounds} of evaluator eval")
            for name, pair in pairs.items():
                for who, run in pair.items():
                    taken[name][who].append(run())
    return Evaluating(sizes.cases, taken)


@dataclass(frozen=True, slots=True)
class Files:
    """Cases and the bodies that a bare loop posts for them, all and one."""

    cases: Path
    bodies: Path
    one_case: Path
    one_body: Path

    @property
    def recordings(self) -> Path:
        """Where `--record` keeps what the model said of all cases."""
        return self.cases.with_name(f"{self.cases.name}.recordings.jsonl")


@dataclass(frozen=True, slots=True)
class Work:
    """What is run, in `folder` and against the model at `url`."""

    folder: Path
    url: str

    def pairs(self, files: Files) -> Mapping[str, Mapping[str, Callable[[], Taken]]]:
        """Return by name what is compared: the command, and the least that the same work takes."""
        found = {ONE: self._pair(files.one_case, files.one_body, 1)}
        for number in CONCURRENCIES:
            found[at_a_time(number)] = self._pair(files.cases, files.bodies, number)
        found[REPLAY] = {
            EVAL: lambda: self.evaluate(files.cases, "--replay"),
            BARE: lambda: self.run("bench.bare_loop", str(files.recordings)),
        }
        return found

    def _pair(self, cases: Path, bodies: Path, number: int) -> dict[str, Callable[[], Taken]]:
        url, concurrency = f"{self.url}/v1/chat/completions", ("--concurrency", str(number))
        return {
            EVAL: lambda: self.evaluate(cases, *concurrency, "--live"),
            BARE: lambda: self.run("bench.bare_loop", str(bodies), "--url", url, *concurrency),
        }

    def evaluate(self, cases: Path, *options: str) -> Taken:
        """Run the command on these cases."""
        return self.run("evaluator", "eval", str(cases), *options)

    def run(self, *module: str) -> Taken:
        """Run `python -m …`. Raises ServerFailed where it does not end with 0."""
        output = self.folder / "output"
        ended = subprocess.run(
            [*_TIMED, str(output), sys.executable, "-m", *module],
            env=self._environment(),
            cwd=ROOT,
            capture_output=True,
            check=True,
            timeout=_PATIENCE_S,
        )
        taken = Taken(**json.loads(ended.stdout))
        if taken.status:
            told = output.read_text(errors="replace")[-2000:]
            raise ServerFailed(f"{' '.join(module)} ended with {taken.status}:\n{told}")
        return taken

    def _environment(self) -> Mapping[str, str]:
        """Return what a process gets: nothing of this shell's own, and modules compiled as if installed.

        Where the shell keeps Python from writing bytecode, each start would compile everything anew.
        """
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("EVALUATOR_", "OPENAI_")) and key != "PYTHONDONTWRITEBYTECODE"
        }
        kept["PYTHONPYCACHEPREFIX"] = str(self.folder / "bytecode")
        own = {"DATA_DIR": str(self.folder / "var"), "MODEL_BASE_URL": f"{self.url}/v1", "MODEL_NAME": MODEL}
        return kept | {f"EVALUATOR_{name}": value for name, value in own.items()}


def at_a_time(number: int) -> str:
    """Return the name of the work at so many at a time."""
    return f"{number} at a time"


def cases_of(requests: Mapping[str, Request], number: int) -> dict[str, Request]:
    """Return so many requests by name: the fixtures in turn, each with a line in its CV that no other has."""
    found = {}
    for at, (name, request) in zip(range(number), itertools.cycle(requests.items()), strict=False):
        cv = request["candidate_parsed_cv"]
        raw = f"{cv.get('raw') or ''}\nReference number of this application: {at}"
        found[f"{name}-{at}"] = {**request, "candidate_parsed_cv": {**cv, "raw": raw}}
    return found


def _write(folder: Path, cases: Mapping[str, Request]) -> Files:
    assessor = build(Settings(model_base_url="http://127.0.0.1:9/v1", model_name=MODEL)).assessor
    lines = [compact({"name": name, "request": request}) for name, request in cases.items()]
    bodies = [model_body(assessor, request, MODEL) for request in cases.values()]
    names = ("cases.jsonl", "bodies.jsonl", "one-case.jsonl", "one-body.jsonl")
    files = Files(*(folder / name for name in names))
    for path, content in ((files.cases, lines), (files.bodies, bodies)):
        path.write_bytes(b"\n".join(content) + b"\n")
    files.one_case.write_bytes(lines[0] + b"\n")
    files.one_body.write_bytes(bodies[0] + b"\n")
    return files
