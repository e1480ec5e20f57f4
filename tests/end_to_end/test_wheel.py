"""The wheel, installed into an empty environment and run from an empty folder; and the demo."""

import json
import os
import re
import subprocess
import sys
import urllib.request
import venv
import zipfile
from collections.abc import Mapping
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


def test_wheel_carries_packs_templates_and_encodings(wheel: Path) -> None:
    """Everything that the service reads at run time is in the wheel."""
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {
        f"evaluator/_packs/{pack}/pack.toml" for pack in ("default", "first-screen", "engineering")
    } <= names
    assert "evaluator/prompts/encodings/o200k_base.tiktoken.xz" in names
    assert "evaluator/prompts/encodings/cl100k_base.tiktoken.xz" in names
    assert "evaluator/commentary/phrases.toml" in names
    assert "evaluator/py.typed" in names
    assert "evaluator/_samples/nursing-icu-strong/request.json" in names
    assert {
        f"evaluator/web/studio/{path}" for path in ("static/studio.js", "templates/layout.html.jinja")
    } <= names


def test_wheel_serves_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    """`evaluator serve` finds packs and encodings in the package, and rates."""
    command = [str(installed), "-m", "evaluator", "serve", "--port", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=clean_environment()
    ) as server:
        try:
            assert server.stdout is not None
            url = re.match(r"Listening on (\S+),", server.stdout.readline())
            assert url
            assert "rating" in posted(f"{url[1]}/webhook/assessment")
        finally:
            server.terminate()


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
