"""The token that every change in the studio carries, which no other site can know.

It is bound to the session: an HMAC under the session's secret, which only the cookie holds. Each page gets
it masked anew, so that compressing a page tells nothing of it. May import nothing of the package.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

FIELD = "csrf"
"""The field of a form that holds the token."""

HEADER = "x-csrf-token"
"""The header that holds it where a script sends the request."""

_SIZE = 32


def token_of(secret: str) -> str:
    """Return a token that fits a session's secret; another one each time."""
    mask = secrets.token_bytes(_SIZE)
    return base64.urlsafe_b64encode(mask + _xor(mask, _mac(secret))).decode()


def fits(token: str, secret: str) -> bool:
    """Tell whether a token was made for a session's secret."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii"))
    except (UnicodeEncodeError, binascii.Error):
        return False
    mask, masked = raw[:_SIZE], raw[_SIZE:]
    return len(masked) == _SIZE and hmac.compare_digest(_xor(mask, masked), _mac(secret))


def _mac(secret: str) -> bytes:
    return hmac.digest(secret.encode("utf-8", "surrogatepass"), b"studio csrf", hashlib.sha256)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
