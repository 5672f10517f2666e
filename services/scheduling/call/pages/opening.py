"""Whether a conference's page leads to its call for sessions."""

from services.scheduling.call import store
from services.scheduling.call.domain.call import Standing
from services.scheduling.conferences.domain.conference import Conference
from shared.web.current import database


def call_is_open(conference: Conference) -> bool:
    """Whether proposals are taken now."""
    call = store.call(database(), conference.id)
    return call is not None and call.standing_at(conference, database().clock.now()) is Standing.OPEN
