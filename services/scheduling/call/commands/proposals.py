"""What can be asked of the call: set its terms, propose a session, review, decide."""

from dataclasses import replace

from services.scheduling.call.domain import call as domain
from services.scheduling.call.domain import proposals
from services.scheduling.call.domain.asked import Asked
from services.scheduling.call.domain.call import Call, CallUnknown, Terms, call_id, confirm_by
from services.scheduling.call.domain.codes import next_code
from services.scheduling.call.domain.proposals import Decided, Proposal, ProposalUnknown, proposal_code
from services.scheduling.call.store import CALLS, PROPOSALS
from services.scheduling.conferences.domain.conference import FieldRefused
from services.scheduling.programme.domain.programme import (
    SESSION_COUNT_MAX,
    Casting,
    Editorial,
    Session,
    TooManySessions,
    TrackUnknown,
    must_be_seen,
)
from services.scheduling.programme.store.draft import (
    conference_stays,
    introduced,
    must_fit,
    must_go_on,
    programme_of,
    session_of,
)
from services.scheduling.programme.store.programme import PROGRAMMES, SESSIONS
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.scheduling import ProposalDecided, ProposalReceived, SpeakerIntroduced
from shared.ids import new_id
from shared.sentences import marked
from shared.unit import Unit


class NamedTwice(FieldRefused):
    """One person has one part in a session."""

    def __init__(self, place: int) -> None:
        super().__init__("others", marked("Somebody is named twice. Nothing was sent; name each person once."))
        self.place = place  # among those named beside the proposer


@command()
def set_call(unit: Unit, *, conference: str, asked: Terms, seen: int | None, by: str) -> Call:
    """Set when proposals are taken, and for what."""
    known = must_go_on(unit, conference)
    before = unit.load(CALLS, call_id(conference))
    call = domain.set_(before, asked, conference=known, seen=seen, by=by, now=unit.now)
    if call is before:
        return call
    _tracks_stay(unit, conference, asked.tracks)
    return unit.save(CALLS, Change(call))


@command(emits=[SpeakerIntroduced, ProposalReceived])
def propose_session(unit: Unit, *, conference: str, asked: Asked) -> Proposal:
    """Take a proposal while the call is open; who is new is introduced, who is known is found again."""
    known, call = conference_stays(unit, conference), _call(unit, conference)
    domain.must_take(call, known, now=unit.now)
    domain.must_be_called_for(call.terms, kind=asked.kind, track=asked.track, minutes=asked.minutes)
    if unit.of(SESSIONS).count_documents({"conference": conference}, session=unit.session) >= SESSION_COUNT_MAX:
        raise TooManySessions(
            marked("There are too many proposals already. Yours was not sent; please write to the committee.")
        )
    number = _next_number(unit, call)
    unit.save(CALLS, Change(replace(call, proposal_count=number)))
    persons = _introduced(unit, conference, asked)
    session = _session(new_id("ses"), conference=conference, code=proposal_code(number), asked=asked, persons=persons)
    must_fit(unit, session, changed={"track"})
    proposal = Proposal(
        id=session.id,
        conference=conference,
        code=session.code,
        proposer=persons[0],
        persons=persons,
        proposed_at=unit.now,
        note=asked.note,
    )
    change = proposals.propose(session, proposer=persons[0], decided_by=call.terms.decided_by, now=unit.now)
    unit.create(SESSIONS, change)
    return unit.create(PROPOSALS, Change(proposal))


@command()
def review_proposal(unit: Unit, *, session: str, reviewer: str, score: int, comment: str) -> Proposal:
    """Keep one reviewer's score and comment; what they thought before stays behind it."""
    proposal, known = _proposal(unit, session)
    changed = proposals.reviewed(proposal, known, reviewer=reviewer, score=score, comment=comment, now=unit.now)
    return unit.save(PROPOSALS, Change(changed)) if changed is not proposal else proposal


@command(emits=[ProposalDecided])
def accept_proposal(unit: Unit, *, session: str, code: str, remark: str, seen: int | None, by: str) -> Proposal:
    """Accept a proposal under its final code (empty: the next of its kind), and ask its speakers to confirm."""
    proposal, known = _proposal(unit, session)
    conference, call = conference_stays(unit, known.conference), _call(unit, known.conference)
    must_be_seen(known, version=unit.version_of(SESSIONS, session), seen=seen)
    decided = proposals.accept(
        proposal,
        known,
        code=code or _code(unit, proposal, known),
        remark=remark,
        confirm_by=confirm_by(call.terms, conference, unit.now),
        zone=conference.zone,
        by=by,
        now=unit.now,
    )
    must_fit(unit, decided.session.state, changed={"code"})
    _keep(unit, decided)
    return decided.proposal


@command(emits=[ProposalDecided])
def decline_proposal(unit: Unit, *, session: str, remark: str, seen: int | None, by: str) -> Proposal:
    """Decline a proposal with a remark."""
    proposal, known = _proposal(unit, session)
    must_go_on(unit, known.conference)
    must_be_seen(known, version=unit.version_of(SESSIONS, session), seen=seen)
    decided = proposals.decline(proposal, known, remark=remark, by=by, now=unit.now)
    _keep(unit, decided)
    return decided.proposal


def _call(unit: Unit, conference: str) -> Call:
    call = unit.load(CALLS, call_id(conference))
    if call is None:
        raise CallUnknown(marked("This conference has no call for sessions. Nothing was changed."))
    return call


def _proposal(unit: Unit, session: str) -> tuple[Proposal, Session]:
    proposal = unit.load(PROPOSALS, session)
    if proposal is None:
        raise ProposalUnknown("There is no proposal under this address. Nothing was changed.")
    return proposal, session_of(unit, session)


def _keep(unit: Unit, decided: Decided) -> None:
    unit.save(PROPOSALS, Change(decided.proposal))
    unit.save(SESSIONS, decided.session)


def _tracks_stay(unit: Unit, conference: str, tracks: tuple[str, ...]) -> None:
    programme = programme_of(unit, conference)
    unknown = sorted(set(tracks) - {each.id for each in programme.tracks})
    if unknown:
        detail = f"The programme has no track {unknown[0]}. Nothing was changed; take one of its tracks."
        raise TrackUnknown(detail, errors={"json": {"tracks": [detail]}})
    if tracks:
        where = {"_id": programme.id, "tracks.id": {"$all": list(tracks)}}
        unit.require(PROGRAMMES, where, {"$inc": {"used_count": 1}})


def _next_number(unit: Unit, call: Call) -> int:
    """Behind the last proposal; a code that the committee has given by hand is left out."""
    number = call.proposal_count + 1
    while unit.find(SESSIONS, {"conference": call.conference, "code": proposal_code(number)}):
        number += 1
    return number


def _introduced(unit: Unit, conference: str, asked: Asked) -> tuple[str, ...]:
    persons: list[str] = []
    for place, each in enumerate((asked.proposer, *asked.others)):
        person = introduced(unit, conference, each)[0].id
        if person in persons:
            raise NamedTwice(place - 1)
        persons.append(person)
    return tuple(persons)


def _session(id_: str, *, conference: str, code: str, asked: Asked, persons: tuple[str, ...]) -> Session:
    return Session(
        id=id_,
        conference=conference,
        code=code,
        title=asked.title,
        kind=asked.kind,
        minutes=asked.minutes,
        abstract=asked.abstract,
        track=asked.track,
        language=asked.language,
        level=asked.level,
        needs=asked.needs,
        editorial=Editorial.PROPOSED,
        cast=tuple(Casting(person=each) for each in persons),
    )


def _code(unit: Unit, proposal: Proposal, session: Session) -> str:
    """The code that it has been given before, or the next of its kind."""
    if session.code != proposal.code:
        return session.code
    taken = [each.code for each in unit.find(SESSIONS, {"conference": session.conference})]
    return next_code(session.kind, taken)
