"""Who speaks at a conference, as it is told when the conference is cancelled: pure."""

from collections.abc import Iterable

from services.scheduling.programme.domain.programme import IN_PROGRAMME, Editorial, Session
from shared.contracts.scheduling import Speaking

TITLE_LENGTH_MAX = 120
TITLE_COUNT_MAX = 50  # of one person: nobody reads more of them in a mail, and every event must fit

_AWAITED = (*IN_PROGRAMME, Editorial.PROPOSED)


def cast_list(sessions: Iterable[Session]) -> tuple[Speaking, ...]:
    """Everybody who was to speak, or had proposed to, with the titles, in the order of their ids; those who withdrew or
    were declined know."""
    titles: dict[str, list[str]] = {}
    for session in sessions:
        if session.is_cancelled or session.editorial not in _AWAITED:
            continue
        for person in session.speakers:
            titles.setdefault(person, []).append(session.title[:TITLE_LENGTH_MAX])
    return tuple(
        Speaking(person=person, titles=tuple(theirs[:TITLE_COUNT_MAX]), title_count=len(theirs))
        for person, theirs in sorted(titles.items())
    )
