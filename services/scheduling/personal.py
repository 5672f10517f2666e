"""Personal links of scheduling: to one's agenda, to one's page as a speaker, to the room monitors' page.

Each ends a while after its conference; who has one may have another sent to the address known. The monitors' link is
given by the committee, and so is another one.
"""

from datetime import timedelta
from typing import cast

from flask import Blueprint, current_app, url_for

from services.scheduling.commands import ask_for_link
from services.scheduling.domain import day_in
from services.scheduling.store import conference_with_version
from shared.auth import must_hold, opened
from shared.mongo import Database
from shared.problem import NotFound
from shared.settings import Settings
from shared.web.renewing import link_sent, must_be_slow

AGENDA, SPEAKING, MONITOR = "agenda", "speaking", "monitor"
KEPT_AFTERWARDS = {
    AGENDA: timedelta(days=60),  # transcripts and certificates are asked for weeks later
    SPEAKING: timedelta(days=60),
    MONITOR: timedelta(days=7),  # a telephone that was without network sends its scans late
}

blueprint = Blueprint("personal", __name__, url_prefix="/scheduling/links")


def opened_link(purpose: str, token: str) -> str:
    """The id inside of a personal link that still holds; raises `LinkExpired`, with the way to another one."""
    settings = cast(Settings, current_app.config["SETTINGS"])
    id_ = opened(settings, purpose=purpose, token=token)
    database = cast(Database, current_app.config["DATABASE"])
    found = conference_with_version(database, id_.partition(":")[0])
    if found is not None:
        is_over = day_in(found[0].zone, database.clock.now() - KEPT_AFTERWARDS[purpose]) > found[0].ends
        renew = "" if purpose == MONITOR else url_for("personal.renew", purpose=purpose, token=token)
        must_hold(settings, purpose=purpose, token=token, is_over=is_over, renew=renew)
    return id_


@blueprint.post("/<purpose>/<token>")
def renew(purpose: str, token: str) -> str:
    """Send a new link; an old one is the right to ask for that."""
    if purpose not in (AGENDA, SPEAKING):
        raise NotFound("There is nothing under this address.")
    id_ = opened(cast(Settings, current_app.config["SETTINGS"]), purpose=purpose, token=token)
    conference, _, person = id_.partition(":")
    must_be_slow(f"{purpose}:{id_}")
    database = cast(Database, current_app.config["DATABASE"])
    database.run(ask_for_link, conference=conference, person=person, kind=purpose)
    return link_sent()
