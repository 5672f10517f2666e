"""Releases on the real database: a conference with a draft, delegates with agendas, and what was published and said."""

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from services.scheduling.agendas.domain.agendas import Agenda, PaidPlace, agenda_id
from services.scheduling.agendas.domain.rosters import Hold, Roster, Seat, roster_id
from services.scheduling.agendas.store.agendas import AGENDAS, ROSTERS
from services.scheduling.programme.domain.conflict_rules import Rule
from services.scheduling.programme.domain.programme import Level, Programme, Session, Slot, Speaker, programme_id
from services.scheduling.programme.store.programme import PROGRAMMES, SESSIONS, SPEAKERS
from services.scheduling.releases import jobs
from services.scheduling.releases.commands import releases as commands
from services.scheduling.releases.commands.preview import preview
from services.scheduling.releases.domain.fanout import Fanout
from services.scheduling.releases.domain.forecast import Preview
from services.scheduling.releases.domain.releases import Entry, Release
from services.scheduling.releases.store import releases as store
from shared.change import Change
from shared.contracts.envelope import Event, event_class
from shared.contracts.scheduling import AgendaChanged
from shared.jobs import claim_due
from shared.mongo import Database
from shared.unit import Unit
from tests.integration.scheduling_town import Scheduling, scheduling
from tests.namespaces import Namespace
from tests.unit.releases_builders import DOMAIN, NAMES, PROGRAMME
from tests.unit.releases_builders import session as built
from tests.waiting import wait_until

START = datetime(2020, 5, 18, 14, tzinfo=UTC)  # Monday, nine in the morning in St. Louis

SECONDS_MAX = 60.0

_numbers = itertools.count(1)


@dataclass
class House:
    """One conference whose programme is in draft; a test edits it, releases it, and looks at what was said."""

    town: Scheduling
    conference: str

    @property
    def database(self) -> Database:
        return self.town.service.parts.database

    # the draft

    def begin(self) -> None:
        """Rooms, tracks and speakers; no conflict blocks a release unless a test sets that again."""

        def write(unit: Unit) -> None:
            id_ = programme_id(self.conference)
            programme = Programme(
                id=id_,
                conference=self.conference,
                rooms=PROGRAMME.rooms,
                tracks=PROGRAMME.tracks,
                levels=dict.fromkeys(Rule, Level.WARN),
            )
            unit.create(PROGRAMMES, Change(programme))
            for person, name in NAMES.items():
                if unit.load(SPEAKERS, person) is None:
                    unit.create(SPEAKERS, Change(Speaker(id=person, name=name)))

        self.database.transact(write)

    def session(self, code: str, *, hour: float = 0, room: str = "r1", **fields: Any) -> str:
        """A session in the draft, so many hours after nine on Monday; answers its id."""
        starts = START + timedelta(hours=hour)
        made = built(f"ses_{code.lower()}_{next(_numbers)}", starts=starts, room=room, **{"approval": None} | fields)
        made = replace(made, conference=self.conference, code=code)
        self.database.transact(lambda unit: unit.create(SESSIONS, Change(made)))
        return made.id

    def weigh(self, rule: Rule, level: Level) -> None:
        """The committee says how much a conflict weighs."""

        def write(unit: Unit) -> None:
            known = unit.load(PROGRAMMES, programme_id(self.conference))
            assert known is not None
            unit.save(PROGRAMMES, Change(replace(known, levels={**known.levels, rule: level})))

        self.database.transact(write)

    def edit(self, session: str, **changes: Any) -> None:
        """Somebody edits the draft; `hour` and `room` move the session."""

        def write(unit: Unit) -> None:
            known = unit.load(SESSIONS, session)
            assert known is not None
            unit.save(SESSIONS, Change(replace(known, **_moved(known, dict(changes)))))

        self.database.transact(write)

    def draft(self, session: str) -> Session:
        """The session as the committee has it."""
        found = self.database.transact(lambda unit: unit.load(SESSIONS, session))
        assert found is not None
        return found

    # people

    def delegate(self, person: str, *stars: str, paid: dict[str, int] | None = None, **fields: Any) -> str:
        """Somebody with these stars, and paid seats for so much each; answers the agenda's id."""
        places = tuple(
            PaidPlace(session=each, registration=f"reg_{person}", product="academy", amount_minor=minor)
            for each, minor in (paid or {}).items()
        )
        agenda = Agenda(
            id=agenda_id(self.conference, person),
            conference=self.conference,
            person=person,
            registration=f"reg_{person}",
            is_delegate=True,
            stars=stars,
            paid=places,
            **fields,
        )
        self.database.transact(lambda unit: unit.save(AGENDAS, Change(agenda)))
        return agenda.id

    def seats(self, session: str, *persons: str, waiting: tuple[str, ...] = (), hold: Hold = Hold.SIGNED_UP) -> None:
        """These people hold a seat each, in this order."""

        def write(unit: Unit) -> None:
            known = unit.load(ROSTERS, roster_id(session)) or Roster(
                id=roster_id(session), session=session, conference=self.conference
            )
            held = tuple(Seat(person=each, hold=hold, since=START - timedelta(days=30)) for each in persons)
            unit.save(ROSTERS, Change(replace(known, held=(*known.held, *held), waiting=waiting)))

        self.database.transact(write)

    # releasing

    def preview(self) -> Preview:
        """What a release would do."""
        return preview(self.database, self.conference, domain=DOMAIN)

    def release(self, name: str = "", *, seen: Any = None, by: str = "Helen") -> Release:
        """Look at the preview, and release the draft."""
        release: Release = self.database.run(
            commands.release_programme,
            conference=self.conference,
            name=name or f"Version {uuid.uuid4().hex[:4]}",
            remark="",
            seen=seen or self.preview().seen,
            domain=DOMAIN,
            by=by,
        )
        return release

    def latest(self) -> Release:
        """What the public sees."""
        found = store.latest(self.database, self.conference)
        assert found is not None
        return found

    def entry(self, session: str) -> Entry:
        """The session as the public sees it."""
        found = self.latest().entry(session)
        assert found is not None
        return found

    def fan_out(self) -> None:
        """Let the news of all releases of this conference reach everybody, as the service's job does."""
        kind = jobs.fanouts(self.database)

        def advance() -> bool:
            for each in claim_due(self.database, kind):
                kind.act(each)
            return all(each.is_over for each in self.fanouts().values())

        wait_until(advance, SECONDS_MAX, missing=lambda: f"the news of a release: {self.fanouts()}")

    def fanouts(self) -> dict[int, Fanout]:
        """How far the news of each release has come."""
        return store.fanouts(self.database, self.conference)

    def published(self, name: str = "") -> Release:
        """Release the draft, and let the news of it reach everybody."""
        release = self.release(name)
        self.fan_out()
        return release

    # what was said

    def said(self, *keys: str) -> list[Event]:
        """All events of these aggregates, in order."""
        rows = self.database.mongo["events"].find({"key": {"$in": list(keys)}}).sort([("key", 1), ("sequence", 1)])
        return [_event(each) for each in rows]

    def told(self, person: str) -> list[AgendaChanged]:
        """What one person was told by releases."""
        return [each for each in self.said(agenda_id(self.conference, person)) if isinstance(each, AgendaChanged)]

    def everything(self) -> dict[str, int]:
        """How many documents each collection has: nothing may leave a trace."""
        database = self.database.mongo
        return {name: database[name].count_documents({}) for name in sorted(database.list_collection_names())}


@contextmanager
def releases(namespace: Namespace, *, roles: tuple[str, ...] = ()) -> Iterator[House]:
    """Scheduling alone with one conference whose draft is empty."""
    with scheduling(namespace, roles=roles) as town:
        yield house(town)


def house(town: Scheduling) -> House:
    """A new conference in a town of scheduling's."""
    found = House(town, town.opened())
    found.begin()
    return found


def _moved(known: Session, changes: dict[str, Any]) -> dict[str, Any]:
    if not {"hour", "room", "minutes"} & changes.keys():
        return changes
    slot = known.slot
    assert slot is not None
    hour, room = changes.pop("hour", None), changes.pop("room", slot.room)
    starts = slot.starts if hour is None else START + timedelta(hours=hour)
    minutes = changes.get("minutes", known.minutes)
    return changes | {"slot": Slot(room=room, starts=starts, ends=starts + timedelta(minutes=minutes))}


def _event(row: dict[str, Any]) -> Event:

    return msgspec.json.decode(row["data"], type=event_class(row["type"]))
