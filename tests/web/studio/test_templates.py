"""Rules that hold for every template of the studio, read as text."""

import re
from pathlib import Path

import pytest

from evaluator.web.studio.assets import load_assets

FOLDER = Path(__file__).parent.parent.parent.parent / "evaluator" / "web" / "studio" / "templates"
each_template = pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.jinja")), ids=lambda path: path.name)

FORBIDDEN = {
    "text that is put in unescaped": r"\|\s*safe\b|autoescape",
    "a style within the page": r"<style|\sstyle\s*=",
    "a script within the page": r"<script(?![^>]*\ssrc=)|\son[a-z]+\s*=|javascript:|\shx-on",
    "text that htmx runs as code": r"hx-(vals|headers|vars)\s*=\s*.(js|javascript):|hx-trigger=\"[^\"]*\[",
    "another host": r"https?://",
}
"""What a template does not hold, by what it would be."""


@each_template
@pytest.mark.parametrize("pattern", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_template_is_free_of_what_the_policy_forbids(path: Path, pattern: str) -> None:
    """Nothing in a template needs a hole in the escaping or in the Content-Security-Policy."""
    assert re.findall(pattern, path.read_text(encoding="utf-8"), re.IGNORECASE) == []


@each_template
def test_assets_that_a_template_loads_are_there(path: Path) -> None:
    """Each style and script that is named was built."""
    named = re.findall(r"asset\(['\"]([^'\"]+)['\"]\)", path.read_text(encoding="utf-8"))

    assert [name for name in named if name not in load_assets().urls] == []


@each_template
def test_form_that_changes_something_carries_the_token(path: Path) -> None:
    """A plain form that is posted holds the token, so that it works without scripts."""
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", path.read_text(encoding="utf-8"), re.DOTALL)

    assert [form[:80] for form in forms if "csrf_field()" not in form] == []
