"""`evaluator explain`, `reproduce` and `audit-log` beside a service, on both databases."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluator.web.schema import example_request
from tests.end_to_end.test_backup import documented
from tests.fakes.callback import FakeCallback
from tests.fakes.gated_model import GatedModel
from tests.fakes.postgres import Postgres
from tests.fakes.recording import tampered
from tests.fakes.service import KEY, Service
from tests.fakes.stores import Place


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> Iterator[Service]:
    """A service that has rated three candidates and runs no more."""
    folder = tmp_path_factory.mktemp("audit-log")
    with postgres.database() as url, GatedModel() as model, FakeCallback() as callback:
        used = url if request.param == "postgresql" else None
        service = Service(folder, model.url, callback.url, database_url=used)
        with service.serving() as serving:
            for name in ("ann", "bob", "cat"):
                serving.post({**example_request(), "candidate_id": name}).raise_for_status()
            serving.stop()
        yield service


def jobs(service: Service) -> dict[str, str]:
    """Return the jobs by candidate."""
    found = json.loads(service.command("jobs", "list", "--json").stdout)["jobs"]
    return {job["candidate_id"]: job["id"] for job in found}


def place_of(service: Service) -> Place:
    """Return where the service's database is."""
    return Place(service.database_url, service.folder / "data")


def test_job_is_explained_in_each_form(service: Service, tmp_path: Path) -> None:
    """Text, JSON and page tell of the same rating; the page is its owner's alone."""
    job, page = jobs(service)["ann"], tmp_path / "page.html"
    text = service.command("explain", job).stdout
    told = json.loads(service.command("explain", job, "--json").stdout)
    written = service.command("explain", job, "--html", str(page))

    assert f"The rating is {told['rating']} of 100." in text
    assert (written.returncode, oct(page.stat().st_mode)[-3:]) == (0, "600")
    assert f"The rating is {told['rating']} of 100." in page.read_text()


def test_job_is_reproduced_until_something_changes(service: Service) -> None:
    """The same packs give the same prompt and status 0; another model gives 1 and says so."""
    job = jobs(service)["ann"]
    same = service.command("reproduce", job)
    service.settings["model_name"] = "another"
    other = service.command("reproduce", job, "--json")
    del service.settings["model_name"]

    assert (same.returncode, same.stdout[:11]) == (0, "Reproduced:")
    assert (other.returncode, json.loads(other.stdout)["differs"]) == (
        1,
        [{"what": "model", "recorded": "scripted", "now": "another"}],
    )


def test_unknown_job_is_told(service: Service) -> None:
    """What was never recorded has status 1 and a sentence."""
    for command in (["explain"], ["reproduce"], ["audit-log", "correct", "--by", "a", "--note", "b"]):
        ended = service.command(*command, "job_gone")
        assert (ended.returncode, ended.stdout) == (1, "")
        assert "nothing is recorded of 'job_gone'" in ended.stderr


def test_correction_is_listed_and_the_chain_stays_sound(service: Service) -> None:
    """A correction is a record of its own at the end."""
    job = jobs(service)["bob"]
    added = service.command("audit-log", "correct", job, "--by", "Ann", "--note", "more", "--rating", "81")
    listed = json.loads(service.command("audit-log", "list", "--job", job, "--json").stdout)
    verified = service.command("audit-log", "verify")

    assert added.stdout.startswith("Record ")
    assert "kept as a case, in the cohort “Corrected ratings”" in added.stdout
    assert (listed[0]["kind"], listed[0]["rating"]) == ("correction", 81.0)
    assert (verified.returncode, "Every record is as it was written." in verified.stdout) == (0, True)


def test_verifying_as_the_page_shows_notes_the_end_and_finds_an_older_one(
    service: Service, tmp_path: Path
) -> None:
    """The first time notes the end, the next gives it back; where another was noted, that is told."""
    notes = tmp_path / "notes"
    first, second = (service.shell(documented("Verify the audit record"), NOTES=notes) for _ in range(2))
    ends = notes.read_text().split()
    notes.write_text(f"{ends[0].split(':')[0]}:{'0' * 64}\n")
    third = service.shell(documented("Verify the audit record"), NOTES=notes)

    assert (first.returncode, second.returncode, third.returncode) == (0, 0, 1)
    assert ends == [json.loads(service.command("audit-log", "verify", "--json").stdout)["head"]] * 2
    assert "is not the one that was noted" in third.stderr


def test_erasure_and_tampering_are_told_apart(service: Service) -> None:
    """After an erasure the chain is sound and the job unknown; a changed record is named with status 1."""
    job = jobs(service)["cat"]
    end = json.loads(service.command("audit-log", "verify", "--json").stdout)["head"]
    erased = json.loads(service.command("jobs", "erase", "--candidate", "cat", "--json").stdout)
    gone, sound = service.command("explain", job), service.command("audit-log", "verify", "--noted", end)
    tampered(
        place_of(service),
        "UPDATE audit_records SET public = REPLACE(public, 'completed', 'failed') WHERE seq = 2",
    )
    broken = service.command("audit-log", "verify", "--json")
    explained = service.command("explain", jobs(service)["bob"])

    assert (erased["records"], gone.returncode, sound.returncode) == (1, 1, 0)
    assert (broken.returncode, json.loads(broken.stdout)["faults"]) == (
        1,
        [{"record": 2, "what": "was changed"}],
    )
    assert KEY not in broken.stdout
    assert (explained.returncode, "NOT AS IT WAS WRITTEN: Record 2 was changed." in explained.stdout) == (
        1,
        True,
    )


def test_record_that_was_emptied_is_not_called_whole(service: Service) -> None:
    """As before the first evaluation nothing is wrong, and it is said that nothing is there."""
    tampered(
        place_of(service),
        "DELETE FROM audit_records",
        "UPDATE audit_head SET seq = 0, hash = '', mark = NULL",
    )
    verified = service.command("audit-log", "verify")

    assert verified.stdout.splitlines()[-1].startswith("Nothing is there: no evaluation was ever recorded")
