"""Owns the choice of a loopback port for a process started here; leaves remembering it to that process's own folder."""

import random
import socket
import time
from contextlib import suppress
from pathlib import Path

LOOPBACK = "127.0.0.1"
PORT_MIN = 15000
# Below the range from which the kernel takes outgoing ports: there, a client that keeps asking for a dead engine's port
# can be given that very port as its own, connect to itself, and keep the engine from ever coming back.
PORT_MAX_DEFAULT = 32767
_HELD_BY_CHANCE_SECONDS_MAX = 2.0
_POLL_SECONDS = 0.02
_KERNEL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


class NoFreePort(Exception):
    """No port could be had between the two bounds."""


def free_port() -> int:
    """A loopback port nobody listens on, outside the range of outgoing connections."""
    highest = _highest_port()
    # The system's own chance: test tools give every test the same seed, and two runs at once would race for one port.
    for port in random.SystemRandom().sample(range(PORT_MIN, highest + 1), k=200):
        if is_free(port):
            return port
    raise NoFreePort(f"None of 200 ports tried between {PORT_MIN} and {highest} on {LOOPBACK} is free.")


def new_port(data_folder: Path) -> int:
    """A free port that no program of this town keeps in its folder: nobody listens yet on one that was just chosen."""
    kept = {file.read_text().strip() for name in ("port", "*-port") for file in data_folder.glob(f"*/{name}")}
    return next(port for port in iter(free_port, None) if str(port) not in kept)


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the engines do: connections of an ended server that are still closing don't count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def is_taken(port: int) -> bool:
    """Whether somebody listens on this loopback port and goes on doing so.

    A look at a port listens on it for an instant. A program that another thread of ours starts in that very instant
    inherits the listening socket and holds it until it becomes that program: nobody's port, for some milliseconds.
    """
    deadline = time.monotonic() + _HELD_BY_CHANCE_SECONDS_MAX
    while not is_free(port):
        if time.monotonic() > deadline:
            return True
        time.sleep(_POLL_SECONDS)
    return False


def answers(port: int) -> bool:
    """Whether somebody accepts connections on this loopback port."""
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


def _highest_port() -> int:
    try:
        outgoing_min = int(_KERNEL_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return PORT_MAX_DEFAULT
    return outgoing_min - 1 if outgoing_min > PORT_MIN + 1000 else PORT_MAX_DEFAULT
