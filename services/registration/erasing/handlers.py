"""What is heard about erasures that were asked for."""

from services.registration.correcting.store import registrations_of
from services.registration.erasing.commands import obstacles, orders_of
from services.registration.erasing.domain import LOOK_AGAIN_AFTER, State, answered, changed_since, erased
from services.registration.erasing.store import ERASURES
from services.registration.people.store import PEOPLE, one_person
from shared.clock import host_now
from shared.contracts.flow import consumes
from shared.contracts.payments import ErasureAnswered
from shared.contracts.registration import PersonErased
from shared.erasing import forget
from shared.jobs import due
from shared.mongo import Unit


@consumes(ErasureAnswered, emits=[PersonErased], starts=[ERASURES], needs=lambda event: [(ERASURES, event.erasure)])
def erase(event: ErasureAnswered, unit: Unit) -> None:
    """Destroys the key of a person and whatever says here who they were, all at once; or keeps why that must wait."""
    asked = unit.load(ERASURES, event.erasure)
    if asked is None or asked.state is not State.ASKED:
        return
    known = unit.load(PEOPLE, asked.person)
    persons = one_person(unit, known) if known else list(asked.persons)
    registrations = registrations_of(unit.database, persons, session=unit.session)
    news = changed_since(asked, persons=persons, orders=orders_of(registrations))
    money = tuple(f"Money of invoice {number} is still open." for number in event.open_orders)
    change = answered(asked, obstacles=(*obstacles(unit, registrations), *money, *news), now=unit.now)
    unit.save(ERASURES, change)
    if change.state.state is State.ERASED:
        unit.schedule(ERASURES, asked.id, due(host_now() + LOOK_AGAIN_AFTER))
        for person in asked.persons:
            known = unit.load(PEOPLE, person)
            if known is not None:
                unit.save(PEOPLE, erased(known, erasure=asked.id))
            forget(unit, person)
            unit.database.keys.destroy(person, session=unit.session)
