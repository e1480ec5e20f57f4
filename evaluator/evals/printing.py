"""Printing tables and sentences to a terminal or a pipe. May import nothing of the package."""

from collections.abc import Iterable

from rich.console import Console, RenderableType


def print_parts(console: Console, parts: Iterable[RenderableType]) -> None:
    """Print each part; to what is no terminal without the blanks that fill a table's last column."""
    if console.is_terminal:
        for part in parts:
            console.print(part)
        return
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    console.file.write("\n".join(line.rstrip() for line in captured.get().split("\n")))
    console.file.flush()
