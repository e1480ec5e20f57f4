"""Styles and scripts: built from their sources, and served to be kept."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from evaluator.web.studio.assets import load_assets
from tests.fakes.studio import StudioSite, studio_site

__all__ = ["studio_site"]

ROOT = Path(__file__).parent.parent.parent.parent
STATIC = ROOT / "evaluator" / "web" / "studio" / "static"
SOURCES = ROOT / "tools" / "assets"
MANIFEST = json.loads((STATIC / "manifest.json").read_text())
MAX_SENT_BYTES = 300_000


def hashes(paths: list[Path], root: Path) -> dict[str, str]:
    """Return the files' SHA-256 by their path below `root`."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }


def test_built_files_are_as_the_build_left_them() -> None:
    """An edit by hand, or a file too many, is seen: change tools/assets and run `make assets`."""
    built = [path for path in STATIC.rglob("*") if path.is_file() and path.name != "manifest.json"]

    assert hashes(built, STATIC) == MANIFEST["built"]


def test_sources_are_those_that_were_built() -> None:
    """A source that was changed without a build is seen: run `make assets`."""
    sources = [path for path in (SOURCES / "src").rglob("*") if path.is_file()]
    sources += [SOURCES / name for name in ("build.mjs", "package.json", "package-lock.json")]

    assert hashes(sources, SOURCES) == MANIFEST["from"]


def test_packages_are_pinned_and_name_no_registry() -> None:
    """Each has one version and a hash, and comes from whatever registry npm is set to."""
    about = json.loads((SOURCES / "package.json").read_text())
    locked = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    versions = [*about["dependencies"].values(), *about["devDependencies"].values()]

    assert [each for each in versions if not re.fullmatch(r"\d+\.\d+\.\d+", each)] == []
    assert [name for name, each in locked.items() if name and not each.get("integrity")] == []
    assert "http" not in re.sub(r'"url": "[^"]*"', "", (SOURCES / "package-lock.json").read_text())


def test_licence_of_every_bundled_package_is_there() -> None:
    """What is shipped says whose it is, and under which terms."""
    told = (STATIC / "LICENCES.txt").read_text()
    locked = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    shipped = {
        name.removeprefix("node_modules/"): each for name, each in locked.items() if not each.get("dev")
    }
    named = set(re.findall(r"^(\S+) (\d+\.\d+\.\d+) \(", told, re.MULTILINE))

    assert named <= {(name, each["version"]) for name, each in shipped.items() if name}
    assert {"htmx.org", "htmx-ext-sse", "codemirror"} <= {name for name, _ in named}


@pytest.mark.parametrize("name", sorted(load_assets().urls))
def test_asset_is_served_to_be_kept(studio_site: StudioSite, name: str) -> None:
    """A file's URL changes with its content, so browsers keep it for ever; it is sent compressed."""
    url = load_assets().urls[name]
    with studio_site.stranger() as client:
        served = client.get(url, headers={"accept-encoding": "gzip"})

    assert served.content == (STATIC / name).read_bytes()
    assert served.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert served.headers["content-encoding"] == "gzip"
    assert hashlib.sha256(served.content).hexdigest()[:16] in url


def test_everything_that_a_page_loads_is_small() -> None:
    """All scripts and styles together leave room for a page below what a page may weigh."""
    assert sum(len(each.packed) for each in load_assets().by_name.values()) < MAX_SENT_BYTES * 0.9


@pytest.mark.parametrize(
    "file", ["studio.css", "manifest.json", "..%2fpages.py", "studio-0000000000000000.css"]
)
def test_other_files_are_not_served(studio_site: StudioSite, file: str) -> None:
    """Only a built file, and only under its whole name."""
    with studio_site.stranger() as client:
        assert client.get(f"/studio/assets/{file}").status_code == 404


def test_htmx_runs_nothing_that_a_page_says(studio_site: StudioSite) -> None:
    """No text of a page becomes code, no style is written into it, and no page is kept in the browser."""
    with studio_site.stranger() as client:
        page = client.get("/studio/sign-in").text
    found = re.search(r"name=\"htmx-config\" content='([^']*)'", page)

    assert found
    told = json.loads(found[1])
    assert (told["allowEval"], told["includeIndicatorStyles"], told["historyCacheSize"]) == (False, False, 0)
