"""Servers that tests start on this machine: a free port for each, and waiting until they answer."""

from __future__ import annotations

import socket
import time
import urllib.request


def free_ports(n: int) -> list[int]:
    """Ports that nobody listens on."""
    probes = [socket.socket() for _ in range(n)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def fetched(url: str) -> str:
    """What a server says, as soon as it is up."""
    for _ in range(360):
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:
                return str(reply.read().decode())
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"{url} does not answer")
