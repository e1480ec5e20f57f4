"""The composition root: settings in, the services of one process out.

Nothing below it reads a setting; everything is handed on as a constructor's argument. May import
everything but `cli`, `web` and `evals`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from evaluator.assessment.assessor import DEFAULT_PACK, Assessor, ModelChoice
from evaluator.errors import PackError
from evaluator.jobs import DirectJobs, Jobs
from evaluator.models.client import ModelClient
from evaluator.models.connection import Connection, connect
from evaluator.models.prices import PriceTable, load_prices
from evaluator.offline.app import create_app as create_offline_model
from evaluator.offline.completion import MODEL_NAME as OFFLINE_MODEL
from evaluator.prompts.packs import Pack, PackFolder, load_packs
from evaluator.prompts.tokens import Tokenizer, encoding_for
from evaluator.settings import Settings

_OFFLINE_URL = "http://offline/v1"


@dataclass(frozen=True, slots=True)
class Services:
    """What one process works with; `aclose` ends it.

    `model_name` is the model asked by default, `offline` whether it is the embedded heuristic.
    """

    packs: Mapping[str, Pack]
    assessor: Assessor
    jobs: Jobs
    model: ModelClient
    model_name: str
    offline: bool
    encoding: str

    def warm_up(self) -> None:
        """Load the tokenizer's table, which takes a few tenths of a second, before the first request."""
        Tokenizer(self.encoding).load()

    async def aclose(self) -> None:
        """Close the model's connections."""
        await self.model.aclose()


def build(settings: Settings, *, every_pack: bool = True) -> Services:
    """Build the services; raises SettingsError or PackError where they cannot run.

    `every_pack`: all packs have to load, else each when it is first asked for.
    """
    packs = _packs(settings, every_pack)
    name = OFFLINE_MODEL if settings.model_is_offline else settings.named_model
    model = ModelClient(
        _connection(settings),
        _prices(settings),
        max_concurrency=settings.max_concurrency,
        call_timeout_s=settings.model_timeout_s,
    )
    choice = ModelChoice(
        default=name,
        allowed=frozenset(settings.model_allowed),
        offline=settings.model_is_offline,
        encoding=settings.model_encoding,
    )
    assessor = Assessor(
        packs=packs,
        model=model,
        choice=choice,
        app_id=settings.solidats_app_id,
        within_s=settings.model_retry_s,
    )
    jobs = DirectJobs(
        assessor,
        capacity=settings.max_concurrency + settings.max_queue,
        app_id=settings.solidats_app_id,
    )
    return Services(
        packs=packs,
        assessor=assessor,
        jobs=jobs,
        model=model,
        model_name=name,
        offline=settings.model_is_offline,
        encoding=settings.model_encoding or encoding_for(name),
    )


def _packs(settings: Settings, every_pack: bool) -> Mapping[str, Pack]:
    folder = settings.resolved_prompts_dir()
    packs = load_packs(folder) if every_pack else PackFolder(folder)
    if DEFAULT_PACK not in packs:
        raise PackError(
            f"holds no pack named {DEFAULT_PACK}, which judges where a team names none", path=folder
        )
    return packs


def _connection(settings: Settings) -> Connection:
    """Connect to the endpoint, or to the offline rater inside this process, through the same client."""
    if settings.model_is_offline:
        transport = httpx2.ASGITransport(create_offline_model())
        inside = httpx2.AsyncClient(transport=transport, timeout=None)
        return connect(_OFFLINE_URL, None, pool_size=settings.max_concurrency, http_client=inside)
    key = settings.model_api_key.get_secret_value() if settings.model_api_key else None
    return connect(str(settings.model_base_url), key, pool_size=settings.max_concurrency)


def _prices(settings: Settings) -> PriceTable:
    return load_prices(settings.prices_file)
