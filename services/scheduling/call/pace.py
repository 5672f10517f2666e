"""How many proposals come from one address in an hour: a flood is turned away before it fills the committee's list.

Counted in this process, by e-mail address as it was typed and by network address. Whether somebody is known plays no
part in it. Behind a proxy all have its network address, so that the second limit stops floods and nobody else.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from shared.problem import Refusal

WINDOW_SECONDS = 3_600.0
BY_EMAIL_MAX = 6  # somebody with many ideas
BY_NETWORK_MAX = 200  # an office on the last evening, or everybody behind one proxy
ADDRESSES_KEPT_MAX = 10_000


class TooManyProposals(Refusal):
    """More came from one address than a person writes."""

    status: ClassVar[int] = 429
    title = "Too many proposals at once"


@dataclass(frozen=True, slots=True)
class Pace:
    """When proposals came, by address."""

    clock: Callable[[], float] = time.monotonic
    _times: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def must_be_slow(self, limits: Mapping[str, int]) -> None:
        """Raises `TooManyProposals` when one of these addresses has sent as many as it may."""
        with self._lock:
            for address, count_max in limits.items():
                times = self._times.get(address, deque())
                while times and self.clock() - times[0] >= WINDOW_SECONDS:
                    times.popleft()
                if len(times) >= count_max:
                    raise TooManyProposals(
                        "Many proposals came from this address within an hour. This one was not sent; what you wrote "
                        "is kept on this page. Please send it again in an hour."
                    )

    def count(self, *addresses: str) -> None:
        """Another proposal from these addresses."""
        with self._lock:
            for each in addresses:
                self._times.setdefault(each, deque()).append(self.clock())
                self._times.move_to_end(each)
            while len(self._times) > ADDRESSES_KEPT_MAX:
                self._times.popitem(last=False)
