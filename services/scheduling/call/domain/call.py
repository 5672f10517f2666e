"""The call for sessions: when proposals are taken, of what kinds and lengths, and what is refused.

Owns the call's terms and whether it is open, by the business clock in the conference's zone. Leaves what becomes of a
proposal to `proposals`, what a speaker says to `speaking`.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.scheduling.conferences.domain.conference import Conference, FieldRefused, day_in
from services.scheduling.programme.domain.programme import Edit, EditedMeanwhile, Kind, meanwhile
from services.scheduling.programme.domain.wording import day_in_words
from shared.clock import end_of_day
from shared.problem import NotFound, Refusal
from shared.sentences import marked

CONFIRM_DAYS_DEFAULT = 14


class Standing(StrEnum):
    """Whether proposals are taken."""

    NOT_YET = "not_yet"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the committee sets; days are the conference's, from their first moment to their end."""

    opens: date
    closes: date
    kinds: tuple[Kind, ...]
    lengths: tuple[int, ...]  # minutes
    tracks: tuple[str, ...] = ()  # ids; none: no track is asked for
    decided_by: date | None = None
    confirm_days: int = CONFIRM_DAYS_DEFAULT
    intro: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A conference's call for sessions, and how many proposals it has had."""

    id: str  # see `call_id`
    conference: str
    terms: Terms
    proposal_count: int = 0
    revision: int = 1  # how often the committee has set it; a proposal leaves it
    edit: Edit | None = None

    def standing_at(self, conference: Conference, now: datetime) -> Standing:
        """Whether proposals are taken now; a cancelled conference takes none."""
        if conference.is_cancelled or now >= end_of_day(self.terms.closes, conference.zone):
            return Standing.CLOSED
        is_begun = now >= end_of_day(self.terms.opens - timedelta(days=1), conference.zone)
        return Standing.OPEN if is_begun and conference.is_public else Standing.NOT_YET


class CallUnknown(NotFound):
    """The conference has no call for sessions."""


class CallNotOpen(Refusal):
    """Proposals are not taken yet."""

    title = marked("The call is not open yet")


class CallClosed(Refusal):
    """Proposals are not taken any more."""

    title = marked("The call is closed")


class NotCalledFor(FieldRefused):
    """The call asks for other kinds, tracks or lengths."""


def call_id(conference: str) -> str:
    """The id of a conference's call."""
    return f"call:{conference}"


def set_(call: Call | None, asked: Terms, *, conference: Conference, seen: int | None, by: str, now: datetime) -> Call:
    """The call under these terms; one that has them already is left as it is, whatever was seen."""
    if call is not None and call.terms == asked:
        return call
    revision = call.revision if call else 0
    if seen not in (None, revision):
        edits = (call.edit,) if call and call.edit else ()
        raise EditedMeanwhile(
            f"The call was not changed by you. {meanwhile(edits)} "
            "Look at it as it is now, then make your change again.",
            seen=seen,
            version=revision,
        )
    _must_be_sound(asked, conference)
    edit = Edit(by=by, at=now, what="its terms")
    if call is None:
        return Call(id=call_id(conference.id), conference=conference.id, terms=asked, edit=edit)
    return replace(call, terms=asked, revision=revision + 1, edit=edit)


def _must_be_sound(asked: Terms, conference: Conference) -> None:
    opens, closes, begins = (day_in_words(each) for each in (asked.opens, asked.closes, conference.starts))
    if asked.closes < asked.opens:
        raise FieldRefused("closes", f"The call would close before it opens, on {opens}. Nothing was changed.")
    if asked.closes >= conference.starts:
        raise FieldRefused("closes", f"{conference.title} begins on {begins}. Nothing was changed; close it before.")
    if asked.decided_by and not asked.closes <= asked.decided_by < conference.starts:
        detail = f"Decide from {closes} on, when the call closes, and before {begins}. Nothing was changed."
        raise FieldRefused("decided_by", detail)


def must_take(call: Call, conference: Conference, *, now: datetime) -> None:
    """Refuse a proposal outside of the call's days."""
    match call.standing_at(conference, now):
        case Standing.NOT_YET:
            raise CallNotOpen.saying(
                "The call opens on %(day)s. Your proposal was not sent; keep its text and come back then.",
                day=call.terms.opens,
            )
        case Standing.CLOSED:
            raise CallClosed.saying(
                "The call closed at the end of %(day)s. Your proposal was not sent; keep its text, and ask the "
                "committee whether it still fits.",
                day=call.terms.closes,
            )
        case Standing.OPEN:
            return


def must_be_called_for(terms: Terms, *, kind: Kind, track: str, minutes: int) -> None:
    """Refuse what the call does not ask for."""
    if kind not in terms.kinds:
        raise NotCalledFor(
            "kind", marked("The call doesn't ask for this kind of session. Nothing was sent; choose another.")
        )
    if minutes not in terms.lengths:
        raise NotCalledFor("minutes", marked("The call doesn't ask for this length. Nothing was sent; choose another."))
    if track and track not in terms.tracks:
        raise NotCalledFor("track", marked("The call doesn't ask for this track. Nothing was sent; choose another."))


def confirm_by(terms: Terms, conference: Conference, now: datetime) -> date:
    """The last day on which an accepted speaker may confirm: never later than the day before the conference."""
    today = day_in(conference.zone, now)
    return max(today, min(today + timedelta(days=terms.confirm_days), conference.starts - timedelta(days=1)))
