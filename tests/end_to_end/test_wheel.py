"""The wheel, installed into an empty environment and run from an empty folder; and the demo."""

import json
import os
import re
import subprocess
import sys
import urllib.request
import venv
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from evaluator.web.schema import example_request


def clean_environment() -> dict[str, str]:
    """The environment without settings of ours and without this virtual environment."""
    left_out = ("EVALUATOR_", "OPENAI_", "PYTHON", "VIRTUAL_ENV", "COV_")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), "."]
    subprocess.run(command, check=True, capture_output=True, env=clean_environment())
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a fresh environment: the wheel, with the dependencies of this one to lean on."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    packages = next((folder / "lib").glob("python3.*")) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    here = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "dependencies.pth").write_text("\n".join(here))
    return folder / "bin" / "python"


def files_in(folder: str, named: str) -> set[str]:
    """Return the files in a folder of the checkout, by the names that they have in a wheel."""
    found = [path for path in Path(folder).rglob("*") if path.is_file() and path.parent.name != "__pycache__"]
    return {f"{named}/{path.relative_to(folder).as_posix()}" for path in found}


def test_wheel_carries_every_file_of_the_package_and_the_packs(wheel: Path) -> None:
    """Templates, rules, word lists and encodings too, which are read at run time; and nothing else."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    expected = files_in("evaluator", "evaluator") | files_in("prompts", "evaluator/_packs")

    assert len([name for name in expected if not name.endswith(".py")]) > 30
    assert names == expected


@contextmanager
def serving(python: Path, folder: Path) -> Iterator[str]:
    """Serve from a folder, and yield the URL."""
    command = [str(python), "-m", "evaluator", "serve", "--port", "0"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, text=True, env=clean_environment()
    ) as server:
        try:
            assert server.stdout is not None
            url = re.match(r"Listening on (\S+),", server.stdout.readline())
            assert url
            yield url[1]
        finally:
            server.terminate()


def test_wheel_serves_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    """`evaluator serve` finds packs and encodings in the package, and rates."""
    with serving(installed, tmp_path) as url:
        assert "rating" in posted(f"{url}/webhook/assessment")


def test_wheel_explains_as_a_page_what_it_rated(installed: Path, tmp_path: Path) -> None:
    """Rules, templates and phrases are read from the package, and the page says how the rating came about."""
    run = partial(
        subprocess.run, cwd=tmp_path, capture_output=True, text=True, check=True, env=clean_environment()
    )
    with serving(installed, tmp_path) as url:
        posted(f"{url}/webhook/assessment")
    (job,) = json.loads(run([installed, "-m", "evaluator", "jobs", "list", "--json"]).stdout)["jobs"]
    run([installed, "-m", "evaluator", "explain", job["id"], "--html", "page.html"])

    assert "How the rating is computed" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_installed_package_is_the_one_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    """The environment runs the wheel's files and not those of the checkout."""
    command = [str(installed), "-c", "import evaluator; print(evaluator.__file__)"]
    said = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=True, env=clean_environment()
    )

    assert said.stdout.startswith(str(installed.parent.parent))


def test_demo_rates_three_candidates(tmp_path: Path) -> None:
    """The demo serves, sends, shows three ratings and where to look next, and stops."""
    command = [sys.executable, "-m", "evaluator.cli.demo"]
    said = subprocess.run(command, capture_output=True, text=True, check=False, env=clean_environment())

    assert said.returncode == 0, said.stderr
    assert said.stdout.count("SolidATS takes this answer.") == 3
    assert "Where to look next" in said.stdout


def posted(url: str) -> Mapping[str, object]:
    """Post the example request and return the answer's JSON."""
    body = json.dumps(example_request()).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})  # noqa: S310 - a URL of this test
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - a URL of this test
        return dict(json.load(answer))
