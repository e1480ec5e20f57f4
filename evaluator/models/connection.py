"""The connection to an endpoint: one client of the `openai` SDK, and what its failures mean.

May import `faults` of this package, `errors` and `hosts`.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import aiohttp
import httpx2
import openai
from openai import Omit

from evaluator import __version__
from evaluator.errors import ModelTimeout, ModelUnavailable, SettingsError
from evaluator.hosts import is_loopback
from evaluator.models.faults import Fault, Remedy

CONNECT_TIMEOUT_S = 10.0
KEEPALIVE_S = 30.0
"""How long an idle connection is kept; one that the server closed meanwhile costs a retry."""

_HEADERS: dict[str, str | Omit] = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Content-Type": "application/json",
    "User-Agent": f"candidate-evaluator/{__version__}",
}

_REASONS: Mapping[type[BaseException], str] = {
    socket.gaierror: "the host name is not known",
    ssl.SSLError: "no trusted TLS connection could be made",
    ConnectionRefusedError: "the connection was refused",
    ConnectionResetError: "the connection was reset",
    aiohttp.ServerDisconnectedError: "the connection was closed",
}


class Connection(openai.AsyncOpenAI):
    """The SDK's client, sending the headers below and no others.

    The SDK adds what OPENAI_ORG_ID, OPENAI_PROJECT_ID and OPENAI_CUSTOM_HEADERS hold, and a description
    of the machine; none of it is any business of the endpoint.
    """

    @property
    def default_headers(self) -> dict[str, str | Omit]:
        """The headers of every request, besides the key's."""
        return _HEADERS


class _Http(openai.DefaultAioHttpClient):
    """The SDK's HTTP client, which sends each request as the SDK describes it.

    A client of the base class parses the URL anew and merges headers, cookies and query of its own into
    every request. Ours go to one URL, with the headers above and no others.
    """

    def build_request(self, method: str, url: httpx2.URL | str, **parts: Any) -> httpx2.Request:
        """Return the request that the base class makes of a whole URL and `parts`, at less cost."""
        timeout = httpx2.Timeout(parts["timeout"]).as_dict()
        return httpx2.Request(
            method,
            _parsed(str(url)),
            params=parts["params"],
            headers=parts["headers"],
            content=parts["content"],
            extensions={"timeout": timeout},
        )


_parsed = lru_cache(maxsize=16)(httpx2.URL)


def connect(
    base_url: str, api_key: str | None, *, pool_size: int, http_client: httpx2.AsyncClient | None = None
) -> Connection:
    """Return a client for an endpoint; it does not retry by itself.

    `pool_size` bounds its connections. `http_client` replaces the network, for an endpoint in this
    process. Without a key a placeholder is sent, which endpoints
    without keys ignore. Proxies of the environment are used, except for this machine.
    Raises SettingsError where `base_url` is no http or https URL.
    """
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL:
        raise SettingsError("EVALUATOR_MODEL_BASE_URL is no URL") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise SettingsError("EVALUATOR_MODEL_BASE_URL must begin with http:// or https:// and name a host")
    timeout = httpx2.Timeout(None, connect=CONNECT_TIMEOUT_S)
    return Connection(
        base_url=url.copy_with(query=None),
        # A query, such as Azure's api-version, goes behind the path of each request.
        default_query=dict(url.params),
        api_key=api_key or "none",
        admin_api_key="",
        organization="",
        project="",
        webhook_secret="",
        max_retries=0,
        timeout=timeout,
        http_client=http_client
        or _Http(
            limits=httpx2.Limits(max_connections=pool_size, keepalive_expiry=KEEPALIVE_S),
            trust_env=not is_loopback(url.host),
            timeout=timeout,
        ),
    )


def completions_url(client: openai.AsyncOpenAI) -> str:
    """Return the whole URL that completions are asked of; the SDK is quicker with it than with a path."""
    return f"{str(client.base_url).rstrip('/')}/chat/completions"


def host_of(client: openai.AsyncOpenAI) -> str:
    """Return the endpoint's host, with its port where it has one: all that a message may show of a URL."""
    url = client.base_url
    return f"{url.host}:{url.port}" if url.port is not None else url.host


def connection_fault(error: Exception, host: str) -> Fault:
    """Return what a failure below HTTP means.

    The SDK's aiohttp back-end reports refused, unknown and closed connections as time-outs; the causes
    tell them apart.
    """
    causes = list(_causes(error))
    lost = any(isinstance(cause, aiohttp.ClientError | OSError) for cause in causes)
    timed_out = any(isinstance(cause, TimeoutError) for cause in causes)
    if isinstance(error, openai.APITimeoutError) and (timed_out or not lost):
        return Fault(Remedy.WAIT, ModelTimeout(f"{host} did not answer in time"))
    why = next((words for kind, words in _REASONS.items() if _holds(causes, kind)), "the connection broke")
    return Fault(Remedy.WAIT, ModelUnavailable(f"no answer from {host}: {why}"))


def _holds(causes: list[BaseException], kind: type[BaseException]) -> bool:
    return any(isinstance(cause, kind) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__
