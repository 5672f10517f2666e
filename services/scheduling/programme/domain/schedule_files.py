"""A schedule.json of another conference as tables, and what it says that can't be held here.

The format has no states, prices or approvals; this product has no subtitles, logos or links. Whatever is left out,
shortened or taken as something else is a note of the dry run, so that nothing changes silently. People have names there
and no addresses: they go into the speakers, by a word of this file's own.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.scheduling.programme.domain.programme import MINUTES_MAX, Kind
from services.scheduling.programme.domain.tables import SEATS_UNKNOWN, STRANGER, FileUnreadable, Row, Tables
from services.scheduling.programme.domain.writing import CONFIRMED

SHOWN_MAX = 5  # sessions that a note names
CODE_LENGTH_MAX, TITLE_LENGTH_MAX, ABSTRACT_LENGTH_MAX, NAME_LENGTH_MAX = 16, 200, 5_000, 80
LEFT_OUT = ("subtitle", "logo", "links", "attachments", "recording_license", "do_not_record", "do_not_stream")
_ROLES = ("speaker", "moderator", "panelist")


@dataclass(slots=True)
class Notes:
    """What can't be held as the file says it, by what was done about it: of which rooms or sessions."""

    about: dict[str, list[str]] = field(default_factory=dict)

    def add(self, what: str, name: str) -> None:
        """Of this one, too."""
        self.about.setdefault(what, []).append(name)

    def sentences(self) -> tuple[str, ...]:
        """A line for each."""
        return tuple(f"{what}: {_named(names)}." for what, names in self.about.items())


def _named(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN_MAX} more" if len(names) > SHOWN_MAX else ""
    return f"{', '.join(names[:SHOWN_MAX])}{more}"


def is_schedule(document: object) -> bool:
    """Whether a JSON document is a schedule, not our tables."""
    return isinstance(document, dict) and "schedule" in document


def tables_from_schedule(document: object) -> tuple[Tables, tuple[str, ...]]:
    """The rooms, tracks, speakers and sessions of a schedule.json, with the notes; raises `FileUnreadable`."""
    try:
        reading = _Reading(document["schedule"]["conference"])  # type: ignore[index]
        return reading.tables(), reading.notes.sentences()
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FileUnreadable(
            f"This is no schedule.json as its schema has it ({type(error).__name__}: {str(error)[:80]}). "
            "Nothing was imported."
        ) from None


class _Reading:
    def __init__(self, conference: Mapping[str, Any]) -> None:
        self.notes = Notes()
        self._conference = conference
        self._events = list(_events(conference))
        self._codes: set[str] = set()
        self._words: set[str] = set()
        self._people: dict[tuple[str, str], dict[str, str]] = {}  # by what tells them apart: their row

    def tables(self) -> Tables:
        sessions = tuple(Row(number, self._session(event)) for number, event in enumerate(self._events, start=1))
        return {
            "rooms": tuple(Row(number, room) for number, room in enumerate(self._rooms(), start=1)),
            "tracks": tuple(Row(number, track) for number, track in enumerate(self._tracks(), start=1)),
            "speakers": tuple(Row(number, row) for number, row in enumerate(self._people.values(), start=1)),
            "sessions": sessions,
        }

    def _rooms(self) -> Iterator[dict[str, str]]:
        listed = {str(each["name"]): each for each in self._conference.get("rooms", [])}
        for name in dict.fromkeys([*listed, *(str(each["room"]) for each in self._events)]):
            capacity = listed.get(name, {}).get("capacity")
            shown = self._cut(name, NAME_LENGTH_MAX, "Names of rooms are cut to 80 characters")
            room = {"id": self._word(listed.get(name, {"name": name})), "name": shown}
            if capacity is None:
                self.notes.add("The file does not say how many seats these rooms have; new ones get none", name)
            yield room | {"seats": SEATS_UNKNOWN if capacity is None else str(int(capacity))}

    def _tracks(self) -> Iterator[dict[str, str]]:
        listed = {str(each["name"]): each for each in self._conference.get("tracks", []) if each.get("name")}
        for title in dict.fromkeys([*listed, *(str(each["track"]) for each in self._events if each.get("track"))]):
            yield {"id": self._word(listed.get(title, {"name": title})), "title": title[:NAME_LENGTH_MAX]}

    def _session(self, event: Mapping[str, Any]) -> dict[str, str]:
        code, kind = self._code(event), str(event.get("type") or "")
        if kind and kind not in set(Kind):
            self.notes.add(f"The type “{kind[:40]}” is none of ours; these become concurrent sessions", code)
        for name in LEFT_OUT:
            if event.get(name):
                self.notes.add(f"There is no place for “{name}” here; it is left out", code)
        return {
            "code": code,
            "title": self._cut(str(event["title"]), TITLE_LENGTH_MAX, "Titles are cut to 200 characters", code),
            "kind": kind if kind in set(Kind) else Kind.CONCURRENT.value,
            "minutes": str(self._minutes(event, code)),
            "track": str(event.get("track") or "")[:NAME_LENGTH_MAX],
            "room": str(event["room"])[:NAME_LENGTH_MAX],
            "starts": str(event["date"]),
            "speakers": "; ".join(self._part(person) for person in event.get("persons", [])),
            "abstract": self._abstract(event, code),
            "language": self._language(event, code),
        }

    def _code(self, event: Mapping[str, Any]) -> str:
        """Our own code where we wrote the file, else the event's own; no two are the same."""
        said = _answer(event, "code") or str(event.get("code") or "")
        if not _is_code(said):
            said = str(event.get("id") or "")
        slug = re.sub(r"[^A-Za-z0-9.-]+", "-", said or str(event.get("slug") or event["title"])).strip("-.") or "x"
        code, number = slug[:CODE_LENGTH_MAX].strip("-."), 2
        while code.casefold() in self._codes:
            tail = f"-{number}"
            code, number = slug[: CODE_LENGTH_MAX - len(tail)].strip("-.") + tail, number + 1
        if code != said:
            self.notes.add(f"Codes are made of slugs that are too long, or the same; as “{code}” now stands", slug[:60])
        self._codes.add(code.casefold())
        return code

    def _minutes(self, event: Mapping[str, Any], code: str) -> int:
        duration = str(event["duration"])
        found = re.fullmatch(r"([0-9]{1,4}):([0-5][0-9])(?::00)?", duration)
        if found is None:
            raise ValueError(f"the duration “{duration[:20]}” of {code} is not hours and minutes")
        minutes = int(found[1]) * 60 + int(found[2])
        if minutes > MINUTES_MAX:
            self.notes.add("A session lasts a day at most here; these are cut to 24 hours", f"{code} ({duration})")
        return min(max(minutes, 1), MINUTES_MAX)

    def _abstract(self, event: Mapping[str, Any], code: str) -> str:
        abstract, description = (str(event.get(name) or "").strip() for name in ("abstract", "description"))
        if description and not abstract:
            self.notes.add("Without an abstract, the description is taken as one", code)
        elif description:
            self.notes.add("There is one text for a session here; the description is put behind the abstract", code)
        both = "\n\n".join(text for text in (abstract, description) if text).replace("\r\n", "\n").replace("\r", "\n")
        return self._cut(both, ABSTRACT_LENGTH_MAX, "Abstracts are cut to 5,000 characters", code)

    def _language(self, event: Mapping[str, Any], code: str) -> str:
        said = str(event.get("language") or "en")
        if re.fullmatch(r"[a-z]{2}", said):
            return said
        self.notes.add(f"The language “{said[:20]}” is not two letters; English is taken", code)
        return "en"

    def _part(self, person: Mapping[str, Any]) -> str:
        """A part in a session: somebody's row among the speakers, by a word of this file."""
        name = str(person.get("public_name") or person.get("name") or person["full_public_name"])
        own, email = str(person.get("reconvene") or person.get("code") or ""), str(person.get("email") or "")
        role = str(person.get("role") or "speaker")
        if role not in _ROLES:
            self.notes.add(f"The role “{role[:20]}” is none of ours; these become speakers", name)
            role = "speaker"
        told = f"{'' if role == 'speaker' else f'{role}: '}"
        confirmed = CONFIRMED if person.get("confirmed") is True else ""
        if own.startswith("per_"):
            return f"{told}[{own}]{confirmed}"
        told_apart = (str(person.get("guid") or person.get("code") or person.get("id") or name), name)
        row = self._people.setdefault(told_apart, {"id": f"{STRANGER}{len(self._people) + 1}", "name": name})
        row |= {"email": email} if email else {}
        if person.get("biography"):
            row["biography"] = self._cut(str(person["biography"]), 3_000, "Biographies are cut to 3,000", name)
        return f"{told}[{row['id']}]{confirmed}"

    def _cut(self, text: str, length_max: int, note: str, name: str = "") -> str:
        if len(text) > length_max:
            self.notes.add(note, name or text[:40])
        return text[:length_max]

    def _word(self, thing: Mapping[str, Any]) -> str:
        text = str(thing.get("slug") or thing["name"]).lower()
        word, number = re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:44].strip("-") or "x", 2
        first = word
        while word in self._words:
            word, number = f"{first}-{number}", number + 1
        self._words.add(word)
        return word


def _events(conference: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for day in conference["days"]:
        for room, events in day["rooms"].items():
            for event in events:
                yield {**event, "room": event.get("room") or room}


def _is_code(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,15}", text) is not None


def _answer(event: Mapping[str, Any], question: str) -> str:
    """What we wrote into a file of our own, in the one place that its schema leaves open."""
    for each in event.get("answers") or []:
        if isinstance(each, dict) and each.get("question") == question:
            return str(each.get("answer") or "")
    return ""
