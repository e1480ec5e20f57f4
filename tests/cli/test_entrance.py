"""How the studio is entered, by where the service listens and what is set."""

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from evaluator.cli.entrance import entrance_to
from evaluator.errors import SettingsError
from evaluator.settings import Settings

URL = "http://127.0.0.1:8000"
STRONG = SecretStr("a-token-that-is-long-enough")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_token_opens_the_studio_wherever_it_listens(host: str) -> None:
    """With a token no link is printed."""
    entrance = entrance_to(Settings(studio_token=STRONG), host)

    assert (entrance.is_open, entrance.links) == (True, None)
    assert entrance.announced(URL) == [f"The studio: {URL}/studio"]


def test_link_opens_the_studio_on_loopback() -> None:
    """Without a token, this machine's own people come in by a link, another one each time."""
    entrance = entrance_to(Settings(), "127.0.0.1")
    (one,), (other,) = entrance.announced(URL), entrance.announced(URL)

    assert (entrance.is_open, one != other) == (True, True)
    assert one.startswith(f"The studio: {URL}/studio/enter/")


def test_studio_is_off_beyond_loopback_without_a_token() -> None:
    """Nobody comes in from elsewhere because a variable was forgotten, and nothing is announced."""
    entrance = entrance_to(Settings(), "0.0.0.0")

    assert (entrance.is_open, list(entrance.announced(URL))) == (False, [])


def test_weak_token_is_told_in_the_log() -> None:
    """The log names whose token it is, and not the token."""
    with capture_logs() as logged:
        entrance_to(Settings(studio_tokens=SecretStr("anna:viewer:s3cret")), "127.0.0.1")

    assert ["the token of anna" in line["hint"] for line in logged] == [True]
    assert "s3cret" not in str(logged)


def test_wrong_account_ends_the_start() -> None:
    """A list that cannot be read is no studio without accounts."""
    with pytest.raises(SettingsError):
        entrance_to(Settings(studio_tokens=SecretStr("anna")), "127.0.0.1")
