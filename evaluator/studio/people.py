"""Who works in the studio, and what they may do. May import nothing of the package."""

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["viewer", "editor", "publisher"]
"""A viewer sees everything; an editor changes drafts and keeps cases; a publisher publishes and erases."""

ROLES: tuple[Role, ...] = get_args(Role)
"""All roles, each of which may do what those before it may."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, by the name that versions and corrections bear."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Tell whether this person may do what `role` may."""
        return ROLES.index(self.role) >= ROLES.index(role)
