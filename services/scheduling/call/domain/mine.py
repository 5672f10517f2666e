"""What a speaker's own page says of each session: how it stands with them, what they may do, and when it is."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.scheduling.call.domain.proposals import Proposal
from services.scheduling.call.domain.speaking import Withdrawal
from services.scheduling.programme.domain.programme import IN_PROGRAMME, Editorial, Session
from services.scheduling.releases.domain.releases import Entry
from shared.clock import end_of_day


class Stand(StrEnum):
    """How it stands between a speaker and a session."""

    WAITS = "waits"  # the committee has not decided
    TO_CONFIRM = "to_confirm"
    TOO_LATE = "too_late"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    LEFT = "left"  # they have withdrawn, or the proposal was taken back
    OFF_STAGE = "off_stage"  # the committee has planned without them
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """One session of a speaker."""

    session: Session
    stand: Stand
    entry: Entry | None  # as it is published
    confirm_by: date | None = None

    @property
    def may_confirm(self) -> bool:
        """Whether their word is waited for."""
        return self.stand is Stand.TO_CONFIRM

    @property
    def may_withdraw(self) -> bool:
        """Whether there is something to leave."""
        return self.stand in (Stand.WAITS, Stand.TO_CONFIRM, Stand.TOO_LATE, Stand.CONFIRMED)


def mine(
    session: Session,
    proposal: Proposal | None,
    withdrawal: Withdrawal | None,
    entry: Entry | None,
    *,
    person: str,
    zone: str,
    now: datetime,
) -> Mine:
    """How it stands between this person and a session; what only the draft knows is not told."""
    confirm_by = proposal.confirm_by if proposal else None
    stand = _stand(session, withdrawal, entry, person=person, confirm_by=confirm_by, zone=zone, now=now)
    return Mine(session=session, stand=stand, entry=entry, confirm_by=confirm_by)


def _stand(
    session: Session,
    withdrawal: Withdrawal | None,
    entry: Entry | None,
    *,
    person: str,
    confirm_by: date | None,
    zone: str,
    now: datetime,
) -> Stand:
    own = next((each for each in session.cast if each.person == person), None)
    if session.editorial is Editorial.WITHDRAWN or (own is None and withdrawal is not None):
        return Stand.LEFT
    if own is None:
        return Stand.OFF_STAGE
    if entry is not None and entry.is_cancelled:
        return Stand.CANCELLED
    if session.editorial is Editorial.REJECTED:
        return Stand.DECLINED
    if session.editorial not in IN_PROGRAMME:
        return Stand.WAITS
    if own.is_confirmed:
        return Stand.CONFIRMED
    is_late = confirm_by is not None and now >= end_of_day(confirm_by, zone)
    return Stand.TOO_LATE if is_late else Stand.TO_CONFIRM
