"""Packs as they were at a revision of git."""

import subprocess
from pathlib import Path
from tempfile import gettempdir

import pytest

from evaluator.errors import PackError, SettingsError
from evaluator.evals.revisions import find_git, pack_at
from tests.fakes.prompting import write_pack


def git(folder: Path, *arguments: str) -> None:
    """Run git, as nobody in particular and without anybody's configuration."""
    names = [
        f"GIT_{who}_{what}=x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    ]
    quiet = ["GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1"]
    command = ["env", *names, *quiet, "git", "-C", str(folder), *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=30)


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """Return a folder of packs in a repository in which one pack was broken, mended, and changed since."""
    folder = tmp_path / "deep" / "prompts"
    folder.mkdir(parents=True)
    git(tmp_path, "init", "-q")
    pack = write_pack(folder, name="default", system="Judge {{ nothing }}.")
    for system in ("Judge {{ nothing }}.", "Judge at first.", "Judge by now."):
        (pack / "system.jinja").write_text(system)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-qm", "Change")
    (pack / "system.jinja").write_text("Judge as edited.")
    return folder


@pytest.mark.parametrize(
    ("revision", "system"), [("HEAD", "Judge by now."), ("HEAD~1", "Judge at first."), ("@", "Judge by now.")]
)
def test_pack_is_that_of_the_revision(packs: Path, revision: str, system: str) -> None:
    """What was edited since is not in it, and it keeps its name."""
    pack = pack_at(packs, "default", revision, program=find_git())

    assert pack.system.render() == system
    assert (pack.name, pack.path) == ("default", Path(f"default@{revision}"))


@pytest.mark.parametrize(
    ("name", "revision", "told"),
    [
        ("default", "HEAD~9", "default@HEAD~9: git knows no revision HEAD~9"),
        ("default", "--all", "default@--all: git knows no revision --all"),
        ("other", "HEAD", "other@HEAD: prompts had no pack other at that revision"),
        ("..", "HEAD", "..@HEAD: before @ stands no name of a prompt pack"),
    ],
)
def test_what_is_not_in_the_repository_is_told(packs: Path, name: str, revision: str, told: str) -> None:
    """A revision cannot pass for an option of git, nor a name for a path."""
    with pytest.raises(SettingsError) as error:
        pack_at(packs, name, revision, program=find_git())

    assert str(error.value) == told


def test_pack_that_was_broken_is_told_with_its_revision(packs: Path) -> None:
    """File and line are those of the revision, not of where it was put for loading."""
    with pytest.raises(PackError, match=r"^default@HEAD~2/system\.jinja:1: ") as error:
        pack_at(packs, "default", "HEAD~2", program=find_git())

    assert gettempdir() not in str(error.value)


def test_folder_outside_of_a_repository_is_told(tmp_path: Path) -> None:
    """A packaged folder of packs has no revisions."""
    with pytest.raises(SettingsError, match="is in no git repository"):
        pack_at(tmp_path, "default", "HEAD", program=find_git())


def test_machine_without_git_is_told(tmp_path: Path) -> None:
    """The program is looked for where commands are."""
    with pytest.raises(SettingsError, match="git is not installed"):
        pack_at(tmp_path, "default", "HEAD", program=None)


def test_git_that_cannot_be_run_is_told(packs: Path, tmp_path: Path) -> None:
    """A file that is no program is none."""
    with pytest.raises(SettingsError, match=r"git cannot be asked \(PermissionError\)"):
        pack_at(packs, "default", "HEAD", program=str(tmp_path / "deep"))


def test_git_that_fails_at_a_file_is_told(tmp_path: Path) -> None:
    """A damaged repository lists what it cannot show."""
    program = tmp_path / "git"
    program.write_text(
        '#!/bin/sh\ncase "$*" in *show*) exit 1;; *ls-tree*) echo default/pack.toml;; *) echo 1234;; esac\n'
    )
    program.chmod(0o700)

    with pytest.raises(SettingsError, match="default@HEAD: git cannot read it"):
        pack_at(tmp_path, "default", "HEAD", program=str(program))
