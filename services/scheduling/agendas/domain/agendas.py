"""The agenda of one person at one conference: their stars, the places they have paid for, their preferences.

The seats of a session are in `rosters`; who gets one, who waits and to whom a free one is offered is decided in
`waitlist`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.scheduling.conferences.domain.zones import known_zones, zone_advice
from shared.ids import digest_of
from shared.problem import Invalid, NotFound, Refusal
from shared.sentences import marked

STAR_COUNT_MAX = 1_000  # as many as a conference has sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidPlace:
    """A seat that came with somebody's order."""

    session: str
    registration: str
    product: str
    amount_minor: int
    is_added: bool = False  # to the order, after it was placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """One person at one conference: what they starred, and how they want to be told. Seats are on the rosters."""

    id: str  # see `agenda_id`
    conference: str
    person: str
    registration: str = ""
    is_delegate: bool = False  # a confirmed registration; only delegates take seats
    admitted_by: str = ""  # that registration; agendas of before don't say
    stars: tuple[str, ...] = ()  # sessions, in the order in which they were starred
    paid: tuple[PaidPlace, ...] = ()  # of one session two, while a registration that has left is still to be heard of
    claims: tuple[str, ...] = ()  # sessions on whose rosters this person may stand; the rosters say whether they do
    zone: str = ""
    wants_invitations: bool = False
    feed_token: str = ""  # in the address of the personal feed; made anew to revoke it
    seen_release: int = 0
    is_ended: bool = False  # the registration has ended with the conference

    def paid_place(self, session: str, *, registration: str = "") -> PaidPlace | None:
        """The place in this session that came with an order, of this registration or of any."""
        of_these = (each for each in self.paid if registration in ("", each.registration))
        return next((each for each in of_these if each.session == session), None)


class AgendaUnknown(NotFound):
    """No registration of this person at this conference has been heard of."""


class NoDelegate(Refusal):
    """Only delegates take seats."""

    title = marked("Your registration is not complete yet")


class AgendaEnded(Refusal):
    """The registration has ended with the conference."""

    title = marked("The conference does not take place")


class RegistrationHasEnded(Refusal):
    """Their registration has ended, and the conference goes on without them."""

    title = marked("Your registration has ended")


class SessionsUnknown(Invalid):
    """Some of these are no sessions of this conference."""


class ZoneUnknown(Invalid):
    """No time zone has this name."""


class StarsChangedMeanwhile(Refusal):
    """The stars were changed since they were read, perhaps on another device."""

    status = 412
    title = "Your stars were changed meanwhile"


class StarsNotSeen(Refusal):
    """There are stars already, and whoever replaces them must say which they saw."""

    status = 428
    title = "There are stars already"


def agenda_id(conference: str, person: str) -> str:
    """The id of one person's agenda at one conference."""
    return f"{conference}:{person}"


def registered(agenda: Agenda, *, registration: str, release: int = 0) -> Agenda:
    """The agenda of somebody who asked to attend; what changed before this release is no news to them."""
    if agenda.is_ended:
        return agenda
    seen_release = agenda.seen_release if agenda.registration else release
    return replace(agenda, registration=registration, seen_release=seen_release)


def admitted(agenda: Agenda, *, registration: str) -> Agenda:
    """The agenda of a delegate; what has ended stays so."""
    return agenda if agenda.is_ended else replace(agenda, is_delegate=True, admitted_by=registration)


def starred(agenda: Agenda, session: str) -> Agenda:
    """The agenda with this session starred; starring twice changes nothing."""
    return agenda if session in agenda.stars else with_stars(agenda, (*agenda.stars, session))


def unstarred(agenda: Agenda, session: str) -> Agenda:
    """The agenda without this star."""
    return replace(agenda, stars=tuple(each for each in agenda.stars if each != session))


def with_stars(agenda: Agenda, sessions: Iterable[str]) -> Agenda:
    """The agenda with exactly these stars, each once, in this order."""
    must_be_live(agenda)
    stars = tuple(dict.fromkeys(sessions))
    if len(stars) > STAR_COUNT_MAX:
        raise SessionsUnknown(f"{len(stars)} stars are more than {STAR_COUNT_MAX}. No star was changed.")
    return replace(agenda, stars=stars)


def claiming(agenda: Agenda, session: str) -> Agenda:
    """The agenda of somebody who may stand on this session's roster from now on."""
    return agenda if session in agenda.claims else replace(agenda, claims=(*agenda.claims, session))


def with_preferences(agenda: Agenda, *, zone: str, wants_invitations: bool) -> Agenda:
    """The agenda of somebody who wants times in this zone (none: the venue's), and calendar invitations or not."""
    if zone and zone not in known_zones():
        raise ZoneUnknown.saying(
            "'%(zone)s' is no time zone that we know. Nothing was changed; %(advice)s",
            zone=zone,
            advice=zone_advice(zone),
        )
    return replace(agenda, zone=zone, wants_invitations=wants_invitations)


def with_feed(agenda: Agenda, token: str) -> Agenda:
    """The agenda whose personal feed has this token in its address; none when it is empty."""
    return replace(agenda, feed_token=token)


def having_seen(agenda: Agenda, release: int) -> Agenda:
    """The agenda of somebody who has seen what changed up to this release."""
    return replace(agenda, seen_release=max(agenda.seen_release, release))


def with_paid(agenda: Agenda, place: PaidPlace) -> Agenda:
    """The agenda with a place that came with an order, once for each session of one registration."""
    if agenda.paid_place(place.session, registration=place.registration):
        return agenda
    return claiming(replace(agenda, paid=(*agenda.paid, place)), place.session)


def without_paid(agenda: Agenda, session: str, *, registration: str) -> Agenda:
    """The agenda without the place in this session that this registration has paid for."""
    gone = (session, registration)
    return replace(agenda, paid=tuple(each for each in agenda.paid if (each.session, each.registration) != gone))


def ended(agenda: Agenda) -> Agenda:
    """The agenda of somebody whose registration has ended: nothing is claimed any more, by stars or by seats."""
    return replace(agenda, is_delegate=False, is_ended=True, stars=(), paid=(), claims=())


def sessions_of(agenda: Agenda, *, registration: str) -> set[str]:
    """The sessions in which somebody gives up whatever they have when this registration ends."""
    own = {each.session for each in agenda.paid if each.registration == registration}
    all_ = {*agenda.claims, *own} if agenda.registration in ("", registration) else own
    return all_ - {each.session for each in agenda.paid if each.registration != registration}


def left(agenda: Agenda, *, registration: str) -> Agenda:
    """The agenda of somebody whose registration has ended while the conference goes on: they may register again.

    Who has done so by now stays a delegate only by the registration of now.
    """
    paid = tuple(each for each in agenda.paid if each.registration != registration)
    if agenda.registration in ("", registration):
        return replace(agenda, registration="", is_delegate=False, admitted_by="", stars=(), paid=paid, claims=())
    is_delegate = agenda.is_delegate and agenda.admitted_by != registration
    return replace(agenda, paid=paid, is_delegate=is_delegate)


def must_be_live(agenda: Agenda) -> None:
    """Refuse what somebody asks whose registration has ended."""
    if agenda.is_ended:
        raise AgendaEnded(marked("Your registration has ended with the conference. Nothing was changed."))
    if not agenda.registration:
        raise RegistrationHasEnded(
            marked(
                "You are not registered for this conference any more. Nothing was changed. To come after all, please "
                "register again."
            )
        )


def must_take_seats(agenda: Agenda) -> None:
    """Only delegates take seats or wait for one."""
    must_be_live(agenda)
    if not agenda.is_delegate:
        raise NoDelegate(
            marked(
                "Seats are for delegates, and your registration is not confirmed yet. No seat was taken. "
                "As soon as it is paid, or your town's purchase order is accepted, you can sign up; stars you can "
                "set now."
            )
        )


def stars_digest(agenda: Agenda) -> str:
    """By which two lists of stars are compared."""
    return digest_of(agenda.stars)[:32]
