"""What a speaker says: I will come, I can't come; and what that means for the session.

Who withdraws leaves the stage at once. What was planned stays planned, without them, until the committee has decided
what becomes of it: nothing is cancelled or told to an audience by a speaker's word alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from services.scheduling.programme.domain import drafting
from services.scheduling.programme.domain.programme import IN_PROGRAMME, Casting, Editorial, Session, edited
from shared.change import Change
from shared.clock import end_of_day
from shared.contracts.scheduling import SpeakerConfirmed, SpeakerWithdrew
from shared.problem import NotFound, Refusal
from shared.sentences import marked

SPEAKER = "the speaker"
NOT_ON_STAGE = marked("You are not, or no longer, on the stage of “%(title)s”. Nothing was changed.")


class Coming(StrEnum):
    """Whether somebody who doesn't speak any more still comes, which is what a free registration and a bed hang on."""

    UNASKED = "unasked"
    COMES = "comes"
    STAYS_AWAY = "stays_away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A speaker has left a session that was wanted; open until the committee has decided what becomes of it."""

    id: str  # see `withdrawal_id`
    conference: str
    session: str
    person: str
    role: str
    withdrawn_at: datetime
    is_complimentary: bool = False
    coming: Coming = Coming.UNASKED
    outcome: str = ""  # the committee's words
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """A session after somebody has left it, and what the committee has to decide, if anything."""

    session: Change[Session]
    withdrawal: Withdrawal | None


class NotOnStage(Refusal):
    """They don't speak in this session, or not any more."""

    title = marked("You are not on this stage")


class NotWanted(Refusal):
    """There is nothing to confirm or to leave: the committee has not decided, or has decided otherwise."""

    title = marked("There is nothing to confirm")


class ConfirmedTooLate(Refusal):
    """The last day for confirming is over."""

    title = marked("The day for confirming is over")


class WithdrawalUnknown(NotFound):
    """Nobody has withdrawn under this address."""


class WithdrawalSettled(Refusal):
    """The committee has decided about it."""

    title = "It is decided already"


def withdrawal_id(session: str, person: str) -> str:
    """The id of somebody's withdrawal from a session."""
    return f"{session}:{person}"


def confirm(session: Session, *, person: str, confirm_by: date | None, zone: str, now: datetime) -> Change[Session]:
    """Somebody will come and speak; once all have said so, the session is confirmed. Twice changes nothing."""
    own = _part(session, person)
    if own.is_confirmed:
        return Change(session)
    if session.editorial not in IN_PROGRAMME or session.is_cancelled:
        raise NotWanted.saying(
            "“%(title)s” is not waiting for your word now. Nothing was changed.", title=session.title
        )
    if confirm_by and now >= end_of_day(confirm_by, zone):
        raise ConfirmedTooLate.saying(
            "The last day for confirming “%(title)s” was %(day)s. You are not confirmed; please write to the "
            "committee, which can ask you again if the place is still free.",
            title=session.title,
            day=confirm_by,
        )
    cast = tuple(replace(each, is_confirmed=True) if each is own else each for each in session.cast)
    is_whole = all(each.is_confirmed for each in cast)
    changed = edited(
        session,
        by=SPEAKER,
        now=now,
        what="a speaker has confirmed",
        cast=cast,
        editorial=Editorial.CONFIRMED if is_whole else session.editorial,
    )
    said = SpeakerConfirmed(session=session.id, conference=session.conference, person=person, title=session.title)
    return Change(changed, (said,))


def withdraw(
    session: Session,
    *,
    person: str,
    proposer: str,
    names: Mapping[str, str],
    is_complimentary: bool,
    now: datetime,
) -> Left:
    """Somebody leaves the stage.

    A proposal is taken back with its proposer, and a session that nobody speaks in and that has no place goes as well;
    what is planned stays planned, and the committee has to decide.
    """
    own = _part(session, person)
    if session.editorial not in (*IN_PROGRAMME, Editorial.PROPOSED) or session.is_cancelled:
        raise NotWanted.saying(
            "“%(title)s” is not on the programme. There is nothing to withdraw from.", title=session.title
        )
    is_proposal = session.editorial is Editorial.PROPOSED
    rest = tuple(each for each in session.cast if each is not own)
    left = drafting.recast(session, cast=rest, names=names, by=SPEAKER, now=now)
    ends = person == proposer or not rest if is_proposal else not rest and session.slot is None
    is_whole = bool(rest) and not is_proposal and all(each.is_confirmed for each in rest)
    editorial = Editorial.WITHDRAWN if ends else Editorial.CONFIRMED if is_whole else session.editorial
    said = SpeakerWithdrew(session=session.id, conference=session.conference, person=person, title=session.title)
    withdrawal = Withdrawal(
        id=withdrawal_id(session.id, person),
        conference=session.conference,
        session=session.id,
        person=person,
        role=own.role,
        withdrawn_at=now,
        is_complimentary=is_complimentary,
    )
    return Left(Change(replace(left, editorial=editorial), (said,)), None if is_proposal else withdrawal)


def settled(withdrawal: Withdrawal, *, outcome: str, now: datetime) -> Withdrawal:
    """The committee has decided what becomes of the session."""
    if withdrawal.settled_at is not None:
        raise WithdrawalSettled(f"This was decided before: {withdrawal.outcome} Nothing was changed.")
    return replace(withdrawal, outcome=outcome, settled_at=now)


def said_whether_coming(withdrawal: Withdrawal, *, comes: bool) -> Withdrawal:
    """Whether somebody who doesn't speak any more comes all the same; that they stay away is news for the committee."""
    coming = Coming.COMES if comes else Coming.STAYS_AWAY
    is_news = coming is Coming.STAYS_AWAY and withdrawal.coming is not coming
    return replace(withdrawal, coming=coming, settled_at=None if is_news else withdrawal.settled_at)


def _part(session: Session, person: str) -> Casting:
    own = next((each for each in session.cast if each.person == person), None)
    if own is None:
        raise NotOnStage.saying(NOT_ON_STAGE, title=session.title)
    return own
