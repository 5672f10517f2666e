"""Owns the rate limit: 25 requests a second for each endpoint and 100 in all, as on a live account.

Each limit is one number, the time at which its bucket would be full again, so admitting a request is a comparison and
an addition. It goes by the host's time.
"""

import threading
import time

from deploy.provider.errors import Refusal

ENDPOINT_RATE, GLOBAL_RATE = 25, 100  # requests a second; a burst may use up one second's worth
_BURST_SECONDS = 1.0
_EVERYTHING = "everything"


class Limiter:
    """Two buckets for every request: its endpoint's and everybody's."""

    def __init__(self, *, is_on: bool) -> None:
        self.is_on = is_on
        self._full_again_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def admit(self, endpoint: str) -> None:
        """Let the request through, or refuse it in the way Stripe does."""
        if not self.is_on:
            return
        now = time.monotonic()
        with self._lock:
            for reason, name, rate in (
                ("endpoint-rate", endpoint, ENDPOINT_RATE),
                ("global-rate", _EVERYTHING, GLOBAL_RATE),
            ):
                if self._full_again_at.get(name, 0.0) + 1 / rate > now + _BURST_SECONDS:
                    raise too_many(reason)
            for name, rate in ((endpoint, ENDPOINT_RATE), (_EVERYTHING, GLOBAL_RATE)):
                self._full_again_at[name] = max(self._full_again_at.get(name, 0.0), now) + 1 / rate


def too_many(reason: str) -> Refusal:
    return Refusal(
        "Too many requests in a short time. This one was not carried out: wait, then ask more slowly.",
        status=429,
        code="rate_limit",
        headers={"Stripe-Rate-Limited-Reason": reason},
    )
