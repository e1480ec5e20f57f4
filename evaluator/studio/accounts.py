"""Who may sign in to the studio, and their sessions.

Of a token and of a session's secret only digests are kept. A session ends by itself, by signing out, and
as soon as the token that it was opened with is gone or its role has changed.
May import `settings`, `storage`, `errors` and `studio` siblings.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from evaluator.errors import SettingsError
from evaluator.settings import Settings
from evaluator.storage.studio_sessions import Lockout, Session, StudioSessions
from evaluator.studio.links import Links
from evaluator.studio.people import ROLES, Person, Role

SESSION_S = 43_200.0
"""Seconds after which somebody has to sign in again."""

LOCKOUT = Lockout(within_s=900.0, per_peer=5, overall=50)
"""How many wrong tokens are taken before nobody may try, from one address and from all."""

UNNAMED = "studio"
"""The name of somebody who gave none."""

STRONG_FROM = 16
"""Characters from which on a token counts as one that nobody guesses."""

MAX_NAME = 60
"""Characters of a person's name."""

_BY_LINK = hashlib.sha256(b"link").hexdigest()
_FORM = "should be name:role:token, several with commas between"


@dataclass(frozen=True, slots=True)
class Account:
    """A token that opens the studio, and for whom; without a name, whoever signs in tells theirs."""

    name: str | None
    role: Role
    token: str = field(repr=False)

    @property
    def mark(self) -> str:
        """What a session remembers of the account: another token, name or role makes another mark."""
        return _digest(f"{self.name or ''}:{self.role}:{self.token}")


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody has signed in: `secret` is what their browser keeps, for `lasts_s` seconds."""

    person: Person
    secret: str = field(repr=False)
    lasts_s: float = SESSION_S


@dataclass(frozen=True, slots=True)
class NotEntered:
    """A token was not taken: it is wrong, or after too many wrong ones nobody may try for `wait_s`."""

    wait_s: float = 0.0


class Accounts:
    """The accounts of one process over the sessions of all."""

    def __init__(
        self,
        accounts: Sequence[Account],
        sessions: StudioSessions,
        links: Links | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`links` open the studio where there are no accounts; `clock` returns epoch seconds."""
        self._accounts = accounts
        self._sessions = sessions
        self._links = None if accounts else links
        self._clock = clock

    @property
    def by_token(self) -> bool:
        """Whether there is a token to sign in with."""
        return bool(self._accounts)

    @property
    def asks_name(self) -> bool:
        """Whether there is a token that does not tell whose it is."""
        return any(account.name is None for account in self._accounts)

    async def sign_in(self, token: str, name: str, peer: str) -> Entered | NotEntered:
        """Open a session for whoever has a token; `peer` is the address that they ask from.

        After too many wrong ones a right one is not taken either. Raises StorageUnavailable, as all do.
        """
        account = self._account_of(token)
        wait_s = await self._sessions.admit(peer, LOCKOUT, right=account is not None, at=self._clock())
        if account is None or wait_s > 0:
            return NotEntered(wait_s)
        return await self._open(Person(account.name or _tidy(name), account.role), account.mark)

    async def enter(self, once: str) -> Entered | None:
        """Open a session for whoever has a one-time link; None where it is used, old, or none of ours."""
        if self._links is None or not self._links.take(once):
            return None
        return await self._open(Person(UNNAMED, "publisher"), _BY_LINK)

    async def person_of(self, secret: str) -> Person | None:
        """Return whose session a secret is of; None where it is over."""
        session = await self._sessions.get(_digest(secret))
        if session is None or session.expires_at <= self._clock() or session.token_mark not in self._marks():
            return None
        return Person(session.person, cast(Role, session.role))

    async def sign_out(self, secret: str) -> None:
        """End a session."""
        await self._sessions.end(_digest(secret))

    async def _open(self, person: Person, token_mark: str) -> Entered:
        secret, now = secrets.token_urlsafe(32), self._clock()
        await self._sessions.add(
            Session(_digest(secret), person.name, person.role, token_mark, now, now + SESSION_S)
        )
        return Entered(person, secret)

    def _account_of(self, token: str) -> Account | None:
        """Compare with every token, in a time that does not tell how far one of them agrees."""
        sent, found = _digest(token), None
        for account in self._accounts:
            if hmac.compare_digest(sent, _digest(account.token)):
                found = account
        return found

    def _marks(self) -> set[str]:
        by_link = {_BY_LINK} if self._links is not None else set()
        return by_link | {account.mark for account in self._accounts}


def accounts_of(settings: Settings) -> tuple[Account, ...]:
    """Return the accounts that are set, none where the studio has no token. Raises SettingsError."""
    single = settings.studio_token and settings.studio_token.get_secret_value()
    several = settings.studio_tokens and settings.studio_tokens.get_secret_value()
    accounts = [Account(None, "publisher", single)] if single else []
    accounts += [_read(each, at) for at, each in enumerate((several or "").split(","), 1) if several]
    names = [account.name for account in accounts if account.name]
    if len(set(names)) < len(names):
        raise _wrong("has a name twice; each person needs a name of their own")
    if len({account.token for account in accounts}) < len(accounts):
        raise _wrong("has a token that another person has too, or that EVALUATOR_STUDIO_TOKEN has")
    return tuple(accounts)


def weak_tokens(accounts: Sequence[Account]) -> list[str]:
    """Return a sentence for each token that is short enough to be guessed."""
    return [
        f"the token of {account.name or 'EVALUATOR_STUDIO_TOKEN'} has fewer than {STRONG_FROM} characters; "
        "one from `openssl rand -hex 32` cannot be guessed"
        for account in accounts
        if len(account.token) < STRONG_FROM
    ]


def _read(text: str, at: int) -> Account:
    """Return the account that stands at a place, counted from 1, of the list; no error tells a token."""
    name, _, rest = (part.strip() for part in text.partition(":"))
    role, _, token = (part.strip() for part in rest.partition(":"))
    if not (name and role and token):
        raise _wrong(f"number {at} in the list lacks name, role or token; {_FORM}")
    if _tidy(name) != name:
        raise _wrong(f"number {at} in the list has a name of more than {MAX_NAME} characters, or unseen ones")
    if role not in ROLES:
        raise _wrong(f"number {at} in the list has a role that is none; should be {', '.join(ROLES)}")
    if not all("!" <= character <= "~" for character in token):
        raise _wrong(f"number {at} in the list has a token with a space or with other than ASCII characters")
    return Account(name, role, token)


def _tidy(name: str) -> str:
    """Return a name in one line of printable characters, or the one of somebody who gave none."""
    printable = "".join(character if character.isprintable() else " " for character in name)
    return " ".join(printable.split())[:MAX_NAME].strip() or UNNAMED


def _wrong(said: str) -> SettingsError:
    return SettingsError(f"EVALUATOR_STUDIO_TOKENS: {said}")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
