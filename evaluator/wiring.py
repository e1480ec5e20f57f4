"""The composition root: settings in, the services of one process out.

Nothing below it reads a setting; everything is handed on as a constructor's argument. `build` makes what
an assessment needs, `durable` the jobs around it. May import everything but `cli`, `web` and `evals`.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from evaluator.asking import model_client
from evaluator.assessing import assessor_for, model_choice, packs_of
from evaluator.assessment.assessor import Assessor
from evaluator.audit.hearing import Hearing
from evaluator.audit.program import this_program
from evaluator.audit.record import Recorder
from evaluator.delivery.backoff import Backoff
from evaluator.delivery.breaker import Breaker
from evaluator.delivery.callback import CallbackClient
from evaluator.delivery.counted import CallbackWatch, CountedCallback
from evaluator.errors import SettingsError
from evaluator.jobs.delivering import Callback, Deliveries
from evaluator.jobs.engine import Engine, EngineLimits, Enqueuer, Kind
from evaluator.jobs.executors import Executors, ManyProcesses, SingleProcess
from evaluator.jobs.operations import Operations
from evaluator.jobs.published import Following, PublishedPacks
from evaluator.jobs.running import Running
from evaluator.jobs.service import DurableJobs, Terms
from evaluator.jobs.throttle import Throttle
from evaluator.jobs.turns import Turns
from evaluator.jobs.upkeep import Upkeep
from evaluator.jobs.work import Work
from evaluator.models.client import ModelClient
from evaluator.models.seam import ModelWatch
from evaluator.prompts.tokens import Tokenizer, encoding_for
from evaluator.settings import Settings
from evaluator.storage.allowance import open_allowance
from evaluator.storage.database import libpq_url
from evaluator.storage.existing import check_there, open_existing_store
from evaluator.storage.jobs import JobStore
from evaluator.storage.keys import DATABASE_FILE, load_or_make_key, parse_keys
from evaluator.storage.limits import Limits
from evaluator.storage.opening import open_store

_DAY_S = 86_400


class Watch(ModelWatch, CallbackWatch, Protocol):
    """Counts what a process does."""


@dataclass(frozen=True, slots=True)
class Services:
    """What one process assesses with; `aclose` ends it.

    `packs` are those of the folder, until `durable` puts the published versions over them.
    `model_name` is the model asked by default, `offline` whether it is the embedded heuristic. `throttle`
    keeps the limits over all processes, where there are any; `watch` counts, where somebody looks. `hearing`
    hears what the model is asked.
    """

    packs: PublishedPacks
    assessor: Assessor
    model: ModelClient
    model_name: str
    offline: bool
    encoding: str
    throttle: Throttle | None = None
    watch: Watch | None = None
    hearing: Hearing | None = None

    def warm_up(self) -> None:
        """Load the tokenizer's table, which takes a few tenths of a second, before the first request."""
        Tokenizer(self.encoding).load()

    async def aclose(self) -> None:
        """Close the model's connections."""
        await self.model.aclose()


@dataclass(frozen=True, slots=True)
class Durable:
    """The jobs of one process, the store that they are kept in, and what follows its published packs."""

    jobs: DurableJobs
    store: JobStore
    operations: Operations
    callback: Callback | None
    following: Following
    stop: Callable[[], None]
    """Has no more work taken from the queues, ahead of the end; what is in hand goes on."""


def build(settings: Settings, *, every_pack: bool = True, watch: Watch | None = None) -> Services:
    """Build what an assessment needs; raises SettingsError or PackError where it cannot run.

    `every_pack`: all packs have to load, else each when it is first asked for. `watch` counts what is done.
    """
    limits = _shared_limits(settings)
    throttle = Throttle(limits) if limits else None
    packs = PublishedPacks(packs_of(settings, every_pack=every_pack))
    choice = model_choice(settings)
    model = model_client(settings, gate=throttle, watch=watch)
    hearing = Hearing(model)
    return Services(
        packs=packs,
        assessor=assessor_for(settings, packs, hearing, choice),
        model=model,
        model_name=choice.default,
        offline=choice.offline,
        encoding=choice.encoding or encoding_for(choice.default),
        throttle=throttle,
        watch=watch,
        hearing=hearing,
    )


@asynccontextmanager
async def durable(settings: Settings, services: Services, *, working: bool = True) -> AsyncIterator[Durable]:
    """Open the store, take a place among the processes, and run the engine on this loop.

    With `working` false nothing is taken from the queues. At the end work in hand gets its time to
    finish, and the rest is left for the next start. Raises SettingsError or a StorageError.
    """
    check_modes(settings)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened_store(settings))
        assessor = services.assessor.keyed(store.fingerprint("canary").encode())
        following = Following(services.packs, store.pack_versions)
        stack.push_async_callback(following.aclose)
        await following.start()
        executors = await _join(settings)
        stack.push_async_callback(executors.aclose)
        queue = Enqueuer(engine_url(settings))
        stack.callback(queue.close)
        if services.throttle is not None:
            limited = _limited(settings, services.throttle, executors.own_id)
            await stack.enter_async_context(limited)
        callback = _callback(settings, services.watch)
        if callback is not None:
            stack.push_async_callback(callback.client.aclose)
        turns = Turns()
        deliveries = Deliveries(
            store=store,
            queue=queue,
            callback=callback,
            turns=turns,
            standing=executors.standing,
            executor_id=executors.own_id,
            within_s=settings.callback_horizon_s,
        )
        work = Work(
            store=store,
            assessor=assessor,
            recorder=Recorder(store.records, this_program(), services.hearing),
            queue=queue,
            deliveries=deliveries,
            turns=turns,
            standing=executors.standing,
            model_backoff=Backoff(settings.callback_first_retry_s),
            executor_id=executors.own_id,
            app_id=settings.solidats_app_id,
        )
        jobs = DurableJobs(
            store=store,
            work=work,
            deliveries=deliveries,
            turns=turns,
            standing=executors.standing,
            assessor=assessor,
            queue=queue,
            terms=replace(_terms(settings), working=working),
            executor_id=executors.own_id,
        )
        engine = Engine(engine_url(settings), executors.own_id, _limits(settings))
        taking = _taken(working, callback is not None)
        upkeep = Upkeep(
            store,
            engine,
            executors,
            jobs,
            audit_s=settings.audit_days * _DAY_S,
            runs_s=settings.retention_days * _DAY_S,
        )
        running = Running(engine, upkeep, jobs, drain_s=settings.drain_s)
        stack.push_async_callback(running.aclose)
        await running.start({"assess": work.assess, "deliver": deliveries.deliver}, taking=taking)
        yield Durable(jobs, store, _operations(settings, store, queue), callback, following, running.stop)


def _taken(working: bool, callback: bool) -> Sequence[Kind]:
    """Return what a process takes from the queues; without a callback deliveries are for others."""
    return () if not working else ("assess", "deliver") if callback else ("assess",)


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[JobStore]:
    """Open the store of jobs, for looking and for changing; raises SettingsError or a StorageError."""
    url, keys = await _place(settings)
    async with open_store(url, settings.data_dir, keys) as store:
        yield store


@asynccontextmanager
async def _limited(settings: Settings, throttle: Throttle, holder: str) -> AsyncIterator[None]:
    """Keep the limits over all processes; the database is up to date."""
    url = settings.database_url.get_secret_value() if settings.database_url else None
    async with (
        open_allowance(url, settings.data_dir, throttle.limits, holder) as allowance,
        throttle.over(allowance),
    ):
        yield


@asynccontextmanager
async def existing_store(settings: Settings) -> AsyncIterator[JobStore]:
    """Open the store that a service made, beside it, and change nothing on the way.

    Raises SettingsError where there is no database yet, and makes none; else a StorageError.
    """
    check_there(settings.database_url is not None, settings.data_dir)
    url, keys = await _place(settings)
    async with open_existing_store(url, settings.data_dir, keys) as store:
        yield store


@asynccontextmanager
async def operating(settings: Settings) -> AsyncIterator[Operations]:
    """Open what an operator needs, beside running processes and without a place among them.

    Raises SettingsError where there is no database yet, and makes none; else a StorageError.
    """
    async with existing_store(settings) as store:
        queue = Enqueuer(engine_url(settings))
        try:
            yield _operations(settings, store, queue)
        finally:
            queue.close()


def _operations(settings: Settings, store: JobStore, queue: Enqueuer) -> Operations:
    return Operations(
        store=store,
        queue=queue,
        assess_within_s=settings.model_horizon_s,
        deliver_within_s=settings.callback_horizon_s,
        callback=settings.has_callback,
    )


async def _place(settings: Settings) -> tuple[str | None, Sequence[bytes]]:
    """Return the database's URL, None for the one in the data folder, and the encryption keys."""
    url = settings.database_url.get_secret_value() if settings.database_url else None
    if settings.encryption_key is not None:
        return url, parse_keys(settings.encryption_key.get_secret_value())
    if url is not None:
        raise SettingsError("EVALUATOR_ENCRYPTION_KEY: required with EVALUATOR_DATABASE_URL")
    return url, await asyncio.to_thread(load_or_make_key, settings.data_dir)


def engine_url(settings: Settings) -> str:
    """Return the URL of the database that the engine's tables are in: the store's own."""
    if settings.database_url is None:
        return f"sqlite:///{(settings.data_dir / DATABASE_FILE).resolve()}"
    return libpq_url(settings.database_url.get_secret_value())


def check_modes(settings: Settings) -> None:
    """Raise SettingsError where results could never reach anybody."""
    if settings.response_mode == "async" and not settings.has_callback:
        raise SettingsError(
            "EVALUATOR_RESPONSE_MODE: async needs EVALUATOR_SOLIDATS_API_KEY and EVALUATOR_SOLIDATS_APP_ID, "
            "which a callback is sent with"
        )


def _terms(settings: Settings) -> Terms:
    return Terms(
        mode=settings.response_mode,
        deadline_s=settings.sync_deadline_s,
        wait_s=settings.model_retry_s,
        capacity=settings.max_concurrency + settings.max_queue,
        assess_within_s=settings.model_horizon_s,
        deliver_within_s=settings.callback_horizon_s,
        retention_s=settings.retention_days * _DAY_S,
        callback=settings.has_callback,
        at_once=settings.max_concurrency,
        app_id=settings.solidats_app_id,
    )


def _limits(settings: Settings) -> EngineLimits:
    return EngineLimits(per_process=settings.max_concurrency, overall=settings.global_concurrency)


def _shared_limits(settings: Settings) -> Limits:
    return Limits(
        concurrency=settings.global_concurrency,
        requests_per_minute=settings.model_requests_per_minute,
        tokens_per_minute=settings.model_tokens_per_minute,
    )


def _callback(settings: Settings, watch: CallbackWatch | None) -> Callback | None:
    if settings.solidats_api_key is None or settings.solidats_app_id is None:
        return None
    client = CallbackClient(
        settings.solidats_callback_url,
        api_key=settings.solidats_api_key.get_secret_value(),
        app_id=settings.solidats_app_id,
    )
    first = settings.callback_first_retry_s
    counted = client if watch is None else CountedCallback(client, watch)
    return Callback(counted, Breaker(first, time.monotonic), Backoff(first))


async def _join(settings: Settings) -> Executors:
    if settings.database_url is None:
        return SingleProcess(settings.data_dir)
    return await ManyProcesses.join(libpq_url(settings.database_url.get_secret_value()))
