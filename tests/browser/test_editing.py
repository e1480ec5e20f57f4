"""Editing a pack as a recruiter does: an error at its line, a weight, the preview, and two people at once."""

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.fakes.recruiting import recruiter, rest, signed_in
from tests.fakes.service import Process


def editor(page: Page, title: str) -> Page:
    """Open a pack from the list, and wait until its preview is drawn."""
    page.get_by_role("link", name=title).click()
    page.locator("#findings").wait_for()
    return page


def write(page: Page, label: str, text: str) -> None:
    """Write at the end of a text, in its editor, as by hand."""
    page.get_by_role("textbox", name=label, exact=True).click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type(text)


def test_broken_template_is_told_at_its_line(service: Process, browser: BrowserContext) -> None:
    """While it is written: beneath the text, at the line's number and in the preview; mended, it is gone."""
    page = editor(signed_in(browser, service).page, "First screen")
    write(page, "Instructions to the model", "{{ candidate_age }")
    expect(page.locator("#system [data-problems]")).to_contain_text(re.compile(r"Line \d+: "))
    expect(page.locator("#system .cm-lint-marker-error")).to_have_count(1)
    expect(page.locator("#findings")).to_contain_text("cannot be used")
    for _ in "{{ candidate_age }}":
        page.keyboard.press("Backspace")

    expect(page.locator("#system [data-problems]")).to_be_empty()
    expect(page.locator("#system .cm-lint-marker-error")).to_have_count(0)


def test_link_of_a_finding_leads_to_its_line(service: Process, browser: BrowserContext) -> None:
    """A person who is told of a line comes to it with one click, and can write there."""
    page = editor(signed_in(browser, service).page, "First screen")
    write(page, "What the model reads", "{{ candidate_age }}")
    page.locator("#findings").get_by_role("link", name=re.compile("user.jinja, line")).first.click()
    page.keyboard.press("End")
    page.keyboard.type("!")

    expect(page.locator("#user .cm-line").last).to_have_text("{{ candidate_age }}!")


def test_weight_moves_the_shares_and_is_saved(service: Process, browser: BrowserContext) -> None:
    """Moving a slider tells each share at once, the rubric's text follows, and the draft is there later."""
    page = editor(signed_in(browser, service).page, "Engineering in depth")
    shares = page.locator("#criteria [data-share]").all_inner_texts()
    slider = page.get_by_label("Weight", exact=True).first
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    moved = page.locator("#criteria [data-share]").all_inner_texts()
    expect(page.locator("#saved")).to_have_text("Saved")
    weight = slider.input_value()
    page.reload()

    assert moved != shares
    assert sum(int(share.removesuffix(" %")) for share in moved) == 100
    expect(page.get_by_label("Weight", exact=True).first).to_have_value(weight)
    expect(page.locator("#draft-state")).to_contain_text("by Paula. Nobody is judged by a draft.")


def test_preview_follows_what_is_written(service: Process, browser: BrowserContext) -> None:
    """Words of a criterion and another candidate are in the prompt beside the editor without a click."""
    page = editor(signed_in(browser, service).page, "Engineering in depth")
    preview = page.locator("#preview-answer")
    page.get_by_label("What it asks for").first.fill("Has kept a bridge from falling.")
    expect(preview).to_contain_text("Has kept a bridge from falling.")
    page.get_by_label("Candidate", exact=True).select_option(label="Intensive care nurse: shows a part of it")

    expect(preview).to_contain_text("Registered Nurse")


def test_second_editor_is_told_who_was_faster(service: Process, browser: BrowserContext) -> None:
    """What the slower one wrote is not lost and not saved; they choose which stays."""
    first = signed_in(browser, service)
    editor(first.page, "Skills and experience")
    second = recruiter(browser)
    second.page.goto(first.page.url)
    second.page.locator("#findings").wait_for()
    first.page.get_by_label("Title of the pack").fill("Skills first")
    expect(first.page.locator("#saved")).to_have_text("Saved")
    second.page.get_by_label("Title of the pack").fill("Experience first")
    expect(second.page.get_by_role("alert")).to_contain_text("Paula saved this draft")
    second.page.get_by_role("button", name="Keep mine").click()
    expect(second.page.locator("#saved")).to_have_text("Saved")
    first.page.reload()
    rest(first)

    expect(first.page.get_by_label("Title of the pack")).to_have_value("Experience first")
