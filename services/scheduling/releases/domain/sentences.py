"""What a release changed, in sentences with names, rooms and times: for the preview, the page of changes, the feed."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from services.scheduling.programme.domain.wording import hour_in_words, listed, time_in_words
from services.scheduling.releases.domain.releases import Difference, Entry, Release, What


def sentence(difference: Difference, *, zone: str) -> str:
    """`C-31 Records in a crisis: now in Room 241 (before: Room 240).`"""
    entry = difference.shown
    told = [text for each in difference.what if (text := _clause(each, difference, zone=zone))]
    return f"{entry.code} {entry.title}: {'; '.join(dict.fromkeys(told))}."


def told_sentences(release: Release, *, zone: str) -> list[str]:
    """What a release changed for the public: the first one only says how much there is; a corrected word is no news."""
    if release.number == 1:
        return [f"The programme is published, with {len(release.entries)} sessions."]
    if release.is_closing:
        return ["The conference is cancelled, and every session with it."]
    told = [each for each in release.differences if set(each.what) != {What.WORDING}]
    return [sentence(each, zone=zone) for each in told] or ["Only details were put right."]


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


def _clause(what: What, difference: Difference, *, zone: str) -> str:
    entry, before = difference.shown, difference.before
    was: Mapping[What, str] = {} if before is None else _before(before, zone=zone)
    match what:
        case What.ADDED:
            return f"new, {place(entry, zone=zone)}"
        case What.REINSTATED:
            return f"takes place after all, {place(entry, zone=zone)}"
        case What.CANCELLED:
            return f"cancelled ({_reason(entry)})"
        case What.ROOM:
            return f"now in {entry.room_name}{was.get(what, '')}"
        case What.TIME:
            return f"now {stretch(entry.starts, entry.ends, zone=zone)}{was.get(what, '')}"
        case What.LENGTH:
            return f"now {_minutes(entry)} minutes long{was.get(what, '')}"
        case What.DELAYED:
            return f"begins later, at {hour_in_words(entry.starts, zone=zone)}{was.get(what, '')}"
        case What.ONLINE:
            return "takes place online"
        case What.SPEAKERS:
            return f"now with {names(entry) or 'nobody named yet'}{was.get(what, '')}"
        case What.CONTENT:
            return "its subject, level or language is another"
        case What.WORDING:
            return "a detail was put right"


def _before(before: Entry, *, zone: str) -> dict[What, str]:
    known = {
        What.ROOM: "online" if before.online_url else before.room_name,
        What.TIME: stretch(before.starts, before.ends, zone=zone),
        What.LENGTH: f"{_minutes(before)} minutes",
        What.DELAYED: hour_in_words(before.starts, zone=zone),
        What.SPEAKERS: names(before) or "nobody named",
    }
    return {what: f" (before: {text})" for what, text in known.items()}


def _reason(entry: Entry) -> str:
    return entry.reason.rstrip(". ") or "no reason was given"


def _minutes(entry: Entry) -> int:
    return round((entry.ends - entry.starts).total_seconds() / 60)
