"""Fitting text to the terminal. Imports nothing of the package."""

import re
import shutil
import textwrap
from typing import TextIO

_MARKER = re.compile(r"\s*(?:[-•]|\d+\.)?\s*")
"""What stands before an item's first word: the further lines begin below that word."""


def fitted(text: str, stream: TextIO) -> str:
    """Return `text` wrapped between words where `stream` is a terminal, and as it is elsewhere.

    A word longer than the terminal is left whole, so that a path or a URL can be copied.
    """
    if not stream.isatty():
        return text
    columns = shutil.get_terminal_size().columns
    return "\n".join(_wrapped(line, columns) for line in text.splitlines())


def _wrapped(line: str, columns: int) -> str:
    found = _MARKER.match(line)
    indent = " " * (found.end() if found else 0)
    return textwrap.fill(
        line, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
