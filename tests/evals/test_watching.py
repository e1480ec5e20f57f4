"""Watching: which cases an edit touches, and what happens when it is broken."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from evaluator.errors import FixtureError
from evaluator.evals.dataset import Case
from evaluator.evals.watching import Watcher, edits, packs_of
from tests.fakes.evaluating import case

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Bench:
    """Two cases of the pack `default` and one of `sales`, in a folder of packs, and what a watcher did."""

    prompts: Path
    packs: Collection[str | None] = (None,)
    cases: list[Case] = field(default_factory=lambda: [case("a"), case("b"), case("c", pack="sales")])
    judged: list[list[str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    broken: str = ""
    fails: str = ""

    def load(self) -> Sequence[Case]:
        """Return the cases."""
        if self.broken:
            raise FixtureError(self.broken)
        return self.cases

    async def again(self, cases: Sequence[Case]) -> None:
        """Keep what is judged again."""
        if self.fails:
            raise FixtureError(self.fails)
        self.judged.append([each.name for each in cases])

    def after(self, *changes: Collection[Path]) -> list[list[str]]:
        """Return what is judged again after each of these edits."""
        watcher = self.watcher()
        return self.follow(watcher, *changes)

    def watcher(self) -> Watcher:
        """Return one that begins with what is there."""
        return Watcher(self.load, self.prompts, self.packs, self.again, self.said.append)

    def follow(self, watcher: Watcher, *changes: Collection[Path]) -> list[list[str]]:
        """Have the watcher follow these edits."""

        async def told() -> AsyncIterator[Collection[Path]]:
            for change in changes:
                yield change

        asyncio.run(watcher.follow(told()))
        return self.judged


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A bench with packs of its own."""
    for name in ("default", "sales"):
        shutil.copytree(ROOT / "prompts" / "default", tmp_path / name)
    return Bench(tmp_path)


def test_begin_judges_all_cases_and_goes_on_where_that_fails(bench: Bench) -> None:
    """A template may be broken from the start."""
    watcher = bench.watcher()
    asyncio.run(watcher.begin())

    bench.fails = "user.jinja:1: broken"
    asyncio.run(watcher.begin())

    assert bench.judged == [["a", "b", "c"]]
    assert bench.said == ["user.jinja:1: broken"]


def test_edited_template_touches_the_cases_of_its_pack(bench: Bench) -> None:
    """Cases that name no pack are judged by the default one."""
    edit = {bench.prompts / "default" / "user.jinja"}

    assert bench.after(edit, {bench.prompts / "sales" / "pack.toml"}) == [["a", "b"], ["c"]]


def test_edited_template_touches_every_case_of_a_contestant_that_has_this_pack(bench: Bench) -> None:
    """What the requests themselves name does not count then."""
    bench.packs = ("sales",)

    assert bench.after({bench.prompts / "sales" / "user.jinja"}) == [["a", "b", "c"]]
    assert bench.after({bench.prompts / "default" / "user.jinja"}) == [["a", "b", "c"]]


def test_other_files_touch_nothing(bench: Bench) -> None:
    """Nor do recordings, and a case that is written again as it was."""
    edit = {bench.prompts / "default" / "notes.md", bench.prompts / "README.md", Path("recordings.jsonl")}

    assert bench.after(edit) == []


def test_changed_and_new_cases_are_judged(bench: Bench) -> None:
    """Those that stayed as they were are not."""
    watcher = bench.watcher()
    bench.cases = [case("a"), case("b", said="more"), case("d")]

    assert bench.follow(watcher, {Path("request.json")}) == [["b", "d"]]


def test_template_that_does_not_load_is_told_until_it_does(bench: Bench) -> None:
    """Watching goes on, and the cases are judged once it loads."""
    watcher, template = bench.watcher(), bench.prompts / "default" / "user.jinja"
    sound = template.read_text()
    template.write_text("{{ candidat.name }}")
    assert bench.follow(watcher, {template}) == []

    template.write_text(sound)

    assert bench.follow(watcher, {template}) == [["a", "b"]]
    assert [line.startswith(f"{template}:1: ") for line in bench.said] == [True]


def test_case_that_does_not_load_is_told(bench: Bench) -> None:
    """An edited pack waits for it."""
    watcher, template = bench.watcher(), bench.prompts / "sales" / "user.jinja"
    bench.broken = "a/request.json: not valid JSON"
    assert bench.follow(watcher, {template}) == []

    bench.broken = ""

    assert bench.follow(watcher, {Path("a/request.json")}) == [["c"]]
    assert bench.said == ["a/request.json: not valid JSON"]


def test_packs_of_a_case_are_its_own_and_the_contestants() -> None:
    """One contestant may leave it to the request while another does not."""
    assert packs_of(case("a", pack="sales"), ("default", None)) == {"default", "sales"}


def test_edit_made_right_after_the_watch_is_set_up_is_told(tmp_path: Path) -> None:
    """Also from below the folder, and one after it."""
    folder = tmp_path / "default"
    folder.mkdir()

    async def two() -> list[frozenset[Path]]:
        async with edits(tmp_path) as found, asyncio.timeout(20):
            told = []
            for name in ("user.jinja", "system.jinja"):
                (folder / name).write_text("changed")
                told.append(await anext(found))
            return told

    first, second = asyncio.run(two())

    assert (folder / "user.jinja" in first, folder / "system.jinja" in second) == (True, True)
