"""The top of the command line: finds the command, and turns whatever it raises into an exit status.

    0    done                            70   a fault of ours; --debug shows its traceback
    1    the command's own "no"          130  interrupted
    2    a wrong argument, setting, pack or fixture

A command's module is imported when the command is run and not before, so that `eval` starts without
the web framework and `--help` without any of them. May import everything of the package.
"""

import importlib
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Never

import click
import structlog

import evaluator
from evaluator import log
from evaluator.cli.wrapping import fitted
from evaluator.errors import EvaluatorError
from evaluator.evals.loading import uncollected

COMMANDS: Mapping[str, tuple[str, str]] = {
    "serve": ("evaluator.cli.serve:command", "Serve the webhook that SolidATS calls."),
    "worker": ("evaluator.cli.worker:command", "Work off the queues without serving (PostgreSQL)."),
    "jobs": ("evaluator.cli.jobs:command", "Look at stored jobs, retry, cancel, replay, erase."),
    "explain": ("evaluator.cli.explain:command", "Tell in words how a job was rated."),
    "reproduce": ("evaluator.cli.reproduce:command", "Make a job's prompt again and tell what differs."),
    "audit-log": ("evaluator.cli.audit_log:command", "Check the audit record, list it, add corrections."),
    "eval": ("evaluator.cli.eval:command", "Replay the fixtures and compare ratings with what is expected."),
    "eval-attacks": (
        "evaluator.cli.eval_attacks:command",
        "Plant attacks and honest texts, and tell what gets through.",
    ),
    "audit": ("evaluator.cli.audit:command", "Print bias-audit figures: scoring rates and impact ratios."),
    "prompts": ("evaluator.cli.prompts:command", "List published packs, pull them to files, push files."),
    "render": (
        "evaluator.cli.render:command",
        "Print the messages a fixture becomes, with tokens per section.",
    ),
    "send": ("evaluator.cli.send:command", "Send a fixture as SolidATS does and check the answer."),
    "offline-model": (
        "evaluator.cli.offline_model:command",
        "Serve the offline rater as an OpenAI-compatible endpoint.",
    ),
    "config-schema": ("evaluator.cli.config_schema:command", "Print the JSON Schema of integration_config."),
}
"""Each command by name: where it is, as `module:attribute`, and its line in the help."""

FAULT = 70
"""Exit status of an unexpected error, as in sysexits.h."""

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells give it (128 + SIGINT)."""


@dataclass(slots=True)
class Run:
    """What one run of the command line was asked for; click hands it on as the context's object."""

    debug: bool = False


class LazyGroup(click.Group):
    """A group that knows its commands by name and line of help, and imports the one that is run."""

    def __init__(self, name: str, table: Mapping[str, tuple[str, str]], **attributes: Any) -> None:
        """`table`: by name, `module:attribute` and the line of help."""
        stubs = {each: click.Command(each, short_help=line) for each, (_, line) in table.items()}
        super().__init__(name, commands=stubs, **attributes)
        self._targets = {each: target for each, (target, _) in table.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the table's order, which is that of use."""
        return list(self._targets)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the named command, imported; unknown names end in click's own message."""
        name, stub, rest = super().resolve_command(ctx, args)
        return name, stub and self._imported(str(stub.name)), rest

    def _imported(self, name: str) -> click.Command:
        module, _, attribute = self._targets[name].partition(":")
        with uncollected():
            command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.command(
    "evaluator",
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Settings are EVALUATOR_… variables. Exit status: 0 done; 1 the command's own no; 2 a wrong "
    "argument, setting, pack or fixture; 70 a fault of the program; 130 interrupted.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@click.version_option(evaluator.__version__, message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, *, debug: bool) -> None:
    """Rate candidates for SolidATS: a request in, a reasoned rating out."""
    ctx.ensure_object(Run).debug = debug


def main(argv: Sequence[str] | None = None) -> Never:
    """Run the command line with `argv`, the process's own arguments by default, and exit."""
    sys.exit(run(argv))


def run(argv: Sequence[str] | None = None, *, group: click.Command = cli) -> int:
    """Run `group`, or one command, with `argv` and return the exit status; a command may return its own."""
    log.configure("auto", "warning", sys.stderr)
    asked = Run()
    try:
        status = group.main(argv, prog_name="evaluator", standalone_mode=False, obj=asked)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:  # click's own form of KeyboardInterrupt
        click.echo("evaluator: interrupted", err=True)
        return INTERRUPTED
    except EvaluatorError as error:
        line = f"evaluator: {' '.join(str(error).split())}"
        click.secho(fitted(line, sys.stderr), fg="red", err=True)
        return 2
    except Exception as error:  # noqa: BLE001 - the top of the command line: nothing stands above it
        _report(error, debug=asked.debug)
        return FAULT
    return status if isinstance(status, int) else 0


def _report(error: Exception, *, debug: bool) -> None:
    structlog.get_logger().error("unexpected_error", exc_info=error)
    if debug:
        click.echo("".join(traceback.format_exception(error)), err=True)
    hint = "" if debug else "; run `evaluator --debug …` to see where"
    click.secho(f"evaluator: unexpected {type(error).__name__}{hint}", fg="red", err=True)
