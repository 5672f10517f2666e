"""Who speaks at a conference, as it is told when the conference is cancelled: pure."""

from collections.abc import Iterable

from services.scheduling.programme.domain import IN_PROGRAMME, Editorial, Session
from shared.contracts.scheduling import Speaking

TITLE_LENGTH_MAX = 120
TITLES_LENGTH_MAX = 60_000  # of all titles together: a cancellation must never be too large to be said

_AWAITED = (*IN_PROGRAMME, Editorial.PROPOSED)


def cast_list(sessions: Iterable[Session]) -> tuple[Speaking, ...]:
    """Everybody who was to speak, or had proposed to, with the titles; those who withdrew or were declined know."""
    titles: dict[str, list[str]] = {}
    room = TITLES_LENGTH_MAX
    for session in sessions:
        if session.is_cancelled or session.editorial not in _AWAITED:
            continue
        for person in session.speakers:
            title = session.title[:TITLE_LENGTH_MAX]
            room -= len(title.encode())
            titles.setdefault(person, []).extend([title] if room >= 0 else [])
    return tuple(Speaking(person=person, titles=tuple(theirs)) for person, theirs in titles.items())
