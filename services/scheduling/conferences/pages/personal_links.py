"""Which personal links there are, how long they hold, and what an open one stands for."""

from datetime import timedelta

from flask import url_for

from services.scheduling.conferences.domain.conference import day_in
from services.scheduling.conferences.store import conference_with_version
from shared.auth import must_hold, opened
from shared.web.current import database, settings

AGENDA, SPEAKING, MONITOR = "agenda", "speaking", "monitor"
KEPT_AFTERWARDS = {
    AGENDA: timedelta(days=60),  # transcripts and certificates are asked for weeks later
    SPEAKING: timedelta(days=60),
    MONITOR: timedelta(days=7),  # a telephone that was without network sends its scans late
}


def opened_link(purpose: str, token: str) -> str:
    """The id inside of a personal link that still holds; raises `LinkExpired`, with the way to another one."""
    id_ = opened(settings(), purpose=purpose, token=token)
    found = conference_with_version(database(), id_.partition(":")[0])
    if found is not None:
        is_over = day_in(found[0].zone, database().clock.now() - KEPT_AFTERWARDS[purpose]) > found[0].ends
        renew = "" if purpose == MONITOR else url_for("personal.renew", purpose=purpose, token=token)
        must_hold(settings(), purpose=purpose, token=token, is_over=is_over, renew=renew)
    return id_
