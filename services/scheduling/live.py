"""The live board of one decision: a page that is whole without JavaScript, and the stream that keeps it fresh with it.

A stream holds a thread of the web server, so it ends by itself after a while (the browser comes back), and only so many
are served at once; a browser that is turned away reads the page again instead.
"""

import json
import threading
import time
from collections.abc import Iterator
from typing import cast

from flask import Blueprint, Response, current_app, render_template, stream_with_context
from pymongo.errors import PyMongoError

from services.scheduling import board, store
from services.scheduling.disruption import Disruption, RunUnknown, State
from services.scheduling.domain import Conference, ConferenceUnknown
from shared.auth import desk
from shared.mongo import Database
from shared.problem import Busy

STREAM_SECONDS_MAX = 25.0
STREAM_COUNT_MAX = 6  # of the web server's threads; the others stay free for people who wait
LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 3.0  # also how soon it is noticed that a browser has gone

blueprint = Blueprint("live", __name__, url_prefix="/scheduling")

_streams = threading.BoundedSemaphore(STREAM_COUNT_MAX)


class TooManyWatching(Busy):
    """More people watch boards than threads may be held for."""

    title = "Too many are watching"


def _database() -> Database:
    return cast(Database, current_app.config["DATABASE"])


def _watched(run: str) -> tuple[Disruption, Conference]:
    record = store.disruption_with_version(_database(), run)
    if record is None:
        raise RunUnknown("There is no decision under this address.")
    conference = store.conference_with_version(_database(), record[0].conference)
    if conference is None:
        raise ConferenceUnknown("The conference of this decision is not there.")
    return record[0], conference[0]


@blueprint.get("/desk/runs/<run>")
@desk("committee", "finance")
def show_board(run: str) -> str:
    """What has come back after a decision, what is missing, and what to do."""
    record, conference = _watched(run)
    return render_template(
        "scheduling/board.html",
        record=record,
        conference=conference,
        steps=board.steps(record),
        headline=board.headline(record),
        now=_database().clock.now(),
    )


@blueprint.get("/runs/<run>/stream")
@desk("committee", "finance")
def stream_board(run: str) -> Response:
    """The board as server-sent events, each time that it has changed."""
    _watched(run)
    if not _streams.acquire(blocking=False):
        raise TooManyWatching("Too many people are watching at the moment. The page reads itself again instead.")
    response = Response(stream_with_context(_events(run)), content_type="text/event-stream")
    response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    response.call_on_close(_streams.release)
    return response


def _events(run: str) -> Iterator[str]:
    yield "retry: 1000\n\n"
    ends, told, said_at = time.monotonic() + STREAM_SECONDS_MAX, "", time.monotonic()
    while time.monotonic() < ends:
        try:
            record, conference = _watched(run)
        except PyMongoError:
            return  # the browser comes back, and so may the database
        news = _news(record, conference)
        if news != told:
            told, said_at = news, time.monotonic()
            yield f"event: board\ndata: {news}\n\n"
        elif time.monotonic() - said_at > HEARTBEAT_SECONDS:
            said_at = time.monotonic()
            yield ": still here\n\n"
        if record.state is State.SETTLED:
            return
        time.sleep(LOOK_SECONDS)


def _news(record: Disruption, conference: Conference) -> str:
    html = render_template(
        "scheduling/progress.html",
        record=record,
        conference=conference,
        steps=board.steps(record),
        headline=board.headline(record),
        now=_database().clock.now(),
    )
    return json.dumps({"html": html, "state": record.state.value})
