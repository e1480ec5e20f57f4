"""Published versions of packs to files and back, so that they can be kept in git.

A folder of packs remembers in RECORD which version each pack was pulled or pushed as. What was published
since then is not pushed over, and what was edited since then is not pulled over. May import `prompts`,
`storage` and `errors`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from evaluator.errors import PackError, PackUnknown, VersionMoved
from evaluator.prompts.files import FILES, hash_of, read_files, write_files
from evaluator.prompts.packs import check_name, load_pack
from evaluator.storage.pack_versions import FROM_FILES, Head, PackVersions, version_moved

RECORD = ".published.json"
"""The file in a folder of packs that says which version each is of; it belongs into git with them."""


class Pulled(BaseModel):
    """What the files of a pack were when they were pulled or pushed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    hash: str


class _Record(RootModel[dict[str, Pulled]]):
    """All that a folder remembers, by pack."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a pack: `what` is how its files, or what is published, changed."""

    head: Head
    what: Literal["new", "changed", "same"]


class FilesEdited(PackError):
    """The files of a pack hold what no version holds, and would be lost."""


async def pull(
    versions: PackVersions, folder: Path, name: str, *, number: int | None = None, over: bool = False
) -> Moved:
    """Write the latest version of a pack, or the one of `number`, into its folder below `folder`.

    Raises PackUnknown where it was never published, FilesEdited where its files were edited and `over` is
    not given, PackError where they cannot be read or written, or `name` can be none.
    """
    check_name(name, folder / name)
    head = await versions.head(name)
    version = await versions.one(name, number or (head.number if head else FROM_FILES))
    if version is None:
        raise PackUnknown(
            f"no version of {name} is published" if head is None else f"{name} has no version {number}"
        )
    path, record = folder / name, read_record(folder)
    if not any((path / file).exists() for file in FILES):
        what: Literal["new", "changed", "same"] = "new"
    else:
        there = _hash_there(path, over=over)
        what = "same" if there == version.hash else "changed"
        if what == "changed" and not over and not await _is_known(versions, record, name, there):
            told = "holds what no published version does: keep it, then pull with --over"
            raise FilesEdited(told, path=path)
    if what != "same":
        write_files(version.files, path)
    _remember(folder, record, version)
    return Moved(version, what)


async def push(versions: PackVersions, folder: Path, name: str, *, by: str, note: str) -> Moved:
    """Publish the files of a pack; where they are published already, nothing is.

    Into a database that has no version of it they go as its first, wherever they were pulled from. Raises
    PackError where they do not load, VersionMoved where another version was published than the one that was
    pulled or pushed last.
    """
    check_name(name, folder / name)
    pack, record, head = load_pack(folder / name), read_record(folder), await versions.head(name)
    if head is not None and head.hash == pack.hash:
        _remember(folder, record, head)
        return Moved(head, "same")
    seen = record.get(name)
    if head is not None and (seen is None or (head.number, head.hash) != (seen.version, seen.hash)):
        raise _moved(name, head, seen)
    expected = FROM_FILES if head is None else head.number
    kept = await versions.publish(name, pack.files, by=by, note=note, expected=expected)
    _remember(folder, record, kept)
    return Moved(kept, "new" if kept.number == 1 else "changed")


def read_record(folder: Path) -> Mapping[str, Pulled]:
    """Return what a folder remembers, nothing where there is no record. Raises PackError."""
    path = folder / RECORD
    try:
        return _Record.model_validate_json(path.read_bytes()).root
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise PackError(f"cannot be read: {error.strerror}", path=path) from None
    except ValidationError:
        raise PackError("is no record of pulled versions; delete it and pull again", path=path) from None


def _hash_there(path: Path, *, over: bool) -> str:
    """Return the hash of a folder's files; where they may be written over, "" for ones that are not whole."""
    try:
        return hash_of(read_files(path))
    except PackError:
        if over:
            return ""
        raise


async def _is_known(versions: PackVersions, record: Mapping[str, Pulled], name: str, digest: str) -> bool:
    """Tell whether the files of a pack are as they were pulled, or as any version is."""
    return (name in record and record[name].hash == digest) or (
        await versions.of_hash(name, digest) is not None
    )


def _moved(name: str, head: Head, seen: Pulled | None) -> VersionMoved:
    """Return the error for files that are older than what is published, or of another database."""
    found = version_moved(name, head)
    if seen is None:
        begun = "it was never pulled into this folder"
    elif seen.version == head.number:
        begun = f"the files are of a version {seen.version} of another database"
    else:
        begun = f"the files are of version {seen.version}"
    told = f"{found}: {begun}. Commit them, run `evaluator prompts pull {name} --over`, and merge with git"
    return VersionMoved(told, by=head.by, at=head.at, number=head.number)


def _remember(folder: Path, record: Mapping[str, Pulled], head: Head) -> None:
    new = {**record, head.pack: Pulled(version=head.number, hash=head.hash)}
    if new == record:
        return
    text = _Record(dict(sorted(new.items()))).model_dump_json(indent=2)
    try:
        (folder / RECORD).write_text(f"{text}\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise PackError(f"cannot be written: {error.strerror}", path=folder / RECORD) from None
