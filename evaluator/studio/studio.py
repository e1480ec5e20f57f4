"""What the studio's pages work with, in one value. May import `studio` siblings."""

from dataclasses import dataclass

from evaluator.studio.accounts import Accounts
from evaluator.studio.cohorts import Cohorts
from evaluator.studio.evaluations import Evaluations
from evaluator.studio.packs import Packs
from evaluator.studio.previews import Previews
from evaluator.studio.samples import Samples
from evaluator.studio.tries import Tries


@dataclass(frozen=True, slots=True)
class Studio:
    """The studio of one process; each part is documented by its class."""

    accounts: Accounts
    evaluations: Evaluations
    cohorts: Cohorts
    packs: Packs
    previews: Previews
    samples: Samples
    tries: Tries

    def stop(self) -> None:
        """End what pages follow, so that nobody waits for them; called as soon as a stop begins."""
        self.tries.stop()

    async def aclose(self) -> None:
        """End what the studio has begun: runs, and the process that drafts are drawn in."""
        await self.tries.aclose()
        self.close()

    def close(self) -> None:
        """End the process that drafts are drawn in."""
        self.previews.close()
