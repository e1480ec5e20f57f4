"""The request that brings a result to SolidATS.

It goes to the configured URL and nowhere else: no address is taken from a payload, and no redirect is
followed, for the key goes with it. May import `errors` and `delivery` siblings.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress

import httpx

from evaluator import __version__
from evaluator.delivery.attempt import Attempt, classify
from evaluator.delivery.backoff import asked_wait_s
from evaluator.errors import SettingsError

CONNECT_TIMEOUT_S = 10.0
TIMEOUT_S = 30.0
"""Seconds in which the endpoint must have answered."""

KEPT_CHARACTERS = 500
"""Characters of an answer that are kept."""

MOST_READ_BYTES = 16_384
"""Bytes of an answer that are read; a longer one costs its connection."""

READING_S = 2.0
"""Seconds that are spent on an answer's body; its status is what counts."""

KEPT_CONNECTIONS = 32
"""Connections that are kept for the next delivery."""

_SENDABLE = re.compile(r"[!-~]([ -~]*[!-~])?")


class CallbackClient:
    """Posts results to one URL, over connections that are shared and kept. Used from one loop."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str,
        app_id: str,
        timeout_s: float = TIMEOUT_S,
        reading_s: float = READING_S,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`timeout_s` bounds a delivery until the answer's status, `reading_s` the answer's body after it.

        `clock` returns epoch seconds, `timer` measures. Proxies of the environment are used, except for
        this machine. Raises SettingsError where the URL or a header cannot be used.
        """
        self._url = _checked_url(url)
        self._timeout_s = timeout_s
        self._reading_s = reading_s
        self._clock = clock
        self._timer = timer
        self._client = httpx.AsyncClient(
            headers=_headers(api_key, app_id),
            follow_redirects=False,
            verify=True,
            trust_env=not _is_loopback(self._url.host),
            timeout=httpx.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s)),
            # Who calls bounds how many deliveries there are at once.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=KEPT_CONNECTIONS),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def send(self, result: bytes) -> Attempt:
        """Post a result, JSON in UTF-8, and return what came of it; a failure is data and never raised."""
        at, started = self._clock(), self._timer()
        try:
            response = await self._answer_to(result)
        except (httpx.HTTPError, OSError) as error:
            return Attempt(at, self._ms_since(started), "retry", detail=self._described(error))
        try:
            detail = await self._beginning_of(response)
        finally:
            await response.aclose()
        return Attempt(
            at,
            self._ms_since(started),
            classify(response.status_code),
            status_code=response.status_code,
            detail=detail,
            retry_after_s=asked_wait_s(response.headers.get("retry-after"), self._clock()),
        )

    async def _answer_to(self, result: bytes) -> httpx.Response:
        """Return the answer with its body still to be read."""
        async with asyncio.timeout(self._timeout_s):
            return await self._client.send(
                self._client.build_request("POST", self._url, content=result), stream=True
            )

    async def _beginning_of(self, response: httpx.Response) -> str:
        """Return the first characters of an answer; a short one is read to its end, to keep the connection.

        Where the body breaks off or takes too long, what came so far: the status has been said.
        """
        kept, read = b"", 0
        with suppress(httpx.HTTPError, OSError):
            raw: AsyncGenerator[bytes] = response.aiter_raw()  # type: ignore[assignment] # it is more than annotated
            async with asyncio.timeout(self._reading_s), aclosing(raw) as chunks:
                async for chunk in chunks:
                    kept += chunk[: 4 * KEPT_CHARACTERS - len(kept)]
                    read += len(chunk)
                    if read > MOST_READ_BYTES:
                        break
        return kept.decode("utf-8", "replace")[:KEPT_CHARACTERS]

    def _described(self, error: Exception) -> str:
        """Return what broke; of the network's failures in the system's words, of others in ours alone.

        The message of a protocol error quotes the bytes that came, and a proxy's its own words.
        """
        if isinstance(error, httpx.TimeoutException | TimeoutError):
            return f"no answer within {self._timeout_s:g} s"
        said = str(error) if isinstance(error, httpx.NetworkError | OSError) else _said_of(error)
        return f"{type(error).__name__}: {said}".removesuffix(": ")[:KEPT_CHARACTERS]

    def _ms_since(self, started: float) -> int:
        return round((self._timer() - started) * 1000)


def _said_of(error: Exception) -> str:
    if isinstance(error, httpx.RemoteProtocolError):
        return "no whole HTTP answer came"
    return "the proxy let nothing through" if isinstance(error, httpx.ProxyError) else ""


def _checked_url(text: str) -> httpx.URL:
    expected = (
        "EVALUATOR_SOLIDATS_CALLBACK_URL: should be an https:// URL (http:// where nothing is at stake) that "
        "names a host, without user, password or fragment"
    )
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise SettingsError(expected) from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.fragment:
        raise SettingsError(expected)
    return url


def _headers(api_key: str, app_id: str) -> dict[str, str]:
    given = {"EVALUATOR_SOLIDATS_API_KEY": api_key, "EVALUATOR_SOLIDATS_APP_ID": app_id}
    for name, value in given.items():
        if not _SENDABLE.fullmatch(value):
            raise SettingsError(
                f"{name}: should be printable ASCII without line breaks, as a header carries it"
            )
    return {
        "Authorization": f"Bearer {api_key}",
        "X-SolidATS-App-ID": app_id,
        "Content-Type": "application/json",
        "Accept": "application/json",
        # A compressed answer could be small on the wire and endless in memory.
        "Accept-Encoding": "identity",
        "User-Agent": f"candidate-evaluator/{__version__}",
    }


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
