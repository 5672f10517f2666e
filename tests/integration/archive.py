"""Reads what a service has said out of its archive, contact data included."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from shared.contracts.envelope import Event, event_class, opened
from shared.mongo import Database

E = TypeVar("E", bound=Event)


def said_in(database: Database, row: Mapping[str, Any], kind: type[E]) -> E:
    """The event of this kind in a row of a service's archive."""
    event = msgspec.json.decode(row["data"], type=kind)
    return opened(event, row["data"], database.keys.key_of)  # type: ignore[return-value]  # it stays of its kind


def any_said_in(database: Database, row: Mapping[str, Any]) -> Event:
    """The event in a row of a service's archive, of whatever kind."""
    return said_in(database, row, event_class(row["type"]))
