"""Owns the programme of the 79th congress as tables, in the form that scheduling imports: the same bytes every time.

126 sessions in 14 rooms, 118 speakers, nine of them in two sessions. What is wrong with the draft on purpose is in
`PLANTED`, apart from it, so that a programme can be published before.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from deploy.acceptance.story.people import Person, drawn, registrant
from deploy.demo.congress import titles

KEY, TITLE, CITY, ZONE, CURRENCY = "79th", "79th Annual Conference", "St. Louis", "America/Chicago", "USD"
STARTS, ENDS = "2025-05-18", "2025-05-21"
SCHEME = "CMC"
ACADEMY_PRICE_MINOR, DIALOGUE_PRICE_MINOR = 9_500, 12_500

SPEAKER_COUNT, COMPLIMENTARY_COUNT, TWICE_COUNT = 118, 38, 9
WHITLOCK = 0  # the number of Dr Sam Whitlock among the speakers
SPEAKER_INDEX_FIRST = 10_000  # speakers are drawn from numbers that no delegate has
REJECTED_COUNT, AWAITING_COUNT = 6, 4  # of the 96 educational sessions

SUN, MON, TUE, WED = "2025-05-18", "2025-05-19", "2025-05-20", "2025-05-21"
ROOMS: tuple[dict[str, str], ...] = (
    {"id": "ballroom", "name": "Grand Ballroom", "seats": "1400", "features": "stream; tables"},
    {"id": "arch", "name": "Arch Room", "seats": "300", "features": "stream"},
    {"id": "laclede", "name": "Laclede Room", "seats": "260"},
    {"id": "chouteau", "name": "Chouteau Room", "seats": "250"},
    {"id": "eads", "name": "Eads Room", "seats": "220"},
    {"id": "carondelet", "name": "Carondelet Room", "seats": "200"},
    {"id": "soulard", "name": "Soulard Room", "seats": "180"},
    {"id": "mills", "name": "Mills Studio", "seats": "40", "features": "tables"},
    {"id": "loft", "name": "Loft", "seats": "24", "features": "tables", "step_free": "no"},
    {"id": "shaw", "name": "Shaw Studio", "seats": "40", "features": "tables"},
    {"id": "tower-grove", "name": "Tower Grove Studio", "seats": "40", "features": "tables"},
    {"id": "courthouse", "name": "Old Courthouse Room", "seats": "30"},
    {"id": "forest-park", "name": "Forest Park Room", "seats": "30"},
    {"id": "hall", "name": "Exhibit Hall", "seats": "2000"},
)
TRACK_ROOMS = ("arch", "laclede", "chouteau", "eads", "carondelet", "soulard")
CONCURRENT_STARTS = (
    f"{MON}T13:00", f"{MON}T14:30", f"{MON}T16:00", f"{MON}T17:30",
    f"{TUE}T10:00", f"{TUE}T11:30", f"{TUE}T14:30", f"{TUE}T16:00",
    f"{WED}T08:00", f"{WED}T09:30", f"{WED}T13:00", f"{WED}T14:30",
)  # fmt: skip
ACADEMY_ROOMS = ("mills", "loft", "shaw", "tower-grove")
# lie at the same time, so that the room of one can help the other; A-09 lies later, for who must choose.
ACADEMY_BLOCKS = (
    (f"{SUN}T08:00", (1, 3, 4, 5), ACADEMY_ROOMS),
    (f"{SUN}T13:00", (7, 2, 6, 8), ACADEMY_ROOMS),
    (f"{MON}T13:00", (9, 10, 11, 12), ("mills", "shaw", "tower-grove", "loft")),
)
ACADEMY_SEATS = 30
PLANTED: tuple[dict[str, Any], ...] = (
    {"what": "room_twice", "code": "C-20", "room": "arch"},  # where C-19 is at that time
    {"what": "speaker_twice", "code": "C-46", "speaker_of": "C-45"},
    {"what": "room_too_small", "code": "C-48", "stars": 240},  # in a room of 180
)


@dataclass(frozen=True)
class Speaker:
    """Somebody on a stage of the congress."""

    number: int
    name: str
    person: Person

    @property
    def id(self) -> str:
        """By what the tables name them."""
        return f"speaker-{self.number + 1:03}"

    @property
    def is_complimentary(self) -> bool:
        """Whether they come without paying; the others are registered as delegates."""
        return self.number < COMPLIMENTARY_COUNT

    @property
    def email(self) -> str:
        """Where they are reached; everyone has one."""
        assert self.person.email is not None
        return "sam.whitlock@institute.example" if self.number == WHITLOCK else self.person.email


@dataclass
class _Sessions:
    """The sessions as they are written, one after the other."""

    rows: list[dict[str, str]] = field(default_factory=list)

    def add(self, code: str, title: str, kind: str, *, minutes: int, room: str, starts: str, **more: str) -> None:
        row = {"code": code, "title": title, "kind": kind, "minutes": str(minutes), "room": room, "starts": starts}
        self.rows.append(row | {name: text for name, text in more.items() if text})


def tables() -> dict[str, list[dict[str, str]]]:
    """The whole programme, without what is wrong with the draft on purpose."""
    return {
        "rooms": [dict(each) for each in ROOMS],
        "tracks": [{"id": id_, "title": title} for id_, title in titles.TRACKS.items()],
        "times": [
            {"id": f"slot-{number:02}", "starts": starts, "ends": _later(starts, 75)}
            for number, starts in enumerate(CONCURRENT_STARTS, start=1)
        ],
        "settings": [{"name": "both_wanted_min", "value": "60"}, {"name": "same_track_at_once_max", "value": "2"}],
        "speakers": [_speaker_row(each) for each in speakers()],
        "sessions": _with_speakers(sorted(_sessions(), key=lambda each: each["code"])),
    }


def canonical(document: object) -> bytes:
    """A document in its one form."""
    return (json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def speakers() -> list[Speaker]:
    """All speakers; no two have the same name."""
    found: list[Speaker] = []
    names: set[str] = {"Sam Whitlock"}
    index = SPEAKER_INDEX_FIRST
    while len(found) < SPEAKER_COUNT:
        person = registrant(story_key=KEY, index=index, has_email=True)
        index += 1
        if not found:
            found.append(Speaker(WHITLOCK, "Dr Sam Whitlock", person))
        elif person.name not in names:
            names.add(person.name)
            found.append(Speaker(len(found), person.name, person))
    return found


def _speaker_row(speaker: Speaker) -> dict[str, str]:
    row = {
        "id": speaker.id,
        "name": speaker.name,
        "email": speaker.email,
        "biography": "Directs an institute for municipal clerks, and was a clerk for eleven years."
        if speaker.number == WHITLOCK
        else f"Clerk of {speaker.person.town}, {speaker.person.state}.",
        "complimentary": "yes" if speaker.is_complimentary else "no",
    }
    away = {1: f"{SUN}T00:00/{MON}T07:30", 2: f"{WED}T12:00/{WED}T23:59"}  # a flight lands, another leaves
    return row | ({"away": away[speaker.number]} if speaker.number in away else {})


def _sessions() -> Iterator[dict[str, str]]:
    sessions = _Sessions()
    _add_concurrent(sessions)
    _add_academies(sessions)
    _add_for_all(sessions)
    _add_beside(sessions)
    yield from sessions.rows


def _add_concurrent(sessions: _Sessions) -> None:
    levels = ("basic", "intermediate", "advanced")
    for slot, starts in enumerate(CONCURRENT_STARTS):
        for number, (track, room) in enumerate(zip(titles.TRACKS, TRACK_ROOMS, strict=True)):
            index = slot * len(TRACK_ROOMS) + number
            abstracts = titles.ABSTRACTS[track]
            sessions.add(
                f"C-{index + 1:02}",
                titles.CONCURRENT[track][slot],
                "concurrent",
                minutes=75,
                room=room,
                starts=starts,
                track=track,
                level=levels[_drawn(len(levels), "session", index, "level")],
                abstract=abstracts[_drawn(len(abstracts), "session", index, "abstract")],
            )


def _add_academies(sessions: _Sessions) -> None:
    for starts, numbers, rooms in ACADEMY_BLOCKS:
        for number, room in zip(numbers, rooms, strict=True):
            sessions.add(
                f"A-{number:02}",
                titles.ACADEMIES[number - 1],
                "academy",
                minutes=240,
                room=room,
                starts=starts,
                level="advanced",
                abstract=titles.ABSTRACTS["academy"][0],
                needs="tables",
                seats=str(ACADEMY_SEATS),
                option=f"a-{number:02}",
                price_minor=str(ACADEMY_PRICE_MINOR),
            )
    starts_of = (f"{MON}T13:00", f"{TUE}T10:00", f"{TUE}T14:30")
    for number, title in enumerate(titles.DIALOGUES, start=1):
        sessions.add(
            f"D-{number}",
            title,
            "dialogue",
            minutes=180,
            room=("courthouse", "forest-park")[(number - 1) % 2],
            starts=starts_of[(number - 1) // 2],
            abstract=titles.ABSTRACTS["dialogue"][0],
            seats="30",
            option=f"d-{number}",
            price_minor=str(DIALOGUE_PRICE_MINOR),
        )


def _add_for_all(sessions: _Sessions) -> None:
    starts = (f"{SUN}T17:30", f"{MON}T08:30", f"{TUE}T08:30", f"{TUE}T13:00", f"{WED}T11:00", f"{WED}T16:00")
    for number, (title, start) in enumerate(zip(titles.GENERAL, starts, strict=True), start=1):
        sessions.add(f"G-{number}", title, "general", minutes=75, room="ballroom", starts=start, needs="stream")


def _add_beside(sessions: _Sessions) -> None:
    """Region meetings, round tables, orientations, exhibits and evenings."""
    meeting_rooms = (*TRACK_ROOMS, *ACADEMY_ROOMS, "courthouse")
    for number, (region, room) in enumerate(zip(titles.REGIONS, meeting_rooms, strict=True), start=1):
        title = f"Meeting of region {region}"
        sessions.add(f"R-{number:02}", title, "region", minutes=60, room=room, starts=f"{MON}T11:00")
    for number, title in enumerate(titles.ROUND_TABLES, start=1):
        starts = f"{WED}T08:00" if number <= len(ACADEMY_ROOMS) else f"{WED}T09:30"
        room = ACADEMY_ROOMS[(number - 1) % len(ACADEMY_ROOMS)]
        sessions.add(f"T-{number}", f"Round table: {title}", "round_table", minutes=75, room=room, starts=starts)
    welcomes = ((f"{SUN}T16:00", "arch"), (f"{SUN}T13:00", "laclede"), (f"{SUN}T10:00", "chouteau"))
    for number, (title, (starts, room)) in enumerate(zip(titles.ORIENTATIONS, welcomes, strict=True), start=1):
        sessions.add(f"O-{number}", title, "orientation", minutes=60, room=room, starts=starts)
    opened = ((f"{SUN}T15:00", 150), (f"{MON}T10:00", 60), (f"{TUE}T16:00", 90), (f"{WED}T12:15", 45))
    for number, (title, (starts, minutes)) in enumerate(zip(titles.EXHIBITS, opened, strict=True), start=1):
        sessions.add(f"E-{number}", title, "exhibit", minutes=minutes, room="hall", starts=starts)
    evenings = (f"{SUN}T19:00", f"{MON}T19:30", f"{TUE}T19:30", f"{WED}T19:00")
    for number, (title, starts) in enumerate(zip(titles.SOCIALS, evenings, strict=True), start=1):
        sessions.add(f"S-{number}", title, "social", minutes=150, room="ballroom", starts=starts)


def _with_speakers(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Who speaks where, and what the education board has said.

    The 96 educational sessions have one speaker each, 31 of them a second: 127 parts for 118 people.
    """
    taught = [each for each in rows if each["code"][0] in "ACDG"]
    parts = _parts(taught)
    approvals = _approvals(len(taught))
    for row, people, approval in zip(taught, parts, approvals, strict=True):
        row["speakers"] = "; ".join(
            f"{'' if number == 0 else 'panelist: '}[{id_}]*" for number, id_ in enumerate(people)
        )
        if approval:
            row |= {"approved_by": SCHEME, "approved_minutes": row["minutes"], "approval": approval}
    return rows


def _parts(taught: list[dict[str, str]]) -> list[list[str]]:
    """The speakers of each session: those who speak twice in sessions that don't overlap, everyone else once."""
    codes = [each["code"] for each in taught]
    order = sorted(range(len(taught)), key=lambda index: _drawn(2**32, "session", index, "order"))
    order = [index for index in order if codes[index] not in ("A-07", "C-31")]
    first = {codes.index("A-07"): 0, codes.index("C-31"): 0}
    twice = list(range(1, TWICE_COUNT))
    for number in twice:  # with Dr Whitlock nine
        one = order.pop(0)
        other = next(each for each in order if _may_both(taught[one], taught[each], number))
        order.remove(other)
        first |= {one: number, other: number}
    others = iter(range(TWICE_COUNT, SPEAKER_COUNT))
    people = [[first[index]] if index in first else [next(others)] for index in range(len(taught))]
    seconds = [index for index in order if codes[index].startswith("C-")]
    for index, number in zip(seconds, others, strict=False):
        people[index].append(number)
    return [[f"speaker-{number + 1:03}" for number in each] for each in people]


def _may_both(one: dict[str, str], other: dict[str, str], number: int) -> bool:
    """Whether somebody can speak in both, and comes early or leaves early as their flight does."""
    apart = {one["starts"][:10], other["starts"][:10]}
    if len(apart) < 2:
        return False
    return not (number == 1 and SUN in apart) and not (number == 2 and WED in apart)


def _approvals(count: int) -> list[str]:
    """What the education board has said of each session: a few were rejected, a few wait."""
    order = sorted(range(count), key=lambda index: _drawn(2**32, "approval", index, "order"))
    rejected, awaiting = order[:REJECTED_COUNT], order[REJECTED_COUNT : REJECTED_COUNT + AWAITING_COUNT]
    return ["rejected" if each in rejected else "" if each in awaiting else "approved" for each in range(count)]


def _later(starts: str, minutes: int) -> str:
    moment = datetime.fromisoformat(starts) + timedelta(minutes=minutes)
    return moment.isoformat(timespec="minutes")


def _drawn(bound: int, kind: str, index: int, detail: str) -> int:
    return drawn(bound, story_key=KEY, kind=kind, index=index, detail=detail)
