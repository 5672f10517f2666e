"""What the desk can ask about somebody who is to be forgotten; each function is one transaction."""

from services.registration.correcting.commands import known_person
from services.registration.correcting.store import registrations_of
from services.registration.erasing.domain import Erasure, State, ask, in_the_way
from services.registration.erasing.store import ERASURES
from services.registration.people.store import one_person
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.registrations import Registration
from shared.contracts.flow import command
from shared.contracts.registration import ErasureAsked
from shared.ids import new_id
from shared.mongo import Unit


@command(emits=[ErasureAsked])
def ask_erasure(unit: Unit, *, person: str, reason: str, by: str) -> Erasure:
    """Ask for a person to be erased, which is done once payments has nothing against it; asked twice, it is one."""
    known = known_person(unit, person)
    persons = one_person(unit, known)
    asked = unit.find(ERASURES, {"persons": {"$in": persons}, "state": State.ASKED.value})
    if asked:
        return asked[0]
    registrations = registrations_of(unit.database, persons, session=unit.session)
    change = ask(
        new_id("era"),
        person=known,
        persons=persons,
        orders=orders_of(registrations),
        by=by,
        reason=reason,
        obstacles=obstacles(unit, registrations),
        now=unit.now,
    )
    return unit.create(ERASURES, change)


def obstacles(unit: Unit, registrations: list[Registration]) -> tuple[str, ...]:
    """What registration knows that is in the way of erasing whose registrations these are."""
    unit.preload((CONFERENCES, each.conference) for each in registrations)
    known = {each.conference: unit.load(CONFERENCES, each.conference) for each in registrations}
    return in_the_way(registrations, [each for each in known.values() if each is not None], now=unit.now)


def orders_of(registrations: list[Registration]) -> list[str]:
    """The orders that were placed by nobody else: the money of an order of several is its payer's."""
    return sorted({each.order for each in registrations if not each.is_of_several})
