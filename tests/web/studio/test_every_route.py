"""What holds for every route of the studio: a role that it asks for, and a token with every change."""

import re
from collections.abc import Iterator

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from evaluator.studio.people import ROLES
from evaluator.web.studio.assets import load_assets
from evaluator.web.studio.guards import Needs
from tests.fakes.studio import StudioSite, studio_site

__all__ = ["studio_site"]

OPEN = {"/studio/sign-in", "/studio/enter/{once:str}", "/studio/assets/{file:str}"}
"""Routes for those who are not signed in."""

FOR_ALL = {"/studio/sign-in", "/studio/sign-out", "/studio/welcome/dismiss"}
"""Routes that change nothing but what the caller's own browser holds, and their session."""

MAX_SENT_BYTES = 300_000

Route = tuple[str, str, HTTPRouteHandler]


@pytest.fixture
def routes(studio_site: StudioSite) -> list[Route]:
    """Every route of the studio: its path, its method and its handler."""
    return [*routes_of(studio_site)]


def routes_of(site: StudioSite) -> Iterator[Route]:
    """Yield path, method and handler, without what Litestar answers to OPTIONS by itself."""
    for route in site.app().routes:
        if isinstance(route, HTTPRoute) and re.match("/studio(/|$)", route.path):
            for handler in route.route_handlers:
                yield from (
                    (route.path, method, handler) for method in handler.http_methods if method != "OPTIONS"
                )


def role_of(handler: HTTPRouteHandler) -> str | None:
    """Return the role that a handler asks for; None where it asks for none."""
    roles = [guard.role for guard in handler.resolve_guards() if isinstance(guard, Needs)]
    return max(roles, key=ROLES.index, default=None)


def url_of(path: str) -> str:
    """Return a URL that a route takes."""
    return re.sub(r"\{\w+:(\w+)\}", lambda found: "1" if found[1] == "int" else "default", path)


def changing(routes: list[Route]) -> list[tuple[str, str]]:
    """Return method and URL of every route that changes something."""
    return [(method, url_of(path)) for path, method, _ in routes if method not in ("GET", "HEAD")]


def test_every_route_asks_for_a_role(routes: list[Route]) -> None:
    """No page is seen by whoever is not signed in, but those that let them in."""
    assert {path for path, _, handler in routes if role_of(handler) is None} == OPEN


def test_every_change_asks_for_more_than_seeing(routes: list[Route]) -> None:
    """A viewer changes nothing but their own session."""
    changes = [(path, role_of(handler)) for path, method, handler in routes if method not in ("GET", "HEAD")]

    assert {path for path, role in changes if role in (None, "viewer")} == FOR_ALL


def test_no_change_is_made_by_asking_for_a_page(routes: list[Route]) -> None:
    """What asks for more than seeing, apart from forms that lead to a change, is no GET."""
    assert {method for _, method, _ in routes} <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}


def test_every_change_needs_the_token(studio_site: StudioSite, routes: list[Route]) -> None:
    """A publisher's cookie alone changes nothing, nor does a token of another session."""
    with studio_site.client("publisher") as other, studio_site.client("publisher", csrf=False) as client:
        wrong = {"x-csrf-token": other.headers["x-csrf-token"]}
        for method, url in changing(routes):
            assert (url, client.request(method, url).status_code) == (url, 403)
            assert (url, client.request(method, url, headers=wrong).status_code) == (url, 403)


def test_every_change_is_refused_to_a_viewer(studio_site: StudioSite, routes: list[Route]) -> None:
    """With a cookie and a token of a viewer, every change is refused."""
    with studio_site.client("viewer") as client:
        for method, url in changing(routes):
            if url not in FOR_ALL:
                assert (url, client.request(method, url).status_code) == (url, 403)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "http://[x"},
    ],
)
def test_every_change_is_refused_from_another_site(
    studio_site: StudioSite, routes: list[Route], headers: dict[str, str]
) -> None:
    """A browser that says that another site asks changes nothing, whatever it sends."""
    with studio_site.client("publisher") as client:
        for method, url in changing(routes):
            assert (url, client.request(method, url, headers=headers).status_code) == (url, 403)


def test_stranger_sees_and_changes_nothing(studio_site: StudioSite, routes: list[Route]) -> None:
    """Without a session a page leads to the sign-in, and a change is refused."""
    with studio_site.stranger() as client:
        for path, method, _ in routes:
            if path not in OPEN:
                answer = client.request(method, url_of(path))
                assert (path, answer.status_code) == (path, 303 if method == "GET" else 403)
                assert answer.headers.get("location", "/studio/sign-in").startswith("/studio/sign-in")


def test_every_page_is_kept_from_caches_and_other_sites(studio_site: StudioSite, routes: list[Route]) -> None:
    """Whatever is answered, a page or why there is none, comes with the same policy and stays in no cache."""
    with studio_site.client("publisher") as client:
        for path, method, _ in routes:
            if method == "GET" and path not in OPEN:
                answer = client.get(url_of(path))
                policy = answer.headers["content-security-policy"]
                assert (path, answer.headers["cache-control"]) == (path, "no-store")
                assert (path, "default-src 'none'" in policy, "unsafe" in policy) == (path, True, False)


def test_every_page_is_light(studio_site: StudioSite, routes: list[Route]) -> None:
    """A page with all that it loads is under 300 kB as it is sent."""
    assets = load_assets()
    sizes = {url: len(assets.by_name[url.rpartition("/")[2]].packed) for url in assets.urls.values()}
    with studio_site.client("publisher") as client:
        for path in {path for path, method, _ in routes if method == "GET" and path not in OPEN}:
            page = client.get(url_of(path))
            loaded = sum(size for url, size in sizes.items() if url in page.text)
            assert (path, int(page.headers.get("content-length", 0)) + loaded < MAX_SENT_BYTES) == (
                path,
                True,
            )
