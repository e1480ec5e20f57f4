"""The service on a real socket, against senders that are slow, broken, or hostile."""

import contextlib
import json
import socket
import struct
import threading

import pytest
from structlog.testing import capture_logs

from evaluator.web.schema import example_request
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

    lines = {(line["log_level"], line["status"], line["outcome"]) for line in logged}
    assert lines == {("info", 499, "client gone"), ("info", 200, "completed")}


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


def test_sender_that_leaves_before_the_answer_is_no_fault() -> None:
    """Work whose sender is gone ends like any other, and nothing is logged as an error."""
    jobs = HeldJobs()
    with capture_logs() as logged, serving(app_over(jobs), drain_s=PATIENCE_S) as address:
        with connected(address) as connection:
            connection.sendall(posted(BODY))
            assert jobs.begun.wait(PATIENCE_S)
        jobs.released.set()

    assert [(line["log_level"], line["outcome"]) for line in logged] == [("info", "completed")]


def test_stop_cuts_what_takes_too_long() -> None:
    """A stop does not wait for ever: after the time to drain, the work is ended."""
    jobs = HeldJobs()
    with (
        capture_logs() as logged,
        serving(app_over(jobs), drain_s=1) as address,
        connected(address) as sender,
    ):
        sender.sendall(posted(BODY))
        assert jobs.begun.wait(PATIENCE_S)

    assert [(line["status"], line["outcome"]) for line in logged] == [(None, "cut")]
