"""Owns doing something for everyone in a story, several at a time, and waiting until all messages have gone out."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from deploy.addresses import Addresses
from deploy.calls import Caller

S = TypeVar("S")
T = TypeVar("T")

CLIENT_COUNT = 6  # enough to keep two cores busy; more would only queue
SAY_EVERY = 100


def await_messages(town: Addresses, caller: Caller, *, purpose: str, count: int) -> None:
    """Return when so many messages of a purpose have been sent, and no message at all is on its way."""
    still = "messages"

    def are_all_sent() -> bool:
        nonlocal still
        summary = caller.get(f"{town.notifications}/notifications/summary", account=town.committee)
        sent_count = int(summary["by_purpose"].get(purpose, {}).get("accepted", 0))
        open_count = int(summary["open"])
        still = f"{max(count - sent_count, 0):,} messages `{purpose}`, {open_count:,} of any kind are on their way"
        return sent_count >= count and open_count == 0

    caller.deadline.wait_until(are_all_sent, missing=lambda: still)


def for_all(do: Callable[[S], T], each: Sequence[S], *, said: str, say: Callable[[str], None]) -> list[T]:
    """Do something for everyone, several at a time; the answers are in order. The first failure ends it."""
    done_count, lock = 0, threading.Lock()

    def one(item: S) -> T:
        nonlocal done_count
        answer = do(item)
        with lock:
            done_count += 1
            if done_count % SAY_EVERY == 0 or done_count == len(each):
                say(f"{done_count:,} of {len(each):,} {said}.")
        return answer

    pool = ThreadPoolExecutor(CLIENT_COUNT, thread_name_prefix="people")
    try:
        return list(pool.map(one, each))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
