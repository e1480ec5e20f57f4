"""What a route of the studio asks of whoever calls it. May import `studio` and `web` siblings."""

from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers.base import BaseRouteHandler

from evaluator.studio.people import Role
from evaluator.web.errors import Refused

_WHAT: dict[Role, str] = {
    "viewer": "sign in",
    "editor": "be an editor or a publisher",
    "publisher": "be a publisher",
}


class SignInNeeded(HTTPException):
    """Nobody is signed in, or no longer."""

    status_code = 401
    detail = "You are not signed in, or your sign-in is over. Sign in, then do this again."


@dataclass(frozen=True, slots=True)
class Needs:
    """A guard: lets a person in who may do what `role` may."""

    role: Role

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Raise SignInNeeded where nobody is signed in, Refused with 403 where they may not do this."""
        person = connection.scope.get("user")
        if person is None:
            raise SignInNeeded
        if not person.may(self.role):
            raise Refused(
                403,
                f"For this you need to {_WHAT[self.role]}; you are signed in as {person.role}. "
                "Whoever runs the service gives out the roles.",
            )


def needs(role: Role) -> Needs:
    """Return the guard for a route that `role` and those above it may call."""
    return Needs(role)
