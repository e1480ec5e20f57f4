"""A run of a draft on a real server: its news come over the wire, and a stop waits for no open page."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.end_to_end.test_crashes import wait_until
from tests.fakes.gated_model import GatedModel
from tests.fakes.service import PATIENCE_S, Process, Service

TOKEN = "a-token-of-the-studio-that-is-long"
TRY = "/studio/packs/default/try"
LONG_S = 10 * PATIENCE_S
"""Seconds for which a stop may wait for requests: a test that waits so long has failed."""


@contextlib.contextmanager
def signed_in(process: Process) -> Iterator[httpx.Client]:
    """Yield a browser of somebody who is signed in."""
    with httpx.Client(base_url=process.url, timeout=PATIENCE_S) as client:
        form = {"token": TOKEN, "csrf": token_in(client.get("/studio/sign-in").text)}
        assert client.post("/studio/sign-in", data=form).status_code == 303
        yield client


def token_in(page: str) -> str:
    """Return the token that a form carries."""
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def begun(client: httpx.Client) -> str:
    """Begin a run over all samples, and return its URL."""
    choice = {"of": "all", "csrf": token_in(client.get(TRY).text)}
    started = client.post(TRY, data=choice)
    assert started.status_code == 303, started.text
    return started.headers["location"]


def test_news_of_a_run_come_as_its_candidates_are_rated(tmp_path: Path) -> None:
    """Each of them once, then the end, after which the server closes the stream."""
    service = Service(tmp_path, "offline", "http://127.0.0.1:9", settings={"studio_token": TOKEN})
    with service.serving() as process, signed_in(process) as client:
        run = begun(client)
        with client.stream("GET", f"{run}/events") as news:
            lines = [line for line in news.iter_lines() if line.startswith("event:")]

    assert lines.count("event: line") == 8
    assert lines[-1] == "event: over"


def test_stop_waits_for_no_page_that_follows_a_run(tmp_path: Path) -> None:
    """Its stream ends cleanly, and the run is told as stopped at the next start."""
    with GatedModel() as model:
        model.close()
        given = {"studio_token": TOKEN, "drain_s": LONG_S}
        service = Service(tmp_path, model.url, "http://127.0.0.1:9", settings=given)
        with service.serving() as process, signed_in(process) as client:
            run = begun(client)
            with client.stream("GET", f"{run}/events") as news:
                model.wait_for(1)
                status = process.stop()
                rest = news.read()
        with service.serving() as process, signed_in(process) as client:
            page = client.get(run).text

    assert (status, rest) == (0, b"")
    assert "the service was stopped before it was done" in page


def test_reader_who_leaves_is_noticed_and_the_run_goes_on(tmp_path: Path) -> None:
    """The page was closed, and the run is done all the same."""
    service = Service(tmp_path, "offline", "http://127.0.0.1:9", settings={"studio_token": TOKEN})
    with service.serving() as process, signed_in(process) as client:
        run = begun(client)
        with client.stream("GET", f"{run}/events") as news:
            next(news.iter_lines())
        wait_until(lambda: "all that could be rated are" in client.get(run).text)
        logged = process.log.read_text()

    assert "Traceback" not in logged
