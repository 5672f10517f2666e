"""What a person knows after a release, and which invitation is which; pure."""

from dataclasses import dataclass, replace

from services.notifications.messages.domain.told import Stand, Told, ToldSession, stand_of
from shared.contracts.scheduling import (
    AgendaChanged,
    AgendaItem,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPart:
    """Some of what a release means for one person, until all of it is known: they read it in one message."""

    id: str  # see `part_id`
    items: tuple[AgendaItem, ...]


def part_id(event: AgendaChanged, part: int) -> str:
    """Where one part of what a release means for one person is kept."""
    return f"{event.agenda}:{event.release}:{part}"


def after_release(told: Told, event: AgendaChanged) -> Told:
    """What somebody knows after they were told what a release means for them."""
    by_uid = {each.uid: each for each in told.sessions}
    for item in event.items:
        known = by_uid.get(item.uid)
        if known is None or known.sequence <= item.sequence:
            was_invited = known is not None and known.is_invited
            by_uid[item.uid] = _told(item, is_invited=event.wants_invitations or was_invited)
    return replace(told, sessions=tuple(by_uid.values()))


def _told(item: AgendaItem, *, is_invited: bool) -> ToldSession:
    return ToldSession(
        uid=item.uid,
        sequence=item.sequence,
        code=item.code,
        title=item.title,
        room=item.room or item.room_before,
        starts=item.starts or item.starts_before,
        ends=item.ends or item.ends_before,
        stand=stand_of(item),
        is_invited=is_invited,
    )


_RAISES_NOTHING = frozenset({"speakers", "content"})  # changes that leave a calendar's SEQUENCE as it is


def invitation_revision(item: AgendaItem, *, release: int) -> str:
    """Which invitation to one session this is: one for each SEQUENCE, and for each release that leaves it as it is."""
    if stand_of(item) is Stand.TAKES_PLACE:
        return f"{item.sequence}.{release}" if _RAISES_NOTHING.issuperset(item.changes) else str(item.sequence)
    return f"{item.sequence}:{stand_of(item)}"
