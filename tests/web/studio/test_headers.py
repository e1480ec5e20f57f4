"""What every answer of the studio says to browsers, and what it is made of."""

import re
from html.parser import HTMLParser

import pytest

from evaluator.web.studio.assets import load_assets
from tests.fakes.studio import StudioSite, studio_site

__all__ = ["studio_site"]

PAGES = ("/studio/sign-in", "/studio/nothing", "/studio/enter/nothing")
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}


class Tags(HTMLParser):
    """Collects a page's tags with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", PAGES)
def test_page_is_kept_from_other_sites_and_caches(studio_site: StudioSite, path: str) -> None:
    """No page is framed, cached, or lets anything in that the service does not serve."""
    with studio_site.stranger() as client:
        headers = client.get(path).headers

    assert set(headers["content-security-policy"].split("; ")) == POLICY
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert (headers["x-frame-options"], headers["cross-origin-opener-policy"]) == ("DENY", "same-origin")
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
def test_page_holds_no_script_or_style_of_its_own(studio_site: StudioSite, path: str) -> None:
    """The policy would not run them: all are files of the service."""
    with studio_site.stranger() as client:
        tags = Tags(client.get(path).text).found

    assert [tag for tag, _ in tags if tag == "style"] == []
    assert [name for _, attributes in tags for name in attributes if re.match("on|style$", name)] == []
    loaded = [attributes.get("src") for tag, attributes in tags if tag == "script"]
    assert loaded == [load_assets().urls["studio.js"]]


def test_page_says_who_is_signed_in(studio_site: StudioSite) -> None:
    """Name and role stand on every page, beside the way out, and where one is in the areas."""
    with studio_site.client("editor") as client:
        page = client.get("/studio/cohorts").text

    assert '<span>Edgar <span class="badge">editor</span></span>' in page
    assert 'action="/studio/sign-out"' in page
    assert '<a href="/studio/cohorts" aria-current="page">Cohorts</a>' in page


def test_page_is_compressed_for_who_takes_it(studio_site: StudioSite) -> None:
    """A browser gets a page in gzip, and it is the same page."""
    with studio_site.stranger() as client:
        packed = client.get("/studio/sign-in", headers={"accept-encoding": "br, gzip"})
        plain = client.get("/studio/sign-in", headers={"accept-encoding": "gzip;q=0, br"})

    assert (packed.headers["content-encoding"], "content-encoding" in plain.headers) == ("gzip", False)
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert Tags(packed.text).found[0] == Tags(plain.text).found[0]


def test_token_in_a_page_is_another_each_time(studio_site: StudioSite) -> None:
    """What is compressed together with somebody's words does not show by the length what the token is."""
    with studio_site.client() as client:
        tokens = {
            value
            for _ in range(3)
            for _, attributes in Tags(client.get("/studio/packs").text).found
            if attributes.get("name") == "csrf" and (value := attributes.get("value"))
        }

    assert len(tokens) == 3
