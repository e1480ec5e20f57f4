"""Takes the pictures of the studio for the README and the recruiter's guide: `make pictures`.

A real service with the offline rater, used as the guide tells it; each picture is what a window shows.
"""

import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.test_editing import write
from tests.browser.test_publishing import published, run_all
from tests.fakes.browser import browsing
from tests.fakes.prompting import ROOT
from tests.fakes.recruiting import PATIENCE_MS, signed_in, studio_service
from tests.fakes.service import Process

CANDIDATES = (
    ("nursing-icu-strong", 88, "Runs ventilated patients alone, at night too."),
    ("nursing-icu-middling", 44, "Ventilation was watched, not practised."),
    ("nursing-icu-weak", 12, "No time on an intensive care unit."),
)
"""Who was rated, what a person says of them, and why."""

COHORT = "Intensive care, spring"
WIDTH, HEIGHT, PHONE = 1000, 740, (375, 720)


def main(folder: Path) -> None:
    """Use the studio, and write a picture of each of its parts into `folder`."""
    expect.set_options(timeout=PATIENCE_MS)
    with (
        tempfile.TemporaryDirectory() as kept,
        studio_service(Path(kept)) as service,
        browsing(Path(kept) / "profile") as browser,
    ):
        page = signed_in(browser, service, width=WIDTH).page
        _keep_candidates(page, service)
        _take(page, folder, service)


def _keep_candidates(page: Page, service: Process) -> None:
    """Have candidates rated, correct each rating, and keep all in a cohort."""
    for name, rating, why in CANDIDATES:
        request = json.loads((ROOT / "fixtures" / name / "request.json").read_text())
        service.post(request)
        page.goto(f"{service.url}/studio/evaluations?search={request['candidate_id']}")
        page.locator("#rows a").first.click()
        page.get_by_label("Rating, 0 to 100").fill(str(rating))
        page.get_by_label("Why", exact=True).fill(why)
        page.get_by_role("button", name="Record my rating").click()
        page.get_by_label("Or a new one").fill(COHORT)
        page.get_by_role("button", name="Keep", exact=True).click()
        page.locator("#kept-in").get_by_role("link", name=COHORT).wait_for()


def _take(page: Page, folder: Path, service: Process) -> None:
    address = f"{service.url}/studio/packs/default"
    page.goto(address)
    page.locator("#findings").wait_for()
    _error(page, folder)
    _weigh(page)
    _picture(page, folder, "editor", at="#criteria", height=860)
    _picture(run_all(page), folder, "run", height=1000)
    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_label("What changes, and why").fill("On the ward, what somebody has done alone says most.")
    _picture(page, folder, "publish")
    _picture(published(page, "On the ward, what somebody has done alone says most."), folder, "versions")
    _weigh(page, address)
    page.goto(f"{address}/try?of=cohort:{COHORT}")
    _picture(page, folder, "try")
    page.goto(f"{service.url}/studio/packs")
    _picture(page, folder, "packs")
    page.goto(f"{service.url}/studio/cohorts/{COHORT}")
    _picture(page, folder, "cohort")
    page.get_by_role("link", name="c-2026-00823").click()
    _picture(page, folder, "evaluation", at="#criteria")
    _picture(page, folder, "phone", at="#criteria", width=PHONE[0], height=PHONE[1])


def _weigh(page: Page, address: str = "") -> None:
    """Give the tasks of the job more weight, and wait until that is saved and the preview drawn."""
    if address:
        page.goto(address)
        page.locator("#findings").wait_for()
    page.get_by_label("Weight", exact=True).first.focus()
    for _ in range(15):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#saved")).to_have_text("Saved")


def _error(page: Page, folder: Path) -> None:
    """Take the picture of an error at its line, and mend it."""
    write(page, "Instructions to the model", "Prefer native speakers. {{ candidate_age }}")
    expect(page.locator("#system [data-problems]")).to_contain_text("Line")
    expect(page.locator("#saved")).to_have_text("Saved")
    _picture(page, folder, "error", at="#system [data-problems]", end=True, height=640)
    page.get_by_role("button", name="Throw the draft away").evaluate("each => each.form.submit()")
    page.locator("#findings").wait_for()


def _picture(
    page: Page,
    folder: Path,
    name: str,
    *,
    at: str = "",
    end: bool = False,
    width: int = WIDTH,
    height: int = HEIGHT,
) -> None:
    """Write what a window of this size shows: from what `at` names on, or with that at its end."""
    page.set_viewport_size({"width": width, "height": height})
    scroll = "([at, top]) => at ? document.querySelector(at).scrollIntoView(top) : scrollTo(0, 0)"
    page.evaluate(scroll, [at, not end])
    page.wait_for_timeout(500)  # sliders and highlights move for a moment
    page.screenshot(path=folder / f"studio-{name}.png", animations="disabled", caret="hide")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
