"""The main way through the studio by keyboard alone: Tab, Enter, and what moves a slider."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.fakes.recruiting import TOKENS, recruiter
from tests.fakes.service import Process

_FOCUSED = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const label = document.getElementById(at.getAttribute("aria-labelledby"))?.innerText;
  const words = [at.getAttribute("aria-label"), label, at.labels?.[0]?.innerText, at.innerText];
  const shown = at.getRootNode().host ?? at;
  if (at !== document.body && getComputedStyle(shown).outlineStyle === "none") return null;
  return { words: (words.find(each => each) ?? "").trim() };
}"""
"""What it is called that has the focus; nothing as long as no outline shows where that is."""

MOST_TABS = 80


def reach(page: Page, name: str, *, key: str = "Tab") -> None:
    """Press Tab until what is called `name` has the focus; each stop on the way can be seen."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        if page.wait_for_function(_FOCUSED).json_value()["words"].startswith(name):
            return
    raise AssertionError(f"no Tab leads to {name!r} on {page.url}")


def press(page: Page, name: str) -> None:
    """Reach what is called `name`, and press it."""
    reach(page, name)
    page.keyboard.press("Enter")


def test_draft_is_tried_and_published_without_a_mouse(service: Process, browser: BrowserContext) -> None:
    """From signing in to the list of versions."""
    browser.clear_cookies()
    page = recruiter(browser).page
    page.goto(f"{service.url}/studio")
    reach(page, "Token")
    page.keyboard.type(TOKENS["publisher"])
    press(page, "Sign in")
    page.get_by_role("heading", name="Packs", level=1).wait_for()
    press(page, "First screen")
    page.locator("#findings").wait_for()
    reach(page, "Weight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#saved")).to_have_text("Saved")
    reach(page, "Try it", key="Shift+Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Try First screen").wait_for()
    press(page, "Run all 8")
    expect(page.locator("#progress")).to_contain_text("8 of 8 candidates: all that could be rated are.")
    press(page, "Publish")
    page.get_by_role("heading", name="Publish First screen").wait_for()
    reach(page, "What changes, and why")
    page.keyboard.type("By keyboard.")
    press(page, "Publish as version 1")

    expect(page.locator("#version-1")).to_contain_text("By keyboard.")


def test_editor_of_texts_lets_tab_go(service: Process, browser: BrowserContext) -> None:
    """Who comes into a text with Tab comes out of it with Tab, to whatever follows."""
    browser.clear_cookies()
    page = recruiter(browser).page
    page.goto(f"{service.url}/studio/packs/default")
    page.get_by_label("Token").fill(TOKENS["editor"])
    page.keyboard.press("Enter")
    page.locator("#findings").wait_for()
    page.get_by_role("textbox", name="Instructions to the model").focus()
    reach(page, "What the model reads")
    reach(page, "Candidate")

    expect(page.get_by_label("Candidate", exact=True)).to_be_focused()


def test_content_is_one_key_away(service: Process, browser: BrowserContext) -> None:
    """The first Tab offers to skip what stands on every page."""
    browser.clear_cookies()
    page = recruiter(browser).page
    page.goto(f"{service.url}/studio/sign-in")
    press(page, "Skip to the content")

    expect(page.locator("#main")).to_be_focused()
