"""From a changed weight to a published version and back, as a recruiter goes."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.fakes.recruiting import signed_in
from tests.fakes.service import Process


def changed(page: Page, title: str) -> Page:
    """Open a pack, give its first criterion more weight, and wait until that is saved."""
    page.get_by_role("link", name=title).click()
    page.locator("#findings").wait_for()
    slider = page.get_by_label("Weight", exact=True).first
    slider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#saved")).to_have_text("Saved")
    return page


def run_all(page: Page) -> Page:
    """Try the open pack's draft on all samples, and wait until they are rated."""
    page.get_by_role("link", name="Try it").click()
    expect(page.locator("#told")).to_contain_text("It costs nothing")
    page.get_by_role("button", name="Run all 8").click()
    expect(page.locator("#progress")).to_contain_text("8 of 8 candidates: all that could be rated are.")
    return page


def published(page: Page, note: str) -> Page:
    """Publish the open pack's draft with a note, and wait for the list of its versions."""
    page.get_by_role("navigation", name="Pages of").get_by_role("link", name="Publish").click()
    page.get_by_label("What changes, and why").fill(note)
    page.get_by_role("button", name="Publish as version").click()
    page.get_by_role("heading", name="Versions of").wait_for()
    return page


def test_samples_stand_beside_what_is_published(service: Process, browser: BrowserContext) -> None:
    """All are rated by both, in the order of their change, and a sentence says what came of it."""
    page = run_all(changed(signed_in(browser, service).page, "First screen"))
    rows = page.locator("#lines tr")

    expect(rows).to_have_count(8)
    expect(page.locator("#summary")).not_to_be_empty()
    expect(page.locator("#offline")).to_contain_text("It is no model")
    expect(page.get_by_role("columnheader")).to_have_text(
        ["Candidate", "Draft", "Published", "Change", "Your rating", "Status and flags"]
    )


def test_candidate_of_a_run_is_shown_in_full(service: Process, browser: BrowserContext) -> None:
    """Both sides with what each criterion gave, and a quote's link leads to its place in the CV."""
    page = run_all(changed(signed_in(browser, service).page, "First screen"))
    page.get_by_role("link", name="Intensive care nurse: shows what the job asks for").click()
    page.get_by_role("link", name="see quote 1 in its place").first.click()

    expect(page.locator("#side-1 h3").first).to_be_visible()
    expect(page.locator("#side-2 h3").first).to_be_visible()
    assert page.url.endswith("#place-1")
    expect(page.locator("#place-1 ~ mark").first).to_be_in_viewport()


def test_version_is_published_compared_and_taken_back(service: Process, browser: BrowserContext) -> None:
    """The note and what changed stand beside each version, and going back is one click."""
    page = run_all(changed(signed_in(browser, service).page, "Engineering in depth"))
    page.get_by_role("link", name="Publish", exact=True).click()
    expect(page.get_by_role("region", name="What the last run")).to_contain_text("8 candidates")
    published(page, "Designing counts for more.")
    expect(page.locator("#version-1")).to_contain_text("Designing counts for more.")
    page.get_by_role("link", name="Version 1").click()
    expect(page.locator("main")).to_contain_text("weight")
    page.go_back()
    page.get_by_role("button", name="Restore the files").click()

    expect(page.locator("#version-2")).to_contain_text("judges now")
    expect(page.locator("#version-1 .badge")).to_have_count(0)


def test_published_version_judges_the_next_candidate(service: Process, browser: BrowserContext) -> None:
    """Within seconds, without a new start."""
    page = published(changed(signed_in(browser, service).page, "Skills and experience"), "Tasks first.")

    expect(page.locator("#version-1")).to_contain_text("judges now")


def test_viewer_finds_nothing_to_change(service: Process, browser: BrowserContext) -> None:
    """A pack is shown, and no page offers what its reader may not do."""
    page = signed_in(browser, service, "viewer").page
    page.get_by_role("link", name="Skills and experience").click()

    expect(page.locator("main").get_by_role("button")).to_have_text(["Show"])
    expect(page.locator("main").get_by_role("slider")).to_have_count(0)
    expect(page.locator("#criteria")).to_contain_text("Experience with this job's tasks")
