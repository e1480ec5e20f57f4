"""Nothing of a candidate and no secret is written where it does not belong: marks are planted everywhere.

Every text of a request and every secret setting has a mark of its own. Real processes then go through
success, every kind of failure, bad requests, the command line and the end by SIGTERM, with the log at two
levels; whatever was written is searched, and each mark has to be found where it must be and nowhere else.
"""

import base64
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bench.scripted_model import completion_for
from evaluator.web.schema import example_request
from tests.end_to_end.test_crashes import wait_until
from tests.fakes.callback import FakeCallback, answers
from tests.fakes.gated_model import GatedModel
from tests.fakes.marks import Marks
from tests.fakes.postgres import Postgres
from tests.fakes.service import Process, Service

PATH = "/webhook/assessment"
IDS = ("/candidate_id", "/pipeline_step_id")
ECHOED = (*IDS, "/call_secret", "/v")
OF_CANDIDATE = ("/candidate_parsed_cv", "/application_form", "/comments", "/context", "/unknown")
CRITERIA = ("/job/skills", "/integration_config/criteria/0/title")
SECRETS = ("webhook_token", "solidats_api_key", "model_api_key", "metrics_token")

BODY: dict[str, Any] = example_request() | {
    "context": [
        {"app": "screening", "notes": {"said": "likes ferries and trains"}, "list": ["a bridge by night"]}
    ],
    "unknown": {"deep": [{"text": "what no contract knows"}], "plain": "a further field"},
    "created_at": "2025-03-04",
}
BODY["comments"][0]["by"] = "a colleague of the team"
BODY["candidate_parsed_cv"]["more"] = {"certificate": "of a course on queues"}
BODY["job"]["location"] = "by the old harbour"
BODY["application_form"] |= {"email": "wants a call", "notes": "See jane.doe@"}
BODY["integration_config"] |= {
    "team": "blue", "instructions": "Mind the nights.", "must_have": ["python"], "weights": {"python": 30},
    "tone": {"style": "kind words"},
}  # fmt: skip
SPARED = (
    "/integration_config/prompt",
    "/integration_config/language",
    "/integration_config/criteria/0/required_level",
)
KEYED = ("/context/0", "/unknown", "/candidate_parsed_cv/more", "/job/more", "/integration_config/tone")

FAILURES = (401, 402, 403, 404, 400, 413, 422, 429, 500, 503)
"""What the endpoint answers with, each time with the whole prompt in its words."""

HIDDEN = ("/application_form/email", "/application_form/notes")
"""Texts that redaction takes out: what stands in the field for an address, and an address."""


@dataclass
class Written:
    """What was written in the course of one process's life, by the place it was written to."""

    log: bytes = b""
    metrics: list[bytes] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)
    failed: list[bytes] = field(default_factory=list)
    rated: list[bytes] = field(default_factory=list)
    titles: list[bytes] = field(default_factory=list)
    commands: list[bytes] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    called_back: list[bytes] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    server_log: bytes = b""


@dataclass
class Course:
    """One process, what it was given, and what it wrote."""

    marks: Marks
    written: Written
    statuses: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module", params=[("debug", "sqlite"), ("info", "sqlite"), ("debug", "postgresql")])
def course(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> Course:
    """One process at each level of the log and on each kind of database, through everything, and ended."""
    folder = tmp_path_factory.mktemp("leaks")
    course = Course(Marks(), Written())
    level, kind = request.param
    with GatedModel() as model, FakeCallback() as callback, postgres.database() as url:
        model.refusal = echoing
        settings = {name: course.marks.new(f"settings/{name}") for name in SECRETS}
        raw = course.marks.new("settings/encryption_key").encode().ljust(32, b"k")
        settings["encryption_key"] = base64.urlsafe_b64encode(raw).decode()
        settings |= {"log_level": level, "log_format": "json", "model_retry_s": "1", "drain_s": "1"}
        settings |= {"max_body_bytes": "100000", "response_mode": "sync"}
        used = url if kind == "postgresql" else None
        service = Service(folder, model.url, callback.url, database_url=used, settings=settings)
        with service.serving() as serving:
            Walk(course, serving, service, model, callback, settings).all()
        course.written.log = serving.log.read_bytes()
        course.written.asked = list(model.bodies)
        course.written.called_back = [each.body for each in callback.received]
        files = sorted(path for path in (folder / "data").rglob("*") if path.is_file())
        course.written.files = {path.name: path.read_bytes() for path in files}
        course.written.files |= postgres.tables(used) if used else {}
        course.written.server_log = postgres.log() if used else b""
    return course


def echoing(body: bytes) -> bytes:
    """Return an error of an endpoint that repeats what it was sent, as some do."""
    said = json.loads(body)["messages"][-1]["content"]
    return json.dumps(
        {"error": {"message": f"Invalid request: {said}", "param": said, "code": said}}
    ).encode()


@dataclass
class Walk:
    """The way of a process through all that can come to it."""

    course: Course
    serving: Process
    service: Service
    model: GatedModel
    callback: FakeCallback
    settings: dict[str, str]

    def all(self) -> None:
        """Go through everything, and end the process with work in its hand."""
        self.successes()
        self.failures()
        self.refusals()
        self.figures()
        self.commands()
        self.end()

    def body(self, name: str, **changes: Any) -> dict[str, Any]:
        """Return a request with marks of its own under `name`."""
        marked = self.course.marks.planted(
            BODY,
            name,
            spare=[name + each for each in SPARED],
            keys=lambda place: place.startswith(tuple(name + each for each in KEYED)),
        )
        config = {**marked["integration_config"], **changes.pop("config", {})}
        whole: dict[str, Any] = {**marked, **changes, "integration_config": config}
        form = whole["application_form"]
        form["notes"] = f"{form['notes'].replace('@', '.')}@example.org"
        return whole

    def post(self, name: str, body: Any, path: str = PATH, **headers: str) -> httpx.Response:
        """Post a body, which is no JSON where it is text, and note the status."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        usual = {
            "authorization": f"Bearer {self.settings['webhook_token']}",
            "content-type": "application/json",
        }
        sent = {key: value for key, value in (usual | headers).items() if value}
        answer = httpx.post(f"{self.serving.url}{path}", content=content, headers=sent, timeout=60)
        self.course.statuses[name] = answer.status_code
        return answer

    def successes(self) -> None:
        """In the answer, by the token in the URL, and by callback, of which the first try fails."""
        written = self.course.written
        written.rated.append(self.post("sync", self.body("sync")).content)
        by_link = f"{PATH}/{self.settings['webhook_token']}"
        written.rated.append(self.post("link", self.body("link"), by_link, authorization="").content)
        self.callback.script(answers(500, b"no"))
        written.refused.append(self.post("async", self.body("async", config={"mode": "async"})).content)
        wait_until(lambda: len(self.callback.received) >= 2)

    def failures(self) -> None:
        """All statuses of the endpoint, the prompt in its words; replies that do not fit; opting out."""
        replies: dict[str, Callable[[bytes], int | bytes]] = {
            **{str(status): (lambda body, status=status: status) for status in FAILURES},
            "prose": lambda body: said(body, json.loads(body)["messages"][-1]["content"]),
            "cut": lambda body: said(body, json.loads(body)["messages"][-1]["content"], "length"),
            "filtered": lambda body: said(
                body, json.loads(body)["messages"][-1]["content"], "content_filter"
            ),
            "misfit": lambda body: said(body, json.dumps({"criteria": json.loads(body)["messages"]})),
            "no JSON": lambda body: body[: len(body) // 2],
        }
        for name, reply in replies.items():
            self.model.script = lambda number, body, reply=reply: reply(body)
            answer = self.post(name, self.body(f"fail {name}", current_rating=50))
            self.course.written.failed.append(answer.content)
        self.model.script = lambda number, body: None
        out = self.body("opted out", config={"opt_out_field": "leave"})
        out["application_form"]["leave"] = "yes"
        self.course.written.failed.append(self.post("opted out", out).content)

    def refusals(self) -> None:
        """Whatever is turned away, with marks in all that is wrong with it."""
        new = self.course.marks.new
        wrong = self.body("wrong", candidate_parsed_cv=self.course.marks.new("wrong/cv as text"))
        wrong[new("wrong/key")] = {"x": new("wrong/value")}
        wrong["job"] = {"skills": [{"slug": new("wrong/slug"), "exp_level": new("wrong/level")}]}
        kinds = self.course.marks.planted(["a"], "wrong kinds")
        asked: list[tuple[str, Any, dict[str, Any]]] = [
            ("types", wrong, {}),
            ("no json", b'{"a": "' + new("broken/text").encode(), {}),
            ("twice", f'{{"{new("twice/key")}": 1, "b": 2, "b": 3}}'.encode(), {}),
            ("not utf-8", b"\xff" + new("bytes/text").encode(), {}),
            ("large", self.body("large", step_prompt=new("large/text") * 20_000), {}),
            ("pack", self.body("pack", config={"prompt": new("pack/name")}), {}),
            ("model", self.body("model", config={"model": new("model/name")}), {}),
            ("redact", self.body("redact", config={"redact": kinds}), {}),
            ("language", self.body("language", config={"language": new("language/tag")}), {}),
            ("text", self.body("text"), {"content-type": f"text/{new('text/type')}"}),
            ("encoding", self.body("encoding"), {"content-encoding": new("encoding/name")}),
            ("bearer", self.body("bearer"), {"authorization": f"Bearer {new('bearer/value')}"}),
            ("no bearer", self.body("no bearer"), {"authorization": ""}),
            ("app", self.body("app"), {"x-solidats-app-id": new("app/id")}),
            ("cookie", b"", {"cookie": new("cookie/value"), "user-agent": new("agent/value")}),
            ("link", self.body("bad link"), {"path": f"{PATH}/{new('bad link/token')}", "authorization": ""}),
            ("nowhere", b"", {"path": f"/{new('nowhere/path')}?q={new('nowhere/query')}"}),
        ]
        for name, body, options in asked:
            self.course.written.refused.append(self.post(f"refused {name}", body, **options).content)
        self.course.written.refused.append(self._raw(f"NO {new('raw/path')}\r\n{new('raw/header')}\r\n\r\n"))
        self.course.written.refused.append(
            self.post("logged", b"", **{"x-request-id": new("request id")}).content
        )

    def _raw(self, sent: str) -> bytes:
        """Return what comes of bytes that are no request."""
        where = urlsplit(self.serving.url)
        with socket.create_connection((where.hostname or "", where.port or 0), timeout=10) as connection:
            connection.sendall(sent.encode())
            return connection.recv(65_536)

    def figures(self) -> None:
        """The metrics, with their token and without, and what the system shows of the process."""
        for bearer in (self.settings["metrics_token"], self.course.marks.new("metrics/bearer")):
            headers = {"authorization": f"Bearer {bearer}"}
            answer = httpx.get(f"{self.serving.url}/metrics", headers=headers)
            self.course.written.metrics.append(answer.content)
            self.course.statuses[f"metrics {len(self.course.written.metrics)}"] = answer.status_code
        own = Path(f"/proc/{self.serving.process.pid}")
        for name in ("cmdline", "comm", "status"):
            self.course.written.titles += [
                each.read_bytes() for each in [own / name, *own.glob(f"task/*/{name}")]
            ]

    def commands(self) -> None:
        """The jobs, listed and each shown, as table and as JSON."""
        listed = self.service.command("jobs", "list", "--json", "--limit", "1000")
        told = [listed, self.service.command("jobs", "list")]
        jobs = {
            (job["state"], job["status"], job["failure"]): job["id"]
            for job in json.loads(listed.stdout)["jobs"]
        }
        told += [self.service.command("jobs", "show", each) for each in list(jobs.values())[:6]]
        assert [each.returncode for each in told] == [0] * len(told), told[-1].stderr
        self.course.written.commands = [(each.stdout + each.stderr).encode() for each in told]

    def end(self) -> None:
        """SIGTERM while the model is asked: the work is put back."""
        self.model.close()
        self.post("put back", self.body("put back", config={"mode": "async"}))
        self.model.wait_for(self.model.calls)
        self.course.statuses["end"] = self.serving.stop()


def said(body: bytes, content: str, finish_reason: str = "stop") -> bytes:
    """Return a completion that says `content`."""
    completion = json.loads(completion_for(body)[0])
    completion["choices"] = [
        {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": content}}
    ]
    return json.dumps(completion).encode()


def pointers(places: set[str]) -> set[str]:
    """Return places without the request that they are of."""
    return {place[place.index("/") :] if "/" in place else place for place in places}


def test_course_went_through_everything(course: Course) -> None:
    """Each step had the end that it was to have: else nothing was shown."""
    statuses = course.statuses
    failed = {statuses[str(status)] for status in FAILURES}

    assert (statuses["sync"], statuses["link"], statuses["async"], statuses["opted out"]) == (
        200,
        200,
        202,
        501,
    )
    assert failed <= {502, 503}
    assert {statuses[name] for name in ("prose", "cut", "filtered", "misfit")} == {502}
    assert statuses["no JSON"] in (502, 503)
    refused = {name: status for name, status in statuses.items() if name.startswith("refused ")}
    assert set(refused.values()) == {400, 401, 403, 404, 413, 415}
    assert (statuses["metrics 1"], statuses["metrics 2"], statuses["end"]) == (200, 401, 0)


def test_model_is_asked_with_the_candidates_texts_and_without_ids_and_secrets(course: Course) -> None:
    """What a judgement needs is there; ids, the secret, settings and what redaction takes out are not."""
    found = pointers(course.marks.in_bytes(*course.written.asked))

    assert {"/candidate_parsed_cv/raw", "/application_form/why_us", "/comments/0/content"} <= found
    assert {"/context/0/notes/said", "/job/description", "/integration_config/instructions"} <= found
    assert not found & {*ECHOED, *HIDDEN, *course.marks.under("settings")}
    assert not course.marks.in_bytes(*course.written.asked) & course.marks.under("opted out")


def test_log_holds_nothing(course: Course) -> None:
    """But the request's id, which its sender chose for it to be found there."""
    assert course.marks.in_bytes(course.written.log) == {"request id"}
    assert len(course.written.log.splitlines()) > 40


def test_database_servers_log_holds_nothing(course: Course) -> None:
    """No statement failed with a candidate's words in it."""
    assert course.marks.in_bytes(course.written.server_log) == set()


def test_metrics_hold_nothing(course: Course) -> None:
    """No label is made of what came."""
    assert course.marks.in_bytes(*course.written.metrics) == set()
    assert b"evaluator_http_requests_total" in course.written.metrics[0]


def test_refusals_repeat_nothing(course: Course) -> None:
    """A refusal names fields by pointer and never a value; the request's id alone comes back."""
    assert course.marks.in_bytes(*course.written.refused) == {"request id"}


def test_failures_echo_ids_and_nothing_else(course: Course) -> None:
    """What the endpoint said of the prompt does not reach the answer."""
    found = pointers(course.marks.in_bytes(*course.written.failed))

    assert found == set(ECHOED)


@pytest.mark.parametrize("where", ["rated", "called_back"])
def test_results_hold_what_is_quoted_and_echoed(course: Course, where: str) -> None:
    """The quotes of a result are the application's own words; the rest of it is not in there."""
    found = course.marks.in_bytes(*getattr(course.written, where))
    allowed = (
        "/candidate_parsed_cv",
        *CRITERIA,
        "/integration_config/must_have",
        "/integration_config/weights",
    )

    assert set(ECHOED) <= pointers(found)
    assert {place for place in pointers(found) - set(ECHOED) if not place.startswith(allowed)} == set()


def test_process_title_and_arguments_hold_nothing(course: Course) -> None:
    """Whoever lists processes sees neither a key nor a candidate."""
    assert course.marks.in_bytes(*course.written.titles) == set()
    assert any(b"serve" in each for each in course.written.titles)


def test_files_hold_no_word_of_a_candidate_in_the_clear(course: Course) -> None:
    """The database is sealed but for the two ids, and the names of criteria: a job's and a team's words."""
    found = pointers(course.marks.in_bytes(*course.written.files.values()))

    assert set(IDS) <= found
    assert {place for place in found - set(IDS) if not place.startswith(CRITERIA)} == set()


def test_jobs_are_shown_with_their_ids_alone(course: Course) -> None:
    """An operator sees whose job it is and what became of it, and no word of the request."""
    found = pointers(course.marks.in_bytes(*course.written.commands))

    assert found == set(IDS)


@pytest.mark.parametrize(
    "hide",
    [
        lambda mark: mark,
        lambda mark: mark.upper(),
        lambda mark: json.dumps({"a": [mark]}),
        lambda mark: base64.b64encode(f"x{mark}".encode()).decode(),
        lambda mark: base64.b64encode(f"xy{mark}y".encode()).decode(),
        lambda mark: base64.urlsafe_b64encode(f"{mark}…".encode()).decode(),
        lambda mark: mark.encode().hex(),
        lambda mark: mark.encode("utf-16").decode("latin-1"),
    ],
)
def test_search_finds_a_mark_in_every_form(hide: Callable[[str], str]) -> None:
    """The search itself can fail: it finds what is there, and only that."""
    marks = Marks()
    mark, _ = marks.new("here"), marks.new("elsewhere")

    assert marks.in_bytes(f"before {hide(mark)} behind".encode("latin-1", "replace")) == {"here"}


def test_planting_leaves_no_text_without_a_mark() -> None:
    """Each text of the request, however deep, has one of its own."""
    marks = Marks()
    planted = marks.planted(BODY, "")

    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [text for member in value.values() for text in texts(member)]
        return (
            [text for item in value for text in texts(item)]
            if isinstance(value, list)
            else ([value] if isinstance(value, str) else [])
        )

    assert all(marks.in_bytes(text.encode()) for text in texts(planted))
    assert len(marks.places) == len(texts(planted))
