"""What is heard about erasures that were asked for."""

from services.registration.erasing.commands import erase_now, ids_of, known_whom, obstacles, orders_of
from services.registration.erasing.domain import LOOK_AGAIN_AFTER, State, answered, changed_since
from services.registration.erasing.store import ERASURES, registrations_about
from shared.clock import host_now
from shared.contracts.flow import consumes
from shared.contracts.payments import ErasureAnswered
from shared.contracts.registration import PersonErased
from shared.jobs import due
from shared.unit import Unit


@consumes(ErasureAnswered, emits=[PersonErased], starts=[ERASURES], needs=lambda event: [(ERASURES, event.erasure)])
def erase(event: ErasureAnswered, unit: Unit) -> None:
    """Destroys somebody's key and whatever says here who they were, all at once; or keeps why that must wait."""
    asked = unit.load(ERASURES, event.erasure)
    whom = known_whom(unit, asked.person) if asked else None
    if asked is None or whom is None or asked.state is not State.ASKED:
        return
    persons = ids_of(unit, whom)
    registrations = registrations_about(unit.database, persons, session=unit.session)
    news = changed_since(asked, persons=persons, orders=orders_of(registrations, whom=whom))
    money = (
        *(f"Money of invoice {number} is still open." for number in event.open_orders),
        *(f"Credit {id_} is not used up: it has to be spent or paid out first." for id_ in event.open_credits),
    )
    change = answered(asked, obstacles=(*obstacles(unit, registrations, whom=whom), *money, *news), now=unit.now)
    unit.save(ERASURES, change)
    if change.state.state is State.ERASED:
        unit.schedule(ERASURES, asked.id, due(host_now() + LOOK_AGAIN_AFTER))
        for person in asked.persons:
            erase_now(unit, person, erasure=asked.id)
