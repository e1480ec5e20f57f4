"""Hosts and addresses, as this machine sees them.

Imports nothing of the package.
"""

import ipaddress
import socket


def is_loopback(host: str) -> bool:
    """Tell whether `host`, a name or an address, is this machine and reached from nowhere else."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, or empty for every address
        return False


def url_of(listener: socket.socket) -> str:
    """Return the URL of a listening socket, without a slash at the end."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
