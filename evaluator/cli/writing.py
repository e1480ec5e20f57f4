"""Writing a file that tells of a candidate. May import `errors`."""

import os
from pathlib import Path

from evaluator.errors import FixtureError


def written(file: Path, text: str) -> None:
    """Write a file that its owner alone can read; raises FixtureError that names it."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
    except OSError as error:
        raise FixtureError(f"{file}: cannot be written: {error.strerror}") from None
