"""Owns the provider's business time: it runs like any clock, can be put forward, and never goes back by itself.

Everything the API dates comes from here. What happens between machines (webhook signatures, retries, the rate limit)
goes by the host's time instead.
"""

import time
from datetime import UTC, datetime

from deploy.provider.store import Store

_SETTING = "clock_offset_seconds"


class ClockGoesBack(ValueError):
    """Somebody asked for a time before one that has already been used."""


class BusinessClock:
    """Host time plus an offset that is kept on disk."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.reading() as records:
            self._offset_seconds = float(records.setting(_SETTING) or 0)

    def now(self) -> int:
        return int(time.time() + self._offset_seconds)

    def move(self, to: datetime, *, reset: bool = False) -> None:
        """Run on from there. While nothing has been recorded yet, any time will do; so it does when reset is asked."""
        with self._store.writing() as records:
            is_first = records.value("SELECT 1 FROM event LIMIT 1") is None
            if to.timestamp() < self.now() and not (reset or is_first):
                raise ClockGoesBack(f"The clock shows {in_words(self.now())}, which is later than {to.isoformat()}.")
            self._offset_seconds = to.timestamp() - time.time()
            records.keep_setting(_SETTING, repr(self._offset_seconds))


def in_words(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
