"""What the documentation says exists: paths, links, commands and make verbs."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from evaluator.cli.job_output import erased_shape
from evaluator.cli.main import COMMANDS
from evaluator.jobs.operations import Erased

PAGES = [Path("README.md"), Path("CHANGELOG.md"), *sorted(Path("docs").rglob("*.md"))]
each_page = pytest.mark.parametrize("page", PAGES, ids=str)


@each_page
def test_links_lead_to_files(page: Path) -> None:
    """Every relative link leads to a file or a folder."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_paths_of_the_extending_page_are_there() -> None:
    """Each file that the page says to touch exists; `<name>` stands for any pack."""
    text = Path("docs/extending.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    paths = [path for row in rows for path in re.findall(r"`([^`]+)`", row.split("|")[1])]

    assert len(paths) > 10
    assert [path for path in paths if not Path(path.replace("<name>", "default")).exists()] == []


@each_page
def test_commands_that_are_shown_exist(page: Path) -> None:
    """Every `evaluator …` and `make …` in code is a command of today."""
    text = page.read_text(encoding="utf-8")
    code = "\n".join([*re.findall(r"```.*?\n(.*?)```", text, re.DOTALL), *re.findall(r"`([^`\n]+)`", text)])
    verbs = subprocess.run(["make", "help"], capture_output=True, text=True, check=True).stdout  # noqa: S607 - make is on the path

    unknown = [
        name for name in re.findall(r"(?:^|/|\s)evaluator ([a-z][a-z-]+)", code) if name not in COMMANDS
    ]
    unknown += [
        name
        for name in re.findall(r"(?:^|\s)make ([a-z]+)", code, re.MULTILINE)
        if f"make {name} " not in verbs
    ]

    assert unknown == []


def test_shape_of_an_erasure_is_that_of_the_page() -> None:
    """The page on operations names every member that `erase --json` prints."""
    page = Path("docs/operations.md").read_text(encoding="utf-8")
    shown = re.search(r"^\| `erase` \| `\{(.*?)\}`", page, re.MULTILINE)
    shape = erased_shape(Erased(job_ids=(), marks=(), at=0.0, overwritten=True, records=0))

    assert shown
    assert re.findall(r'"(\w+)":', shown[1]) == list(shape)


def test_layers_of_the_architecture_page_are_those_that_are_held() -> None:
    """The page lists the modules line by line as the import contract does."""
    page = Path("docs/architecture.md").read_text(encoding="utf-8")
    block = page.partition("## Modules and the import rule")[2].partition("\n\n    ")[2].partition("\n\n")[0]
    held = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]

    shown = [re.split(r" {2,}", line.strip())[0] for line in block.split("\n")]
    assert [set(line.split(" | ")) for line in shown] == [
        set(line.split(" | ")) for line in held[0]["layers"]
    ]
