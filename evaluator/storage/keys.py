"""The encryption keys: read from a setting, or from a file in the data folder that is made once.

May import `errors` alone of the package.
"""

import os
import re
import secrets
from pathlib import Path

from cryptography.fernet import Fernet

from evaluator.errors import StorageKeyWrong

KEY_FILE = "encryption.key"
"""Name of the generated key's file in the data folder."""

DATABASE_FILE = "evaluator.sqlite3"
"""Name of the embedded database's file in the data folder."""

_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_EXPECTED = (
    "should be 32 bytes in URL-safe base64, 44 characters long, such as "
    "`openssl rand -base64 32` prints; several with commas between, of which the first encrypts"
)


def parse_keys(text: str, *, source: str = "EVALUATOR_ENCRYPTION_KEY") -> tuple[bytes, ...]:
    """Return the keys in `text`, the first of which encrypts.

    The two characters in which plain base64 differs are taken too. Raises StorageKeyWrong that names
    `source` and never the key.
    """
    keys = [part.strip().replace("+", "-").replace("/", "_") for part in text.strip().split(",")]
    if not all(_KEY.fullmatch(key) for key in keys):
        raise StorageKeyWrong(f"{source}: {_EXPECTED}")
    return tuple(key.encode() for key in keys)


def load_or_make_key(data_dir: Path) -> tuple[bytes, ...]:
    """Return the keys of `data_dir`, and make the folder (0700) and a key file (0600) where there is none.

    Several processes that start at once get the same key. Raises StorageKeyWrong where the file cannot
    be used, or where it is missing beside a database that was written with another key.
    """
    file = data_dir / KEY_FILE
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The key is always older than the database: seen in this order, a race is no false alarm.
        used_before = (data_dir / DATABASE_FILE).exists()
        if not file.exists():
            if used_before:
                raise StorageKeyWrong(
                    f"{data_dir} holds a database but not its key {KEY_FILE}: put that file back, or set "
                    "EVALUATOR_ENCRYPTION_KEY to the key the database was written with"
                )
            _make(file)
        return parse_keys(file.read_text(encoding="ascii"), source=str(file))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise StorageKeyWrong(f"{file}: cannot be read or made: {reason}") from error


def _make(file: Path) -> None:
    """Write a new key under the name `file`, whole or not at all; whoever comes second keeps the first."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(Fernet.generate_key() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        _publish(draft, file)
    finally:
        draft.unlink()
    _sync_folder(file.parent)


def _publish(draft: Path, file: Path) -> None:
    try:
        os.link(draft, file)
    except FileExistsError:
        return


def _sync_folder(folder: Path) -> None:
    """Make the new name in `folder` survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
