"""The movable business clock, for local use only, so that a deadline can be reached without waiting for it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, request

from shared.auth import desk
from shared.mongo import Database
from shared.principals import Action
from shared.problem import Invalid

YEAR_MIN, YEAR_MAX = 1970, 2199  # beyond, a deadline that is counted from now would soon be no date any more
_ID = "business"


def restore(database: Database) -> None:
    """Let the clock go on from where it was moved to before the process ended."""
    kept = database.mongo["clock"].find_one({"_id": _ID})
    if kept:
        database.clock.offset = datetime.fromisoformat(kept["business"]) - datetime.fromisoformat(kept["host"])


def blueprint(database: Database) -> Blueprint:
    """`GET` tells the business time, `POST {"now": "2020-04-09T14:00:00Z"}` moves it."""
    routes = Blueprint("clock", __name__)

    @routes.get("")
    def tell() -> dict[str, Any]:
        return {"now": database.clock.now().isoformat()}

    @routes.post("")
    @desk(Action.MOVE_CLOCK)
    def move() -> dict[str, Any]:
        asked = request.get_json(silent=True) if request.is_json else request.form
        to = _instant(asked.get("now") if isinstance(asked, Mapping) else None)
        database.clock.move(to)
        database.wake()
        host = (database.clock.now() - database.clock.offset).isoformat()
        kept = {"business": database.clock.now().isoformat(), "host": host}
        database.mongo["clock"].update_one({"_id": _ID}, {"$set": kept}, upsert=True)
        return {"now": database.clock.now().isoformat()}

    return routes


def _instant(text: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError:
        raise Invalid("`now` must be a date and time such as 2020-04-09T14:00:00Z. The clock was not moved.") from None
    if not YEAR_MIN <= instant.year <= YEAR_MAX:
        raise Invalid(f"The clock goes from the year {YEAR_MIN} to {YEAR_MAX}. It was not moved.")
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
