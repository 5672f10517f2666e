"""When sessions take place, who speaks in them and how many seats their rooms have, as releases of the programme say.

Leaves how many places there are to `places`: the smaller of a session's seats and its option's places holds.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.contracts.scheduling import SeatsPublished


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatedSession:
    """One session as the last release has it; its id is the session's."""

    id: str
    conference: str
    release: int
    name: str
    starts: datetime
    ends: datetime
    seats: int | None  # None: everybody may come
    speakers: tuple[str, ...] = ()
    is_cancelled: bool = False

    def overlaps(self, other: "SeatedSession") -> bool:
        """Whether nobody could be in both from beginning to end."""
        is_on = not (self.is_cancelled or other.is_cancelled)
        return is_on and self.starts < other.ends and other.starts < self.ends


def published(event: SeatsPublished, *, known: SeatedSession | None) -> SeatedSession | None:
    """The session as this release has it; None when a later one was heard of."""
    if known is not None and known.release >= event.release:
        return None
    return SeatedSession(
        id=event.session,
        conference=event.conference,
        release=event.release,
        name=f"{event.code} {event.title}",
        starts=event.starts,
        ends=event.ends,
        seats=event.seats,
        speakers=event.speakers,
        is_cancelled=event.is_cancelled,
    )
