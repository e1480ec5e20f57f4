"""The files of a pack as texts: read from a folder, written into one, and their hash.

May import `errors`.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from evaluator.errors import PackError

FILES = ("pack.toml", "system.jinja", "user.jinja")
"""The files of a pack."""

PackFiles = Mapping[str, str]
"""The texts of a pack by the name of the file; all of FILES, and nothing else."""


def read_files(path: Path) -> PackFiles:
    """Return the texts of the pack in the folder `path`; raises PackError where one cannot be read."""
    return {name: _read(path / name) for name in FILES}


def write_files(files: PackFiles, path: Path) -> None:
    """Write the texts into the folder `path`, which is made; raises PackError where that fails."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (path / name).write_text(files[name], encoding="utf-8", newline="\n")
    except OSError as error:
        raise PackError(f"cannot be written: {error.strerror}", path=path) from None


def plain_files(files: Mapping[str, str], path: Path) -> PackFiles:
    """Return the texts as `read_files` would: line ends are single, and no byte-order mark is left.

    `path` stands for the pack in an error. Raises PackError where a file is missing or holds what UTF-8
    cannot.
    """
    for name in FILES:
        if name not in files:
            raise PackError("the pack lacks this file", path=path / name)
        try:
            files[name].encode()
        except UnicodeEncodeError:
            raise PackError("holds a character that UTF-8 cannot hold", path=path / name) from None
    return {name: _plain(files[name]) for name in FILES}


def hash_of(files: PackFiles) -> str:
    """Return the SHA-256 over names and texts, 64 hexadecimal digits."""
    whole = "\0".join(f"{name}\0{files[name]}" for name in FILES)
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise PackError("the pack lacks this file", path=path) from None
    except UnicodeDecodeError as error:
        raise PackError(f"must be UTF-8; byte {error.start} is not", path=path) from None
    except OSError as error:
        raise PackError(f"cannot be read: {error.strerror}", path=path) from None
