"""The live board of one decision: a page that is whole without JavaScript, and the stream that keeps it fresh with it.

A stream holds a thread of the web server, so it ends by itself after a while (the browser comes back), and only so many
are served at once; a browser that is turned away reads the page again instead.
"""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from jinja2 import Template
from pymongo.errors import PyMongoError

from services.scheduling.conferences import store
from services.scheduling.conferences.domain.conference import Conference, ConferenceUnknown
from services.scheduling.decisions.domain import board
from services.scheduling.decisions.domain.disruption import Disruption, RunUnknown, State
from services.scheduling.decisions.store import decisions as decision_store
from shared.auth import desk
from shared.mongo import Database
from shared.names import Names
from shared.principals import Action
from shared.problem import Busy
from shared.web import links
from shared.web.current import database, settings

STREAM_SECONDS_MAX = 25.0
STREAM_COUNT_MAX = 6  # of the web server's threads; the others stay free for people who wait
LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 3.0  # also how soon it is noticed that a browser has gone

blueprint = Blueprint("live", __name__, url_prefix="/scheduling")

_streams = threading.BoundedSemaphore(STREAM_COUNT_MAX)


class TooManyWatching(Busy):
    """More people watch boards than threads may be held for."""

    title = "Too many are watching"


@dataclass(frozen=True, slots=True)
class Watched:
    """A decision, its conference, and when it was looked at."""

    record: Disruption
    conference: Conference
    now: datetime
    steered_by: str = ""  # who holds it up at registration's desk

    def words(self) -> dict[str, Any]:
        """What the templates show of it."""
        return {
            "record": self.record,
            "conference": self.conference,
            "now": self.now,
            "steps": board.steps(self.record),
            "headline": board.headline(self.record),
            "steered_by": self.steered_by,
        }


def _watched(database: Database, run: str) -> Watched:
    record = decision_store.disruption_with_version(database, run)
    if record is None:
        raise RunUnknown("There is no decision under this address.")
    conference = store.conference_with_version(database, record[0].conference)
    if conference is None:
        raise ConferenceUnknown("The conference of this decision is not there.")
    steered = record[0].steered
    by = Names(database).words(steered.by) if steered else ""
    return Watched(record[0], conference[0], database.clock.now(), by)


@blueprint.get("/desk/runs/<run>")
@desk(Action.SEE_PROGRESS)
def show_board(run: str) -> str:
    """What has come back after a decision, what is missing, and what to do."""
    return render_template("decisions/board.html", **_watched(database(), run).words())


@blueprint.get("/runs/<run>/stream")
@desk(Action.SEE_PROGRESS)
def stream_board(run: str) -> Response:
    """The board as server-sent events, each time that it has changed."""
    _watched(database(), run)
    if not _streams.acquire(blocking=False):
        raise TooManyWatching("Too many people are watching at the moment. The page reads itself again instead.")
    # What a stream needs is taken along: it goes on when the request that asked for it is over.
    template = current_app.jinja_env.get_template("decisions/progress.html")
    desks = links.desks(settings())
    response = Response(_events(database(), run, template=template, desks=desks), content_type="text/event-stream")
    response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    response.call_on_close(_streams.release)
    return response


def _events(database: Database, run: str, *, template: Template, desks: dict[str, str]) -> Iterator[str]:
    yield "retry: 1000\n\n"
    ends, told, said_at = time.monotonic() + STREAM_SECONDS_MAX, "", time.monotonic()
    while time.monotonic() < ends:
        try:
            watched = _watched(database, run)
        except PyMongoError:
            return  # the browser comes back, and so may the database
        news = json.dumps(
            {"html": template.render(**watched.words(), desks=desks), "state": watched.record.state.value}
        )
        if news != told:
            told, said_at = news, time.monotonic()
            yield f"event: board\ndata: {news}\n\n"
        elif time.monotonic() - said_at > HEARTBEAT_SECONDS:
            said_at = time.monotonic()
            yield ": still here\n\n"
        if watched.record.state is State.SETTLED:
            return
        time.sleep(LOOK_SECONDS)
