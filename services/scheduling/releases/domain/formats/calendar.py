"""A release as a calendar that people subscribe to: the whole programme, one session, or somebody's own."""

from collections.abc import Collection, Iterable

from services.scheduling.releases.domain.formats.publication import Publication, names_of
from services.scheduling.releases.domain.releases import Entry
from shared import calendars
from shared.calendars import CalendarEntry
from shared.sentences import marked

_MINE = marked("My %(conference)s")
_APPROVED = marked("Approved: %(minutes)s minutes (%(scheme)s)")


def programme_feed(publication: Publication) -> bytes:
    """The whole programme."""
    return _feed(publication, publication.entries, name=publication.conference.title, part="programme")


def session_feed(publication: Publication, session: str) -> bytes:
    """One session; empty when it isn't shown any more."""
    entries = [each for each in publication.entries if each.session == session]
    title = entries[0].title if entries else publication.conference.title
    return _feed(publication, entries, name=title, part=f"session:{session}")


def personal_feed(publication: Publication, sessions: Collection[str], *, agenda: str) -> bytes:
    """What somebody has in their agenda, with where it can be joined; the calendar is theirs alone."""
    entries = [each for each in publication.entries if each.session in sessions]
    name = publication.spoken.say(_MINE, conference=publication.conference.title)
    return _feed(publication, entries, name=name, part=f"agenda:{agenda}", shows_links=True)


def calendar_entry(publication: Publication, entry: Entry, *, shows_links: bool = False) -> CalendarEntry:
    """A session as calendars know it."""
    replaced = publication.release.entry(entry.replaces) if entry.replaces else None
    return CalendarEntry(
        uid=entry.uid,
        sequence=entry.sequence,
        title=entry.title,
        starts=entry.starts,
        ends=entry.ends,
        zone=publication.zone,
        revised_at=entry.revised_at,
        organizer=publication.organizer,
        is_cancelled=entry.is_cancelled,
        location=publication.place_of(entry),
        description=_description(publication, entry),
        url=publication.address_of(entry),
        online_url=entry.online_url if shows_links else "",
        replaces=replaced.uid if replaced else "",
        comment=entry.reason,
        categories=(entry.track_title,) if entry.track_title else (),
        language=publication.spoken.language,
    )


def _feed(
    publication: Publication, entries: Iterable[Entry], *, name: str, part: str, shows_links: bool = False
) -> bytes:
    days = publication.days
    return calendars.feed(
        [calendar_entry(publication, each, shows_links=shows_links) for each in entries],
        uid=f"{part}:{publication.conference.id}@{publication.domain}",
        name=name,
        zone=publication.zone,
        first=days[0],
        last=days[-1],
        url=publication.address,
    )


def _description(publication: Publication, entry: Entry) -> str:
    given = entry.approval
    points = ""
    if given and given.is_approved:
        points = publication.spoken.say(_APPROVED, minutes=given.minutes, scheme=given.scheme)
    parts = [entry.code, ", ".join(names_of(entry)), entry.abstract, points]
    return "\n\n".join(each for each in parts if each)
