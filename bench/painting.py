"""How soon a page of the studio is painted, and what it weighs as it is sent.

In headless Chromium, with nothing cached, as somebody opens it for the first time.
"""

import json
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from bench.aims import Aim
from bench.figures import median, percentile
from bench.processes import Server, ServerFailed, running
from bench.report import table
from bench.requests import Request
from tests.fakes.browser import ARGUMENTS, chromium

MOST_MS = 1_000
"""Milliseconds in which something of a page must be painted."""

MOST_BYTES = 300_000
"""Bytes of a page with all that it loads, as sent."""

PACK = "/studio/packs/default"
PAGES: Mapping[str, str] = {
    "packs": "/studio/packs",
    "editor": PACK,
    "try it": f"{PACK}/try",
    "publish": f"{PACK}/publish",
    "versions": f"{PACK}/versions",
    "evaluations": "/studio/evaluations",
    "cohorts": "/studio/cohorts",
}
"""Pages that are there in every studio; one evaluation and one run are found in it."""

_TOKEN = "a-token-of-the-bench-for-the-studio"  # noqa: S105 - a service of this run alone
_FIGURES = """() => {
  const entries = ["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind));
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return paint && [paint.startTime, entries.reduce((sum, each) => sum + each.transferSize, 0)];
}"""


@dataclass(frozen=True, slots=True)
class Painted:
    """One page: milliseconds to its first paint, each time, and its bytes as sent."""

    page: str
    ms: Sequence[float]
    sent_bytes: int


def measure(requests: Sequence[Request], runs: int) -> list[Painted]:
    """Open every page `runs` times, in a studio in which `requests` were rated; raises ServerFailed."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        environment = {"EVALUATOR_DATA_DIR": str(Path(folder) / "data"), "EVALUATOR_STUDIO_TOKEN": _TOKEN}
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        with running("the studio", ["evaluator", "serve", "--port", "0"], environment) as server:
            for request in requests:
                _post(server, request)
            page = _signed_in(server, browser)
            pages, state = {**PAGES, **_found(server, page)}, page.context.storage_state()
            measured = [
                _painted(name, [_once(server.url + path, browser, state) for _ in range(runs)])
                for name, path in pages.items()
            ]
        browser.close()
    return measured


def _post(server: Server, request: Request) -> None:
    """Have a request rated."""
    body = json.dumps(request).encode()
    asked = urllib.request.Request(  # noqa: S310 - our own server
        f"{server.url}/webhook/assessment", body, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - our own server
        if answer.status != 200:
            raise ServerFailed(f"the studio's service answered {answer.status}")


def _signed_in(server: Server, browser: Browser) -> Page:
    page = browser.new_page()
    page.goto(f"{server.url}/studio/sign-in")
    page.get_by_label("Token").fill(_TOKEN)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/studio/packs")
    return page


def _found(server: Server, page: Page) -> dict[str, str]:
    """Return the addresses of an evaluation, and of a run of all samples that is done."""
    page.goto(f"{server.url}/studio/evaluations")
    evaluation = page.locator("#rows a").first.get_attribute("href") or ""
    page.goto(f"{server.url}{PACK}/try")
    page.get_by_role("button", name="Run all").click()
    page.get_by_text("all that could be rated are").wait_for(timeout=60_000)
    run = page.url.removeprefix(server.url)
    return {"an evaluation": evaluation, "a run": run, "a candidate of a run": f"{run}/1"}


def _once(url: str, browser: Browser, state: StorageState) -> tuple[float, int]:
    """Open a page with nothing cached, and return milliseconds to its first paint and bytes."""
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    page.goto(url, wait_until="load")
    ms, sent = page.wait_for_function(_FIGURES).json_value()
    context.close()
    return ms, sent


def _painted(name: str, found: Sequence[tuple[float, int]]) -> Painted:
    return Painted(name, [ms for ms, _ in found], max(sent for _, sent in found))


def aims(found: Sequence[Painted]) -> list[Aim]:
    """Return what was aimed at, and whether it was reached."""
    slowest = max(found, key=lambda each: median(each.ms))
    heaviest = max(found, key=lambda each: each.sent_bytes)
    ms, sent = median(slowest.ms), heaviest.sent_bytes
    return [
        Aim(f"a page is painted within {MOST_MS} ms", f"{ms:.0f} ms, {slowest.page}", ms <= MOST_MS),
        Aim(
            f"a page weighs at most {MOST_BYTES // 1000} kB as sent, with all that it loads",
            f"{sent / 1000:.0f} kB, {heaviest.page}",
            sent <= MOST_BYTES,
        ),
    ]


def as_json(found: Sequence[Painted]) -> dict[str, Any]:
    """Return everything as plain data, with the aims."""
    return {"painted": [asdict(each) for each in found], "aims": [asdict(aim) for aim in aims(found)]}


def lines(found: Sequence[Painted]) -> Iterator[str]:
    """Yield the report, line by line."""
    title = "Pages of the studio in Chromium, nothing cached: time to the first paint, and bytes as sent"
    yield from ("", title, "─" * len(title))
    rows = [
        (
            each.page,
            f"{median(each.ms):.0f}",
            f"{percentile(each.ms, 95):.0f}",
            f"{each.sent_bytes / 1000:.0f}",
            str(len(each.ms)),
        )
        for each in found
    ]
    yield from table(("", "median ms", "p95 ms", "kB", "runs"), rows)
    for aim in aims(found):
        yield f"{'reached   ' if aim.reached else 'fell short'}  {aim.aim}: {aim.figure}"
