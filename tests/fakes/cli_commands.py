"""Commands that end in each way a command can, for tests of what stands above them."""

import click

from evaluator.errors import SettingsError


@click.command()
@click.argument("word")
def echo(word: str) -> None:
    """Print WORD."""
    click.echo(word)


@click.command()
def status() -> int:
    """Return a status of its own."""
    return 3


@click.command()
@click.pass_context
def leave(ctx: click.Context) -> None:
    """Exit by way of click."""
    ctx.exit(1)


@click.command()
def wrong_setting() -> None:
    """Find a setting wrong."""
    raise SettingsError("EVALUATOR_MAX_QUEUE: should be\na number")


@click.command()
def interrupted() -> None:
    """Be interrupted."""
    raise KeyboardInterrupt


@click.command()
def broken() -> None:
    """Fail as no one foresaw, over a candidate's text."""
    int("hunter2")
