"""Ending one registration by the committee's hand: in one transaction with its places, through the conference's gates.

Whoever ends one goes through a gate as whoever registers does, so that a cancellation, which shuts the gates before it
looks who is there, finds it ended or ends it itself, and never takes it for one that is still to come.
"""

from services.registration.changing.domain import leaving
from services.registration.changing.domain.leaving import EndsByChoice, EndsWithConference
from services.registration.prices.commands.fee_tables import known_conference
from services.registration.prices.commands.places import return_places
from services.registration.prices.domain.conferences import Conference, must_not_be_held
from services.registration.registering.commands import is_through_gate
from services.registration.registering.domain.gates import CONFIRMING_GATE, gate_id
from services.registration.registering.domain.registrations import Registration, RegistrationUnknown
from services.registration.registering.store import GATES, REGISTRATIONS
from shared.contracts.flow import command
from shared.contracts.registration import PlacesSetAside, RegistrationLeft
from shared.unit import Unit

LOST = "(not in the backup)"


@command(emits=[RegistrationLeft, PlacesSetAside])
def end_registration(
    unit: Unit, *, conference: str, registration: str, reason: str, by: str, account: str = ""
) -> Registration:
    """End one registration of a conference, for good; `by` is whoever decides it, as others are told."""
    known = unit.load(REGISTRATIONS, registration)
    if known is None or known.conference != conference:
        raise RegistrationUnknown("There is no such registration at this conference. Nothing was changed.")
    leaving.must_be_live(known)
    about = known_conference(unit, conference)
    must_not_be_held(about)
    if known.choosing:
        raise EndsByChoice(named=about.title)
    if about.is_cancelled or not _is_through(unit, about):
        raise EndsWithConference(
            f"{about.title} is cancelled, and this registration ends with it, by the terms for that. "
            "Nothing was changed, and there is nothing for you to do."
        )
    change = leaving.leave(known, reason=reason, by=by, account=account, now=unit.now)
    return_places(unit, conference, [each.product for each in known.options if each.is_standing])
    return unit.save(REGISTRATIONS, change)


def _is_through(unit: Unit, conference: Conference) -> bool:
    """Through a gate; of a postponed conference, whose entrance is shut, through the one for who is there."""
    if not conference.is_postponed:
        return is_through_gate(unit, conference.id)
    gate = gate_id(conference.id, CONFIRMING_GATE)
    return unit.guard(GATES, {"_id": gate, "is_open": True}, {"$inc": {"entered_count": 1}})


@command(emits=[RegistrationLeft, PlacesSetAside])
def end_again(unit: Unit, *, said: RegistrationLeft) -> Registration:
    """A registration that was ended after a backup that was put back; why, no event tells."""
    known = unit.load(REGISTRATIONS, said.registration)
    if known is None:
        raise RegistrationUnknown("There is no such registration. Nothing was changed.")
    change = leaving.leave(
        known, reason=LOST, by="somebody before the database was restored", account=said.by, now=unit.now
    )
    return_places(unit, known.conference, [each.product for each in known.options if each.is_standing])
    return unit.save(REGISTRATIONS, change)
