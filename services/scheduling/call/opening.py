"""Whether a conference's page leads to its call for sessions."""

from typing import cast

from flask import current_app

from services.scheduling.call import store
from services.scheduling.call.domain import Standing
from services.scheduling.domain import Conference
from shared.mongo import Database


def call_is_open(conference: Conference) -> bool:
    """Whether proposals are taken now."""
    database = cast(Database, current_app.config["DATABASE"])
    call = store.call(database, conference.id)
    return call is not None and call.standing_at(conference, database.clock.now()) is Standing.OPEN
