"""What notifications does about a programme's news: it remembers what each person was told, and plans what they read.

Leaves conferences and money to `messages`.
"""

from services.notifications.messages.commands import facts_of, plan, plan_with
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.domain.told import nothing_told, told_id
from services.notifications.messages.store.documents import MESSAGES, TOLD
from services.notifications.programme.domain import DigestPart, after_release, invitation_revision, part_id
from services.notifications.programme.store import DIGEST_PARTS
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.registration import OptionCancelled, OptionMoved, OptionRenamed
from shared.contracts.scheduling import (
    AgendaChanged,
    AgendaItem,
    ProposalDecided,
    ProposalReceived,
    SeatOffered,
    SpeakerConfirmed,
    SpeakerWithdrew,
)
from shared.unit import Unit

_FOR_CALENDARS_ALONE = frozenset({"delayed"})  # a few minutes on the day are on the page, and are worth no mail


@consumes(AgendaChanged, needs=lambda event: [(TOLD, told_id(event.conference, event.person))], starts=[MESSAGES])
def tell_of_changes(event: AgendaChanged, unit: Unit) -> None:
    """Plans "your programme has changed", one for each person and release, and the invitations that they asked for."""
    if not event.items:
        return
    known = unit.load(TOLD, told_id(event.conference, event.person)) or nothing_told(event.conference, event.person)
    told = after_release(known, event)
    if told != known:
        unit.save(TOLD, Change(told))
    if event.part < event.part_count:
        unit.save(DIGEST_PARTS, Change(DigestPart(id=part_id(event, event.part), items=event.items)))
    else:
        _plan_digest(event, unit)
    for item in event.items if event.wants_invitations else ():
        _plan_invitation(event, item, unit)


def _plan_digest(event: AgendaChanged, unit: Unit) -> None:
    """One message of all parts, of which this is the last; the others came before it, in the same story."""
    items = (*_earlier_parts(event, unit), *event.items)
    if not any(set(item.changes) - _FOR_CALENDARS_ALONE for item in items):
        return
    plan_with(
        Purpose.PROGRAMME_CHANGED,
        facts_of(event) | {"items": [facts_of(each) for each in items]},
        unit,
        subject=event.programme,
        revision=str(event.release),
        recipient=event.person,
        conference=event.conference,
        run=None,
        names=sorted({person for item in items if "speakers" in item.changes for person in item.speakers}),
    )


def _earlier_parts(event: AgendaChanged, unit: Unit) -> tuple[AgendaItem, ...]:
    known = [unit.load(DIGEST_PARTS, part_id(event, part)) for part in range(1, event.part_count)]
    assert all(known), "an agenda's events come in order"
    return tuple(item for part in known if part for item in part.items)


def _plan_invitation(event: AgendaChanged, item: AgendaItem, unit: Unit) -> None:
    plan_with(
        Purpose.SESSION_INVITATION,
        facts_of(item) | {"agenda": event.agenda, "zone": event.zone, "release": event.release},
        unit,
        subject=item.uid,
        revision=invitation_revision(item, release=event.release),
        recipient=event.person,
        conference=event.conference,
        run=None,
    )


@consumes(SeatOffered, starts=[MESSAGES])
def offer_seat(event: SeatOffered, unit: Unit) -> None:
    """Plans "a seat is free for you", once for each turn."""
    _plan_about_session(Purpose.SEAT_OFFERED, event, unit, revision=str(event.turn))


@consumes(ProposalReceived, starts=[MESSAGES])
def acknowledge_proposal(event: ProposalReceived, unit: Unit) -> None:
    """Plans "your proposal has arrived"."""
    _plan_about_session(Purpose.PROPOSAL_RECEIVED, event, unit, revision="1")


@consumes(ProposalDecided, starts=[MESSAGES])
def tell_of_decision(event: ProposalDecided, unit: Unit) -> None:
    """Plans "the committee has decided", with the way to confirm if it accepted."""
    _plan_about_session(Purpose.PROPOSAL_DECIDED, event, unit, revision=_number_of_event(unit))


@consumes(SpeakerConfirmed, starts=[MESSAGES])
def acknowledge_confirmation(event: SpeakerConfirmed, unit: Unit) -> None:
    """Plans "you will speak"."""
    _plan_about_session(Purpose.SPEAKER_CONFIRMED, event, unit, revision=_number_of_event(unit))


@consumes(SpeakerWithdrew, starts=[MESSAGES])
def thank_speaker(event: SpeakerWithdrew, unit: Unit) -> None:
    """Plans "we know that you can't come; thank you"."""
    _plan_about_session(Purpose.SPEAKER_WITHDREW, event, unit, revision=_number_of_event(unit))


@consumes(OptionMoved, starts=[MESSAGES])
def confirm_move(event: OptionMoved, unit: Unit) -> None:
    """Plans "you have moved to another session", which costs nothing."""
    plan(
        Purpose.OPTION_SETTLED,
        event,
        unit,
        subject=event.registration,
        revision=f"moved:{event.option}:{event.to_option}",
        recipient=event.person,
        conference=event.conference,
        outcome="moved",
    )


@consumes(OptionRenamed, starts=[MESSAGES])
def tell_of_new_name(event: OptionRenamed, unit: Unit) -> None:
    """Plans "what you have booked has a new name", with the committee's words about it."""
    plan(
        Purpose.OPTION_RENAMED,
        event,
        unit,
        subject=event.registration,
        revision=f"{event.product}:{_number_of_event(unit)}",
        recipient=event.person,
        conference=event.conference,
    )


@consumes(OptionCancelled, starts=[MESSAGES])
def confirm_end_of_option(event: OptionCancelled, unit: Unit) -> None:
    """Plans "your place in this session has ended", with what becomes of its price."""
    plan(
        Purpose.OPTION_SETTLED,
        event,
        unit,
        subject=event.registration,
        revision=f"ended:{event.product}",
        recipient=event.person,
        conference=event.conference,
        outcome="ended",
    )


def _plan_about_session(
    purpose: Purpose,
    event: SeatOffered | ProposalReceived | ProposalDecided | SpeakerConfirmed | SpeakerWithdrew,
    unit: Unit,
    *,
    revision: str,
) -> None:
    plan(
        purpose,
        event,
        unit,
        subject=event.session,
        revision=revision,
        recipient=event.person,
        conference=event.conference,
    )


def _number_of_event(unit: Unit) -> str:
    """Which of the session's events this is, for what can happen to it more than once."""
    assert unit.cause is not None
    return str(unit.cause.sequence)
