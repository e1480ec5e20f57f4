"""What the studio's pages work with, in one value. May import `studio` siblings."""

from dataclasses import dataclass

from evaluator.studio.accounts import Accounts


@dataclass(frozen=True, slots=True)
class Studio:
    """The studio of one process; each part is documented by its class."""

    accounts: Accounts
