"""Errors within the studio: pages in plain words, and fragments for scripts."""

import dataclasses
from typing import cast

import pytest
from litestar import Litestar, Router, get
from litestar.exceptions import ValidationException
from litestar.params import FromPath
from litestar.testing import TestClient
from structlog.testing import capture_logs

from evaluator.errors import ChangedMeanwhile, JobUnknown, SettingsError, StorageUnavailable
from evaluator.storage.studio_sessions import StudioSessions
from evaluator.studio.accounts import Accounts
from evaluator.web.errors import Refused
from evaluator.web.studio.visits import SESSION_COOKIE
from tests.fakes.studio import StudioSite, studio_site

__all__ = ["studio_site"]

HTMX = {"hx-request": "true"}
RAISED: dict[str, Exception] = {
    "broken": RuntimeError("CV of Ann"),
    "setting": SettingsError("EVALUATOR_X: wrong"),
    "storage": StorageUnavailable("disk full at /var/data"),
    "unknown": JobUnknown("no such evaluation"),
    "taken": ChangedMeanwhile("Ben saved this draft at 10:04", by="Ben", at=1.0),
    "unfit": Refused(422, "the weight of criterion 2 is no number"),
    "unread": ValidationException("number: the-secret is no int"),
}


class SessionsAway:
    """Sessions in a database that does not answer."""

    async def get(self, mark: str) -> None:
        """See StudioSessions."""
        raise StorageUnavailable("gone")


def failing(site: StudioSite) -> TestClient[Litestar]:
    """Return a client of a studio in which `/studio/fails/<kind>` raises what RAISED says."""

    @get("/fails/{kind:str}", sync_to_thread=False)
    def fail(kind: FromPath[str]) -> None:
        raise RAISED[kind]

    app = site.app()
    app.register(Router("/studio", route_handlers=[fail]))
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("kind", "status", "said"),
    [
        ("broken", 500, "finds the reason in its log"),
        ("setting", 500, "Whoever runs it finds the reason in its log."),
        ("storage", 503, "The database cannot be reached."),
        ("unknown", 404, "No such evaluation."),
        ("taken", 409, "Ben saved this draft at 10:04."),
        ("unfit", 422, "The weight of criterion 2 is no number."),
        ("unread", 400, "Load it again"),
    ],
)
def test_error_is_a_page_in_plain_words(studio_site: StudioSite, kind: str, status: int, said: str) -> None:
    """Each kind has its status, a heading, what to do, and not a word that was not written for it."""
    with failing(studio_site) as client:
        page = client.get(f"/studio/fails/{kind}")

    assert (page.status_code, said in page.text, page.text.count("<h1>")) == (status, True, 1)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert not [word for word in ("Ann", "EVALUATOR", "/var", "the-secret", "Traceback") if word in page.text]


@pytest.mark.parametrize("kind", sorted(RAISED))
def test_error_is_a_notice_for_a_script(studio_site: StudioSite, kind: str) -> None:
    """What a script asked for comes as a part that goes into the page's live region."""
    with failing(studio_site) as client:
        part = client.get(f"/studio/fails/{kind}", headers=HTMX)

    assert part.text.startswith('<div class="card error" role="alert">')
    assert (part.headers["hx-retarget"], part.headers["hx-reswap"]) == ("#notice", "innerHTML")


def test_unforeseen_error_is_logged_with_its_number(studio_site: StudioSite) -> None:
    """The page bears the number under which the log tells the reason."""
    with capture_logs() as logged, failing(studio_site) as client:
        page = client.get("/studio/fails/broken", headers={"x-request-id": "r-1"})

    assert [line["event"] for line in logged if line["log_level"] == "error"] == ["request broke"]
    assert "Number of the request: r-1" in page.text


def test_unknown_address_is_a_page(studio_site: StudioSite) -> None:
    """A slip in the address leads back, and is not repeated."""
    with studio_site.client() as client:
        page = client.get("/studio/packs-and-more/the-secret")

    assert (page.status_code, "There is nothing here" in page.text) == (404, True)
    assert "the-secret" not in page.text


def test_method_that_is_not_taken_is_a_page(studio_site: StudioSite) -> None:
    """So is what a browser never sends."""
    with studio_site.client() as client:
        page = client.get("/studio/sign-out")

    allowed = sorted(page.headers["allow"].split(", "))
    assert (page.status_code, allowed, "<h1>" in page.text) == (405, ["OPTIONS", "POST"], True)


def test_database_that_is_away_is_told(studio_site: StudioSite) -> None:
    """Where it cannot be asked whose a session is, a page says that the database is away."""
    accounts = Accounts([], cast(StudioSessions, SessionsAway()))
    away = dataclasses.replace(studio_site, studio=dataclasses.replace(studio_site.studio, accounts=accounts))
    with away.stranger(cookies={SESSION_COOKIE: "a-session"}) as client:
        page = client.get("/studio")

    assert (page.status_code, "The database cannot be reached" in page.text) == (503, True)
    assert page.headers["retry-after"]


def test_script_of_somebody_signed_out_is_told(studio_site: StudioSite) -> None:
    """A change after the session's end keeps the page as it is, and says to sign in in another tab."""
    with studio_site.client() as client:
        studio_site.clock.advance(100_000)
        part = client.post("/studio/sign-out", headers=HTMX)

    assert (part.status_code, "Sign in in another tab" in part.text) == (401, True)


def test_script_that_looks_is_led_to_sign_in(studio_site: StudioSite) -> None:
    """A part of a page that nobody may see any more leads the whole page to the sign-in."""
    with studio_site.stranger() as client:
        on = {"hx-current-url": "http://testserver.local/studio/packs?sort=name"}
        part = client.get("/studio", headers=HTMX | on)

    assert part.status_code == 401
    assert part.headers["hx-redirect"] == "/studio/sign-in?next=%2Fstudio%2Fpacks%3Fsort%3Dname"


def test_script_on_a_page_without_an_address_is_led_to_sign_in(studio_site: StudioSite) -> None:
    """What is no address is no page to come back to, and nothing broken."""
    with studio_site.stranger() as client:
        part = client.get("/studio", headers=HTMX | {"hx-current-url": "http://[x"})

    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/studio/sign-in?next=")


@pytest.mark.parametrize("url", ["/studio/cohorts/a%00", "/studio/evaluations?search=%00"])
def test_address_that_no_database_takes_is_told(studio_site: StudioSite, url: str) -> None:
    """PostgreSQL refuses U+0000 in every text; so does the studio, whatever database there is."""
    with studio_site.client() as client:
        page = client.get(url)

    assert (page.status_code, "U+0000" in page.text) == (400, True)


def test_text_that_no_database_takes_is_told(studio_site: StudioSite) -> None:
    """So it is with what a form holds."""
    with studio_site.client() as client:
        page = client.post("/studio/packs/default/publish", data={"note": "a\0b"})

    assert (page.status_code, "U+0000" in page.text) == (400, True)


def test_other_errors_stay_json(studio_site: StudioSite) -> None:
    """Outside the studio nothing has changed."""
    with studio_site.stranger() as client:
        assert client.get("/studios").json()["detail"] == "there is nothing here"
