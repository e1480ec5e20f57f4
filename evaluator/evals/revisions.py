"""Prompt packs as they were at a revision of git: `default@HEAD~3`.

May import `prompts` and `errors`.
"""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from evaluator.errors import PackError, SettingsError
from evaluator.prompts.packs import FILES, Pack, load_pack

_WITHIN_S = 30.0


def find_git() -> str | None:
    """Return the path of git, None where it is not installed."""
    return shutil.which("git")


def pack_at(folder: Path, name: str, revision: str, *, program: str | None) -> Pack:
    """Return the pack `name` of the folder of packs as it was at `revision`, read with git, `program`.

    Raises SettingsError where there is no git, no repository, no such revision, or no such pack in it,
    PackError where the pack does not load.
    """
    label = f"{name}@{revision}"
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise SettingsError(f"{label}: before @ stands no name of a prompt pack")
    git = _Git(program, folder, label)
    commit = git.commit(revision)
    with TemporaryDirectory(prefix="evaluator-pack-") as made:
        place = Path(made) / name
        place.mkdir()
        for file in git.files(commit, name):
            (place / file).write_bytes(git.run("show", f"{commit}:./{name}/{file}"))
        try:
            return replace(load_pack(place), path=Path(label))
        except PackError as error:
            where = Path(label) / error.path.name if error.path != place else Path(label)
            told = str(error).removeprefix(str(error.path)).lstrip(":0123456789").strip()
            raise PackError(told, path=where, line=error.line) from None


class _Git:
    """The repository that holds a folder of packs."""

    def __init__(self, program: str | None, folder: Path, label: str) -> None:
        if program is None:
            raise SettingsError(f"{label}: git is not installed, and a revision of a pack is read with it")
        self._program, self._folder, self._label = program, folder, label

    def commit(self, revision: str) -> str:
        """Return the commit's hash."""
        if self._try("rev-parse", "--git-dir") is None:
            raise SettingsError(f"{self._label}: {self._folder} is in no git repository")
        found = self._try("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if found is None:
            raise SettingsError(f"{self._label}: git knows no revision {revision}")
        return found.decode().strip()

    def files(self, commit: str, name: str) -> list[str]:
        """Return which files of a pack the commit has."""
        listed = (self._try("ls-tree", "--name-only", commit, f"./{name}/") or b"").decode().split("\n")
        found = [file for file in FILES if any(Path(each).name == file for each in listed)]
        if not found:
            raise SettingsError(f"{self._label}: {self._folder.name} had no pack {name} at that revision")
        return found

    def run(self, *arguments: str) -> bytes:
        """Return what git prints; raises SettingsError where it fails."""
        printed = self._try(*arguments)
        if printed is None:
            raise SettingsError(f"{self._label}: git cannot read it")
        return printed

    def _try(self, *arguments: str) -> bytes | None:
        command = [self._program, "-C", str(self._folder), *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program; a revision cannot pass for an option
                command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_WITHIN_S
            )
        except (subprocess.TimeoutExpired, OSError) as error:
            raise SettingsError(f"{self._label}: git cannot be asked ({type(error).__name__})") from None
        return done.stdout if done.returncode == 0 else None
