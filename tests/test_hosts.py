"""Hosts: which are this machine, and what is listened on."""

import socket

import pytest

from evaluator.hosts import is_loopback, url_of


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_is_this_machine(host: str) -> None:
    """The name and every address of loopback are."""
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "127.evil.test", "localhost.test", "10.0.0.1"])
def test_other_hosts_are_not(host: str) -> None:
    """Neither every address, nor a name that only begins like one of loopback."""
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("family", "host", "shown"),
    [(socket.AF_INET, "127.0.0.1", "127.0.0.1"), (socket.AF_INET6, "::1", "[::1]")],
)
def test_url_names_the_address_listened_on(family: socket.AddressFamily, host: str, shown: str) -> None:
    """The URL can be opened as it stands, by IPv6 as well."""
    with socket.create_server((host, 0), family=family) as listener:
        assert url_of(listener) == f"http://{shown}:{listener.getsockname()[1]}"
