"""`evaluator prompts`: published versions to files and back, beside a database that a service made."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.cli.main import run
from evaluator.prompts.packs import load_pack
from evaluator.storage.keys import load_or_make_key
from evaluator.storage.opening import open_store
from evaluator.storage.pack_versions import PackVersions
from evaluator.studio.pushing import RECORD
from tests.fakes.prompting import write_pack

pytestmark = pytest.mark.usefixtures("log_as_before")


class Desk:
    """A folder of packs with `default`, and a database beside it."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.prompts, self._monkeypatch, self._capsys = folder / "prompts", monkeypatch, capsys
        self.prompts.mkdir()
        monkeypatch.setenv("EVALUATOR_PROMPTS_DIR", str(self.prompts))
        write_pack(self.prompts, name="default")
        self.move_to(folder / "data")

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command; return its status and what it printed, and told as an error."""
        status = run(["prompts", *arguments])
        return (status, *self._capsys.readouterr())

    def ask(self, action: Callable[[PackVersions], Awaitable[Any]]) -> Any:
        """Do something with the versions of the database."""

        async def asked() -> Any:
            async with open_store(None, self.data, load_or_make_key(self.data)) as store:
                return await action(store.pack_versions)

        return asyncio.run(asked())

    def move_to(self, data: Path) -> None:
        """Go on with another database, which is empty."""
        self.data = data
        self._monkeypatch.setenv("EVALUATOR_DATA_DIR", str(data))
        self.ask(lambda versions: versions.numbers())

    def title(self, title: str, folder: Path | None = None) -> None:
        """Give the files of `default` another title."""
        file = (folder or self.prompts) / "default" / "pack.toml"
        file.write_text(f'title = "{title}"\n' + file.read_text().partition("\n")[2])

    def publish(self, title: str, *, expected: int) -> None:
        """Publish a version as the studio does, of another title than the files have."""
        files = dict(load_pack(self.prompts / "default").files)
        files["pack.toml"] = f'title = "{title}"\n' + files["pack.toml"].partition("\n")[2]
        given: dict[str, Any] = {"by": "Bo", "note": "In the studio", "expected": expected}
        self.ask(lambda versions: versions.publish("default", files, **given))

    def titles(self) -> tuple[str, int]:
        """Return the title that the files have, and the number of the latest version."""
        head = self.ask(lambda versions: versions.head("default"))
        return load_pack(self.prompts / "default").settings.title, head.number if head else 0


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A desk whose settings are those of the process."""
    return Desk(tmp_path, monkeypatch, capsys)


def test_pushed_files_are_the_next_version(desk: Desk) -> None:
    """Each push says who and why; files that are published already make no version."""
    first = desk("push", "default", "--by", "Ada", "--note", "Begun")
    again = desk("push", "default")
    desk.title("Second")
    second = desk("push", "default")
    heads = desk.ask(lambda versions: versions.of("default"))

    assert [each[0] for each in (first, again, second)] == [0, 0, 0]
    assert again[1].endswith(", as it was\n")
    assert [(each.number, each.note) for each in heads] == [(2, "Pushed from files"), (1, "Begun")]
    assert heads[1].by == "Ada"
    assert heads[0].by


def test_push_over_what_was_published_meanwhile_is_refused(desk: Desk) -> None:
    """It names who was faster, and what to do; after a pull and a merge it goes through."""
    desk("push", "default")
    desk.publish("In the studio", expected=1)
    desk.title("Mine")
    status, _, told = desk("push", "default")
    before = desk.titles()
    desk("pull", "default", "--over")
    desk.title("Both")
    merged = desk("push", "default")

    assert (status, before) == (1, ("Mine", 2))
    assert "Bo published version 2 of default at" in told
    assert "the files are of version 1. Commit them, run `evaluator prompts pull default --over`" in told
    assert (merged[0], desk.titles()) == (0, ("Both", 3))


def test_push_into_a_database_that_has_versions_needs_a_pull_first(desk: Desk) -> None:
    """Files that nobody pulled are not taken for what follows the latest version."""
    desk.publish("In the studio", expected=0)
    status, _, told = desk("push", "default")

    assert (status, "it was never pulled into this folder" in told) == (1, True)


def test_push_into_an_empty_database_is_the_first_version(desk: Desk, tmp_path: Path) -> None:
    """Files that were pulled from one database, say that of a trial, go into another."""
    desk("push", "default")
    desk.title("Second")
    desk("push", "default")
    desk.move_to(tmp_path / "other")
    status, out, _ = desk("push", "default")

    assert (status, out.partition(" (")[0], desk.titles()) == (0, "default: version 1", ("Second", 1))


def test_push_over_a_version_of_another_database_is_refused(desk: Desk, tmp_path: Path) -> None:
    """It has the number of the one that was pulled, and another's words."""
    desk("push", "default")
    desk.move_to(tmp_path / "other")
    desk.publish("In the studio", expected=0)
    desk.title("Mine")
    status, _, told = desk("push", "default")

    assert (status, "the files are of a version 1 of another database" in told) == (1, True)


@pytest.mark.parametrize("name", ["default/", "../prompts/default", "."])
def test_pack_is_named_by_its_name_alone(desk: Desk, name: str) -> None:
    """A path, as a shell completes it, is published under no name that cannot be used."""
    assert (desk("push", name)[0], desk("pull", name)[0]) == (2, 2)
    assert desk.ask(lambda versions: versions.numbers()) == {}


def test_broken_files_are_not_pushed(desk: Desk) -> None:
    """What does not load is a wrong pack, with file and line."""
    (desk.prompts / "default" / "user.jinja").write_text("{{ nobody }}")
    status, _, told = desk("push", "default")

    assert status == 2
    assert "user.jinja:1:" in told.replace("\n", "")
    assert desk.ask(lambda versions: versions.numbers()) == {}


def test_pull_writes_what_is_published(desk: Desk, tmp_path: Path) -> None:
    """Into another folder too; the record beside the packs says which version it was."""
    desk.publish("In the studio", expected=0)
    status, out, _ = desk("pull", "--to", str(tmp_path / "elsewhere"))
    pack = load_pack(tmp_path / "elsewhere" / "default")

    assert (status, out) == (0, f"default: version 1 ({pack.hash[:8]})\n")
    assert json.loads((tmp_path / "elsewhere" / RECORD).read_text()) == {
        "default": {"version": 1, "hash": pack.hash}
    }
    assert pack.settings.title == "In the studio"


def test_pull_leaves_edited_files_alone(desk: Desk) -> None:
    """What no version has would be lost; `--over` says that it may."""
    desk("push", "default")
    desk.publish("In the studio", expected=1)
    pulled = desk("pull")
    desk.title("Mine")
    desk.publish("In the studio again", expected=2)
    refused = desk("pull")
    between = desk.titles()
    over = desk("pull", "--over")

    assert (pulled[0], refused[0], between) == (0, 1, ("Mine", 3))
    assert "holds what no published version does: keep it, then pull with --over" in refused[2]
    assert (over[0], desk.titles()) == (0, ("In the studio again", 3))


def test_folder_that_lacks_a_file_is_pulled_over_on_purpose(desk: Desk) -> None:
    """As an earlier pull leaves it that was broken off."""
    desk("push", "default")
    (desk.prompts / "default" / "user.jinja").unlink()
    refused, pulled = desk("pull"), desk("pull", "--over")

    assert (refused[0], "lacks this file" in refused[2]) == (2, True)
    assert (pulled[0], desk.titles()) == (0, ("Sample", 1))


def test_earlier_version_is_pulled_by_its_number(desk: Desk) -> None:
    """A push from there is refused, as the latest is another; and one number goes with one pack."""
    desk("push", "default")
    desk.publish("In the studio", expected=1)
    desk("pull")
    pulled = desk("pull", "default", "--number", "1")
    title = desk.titles()[0]
    desk.title("From the first")

    assert (pulled[0], title) == (0, "Sample")
    assert desk("push", "default")[0] == 1
    assert desk("pull", "--number", "1")[0] == 2
    assert "default has no version 9" in desk("pull", "default", "--number", "9")[2]


def test_list_says_whether_files_and_database_agree(desk: Desk) -> None:
    """In a table, and in JSON for a program."""
    desk("push", "default", "--by", "Ada", "--note", "Begun")
    write_pack(desk.prompts, name="second")
    desk.publish("In the studio", expected=1)
    rows = json.loads(desk("list", "--json")[1])
    table = desk("list")[1]

    assert [(each["pack"], each["version"], each["files"], each["by"]) for each in rows] == [
        ("default", 2, "other", "Bo"),
        ("second", None, "judge", None),
    ]
    assert "In the studio" in table


def test_damaged_record_is_named(desk: Desk) -> None:
    """It is not taken for one that says nothing."""
    (desk.prompts / RECORD).write_text("{")
    status, _, told = desk("push", "default")

    assert (status, "no record of pulled versions" in " ".join(told.split())) == (2, True)


def test_nothing_published_is_said(desk: Desk) -> None:
    """A pull of all that finds nothing says what judges; of a name that is none, that it is unknown."""
    assert desk("pull")[:2] == (0, "Nothing is published in this database: the files are what judges.\n")
    assert "no version of other is published" in desk("pull", "other")[2]
