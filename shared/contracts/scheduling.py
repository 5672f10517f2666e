"""What scheduling tells the others: conferences, and the decisions about them."""

from datetime import date, datetime

from shared.contracts.envelope import Event, event


@event(key="conference")
class ConferenceAnnounced(Event):
    """A conference will take place: its title, city, days and currency are public."""

    conference: str
    title: str
    city: str
    zone: str  # IANA name; every deadline is the end of a day there
    currency: str
    starts: date
    ends: date


@event(key="conference")
class RegistrationOpened(Event):
    """From now on people may register for this conference."""

    conference: str


@event(key="conference")
class ConferenceCancelled(Event):
    """The host committee has decided that this conference will not take place; there is no way back."""

    conference: str
    run: str
    reason: str  # shown to everyone
    decision: str  # the text of the decision, public
    cancelled_on: date  # business date in the conference's zone
    choose_by: date  # the last day for choosing, until its end in the zone
    choose_until: datetime  # that end, as an instant
    default_choice: str = "refund"
