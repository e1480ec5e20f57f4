"""The guard of a route: who is let in by which role."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from evaluator.studio.people import ROLES, Person, Role
from evaluator.web.errors import Refused
from evaluator.web.studio.guards import SignInNeeded, needs

pytestmark = pytest.mark.anyio

HANDLER = cast(BaseRouteHandler, None)


def called_by(person: Person | None) -> ASGIConnection[Any, Any, Any, Any]:
    """Return as much of a request as a guard looks at."""
    return cast(ASGIConnection[Any, Any, Any, Any], SimpleNamespace(scope={"user": person}))


@pytest.mark.parametrize("needed", ROLES)
@pytest.mark.parametrize("role", ROLES)
async def test_role_lets_in_where_it_is_high_enough(needed: Role, role: Role) -> None:
    """Each role may do what those before it may, and no more."""
    if ROLES.index(role) >= ROLES.index(needed):
        await needs(needed)(called_by(Person("Anna", role)), HANDLER)
        return
    with pytest.raises(Refused, match=f"you are signed in as {role}") as refused:
        await needs(needed)(called_by(Person("Anna", role)), HANDLER)
    assert refused.value.status_code == 403


@pytest.mark.parametrize("needed", ROLES)
async def test_nobody_is_asked_to_sign_in(needed: Role) -> None:
    """Without a person there is no role."""
    with pytest.raises(SignInNeeded):
        await needs(needed)(called_by(None), HANDLER)
