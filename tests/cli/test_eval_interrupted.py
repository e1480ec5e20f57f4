"""Ctrl-C during `evaluator eval`: what is done stays and is gone on with; and `--watch`, which it ends."""

import os
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.cli.test_interrupt import started
from tests.fakes.gated_model import GatedModel
from tests.fakes.server import PATIENCE_S

CASES = ("nursing-icu-weak", "sales-b2b-middling", "sales-b2b-strong", "sales-b2b-weak")


@pytest.fixture
def fixtures(tmp_path: Path) -> Path:
    """A folder of four cases of which nothing is expected."""
    for name in CASES:
        (tmp_path / "fixtures" / name).mkdir(parents=True)
        shutil.copy(Path("fixtures") / name / "request.json", tmp_path / "fixtures" / name)
    return tmp_path / "fixtures"


def test_interrupted_run_keeps_what_is_done_and_is_resumed(fixtures: Path, tmp_path: Path) -> None:
    """Two of four cases are judged, shown and kept; with --resume the model is asked for the others alone."""
    with GatedModel() as model:
        settings = {
            "EVALUATOR_MODEL_BASE_URL": model.url,
            "EVALUATOR_MODEL_NAME": "some-model",
            "EVALUATOR_DATA_DIR": str(tmp_path / "var"),
        }
        command = ("evaluator", "eval", "--fixtures", str(fixtures), "--concurrency", "1", "--live")
        model.script = lambda number, body: model.close() if number == 3 else None
        with started(*command, **settings) as first:
            model.wait_for(3)
            os.killpg(first.pid, signal.SIGINT)
            partly, told = first.communicate(timeout=PATIENCE_S)
        asked, model.script = model.calls, lambda number, body: None
        model.open()
        with started(*command, "--resume", **settings) as second:
            shown, _ = second.communicate(timeout=PATIENCE_S)

    assert (first.returncode, told.splitlines()[-1]) == (
        130,
        "evaluator: interrupted; --resume goes on from here",
    )
    assert "Interrupted: some-model judged 2 of 4 cases" in partly
    assert (second.returncode, model.calls - asked) == (0, 2)
    assert all(name in shown for name in CASES)
    assert list((tmp_path / "var" / "evals").iterdir()) == []


def test_edit_has_its_cases_judged_again(fixtures: Path, tmp_path: Path) -> None:
    """Those of the edited pack alone; a template that does not load is told, and Ctrl-C ends it in peace."""
    prompts = tmp_path / "prompts"
    shutil.copytree("prompts", prompts)
    settings = {"EVALUATOR_PROMPTS_DIR": str(prompts), "EVALUATOR_DATA_DIR": str(tmp_path / "var")}
    with started("evaluator", "eval", "--fixtures", str(fixtures), "--watch", **settings) as watching:
        said, shown = _Lines(watching.stderr), _Lines(watching.stdout)
        said.until("; Ctrl-C ends it")
        shown.until("4 cases without expectation")
        template = prompts / "first-screen" / "system.jinja"
        sound = template.read_text()
        template.write_text(sound + "\nBe brief.\n")
        again = shown.until("1 case without expectation")
        template.write_text(sound + "{{ nobody }}")
        said.until("system.jinja")
        status = _interrupted(watching)

    assert [line.split()[0] for line in again if line.startswith(CASES)] == ["sales-b2b-middling"]
    assert status == 0


class _Lines:
    """Lines of a pipe, read on a thread so that waiting for one has an end."""

    def __init__(self, pipe: IO[str] | None) -> None:
        assert pipe
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def until(self, part: str) -> list[str]:
        """Return the lines up to one that holds `part`."""
        found = [self._lines.get(timeout=PATIENCE_S)]
        while part not in found[-1]:
            found.append(self._lines.get(timeout=PATIENCE_S))
        return found

    def _read(self, pipe: Iterator[str]) -> None:
        for line in pipe:
            self._lines.put(line)


def _interrupted(process: "subprocess.Popen[str]") -> int:
    process.send_signal(2)
    return process.wait(PATIENCE_S)
