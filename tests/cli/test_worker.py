"""`evaluator worker` as a process beside a `serve --no-worker`, on a real PostgreSQL."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluator.cli.main import run
from evaluator.web.schema import example_request
from tests.end_to_end.test_crashes import wait_until
from tests.fakes.callback import FakeCallback
from tests.fakes.gated_model import GatedModel
from tests.fakes.postgres import Postgres
from tests.fakes.service import PATIENCE_S, Process, Service

pytestmark = pytest.mark.usefixtures("log_as_before")


@pytest.fixture
def model() -> Iterator[GatedModel]:
    """The model that the processes ask."""
    with GatedModel() as model:
        yield model


@pytest.fixture
def callback() -> Iterator[FakeCallback]:
    """Where results go."""
    with FakeCallback() as callback:
        yield callback


@pytest.fixture
def service(
    tmp_path: Path, model: GatedModel, callback: FakeCallback, postgres: Postgres
) -> Iterator[Service]:
    """The service on PostgreSQL."""
    with postgres.database() as url:
        yield Service(tmp_path, model.url, callback.url, database_url=url)


def posted(serving: Process, secret: str, mode: str = "async") -> int:
    """Post a request known by its secret and return the status of the answer."""
    config: dict[str, Any] = {"integration_config": {"mode": mode}}
    return serving.post(example_request() | {"call_secret": secret} | config).status_code


def delivered(callback: FakeCallback) -> list[str]:
    """Return the secrets of what was called back, in order."""
    return [each.json["call_secret"] for each in callback.received]


def test_serving_alone_takes_requests_and_works_on_none(
    service: Service, model: GatedModel, callback: FakeCallback
) -> None:
    """What `serve --no-worker` accepted is worked off by a worker that comes later."""
    with service.serving("--no-worker") as serving:
        assert posted(serving, "early") == 202
        assert posted(serving, "waits", "auto") == 202  # at its deadline: nobody was there to work
        assert model.calls == 0
        with service.working():
            wait_until(lambda: len(callback.received) == 2)

    assert (sorted(delivered(callback)), model.calls) == (["early", "waits"], 2)


def test_sync_answer_comes_from_the_worker(
    service: Service, model: GatedModel, callback: FakeCallback
) -> None:
    """The process that serves waits for the one that works, and nobody is called back."""
    with service.serving("--no-worker") as serving, service.working():
        assert posted(serving, "direct", "sync") == 200
        assert posted(serving, "later") == 202
        wait_until(lambda: bool(callback.received))

    assert (delivered(callback), model.calls) == (["later"], 2)


def test_stop_finishes_what_is_in_hand(service: Service, model: GatedModel, callback: FakeCallback) -> None:
    """A model call under way is awaited, and not repeated by the next worker."""
    model.close()
    with service.serving("--no-worker") as serving:
        posted(serving, "in-hand")
        with service.working() as first:
            model.wait_for(1)
            first.process.send_signal(signal.SIGTERM)
            model.open()
            status = first.process.wait(PATIENCE_S)
        with service.working():
            wait_until(lambda: bool(callback.received))

    assert (status, delivered(callback), model.calls) == (0, ["in-hand"], 1)


def test_stop_leaves_what_takes_too_long(service: Service, model: GatedModel, callback: FakeCallback) -> None:
    """After its time the worker ends, and another takes the job up."""
    model.close()
    with service.serving("--no-worker") as serving:
        posted(serving, "too-long")
        with service.working(drain_s=1) as first:
            model.wait_for(1)
            status = first.stop()
        model.open()
        with service.working():
            wait_until(lambda: bool(callback.received))

    assert (status, delivered(callback), model.calls) == (0, ["too-long"], 2)


def test_killed_worker_is_replaced_by_another(
    service: Service, model: GatedModel, callback: FakeCallback
) -> None:
    """Of two workers one is killed with work in hand, and the other does it."""
    model.close()
    service.settings["max_concurrency"] = 3  # for all of them: the engine keeps one figure in the database
    with service.working() as first, service.serving("--no-worker") as serving:
        for number in range(6):
            posted(serving, f"s{number}")
        model.wait_for(3)
        with service.working():
            model.wait_for(6)
            first.kill()
            model.open()
            wait_until(lambda: len(set(delivered(callback))) == 6)

    assert len(delivered(callback)) == 6


def test_worker_without_callback_says_so(service: Service) -> None:
    """Where results cannot be called back, the log says what becomes of those that are owed."""
    with service.working(solidats_api_key="") as worker:
        assert worker.stop() == 0
        assert "no callback is set up" in worker.log.read_text()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "EVALUATOR_DATABASE_URL: not set, and with SQLite one process does everything"),
        ({"DATABASE_URL": "postgresql:///x"}, "EVALUATOR_MODEL_BASE_URL: not set"),
        (
            {"DATABASE_URL": "postgresql:///x", "MODEL_BASE_URL": "offline"},
            "EVALUATOR_ENCRYPTION_KEY: required",
        ),
    ],
)
def test_worker_refuses_what_cannot_work(
    settings: dict[str, str],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """SQLite, a model that was forgotten, or a missing key end the command with 2 and what to set."""
    for name in ("DATABASE_URL", "MODEL_BASE_URL", "ENCRYPTION_KEY"):
        monkeypatch.delenv(f"EVALUATOR_{name}", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    for name, value in {"DATA_DIR": str(tmp_path / "data"), **settings}.items():
        monkeypatch.setenv(f"EVALUATOR_{name}", value)

    assert run(["worker"]) == 2
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
