"""What registration says on the pages that all desks make together: what waits at its desk, and whom a search finds."""

from collections.abc import Iterator
from typing import Any

from flask import url_for
from pymongo import DESCENDING

from services.registration.people.store import contacts_of, persons_like
from services.registration.prices.store import list_conferences
from services.registration.registering.domain.registrations import Registration
from services.registration.registering.pages.listing import LIVES
from services.registration.registering.store import ON_NO_ORDER, OWED_SEATS, REGISTRATIONS
from shared.principals import Action
from shared.web.current import business_now, database
from shared.web.front import FOUND_COUNT_MAX, Desk, Found, Waiting

PERSON_COUNT_MAX = 200  # whose registrations are looked for; a conference's own list searches among all of its people


def prices_awaited() -> Iterator[Waiting]:
    """Conferences whose registration is open and that nobody can register for, because there are no prices."""
    for each in list_conferences(database()):
        if each.awaits_prices(business_now()):
            said = f"Set the prices of {each.title}: registration is open, and nobody can register yet"
            yield Waiting(sentence=said, address=_desk_of(each.id), is_pressing=True)


def seats_owed() -> Iterator[Waiting]:
    """Seats that are on nobody's order, so that nobody can pay them, by conference."""
    owed = _owed_seat_counts()
    for each in list_conferences(database()):
        if count := 0 if each.is_cancelled else owed.get(each.id, 0):
            said = "A seat" if count == 1 else f"{count} seats"
            yield Waiting(sentence=f"{said} on no order yet: {each.title}", address=_desk_of(each.id))


def registrations_like(query: str) -> Iterator[Found]:
    """Registrations of people of this name, address or town, or with this invoice; the newest first."""
    persons = persons_like(database(), query, limit=PERSON_COUNT_MAX)
    where: dict[str, Any] = {"$or": [{"person": {"$in": persons}}, {"invoice": query.upper()}, {"_id": query}]}
    found = database().mongo[REGISTRATIONS.name].find(where).sort("_id", DESCENDING).limit(FOUND_COUNT_MAX + 1)
    registrations = [REGISTRATIONS.state(each) for each in found]
    contacts = contacts_of(database(), [each.person for each in registrations])
    titles = {each.id: each.title for each in list_conferences(database())}
    for each in registrations:
        contact = contacts.get(each.person)
        about = [titles.get(each.conference, ""), LIVES[each.life], *(contact.postal_address[-1:] if contact else ())]
        yield Found(
            kind="Registration",
            title=contact.name if contact else each.invoice,
            about=" · ".join(filter(None, about)),
            address=_address(each, email=contact.email if contact else None),
        )


def _address(registration: Registration, *, email: str | None) -> str:
    """Where the list of its conference shows this registration."""
    asked = registration.invoice or email
    return url_for("desk.show_conference", conference=registration.conference, q=asked, _anchor="list")


def _desk_of(conference: str) -> str:
    return url_for("desk.show_conference", conference=conference)


def _owed_seat_counts() -> dict[str, int]:
    counted = (
        database()
        .mongo[OWED_SEATS.name]
        .aggregate([{"$match": dict(ON_NO_ORDER)}, {"$group": {"_id": "$conference", "count": {"$sum": 1}}}])
    )
    return {each["_id"]: each["count"] for each in counted}


DESK = Desk(
    listers=((Action.EDIT_PRICES, prices_awaited), (Action.SEE_REGISTRATIONS, seats_owed)),
    finders=((Action.SEE_REGISTRATIONS, registrations_like),),
)
