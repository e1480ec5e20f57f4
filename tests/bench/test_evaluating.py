"""The measuring of `evaluator eval`: its cases, its processes, its aims and its report."""

import json
from pathlib import Path

import pytest

from bench.evaluating import BARE, EVAL, MIB, ONE, REPLAY, Evaluating, Taken, Work, at_a_time, cases_of
from bench.evaluating_report import aims, as_json, lines
from bench.processes import ServerFailed
from bench.requests import fixtures
from evaluator.evals.dataset import load_cases

ROOT = Path(__file__).parent.parent.parent


def found(**seconds: float) -> Evaluating:
    """Return what was measured where all aims are reached, but for `seconds` by the work's name."""
    usual = {ONE: 1.0, at_a_time(4): 3.0, at_a_time(32): 1.5, REPLAY: 0.8} | seconds
    taken = {
        work: {EVAL: [Taken(wall, 0.5, 100 * MIB, 0)], BARE: [Taken(0.2, 0.1, 30 * MIB, 0)]}
        for work, wall in usual.items()
    }
    return Evaluating(200, taken)


def test_cases_are_fixtures_with_prompts_of_their_own() -> None:
    """No two of them are the same to the model, and each has the name of its fixture."""
    requests = fixtures(ROOT / "fixtures")

    cases = cases_of(requests, 2 * len(requests))

    assert len({json.dumps(each["candidate_parsed_cv"]) for each in cases.values()}) == len(cases)
    assert next(iter(cases)) == f"{next(iter(requests))}-0"


def test_cases_can_be_read_as_jsonl(tmp_path: Path) -> None:
    """As the command reads them."""
    file = tmp_path / "cases.jsonl"
    cases = cases_of(fixtures(ROOT / "fixtures"), 3)
    file.write_text("\n".join(json.dumps({"name": name, "request": each}) for name, each in cases.items()))

    assert [case.name for case in load_cases(file).sound] == list(cases)


@pytest.mark.parametrize(
    ("seconds", "short"),
    [
        ({}, []),
        ({at_a_time(4): 3.3}, [0]),
        ({at_a_time(32): 2.5}, [1, 5]),
        ({ONE: 1.95}, [5]),
        ({ONE: 2.0}, [2, 5]),
        ({REPLAY: 1.1}, [3]),
    ],
)
def test_each_aim_falls_short_by_its_own_figure(seconds: dict[str, float], short: list[int]) -> None:
    """At 4 at a time it is 1.3 times what 200 cases of 50 ms need, that is 3.25 s."""
    assert [at for at, aim in enumerate(aims(found(**seconds))) if not aim.reached] == short


def test_memory_of_a_replay_is_an_aim() -> None:
    """The highest of all rounds counts."""
    measured = found()
    measured.taken[REPLAY][EVAL].append(Taken(0.5, 0.5, 151 * MIB, 0))

    assert [aim.figure for aim in aims(measured) if not aim.reached] == ["151 MiB"]


def test_report_has_the_bare_loop_beside_each_figure_and_names_the_others() -> None:
    """Others' figures are said to be of another machine."""
    told = list(lines(found()))

    assert [line.split(",")[0] for line in told if EVAL in line and "whole" not in line] == [
        line.split(",")[0] for line in told if BARE in line
    ]
    assert "Others on the same work, measured once on another machine of this kind" in told
    assert sum(line.startswith("reached ") for line in told) == 6


def test_figures_are_kept_with_their_verdicts() -> None:
    """What is kept as JSON holds every run."""
    kept = as_json(found())

    assert json.loads(json.dumps(kept))["taken"][REPLAY][EVAL] == [
        {"wall_s": 0.8, "cpu_s": 0.5, "peak_bytes": 100 * MIB, "status": 0}
    ]
    assert len(kept["aims"]) == 6


def test_run_measures_a_process_from_start_to_end(tmp_path: Path) -> None:
    """Looking up recordings takes time, some CPU and a few MiB, and not those of this process."""
    recordings = tmp_path / "recordings.jsonl"
    recordings.write_text('{"a": 1}\n{"a": 2}\n')

    taken = Work(tmp_path, "http://127.0.0.1:9").run("bench.bare_loop", str(recordings))

    assert taken.status == 0
    assert taken.cpu_s > 0
    assert 5 * MIB < taken.peak_bytes < 90 * MIB


def test_run_of_a_process_that_fails_tells_what_it_said(tmp_path: Path) -> None:
    """Its exit status and the end of its output are named."""
    with pytest.raises(ServerFailed, match=r"(?s)bench.bare_loop gone ended with 1.*FileNotFoundError"):
        Work(tmp_path, "http://127.0.0.1:9").run("bench.bare_loop", "gone")


def test_run_starts_from_compiled_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the shell says of bytecode: a first run leaves it in the folder, for all that follow."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    Work(tmp_path, "http://127.0.0.1:9").run("timeit", "-n1", "-r1", "import evaluator.errors")

    assert len(list((tmp_path / "bytecode").rglob("evaluator/errors.*.pyc"))) == 1


def test_run_hands_nothing_of_this_shell_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the model that is measured is asked."""
    monkeypatch.setenv("OPENAI_API_KEY", "of this shell")
    work, output = Work(tmp_path, "http://127.0.0.1:9"), tmp_path / "output"

    work.run("timeit", "-n1", "-r1", "import os; print(sorted(key for key in os.environ if 'OPENAI' in key))")

    assert output.read_text().startswith("[]\n")
