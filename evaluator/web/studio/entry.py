"""Signing in and out. May import `studio` and `web` siblings."""

import math
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation
from litestar.response import Redirect

from evaluator.studio.accounts import Accounts, Entered, NotEntered
from evaluator.studio.links import LINK_S
from evaluator.studio.studio import Studio
from evaluator.web.studio.guards import needs
from evaluator.web.studio.pages import page
from evaluator.web.studio.visits import Visit, entry_cookie, forget, peer_of, session_cookie
from evaluator.web.trace import note_outcome

HOME = "/studio/packs"
"""The page that somebody comes to first."""

TheStudio = NamedDependency[SkipValidation[Studio]]
"""A handler's parameter `studio`."""


@get("/", guards=[needs("viewer")], include_in_schema=False, sync_to_thread=False)
def home() -> Redirect:
    """Lead to the first page."""
    return Redirect(HOME, status_code=303)


@get("/sign-in", include_in_schema=False, sync_to_thread=False)
def sign_in_form(request: Request[Any, Any, Any], studio: TheStudio) -> Response[Any]:
    """Return the form, or where the studio has no token, how else it is opened."""
    if request.user is not None:
        return Redirect(HOME, status_code=303)
    return _form(request, studio.accounts)


@post("/sign-in", status_code=200, include_in_schema=False)
async def sign_in(request: Request[Any, Any, Any], studio: TheStudio) -> Response[Any]:
    """Open a session and go on to the page that was asked for, or say why not."""
    sent = await request.form()
    token, name = _text(sent.get("token")), _text(sent.get("name"))
    came = await studio.accounts.sign_in(token.strip(), name, peer_of(request))
    if isinstance(came, Entered):
        note_outcome(request.scope, "signed in")
        return _entered(request, came, _own_page(_text(sent.get("next"))))
    note_outcome(request.scope, "locked out" if came.wait_s else "wrong token")
    return _form(request, studio.accounts, came, name=name, next=_text(sent.get("next")))


@get("/enter/{once:str}", include_in_schema=False)
async def enter(request: Request[Any, Any, Any], studio: TheStudio, once: FromPath[str]) -> Response[Any]:
    """Open a session by a link that is good once."""
    came = await studio.accounts.enter(once)
    if came is None:
        return page(
            "link_over.html.jinja", request, status=403, minutes=round(LINK_S / 60), person=None, csrf=""
        )
    note_outcome(request.scope, "signed in")
    return _entered(request, came, HOME)


@post("/sign-out", guards=[needs("viewer")], include_in_schema=False, status_code=303)
async def sign_out(request: Request[Any, Any, Any], studio: TheStudio) -> Redirect:
    """End the session."""
    await studio.accounts.sign_out(request.auth.secret)
    response = Redirect("/studio/sign-in", status_code=303)
    forget(response, request)
    return response


def _form(
    request: Request[Any, Any, Any],
    accounts: Accounts,
    refused: NotEntered | None = None,
    *,
    name: str = "",
    next: str | None = None,
) -> Response[Any]:
    """Return the form with a cookie of its own, which its token is bound to."""
    wait_s = refused.wait_s if refused else 0.0
    cookie = entry_cookie(request)
    request.scope["auth"] = Visit(str(cookie.value))
    response = page(
        "sign_in.html.jinja",
        request,
        status=200 if refused is None else 429 if wait_s else 403,
        headers={"retry-after": str(math.ceil(wait_s))} if wait_s else None,
        by_token=accounts.by_token,
        asks_name=accounts.asks_name,
        wrong=refused is not None and not wait_s,
        minutes=math.ceil(wait_s / 60),
        name=name,
        next=_own_page(request.query_params.get("next", "") if next is None else next),
    )
    response.set_cookie(cookie)
    return response


def _entered(request: Request[Any, Any, Any], entered: Entered, target: str) -> Redirect:
    response = Redirect(target, status_code=303)
    response.set_cookie(session_cookie(entered, request))
    return response


def _own_page(asked: str) -> str:
    """Return a page of the studio that was asked for, and the first one for anything else."""
    plain = asked.isascii() and asked.isprintable() and "\\" not in asked and ".." not in asked
    return asked if plain and asked.startswith("/studio/") else HOME


def _text(sent: object) -> str:
    return sent if isinstance(sent, str) else ""


routes = [home, sign_in_form, sign_in, enter, sign_out]
"""What this area serves."""
