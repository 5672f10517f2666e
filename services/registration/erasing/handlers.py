"""What is heard about erasures that were asked for."""

from services.registration.correcting.store import registrations_of
from services.registration.erasing.commands import obstacles
from services.registration.erasing.domain import State, answered, erased
from services.registration.erasing.store import ERASURES
from services.registration.people.store import PEOPLE
from shared.contracts.flow import consumes
from shared.contracts.payments import ErasureAnswered
from shared.contracts.registration import PersonErased
from shared.erasing import forget
from shared.mongo import Unit


@consumes(ErasureAnswered, emits=[PersonErased], needs=lambda event: [(ERASURES, event.erasure)])
def erase(event: ErasureAnswered, unit: Unit) -> None:
    """Destroys the key of a person and whatever says here who they were, all at once; or keeps why that must wait."""
    asked = unit.load(ERASURES, event.erasure)
    if asked is None or asked.state is not State.ASKED:
        return
    registrations = registrations_of(unit.database, list(asked.persons), session=unit.session)
    money = tuple(f"Money of invoice {number} is still open." for number in event.open_orders)
    change = answered(asked, obstacles=(*obstacles(unit, registrations), *money), now=unit.now)
    unit.save(ERASURES, change)
    if change.state.state is State.ERASED:
        for person in asked.persons:
            known = unit.load(PEOPLE, person)
            if known is not None:
                unit.save(PEOPLE, erased(known, erasure=asked.id))
            forget(unit, person)
            unit.database.keys.destroy(person, session=unit.session)
