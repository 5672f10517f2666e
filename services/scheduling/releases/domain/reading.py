"""A published programme as people look through it: by day, room, track and speaker, by search, by change. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from services.scheduling.releases.domain.formats.publication import Publication
from services.scheduling.releases.domain.releases import Entry, Release, What
from shared.sentences import Listed, Phrase, phrase

QUERY_LENGTH_MAX = 100
CHANGED: Mapping[What, Phrase] = {
    What.ADDED: phrase("new"),
    What.TIME: phrase("new time"),
    What.DELAYED: phrase("begins later"),
    What.ROOM: phrase("new room"),
    What.ONLINE: phrase("now online"),
    What.LENGTH: phrase("new length"),
    What.SPEAKERS: phrase("other speakers"),
    What.CONTENT: phrase("other subject"),
    What.REINSTATED: phrase("takes place after all"),
}  # what a marker says; a cancellation says so itself, and a corrected word is no news


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A room at a time: what begins there, and what is still going on."""

    room: str
    entries: tuple[Entry, ...]
    going_on: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A time of a day."""

    starts: datetime
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A day: rooms side by side, in the programme's order, and times one below the other."""

    rooms: tuple[tuple[str, str], ...]  # id and name of those in use
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody on a stage, and where."""

    id: str
    name: str
    entries: tuple[Entry, ...]


def grid(found: Publication, day: date) -> Grid:
    """One day of what is published."""
    here = [each for each in found.entries if found.day_of(each) == day]
    names = {each.room: each.room_name for each in here}
    order = {each.id: number for number, each in enumerate(found.release.rooms)}
    rooms = sorted(names, key=lambda each: (order.get(each, len(order)), names[each]))
    rows = tuple(
        Row(starts=starts, cells=tuple(_cell(room, starts, here) for room in rooms))
        for starts in sorted({each.starts for each in here})
    )
    return Grid(rooms=tuple((each, names[each]) for each in rooms), rows=rows)


def _cell(room: str, starts: datetime, here: list[Entry]) -> Cell:
    in_room = [each for each in here if each.room == room]
    return Cell(
        room=room,
        entries=tuple(each for each in in_room if each.starts == starts),
        going_on=tuple(each for each in in_room if each.starts < starts < each.ends and not each.is_cancelled),
    )


def by_day(found: Publication, entries: Iterable[Entry]) -> list[tuple[date, tuple[Entry, ...]]]:
    """Sessions by the day on which they begin at the venue."""
    ordered = sorted(entries, key=lambda each: (each.starts, each.room_name, each.code))
    return [(day, tuple(group)) for day, group in groupby(ordered, key=found.day_of)]


def people(found: Publication) -> list[Person]:
    """Everybody who is named on a stage, by name."""
    entries: dict[str, list[Entry]] = {}
    names: dict[str, str] = {}
    for entry in found.entries:
        for part in entry.parts:
            if part.name:
                names[part.person] = part.name
                entries.setdefault(part.person, []).append(entry)
    everybody = [Person(id=each, name=names[each], entries=tuple(entries[each])) for each in names]
    return sorted(everybody, key=lambda each: (_plain(each.name.split()[-1]), _plain(each.name)))


def search(entries: Iterable[Entry], query: str) -> list[Entry]:
    """What has all these words in its title, abstract, names, room, track or code; accents don't matter."""
    wanted = _plain(query).split()
    return [each for each in entries if wanted and all(word in _text(each) for word in wanted)]


def changes(release: Release) -> dict[str, Listed]:
    """What the release has changed, by session, in a word or two; of the first one nothing, since all is new."""
    if release.number == 1 or release.is_closing:
        return {}
    return dict(_markers(release))


def _markers(release: Release) -> Iterator[tuple[str, Listed]]:
    for each in release.differences:
        words = tuple(CHANGED[what] for what in CHANGED if what in each.what)
        if words:
            yield each.session, Listed(words, is_joined=True)


def _text(entry: Entry) -> str:
    parts = (entry.code, entry.title, entry.abstract, entry.room_name, entry.track_title, entry.kind.value)
    return _plain(" ".join((*parts, *(each.name for each in entry.parts))))


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"\s+", " ", "".join(each for each in decomposed if not unicodedata.combining(each)))
