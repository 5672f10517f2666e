"""A congress as large as the ones we know, drawn by a seed: its rules are drawn around a plan, so it has one.

Pure: no solver in it. Sessions of the inaugural kind don't exist here; what makes it hard is real: a few large rooms,
favourites that only those seat, equipment in some rooms, speakers with several sessions, courses in parts.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

ROOM_SEATS = (900, 600, 450, 320, 260, 220, 180, 150, 120, 90)
FEATURES = ("stream", "tables", "interpreting")
STARTS = ("09:00", "10:45", "13:30", "15:15", "17:00")
MINUTES = 75
DAY_COUNT = 5
FIRST_DAY = date(2025, 5, 18)
SESSION_COUNT, SPEAKER_COUNT, PERSON_COUNT = 200, 170, 2_000
STARS_PER_PERSON = 12
TRACKS = (
    "records", "elections", "finance", "ethics", "leadership", "technology", "meetings", "licensing", "archives",
    "community", "law", "wellbeing",
)  # fmt: skip
SAME_TRACK_AT_ONCE_MAX = 2
LOST_ROOM = 1
FULL_SHARE_MAX = 0.95  # of a room's seats, in the plan around which the rules are drawn
FAVOURITES_POWER = 1.4
OWN_TRACK_WEIGHT = 4  # people star what belongs to their own work more often

Given = dict[str, Any]


@dataclass
class _Draft:
    """One session while it is drawn."""

    number: int
    room: int
    time: int
    track: str
    speakers: list[str]
    after: list[str]
    stars: int = 0

    @property
    def id(self) -> str:
        return f"s{self.number}"


def congress(seed: int) -> Given:
    """A congress in the form of its file, with a plan."""
    chance = random.Random(seed)
    rooms = _rooms(chance)
    cells = [(room, time) for room in range(len(rooms)) for time in range(DAY_COUNT * len(STARTS))]
    chance.shuffle(cells)
    drafts = _drafts(cells[:SESSION_COUNT], chance)
    agendas = _agendas(drafts, chance)
    return {
        "rooms": rooms,
        "times": _times(),
        "closed": [[f"r{room}", _time_id(time)] for room, time in cells[-8:]],
        "speakers": _speakers(drafts, chance),
        "sessions": [_session(draft, rooms[draft.room], chance) for draft in drafts],
        "same_track_at_once_max": SAME_TRACK_AT_ONCE_MAX,
        "agendas": agendas,
        "plan": {draft.id: [f"r{draft.room}", _time_id(draft.time)] for draft in drafts},
    }


def incident_a(given: Given, seed: int) -> Given:
    """The second largest room is lost for a day, and three people who speak on some day are away on it."""
    chance = random.Random(seed)
    days = {time["id"]: time["day"] for time in given["times"]}
    pinned = {
        (speaker, days[given["plan"][session["id"]][1]])
        for session in given["sessions"]
        if session["pinned"]
        for speaker in session["speakers"]
    }
    spoken = sorted(
        {
            (speaker, days[given["plan"][session["id"]][1]])
            for session in given["sessions"]
            for speaker in session["speakers"]
        }
        - pinned
    )
    day = (FIRST_DAY + timedelta(days=chance.randrange(DAY_COUNT))).isoformat()
    return {
        "rooms_lost": [[f"r{LOST_ROOM}", day]],
        "speakers_away": [list(pair) for pair in chance.sample(spoken, 3)],
        "times_lost": [],
        "may_cancel": False,
    }


def _rooms(chance: random.Random) -> list[Given]:
    """Every other room or so has each of the features, the largest has them all."""
    return [
        {
            "id": f"r{number}",
            "seats": seats,
            "features": [feature for feature in FEATURES if number == 0 or chance.random() < 0.5],
        }
        for number, seats in enumerate(ROOM_SEATS)
    ]


def _times() -> list[Given]:
    return [
        {
            "id": _time_id(day * len(STARTS) + slot),
            "day": (FIRST_DAY + timedelta(days=day)).isoformat(),
            "start": start,
            "minutes": MINUTES,
        }
        for day in range(DAY_COUNT)
        for slot, start in enumerate(STARTS)
    ]


def _time_id(time: int) -> str:
    return f"d{time // len(STARTS) + 1}t{time % len(STARTS) + 1}"


def _drafts(cells: list[tuple[int, int]], chance: random.Random) -> list[_Draft]:
    """Sessions in their cells: no track too often at a time, no speaker twice, some parts two after parts one."""
    drafts: list[_Draft] = []
    speakers = [f"p{number}" for number in range(SPEAKER_COUNT)]
    for number, (room, time) in enumerate(cells):
        here = [draft for draft in drafts if draft.time == time]
        tracks = [track for track in TRACKS if sum(draft.track == track for draft in here) < SAME_TRACK_AT_ONCE_MAX]
        busy = {speaker for draft in here for speaker in draft.speakers}
        first = speakers[number] if number < SPEAKER_COUNT and speakers[number] not in busy else None
        free = [speaker for speaker in speakers if speaker not in busy and speaker != first]
        chosen = ([first] if first else []) + chance.sample(free, chance.choice((0, 1, 1)) if first else 1)
        drafts.append(_Draft(number, room, time, chance.choice(tracks), chosen, []))
    for later in chance.sample(drafts, 20):
        earlier = [draft for draft in drafts if draft.time < later.time and draft.track == later.track]
        later.after = [chance.choice(earlier).id] if earlier else []
    return drafts


def _agendas(drafts: list[_Draft], chance: random.Random) -> list[list[str]]:
    """Twelve stars each, more for the favourites (in the large rooms) and for the own track, while seats are left."""
    agendas = []
    for _ in range(PERSON_COUNT):
        own = chance.choice(TRACKS)
        open_drafts = [d for d in drafts if d.stars < ROOM_SEATS[d.room] * FULL_SHARE_MAX]
        keys = {
            d.number: chance.random() ** (1 / (_pull(d) * (OWN_TRACK_WEIGHT if d.track == own else 1)))
            for d in open_drafts
        }
        chosen = sorted(open_drafts, key=lambda d: keys[d.number], reverse=True)[:STARS_PER_PERSON]
        for draft in chosen:
            draft.stars += 1
        agendas.append([draft.id for draft in chosen])
    return agendas


def _pull(draft: _Draft) -> float:
    """How much people want to hear a session: those that were given large rooms are the favourites."""
    return float(ROOM_SEATS[draft.room] ** FAVOURITES_POWER)


def _speakers(drafts: list[_Draft], chance: random.Random) -> list[Given]:
    """Every third can't be there all the time."""
    speakers = []
    for number in range(SPEAKER_COUNT):
        name = f"p{number}"
        speaks = {_time_id(draft.time) for draft in drafts if name in draft.speakers}
        others = [time["id"] for time in _times() if time["id"] not in speaks]
        speakers.append({"id": name, "away": sorted(chance.sample(others, chance.choice((0, 0, 5))))})
    return speakers


def _session(draft: _Draft, room: Given, chance: random.Random) -> Given:
    return {
        "id": draft.id,
        "title": f"{draft.track.capitalize()}, lesson {draft.number}",
        "track": draft.track,
        "needs": [feature for feature in room["features"] if chance.random() < 0.25],
        "speakers": draft.speakers,
        "stars": draft.stars,
        "after": draft.after,
        "pinned": draft.room != LOST_ROOM and chance.random() < 0.02,
    }
