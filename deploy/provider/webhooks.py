"""Owns telling the outside: every event is posted, signed, to the one address that listens, until it is taken.

Deliveries run in lanes. A lane keeps the order of creation: while nobody answers at the address, the whole lane waits;
an event that is answered with an error is put off alone, and later ones pass it. What is not delivered yet is on disk.
"""

import hashlib
import hmac
import http.client
import threading
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import structlog

from deploy.provider.faults import WEBHOOK_DUPLICATE, WEBHOOK_REORDER, Faults
from deploy.provider.objects.events import LANE_COUNT
from deploy.provider.settings import Settings
from deploy.provider.store import Store

BATCH_SIZE = 20  # delivered in a row before the outcomes are written down together
_TIMEOUT_SECONDS = 20.0
_RETRY_SECONDS_MIN, _RETRY_SECONDS_MAX = 0.5, 30.0
_ATTEMPT_COUNT_MAX = 100  # about three quarters of an hour
_DOOR_RETRY_SECONDS_MAX = 5.0
_IDLE_SECONDS = 0.5
_STOP_SECONDS = 5.0  # a listener that never answers does not keep the provider from stopping

_NEXT = """
SELECT delivery.event, event.body, delivery.attempt_count
FROM delivery JOIN event ON event.sequence = delivery.event
WHERE lane = ? AND state = 'waiting' AND due_at <= ? ORDER BY delivery.event LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event on its way."""

    sequence: int
    payload: bytes
    attempt_count: int


class Courier:
    """The lanes, and the bell that tells them there is something to deliver."""

    def __init__(self, store: Store, faults: Faults, settings: Settings) -> None:
        self._lanes = [Lane(number, store, faults, settings) for number in range(LANE_COUNT)]
        self._is_needed = bool(settings.webhook_url)

    def start(self) -> None:
        for lane in self._lanes if self._is_needed else []:
            lane.start()

    def wake(self) -> None:
        for lane in self._lanes:
            lane.bell.set()

    def stop(self) -> None:
        for lane in self._lanes:
            lane.is_stopping = True
        self.wake()
        for lane in self._lanes if self._is_needed else []:
            lane.join(timeout=_STOP_SECONDS)


class Lane(threading.Thread):
    """One thread with one connection, delivering one parcel after the other."""

    def __init__(self, number: int, store: Store, faults: Faults, settings: Settings) -> None:
        super().__init__(name=f"webhooks-{number}", daemon=True)
        self.bell = threading.Event()
        self.is_stopping = False
        self._number = number
        self._store = store
        self._faults = faults
        self._door = Door(urlsplit(settings.webhook_url), settings.webhook_secret)
        self._door_retry_seconds = 0.0

    def run(self) -> None:
        while not self.is_stopping:
            self.bell.clear()
            try:
                parcels = self._in_order(self._next_parcels())
                if parcels:
                    self._deliver(parcels)
                else:
                    self.bell.wait(_IDLE_SECONDS)
            except Exception:  # the lane goes on: what is not marked as delivered is tried again
                structlog.get_logger().exception("webhook lane failed")
                self._pause(_RETRY_SECONDS_MIN)

    def _next_parcels(self) -> list[Parcel]:
        with self._store.reading() as records:
            rows = records.execute(_NEXT, (self._number, time.time(), BATCH_SIZE)).fetchall()
        return [Parcel(sequence, body.encode(), attempt_count) for sequence, body, attempt_count in rows]

    def _in_order(self, parcels: list[Parcel]) -> list[Parcel]:
        fault = self._faults.for_delivery(WEBHOOK_REORDER) if len(parcels) > 1 else None
        return fault.chance.sample(parcels, len(parcels)) if fault else parcels

    def _deliver(self, parcels: list[Parcel]) -> None:
        """Hand over as many as are taken; when nobody answers, the lane waits with all that are left."""
        taken: list[Parcel] = []
        put_off: list[Parcel] = []
        is_door_open = True
        for parcel in parcels:
            if self.is_stopping:
                break
            try:
                (taken if self._hand_over(parcel) else put_off).append(parcel)
            except (OSError, http.client.HTTPException):
                self._door.close()
                is_door_open = False
                break
        self._write_down(taken, put_off)
        self._after_round(is_door_open=is_door_open)

    def _hand_over(self, parcel: Parcel) -> bool:
        is_taken = self._door.post(parcel.payload)
        if is_taken and self._faults.for_delivery(WEBHOOK_DUPLICATE):
            self._door.post(parcel.payload)
        return is_taken

    def _write_down(self, taken: list[Parcel], put_off: list[Parcel]) -> None:
        if not (taken or put_off):
            return
        with self._store.writing() as records:
            for parcel in taken:
                records.execute(
                    "UPDATE delivery SET state = 'delivered', attempt_count = attempt_count + 1 WHERE event = ?",
                    (parcel.sequence,),
                )
                records.execute(
                    "UPDATE event SET body = json_set(body, '$.pending_webhooks', 0) WHERE sequence = ?",
                    (parcel.sequence,),
                )
            for parcel in put_off:
                is_last = parcel.attempt_count + 1 >= _ATTEMPT_COUNT_MAX
                records.execute(
                    "UPDATE delivery SET state = ?, attempt_count = attempt_count + 1, due_at = ? WHERE event = ?",
                    (
                        "given_up" if is_last else "waiting",
                        time.time() + retry_seconds(parcel.attempt_count),
                        parcel.sequence,
                    ),
                )

    def _after_round(self, *, is_door_open: bool) -> None:
        if is_door_open:
            self._door_retry_seconds = 0.0
            return
        longer = max(_RETRY_SECONDS_MIN, self._door_retry_seconds * 2)
        self._door_retry_seconds = min(longer, _DOOR_RETRY_SECONDS_MAX)
        self._pause(self._door_retry_seconds)

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.is_stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))


class Door:
    """The one address that listens, over a connection that is kept open."""

    def __init__(self, address: SplitResult, secret: str) -> None:
        self._address = address
        self._secret = secret
        self._connection: http.client.HTTPConnection | None = None

    def post(self, payload: bytes) -> bool:
        """Whether it was taken. An address where nobody answers is an error, not an answer."""
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(payload, secret=self._secret, at=int(time.time())),
            "User-Agent": "local-card-provider (test instrument)",
        }
        is_kept_open = self._connection is not None
        try:
            return self._post(payload, headers)
        except (OSError, http.client.HTTPException):
            self.close()
            if not is_kept_open:
                raise
            return self._post(payload, headers)  # the other side may just have closed an idle connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, payload: bytes, headers: dict[str, str]) -> bool:
        if self._connection is None:
            self._connection = self._connect()
        path = self._address.path or "/"
        self._connection.request("POST", f"{path}?{self._address.query}".rstrip("?"), payload, headers)
        response = self._connection.getresponse()
        response.read()
        return 200 <= response.status < 300

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._address.scheme == "https" else http.client.HTTPConnection
        return kind(self._address.hostname or "", self._address.port, timeout=_TIMEOUT_SECONDS)


def signature(payload: bytes, *, secret: str, at: int) -> str:
    """What the receiver checks: nobody without the secret could have sent this, and not long ago."""
    signed = b"%d." % at + payload
    return f"t={at},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def retry_seconds(attempt_count: int) -> float:
    """Half a second, doubled with each try, at most half a minute."""
    return float(min(_RETRY_SECONDS_MIN * 2 ** min(attempt_count, 10), _RETRY_SECONDS_MAX))
