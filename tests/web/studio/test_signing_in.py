"""Signing in to the studio and out of it, and what keeps others out."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from evaluator.studio.accounts import LOCKOUT, SESSION_S
from evaluator.web.studio.visits import SESSION_COOKIE
from tests.fakes.studio import TOKENS, StudioSite, form_token, open_site, studio_site
from tests.fakes.web import client_of

__all__ = ["open_site", "studio_site"]

HOME = "/studio/packs"
HERE = "/studio"


def signing_in(client: TestClient[Litestar], token: str = TOKENS["viewer"], **fields: str) -> Any:
    """Send the form with a token, from the address that `x-forwarded-for` names where one is given."""
    peer = fields.pop("peer", None)
    headers = {"x-forwarded-for": peer} if peer else {}
    sent = {"token": token, "csrf": form_token(client), **fields}
    return client.post("/studio/sign-in", data=sent, headers=headers)


def is_in(client: TestClient[Litestar]) -> bool:
    """Tell whether a client may see pages."""
    return bool(client.get(HERE).headers["location"] == HOME)


def test_token_opens_the_studio(studio_site: StudioSite) -> None:
    """Whoever has a token is led to the page that they asked for."""
    with studio_site.stranger() as client:
        entered = signing_in(client, next="/studio/cohorts?sort=name")

        assert (entered.status_code, entered.headers["location"]) == (303, "/studio/cohorts?sort=name")
        assert is_in(client)


def test_forms_in_several_tabs_all_sign_in(studio_site: StudioSite) -> None:
    """Opening another form does not make the first one useless."""
    with studio_site.stranger() as client:
        sent = {"token": TOKENS["viewer"], "csrf": form_token(client)}
        client.get("/studio/sign-in")

        assert client.post("/studio/sign-in", data=sent).status_code == 303


def test_browser_without_cookies_is_told(studio_site: StudioSite) -> None:
    """A form that comes without its cookie is refused, and the page says that the cookie is missing."""
    with studio_site.stranger() as client:
        sent = {"token": TOKENS["viewer"], "csrf": form_token(client)}
        client.cookies.clear()
        refused = client.post("/studio/sign-in", data=sent)

    assert (refused.status_code, "sent no cookie of the studio" in refused.text) == (403, True)


@pytest.mark.parametrize(
    "asked", ["//evil.example", "https://evil.example/studio/", "/webhook", "/studio/../x"]
)
def test_sign_in_leads_nowhere_else(studio_site: StudioSite, asked: str) -> None:
    """A page outside the studio is not gone to, whatever the form says."""
    with studio_site.stranger() as client:
        assert signing_in(client, next=asked).headers["location"] == HOME


def test_stranger_is_sent_to_sign_in_and_back(studio_site: StudioSite) -> None:
    """A page that asks for somebody leads to the form, which knows where they wanted to go."""
    with studio_site.stranger() as client:
        sent = client.get("/studio?from=mail")
        assert (sent.status_code, sent.headers["location"]) == (
            303,
            "/studio/sign-in?next=%2Fstudio%3Ffrom%3Dmail",
        )


@pytest.mark.parametrize("token", ["", "wrong", TOKENS["viewer"] + "x", TOKENS["viewer"][:-1], "Schlüssel"])
def test_wrong_token_opens_nothing(studio_site: StudioSite, token: str) -> None:
    """A token that is not known gets the form again, with a sentence that says so."""
    with studio_site.stranger() as client:
        refused = signing_in(client, token)

        assert (refused.status_code, "This token is not known" in refused.text) == (403, True)
        assert not is_in(client)


def test_repeated_failures_lock_an_address_out(studio_site: StudioSite) -> None:
    """After five wrong tokens the right one is not taken either, until the time told is over."""
    with studio_site.stranger() as client:
        statuses = [signing_in(client, "wrong").status_code for _ in range(LOCKOUT.per_peer)]
        assert statuses == [403, 403, 403, 403, 429]

        studio_site.clock.advance(600)
        refused = signing_in(client)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "300")
        assert "closed for another 5 minutes" in refused.text

        studio_site.clock.advance(300)
        assert signing_in(client).status_code == 303


def test_lock_out_of_one_address_leaves_others_in(studio_site: StudioSite) -> None:
    """Who comes from elsewhere may sign in, and who is signed in stays so."""
    with studio_site.client("viewer") as signed_in, studio_site.stranger() as client:
        for _ in range(LOCKOUT.per_peer):
            signing_in(client, "wrong", peer="203.0.113.7")

        assert signing_in(client, peer="203.0.113.7").status_code == 429
        assert signing_in(client, peer="203.0.113.8").status_code == 303
        assert is_in(signed_in)


def test_guessing_from_many_addresses_is_bounded(studio_site: StudioSite) -> None:
    """However many addresses somebody has, only so many tokens are looked at."""
    with studio_site.stranger() as client:
        statuses = {
            signing_in(client, "wrong", peer=f"203.0.113.{at}").status_code
            for at in range(LOCKOUT.overall - 1)
        }
        assert statuses == {403}

        assert signing_in(client, "wrong", peer="198.51.100.1").status_code == 429
        assert signing_in(client, peer="198.51.100.2").status_code == 429


def test_addresses_of_one_site_count_as_one(studio_site: StudioSite) -> None:
    """An IPv6 network of one site has more addresses than anyone can count to."""
    with studio_site.stranger() as client:
        for at in range(LOCKOUT.per_peer):
            refused = signing_in(client, "wrong", peer=f"2001:db8:0:1::{at:x}")

        assert refused.status_code == 429


def test_session_ends_by_itself(studio_site: StudioSite) -> None:
    """After twelve hours somebody signs in again."""
    with studio_site.client() as client:
        studio_site.clock.advance(SESSION_S - 1)
        assert is_in(client)

        studio_site.clock.advance(1)
        assert not is_in(client)


def test_sign_out_ends_the_session(studio_site: StudioSite) -> None:
    """The cookie is dropped, and whoever kept a copy of it is out as well."""
    with studio_site.client() as client:
        kept = client.cookies[SESSION_COOKIE]
        assert client.post("/studio/sign-out").headers["location"] == "/studio/sign-in"
        assert SESSION_COOKIE not in client.cookies

    with studio_site.stranger(cookies={SESSION_COOKIE: kept}) as client:
        assert not is_in(client)


@pytest.mark.parametrize("base_url", ["http://testserver.local", "https://testserver.local"])
def test_cookie_is_kept_from_scripts_and_other_sites(studio_site: StudioSite, base_url: str) -> None:
    """No script reads the cookie, no other site sends it along with a form, and behind TLS it stays there."""
    with studio_site.stranger(base_url=base_url) as client:
        flags = signing_in(client).headers["set-cookie"].split("; ")[1:]

    secure = ["Secure"] if base_url.startswith("https") else []
    assert sorted(flags) == sorted(["HttpOnly", "Max-Age=43200", "Path=/studio", "SameSite=lax", *secure])


def test_cookie_is_secure_where_a_proxy_ends_tls(studio_site: StudioSite) -> None:
    """A proxy says how the browser came."""
    with studio_site.stranger() as client:
        form = client.get("/studio/sign-in", headers={"x-forwarded-proto": "https"})

    assert "; Secure" in form.headers["set-cookie"]


def test_secrets_are_not_in_the_database(studio_site: StudioSite) -> None:
    """Neither a token, nor what the cookie holds, nor an address is stored."""
    with studio_site.stranger() as client:
        signing_in(client, "wrong", peer="203.0.113.7")
    with studio_site.client() as client:
        cookie = client.cookies[SESSION_COOKIE]
    stored = b"".join(path.read_bytes() for path in studio_site.folder.rglob("*") if path.is_file())

    assert b"Paula" in stored
    assert not [each for each in (cookie, TOKENS["publisher"], "203.0.113.7") if each.encode() in stored]


def test_link_opens_once(open_site: StudioSite) -> None:
    """Where there is no token, the link that `serve` prints signs a publisher in, one time."""
    once = open_site.links.new()
    with open_site.stranger() as client, open_site.stranger() as other:
        assert client.get(f"/studio/enter/{once}").headers["location"] == HOME
        assert is_in(client)

        assert other.get(f"/studio/enter/{once}").status_code == 403
        assert not is_in(other)


def test_link_grows_old(open_site: StudioSite) -> None:
    """A link that nobody used for a while opens nothing, and the page says what to do."""
    once = open_site.links.new()
    open_site.clock.advance(900)
    with open_site.stranger() as client:
        refused = client.get(f"/studio/enter/{once}")

    assert (refused.status_code, "Start <code>evaluator serve</code> again" in refused.text) == (403, True)


def test_link_opens_nothing_where_there_is_a_token(studio_site: StudioSite) -> None:
    """With a token the token is needed."""
    with studio_site.stranger() as client:
        assert client.get(f"/studio/enter/{studio_site.links.new()}").status_code == 403


def test_form_without_a_token_says_how_it_is_opened(open_site: StudioSite) -> None:
    """Where no token is set there is nothing to type."""
    with open_site.stranger() as client:
        page = client.get("/studio/sign-in")

    assert ("prints a link" in page.text, 'name="token"' in page.text) == (True, False)


@pytest.mark.parametrize("path", ["/studio", "/studio/sign-in", "/studio/packs/default"])
def test_studio_that_is_off_says_how_to_turn_it_on(path: str) -> None:
    """Beyond loopback and without a token every page says so."""
    with client_of() as client:
        page = client.get(path)

    assert (page.status_code, "EVALUATOR_STUDIO_TOKEN" in page.text) == (200, True)
