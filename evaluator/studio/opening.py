"""From settings and services to the studio of one process. May import `wiring` and `studio` siblings."""

import time
from collections.abc import Callable

from evaluator.settings import Settings
from evaluator.studio.accounts import Accounts, accounts_of
from evaluator.studio.links import Links
from evaluator.studio.studio import Studio
from evaluator.wiring import Durable, Services


def studio_for(
    settings: Settings,
    services: Services,
    durable: Durable,
    links: Links | None = None,
    *,
    clock: Callable[[], float] = time.time,
) -> Studio:
    """Return the studio over an open store; with `links`, one-time links open it where no token is set.

    `clock` returns epoch seconds. Raises SettingsError where an account is not as it should be.
    """
    return Studio(
        accounts=Accounts(accounts_of(settings), durable.store.studio_sessions, links, clock=clock),
    )
