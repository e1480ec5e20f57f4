"""What is said of an address that cannot be had."""

import errno
import os
import socket

import pytest

from evaluator.cli.listening import cannot_listen


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (errno.EADDRINUSE, "something listens there already; --port names another port, 0 a free one"),
        (errno.EADDRNOTAVAIL, "this machine has no such address; --host names another"),
        (errno.EACCES, "this user may not take that port; --port names another, above 1023"),
        (socket.EAI_NONAME, "no address is known under this name; --host names another"),
        (errno.EMFILE, "Too many open files"),
    ],
)
def test_reason_comes_with_the_way_out(code: int, expected: str) -> None:
    """Each common reason is told with the option that helps, others in the system's words."""
    told = cannot_listen("127.0.0.1", 80, OSError(code, f"{os.strerror(code)} (while …)"))

    assert told.message == f"cannot listen on 127.0.0.1:80: {expected}"
