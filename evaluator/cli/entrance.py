"""How the studio is entered, as the service is set up. May import `studio`, `settings` and below."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from evaluator.hosts import is_loopback
from evaluator.settings import Settings
from evaluator.studio.accounts import accounts_of, weak_tokens
from evaluator.studio.links import LINK_S, Links

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entrance:
    """With a token, by a link that is printed, or not at all."""

    has_token: bool
    links: Links | None

    @property
    def is_open(self) -> bool:
        """Whether anyone can come in, so that there is a studio to build."""
        return self.has_token or self.links is not None

    def announced(self, url: str) -> Sequence[str]:
        """Return the line that tells where the studio is, with a new link; none where it is off."""
        if self.links is not None:
            good = f"good once, for {round(LINK_S / 60)} minutes"
            return [f"The studio: {url}/studio/enter/{self.links.new()} ({good})"]
        return [f"The studio: {url}/studio"] if self.has_token else []


def entrance_to(settings: Settings, host: str) -> Entrance:
    """Return how the studio is entered of a service on `host`; without a token on loopback alone.

    Tokens that could be guessed are told in the log. Raises SettingsError where an account is wrong.
    """
    accounts = accounts_of(settings)
    for sentence in weak_tokens(accounts):
        _log.warning("weak token of the studio", hint=sentence)
    return Entrance(bool(accounts), None if accounts or not is_loopback(host) else Links())
