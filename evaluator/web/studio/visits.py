"""Middleware of the studio: who calls, and whether a change comes from a page of ours.

May import `studio` and `web` siblings.
"""

import ipaddress
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType, ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from evaluator.studio.accounts import Accounts, Entered
from evaluator.web.errors import Refused
from evaluator.web.studio import csrf
from evaluator.web.studio.guards import SignInNeeded

SESSION_COOKIE = "evaluator_studio"
"""Holds the secret of a session."""

ENTRY_COOKIE = "evaluator_studio_entry"
"""Holds what the token of the sign-in form is bound to, before there is a session."""

ENTRY_S = 3600
"""Seconds for which a sign-in form may lie open."""

_PATH = "/studio"
_SAFE = ("GET", "HEAD")
_FORMS = (RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a request's cookies say: the secret of its session, or that of the sign-in form."""

    secret: str = field(repr=False)


class Visits:
    """ASGI middleware that sets `request.user`, a Person or None, and refuses forged changes."""

    def __init__(self, app: ASGIApp, accounts: Accounts) -> None:
        """`accounts` tells whose a session is."""
        self._app = app
        self._accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises Refused with 400 or 403, SignInNeeded, or StorageUnavailable."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request: Request[Any, Any, Any] = Request(scope, receive)
        held = request.cookies.get(SESSION_COOKIE, "")
        person = await self._accounts.person_of(held) if held else None
        secret = held if person else request.cookies.get(ENTRY_COOKIE, "")
        scope["user"], scope["auth"] = person, Visit(secret)
        if request.method not in _SAFE:
            await _check_origin(request, secret, expired=bool(held) and person is None)
        await _check_characters(request)
        await self._app(scope, receive, send)


async def _check_origin(request: Request[Any, Any, Any], secret: str, *, expired: bool) -> None:
    """Refuse a change that no page of ours asked for."""
    if not _is_from_here(request):
        raise Refused(403, "This came from a page of another site, so nothing was changed.")
    if secret and csrf.fits(await _sent_token(request), secret):
        return
    if expired:
        raise SignInNeeded
    why = "This page is older than your sign-in" if secret else "Your browser sent no cookie of the studio"
    raise Refused(403, f"{why}, so nothing was changed. Load the page again, then do it again.")


async def _check_characters(request: Request[Any, Any, Any]) -> None:
    """Refuse the character U+0000, which one of our databases keeps and the other does not take at all."""
    said = [request.scope["path"], *(value for _, value in request.query_params.multi_items())]
    if request.method not in _SAFE and request.content_type[0] in _FORMS:
        said += [value for _, value in (await request.form()).multi_items() if isinstance(value, str)]
    if any("\0" in each for each in said):
        raise Refused(
            400,
            "What was sent holds a character that nobody sees and no text needs (U+0000). "
            "Take it out, then do this again.",
        )


async def _sent_token(request: Request[Any, Any, Any]) -> str:
    sent = request.headers.get(csrf.HEADER)
    if sent is None and request.content_type[0] in _FORMS:
        sent = (await request.form()).get(csrf.FIELD)
    return sent if isinstance(sent, str) else ""


def _is_from_here(request: Request[Any, Any, Any]) -> bool:
    """Tell whether the browser says that a page of this site asks; older ones may say nothing.

    `Sec-Fetch-Site` is what the browser found itself, whatever a proxy makes of the host.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:
        return False


def peer_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the address that a request comes from; of IPv6, the network that one site has.

    A proxy on this machine or in a private network is believed about who it asks for.
    """
    direct = connection.scope["client"][0] if connection.scope["client"] else ""
    peer = _address(direct)
    told = connection.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    if peer is not None and peer.is_private and told:
        peer = _address(told) or peer
    if isinstance(peer, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((peer, 64), strict=False))
    return direct if peer is None else str(peer)


def session_cookie(entered: Entered, connection: ASGIConnection[Any, Any, Any, Any]) -> Cookie:
    """Return the cookie of a session that has just begun."""
    return _cookie(SESSION_COOKIE, entered.secret, round(entered.lasts_s), connection)


def entry_cookie(connection: ASGIConnection[Any, Any, Any, Any]) -> Cookie:
    """Return the cookie that a sign-in form goes with; forms in several tabs go with the same."""
    secret = connection.cookies.get(ENTRY_COOKIE) or secrets.token_urlsafe(32)
    return _cookie(ENTRY_COOKIE, secret, ENTRY_S, connection)


def lasting_cookie(
    name: str, value: str, lasts_s: int, connection: ASGIConnection[Any, Any, Any, Any]
) -> Cookie:
    """Return a cookie about how somebody likes the studio, which opens nothing."""
    return _cookie(name, value, lasts_s, connection)


def forget(response: Response[Any], connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Have the browser drop the cookies."""
    for name in (SESSION_COOKIE, ENTRY_COOKIE):
        response.set_cookie(_cookie(name, "", 0, connection))


def _cookie(name: str, value: str, lasts_s: int, connection: ASGIConnection[Any, Any, Any, Any]) -> Cookie:
    return Cookie(
        key=name,
        value=value,
        max_age=lasts_s,
        path=_PATH,
        httponly=True,
        samesite="lax",
        secure=_is_secure(connection),
    )


def _is_secure(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Tell whether the browser speaks TLS, as the request or a proxy says.

    Whoever says so falsely gets a cookie that their own browser does not send back; so anyone is believed.
    """
    told = connection.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return "https" in (told, connection.scope["scheme"])


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
