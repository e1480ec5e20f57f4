"""Past candidates, as a recruiter goes through them: correcting, keeping, trying a draft on them, erasing."""

import json
import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.fakes.prompting import ROOT
from tests.fakes.recruiting import signed_in
from tests.fakes.service import Process


def evaluation(service: Process, browser: BrowserContext, candidate: str) -> Page:
    """Have SolidATS send a candidate, and open the evaluation from the list."""
    request = json.loads((ROOT / "fixtures" / "nursing-icu-middling" / "request.json").read_text())
    assert service.post(request | {"candidate_id": candidate}).status_code == 200
    page = signed_in(browser, service).page
    page.get_by_role("link", name="Evaluations", exact=True).click()
    page.get_by_role("link", name=candidate).click()
    page.get_by_role("heading", name=f"Candidate {candidate}").wait_for()
    return page


def test_rating_is_corrected_and_becomes_a_case(service: Process, browser: BrowserContext) -> None:
    """A person's rating and why stand in the record, and the candidate in a cohort."""
    page = evaluation(service, browser, "c-corrected")
    page.get_by_label("Rating, 0 to 100").fill("41")
    page.get_by_label("Why", exact=True).fill("Ventilation was observed, not practised.")
    page.get_by_role("button", name="Record my rating").click()

    expect(page.locator("#own-rating")).to_have_text("a person’s rating: 41")
    expect(page.locator("#corrections")).to_contain_text("Ventilation was observed, not practised.")
    expect(page.locator("#kept-in")).to_have_text("Corrected ratings")


def test_draft_is_tried_on_a_cohort(service: Process, browser: BrowserContext) -> None:
    """A past candidate who was kept is rated by the draft, beside the person's own rating."""
    page = evaluation(service, browser, "c-kept")
    page.get_by_label("Rating, 0 to 100").fill("40")
    page.get_by_label("Why", exact=True).fill("Too little practice.")
    page.get_by_role("button", name="Record my rating").click()
    page.get_by_label(re.compile("Or a new one")).fill("Intensive care")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.locator("#kept-in").get_by_role("link", name="Intensive care").click()
    page.locator("#tries").get_by_role("link", name="Skills and experience").click()
    page.get_by_role("button", name="Run this one").click()

    expect(page.locator("#progress")).to_contain_text("1 of 1 candidates: all that could be rated are.")
    expect(page.locator("#lines tr")).to_contain_text("c-kept")
    expect(page.locator("#lines tr")).to_contain_text("40")


def test_quote_leads_to_its_place_in_the_application(service: Process, browser: BrowserContext) -> None:
    """What a criterion stands on is marked where the candidate wrote it."""
    page = evaluation(service, browser, "c-quoted")
    page.get_by_role("link", name="see quote 1 in its place").first.click()

    expect(page.locator("#place-1 ~ mark").first).to_be_in_viewport()


def test_candidate_is_erased(service: Process, browser: BrowserContext) -> None:
    """What goes is told first, a wrong id erases nobody, and afterwards the candidate is not found."""
    page = evaluation(service, browser, "c-erased")
    page.get_by_role("link", name="Erase…").click()
    expect(page.locator("#removed")).to_contain_text("1 evaluation")
    page.get_by_label("Type c-erased to confirm").fill("c-other")
    page.get_by_role("button", name="Erase this candidate").click()
    expect(page.locator("#candidate-error")).to_contain_text("nothing was erased")
    page.get_by_label("Type c-erased to confirm").fill("c-erased")
    page.get_by_role("button", name="Erase this candidate").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The candidate is erased")
    page.get_by_role("link", name="All evaluations").click()

    expect(page.get_by_role("link", name="c-erased")).to_have_count(0)


def test_search_narrows_the_list(service: Process, browser: BrowserContext) -> None:
    """While it is typed the list shrinks to the candidate, and the address can be kept."""
    page = evaluation(service, browser, "c-searched")
    page.get_by_role("link", name="All evaluations").click()
    page.get_by_label("Search").fill("c-searched")

    expect(page.locator("#count")).to_contain_text("1 evaluation on this page")
    expect(page).to_have_url(re.compile("search=c-searched"))
