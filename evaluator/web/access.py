"""Who may call the webhook: by bearer, or by a token in the webhook's URL, and by app id.

May import `web` siblings.
"""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Scope

from evaluator.web.errors import Refused
from evaluator.web.trace import header

PATH_TOKEN = "token"  # noqa: S105 - the name of a path parameter
"""The path parameter that may hold the webhook's token."""


class Access:
    """The secrets that open the webhook, as digests, and the app id that a caller may name.

    With neither token nor key it is open to everyone.
    """

    def __init__(self, *, webhook_token: str | None, api_key: str | None, app_id: str | None) -> None:
        """`webhook_token` opens as bearer and in the URL, `api_key` as bearer alone."""
        self._in_path = _digests([webhook_token])
        self._as_bearer = _digests([webhook_token, api_key])
        self._app_id = None if app_id is None else _digest(app_id.encode())

    @property
    def is_open(self) -> bool:
        """Whether anyone may call, because no secret is set."""
        return not self._as_bearer

    async def guard(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Refuse with 401 without a secret, with 403 for another app's id; the body is not read yet."""
        scope = connection.scope
        in_path = str(scope["path_params"].get(PATH_TOKEN, "")).encode("utf-8", "surrogatepass")
        known = _is_one_of(self._as_bearer, _bearer(scope)) | _is_one_of(self._in_path, in_path)
        if not (known or self.is_open):
            raise Refused(
                401, "a bearer token is needed that this service knows", {"www-authenticate": "Bearer"}
            )
        named = header(scope, b"x-solidats-app-id")
        if self._app_id is not None and not all(_is_one_of([self._app_id], each) for each in named):
            raise Refused(403, "X-SolidATS-App-ID names another app")


def _bearer(scope: Scope) -> bytes:
    """Return the bearer; nothing where there is none, or more than one to choose from."""
    sent = header(scope, b"authorization")
    scheme, _, credentials = sent[0].strip().partition(b" ") if len(sent) == 1 else (b"", b"", b"")
    return credentials.strip() if scheme.lower() == b"bearer" else b""


def _digests(secrets: Iterable[str | None]) -> list[bytes]:
    return [_digest(secret.encode()) for secret in secrets if secret]


def _digest(value: bytes) -> bytes:
    """Return a digest, so that values of any length compare in the same time."""
    return hashlib.sha256(value).digest()


def _is_one_of(known: list[bytes], value: bytes) -> bool:
    """Compare `value` with every one, in a time that does not tell how far one of them agrees."""
    digest = _digest(value)
    found = False
    for each in known:
        found |= hmac.compare_digest(digest, each)
    return found
