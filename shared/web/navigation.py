"""What stands in the rail of everybody who is signed in: the desks, and the places of the conference they are at."""

from typing import NamedTuple

from shared import reach
from shared.auth import signed_in
from shared.principals import Action
from shared.settings import Settings

DESKS = {
    "scheduling": "Committee",
    "registration": "Registration",
    "payments": "Finance",
    "notifications": "Messages",
}  # what each service's desk is called, in the order in which they are shown


class Place(NamedTuple):
    """A page that belongs to a conference: what it is called, and its address."""

    name: str
    address: str


def places_of(settings: Settings, conference: str) -> list[Place]:
    """Where the four desks work on this conference, as far as whoever is signed in may see that."""
    scheduling, registration, payments = (settings.urls[each] for each in ("scheduling", "registration", "payments"))
    at = f"{scheduling}/scheduling/desk/conferences/{conference}"
    registered = f"{registration}/registration/desk/conferences/{conference}"
    known = (
        (Action.SEE_CONFERENCES, Place("Overview", at)),
        (Action.SEE_PROGRAMME, Place("Draft programme", f"{at}/programme")),
        (
            Action.SEE_REGISTRATIONS,
            Place("Registrations", registered),
        ),
        (Action.SEE_MONEY, Place("Orders", f"{payments}/payments/desk/orders?conference={conference}")),
        (Action.SEE_MONEY, Place("Books", f"{payments}/payments/desk/books/{conference}")),
    )
    me, on = signed_in(), reach.about(conference)
    return [place for action, place in known if me.may(action, on)]
