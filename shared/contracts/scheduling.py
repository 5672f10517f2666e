"""What scheduling tells the others: conferences, and the decisions about them."""

from dataclasses import dataclass
from datetime import date, datetime

from shared.associations import FIRST
from shared.contracts.envelope import CONTACT, Event, event


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
    association: str = FIRST  # whose it is, and so all that is registered, ordered and written for it


@event(key="conference")
class ConferenceDescribed(Event):
    """The committee says an announced conference in other words: nobody's plans change, and what was sent stays."""

    conference: str
    title: str
    venue: str = ""  # the house
    text: str = ""


@event(key="conference")
class ConferenceAwarded(Event):
    """The board has given a year of a series to a city: its edition is in draft, and its committee will announce it."""

    conference: str  # the edition
    award: str
    series: str
    series_title: str
    year: int
    city: str
    title: str
    resolution: str  # the text of the decision, public
    resolved_on: date
    association: str = FIRST
    model: str = ""  # the newest edition, whose prices and terms it begins with; empty when there is none
    cancelled: str = ""  # an edition in this city that was cancelled, whose committee is asked to serve again
    cancelled_title: str = ""


@event(key="conference")
class RegistrationOpened(Event):
    """From now on people may register for this conference."""

    conference: str


@event(key="conference")
class DecisionArmed(Event):
    """A decision about this conference is set going: nobody registers, is confirmed or reminded until it has ended.

    Everybody is asked once more what it would do (`PreviewAsked`), and the time to undo it begins when that is what
    was approved. It is withdrawn, or carried out, which it may not be before `until`.
    """

    conference: str
    decision: str
    kind: str  # cancel
    revision: int
    until: datetime  # business time; the earliest at which it can't be undone any more, and is carried out


@event(key="conference")
class DecisionWithdrawn(Event):
    """The decision that was set going is undone: everything is as if it had never been."""

    conference: str
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """Somebody who was to speak at a conference, or had proposed to."""

    person: str
    titles: tuple[str, ...]  # of their sessions, the first of them
    title_count: int = 0  # of all; 0 where it was not counted


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
    speakers: tuple[Speaking, ...] = ()  # as it was said of small casts before `SpeakingCancelled`; empty since
    speakers_follow: bool = False  # one by one, until `SpeakingRunClosed` says how many they were


@event(key="conference")
class ConferencePostponed(Event):
    """The host committee has decided that this conference won't take place on its days; other days aren't known yet.

    Registration stays closed, who is registered stays so unless they choose to leave by the end of `choose_by`, and
    what is planned by the old days waits.
    """

    conference: str
    run: str
    reason: str  # shown to everyone
    decision: str  # the text of the decision, public
    postponed_on: date  # business date in the conference's zone
    choose_by: date  # the last day for choosing, until its end in the zone
    choose_until: datetime  # that end, as an instant
    default_choice: str = "wait"


@event(key="conference")
class PreviewAsked(Event):
    """Somebody wants to know what a decision would do, before it is taken; each service answers for its own part."""

    preview: str
    conference: str
    decision: str
    revision: int  # of the decision, as it was then
    kind: str  # cancel
    choose_by: date | None = None  # the last day for choosing
    choose_until: datetime | None = None  # its end in the conference's zone
    reason: str = ""  # as everyone would read it; empty while nobody has written it
    decision_text: str = ""
    compared_with: str = ""  # the preview of the same decision from which differences are to be said


@event(key="speaking")
class SpeakingCancelled(Event):
    """Somebody was to speak at a conference that is cancelled, or had proposed to, registered or not."""

    speaking: str  # the cancellation's run and the person
    conference: str
    run: str
    person: str
    titles: tuple[str, ...]  # of their sessions, the first of them
    title_count: int


@event(key="run")
class SpeakingRunClosed(Event):
    """Everybody who was to speak at a cancelled conference has been told of: so many, and exactly these."""

    run: str
    conference: str
    count: int
    digest: str  # of the ids of what each of them was to give, as `SpeakingCancelled` says them


@event(key="asked")
class PersonalLinkAsked(Event):
    """Somebody's link to their own agenda, or to their own page as a speaker, has expired: a new one goes to them."""

    asked: str
    person: str
    conference: str
    kind: str  # agenda | speaking


@event(key="person", personal=CONTACT)
class SpeakerIntroduced(Event):
    """Somebody whom registration doesn't know yet speaks, or proposes to: a contact event like `PersonRegistered`."""

    person: str
    name: str
    email: str | None
    postal_address: tuple[str, ...] = ()
    language: str = "en"
    conference: str = ""  # at which; it wasn't said at first


@event(key="session")
class ProposalReceived(Event):
    """Somebody proposed a session in the call; the committee will decide."""

    session: str
    conference: str
    person: str
    title: str
    decided_by: date | None  # the day until which the committee means to decide


@event(key="session", personal={"remark": ""}, subject="person")
class ProposalDecided(Event):
    """The committee has accepted a proposal, and asks its speaker to confirm, or has declined it."""

    session: str
    conference: str
    person: str
    title: str
    is_accepted: bool
    confirm_until: datetime | None
    remark: str = ""  # the committee's words to the proposer


@event(key="session")
class SpeakerConfirmed(Event):
    """A speaker has said that they will come and speak in this session."""

    session: str
    conference: str
    person: str
    title: str


@event(key="session")
class SpeakerWithdrew(Event):
    """A speaker will not speak in this session; what becomes of it is the committee's to decide."""

    session: str
    conference: str
    person: str
    title: str


@event(
    key="programme", why_unheard="What a release means is said of each session and person; this is the record of it."
)
class ProgrammeReleased(Event):
    """The committee has published the programme as it stands, under a name and the next number."""

    programme: str
    conference: str
    release: int
    release_name: str
    session_count: int
    changed_count: int


@event(key="session")
class SessionScheduled(Event):
    """A release put a session on the programme for the first time, or back on it."""

    session: str
    conference: str
    release: int
    uid: str
    sequence: int
    code: str
    title: str
    room: str
    starts: datetime
    ends: datetime
    is_reinstated: bool = False


@event(key="session", why_unheard="Whoever is to be there hears it in `AgendaChanged`; this is the record of it.")
class SessionMoved(Event):
    """A release gave a session another time, room or length."""

    session: str
    conference: str
    release: int
    uid: str
    sequence: int
    code: str
    title: str
    room: str
    starts: datetime
    ends: datetime
    room_before: str
    starts_before: datetime
    ends_before: datetime


@event(key="session")
class SessionCancelled(Event):
    """A release took a session off the programme; who paid for it may move to an alternative or get the money back."""

    session: str
    conference: str
    release: int
    uid: str
    sequence: int
    code: str
    title: str
    starts: datetime | None
    ends: datetime | None
    reason: str
    alternatives: tuple[str, ...] = ()  # sessions of the same price and points with places left
    choose_until: datetime | None = None  # for those who paid; then the money goes back


@event(key="session")
class SeatsPublished(Event):
    """A release says when a session takes place, who speaks and how many seats there are; said when that changes."""

    session: str
    conference: str
    release: int
    code: str
    title: str
    starts: datetime
    ends: datetime
    seats: int | None  # None: nobody signs up, everybody may come
    speakers: tuple[str, ...] = ()  # persons
    is_cancelled: bool = False


@event(key="session", why_unheard="Whoever is to be there hears it in `AgendaChanged`; this is the record of it.")
class SpeakerReplaced(Event):
    """A release changed who speaks in a session."""

    session: str
    conference: str
    release: int
    code: str
    title: str
    speakers: tuple[str, ...]  # persons, as they stand now
    speakers_before: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaItem:
    """One session in somebody's agenda that a release has changed, and what it means for them."""

    session: str
    uid: str
    sequence: int
    code: str
    title: str
    roles: tuple[str, ...]  # speaker | holds_seat | waits | starred
    # added | room | time | length | speakers | content | online | cancelled | reinstated | seat_lost | stage_left
    changes: tuple[str, ...]
    room: str  # its name; empty when there is none any more
    starts: datetime | None
    ends: datetime | None
    room_before: str = ""
    starts_before: datetime | None = None
    ends_before: datetime | None = None
    speakers: tuple[str, ...] = ()  # persons, as they stand now
    speakers_before: tuple[str, ...] = ()
    reason: str = ""
    clashes: tuple[str, ...] = ()  # titles of what else is in their agenda at that time
    registration: str = ""  # whose order paid for the seat; empty when nobody did
    paid_minor: int = 0
    alternatives: tuple[str, ...] = ()  # titles to choose from, instead of the money back
    choose_until: datetime | None = None
    revised_at: datetime | None = None  # when the release changed it, as the feed's DTSTAMP says; for calendars
    online_url: str = ""
    replaces: str = ""  # the uid of the session that it stands in for


@event(key="agenda")
class AgendaChanged(Event):
    """What one release means for one person, told in one message: said once for each person and release.

    Not said when the conference is cancelled: `ConferenceCancelled` is what tells people then, in one message.
    """

    agenda: str
    conference: str
    person: str
    programme: str
    release: int
    release_name: str
    items: tuple[AgendaItem, ...]
    zone: str = ""  # the person's own, where they asked for it; empty is the venue's
    wants_invitations: bool = False  # calendar invitations, one mail for each session, in place of attachments
    part: int = 1  # who has to do with hundreds of sessions hears in several events, one after the other
    part_count: int = 1


@event(key="roster")
class SeatOffered(Event):
    """A seat became free for the first of the waitlist, who holds it until then."""

    roster: str
    session: str
    conference: str
    person: str
    code: str
    title: str
    room: str
    starts: datetime
    ends: datetime
    until: datetime
    turn: int  # which offer of this session it is


@event(key="roster")
class SeatsWanted(Event):
    """So many places of a paid session are wanted for its waitlist: by those who wait, are offered a seat, or took one.

    What was set aside beyond this count is given back to registration, to be sold.
    """

    roster: str
    session: str
    conference: str
    product: str  # the option of the fee table that pays for a seat
    count: int
    revision: int  # one more each time it is said of this roster; only the newest holds


@event(key="roster")
class SeatOwed(Event):
    """Somebody has a seat of a paid session that is not paid; or that is so no longer.

    Registration makes it a line of their order; it is owed until that is paid, or the seat is given up.
    """

    roster: str
    session: str
    conference: str
    person: str
    code: str
    title: str
    product: str  # the option that a seat costs; empty where it costs nothing any more
    is_owed: bool
    claim: int = 0  # tells one claim of this person on this session from another; none of what is owed no longer
    ended: str = ""  # paid | given_up: they have no seat | off: the session is cancelled, or costs nothing


@event(key="standing", why_unheard="Points are shown where they are kept; this is the record of them.")
class PointsPosted(Event):
    """Points were credited, or taken back, for a session attended; the ledger of points has the entry."""

    standing: str
    conference: str
    person: str
    scheme: str
    entry: str
    hundredths: int  # of a point; negative when it was reversed
    is_reversal: bool = False
