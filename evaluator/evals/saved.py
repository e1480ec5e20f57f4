"""Runs kept whole in a file, with prompts and replies, to be compared with later.

May import `errors` and `evals.runs`.
"""

import os
from pathlib import Path

from pydantic import ValidationError

from evaluator.errors import FixtureError
from evaluator.evals.runs import Run


def save_run(run: Run, path: Path) -> None:
    """Write a run, for its owner alone, since it holds texts of candidates. Raises FixtureError."""
    write_private(path, run.model_dump_json(indent=1) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, also where it is there already. Raises FixtureError."""
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text.encode())
    except OSError as error:
        raise FixtureError(f"{path}: cannot be written: {error.strerror}") from None


def load_run(path: Path) -> Run:
    """Return a run that `save_run` wrote. Raises FixtureError where there is none, or another format."""
    try:
        return Run.model_validate_json(path.read_bytes())
    except OSError as error:
        raise FixtureError(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError:
        raise FixtureError(f"{path}: is no run that this version can read; --save writes one") from None
