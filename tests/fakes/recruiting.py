"""A recruiter at the studio: a real service on this machine, and headless Chromium in front of it.

with studio_service(folder) as service:              # `evaluator serve` with the offline rater
    service.post(request)                            # as SolidATS does
    visit = signed_in(browser, service)              # a tab in which a publisher is signed in
    visit.page.goto(f"{service.url}/studio/cohorts")
    violations(visit)                                # what axe-core finds on the page
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext

from tests.fakes.browser import Visit, tab
from tests.fakes.callback import FakeCallback
from tests.fakes.service import Process, Service

AXE = Path(__file__).parents[1] / "browser" / "axe-core" / "axe.min.js"
"""The checks of accessibility, unmodified from npm; `make assets` puts them there."""

NAMES = {"publisher": "Paula", "editor": "Edgar", "viewer": "Vera"}
TOKENS = {role: f"token-of-the-{role}-for-tests" for role in NAMES}
PATIENCE_MS = 60_000
"""Milliseconds that a page may take on a busy machine before a test fails."""

_GRAVE = ("serious", "critical")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN_AXE = "rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })"


@contextlib.contextmanager
def studio_service(folder: Path, *, by_token: bool = True) -> Iterator[Process]:
    """Serve with the offline rater and a callback that takes everything; without a token, by a link."""
    accounts = ",".join(f"{name}:{role}:{TOKENS[role]}" for role, name in NAMES.items())
    with FakeCallback() as callback:
        given = {"studio_tokens": accounts} if by_token else {}
        with Service(folder, "offline", callback.url, settings=given).serving() as process:
            yield process


def signed_in(
    browser: BrowserContext,
    service: Process,
    role: str = "publisher",
    *,
    width: int = 1280,
    dark: bool = False,
) -> Visit:
    """Return a tab on the first page, signed in; whoever was signed in before in this browser is not."""
    browser.clear_cookies()
    visit = recruiter(browser, width=width, dark=dark)
    visit.page.goto(f"{service.url}/studio")
    visit.page.get_by_label("Token").fill(TOKENS[role])
    visit.page.get_by_role("button", name="Sign in").click()
    visit.page.get_by_role("heading", name="Packs", level=1).wait_for()
    return visit


def recruiter(browser: BrowserContext, *, width: int = 1280, dark: bool = False) -> Visit:
    """Return an empty tab that waits long enough for a busy machine."""
    visit = tab(browser, width=width, dark=dark)
    visit.page.set_default_timeout(PATIENCE_MS)
    return visit


def violations(visit: Visit) -> list[str]:
    """Return what axe-core finds serious or critical on the open page, each with the elements concerned."""
    visit.page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = visit.page.evaluate(_RUN_AXE, _RULES)["violations"]
    return [
        f"{each['id']}: {' | '.join(node['html'][:200] for node in each['nodes'])}"
        for each in found
        if each["impact"] in _GRAVE
    ]


def strangers(visit: Visit) -> set[str]:
    """Return the hosts that were asked for anything but the one of the open page."""
    own = urlsplit(visit.page.url).netloc
    asked = {urlsplit(url).netloc for url in visit.requests if not url.startswith("data:")}
    return asked - {own}


def overflow(visit: Visit) -> int:
    """Return by how many pixels the document is wider than its window."""
    width: int = visit.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


def rest(visit: Visit) -> None:
    """Wait until the page has asked for nothing for half a second; not for a page that follows a run."""
    visit.page.wait_for_load_state("networkidle")
