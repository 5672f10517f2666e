"""Measures a release: from the committee's decision until everybody whom it touches has their one digest planned, as it
is and while scheduling and notifications are killed again and again. Who was told twice or not at all is counted.

The people's stars and the draft's changes are made by the service's own commands, many to a transaction.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from deploy.acceptance.cancel import say
from deploy.acceptance.hearing import await_all_heard
from services.scheduling.agendas.commands import replace_stars
from services.scheduling.agendas.store.agendas import AGENDAS
from services.scheduling.programme.commands.editing import create_session, place_session, set_programme
from services.scheduling.programme.domain.frame import Frame
from services.scheduling.programme.domain.programme import Kind, Room, programme_id
from services.scheduling.releases.commands.preview import preview
from services.scheduling.releases.commands.releases import release_programme
from services.scheduling.releases.domain.fanout import Step
from services.scheduling.releases.domain.releases import release_id
from services.scheduling.releases.store.releases import FANOUTS
from shared.contracts.flow import declaration
from shared.contracts.scheduling import AgendaChanged
from shared.mongo import Database
from shared.unit import Unit
from tests.bench.crowd import GROUP_SIZE, bring, open_conference
from tests.bench.figures import Measurement, rounded
from tests.bench.processes import Cost
from tests.bench.running import Running

PERSON_COUNT, SESSION_COUNT, CHANGED_COUNT, ROOM_COUNT = 1_200, 80, 40, 10
STARS_PER_PERSON = 5
FIRST_START = datetime(2031, 5, 5, 14, tzinfo=UTC)
KILL_COUNT, KILL_GAP_SECONDS_MIN, KILL_GAP_SECONDS_MAX = 10, 0.05, 0.4
KILLED = ("scheduling", "notifications")
LOOK_SECONDS = 0.05
BY, DOMAIN = "the benchmark", "reconvene.example"


@dataclass(frozen=True, kw_only=True)
class Congress:
    """A published programme with people who starred what will change."""

    conference: str
    sessions: tuple[str, ...]
    town: Running

    @property
    def database(self) -> Database:
        """Scheduling's own."""
        return self.town.databases["scheduling"]


def measure(town: Running) -> Iterator[Measurement]:
    """A release as it is, then another while processes are killed."""
    say(f"Bringing {PERSON_COUNT:,} people into a congress with a programme ...")
    congress = _congress(town)
    town.rest()
    say("Measuring a release ...")
    yield _release(congress, kill_count=0)
    town.rest()
    say(f"Measuring a release with {KILL_COUNT} kills ...")
    yield _release(congress, kill_count=KILL_COUNT)


def _congress(town: Running) -> Congress:
    conference = open_conference("released", town=town)
    bring(conference, count=PERSON_COUNT, town=town)
    database = town.databases["scheduling"]
    rooms = tuple(Room(id=f"r{number}", name=f"Room {number}", seats=2 * PERSON_COUNT) for number in range(ROOM_COUNT))
    database.run(set_programme, conference=conference, asked=Frame(rooms=rooms), seen=None, by=BY)
    sessions = tuple(_session(database, conference, number) for number in range(SESSION_COUNT))
    congress = Congress(conference=conference, sessions=sessions, town=town)
    first = _publish(congress, "First programme")
    told = congress.database.mongo[FANOUTS.name]
    town.caller.deadline.wait_until(
        lambda: told.count_documents({"_id": release_id(conference, first), "step": Step.COMPLETE}) == 1,
        missing=lambda: "the news of the first release",
    )
    _star(congress)  # only now: the first release is news to nobody
    return congress


def _session(database: Database, conference: str, number: int) -> str:
    fields = {"code": f"C-{number:02}", "title": f"Lesson {number}", "kind": Kind.CONCURRENT, "minutes": 60}
    made = database.run(create_session, conference=conference, fields=fields, by=BY).session
    _place(database, made.id, number=number, room=number % ROOM_COUNT)
    return made.id


def _place(database: Database, session: str, *, number: int, room: int) -> None:
    starts = FIRST_START + timedelta(hours=number // ROOM_COUNT)
    database.run(place_session, session=session, room=f"r{room}", starts=starts, seen=None, by=BY)


def _star(congress: Congress) -> None:
    """Everybody stars something that will change, and something else."""
    where = {"conference": congress.conference}
    agendas = [each["_id"] for each in congress.database.mongo[AGENDAS.name].find(where, {"_id": 1}).sort("_id", 1)]
    assert len(agendas) == PERSON_COUNT, f"scheduling knows {len(agendas)} of {PERSON_COUNT} people"
    chance = random.Random(1)
    wanted = {
        agenda: [congress.sessions[number % CHANGED_COUNT], *chance.sample(congress.sessions, STARS_PER_PERSON - 1)]
        for number, agenda in enumerate(agendas)
    }
    for start in range(0, PERSON_COUNT, GROUP_SIZE):
        group = agendas[start : start + GROUP_SIZE]

        def star(unit: Unit, group: list[str] = group) -> None:
            for each in group:
                replace_stars(unit, agenda=each, sessions=wanted[each], seen=None)

        declared = declaration(replace_stars)
        congress.database.transact(star, emits=declared.emits if declared else frozenset())


def _change(congress: Congress, *, is_back: bool) -> None:
    """Neighbours exchange their rooms, or have them back."""
    for number, session in enumerate(congress.sessions[:CHANGED_COUNT]):
        room = number % ROOM_COUNT
        _place(congress.database, session, number=number, room=room if is_back else room ^ 1)


def _publish(congress: Congress, name: str) -> int:
    database = congress.database
    seen = preview(database, congress.conference, domain=DOMAIN).seen
    made = database.run(
        release_programme, conference=congress.conference, name=name, remark="", seen=seen, domain=DOMAIN, by=BY
    )
    return made.number


def _release(congress: Congress, *, kill_count: int) -> Measurement:
    _change(congress, is_back=kill_count > 0)
    town, killing = congress.town, _Killing(kill_count, town=congress.town)
    cost = None if kill_count else Cost(town.processes)  # who was killed has taken its count along
    began = time.perf_counter()
    number = _publish(congress, f"After {kill_count} kills")
    released_seconds = time.perf_counter() - began
    killing.start()
    _await_planned(congress, number)
    seconds = time.perf_counter() - began
    killed_in_time = dict(sorted(killing.killed.items()))
    killing.join()  # those that are left hit the sending of mails
    each = cost.milliseconds_each(PERSON_COUNT) if cost else {}
    await_all_heard(town.addresses, town.caller)
    more = {
        "release_seconds": rounded(released_seconds),
        "digests_per_second": rounded(PERSON_COUNT / seconds),
        **_counted(congress, number),
        **({"cpu_milliseconds_each": each} if each else {}),
        **(
            {"killed_until_planned": killed_in_time, "killed": dict(sorted(killing.killed.items()))}
            if kill_count
            else {}
        ),
    }
    with_kills = f" with {kill_count} kills" if kill_count else ""
    name = f"release of {CHANGED_COUNT} changes to {PERSON_COUNT} people{with_kills}"
    return Measurement(name=name, figure=seconds, unit="s until all digests are planned", more=more)


class _Killing(threading.Thread):
    """Ends one after the other as a power cut would, each some moments after it has begun to work again."""

    def __init__(self, count: int, *, town: Running) -> None:
        super().__init__(name="killing", daemon=True)
        self._count, self._town, self._chance = count, town, random.Random(count)
        self.killed: Counter[str] = Counter()

    def run(self) -> None:
        """Kill so often."""
        caller = self._town.caller
        for turn in range(self._count):
            name = KILLED[turn % len(KILLED)]
            caller.get_text(f"{self._town.addresses.services[name]}/{name}/ready")  # answers once it is
            gap_seconds = self._chance.uniform(KILL_GAP_SECONDS_MIN, KILL_GAP_SECONDS_MAX)
            caller.deadline.pause(gap_seconds, missing="the next kill of a release")
            while not self._town.watches[name].kill():
                caller.deadline.pause(LOOK_SECONDS, missing=f"{name} to be up, so that it can be killed")
            self.killed[name] += 1


def _planned(congress: Congress, number: int) -> dict[str, object]:
    return {"purpose": "programme_changed", "subject": programme_id(congress.conference), "revision": str(number)}


def _await_planned(congress: Congress, number: int) -> None:
    messages, where = congress.town.databases["notifications"].mongo["messages"], _planned(congress, number)
    while (count := messages.count_documents(where)) < PERSON_COUNT:
        congress.town.caller.deadline.pause(LOOK_SECONDS, missing=f"{PERSON_COUNT - count} digests of a release")


def _counted(congress: Congress, number: int) -> dict[str, int]:
    """Who has none or more than one: of scheduling's events, of notifications' messages, of the mailbox's mails."""
    databases, town = congress.town.databases, congress.town
    rows = databases["scheduling"].mongo["events"].find({"type": AgendaChanged.type}, {"data": 1})
    events = [msgspec.json.decode(each["data"], type=AgendaChanged) for each in rows]
    told = Counter(each.person for each in events if (each.conference, each.release) == (congress.conference, number))
    messages = databases["notifications"].mongo["messages"].find(_planned(congress, number), {"recipient": 1})
    digests = Counter(each["recipient"] for each in messages)
    mails = Counter(
        mail["message_id"]
        for mail in town.caller.lines(f"{town.addresses.mailbox}/messages.jsonl")
        if mail["headers"].get("X-Reconvene-Subject") == programme_id(congress.conference)
    )
    return {
        "events_doubled": _more_than_once(told),
        "events_missing": PERSON_COUNT - len(told),
        "digests_doubled": _more_than_once(digests),
        "digests_missing": PERSON_COUNT - len(digests),
        "mails_repeated": _more_than_once(mails),  # under the same Message-ID, after an answer that was lost
        "mails_missing": number_of_mails_expected(number) - len(mails),
    }


def number_of_mails_expected(number: int) -> int:
    """One for each person and release after the first, when nobody had starred anything yet."""
    return (number - 1) * PERSON_COUNT


def _more_than_once(counted: Counter[str]) -> int:
    return sum(count > 1 for count in counted.values())
