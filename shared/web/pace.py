"""How many forms come from one address in an hour: a flood is turned away before it fills a list, or a hall.

Counted in this process, by e-mail address as it was typed and by network address. Whether somebody is known plays no
part in it. Behind a proxy that doesn't say whom it speaks for, all have its network address: then that limit stops
floods and nobody else.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import ClassVar

from flask import request

from shared.problem import Refusal
from shared.sentences import marked

WINDOW_SECONDS = 3_600.0
ADDRESSES_KEPT_MAX = 10_000
HOUSEHOLD_BITS = 64  # one household, or one machine, has all the addresses that begin alike


class TooManyForms(Refusal):
    """More came from one address than a person writes."""

    status: ClassVar[int] = 429
    title = marked("Too many at once")


@dataclass(frozen=True, slots=True)
class Pace:
    """When forms came, by address."""

    clock: Callable[[], float] = time.monotonic
    _times: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def must_be_slow(self, limits: Mapping[str, int], *, otherwise: str) -> None:
        """Raises `TooManyForms` with this sentence when one of these addresses has sent as many as it may."""
        with self._lock:
            for address, count_max in limits.items():
                times = self._times.get(address, deque())
                while times and self.clock() - times[0] >= WINDOW_SECONDS:
                    times.popleft()
                if len(times) >= count_max:
                    raise TooManyForms(otherwise)

    def count(self, *addresses: str) -> None:
        """Another form from these addresses."""
        with self._lock:
            for each in addresses:
                self._times.setdefault(each, deque()).append(self.clock())
                self._times.move_to_end(each)
            while len(self._times) > ADDRESSES_KEPT_MAX:
                self._times.popitem(last=False)


def by_email(email: str | None) -> str:
    """The e-mail address of whoever sends this form, as `Pace` knows it."""
    return f"mail:{(email or '').casefold()}"


def by_network() -> str:
    """Where this request comes from, as `Pace` knows it."""
    return f"net:{network_of(request.remote_addr or '')}"


def network_of(address: str) -> str:
    """The address, or of one of the new kind the part that belongs to one household."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(IPv6Network((found, HOUSEHOLD_BITS), strict=False)) if isinstance(found, IPv6Address) else address
