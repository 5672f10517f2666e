"""Owns the knobs that make a request or a webhook go wrong on purpose, by count or by seeded chance.

A knob is on disk until it is used up or taken away. Leaves what a refund does later to `objects.refund_plans`.
"""

import json
import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from deploy.provider.parameters import Choice, Integer, Number, Table, Text, Tree
from deploy.provider.store import Store, to_json

ANSWER_429, ANSWER_500_BEFORE, ANSWER_500_AFTER = "answer_429", "answer_500_before", "answer_500_after"
DROP_AFTER, SLOW = "drop_after", "slow"
WEBHOOK_DUPLICATE, WEBHOOK_REORDER = "webhook_duplicate", "webhook_reorder"

_HOW_OFTEN: Table = {"count": Integer(minimum=1), "probability": Number(maximum=1), "seed": Integer()}
_REQUEST: Table = {**_HOW_OFTEN, "method": Choice(("GET", "POST", "DELETE")), "path": Text()}

KNOBS: dict[str, Table] = {
    ANSWER_429: _REQUEST,
    ANSWER_500_BEFORE: _REQUEST,
    ANSWER_500_AFTER: _REQUEST,
    DROP_AFTER: _REQUEST,
    SLOW: {**_REQUEST, "seconds": Number(required=True, maximum=120)},
    WEBHOOK_DUPLICATE: _HOW_OFTEN,
    WEBHOOK_REORDER: _HOW_OFTEN,
}


@dataclass(slots=True)
class Fault:
    """One turned knob: when it strikes, and how often it still may."""

    sequence: int
    knob: str
    options: Tree
    chance: Random

    @property
    def shown(self) -> Tree:
        return {"id": self.sequence, "knob": self.knob, **self.options}

    def is_meant_for(self, method: str, path: str) -> bool:
        """The path may hold `*`: `/v1/refunds*` means all of them."""
        is_method = self.options.get("method", method) == method
        return is_method and fnmatchcase(path, self.options.get("path", path))

    def strikes(self) -> bool:
        if self.options.get("count", 1) <= 0:
            return False
        probability: float = self.options.get("probability", 1.0)
        return self.chance.random() < probability


class Faults:
    """All turned knobs, looked at by every request and every delivery."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        with store.reading() as records:
            rows = records.execute("SELECT sequence, knob, options FROM fault ORDER BY sequence").fetchall()
        self._faults = [_fault(sequence, knob, json.loads(options)) for sequence, knob, options in rows]

    def turn(self, knob: str, options: Tree) -> Tree:
        with self._store.writing() as records:
            cursor = records.execute("INSERT INTO fault (knob, options) VALUES (?, ?)", (knob, to_json(options)))
        fault = _fault(cursor.lastrowid or 0, knob, options)
        with self._lock:
            self._faults = [*self._faults, fault]
        return fault.shown

    def clear(self) -> None:
        with self._lock:
            self._faults = []
        with self._store.writing() as records:
            records.execute("DELETE FROM fault")

    def shown(self) -> list[Tree]:
        return [fault.shown for fault in self._faults]

    def for_request(self, method: str, path: str) -> dict[str, Tree]:
        """What goes wrong with this request, by knob."""
        return self._struck([fault for fault in self._faults if fault.is_meant_for(method, path)])

    def for_delivery(self, knob: str) -> Fault | None:
        """The knob, if it strikes this time; its chance decides further."""
        meant = [fault for fault in self._faults if fault.knob == knob]
        return next((fault for fault in meant if self._struck([fault])), None)

    def _struck(self, faults: list[Fault]) -> dict[str, Tree]:
        if not faults:
            return {}
        with self._lock:
            struck = [fault for fault in faults if fault.strikes()]
            counted = [fault for fault in struck if "count" in fault.options]
            for fault in counted:
                fault.options["count"] -= 1
        self._remember(counted)
        return {fault.knob: fault.options for fault in struck}

    def _remember(self, counted: list[Fault]) -> None:
        if not counted:
            return
        with self._store.writing() as records:
            for fault in counted:
                records.execute(
                    "UPDATE fault SET options = ? WHERE sequence = ?", (to_json(fault.options), fault.sequence)
                )
                if fault.options["count"] <= 0:
                    records.execute("DELETE FROM fault WHERE sequence = ?", (fault.sequence,))
        with self._lock:
            self._faults = [fault for fault in self._faults if fault.options.get("count", 1) > 0]


def _fault(sequence: int, knob: str, options: dict[str, Any]) -> Fault:
    return Fault(sequence, knob, options, Random(options.get("seed", sequence)))
