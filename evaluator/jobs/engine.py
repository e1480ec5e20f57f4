"""The durable engine, DBOS Transact, and the only module that knows it.

It holds which job is to be worked on next and when; what a job is and how it stands is in the store.
A unit of work is a workflow whose only argument is a job's id. It may run twice, and then finds by the
store that nothing is left to do. Nothing of the engine's enterprise side is used. May import `errors`.
"""

import asyncio
import logging
import sys
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer
from sqlalchemy import Connection

from evaluator.errors import EvaluatorError

Kind = Literal["assess", "deliver"]
"""A unit of work: one try to assess a job, or one to deliver its result."""

KINDS: tuple[Kind, ...] = ("assess", "deliver")

Run = Callable[[str], Awaitable[None]]

_NAME = "candidate-evaluator"
_WORKFLOWS_VERSION = "1"
"""Raised only when queued work of an earlier version must not be run by a later one."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """How much is worked on at once.

    `per_process` bounds units of each kind in one process, `overall` assessments over all processes (None:
    no bound). `polling_s`: seconds between two looks at the queue.
    """

    per_process: int
    overall: int | None = None
    deliveries: int = 32
    polling_s: float = 0.25


SWITCH_S = 0.001
"""Seconds after which a thread that waits for Python gets it, in a process that runs the engine."""


class Enqueuer:
    """Puts work into the engine's queues, within a transaction of the store's own database."""

    def __init__(self, url: str) -> None:
        """`url`: SQLAlchemy URL of the database that the engine's tables are in."""
        self._client = DBOSClient(
            system_database_url=url, serializer=DBOSPortableJSONSerializer(), application_name=_NAME
        )

    def enqueue(self, connection: Connection, kind: Kind, job_id: str, *, delay_s: float = 0.0) -> None:
        """Have `kind` of work done on a job, not before `delay_s` seconds have passed."""
        options: dict[str, Any] = {
            "workflow_name": kind,
            "queue_name": kind,
            "workflow_id": f"{kind}-{job_id}-{uuid.uuid4().hex[:12]}",
            "app_version": _WORKFLOWS_VERSION,
        }
        if delay_s > 0:
            options["delay_seconds"] = delay_s
        self._client.enqueue_in_transaction(connection, options, job_id)  # type: ignore[arg-type] # built as a plain dict

    def close(self) -> None:
        """Close the engine's connections."""
        self._client.destroy()


class Engine:
    """Runs queued work in this process, on the loop that `launch` is called on."""

    def __init__(self, url: str, executor_id: str, limits: EngineLimits) -> None:
        """`executor_id` is this process's own, and no other's, ever."""
        self._limits = limits
        config: DBOSConfig = {
            "name": _NAME,
            "system_database_url": url,
            "application_version": _WORKFLOWS_VERSION,
            "executor_id": executor_id,
            "sys_db_pool_size": 2 if url.startswith("sqlite") else 6,
            "max_executor_threads": 32,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",  # it warns ten times a second while the database is gone
            "enable_otlp": False,
        }
        self._dbos = DBOS(config=config)
        _speak_with_one_voice()

    async def launch(self, runs: Mapping[Kind, Run], *, taking: Collection[Kind]) -> None:
        """Start; units of the kinds `taking` are taken from their queues, and no others."""
        limits = self._limits
        here: dict[Kind, int] = {
            "assess": min(limits.per_process, limits.overall or limits.per_process),
            "deliver": limits.deliveries,
        }
        for kind, run in runs.items():
            DBOS.workflow(name=kind)(_workflow(kind, run, here[kind]))
        # A thread that waited for the database gets Python back from a busy loop only this often: with the
        # usual 5 ms a stored request took several times as long under load.
        sys.setswitchinterval(SWITCH_S)
        DBOS.listen_queues(list(taking))
        DBOS.launch()
        for kind in KINDS:
            await DBOS.register_queue_async(
                kind,
                worker_concurrency=here[kind],
                global_concurrency=limits.overall if kind == "assess" else None,
                polling_interval_sec=limits.polling_s,
            )

    async def unfinished_of_others(self, executor_id: str) -> dict[str, Sequence[str]]:
        """Return the ids of units that other processes have begun and not ended, by process."""
        found: dict[str, list[str]] = {}
        for each in await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False):
            if each.executor_id and each.executor_id != executor_id:
                found.setdefault(each.executor_id, []).append(each.workflow_id)
        return dict(found)

    async def jobs_with_units(self) -> frozenset[str]:
        """Return the ids of the jobs that a unit waits or runs for."""
        units = await DBOS.list_workflows_async(
            status=["ENQUEUED", "DELAYED", "PENDING"], load_input=False, load_output=False
        )
        return frozenset(each.workflow_id.partition("-")[2].rpartition("-")[0] for each in units)

    async def put_back(self, workflow_ids: Sequence[str]) -> None:
        """Put units that a dead process had begun back into their queues."""
        for kind in KINDS:
            ids = [each for each in workflow_ids if each.startswith(f"{kind}-")]
            if ids:
                await DBOS.resume_workflows_async(ids, queue_name=kind)

    async def clear(self, ended_before: str, limit: int) -> int:
        """Delete up to `limit` units that ended before an ISO 8601 time; return how many."""
        ended = await DBOS.list_workflows_async(
            completed_before=ended_before, limit=limit, load_input=False, load_output=False
        )
        if ended:
            await DBOS.delete_workflows_async([each.workflow_id for each in ended])
        return len(ended)

    async def aclose(self, drain_s: float) -> None:
        """Stop taking work, and wait up to `drain_s` seconds for what is in hand."""
        seconds = max(0, round(drain_s))
        # The engine's calls put its own thread pool in the loop's place, which is about to be shut down.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await asyncio.to_thread(
            lambda: DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=seconds)
        )


def _speak_with_one_voice() -> None:
    """Have the engine's log lines take the way of all others; it brings a handler and a format of its own."""
    logger = logging.getLogger("dbos")
    logger.handlers.clear()
    logger.propagate = True


def _workflow(kind: Kind, run: Run, most_at_once: int) -> Callable[[str], Awaitable[None]]:
    # The queue's own limit is in the database, where the process that started last has written its own.
    turns = asyncio.Semaphore(most_at_once)

    async def workflow(job_id: str) -> None:
        async with turns:
            try:
                await run(job_id)
            except Exception as error:  # noqa: BLE001 - the job boundary: the engine would store what is raised
                _log.error("unit of work broke", exc_info=error, kind=kind, job=job_id)
                raise EvaluatorError("a unit of work broke; the log tells more") from None

    return workflow
