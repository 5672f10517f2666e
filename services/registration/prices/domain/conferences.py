"""Conferences as registration knows them, and the gates through which every registration goes.

Owns the fee table's place and the gates. A gate is raised by everyone who submits or confirms, in the same
transaction, so that closing all gates waits for those who are in one and turns away those who come later. There are
several, so that registrants don't queue at one.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.registration.prices.domain.fees import FeeTable
from shared.associations import FIRST
from shared.contracts.scheduling import ConferenceAnnounced, ConferenceCancelled, ConferencePostponed
from shared.problem import NotFound, Refusal
from shared.sentences import marked


class ConferenceUnknown(NotFound):
    """No conference of this id has been announced."""


class RegistrationClosed(Refusal):
    """The conference takes no registrations, not yet or no more."""

    title = marked("Registration is closed")


class ConferenceHeld(Refusal):
    """A decision about the conference is set going, and can still be undone: until then nothing changes."""

    title = marked("Nothing can be changed at the moment")
    sentence = marked(
        "The host committee is deciding about %(named)s, and until that is done nothing can be changed. Nothing was "
        "changed; please try again later."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """What registration needs to know of a conference."""

    id: str
    title: str
    city: str
    zone: str
    currency: str
    starts: date
    ends: date
    fees: FeeTable | None = None
    is_opened: bool = False
    run: str = ""  # the cancellation's run, once the organiser has cancelled
    reason: str = ""  # the organiser's, as shown to everyone
    association: str = FIRST  # whose it is
    held_by: str = ""  # the decision that is set going and can still be undone
    postponed: str = ""  # the run of its postponement, while no other days are known
    choose_by: date | None = None  # of a postponement: the last day for choosing
    choose_until: datetime | None = None  # ... and its end

    @property
    def is_postponed(self) -> bool:
        """Whether its days hold no longer, and no others are known."""
        return bool(self.postponed) and not self.is_cancelled

    @property
    def is_cancelled(self) -> bool:
        """Whether the organiser has decided that it will not take place."""
        return bool(self.run)

    @property
    def is_held(self) -> bool:
        """Whether a decision about it is set going: until that is undone or carried out nothing changes here."""
        return bool(self.held_by)

    def is_over(self, now: datetime) -> bool:
        """Whether its last day has ended where it takes place; while no day is known, none has."""
        return not self.is_postponed and now.astimezone(ZoneInfo(self.zone)).date() > self.ends

    def is_open(self, now: datetime) -> bool:
        """Whether one may register: opened, with prices, not held by a decision, nor cancelled, postponed or over."""
        is_on = not (self.is_cancelled or self.is_held or self.is_postponed or self.is_over(now))
        return self.is_opened and self.fees is not None and is_on

    def awaits_prices(self, now: datetime) -> bool:
        """Whether one could register if there were prices: it was opened without any."""
        is_on = not (self.is_cancelled or self.is_postponed or self.is_over(now))
        return self.is_opened and self.fees is None and is_on


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardedEdition:
    """An edition that was awarded and is not announced yet, and the one whose prices and terms it begins with."""

    id: str
    model: str


def announced(event: ConferenceAnnounced, *, known: Conference | None) -> Conference:
    """A conference as announced; what is known of it beyond that stays."""
    facts = {
        "title": event.title,
        "city": event.city,
        "zone": event.zone,
        "currency": event.currency,
        "starts": event.starts,
        "ends": event.ends,
        "association": event.association,
    }
    return replace(known, **facts) if known else Conference(id=event.conference, **facts)  # type: ignore[arg-type]


def priced_as(conference: Conference, model: Conference | None) -> Conference:
    """An edition without prices takes over those of another one, in its currency; what is sold by session stays there.

    Its terms and holding times come along; all of it is the committee's to edit from then on.
    """
    if conference.fees is not None or model is None or model.fees is None or model.currency != conference.currency:
        return conference
    options = tuple(each for each in model.fees.options if not each.session)
    return replace(conference, fees=replace(model.fees, revision=1, options=options))


def opened(conference: Conference) -> Conference:
    """Registration has been opened."""
    return replace(conference, is_opened=True)


def cancelled(conference: Conference, event: ConferenceCancelled) -> Conference:
    """The organiser has cancelled; there is no way back."""
    return replace(conference, run=event.run, reason=event.reason, held_by="")


def postponed(conference: Conference, event: ConferencePostponed) -> Conference:
    """The organiser has called its days off, and will say others."""
    return replace(
        conference,
        postponed=event.run,
        reason=event.reason,
        choose_by=event.choose_by,
        choose_until=event.choose_until,
        held_by="",
    )


def held(conference: Conference, *, decision: str) -> Conference:
    """A decision about it is set going."""
    return replace(conference, held_by=decision)


def let_go(conference: Conference) -> Conference:
    """The decision was undone."""
    return replace(conference, held_by="")


def must_not_be_held(conference: Conference) -> None:
    """Nothing changes while a decision is set going; raises `ConferenceHeld`."""
    if conference.is_held:
        raise ConferenceHeld(conference=conference.id, named=conference.title)


def must_be_open(conference: Conference, *, now: datetime) -> FeeTable:
    """The prices of a conference that one may register for; raises `RegistrationClosed` with the reason."""
    if conference.is_cancelled:
        raise RegistrationClosed.saying(
            "%(named)s has been cancelled. You were not registered, and nothing was charged.",
            conference=conference.id,
            named=conference.title,
        )
    if conference.is_held:
        raise RegistrationClosed.saying(
            "The host committee is deciding about %(named)s, and until that is done nobody can register. You were not "
            "registered, and nothing was charged; please come back later.",
            conference=conference.id,
            named=conference.title,
        )
    if conference.is_postponed:
        raise RegistrationClosed.saying(
            "%(named)s has been postponed, and its new days are not known yet. You were not registered, and nothing "
            "was charged; please come back when the new days are announced.",
            conference=conference.id,
            named=conference.title,
        )
    if conference.is_over(now):
        raise RegistrationClosed.saying(
            "%(named)s is over: it ended on %(ended_on)s. You were not registered, and nothing was charged.",
            conference=conference.id,
            named=conference.title,
            ended_on=conference.ends,
        )
    if conference.is_opened and conference.fees is None:
        raise RegistrationClosed.saying(
            "Registration for %(named)s begins as soon as its prices are set. You were not registered; please come "
            "back in a few days.",
            conference=conference.id,
            named=conference.title,
        )
    if not conference.is_opened or conference.fees is None:
        raise RegistrationClosed.saying(
            "Registration for %(named)s is not open yet. You were not registered; please come back later.",
            conference=conference.id,
            named=conference.title,
        )
    return conference.fees
