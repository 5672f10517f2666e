"""What the desk can ask about somebody who is to be forgotten; each function is one transaction."""

from services.registration.correcting.domain.corrections import PersonUnknown
from services.registration.erasing.domain import Erasure, State, Whom, ask, erased, erased_payer, in_the_way
from services.registration.erasing.store import ERASURES, registrations_about
from services.registration.payers.store import PAYERS
from services.registration.people.store import PEOPLE, one_person
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.registrations import Registration
from shared.contracts.flow import command
from shared.contracts.registration import ErasureAsked
from shared.erasing import forget
from shared.ids import is_payer, new_id
from shared.unit import Unit


@command(emits=[ErasureAsked])
def ask_erasure(unit: Unit, *, person: str, reason: str, by: str) -> Erasure:
    """Ask for a person or a payer to be erased, which is done once payments has nothing against it.

    Asked twice, it is one.
    """
    whom = known_whom(unit, person)
    if whom is None:
        raise PersonUnknown("There is nobody under this address. Nothing was changed.")
    persons = ids_of(unit, whom)
    asked = unit.find(ERASURES, {"persons": {"$in": persons}, "state": State.ASKED.value})
    if asked:
        return asked[0]
    registrations = registrations_about(unit.database, persons, session=unit.session)
    change = ask(
        new_id("era"),
        whom=whom,
        persons=persons,
        orders=orders_of(registrations, whom=whom),
        by=by,
        reason=reason,
        obstacles=obstacles(unit, registrations, whom=whom),
        now=unit.now,
    )
    return unit.create(ERASURES, change)


def known_whom(unit: Unit, id_: str) -> Whom | None:
    """Who is known under this id, a person or a payer."""
    known = unit.load(PAYERS, id_) if is_payer(id_) else unit.load(PEOPLE, id_)
    return Whom.of(known) if known else None


def ids_of(unit: Unit, whom: Whom) -> list[str]:
    """The ids under which they are known: one of a payer, mostly one of a person."""
    person = None if whom.is_payer else unit.load(PEOPLE, whom.id)
    return one_person(unit, person) if person else [whom.id]


def obstacles(unit: Unit, registrations: list[Registration], *, whom: Whom) -> tuple[str, ...]:
    """What registration knows that is in the way of erasing whom these registrations are about."""
    unit.preload((CONFERENCES, each.conference) for each in registrations)
    known = {each.conference: unit.load(CONFERENCES, each.conference) for each in registrations}
    return in_the_way(registrations, [each for each in known.values() if each is not None], whom=whom, now=unit.now)


def orders_of(registrations: list[Registration], *, whom: Whom) -> list[str]:
    """The orders that they placed themselves: the money of an order of several is its payer's."""
    return sorted({each.order for each in registrations if whom.is_payer or not each.is_of_several})


def erase_now(unit: Unit, id_: str, *, erasure: str) -> None:
    """Nothing here says any more who this was, and all others are told; again it only tells them again."""
    if is_payer(id_):
        payer = unit.load(PAYERS, id_)
        if payer is not None:
            unit.save(PAYERS, erased_payer(payer, erasure=erasure))
    else:
        person = unit.load(PEOPLE, id_)
        if person is not None:
            unit.save(PEOPLE, erased(person, erasure=erasure))
    forget(unit, id_)
    unit.database.keys.destroy(id_, session=unit.session)
