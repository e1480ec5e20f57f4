"""The service on a real socket, against senders that are slow, broken, or hostile."""

import contextlib
import json
import socket
import struct
import threading
from typing import Any

import pytest
from structlog.testing import capture_logs

from evaluator.web.schema import example_request
from evaluator.web.server import MAX_HEAD_BYTES
from tests.fakes.jobs import FakeJobs, HeldJobs
from tests.fakes.server import PATIENCE_S
from tests.fakes.web import (
    MAX_BODY_BYTES,
    PATH,
    Address,
    answer,
    app_over,
    connected,
    head_of,
    posted,
    serving,
    whole,
)

BODY = json.dumps(example_request()).encode()
SHORT_S = 0.2


def closes(address: Address) -> bool:
    """Wait until nothing listens at `address` any more."""
    while True:
        try:
            socket.create_connection(address, timeout=PATIENCE_S).close()
        except ConnectionError:
            return True


def requests_in(logged: list[Any]) -> list[tuple[str, int, str]]:
    """Return level, status and outcome of each request's line."""
    lines = [line for line in logged if line["event"] == "request"]
    return [(line["log_level"], line["status"], line["outcome"]) for line in lines]


def test_requests_share_a_connection() -> None:
    """A connection is kept for the next request, and no header names the server."""
    with serving(app_over()) as address, connected(address) as connection:
        for _ in range(2):
            connection.sendall(posted(BODY))
            status, headers, result = answer(connection)
            assert (status, result["rating"]) == (200, 72)
            assert not {"server", "connection"} & set(headers)


@pytest.mark.parametrize("framing", [{"content_length": len(BODY)}, {"transfer_encoding": "chunked"}])
def test_stalled_body_is_cut(framing: dict[str, str | int]) -> None:
    """A body that stops half-way gets 408 after the deadline, and the connection ends."""
    jobs = FakeJobs()
    with serving(app_over(jobs, body_timeout_s=SHORT_S)) as address, connected(address) as connection:
        connection.sendall(
            head_of(**framing)
            + BODY[:20].join([b"14\r\n", b"\r\n"] if "transfer_encoding" in framing else [b"", b""])
        )
        status, headers, refusal = answer(connection)

        assert (status, headers["connection"]) == (408, "close")
        assert refusal["detail"] == "the body did not arrive in time"
        assert (whole(connection), jobs.requests) == (b"", [])


def test_body_that_trickles_is_cut() -> None:
    """The deadline is for the whole body: a byte now and then does not move it."""
    with serving(app_over(body_timeout_s=SHORT_S)) as address, connected(address) as connection:
        connection.sendall(head_of(content_length=MAX_BODY_BYTES))
        connection.settimeout(0.01)
        received = b""
        for _ in range(1_000):
            connection.sendall(b" ")
            with contextlib.suppress(TimeoutError):
                received = connection.recv(4096)
                break

        assert received.startswith(b"HTTP/1.1 408 ")


def test_chunked_oversize_is_cut_while_it_comes() -> None:
    """Without a length the body is counted, and gets 413 as soon as it is too much."""
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    jobs = FakeJobs()
    with serving(app_over(jobs)) as address, connected(address) as connection:
        connection.sendall(head_of(transfer_encoding="chunked") + chunk * (MAX_BODY_BYTES // 65_536 + 1))
        status, headers, _ = answer(connection)

    assert (status, headers["connection"], jobs.requests) == (413, "close", [])


def test_oversize_by_its_length_is_refused_before_it_comes() -> None:
    """A length beyond the limit is enough to refuse."""
    with serving(app_over()) as address, connected(address) as connection:
        connection.sendall(head_of(content_length=10**12))

        assert answer(connection)[0] == 413


def test_stranger_is_refused_before_the_body_comes() -> None:
    """401 is given on the headers; a sender that goes on sending still gets to read it."""
    with serving(app_over(token="t")) as address, connected(address) as connection:
        connection.sendall(head_of(content_length=300_000))
        status, headers, _ = answer(connection)
        connection.sendall(b" " * 300_000)

        assert (status, headers["connection"]) == (401, "close")
        assert whole(connection) == b""


def test_refused_sender_that_goes_silent_is_cut() -> None:
    """After an early answer the rest of the body is not waited for longer than the body's deadline."""
    with serving(app_over(token="t", body_timeout_s=SHORT_S)) as address, connected(address) as connection:
        connection.sendall(head_of(content_length=300_000) + b" ")

        assert answer(connection)[0] == 401
        assert whole(connection) == b""


def test_sender_that_asks_first_is_refused_without_sending() -> None:
    """Expect: 100-continue is answered with the refusal."""
    with serving(app_over(token="t", body_timeout_s=SHORT_S)) as address, connected(address) as connection:
        connection.sendall(head_of(content_length=300_000, expect="100-continue"))

        assert answer(connection)[0] == 401


@pytest.mark.parametrize("credentials", ["Bearer schlüssel", "Bearer \x80\xff", "Bearer t" + "\xa0"])
def test_bytes_that_are_no_ascii_are_no_bearer(credentials: str) -> None:
    """Any bytes in Authorization are compared, and refused."""
    with serving(app_over(token="t")) as address, connected(address) as connection:
        connection.sendall(posted(BODY, authorization=credentials))

        assert answer(connection)[0] == 401


def test_hundred_thousand_levels_do_not_end_the_service() -> None:
    """The deepest nesting gets 400, and the next request on the connection is served."""
    with serving(app_over()) as address, connected(address) as connection:
        connection.sendall(posted(b'{"job":' + b"[" * 100_000))
        assert answer(connection)[0] == 400

        connection.sendall(posted(BODY))
        assert answer(connection)[0] == 200


@pytest.mark.parametrize("reset", [False, True])
def test_sender_that_leaves_is_no_fault(reset: bool) -> None:
    """A connection that ends half-way through a body is logged as such, once, and not as an error."""
    with capture_logs() as logged, serving(app_over()) as address:
        with connected(address) as connection:
            connection.sendall(head_of(content_length=100) + b"{")
            linger = struct.pack("ii", int(reset), 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        with connected(address) as connection:
            connection.sendall(posted(BODY))
            answer(connection)

    assert set(requests_in(logged)) == {("info", 499, "client gone"), ("info", 200, "completed")}


@pytest.mark.parametrize("sent", [b"", b"POST /webhook/assessment HTTP/1.1\r\nhost: x\r\n"])
def test_headers_that_do_not_come_end_the_connection(sent: bytes) -> None:
    """A connection without a whole request's head is closed, from its first byte or before it."""
    with serving(app_over(), header_timeout_s=SHORT_S) as address, connected(address) as connection:
        connection.sendall(sent)

        assert whole(connection) == b""


def test_second_request_has_the_same_deadline() -> None:
    """Half a head after a whole request is closed too."""
    with serving(app_over(), header_timeout_s=SHORT_S) as address, connected(address) as connection:
        connection.sendall(posted(BODY))
        assert answer(connection)[0] == 200

        connection.sendall(b"GET /health/live HTTP/1.1\r\n")
        assert whole(connection) == b""


def test_connections_beyond_the_limit_get_503() -> None:
    """As many connections as are allowed are served, and one more is turned away."""
    with serving(app_over(), max_connections=1) as address, connected(address) as first:
        first.sendall(posted(BODY))
        assert answer(first)[0] == 200

        with connected(address) as second:
            second.sendall(posted(BODY))
            assert whole(second).startswith(b"HTTP/1.1 503 ")


def test_path_token_with_any_bytes_is_refused() -> None:
    """A path that is no UTF-8 is a wrong token and no fault."""
    with serving(app_over(token="t")) as address, connected(address) as connection:
        connection.sendall(posted(BODY, path=f"{PATH}/%ff%00%ed%a0%80"))

        assert answer(connection)[0] == 401


def test_stop_finishes_what_is_in_flight() -> None:
    """A stop takes no more connections, and ends when the requests in work are answered."""
    jobs, statuses = HeldJobs(), list[int]()

    def send(address: Address) -> None:
        with connected(address) as connection:
            connection.sendall(posted(BODY))
            if jobs.begun.wait(PATIENCE_S) and closes(address):
                jobs.released.set()
            statuses.append(answer(connection)[0])

    with serving(app_over(jobs), drain_s=PATIENCE_S) as address:
        sender = threading.Thread(target=send, args=(address,))
        sender.start()
        assert jobs.begun.wait(PATIENCE_S)

    sender.join(PATIENCE_S)
    assert statuses == [200]


def test_sender_that_leaves_before_the_answer_is_noted() -> None:
    """Nobody waits for the answer any more: the jobs are told, and the log says so, once."""
    jobs = HeldJobs()
    with capture_logs() as logged, serving(app_over(jobs), drain_s=PATIENCE_S) as address:
        with connected(address) as connection:
            connection.sendall(posted(BODY))
            assert jobs.begun.wait(PATIENCE_S)
        assert jobs.left.wait(PATIENCE_S)

    assert requests_in(logged) == [("info", 499, "client gone")]
    assert jobs.requests == []


def test_stop_cuts_what_takes_too_long() -> None:
    """A stop does not wait for ever: after the time to drain the sender is told to come again."""
    jobs = HeldJobs()
    with capture_logs() as logged, contextlib.ExitStack() as sender:
        with serving(app_over(jobs), drain_s=1) as address:
            connection = sender.enter_context(connected(address))
            connection.sendall(posted(BODY))
            assert jobs.begun.wait(PATIENCE_S)
        status, headers, refusal = answer(connection)

    assert (status, headers["retry-after"]) == (503, "30")
    assert refusal["detail"] == "the service is stopping; send the request again"
    assert requests_in(logged) == [("info", 503, "cut")]


def test_second_ctrl_c_ends_at_once_and_in_order(caplog: pytest.LogCaptureFixture) -> None:
    """Without time to drain the sender is told as well, what is open is closed, and nothing breaks."""
    jobs, closed = HeldJobs(), list[str]()

    async def close() -> None:
        closed.append("closed")

    app = app_over(jobs, on_shutdown=[close])
    with contextlib.ExitStack() as sender:
        with serving(app, drain_s=PATIENCE_S, at_once=True) as address:
            connection = sender.enter_context(connected(address))
            connection.sendall(posted(BODY))
            assert jobs.begun.wait(PATIENCE_S)
        status = answer(connection)[0]

    assert (status, closed) == (503, ["closed"])
    assert [record.name for record in caplog.records if record.levelname == "ERROR"] == []


def test_stop_is_told_from_its_begin_to_its_end() -> None:
    """The log says what a stop waits for, how to end it at once, and when it is over."""
    jobs = HeldJobs()
    with (
        capture_logs() as logged,
        contextlib.ExitStack() as sender,
        serving(app_over(jobs), drain_s=1) as address,
    ):
        sender.enter_context(connected(address)).sendall(posted(BODY))
        assert jobs.begun.wait(PATIENCE_S)

    told = [line for line in logged if line["event"] != "request"]
    assert [line["event"] for line in told] == ["stopping", "stopped"]
    assert told[0]["requests"] == 1
    assert told[0]["hint"] == "requests in work are finished first; a second Ctrl-C ends at once"


@pytest.mark.parametrize(
    "head",
    [
        head_of(x_padding="x" * MAX_HEAD_BYTES),
        head_of(**{f"x_{number}": "x" * 1_000 for number in range(70)}),
        head_of(path=f"/{'x' * MAX_HEAD_BYTES}"),
        head_of(x_padding="x" * MAX_HEAD_BYTES * 12)[:-4],
        head_of(path=f"/{'x' * MAX_HEAD_BYTES * 12}")[: MAX_HEAD_BYTES * 10],
    ],
    ids=["one header", "many headers", "a URL", "a header that does not end", "a URL that does not end"],
)
def test_head_beyond_its_limit_gets_431(head: bytes) -> None:
    """A first line and headers are bounded, whole or half, whoever sends them."""
    with serving(app_over(token="t")) as address, connected(address) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(head)
        status, headers, refusal = answer(connection)

    assert (status, headers["connection"]) == (431, "close")
    assert refusal["detail"] == f"the request's line and headers are larger than {MAX_HEAD_BYTES} bytes"
    assert refusal["request_id"] == headers["x-request-id"]


def test_trailers_beyond_the_limit_of_a_head_get_431() -> None:
    """What follows a chunked body is bounded as its head is."""
    jobs = FakeJobs()
    with serving(app_over(jobs)) as address, connected(address) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(head_of(transfer_encoding="chunked") + b"2\r\n{}\r\n0\r\nx: ")
            connection.sendall(b"x" * MAX_HEAD_BYTES * 12)

        assert (answer(connection)[0], jobs.requests) == (431, [])


def test_head_at_its_limit_is_read_with_a_long_body_behind_it() -> None:
    """A head just within the limit passes, and a body of any lawful size counts for nothing."""
    with serving(app_over()) as address, connected(address) as connection:
        connection.sendall(posted(BODY + b" " * 200_000, x_padding="x" * (MAX_HEAD_BYTES - 500)))
        assert answer(connection)[0] == 200

        connection.sendall(posted(BODY))
        assert answer(connection)[0] == 200


def test_what_is_no_http_is_refused_as_json() -> None:
    """Bytes that are no request get 400 in the form of every other refusal, and the connection ends."""
    with serving(app_over()) as address, connected(address) as connection:
        connection.sendall(b"HELO here\r\n\r\n")
        status, headers, refusal = answer(connection)

        assert (status, refusal["detail"]) == (400, "this is no HTTP request")
        assert headers["x-content-type-options"] == "nosniff"
        assert whole(connection) == b""
