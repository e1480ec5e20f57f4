"""Signing in and out, as somebody does who opens the page: by a token, and by a link that is good once."""

from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.fakes.recruiting import NAMES, TOKENS, recruiter, studio_service
from tests.fakes.service import Process


def test_token_opens_the_studio(service: Process, browser: BrowserContext) -> None:
    """A wrong token is told; the right one leads to the page that was asked for, under one's name."""
    page = recruiter(browser).page
    page.goto(f"{service.url}/studio/cohorts")
    page.get_by_label("Token").fill("a wrong one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("This token is not known")
    page.get_by_label("Token").fill(TOKENS["editor"])
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Cohorts")
    expect(page.get_by_role("banner")).to_contain_text(f"{NAMES['editor']} editor")


def test_signing_out_closes_the_studio(service: Process, browser: BrowserContext) -> None:
    """Afterwards no page is shown, also not by going back."""
    page = recruiter(browser).page
    page.goto(f"{service.url}/studio")
    if page.get_by_label("Token").count():
        page.get_by_label("Token").fill(TOKENS["viewer"])
        page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in to the studio").wait_for()
    page.go_back()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to the studio")


def test_link_opens_the_studio_once(browser: BrowserContext, tmp_path: Path) -> None:
    """Without a token, a link that the service prints signs a publisher in; then it opens nothing."""
    browser.clear_cookies()
    page = recruiter(browser).page
    with studio_service(tmp_path, by_token=False) as service:
        assert service.process.stdout is not None
        line = service.process.stdout.readline().decode()
        link = next(word for word in line.split() if word.startswith("http://"))
        page.goto(link)
        expect(page.get_by_role("banner")).to_contain_text("publisher")
        browser.clear_cookies()
        page.goto(link)

        expect(page.get_by_role("heading", level=1)).to_have_text("This link opens nothing any more")
