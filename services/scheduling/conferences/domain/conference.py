"""Conferences: what one is, what may happen to it, and what is said about it.

Owns a conference's life and disposition, and every refusal. Leaves what a decision sets going, and what comes back, to
`disruption`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from services.scheduling.conferences.domain.zones import known_zones, zone_advice
from shared.associations import FIRST
from shared.change import Change
from shared.clock import end_of_day
from shared.contracts.scheduling import (
    ConferenceAnnounced,
    ConferenceCancelled,
    ConferenceDescribed,
    ConferencePostponed,
    RegistrationOpened,
)
from shared.money import CurrencyUnknown, exponent
from shared.problem import Invalid, NotFound, Refusal
from shared.sentences import marked, written

WORDS = ("title", "venue", "text")  # of an announced conference: what may be said otherwise, for nobody plans by it
CHOICE_DAYS_DEFAULT = 21
CHOICE_DAYS_MAX = 180  # money that waits for a choice is owed all that time


class Life(StrEnum):
    """How far a conference has come; it runs and ends by the calendar, nobody has to say so."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    OPEN = "open"
    RUNNING = "running"
    ENDED = "ended"


class Disposition(StrEnum):
    """Whether a conference takes place as it was announced; `cancelled` is final."""

    AS_PLANNED = "as_planned"
    POSTPONED = "postponed"  # its days hold no longer, and no others are known
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """The decision that a conference will not take place, as everyone may read it."""

    run: str
    reason: str
    decision: str
    cancelled_on: date
    choose_by: date
    choose_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponement:
    """The decision that a conference will not take place on its days, as everyone may read it."""

    run: str
    reason: str
    decision: str
    postponed_on: date
    choose_by: date
    choose_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """One edition of what the association holds, on these days in this city."""

    id: str
    key: str  # what people call it, such as 74th; used once
    title: str
    city: str
    zone: str
    currency: str
    starts: date
    ends: date
    life: Life = Life.DRAFT
    disposition: Disposition = Disposition.AS_PLANNED
    cancellation: Cancellation | None = None
    postponement: Postponement | None = None  # the last one; it stays when other days, or the end, are decided
    association: str = FIRST  # whose it is; that never changes
    venue: str = ""  # the house, such as a convention centre
    text: str = ""  # what the committee tells everyone beside the facts
    are_days_proposed: bool = False  # of a draft: nobody of its committee has entered or confirmed them yet
    awarded_year: int | None = None  # for which the board has given it to its city
    deciding: str = ""  # the decision that holds it, from being armed until it is undone or carried out

    @property
    def is_cancelled(self) -> bool:
        """Whether it will not take place."""
        return self.disposition is Disposition.CANCELLED

    @property
    def is_postponed(self) -> bool:
        """Whether its days hold no longer, and no others are known."""
        return self.disposition is Disposition.POSTPONED

    @property
    def event_status(self) -> str:
        """How schema.org calls its disposition."""
        match self.disposition:
            case Disposition.CANCELLED:
                return "EventCancelled"
            case Disposition.POSTPONED:
                return "EventPostponed"
            case Disposition.AS_PLANNED:
                return "EventScheduled"

    @property
    def is_public(self) -> bool:
        """Whether people outside the committee know of it."""
        return self.life is not Life.DRAFT

    def life_at(self, now: datetime) -> Life:
        """The life as of now: what was announced runs and ends by the calendar, while its days hold."""
        today = day_in(self.zone, now)
        if self.life is Life.DRAFT or self.is_postponed or today < self.starts:
            return self.life
        return Life.RUNNING if today <= self.ends else Life.ENDED

    def takes_registrations_at(self, now: datetime) -> bool:
        """Whether people may register now."""
        return (
            not (self.is_cancelled or self.is_postponed or self.deciding)
            and self.life is Life.OPEN
            and self.life_at(now) is not Life.ENDED
        )


class ConferenceUnknown(NotFound):
    """There is no such conference."""


class ConferenceKeyTaken(Refusal):
    """Two conferences can't have the same key."""

    title = "This key was used before"


class ConferenceIsCancelled(Refusal):
    """A cancelled conference stays cancelled; a revival is a new conference."""

    title = "The conference is cancelled"


class ConferenceIsPostponed(Refusal):
    """Its days hold no longer, and no others are known."""

    title = "The conference is postponed"
    sentence = (
        "%(named)s was postponed on %(on)s, and its new days are not decided yet. %(undone)s Decide the new days, or "
        "cancel it."
    )


class ConferenceIsDraft(Refusal):
    """Nobody knows of this conference yet."""

    title = "The conference is not announced"


class ConferenceAlreadyAnnounced(Refusal):
    """It was announced before."""

    title = "Announced already"


class ConferenceNotSeen(Refusal):
    """An edit says what its editor has seen, so that nothing is overwritten unseen."""

    status: ClassVar[int] = 428
    title = "If-Match header missing"


class ConferenceEditedMeanwhile(Refusal):
    """Somebody else changed the draft after it was opened."""

    status: ClassVar[int] = 412
    title = "Somebody else changed this meanwhile"


class PlannedBy(Refusal):
    """What people were told, and plan by, isn't changed by an edit: that is for a decision that tells all of them."""

    title = "People plan by this"


class DaysAnnounced(PlannedBy):
    """Other days are for a decision."""

    sentence = (
        "The days of %(named)s were announced, and people plan by them, so they aren't changed here. Nothing was "
        "changed. Other days take a decision that tells everyone: the decisions that you can take stand on the page "
        "of the conference, below its programme."
    )


class CityAnnounced(PlannedBy):
    """Another city is for a decision."""

    sentence = (
        "The city of %(named)s was announced, and people have booked their way there, so it isn't changed here. "
        "Nothing was changed. Another city takes a decision that tells everyone: the decisions that you can take stand "
        "on the page of the conference, below its programme. Another house in the same city is its venue."
    )


class FactAnnounced(PlannedBy):
    """Key and currency stand on what was sent and paid."""

    sentence = (
        "Key and currency of %(named)s stand on what people were sent and have paid, so they stay as they were "
        "announced. Nothing was changed."
    )


class DaysNotConfirmed(Refusal):
    """What is announced has days that its committee has entered, or confirmed."""

    title = "The days are not confirmed"
    sentence = (
        "The days of %(named)s, %(starts)s to %(ends)s, are only a proposal. Nothing was announced; change the draft "
        "and save it with the right days, then announce it."
    )


class RegistrationAlreadyOpen(Refusal):
    """Registration was opened before."""

    title = "Registration is open already"


class ConferenceHasBegun(Refusal):
    """What has begun can't be put off as a whole."""

    title = "The conference has begun"
    sentence = (
        "%(named)s began on %(starts)s, and what has begun isn't postponed. Nothing was postponed; cancel it, or move "
        "single sessions in its programme."
    )


class ConferenceOver(Refusal):
    """The conference has ended."""

    title = marked("The conference is over")


class FieldRefused(Invalid):
    """One field of the request makes no sense; nothing was changed."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail, errors={"json": {field: [detail]}})


def day_in(zone: str, now: datetime) -> date:
    """The calendar day that it is in `zone`."""
    return now.astimezone(ZoneInfo(zone)).date()


def draft_conference(
    *,
    id_: str,
    association: str,
    key: str,
    title: str,
    city: str,
    zone: str,
    currency: str,
    starts: date,
    ends: date,
    now: datetime,
) -> Change[Conference]:
    """A conference that only the committee knows of; refused when its days, zone or currency make no sense."""
    drafted = Conference(
        id=id_,
        association=association,
        key=key,
        title=title,
        city=city,
        zone=zone,
        currency=currency,
        starts=starts,
        ends=ends,
    )
    _must_make_sense(drafted, now=now, undone="Nothing was created")
    return Change(drafted)


def edit(conference: Conference, *, changes: Mapping[str, Any], now: datetime) -> Change[Conference]:
    """A draft as it is meant to be, or an announced conference in other words: what people plan by stays as it is."""
    if conference.is_public:
        return _in_other_words(conference, changes=changes, now=now)
    edited = replace(conference, **changes)
    if "starts" in changes or "ends" in changes:
        edited = replace(edited, are_days_proposed=False)
    _must_make_sense(edited, now=now, undone="Nothing was changed")
    if conference.awarded_year not in (None, edited.starts.year):
        detail = f"The board has awarded {conference.awarded_year}, and {edited.starts} is in another year. "
        raise FieldRefused("starts", f"{detail}Nothing was changed; give days in {conference.awarded_year}.")
    return Change(edited)


def _in_other_words(conference: Conference, *, changes: Mapping[str, Any], now: datetime) -> Change[Conference]:
    changed = {name: value for name, value in changes.items() if getattr(conference, name) != value}
    for name in changed:
        if name not in WORDS:
            raise _planned_by(name, conference)
    if not changed:
        return Change(conference)
    _require_future(conference, now=now, undone="Nothing was changed.")
    edited = replace(conference, **changed)
    said = ConferenceDescribed(conference=edited.id, title=edited.title, venue=edited.venue, text=edited.text)
    return Change(edited, (said,))


def _planned_by(name: str, conference: Conference) -> Refusal:
    """What leads to the right decision, and promises none that can't be taken."""
    match name:
        case "starts" | "ends" | "zone":
            return DaysAnnounced(named=conference.title)
        case "city":
            return CityAnnounced(named=conference.title)
        case _:
            return FactAnnounced(named=conference.title)


def _must_make_sense(conference: Conference, *, now: datetime, undone: str) -> None:
    _require_zone(conference.zone, undone=undone)
    _require_currency(conference.currency, undone=undone)
    starts, ends = conference.starts, conference.ends
    if ends < starts:
        detail = f"The last day, {ends}, is before the first, {starts}. {undone}; correct one of them."
        raise FieldRefused("ends", detail)
    if ends < day_in(conference.zone, now):
        detail = f"The conference would have ended on {ends} already. {undone}; correct the days."
        raise FieldRefused("ends", detail)


def _require_zone(zone: str, *, undone: str) -> None:
    if zone not in known_zones():
        detail = f"{zone!r} is no time zone that we know. {undone}; {written(zone_advice(zone))}"
        raise FieldRefused("zone", detail)


def _require_currency(currency: str, *, undone: str) -> None:
    try:
        exponent(currency)
    except CurrencyUnknown:
        detail = f"{currency!r} is no currency that we can keep. {undone}; take a code such as USD or JPY."
        raise FieldRefused("currency", detail) from None


def announce(conference: Conference, *, now: datetime) -> Change[Conference]:
    """Make a draft public."""
    _require_future(conference, now=now, undone="Nothing was announced.")
    if conference.is_public:
        raise ConferenceAlreadyAnnounced(f"{conference.title} was announced before. Nothing was changed.")
    if conference.are_days_proposed:
        raise DaysNotConfirmed(named=conference.title, starts=conference.starts, ends=conference.ends)
    announced = ConferenceAnnounced(
        conference=conference.id,
        title=conference.title,
        city=conference.city,
        zone=conference.zone,
        currency=conference.currency,
        starts=conference.starts,
        ends=conference.ends,
        association=conference.association,
    )
    return Change(replace(conference, life=Life.ANNOUNCED), (announced,))


def open_registration(conference: Conference, *, now: datetime) -> Change[Conference]:
    """Let people register for an announced conference."""
    _require_future(conference, now=now, undone="Registration was not opened.")
    must_have_days(conference, undone="Registration was not opened.")
    if not conference.is_public:
        detail = f"{conference.title} is not announced yet. Registration was not opened; announce it first."
        raise ConferenceIsDraft(detail)
    if conference.life is Life.OPEN:
        raise RegistrationAlreadyOpen(f"Registration for {conference.title} is open already. Nothing was changed.")
    return Change(replace(conference, life=Life.OPEN), (RegistrationOpened(conference=conference.id),))


def cancel(
    conference: Conference,
    *,
    run: str,
    reason: str,
    decision: str,
    choose_by: date,
    now: datetime,
) -> Change[Conference]:
    """Decide that a conference will not take place; there is no way back."""
    if not conference.is_public:
        raise ConferenceIsDraft(f"{conference.title} is only a draft. Nothing was cancelled; nobody knows of it.")
    _require_future(conference, now=now, undone="Nothing was cancelled this time.")
    today = day_in(conference.zone, now)
    _require_choose_by(choose_by, today=today, undone="Nothing was cancelled.")
    cancellation = Cancellation(
        run=run,
        reason=reason,
        decision=decision,
        cancelled_on=today,
        choose_by=choose_by,
        choose_until=end_of_day(choose_by, conference.zone),
    )
    cancelled = ConferenceCancelled(
        conference=conference.id,
        run=run,
        reason=reason,
        decision=decision,
        cancelled_on=today,
        choose_by=choose_by,
        choose_until=cancellation.choose_until,
        speakers_follow=True,
    )
    return Change(replace(conference, disposition=Disposition.CANCELLED, cancellation=cancellation), (cancelled,))


def postpone(
    conference: Conference, *, run: str, reason: str, decision: str, choose_by: date, now: datetime
) -> Change[Conference]:
    """Decide that a conference will not take place on its days; it is cancelled, or given other days, later."""
    undone = "Nothing was postponed."
    if not conference.is_public:
        raise ConferenceIsDraft(f"{conference.title} is only a draft. {undone} Nobody knows of it; change its days.")
    _require_future(conference, now=now, undone=undone)
    must_have_days(conference, undone=undone)
    today = day_in(conference.zone, now)
    if today >= conference.starts:
        raise ConferenceHasBegun(named=conference.title, starts=conference.starts)
    _require_choose_by(choose_by, today=today, undone=undone)
    postponement = Postponement(
        run=run,
        reason=reason,
        decision=decision,
        postponed_on=today,
        choose_by=choose_by,
        choose_until=end_of_day(choose_by, conference.zone),
    )
    said = ConferencePostponed(
        conference=conference.id,
        run=run,
        reason=reason,
        decision=decision,
        postponed_on=today,
        choose_by=choose_by,
        choose_until=postponement.choose_until,
    )
    return Change(replace(conference, disposition=Disposition.POSTPONED, postponement=postponement), (said,))


def must_have_days(conference: Conference, *, undone: str) -> None:
    """Nothing is planned by days that don't hold; raises `ConferenceIsPostponed`."""
    if conference.is_postponed:
        assert conference.postponement is not None
        raise ConferenceIsPostponed(named=conference.title, on=conference.postponement.postponed_on, undone=undone)


def _require_future(conference: Conference, *, now: datetime, undone: str) -> None:
    """Nothing more can be decided about a conference that is cancelled or over."""
    if conference.cancellation:
        on = conference.cancellation.cancelled_on
        raise ConferenceIsCancelled(f"{conference.title} was cancelled on {on} and stays cancelled. {undone}")
    if day_in(conference.zone, now) > conference.ends and not conference.is_postponed:
        raise ConferenceOver(f"{conference.title} ended on {conference.ends}. {undone}")


def _require_choose_by(choose_by: date, *, today: date, undone: str) -> None:
    last = today + timedelta(days=CHOICE_DAYS_MAX)
    undone = undone.rstrip(".")
    if choose_by < today:
        raise FieldRefused(
            "choose_by",
            f"Nobody can choose until {choose_by}: today is {today}. {undone}; give a day from today on.",
        )
    if choose_by > last:
        raise FieldRefused(
            "choose_by",
            f"Choosing until {choose_by} would keep people waiting more than {CHOICE_DAYS_MAX} days. "
            f"{undone}; give a day until {last}.",
        )
