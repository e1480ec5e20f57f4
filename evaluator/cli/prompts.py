"""`evaluator prompts`: published versions of packs, to files and back.

Works beside running processes, on the same data folder or database. Exits with 1 where somebody published
meanwhile or files would be lost, with 2 where a pack does not load or a setting is wrong.
"""

import asyncio
import getpass
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.errors import PackError, PackUnknown, VersionMoved
from evaluator.prompts.packs import PackFolder
from evaluator.settings import Settings, load
from evaluator.storage.pack_versions import Head, PackVersions
from evaluator.studio.pushing import FilesEdited, Moved, pull, push
from evaluator.wiring import existing_store

T = TypeVar("T")
_WHERE = "The folder of packs. Default: EVALUATOR_PROMPTS_DIR, else ./prompts."
_folder = click.Path(path_type=Path, file_okay=False)


@click.group("prompts")
def command() -> None:
    """List published versions of prompt packs, pull them to files, push files as versions.

    Needs the settings that the service runs with: EVALUATOR_DATA_DIR, or EVALUATOR_DATABASE_URL and
    EVALUATOR_ENCRYPTION_KEY. Running processes judge by a pushed version a few seconds later.
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(*, as_json: bool) -> None:
    """List every pack: its version, who published it, and whether the files say the same."""
    settings = load()
    rows = asyncio.run(_with_versions(settings, lambda versions: _rows(settings, versions)))
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("pack", "version", "published", "by", "files", "draft", "note"):
        table.add_column(title)
    for row in rows:
        table.add_row(*(Text(_cell(row[title])) for title in _COLUMNS))
    Console().print(table)


@command.command("pull")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--to", "folder", type=_folder, help=_WHERE)
@click.option("--number", type=click.IntRange(1), help="An earlier version, of one pack.")
@click.option("--over", is_flag=True, help="Also over files that no version has.")
def pull_command(names: Sequence[str], folder: Path | None, number: int | None, *, over: bool) -> int:
    """Write the published version of each pack NAME into its folder; without a NAME, of all.

    Files that were edited since they were pulled are left alone, and the command exits with 1.
    """
    if number is not None and len(names) != 1:
        raise click.UsageError("--number goes with one NAME")
    settings = load()
    place = folder or settings.prompts_dir or Path("prompts")

    async def pulled(versions: PackVersions) -> bool:
        told = [
            await _tried(pull(versions, place, name, number=number, over=over))
            for name in names or await versions.numbers()
        ]
        if not told:
            click.echo("Nothing is published in this database: the files are what judges.")
        return all(told)

    return 0 if asyncio.run(_with_versions(settings, pulled)) else 1


@command.command("push")
@click.argument("name")
@click.option("--from", "folder", type=_folder, help=_WHERE)
@click.option("--note", default="Pushed from files", show_default=True, help="What changes, and why.")
@click.option("--by", help="Who publishes; by default the user of this machine.")
def push_command(name: str, folder: Path | None, note: str, by: str | None) -> int:
    """Publish the files of the pack NAME as its next version.

    Refused, with exit status 1, where somebody published since the files were pulled.
    """
    settings = load()
    place = folder or settings.prompts_dir or Path("prompts")

    async def pushed(versions: PackVersions) -> bool:
        return await _tried(push(versions, place, name, by=by or _user(), note=note))

    return 0 if asyncio.run(_with_versions(settings, pushed)) else 1


_COLUMNS = ("pack", "version", "at", "by", "files", "draft", "note")


async def _with_versions(settings: Settings, action: Callable[[PackVersions], Awaitable[T]]) -> T:
    async with existing_store(settings) as store:
        return await action(store.pack_versions)


async def _tried(moving: Awaitable[Moved]) -> bool:
    """Tell what became of a pack; return False where it was left alone."""
    try:
        moved = await moving
    except (FilesEdited, PackUnknown, VersionMoved) as error:
        click.echo(f"evaluator: {error}", err=True)
        return False
    head = moved.head
    same = ", as it was" if moved.what == "same" else ""
    click.echo(f"{head.pack}: version {head.number} ({head.hash[:8]}){same}")
    return True


async def _rows(settings: Settings, versions: PackVersions) -> list[dict[str, Any]]:
    packs = PackFolder(settings.resolved_prompts_dir())
    numbers, drafts = await versions.numbers(), await versions.drafts()
    return [
        _row(name, await versions.head(name), _hash(packs, name), drafts)
        for name in sorted({*packs, *numbers, *drafts})
    ]


def _row(name: str, head: Head | None, files: str | None, drafts: Mapping[str, Any]) -> dict[str, Any]:
    told = "missing" if files is None else "same" if head and files == head.hash else "other"
    draft = drafts.get(name)
    return {
        "pack": name,
        "version": head and head.number,
        "hash": head.hash if head else files,
        "at": head and _moment(head.at),
        "by": head and head.by,
        "note": head and head.note,
        "files": told if head else "judge",
        "draft": draft and {"by": draft.by, "at": _moment(draft.at)},
    }


def _hash(packs: PackFolder, name: str) -> str | None:
    try:
        return packs[name].hash if name in packs else None
    except PackError:
        return "does not load"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _cell(value: Any) -> str:
    """Return a value as one line that cannot steer the terminal."""
    said = f"by {value['by']}" if isinstance(value, dict) else "" if value is None else str(value)
    return "".join(each if each.isprintable() else " " for each in said)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user, as in some containers
        return "command line"
