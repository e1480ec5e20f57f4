"""A real browser without a window, for the pages: headless Chromium that asks nothing of its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Visit:
    """An open page, and what happened in it: console messages and errors, and every request made."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def wait_for(self, selector: str, count: int = 1) -> None:
        """Wait until there are at least `count` of what `selector` names; fails where they do not come."""
        self.page.wait_for_selector(f":nth-match({selector}, {count})", state="attached", timeout=20_000)


def chromium() -> str:
    """Return the path of the installed Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "Chromium is not installed, and the pages cannot be tried: apt-get install chromium"
    return found


@contextmanager
def browsing(profile: Path) -> Iterator[BrowserContext]:
    """Start a browser and end it; `profile` is a folder that does not exist yet."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium(), args=_ARGUMENTS
        )
        yield browser
        browser.close()


def tab(browser: BrowserContext, *, width: int = 1280, dark: bool = False) -> Visit:
    """Open an empty tab, `width` pixels wide, which writes down what happens in it."""
    visit = Visit(browser.new_page())
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.page.emulate_media(color_scheme="dark" if dark else "light")
    visit.page.on("request", lambda request: visit.requests.append(request.url))
    visit.page.on("console", lambda message: visit.complaints.append(message.text))
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    return visit


def visited(browser: BrowserContext, file: Path, *, width: int = 1280, dark: bool = False) -> Visit:
    """Open a file in a new tab."""
    visit = tab(browser, width=width, dark=dark)
    visit.page.goto(file.as_uri())
    return visit
