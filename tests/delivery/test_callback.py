"""Delivering to a real server that misbehaves."""

import asyncio

import pytest

from evaluator.delivery.attempt import Attempt
from evaluator.delivery.callback import KEPT_CHARACTERS, CallbackClient
from evaluator.errors import SettingsError
from tests.fakes.callback import (
    FLOOD_BYTES,
    Behaviour,
    FakeCallback,
    answers,
    breaks_off,
    drips,
    floods,
    resets,
    stalls,
)
from tests.fakes.certificates import self_signed
from tests.fakes.server import closed_port_url

pytestmark = pytest.mark.anyio
RESULT = b'{"candidate_id": "1", "rating": 70}'


async def sent(url: str, *, times: int = 1, timeout_s: float = 5.0, reading_s: float = 0.1) -> list[Attempt]:
    """Post the result some times, one after the other, over one client."""
    client = CallbackClient(
        url, api_key="s3cret-key", app_id="our-app", timeout_s=timeout_s, reading_s=reading_s
    )
    attempts = [await client.send(RESULT) for _ in range(times)]
    await client.aclose()
    return attempts


async def told(behaviour: Behaviour, **options: float) -> Attempt:
    """Return what comes of a delivery to an endpoint that behaves so."""
    with FakeCallback() as callback:
        callback.script(behaviour)
        attempt, *_ = await sent(callback.url, **options)
    return attempt


async def test_result_arrives_as_it_is_with_both_headers() -> None:
    """The body is posted byte for byte, and key and app id go with it."""
    with FakeCallback() as callback:
        await sent(callback.url)

    (received,) = callback.received
    assert (received.path, received.body) == ("/webhook/app-callback", RESULT)
    assert received.headers["authorization"] == "Bearer s3cret-key"
    assert received.headers["x-solidats-app-id"] == "our-app"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["accept-encoding"] == "identity"


async def test_delivery_tells_what_came_of_it() -> None:
    """Its time, status, duration and the answer's beginning are there to be recorded."""
    with FakeCallback() as callback:
        callback.script(answers(200, b"thanks"))
        ticks = iter([10.0, 10.25])
        client = CallbackClient(
            callback.url, api_key="k", app_id="a", clock=lambda: 1_800_000_000.0, timer=lambda: next(ticks)
        )
        attempt = await client.send(RESULT)
        await client.aclose()

    assert attempt == Attempt(1_800_000_000.0, 250, "delivered", 200, "thanks")


@pytest.mark.parametrize(
    ("status", "outcome"), [(204, "delivered"), (503, "retry"), (401, "hold"), (422, "dead")]
)
async def test_answer_is_classified(status: int, outcome: str) -> None:
    """Each kind of answer comes to its outcome."""
    attempt = await told(answers(status, b""))

    assert (attempt.status_code, attempt.outcome) == (status, outcome)


async def test_redirect_is_not_followed() -> None:
    """The key must not travel to another address."""
    with FakeCallback() as elsewhere, FakeCallback() as callback:
        callback.script(answers(307, b"", location=elsewhere.url))
        (attempt,) = await sent(callback.url)

    assert (attempt.outcome, attempt.status_code) == ("hold", 307)
    assert (len(callback.received), elsewhere.received) == (1, [])


async def test_endpoint_that_never_answers_is_given_up() -> None:
    """The time allowed is said in the attempt."""
    attempt = await told(stalls(), timeout_s=0.2)

    assert (attempt.outcome, attempt.status_code, attempt.detail) == ("retry", None, "no answer within 0.2 s")


async def test_slow_answer_in_time_counts() -> None:
    """An endpoint may take its time."""
    assert (await told(answers(200, after_s=0.2))).outcome == "delivered"


async def test_reset_connection_is_tried_again() -> None:
    """A connection that breaks before the status says nothing of the result."""
    attempt = await told(resets())

    assert (attempt.outcome, attempt.status_code) == ("retry", None)
    assert attempt.detail.startswith("ReadError")


async def test_refused_connection_is_tried_again() -> None:
    """An endpoint that is not there may come back."""
    (attempt,) = await sent(closed_port_url())

    assert (attempt.outcome, attempt.status_code) == ("retry", None)
    assert attempt.detail.startswith("ConnectError")


async def test_certificate_that_nobody_vouches_for_is_refused() -> None:
    """Whoever cannot show a certificate for the callback's name gets neither key nor result."""
    with FakeCallback(tls=self_signed("127.0.0.1")) as callback:
        (attempt,) = await sent(callback.url)

    assert callback.url.startswith("https://")
    assert (attempt.outcome, callback.received) == ("retry", [])
    assert "CERTIFICATE_VERIFY_FAILED" in attempt.detail


async def test_key_is_in_nothing_that_is_recorded() -> None:
    """Neither an attempt nor its reason shows the key."""
    attempts = [await told(behaviour) for behaviour in (resets(), answers(401), answers(200))]

    assert "s3cret-key" not in "".join(f"{each!r} {each.detail} {each.reason}" for each in attempts)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nAda Lovelace, s3cret-key\r\n\r\n",
        b"Ada Lovelace, s3cret-key\r\n\r\n",
        b"",
    ],
)
async def test_answer_that_is_no_http_is_not_quoted(answer: bytes) -> None:
    """An endpoint that echoes what it was sent brings none of it into the reason, which goes to the log."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(RESULT)
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        (attempt,) = await sent(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")

    assert (attempt.outcome, attempt.detail) == ("retry", "RemoteProtocolError: no whole HTTP answer came")


async def test_refusal_of_a_proxy_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy's own words may be anything as well."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Ada Lovelace\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        (attempt,) = await sent("https://callback.invalid/")

    assert (attempt.outcome, attempt.detail) == ("retry", "ProxyError: the proxy let nothing through")


@pytest.mark.parametrize("behaviour", [breaks_off(200), drips(200)])
async def test_status_counts_whatever_becomes_of_the_body(behaviour: Behaviour) -> None:
    """A body that breaks off or takes too long takes nothing back, and what came of it is kept."""
    attempt = await told(behaviour)

    assert (attempt.outcome, attempt.status_code, attempt.detail) == ("delivered", 200, '{"status": "hal')


async def test_endless_answer_is_not_read_to_its_end() -> None:
    """An endpoint that sends without end is left, however fast it sends."""
    with FakeCallback() as callback:
        callback.script(floods(200))
        (attempt,) = await sent(callback.url, reading_s=30)
        flooded = callback.flooded

    assert (attempt.outcome, len(attempt.detail)) == ("delivered", KEPT_CHARACTERS)
    assert flooded < FLOOD_BYTES / 2


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("ä".encode() * 10_000, "ä" * KEPT_CHARACTERS),
        ("😀".encode() * 10_000, "😀" * KEPT_CHARACTERS),
        (b"\xff\x00", "�\x00"),
    ],
)
async def test_first_characters_of_the_answer_are_kept(body: bytes, detail: str) -> None:
    """Five hundred characters, however many bytes they take, and whatever they are."""
    assert (await told(answers(500, body))).detail == detail


async def test_compressed_answer_is_not_unpacked() -> None:
    """A small answer that would be endless when unpacked stays small."""
    attempt = await told(answers(200, b"\x1f\x8bbomb", content_encoding="gzip"))

    assert (attempt.outcome, attempt.detail[2:]) == ("delivered", "bomb")


async def test_retry_after_is_read() -> None:
    """What the endpoint asks for is there for the back-off."""
    assert (await told(answers(429, retry_after="7"))).retry_after_s == 7.0
    assert (await told(answers(429))).retry_after_s is None


async def test_delivery_works_again_when_the_endpoint_is_back() -> None:
    """After a time without the endpoint the same client delivers, although its connections broke."""
    with FakeCallback() as callback:
        client = CallbackClient(callback.url, api_key="k", app_id="a")
        outcomes = [(await client.send(RESULT)).outcome]
        callback.down()
        outcomes += [(await client.send(RESULT)).outcome for _ in range(3)]
        callback.up()
        outcomes.append((await client.send(RESULT)).outcome)
        await client.aclose()

    assert outcomes == ["delivered", "retry", "retry", "retry", "delivered"]


async def test_many_deliveries_go_at_the_same_time() -> None:
    """Deliveries do not wait for each other."""
    with FakeCallback() as callback:
        client = CallbackClient(callback.url, api_key="k", app_id="a")
        attempts = await asyncio.gather(*(client.send(RESULT) for _ in range(100)))
        await client.aclose()

    assert {attempt.outcome for attempt in attempts} == {"delivered"}
    assert len(callback.received) == 100


@pytest.mark.parametrize(
    "url",
    [
        "",
        "callback",
        "ftp://host/x",
        "https://",
        "https://user:pw@host/x",
        "https://host/x#y",
        "http://[::1/x",
    ],
)
def test_url_that_cannot_be_used_is_refused(url: str) -> None:
    """The message names the setting and never the URL, which may hold a password."""
    with pytest.raises(SettingsError, match=r"^EVALUATOR_SOLIDATS_CALLBACK_URL: should be") as caught:
        CallbackClient(url, api_key="k", app_id="a")

    assert "user:pw" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("API_KEY", {"api_key": "s3cret\nX-Other: 1", "app_id": "a"}),
        ("API_KEY", {"api_key": "", "app_id": "a"}),
        ("APP_ID", {"api_key": "k", "app_id": "schlüssel"}),
    ],
)
def test_header_that_cannot_be_sent_is_refused(name: str, headers: dict[str, str]) -> None:
    """A line break would begin another header; the message names the setting alone."""
    with pytest.raises(SettingsError, match=f"^EVALUATOR_SOLIDATS_{name}: should be") as caught:
        CallbackClient("https://host/", **headers)

    assert "s3cret" not in str(caught.value)
