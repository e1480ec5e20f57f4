"""Which program judged: its version, and a digest of its own code and tables.

Imports nothing of the package but its version.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import evaluator


@dataclass(frozen=True, slots=True)
class Program:
    """A version, and the SHA-256 over the files that it was running from."""

    version: str
    digest: str

    def __str__(self) -> str:
        """Return both for reading."""
        return f"{self.version}, SHA-256 {self.digest}"


def this_program() -> Program:
    """Return the program that runs; reads all its files, which takes some hundredths of a second."""
    digest, root = hashlib.sha256(), Path(evaluator.__file__).parent
    for path in sorted(path for kind in ("*.py", "*.toml") for path in root.rglob(kind)):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return Program(evaluator.__version__, digest.hexdigest())
