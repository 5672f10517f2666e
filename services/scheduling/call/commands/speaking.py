"""What a speaker can ask, and what the committee decides about those who have withdrawn."""

from dataclasses import replace

from services.scheduling.call.domain import speaking
from services.scheduling.call.domain.speaking import NotWanted, Withdrawal, WithdrawalUnknown
from services.scheduling.call.store import PROPOSALS, WITHDRAWALS
from services.scheduling.conferences.domain.conference import Conference, ConferenceOver, day_in
from services.scheduling.programme.domain.programme import Appearance, Session, SessionUnknown, Speaker
from services.scheduling.programme.store.draft import must_go_on, session_of, speaker_of
from services.scheduling.programme.store.programme import SESSIONS, SPEAKERS
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.scheduling import SpeakerConfirmed, SpeakerWithdrew
from shared.sentences import marked
from shared.unit import Unit


@command(emits=[SpeakerConfirmed])
def confirm_session(unit: Unit, *, conference: str, person: str, session: str) -> Session:
    """A speaker will come; confirming again changes nothing."""
    known, zone = _session(unit, conference, session), _to_come(unit, conference).zone
    proposal = unit.load(PROPOSALS, session)
    change = speaking.confirm(
        known, person=person, confirm_by=proposal.confirm_by if proposal else None, zone=zone, now=unit.now
    )
    return unit.save(SESSIONS, change) if change.state is not known else known


@command(emits=[SpeakerWithdrew])
def withdraw_from_session(unit: Unit, *, conference: str, person: str, session: str) -> Session:
    """A speaker leaves the stage; if the session was wanted, the committee has to decide what becomes of it."""
    known = _session(unit, conference, session)
    _to_come(unit, conference)
    proposal = unit.load(PROPOSALS, session)
    left = speaking.withdraw(
        known,
        person=person,
        proposer=proposal.proposer if proposal else "",
        names=_names(unit, known),
        is_complimentary=_appearance(speaker_of(unit, person), conference).is_complimentary,
        now=unit.now,
    )
    if left.withdrawal:
        unit.save(WITHDRAWALS, Change(left.withdrawal))
    return unit.save(SESSIONS, left.session)


@command()
def say_whether_coming(unit: Unit, *, conference: str, person: str, comes: bool) -> Speaker:
    """Who doesn't speak any more keeps the free registration, or gives it back; the committee sees which."""
    _to_come(unit, conference)
    speaker = speaker_of(unit, person)
    found = unit.find(WITHDRAWALS, {"conference": conference, "person": person, "is_complimentary": True})
    if not found or unit.find(SESSIONS, {"conference": conference, "cast.person": person}):
        raise NotWanted(marked("Nobody needs to know this of you now. Nothing was changed."))
    for each in found:
        unit.save(WITHDRAWALS, Change(speaking.said_whether_coming(each, comes=comes)))
    appearance = replace(_appearance(speaker, conference), is_complimentary=comes)
    return unit.save(SPEAKERS, Change(replace(speaker, appearances={**speaker.appearances, conference: appearance})))


@command()
def settle_withdrawal(unit: Unit, *, conference: str, withdrawal: str, outcome: str) -> Withdrawal:
    """The committee has decided what becomes of a session that a speaker has left."""
    known = unit.load(WITHDRAWALS, withdrawal)
    if known is None or known.conference != conference:
        raise WithdrawalUnknown("There is no withdrawal under this address. Nothing was changed.")
    return unit.save(WITHDRAWALS, Change(speaking.settled(known, outcome=outcome, now=unit.now)))


def _to_come(unit: Unit, conference: str) -> Conference:
    """The conference, if it is not cancelled and not over."""
    known = must_go_on(unit, conference)
    if day_in(known.zone, unit.now) > known.ends:
        raise ConferenceOver.saying(
            "%(conference)s ended on %(day)s. Nothing was changed.", conference=known.title, day=known.ends
        )
    return known


def _session(unit: Unit, conference: str, id_: str) -> Session:
    session = session_of(unit, id_)
    if session.conference != conference:
        raise SessionUnknown(marked("There is no session under this address. Nothing was changed."))
    return session


def _names(unit: Unit, session: Session) -> dict[str, str]:
    return {each: speaker_of(unit, each).name for each in session.speakers}


def _appearance(speaker: Speaker, conference: str) -> Appearance:
    return speaker.appearances.get(conference, Appearance())
