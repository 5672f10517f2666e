"""What waits at conferences, as far as whoever is signed in may open it."""

from collections.abc import Sequence

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.decisions.store.waiting import Waiting, waiting_at
from shared.web.current import database, may


def waiting_for_me(conferences: Sequence[Conference]) -> dict[str, list[Waiting]]:
    """By the id of the conference; a page that would be refused is not named."""
    return {
        conference: [each for each in waits if may(each.action, conference=conference)]
        for conference, waits in waiting_at(database(), conferences).items()
    }
