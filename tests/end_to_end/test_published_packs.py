"""A pack that is published while processes run: all judge by it, and what it judged can be reproduced."""

import json
import shutil
from pathlib import Path
from typing import Any

from evaluator.prompts.packs import load_pack
from evaluator.web.schema import example_request
from tests.end_to_end.test_crashes import wait_until
from tests.fakes.callback import FakeCallback
from tests.fakes.gated_model import GatedModel
from tests.fakes.postgres import Postgres
from tests.fakes.prompting import SHIPPED
from tests.fakes.service import Process, Service


class Folder:
    """A copy of the shipped packs, which is edited and pushed."""

    def __init__(self, folder: Path, service: Service) -> None:
        self.path, self._service = folder / "packs", service
        shutil.copytree(SHIPPED, self.path)

    def push(self, words: str) -> str:
        """Have the system message of `default` begin with these words, push it, and return its hash."""
        file = self.path / "default" / "system.jinja"
        file.write_text(f"{words}\n{file.read_text()}")
        pushed = self._service.command("prompts", "push", "default", "--from", str(self.path))
        assert pushed.returncode == 0, pushed.stderr
        return load_pack(self.path / "default").hash


def asked(process: Process, candidate: str) -> str:
    """Have a candidate judged, and return the hash of the pack that did."""
    body: dict[str, Any] = {**example_request(), "candidate_id": candidate}
    body["integration_config"] = {"mode": "sync"}
    answered = process.post(body).raise_for_status().json()
    return str(answered["context"]["pack"]["hash"])


def has_taken(process: Process, digest: str) -> bool:
    """Tell whether a process says that it took a version."""
    return any("pack taken" in line and digest[:8] in line for line in process.log.read_text().splitlines())


def test_published_version_is_followed_by_every_process_and_reproduced(
    tmp_path: Path, postgres: Postgres
) -> None:
    """One that serves and one that works take it without a word; an evaluation is reproduced by its hash."""
    with postgres.database() as url, GatedModel() as model, FakeCallback() as callback:
        service = Service(tmp_path, model.url, callback.url, database_url=url)
        folder, files = Folder(tmp_path, service), load_pack(SHIPPED / "default").hash
        with service.serving() as serving, service.working() as working:
            before = asked(serving, "ann")
            first = folder.push("Judge with care.")
            wait_until(lambda: has_taken(serving, first) and has_taken(working, first))
            between = asked(serving, "bob")
            second = folder.push("Judge with more care.")
            wait_until(lambda: has_taken(serving, second))
            after = asked(serving, "cat")
        with service.serving() as again:
            anew = asked(again, "dan")
        listed = json.loads(service.command("jobs", "list", "--json").stdout)["jobs"]
        jobs = {job["candidate_id"]: job["id"] for job in listed}
        reproduced = {name: service.command("reproduce", job) for name, job in jobs.items()}
        explained = service.command("explain", jobs["bob"]).stdout

    assert (before, between, after, anew) == (files, first, second, second)
    assert {name: each.returncode for name, each in reproduced.items()} == dict.fromkeys(jobs, 0)
    assert f"pack: default, SHA-256 {first}\n" in explained
    assert "version of the pack: 1, published 20" in explained
