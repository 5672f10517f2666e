"""What a release changed, in sentences with names, rooms and times: for the preview, the page of changes, the feed."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.programme.domain.wording import hour_in_words, listed, time_in_words
from services.scheduling.releases.domain.releases import Difference, Entry, Release, What
from shared.sentences import Hour, Listed, Phrase, Span, phrase, written


def sentence(difference: Difference, *, zone: str) -> str:
    """`C-31 Records in a crisis: now in Room 241 (before: Room 240).`"""
    return written(told(difference, zone=zone))


def told(difference: Difference, *, zone: str) -> Phrase:
    """The same sentence with its facts, to be said in the reader's language."""
    entry = difference.shown
    clauses = tuple(_clause(each, difference, zone=zone) for each in difference.what)
    once = tuple({written(each): each for each in clauses}.values())
    return phrase("%(code)s %(title)s: %(changes)s.", code=entry.code, title=entry.title, changes=Listed(once, "; "))


def told_sentences(release: Release, *, zone: str) -> list[Phrase]:
    """What a release changed for the public: the first one only says how much there is; a corrected word is no news."""
    if release.number == 1:
        return [phrase("The programme is published, with %(count)s sessions.", count=len(release.entries))]
    if release.is_closing:
        return [phrase("The conference is cancelled, and every session with it.")]
    public = [each for each in release.differences if set(each.what) != {What.WORDING}]
    return [told(each, zone=zone) for each in public] or [phrase("Only details were put right.")]


def place(entry: Entry, *, zone: str) -> str:
    """`Monday, May 19, 10:00 AM to 11:15 AM, Room 240`."""
    room = "online" if entry.online_url else entry.room_name
    return f"{stretch(entry.starts, entry.ends, zone=zone)}, {room}"


def stretch(starts: datetime, ends: datetime, *, zone: str) -> str:
    """`Monday, May 19, 10:00 AM to 11:15 AM`; the day again where it ends on another."""
    here = ZoneInfo(zone)
    is_same_day = starts.astimezone(here).date() == ends.astimezone(here).date()
    until = hour_in_words(ends, zone=zone) if is_same_day else time_in_words(ends, zone=zone)
    return f"{time_in_words(starts, zone=zone)} to {until}"


def names(entry: Entry) -> str:
    """Who is on its stage."""
    return listed([each.name or "a speaker to be named" for each in entry.parts])


def _clause(what: What, difference: Difference, *, zone: str) -> Phrase:
    now = _now(what, difference.shown, zone=zone)
    before = _before(what, difference.before, zone=zone) if difference.before else None
    return phrase("%(now)s (before: %(before)s)", now=now, before=before) if before is not None else now


def _now(what: What, entry: Entry, *, zone: str) -> Phrase:
    match what:
        case What.ADDED:
            return phrase("new, %(place)s", place=_place(entry, zone=zone))
        case What.REINSTATED:
            return phrase("takes place after all, %(place)s", place=_place(entry, zone=zone))
        case What.CANCELLED:
            return phrase("cancelled (%(reason)s)", reason=_reason(entry))
        case What.ROOM:
            return phrase("now in %(room)s", room=entry.room_name)
        case What.TIME:
            return phrase("now %(when)s", when=_span(entry, zone=zone))
        case What.LENGTH:
            return phrase("now %(minutes)s minutes long", minutes=_minutes(entry))
        case What.DELAYED:
            return phrase("begins later, at %(time)s", time=Hour(entry.starts, zone))
        case What.ONLINE:
            return phrase("takes place online")
        case What.SPEAKERS:
            return phrase("now with %(names)s", names=_names(entry) or phrase("nobody named yet"))
        case What.CONTENT:
            return phrase("its subject, level or language is another")
        case What.WORDING:
            return phrase("a detail was put right")


def _before(what: What, before: Entry, *, zone: str) -> Any:
    """What of the same was before; None where nothing is to be compared."""
    match what:
        case What.ROOM:
            return phrase("online") if before.online_url else before.room_name
        case What.TIME:
            return _span(before, zone=zone)
        case What.LENGTH:
            return phrase("%(minutes)s minutes", minutes=_minutes(before))
        case What.DELAYED:
            return Hour(before.starts, zone)
        case What.SPEAKERS:
            return _names(before) or phrase("nobody named")
        case _:
            return None


def _place(entry: Entry, *, zone: str) -> Listed:
    return Listed((_span(entry, zone=zone), phrase("online") if entry.online_url else entry.room_name))


def _span(entry: Entry, *, zone: str) -> Span:
    return Span(entry.starts, entry.ends, zone, by_half_days=True)


def _names(entry: Entry) -> Listed | None:
    named = tuple(each.name or phrase("a speaker to be named") for each in entry.parts)
    return Listed(named, is_joined=True) if named else None


def _reason(entry: Entry) -> str | Phrase:
    return entry.reason.rstrip(". ") or phrase("no reason was given")


def _minutes(entry: Entry) -> int:
    return round((entry.ends - entry.starts).total_seconds() / 60)
