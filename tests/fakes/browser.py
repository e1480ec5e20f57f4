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

LOW_CONTRAST = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((each) => each / 255)
    .map((each) => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
    .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return rgb("white");
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const low = [];
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || node.closest("script, noscript, svg, option, .hidden")) continue;
    const [one, other] = [light(rgb(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) low.push(`${node.tagName}.${node.className} ${ratio.toFixed(2)}`);
  }
  return low;
}"""
"""Texts whose contrast is less than WCAG 2.2 asks for at level AA (1.4.3)."""


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


def visited(browser: BrowserContext, file: Path, *, width: int = 1280, dark: bool = False) -> Visit:
    """Open a file in a new tab, `width` pixels wide."""
    visit = Visit(browser.new_page())
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.page.emulate_media(color_scheme="dark" if dark else "light")
    visit.page.on("request", lambda request: visit.requests.append(request.url))
    visit.page.on("console", lambda message: visit.complaints.append(message.text))
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.goto(file.as_uri())
    return visit
