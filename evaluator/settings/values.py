"""The types of settings that pydantic has not: read from a variable's text, and what is wrong in words.

May import nothing of the package.
"""

import json
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

OFFLINE = "offline"
"""The model base URL that asks for the offline rater by name."""

NAMES = "names with commas between, or a JSON list of names"
"""What a list of names should be."""


def _listed(value: Any) -> Any:
    """Read a list written as JSON or with commas; other types are left to validation."""
    if not isinstance(value, str):
        return value
    if not value.lstrip().startswith("["):
        return [part for part in map(str.strip, value.split(",")) if part]
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        raise ValueError(f"is no JSON list; should be {NAMES}") from None


def lowered(value: Any) -> Any:
    """Return a text in small letters and without the spaces around it."""
    return value.strip().lower() if isinstance(value, str) else value


def _sendable(secret: SecretStr) -> SecretStr:
    """Refuse what no HTTP header can carry; a line break at the end is the common slip."""
    text = secret.get_secret_value()
    if not text or any(not "!" <= character <= "~" for character in text):
        raise ValueError(
            "holds a space, a line break or another character that no header carries; "
            "should be printable ASCII"
        )
    return secret


def _endpoint(value: str) -> str:
    """Return an http(s) URL without its last slash, or the word `offline`."""
    text = value.strip()
    if text.lower() == OFFLINE:
        return OFFLINE
    expected = (
        "is no such URL; should be an http:// or https:// URL without user, query or fragment, "
        "or the word `offline`"
    )
    try:
        url = urlsplit(text)
        sound = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # a port that is no number, brackets that do not close
        raise ValueError(expected) from None
    if not sound or url.username or url.password or url.query or url.fragment:
        raise ValueError(expected)
    return text.rstrip("/")


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
"""Names in their order."""

Endpoint = Annotated[str, AfterValidator(_endpoint)]
"""An http(s) URL without its last slash, or OFFLINE."""

Secret = Annotated[SecretStr, AfterValidator(_sendable)]
"""A token or key that travels in an HTTP header; never printed."""

LongSeconds = Annotated[float, Field(gt=0, le=2_592_000, allow_inf_nan=False)]
"""A length of time above zero and up to thirty days."""

Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
"""A length of time above zero and up to a day."""
