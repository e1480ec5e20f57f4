"""Every page of a studio in use, in Chromium: quiet, alone, accessible, narrow, and hostile text is text."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from tests.fakes.browser import Visit, browsing
from tests.fakes.prompting import ROOT
from tests.fakes.recruiting import overflow, rest, signed_in, strangers, studio_service, violations
from tests.fakes.studio_pages import UNSEEN, hostile, used

NAMES = (
    "packs",
    "first look",
    "editor",
    "editor without scripts",
    "publish",
    "versions",
    "version",
    "try",
    "run",
    "candidate of a run",
    "evaluations",
    "evaluation",
    "erase",
    "cohorts",
    "cohort",
)
WITH_THE_APPLICATION = ("editor without scripts", "candidate of a run", "evaluation")
"""Pages that show what the candidate wrote."""


@dataclass(frozen=True)
class Site:
    """The addresses of a studio's pages, and a tab in which a publisher is signed in."""

    url: str
    pages: Mapping[str, str]
    visit: Visit

    def open(self, name: str, *, width: int = 1280) -> Visit:
        """Open a page, with everything on it open, and forget what was complained of before."""
        self.visit.complaints.clear()
        self.visit.requests.clear()
        self.visit.page.set_viewport_size({"width": width, "height": 900})
        self.visit.page.goto(self.url + self.pages[name])
        self.visit.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        rest(self.visit)
        return self.visit


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A studio in which everything was used once, by and about people who write hostile things."""
    folder = tmp_path_factory.mktemp("studio")
    request = json.loads((ROOT / "fixtures" / "nursing-icu-middling" / "request.json").read_text())
    with studio_service(folder) as service, browsing(folder / "profile") as browser:
        pages = used(service, hostile(request))
        yield Site(service.url, pages, signed_in(browser, service))


@pytest.mark.parametrize("name", NAMES)
def test_page_is_quiet_and_alone(site: Site, name: str) -> None:
    """Nothing is complained of, and nothing is asked of another host."""
    visit = site.open(name)

    assert (visit.complaints, strangers(visit)) == ([], set())


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_page_is_accessible(site: Site, name: str, dark: bool) -> None:
    """No violation that axe-core calls serious or critical, in light and dark."""
    site.visit.page.emulate_media(color_scheme="dark" if dark else "light")

    assert violations(site.open(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_page_fits_a_phone(site: Site, name: str) -> None:
    """At 375 pixels the document is not wider than its window, and as accessible."""
    visit = site.open(name, width=375)

    assert (overflow(visit), violations(visit)) == (0, [])


@pytest.mark.parametrize("name", NAMES)
def test_hostile_text_is_text(site: Site, name: str) -> None:
    """No script of an application, a note or a pack runs, and characters that nobody sees are numbers."""
    page = site.open(name).page

    assert page.evaluate("window.struck") is None
    assert page.locator("img[src=x], [onload], [onerror]").count() == 0
    assert [f"{ord(sign):X}" for sign in UNSEEN if sign in page.locator("body").inner_text()] == []


@pytest.mark.parametrize("name", WITH_THE_APPLICATION)
def test_hostile_application_is_shown_as_it_was_written(site: Site, name: str) -> None:
    """Tags and template code stand on the page for a person to read."""
    text = site.open(name).page.locator("main").inner_text()

    assert "<script>window.struck = 1</script>" in text
    assert "{{ 7 * 7 }}{% raw %}" in text


def test_pages_are_all(site: Site) -> None:
    """Every page that was used is looked at."""
    assert set(NAMES) == set(site.pages)
