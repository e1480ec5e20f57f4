"""`evaluator jobs` beside a service that runs, on both databases; what it finds came over HTTP."""

import dataclasses
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from evaluator.cli import job_output
from evaluator.cli.main import run
from evaluator.jobs.operations import Shown
from evaluator.storage.keys import DATABASE_FILE
from evaluator.storage.rows import Attempt, Job, Page
from evaluator.web.schema import example_request
from tests.end_to_end.test_crashes import wait_until
from tests.fakes.callback import Behaviour, FakeCallback, Received, answers
from tests.fakes.gated_model import GatedModel
from tests.fakes.postgres import Postgres
from tests.fakes.service import Process, Service

pytestmark = pytest.mark.usefixtures("log_as_before")

JOB = {
    "id", "candidate_id", "step_id", "state", "delivery", "mode", "status", "pack", "run", "failed_tries",
    "failure", "delivery_note", "owner", "created_at", "updated_at", "finished_at", "next_try_at",
    "deadline_at", "retain_until",
}  # fmt: skip
ATTEMPT = {"number", "kind", "at", "outcome", "status_code", "duration_ms", "detail"}

SECRET = "hush-hush"

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def model() -> Iterator[GatedModel]:
    """The model that the service asks."""
    with GatedModel() as model:
        yield model


@pytest.fixture(scope="module")
def callback() -> Iterator[FakeCallback]:
    """Where results go; it answers by the candidate's name."""
    with FakeCallback() as callback:
        callback.default = _by_name
        yield callback


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def service(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    model: GatedModel,
    callback: FakeCallback,
    postgres: Postgres,
) -> Iterator[Service]:
    """How the service is set up."""
    folder = tmp_path_factory.mktemp("jobs")
    with postgres.database() as url:
        yield Service(
            folder, model.url, callback.url, database_url=url if request.param == "postgresql" else None
        )


@pytest.fixture(scope="module")
def serving(service: Service) -> Iterator[Process]:
    """The service, running."""
    with service.serving() as serving:
        yield serving


@pytest.fixture
def jobs(
    service: Service, serving: Process, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """`evaluator jobs` with the service's settings: status, output and errors of one run."""
    for name, value in service._environment({}).items():
        monkeypatch.setenv(name, value)

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run(["jobs", *arguments])
        return status, *capsys.readouterr()

    return command


def _by_name(received: Received) -> Behaviour:
    """Refuse some candidates for good, and repeat the secret that came."""
    refused = str(received.json["candidate_id"]).startswith("refused")
    echo = f"no place for {received.json['call_secret']}".encode()
    return answers(422, echo) if refused else answers()


def sent(serving: Process, candidate: Any, *, secret: str = SECRET) -> str:
    """Have a request accepted and return its job's id."""
    body = {"candidate_id": candidate, "call_secret": secret, "integration_config": {"mode": "async"}}
    answer = serving.post(example_request() | body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def job_of(jobs: Command, job_id: str) -> dict[str, Any]:
    """Return a job as `show --json` prints it."""
    status, out, err = jobs("show", job_id, "--json")
    assert (status, err) == (0, "")
    job: dict[str, Any] = json.loads(out)["job"]
    return job


def wait_for(jobs: Command, job_id: str, **expected: str) -> dict[str, Any]:
    """Return a job once it stands as expected."""
    wait_until(lambda: expected.items() <= job_of(jobs, job_id).items())
    return job_of(jobs, job_id)


def test_list_has_the_documented_shape_and_filters(jobs: Command, serving: Process) -> None:
    """Every field is there under its name; candidate, status, step and age narrow, the cursor goes on."""
    ids = [sent(serving, "listed", secret=f"s{number}") for number in range(3)]
    for each in ids:
        wait_for(jobs, each, delivery="delivered")
    narrowed = ("--candidate", "listed", "--status", "succeeded", "--delivery", "delivered", "--json")
    first = json.loads(jobs("list", *narrowed, "--limit", "2", "--newer-than", "1h")[1])
    second = json.loads(jobs("list", *narrowed, "--cursor", first["cursor"])[1])
    none = [jobs("list", *narrowed, *more)[1] for more in (("--older-than", "1h"), ("--step", "other"))]

    assert {key for job in first["jobs"] for key in job} == JOB
    assert [job["id"] for job in first["jobs"] + second["jobs"]] == ids[::-1]
    assert [json.loads(each) for each in none] == [{"jobs": [], "cursor": None}] * 2


def test_list_is_readable(jobs: Command, serving: Process) -> None:
    """A row per job, whole where the output is no terminal; nothing in an id steers a terminal."""
    job_id = sent(serving, "\x1b[31mred\n\u202e")
    wait_for(jobs, job_id, delivery="delivered")
    lines = jobs("list", "--limit", "1")[1].splitlines()

    assert lines[0].split() == ["job", "state", "delivery", "age", "candidate", "step", "why"]
    assert lines[1].startswith(f"{job_id} succeeded delivered")
    assert [line for line in lines if not line.isprintable() or line != line.rstrip()] == []


def printed(what: Page | Shown, width: int | None = 80) -> list[str]:
    """Return the lines that a terminal of this width gets, or a pipe."""
    out = Console(file=io.StringIO(), width=width, force_terminal=width is not None, color_system=None)
    if isinstance(what, Page):
        job_output.print_page(what, out, now=1_800_003_600.0)
    else:
        job_output.print_shown(what, out)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue().splitlines()


def stored(**changes: Any) -> Job:
    """Return a job whose delivery is dead, with these fields changed."""
    at = 1_800_000_000.0
    usual = Job(
        id="job_0123456789abcdef0123456789abcdef", candidate_id="cand_58d1f0", step_id=7, state="succeeded",
        delivery="dead", mode="auto", run=1, owner=None, created_at=at, updated_at=at, finished_at=at,
        attempts=1, next_try_at=None, deadline_at=at + 60, secret_mark="5ec4e7", status="completed",
        failure=None, delivery_note="HTTP 422: rejected for good", retention_s=60.0, retain_until=None,
        pack=None,
    )  # fmt: skip
    return dataclasses.replace(usual, **changes)


LONG = "5f0c9a9e-7a3c-4a0e-9d0e-" + "7" * 60


def test_list_tells_all_of_a_job_at_80_columns() -> None:
    """What has no room beside the job stands below it; no id is broken, the reason is whole."""
    why = "given up at the horizon; " + "no connection could be made to the callback; " * 2
    page = Page((stored(candidate_id=LONG, delivery_note=why.strip()),), None)
    lines = printed(page)

    assert max(map(len, lines)) <= 80
    assert lines[3].split() == [stored().id, "succeeded", "dead", "1h"]
    assert lines[4] == f"  {LONG[:37]}…{LONG[-36:]} · 7"
    assert " ".join(" ".join(lines[5:]).split()) == why.strip()


def test_list_keeps_a_job_to_a_line_where_there_is_room() -> None:
    """In a pipe, whatever its length, and on a terminal that is wide enough; no line ends in blanks."""
    page = Page((stored(), stored(candidate_id=LONG, delivery_note=None)), None)

    assert printed(page, 200) == printed(page, None)
    assert printed(page, 200)[1].endswith(
        "1h  cand_58d1f0" + " " * (len(LONG) - 10) + "7    HTTP 422: rejected for good"
    )
    assert [line for line in printed(page, 200) if line != line.rstrip()] == []


def test_show_fits_80_columns() -> None:
    """Ids are cut in the middle, what is longer goes on below its place, and answers below their try."""
    attempt = Attempt("callback", 1_800_000_000.0, "delivered", 123_456, status_code=422, detail="nope " * 60)
    lines = printed(Shown(stored(candidate_id=LONG, failure="word " * 30), (attempt,)))

    assert [line for line in lines if len(line) > 80 or line != line.rstrip()] == []
    assert [line.split() for line in lines if "…" in line] == [
        ["candidate", "id", f"{LONG[:33]}…{LONG[-32:]}"]
    ]
    assert " ".join(lines).count("word") == 30
    assert " ".join(lines).count("nope") == 60


@pytest.mark.parametrize("width", [1, 2, 10, 24])
def test_a_narrow_terminal_loses_no_words(width: int) -> None:
    """Where even the names of the facts have no room, lines are longer than the terminal, and whole."""
    job = stored(candidate_id="候補" * 30, delivery_note="word " * 30)

    assert " ".join(printed(Page((job,), None), width)).count("word") == 30
    assert " ".join(printed(Shown(job, ()), width)).count("word") == 30


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": "running", "delivery": "none"}, True),
        ({"delivery": "owed"}, True),
        ({"delivery": "held"}, True),
        ({"delivery": "delivered"}, False),
        ({"delivery": "answered"}, False),
        ({"delivery": "dead"}, False),
    ],
)
def test_show_tells_until_when_something_is_tried(changes: dict[str, Any], expected: bool) -> None:
    """The time is told while it counts alone, and who has the job in hand in plain words."""
    lines = printed(Shown(stored(owner="web-1", **changes), ()))

    assert ("tried until            2027-01-15T08:01:00.000+00:00" in lines) is expected
    assert any("deadline" in line or "tried until" in line for line in lines) is expected
    assert "in the hand of process web-1" in lines


def test_list_takes_numbers_as_numbers_too(jobs: Command, serving: Process) -> None:
    """An id that came as a number is found by its digits, and shown as it came."""
    sent(serving, 4711)
    (job,) = json.loads(jobs("list", "--candidate", "4711", "--json")[1])["jobs"]

    assert job["candidate_id"] == 4711


def test_show_tells_every_try_and_no_secret(jobs: Command, serving: Process) -> None:
    """The callback's answer repeats the request with its secret, and the secret is not shown."""
    job_id = sent(serving, "refused-1")
    wait_for(jobs, job_id, delivery="dead")
    shown = json.loads(jobs("show", job_id, "--json")[1])
    everything = [jobs("show", job_id, "--request", "--result", *form)[1] for form in ([], ["--json"])]

    assert {key for each in shown["attempts"] for key in each} == ATTEMPT
    assert [(each["kind"], each["status_code"]) for each in shown["attempts"]] == [
        ("model", None),
        ("callback", 422),
    ]
    assert [text for text in everything if SECRET in text or "no place for [removed]" not in text] == []


def test_show_holds_the_cv_where_asked_for_alone(jobs: Command, serving: Process) -> None:
    """By itself neither form has a word of the CV; with --request both have it."""
    job_id = sent(serving, "with-cv")
    wait_for(jobs, job_id, delivery="delivered")
    words = example_request()["candidate_parsed_cv"]["summary"]
    found = [
        words in jobs("show", job_id, *more)[1]
        for more in ((), ("--json",), ("--request",), ("--request", "--json"))
    ]

    assert found == [False, False, True, True]


def test_retry_sets_a_failed_job_going(
    jobs: Command, serving: Process, model: GatedModel, callback: FakeCallback
) -> None:
    """The service takes it up, and the result is called back."""
    model.script = lambda *call: 401
    job_id = sent(serving, "failed-1", secret="retried")
    wait_for(jobs, job_id, state="failed")
    model.script = lambda *call: None
    status, out, err = jobs("retry", job_id)
    wait_for(jobs, job_id, delivery="delivered")

    assert (status, out, err) == (0, f"{job_id}: set going\n", "")
    assert callback.received[-1].json["call_secret"] == "retried"


def test_cancel_ends_a_job_for_good(jobs: Command, serving: Process, model: GatedModel) -> None:
    """A job that is being worked on ends, and a late answer of the model changes nothing."""
    model.close()
    job_id = sent(serving, "cancelled-1")
    wait_for(jobs, job_id, state="running")
    status, out, _ = jobs("cancel", job_id, "--json")
    other = sent(serving, "cancelled-2")
    wait_for(jobs, other, state="running")
    told = jobs("cancel", other)
    model.open()
    wait_for(jobs, sent(serving, "after"), delivery="delivered")

    assert (status, {key for job in json.loads(out)["changed"] for key in job}) == (0, JOB)
    assert told == (
        0,
        f"{other}: cancelled\n",
        "A model call under way is not stopped, but comes to nothing.\n",
    )
    assert [job_of(jobs, each)["state"] for each in (job_id, other)] == ["cancelled"] * 2


def test_replay_delivers_what_was_dead(jobs: Command, serving: Process, callback: FakeCallback) -> None:
    """One by its id, the others of a range together; each arrives."""
    ids = [sent(serving, f"refused-{number}", secret=f"replayed-{number}") for number in range(2, 5)]
    for each in ids:
        wait_for(jobs, each, delivery="dead")
    callback.default = lambda received: answers()
    one = jobs("replay", ids[0])
    rest = jobs(
        "replay", "--all", "--candidate", "refused-3", "--candidate", "refused-4", "--newer-than", "1h"
    )
    for each in ids:
        wait_for(jobs, each, delivery="delivered")
    callback.default = _by_name

    assert one == (0, f"{ids[0]}: to be delivered\n", "")
    assert (rest[0], sorted(rest[1].split())) == (
        0,
        sorted(f"{ids[1]}: to be delivered {ids[2]}: to be delivered".split()),
    )


def test_replay_all_leaves_what_an_operator_cancelled(
    jobs: Command, serving: Process, callback: FakeCallback
) -> None:
    """It says how many and why, in JSON which; by its name such a job is replayed."""
    callback.default = lambda received: answers(503)
    job_id = sent(serving, "given-up", secret="given-up")
    wait_for(jobs, job_id, delivery="owed", state="succeeded")
    assert jobs("cancel", job_id)[0] == 0
    wide = ("replay", "--all", "--candidate", "given-up")
    status, out, err = jobs(*wide)
    told = json.loads(jobs(*wide, "--json")[1])
    callback.default = _by_name

    assert (status, out, err) == (
        0,
        "",
        "Nothing to replay.\n1 delivery left, cancelled by an operator: name the job to replay it.\n",
    )
    assert told == {
        "changed": [],
        "refused": [{"id": job_id, "reason": f"{job_id} was cancelled by an operator: name it to replay it"}],
    }
    assert jobs("replay", job_id)[0] == 0


def test_nothing_to_do_is_told(jobs: Command) -> None:
    """A range without dead deliveries and a candidate without jobs say so."""
    assert jobs("replay", "--all", "--candidate", "nobody") == (0, "", "Nothing to replay.\n")
    assert jobs("erase", "--candidate", "nobody")[1] == "No jobs of this candidate are held.\n"


def test_erase_leaves_nothing_of_a_candidate(jobs: Command, service: Service, serving: Process) -> None:
    """Jobs and results are gone while the service runs; on SQLite the id is in none of its files."""
    erased, kept = sent(serving, "to-be-erased-77"), sent(serving, "to-be-kept-77")
    for each in (erased, kept):
        wait_for(jobs, each, delivery="delivered")
    status, out, _ = jobs("erase", "--candidate", "to-be-erased-77", "--json")
    folder = service.folder / "data"
    on_disk = b"".join(path.read_bytes() for path in folder.glob(f"{DATABASE_FILE}*"))

    told = json.loads(out)
    assert (status, told["erased"], set(told)) == (
        0,
        [erased],
        {"erased", "marks", "at", "overwritten", "records", "kept_cases", "run_results"},
    )
    assert jobs("show", erased)[0] == 1
    assert (b"to-be-erased-77" in on_disk, b"to-be-kept-77" in on_disk) == (
        False,
        service.database_url is None,
    )


def test_erase_tells_that_copies_are_left(jobs: Command, service: Service, serving: Process) -> None:
    """Beside somebody who reads SQLite's files it ends with 1 and says what helps; all is erased."""
    erased = sent(serving, "to-be-erased-78")
    wait_for(jobs, erased, delivery="delivered")
    file = service.folder / "data" / DATABASE_FILE
    with closing(sqlite3.connect(file if service.database_url is None else ":memory:")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        status, out, err = jobs("erase", "--candidate", "to-be-erased-78")

    told = "What names or quotes them is erased from the audit record (1)."
    assert out == f"1 job erased, with its request, result and attempts. {told}\n"
    assert jobs("show", erased)[0] == 1
    assert (status, "run the same again" in err) == (
        (1, True) if service.database_url is None else (0, False)
    )


def test_refusals_say_what_to_do(jobs: Command, serving: Process) -> None:
    """An unknown job and a state that does not allow it end with 1; the others are done all the same."""
    done, dead = sent(serving, "done"), sent(serving, "refused-9")
    wait_for(jobs, done, delivery="delivered")
    wait_for(jobs, dead, delivery="dead")
    status, out, err = jobs("retry", "job_unknown", done, dead, "--json")
    told = json.loads(out)

    assert (status, err, told["changed"]) == (1, "", [])
    assert [each["id"] for each in told["refused"]] == ["job_unknown", done, dead]
    assert told["refused"][2]["reason"].endswith("its delivery is dead: replay it")
    assert jobs("show", "job_unknown")[::2] == (
        1,
        "evaluator: there is no job 'job_unknown': erased, expired, or in another database\n",
    )
    assert [each for each in told["refused"] if len(each["reason"]) > 110] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--older-than", "yesterday"],
        ["list", "--status", "dead"],
        ["list", "--cursor", "elsewhere"],
        ["list", "--limit", "0"],
        ["replay"],
        ["replay", "--all", "job_1"],
        ["replay", "job_1", "--candidate", "c"],
        ["erase"],
        ["retry"],
    ],
)
def test_wrong_arguments_end_with_2(jobs: Command, arguments: list[str]) -> None:
    """What cannot be meant is told on the error stream, and nothing is done."""
    status, out, err = jobs(*arguments)

    assert (status, out, bool(err)) == (2, "", True)


@pytest.mark.parametrize("arguments", [["list"], ["erase", "--candidate", "c"]])
def test_missing_database_is_told_and_not_made(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    """The message names the setting; neither the folder nor a key nor a database appears."""
    monkeypatch.delenv("EVALUATOR_DATABASE_URL", raising=False)
    monkeypatch.setenv("EVALUATOR_DATA_DIR", str(tmp_path / "nowhere"))

    assert run(["jobs", *arguments]) == 2
    assert "EVALUATOR_DATA_DIR" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_missing_postgres_database_is_told(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A database of no such name, and one without our tables, are told apart from a wrong state."""
    with postgres.database() as url:
        name = url.partition("?")[0].rpartition("/")[2]
        monkeypatch.setenv("EVALUATOR_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("EVALUATOR_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
        told = []
        for each in (url, url.replace(name, "no_such_name")):
            monkeypatch.setenv("EVALUATOR_DATABASE_URL", each)
            assert run(["jobs", "list"]) == 2
            told.append(capsys.readouterr().err)

    assert "holds nothing of ours yet" in told[0]
    assert '"no_such_name" does not exist' in told[1]
