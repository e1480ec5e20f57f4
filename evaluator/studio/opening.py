"""From settings and services to the studio of one process. May import `wiring` and `studio` siblings."""

import time
from collections.abc import Callable

from evaluator.assessing import model_choice
from evaluator.models.prices import load_prices
from evaluator.prompts.files import PackFiles
from evaluator.settings import Settings
from evaluator.studio.accounts import Accounts, accounts_of
from evaluator.studio.cohorts import Cohorts
from evaluator.studio.drawer import Drawer
from evaluator.studio.evaluations import Evaluations
from evaluator.studio.links import Links
from evaluator.studio.packs import Packs
from evaluator.studio.previews import Previews
from evaluator.studio.samples import Samples, shipped_samples
from evaluator.studio.studio import Studio
from evaluator.studio.tries import Tries
from evaluator.studio.try_candidates import StudioCandidates
from evaluator.studio.try_judging import Asked, Judges
from evaluator.studio.try_rendered import ByPreviews
from evaluator.studio.try_results import LastResults
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
    store, prices = durable.store, load_prices(settings.prices_file)
    previews = Previews(
        Drawer(),
        choice=model_choice(settings),
        prices=prices,
        app_id=settings.solidats_app_id,
    )
    cohorts = Cohorts(store.studio_cases)
    samples = Samples(shipped_samples(), store, store.studio_cases)

    async def check(name: str, files: PackFiles) -> None:
        await previews.check(name, files, samples.shipped[0].case.request)

    return Studio(
        accounts=Accounts(accounts_of(settings), store.studio_sessions, links, clock=clock),
        packs=Packs(
            store.pack_versions,
            services.packs,
            look=durable.following.look,
            check=check,
            uses=store.finished_by_pack,
            last_result=LastResults(store.studio_runs).as_json,
        ),
        evaluations=Evaluations(store, durable.operations, services.packs),
        cohorts=cohorts,
        previews=previews,
        samples=samples,
        tries=Tries(
            store.studio_runs,
            Judges(
                settings,
                Asked(services.model, services.model_name, services.offline),
                mark=store.fingerprint,
            ),
            candidates=StudioCandidates(samples, cohorts, store.studio_cases),
            drafts=store.pack_versions,
            published=services.packs,
            renders=ByPreviews(previews),
            prices=prices,
            clock=clock,
        ),
    )
