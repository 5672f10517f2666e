"""Owns doing something for everyone in a story, several at a time, and waiting for messages to go out."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from deploy.town.addresses import Addresses
from deploy.town.calls import Caller

S = TypeVar("S")
T = TypeVar("T")

CLIENT_COUNT = 6  # enough to keep two cores busy; more would only queue
SAY_EVERY = 100


def await_sent(town: Addresses, caller: Caller, *, purpose: str, count: int) -> None:
    """Return when so many messages of a purpose have been sent."""
    missing_count = count

    def are_sent() -> bool:
        nonlocal missing_count
        sent_count = int(_summary(town, caller)["by_purpose"].get(purpose, {}).get("accepted", 0))
        missing_count = count - sent_count
        return missing_count <= 0

    caller.deadline.wait_until(are_sent, missing=lambda: f"{missing_count:,} messages `{purpose}`")


def await_no_message_open(town: Addresses, caller: Caller) -> None:
    """Return when no message waits to be written or sent."""
    open_count = 0

    def is_none_open() -> bool:
        nonlocal open_count
        open_count = int(_summary(town, caller)["open"])
        return open_count == 0

    caller.deadline.wait_until(is_none_open, missing=lambda: f"{open_count:,} messages that are on their way")


def _summary(town: Addresses, caller: Caller) -> dict[str, Any]:
    summary: dict[str, Any] = caller.get(f"{town.notifications}/notifications/summary", account=town.committee)
    return summary


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
