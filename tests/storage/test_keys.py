"""Where the encryption key comes from."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from evaluator.errors import StorageKeyWrong
from evaluator.storage.keys import DATABASE_FILE, KEY_FILE, load_or_make_key, parse_keys

KEY = "0123456789012345678901234567890123456789012="


def test_keys_are_read_with_commas_between() -> None:
    """The first of several keys comes first, and white space does not matter."""
    other = KEY.replace("0", "A")

    assert parse_keys(f" {KEY} , {other}\n") == (KEY.encode(), other.encode())


def test_key_in_plain_base64_is_taken() -> None:
    """`openssl rand -base64 32` prints + and / where the URL-safe form has - and _."""
    assert parse_keys("+/" + KEY[2:]) == (b"-_" + KEY[2:].encode(),)


@pytest.mark.parametrize("text", ["", "short", KEY[:-1], KEY + "=", f"{KEY},", "ä" + KEY[1:], KEY + KEY])
def test_malformed_key_is_refused_without_being_shown(text: str) -> None:
    """The message names the setting and what is expected, and never the key."""
    with pytest.raises(StorageKeyWrong, match=r"^EVALUATOR_ENCRYPTION_KEY: should be") as caught:
        parse_keys(text)

    assert not text or text not in str(caught.value)


def test_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    """The first start makes the folder and the key, and the next ones take the same."""
    first = load_or_make_key(tmp_path / "var")

    assert load_or_make_key(tmp_path / "var") == first
    assert (tmp_path / "var" / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == [KEY_FILE]
    Fernet(first[0])


def test_processes_that_start_together_get_one_key(tmp_path: Path) -> None:
    """Of several that find no key, one makes it and all take it."""
    program = "import sys, pathlib; from evaluator.storage.keys import load_or_make_key; "
    program += "print(load_or_make_key(pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-c", program, str(tmp_path / "var")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(5)]
    printed = {process.communicate(timeout=60)[0] for process in processes}

    assert printed == {f"{load_or_make_key(tmp_path / 'var')}\n"}


def test_missing_key_beside_a_database_is_an_error(tmp_path: Path) -> None:
    """A new key would be of no use for what another one sealed, so none is made."""
    (tmp_path / DATABASE_FILE).touch()

    with pytest.raises(StorageKeyWrong, match="put that file back"):
        load_or_make_key(tmp_path)
    assert not (tmp_path / KEY_FILE).exists()


def test_malformed_key_file_is_named(tmp_path: Path) -> None:
    """A file that holds something else is named in the message."""
    (tmp_path / KEY_FILE).write_text("hello\n")

    with pytest.raises(StorageKeyWrong, match=KEY_FILE):
        load_or_make_key(tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_unreadable_key_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    """Bytes that are no text, or a folder in the file's place, are named in the message."""
    file = tmp_path / KEY_FILE
    file.mkdir() if content is None else file.write_bytes(content)

    with pytest.raises(StorageKeyWrong, match=rf"{KEY_FILE}: cannot be read or made: "):
        load_or_make_key(tmp_path)
