"""The connection: real sockets on loopback, and what the SDK must not do."""

import asyncio
import gzip
import socket
import ssl

import aiohttp
import httpx2
import openai
import pytest

from evaluator import __version__, errors
from evaluator.models.ask import Answer
from evaluator.models.client import ModelClient
from evaluator.models.connection import connect, connection_fault, host_of
from evaluator.models.prices import PriceTable
from tests.fakes.asking import FITTING, QUESTION, fits
from tests.fakes.endpoint import FakeEndpoint, Reply, cut, failure, says, stall
from tests.fakes.server import closed_port_url, listening, resetting, serving, url_of


def ask_over_network(
    base_url: str, *, times: int = 1, within_s: float = 20, wait_s: float = 1000
) -> list[Answer]:
    """Ask the question over a real socket, several at once.

    `wait_s` is what every wait before another try takes; the usual one never fits in the time.
    """

    async def run() -> list[Answer]:
        http = connect(base_url, "sk-secret", pool_size=4)
        client = ModelClient(
            http, PriceTable({}), max_concurrency=4, call_timeout_s=15, uniform=lambda low, high: wait_s
        )
        try:
            return await asyncio.gather(
                *(client.answer(QUESTION, fits, within_s=within_s) for _ in range(times))
            )
        finally:
            await client.aclose()

    return asyncio.run(run())


def ask_in_process(
    endpoint: FakeEndpoint, base_url: str, *, key: str | None = None, follow_redirects: bool = False
) -> Answer:
    """Ask the question through a client that reaches the endpoint in this process."""

    async def run() -> Answer:
        inside = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(endpoint), follow_redirects=follow_redirects
        )
        http = connect(base_url, key, pool_size=1, http_client=inside)
        client = ModelClient(http, PriceTable({}), max_concurrency=1, call_timeout_s=5)
        try:
            return await client.answer(QUESTION, fits, within_s=5)
        finally:
            await client.aclose()

    return asyncio.run(run())


def test_answer_over_a_socket() -> None:
    """Several asks share one client over real connections, with the key as bearer."""
    endpoint = FakeEndpoint()
    with serving(endpoint) as url:
        answers = ask_over_network(f"{url}/v1", times=6)
    assert [answer.value for answer in answers] == [{"level": "none", "score": 0}] * 6
    assert {seen.path for seen in endpoint.history} == {"/v1/chat/completions"}
    assert endpoint.history[0].headers["authorization"] == "Bearer sk-secret"


def test_request_has_our_headers_and_no_others() -> None:
    """Over a real connection an endpoint sees what is set here, and what the transport must add."""
    endpoint = FakeEndpoint()
    with serving(endpoint) as url:
        ask_over_network(f"{url}/v1")
    headers = dict(endpoint.history[0].headers)
    assert int(headers.pop("content-length")) > 0
    assert headers == {
        "host": url.removeprefix("http://"),
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "authorization": "Bearer sk-secret",
        "content-type": "application/json",
        "user-agent": f"candidate-evaluator/{__version__}",
        "x-stainless-retry-count": "0",
    }


def test_compressed_answer_is_read() -> None:
    """What is accepted compressed is unpacked."""
    endpoint = FakeEndpoint()
    packed = gzip.compress(says(FITTING).body)
    endpoint.enqueue(Reply(packed, headers={"content-encoding": "gzip"}))
    with serving(endpoint) as url:
        (answer,) = ask_over_network(f"{url}/v1")
    assert answer.text == FITTING


def test_refused_connection_is_unavailable() -> None:
    """A port where nothing listens is no time-out, though the SDK calls it one."""
    with pytest.raises(errors.ModelUnavailable, match="the connection was refused"):
        ask_over_network(closed_port_url())


def test_reset_in_mid_body_is_unavailable() -> None:
    """A connection that is reset halfway through an answer gives no half answer."""
    with resetting() as url, pytest.raises(errors.ModelUnavailable, match="no answer from 127"):
        ask_over_network(url)


def test_body_that_breaks_off_is_tried_again() -> None:
    """An answer shorter than announced is a passing fault."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(cut())
    with serving(endpoint) as url:
        ask_over_network(url, wait_s=0)
    assert len(endpoint.history) == 2


def test_stall_over_a_socket_is_a_timeout() -> None:
    """A true time-out stays one, over a socket too."""
    endpoint = FakeEndpoint(lambda _: stall())
    with serving(endpoint) as url, pytest.raises(errors.ModelTimeout):
        ask_over_network(url, within_s=0.1)


def test_server_that_speaks_no_http_is_unavailable() -> None:
    """Bytes that are no HTTP answer end as an error of the tree, not of the transport."""
    with listening() as listener:

        async def run() -> None:
            loop = asyncio.get_running_loop()
            server = await asyncio.start_server(_greet_like_mail, sock=listener.dup())
            async with server:
                await loop.run_in_executor(None, ask_over_network, url_of(listener))

        with pytest.raises(errors.ModelUnavailable):
            asyncio.run(run())


async def _greet_like_mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.test ESMTP\r\n\r\n")
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def test_redirect_is_not_followed() -> None:
    """The key goes to the configured host and to no other."""
    endpoint, elsewhere = FakeEndpoint(), FakeEndpoint()
    with serving(elsewhere) as other, serving(endpoint) as url:
        endpoint.enqueue(failure(307, location=f"{other}/v1/chat/completions"))
        with pytest.raises(errors.ModelNotFound, match="redirects"):
            ask_over_network(url)
    assert elsewhere.history == []


def test_redirect_is_not_followed_by_a_given_client_either() -> None:
    """A client that would follow redirects by itself is told not to."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(failure(307, location="http://elsewhere.test/"))
    with pytest.raises(errors.ModelNotFound, match="redirects"):
        ask_in_process(endpoint, "http://model.test/v1", follow_redirects=True)
    assert len(endpoint.history) == 1


AMBIENT = {
    "OPENAI_CUSTOM_HEADERS": "X-Ambient: yes\nAuthorization: Bearer other",
    "OPENAI_ORG_ID": "org-ambient",
    "OPENAI_PROJECT_ID": "proj-ambient",
    "OPENAI_ADMIN_KEY": "sk-admin",
    "OPENAI_BASE_URL": "http://ambient.test",
    "OPENAI_API_KEY": "sk-ambient",
}


@pytest.mark.parametrize(("key", "bearer"), [("sk-mine", "Bearer sk-mine"), (None, "Bearer none")])
def test_environment_adds_nothing_to_a_request(
    key: str | None, bearer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither organisation, headers nor keys of the environment reach an endpoint."""
    for name, value in AMBIENT.items():
        monkeypatch.setenv(name, value)
    endpoint = FakeEndpoint()
    ask_in_process(endpoint, "http://model.test/v1", key=key)
    headers = endpoint.history[0].headers
    assert headers["authorization"] == bearer
    assert not [name for name in headers if "ambient" in name + headers[name] or "openai" in name]


def test_environment_leaves_nothing_in_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the SDK would keep for other calls is empty too."""
    for name, value in AMBIENT.items():
        monkeypatch.setenv(name, value)
    http = connect("http://model.test/v1", None, pool_size=1)
    assert (http.organization, http.project, http.admin_api_key, http.webhook_secret) == ("", "", "", "")


def test_this_machine_is_reached_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment is for the outside; one that is down does not matter here."""
    monkeypatch.setenv("HTTP_PROXY", closed_port_url())
    monkeypatch.delenv("NO_PROXY", raising=False)
    with serving(FakeEndpoint()) as url:
        assert len(ask_over_network(url)) == 1


def test_pool_holds_as_many_connections_as_asked_for() -> None:
    """Calls as many as the pool's size are in flight at once, each on its own connection."""
    with serving(FakeEndpoint(together=4)) as url:
        assert len(ask_over_network(url, times=4)) == 4


def test_query_of_the_base_url_goes_behind_the_path() -> None:
    """Azure's api-version belongs to each request, not into the middle of its path."""
    endpoint = FakeEndpoint()
    with serving(endpoint) as url:
        ask_over_network(f"{url}/openai/v1?api-version=preview")
    seen = endpoint.history[0]
    assert (seen.path, seen.query) == ("/openai/v1/chat/completions", "api-version=preview")


def test_host_shows_no_credentials() -> None:
    """Of a base URL only host and port are ever shown."""
    http = connect("https://user:word@model.test:8443/v1?key=hidden", None, pool_size=1)
    assert host_of(http) == "model.test:8443"


@pytest.mark.parametrize(
    "url", ["", "model.test/v1", "ftp://model.test/", "http://", "http://[::1", "offline"]
)
def test_base_url_that_is_none_is_refused(url: str) -> None:
    """A base URL that cannot be reached by HTTP is an error of the settings, at the start."""
    with pytest.raises(errors.SettingsError, match="EVALUATOR_MODEL_BASE_URL"):
        connect(url, None, pool_size=1)


def test_openrouter_is_told_to_honour_every_parameter() -> None:
    """Without the flag OpenRouter routes to upstreams that drop the schema silently."""
    endpoint = FakeEndpoint()
    ask_in_process(endpoint, "https://openrouter.ai/api/v1")
    assert endpoint.history[0].body["provider"] == {"require_parameters": True}


@pytest.mark.parametrize(
    ("cause", "kind", "why"),
    [
        (socket.gaierror(-2, "unknown"), errors.ModelUnavailable, "the host name is not known"),
        (
            ssl.SSLCertVerificationError(1, "self-signed"),
            errors.ModelUnavailable,
            "no trusted TLS connection",
        ),
        (aiohttp.ServerDisconnectedError(), errors.ModelUnavailable, "the connection was closed"),
        (ConnectionResetError(104, "reset"), errors.ModelUnavailable, "the connection was reset"),
        (OSError(113, "no route"), errors.ModelUnavailable, "the connection broke"),
        (aiohttp.SocketTimeoutError(), errors.ModelTimeout, "did not answer in time"),
        (TimeoutError(110, "timed out"), errors.ModelTimeout, "did not answer in time"),
    ],
)
def test_cause_tells_a_lost_connection_from_a_timeout(
    cause: Exception, kind: type[errors.ModelError], why: str
) -> None:
    """The SDK's aiohttp back-end calls them all time-outs; the cause, two levels down, is judged."""
    reported = openai.APITimeoutError(httpx2.Request("POST", "http://model.test/v1"))
    reported.__cause__ = httpx2.ConnectTimeout("as the back-end maps it")
    reported.__cause__.__cause__ = cause
    fault = connection_fault(reported, "model.test")
    assert isinstance(fault.error, kind)
    assert why in str(fault.error)


def test_timeout_without_a_cause_is_a_timeout() -> None:
    """The SDK's own time-out counts as one where no cause says otherwise."""
    request = httpx2.Request("POST", "http://model.test/v1")
    fault = connection_fault(openai.APITimeoutError(request), "model.test")
    assert isinstance(fault.error, errors.ModelTimeout)
