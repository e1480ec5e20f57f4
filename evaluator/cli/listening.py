"""What to say where a command cannot listen. Imports nothing of the package."""

import errno
import socket

import click

_WHY = {
    errno.EADDRINUSE: "something listens there already; --port names another port, 0 a free one",
    errno.EADDRNOTAVAIL: "this machine has no such address; --host names another",
    socket.EAI_NONAME: "no address is known under this name; --host names another",
    errno.EACCES: "this user may not take that port; --port names another, above 1023",
}


def cannot_listen(host: str, port: int, error: OSError) -> click.ClickException:
    """Return the error to raise, which says why the address cannot be had and which option helps."""
    system = (error.strerror or str(error)).partition(" (while")[0]
    why = _WHY.get(error.errno or 0, system)
    return click.ClickException(f"cannot listen on {host}:{port}: {why}")
