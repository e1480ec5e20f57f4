"""The top of the command line: how each end of a command becomes an exit status and a line."""

import os
import subprocess
import sys
from collections.abc import Sequence

import click
import pytest

import evaluator
from evaluator.cli.main import COMMANDS, LazyGroup, cli, run

pytestmark = pytest.mark.usefixtures("log_as_before")

ENDS = ("echo", "status", "leave", "wrong_setting", "interrupted", "broken")


def group() -> click.Group:
    """Return the top of the command line over commands that end in every way."""
    table = {each: (f"tests.fakes.cli_commands:{each}", f"The line of {each}.") for each in ENDS}
    table["missing"] = ("tests.fakes.no_such_module:command", "A module that is not there.")
    return LazyGroup("evaluator", table, params=cli.params, callback=cli.callback)


def python(*arguments: str, **options: int) -> "subprocess.CompletedProcess[str]":
    """Run this Python with `arguments` and return what it printed."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=60, check=False, **options)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["echo", "hello"], 0),
        (["status"], 3),
        (["leave"], 1),
        (["wrong_setting"], 2),
        (["interrupted"], 130),
        (["broken"], 70),
        (["echo"], 2),
        (["unheard-of"], 2),
        (["--help"], 0),
        (["--version"], 0),
    ],
)
def test_each_end_has_its_exit_status(argv: Sequence[str], expected: int) -> None:
    """Done, a status of the command's own, a wrong argument or setting, a fault and an interrupt differ."""
    assert run(argv, group=group()) == expected


def test_own_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """An error of ours is told in one line on stderr, and nothing else is said."""
    run(["wrong_setting"], group=group())

    assert capsys.readouterr() == ("", "evaluator: EVALUATOR_MAX_QUEUE: should be a number\n")


def test_own_error_is_red_on_a_terminal() -> None:
    """The line is red where stderr is a terminal."""
    terminal, stderr = os.openpty()
    script = (
        "from tests.cli.test_main import group, run; raise SystemExit(run(['wrong_setting'], group=group()))"
    )
    subprocess.run([sys.executable, "-c", script], stderr=stderr, timeout=60, check=False)
    os.close(stderr)

    with open(terminal, encoding="utf-8") as shown:
        assert shown.readline().startswith("\x1b[31mevaluator: EVALUATOR_MAX_QUEUE")


def test_unexpected_error_shows_neither_payload_nor_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    """A fault of ours is logged with its place, told in one line, and its message is kept back."""
    run(["broken"], group=group())
    logged, told = capsys.readouterr().err.splitlines()

    assert '"error": "ValueError"' in logged
    assert "cli_commands.py" in logged
    assert told.startswith("evaluator: unexpected ValueError; run `evaluator --debug")
    assert "hunter2" not in logged + told


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    """With --debug the person at the terminal sees all."""
    assert run(["--debug", "broken"], group=group()) == 70
    assert "Traceback" in capsys.readouterr().err


def test_help_lists_every_command_without_importing_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The list of commands needs no module, not even one that is missing."""
    assert run(["--help"], group=group()) == 0

    shown = capsys.readouterr().out
    assert all(f"The line of {each}." in shown for each in ENDS)


def test_unknown_command_is_answered_with_a_close_one(capsys: pytest.CaptureFixture[str]) -> None:
    """A slip in a command's name is told with the nearest command."""
    run(["ecko"], group=group())

    assert "Did you mean 'echo'?" in capsys.readouterr().err


def test_version_is_the_distributions(capsys: pytest.CaptureFixture[str]) -> None:
    """--version prints the name and the version of what is installed."""
    run(["--version"])

    assert capsys.readouterr().out == f"evaluator {evaluator.__version__}\n"


def test_help_starts_without_the_big_libraries() -> None:
    """`evaluator --help` loads no web framework, no SDK and no tokenizer."""
    script = (
        "import sys; from evaluator.cli.main import run; run(['--help']);"
        "sys.exit(' '.join({'litestar', 'openai', 'tiktoken', 'pydantic', 'jinja2'} & set(sys.modules)))"
    )

    assert python("-c", script, stdout=subprocess.DEVNULL).stderr.strip() == ""


def test_package_can_be_run_as_a_module() -> None:
    """`python -m evaluator` is the command."""
    done = python("-m", "evaluator", "--version", stdout=subprocess.PIPE)

    assert (done.returncode, done.stdout) == (0, f"evaluator {evaluator.__version__}\n")


def test_reader_that_has_left_is_no_fault() -> None:
    """Where the reader of the output is gone, as with `head`, the command ends quietly with 1."""
    reading, writing = os.pipe()
    os.close(reading)
    done = python("-m", "evaluator", "config-schema", stdout=writing)
    os.close(writing)

    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_table_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command of the table can be imported and shows its help under its name."""
    assert run([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: evaluator {name} ")
