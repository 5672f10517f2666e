"""Owns the promise that a request sent twice under one key is carried out once, and answered the same both times.

A key is kept for 24 hours of business time and then forgotten, as at Stripe: sent again after that, it acts again.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.provider.errors import Refusal
from deploy.provider.parameters import Tree
from deploy.provider.work import Work

_LIFE_SECONDS = 24 * 60 * 60
_KEY_LENGTH_MAX = 255
_FORGOTTEN_AT_ONCE_MAX = 200  # old keys leave a few at a time, so that no request pays for all of them


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    status: int
    body: str
    request_id: str


def fingerprint(method: str, path: str, parameters: Tree) -> str:
    """Equal for requests that ask the same thing."""
    asked = f"{method} {path} {json.dumps(parameters, sort_keys=True)}"
    return hashlib.sha256(asked.encode()).hexdigest()


class KeysInProgress:
    """The keys whose first request has not been answered yet."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, key: str | None) -> Iterator[None]:
        """Nobody else acts under this key until the block ends."""
        if key is None:
            yield
            return
        if len(key) > _KEY_LENGTH_MAX:
            raise Refusal(f"An idempotency key has at most {_KEY_LENGTH_MAX} characters.", kind="idempotency_error")
        with self._lock:
            if key in self._keys:
                raise Refusal(
                    "Another request with this idempotency key is still being carried out. Ask again shortly.",
                    status=409,
                    kind="idempotency_error",
                    code="idempotency_key_in_use",
                )
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)


def recall(work: Work, key: str, *, asked: str) -> KeptAnswer | None:
    """The answer given before, if the key is known and was used for the same request."""
    row = work.records.execute(
        "SELECT fingerprint, status, body, request_id FROM idempotency WHERE key = ? AND kept_at > ?",
        (key, work.now - _LIFE_SECONDS),
    ).fetchone()
    if row is None:
        return None
    if row[0] != asked:
        raise Refusal(
            "This idempotency key was used before with other parameters or another address. Nothing was done: "
            "use a new key for a new request.",
            kind="idempotency_error",
        )
    return KeptAnswer(*row[1:])


def keep(work: Work, key: str, *, asked: str, answer: KeptAnswer) -> None:
    """Remember the answer, whether it was good or bad, with what it did."""
    work.records.execute(
        "DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE kept_at <= ? LIMIT ?)",
        (work.now - _LIFE_SECONDS, _FORGOTTEN_AT_ONCE_MAX),
    )
    work.records.execute(
        "INSERT OR REPLACE INTO idempotency (key, fingerprint, kept_at, status, body, request_id) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (key, asked, work.now, answer.status, answer.body, answer.request_id),
    )
