"""A congress day for the tests of attendance: a released programme, delegates with badges, a room monitor's phone."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from werkzeug.test import TestResponse

from services.scheduling.attendance.domain import badges, rules
from services.scheduling.attendance.domain.attendance import Attendee, Posting, attendee_id
from services.scheduling.attendance.jobs import PointsWatch, Releases, reckoning
from services.scheduling.attendance.store import attendance as store
from services.scheduling.conferences.domain.conference import Conference, Life
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.programme.domain.programme import Approval, Kind, Room, Session, Slot
from services.scheduling.programme.store.programme import SESSIONS
from services.scheduling.releases.domain.releases import Entry, Part, Release, State, release_id
from services.scheduling.releases.store.releases import RELEASES
from shared.auth import sign
from shared.change import Change
from shared.contracts.payments import PaymentCaptured
from shared.contracts.registration import OptionPlace, RefundTerms, RegistrationCancelled, RegistrationConfirmed
from shared.jobs import claim_due
from shared.mongo import Database
from shared.unit import Unit
from tests.integration.scheduling_town import Scheduling, scheduling
from tests.namespaces import Namespace
from tests.town import SECRET_KEY
from tests.waiting import wait_until

CONFERENCE = "conf_79th"
ZONE = "America/Chicago"
NINE = datetime(2025, 5, 19, 14, 0, tzinfo=UTC)  # Monday, nine o'clock in St. Louis
EVENING = NINE + timedelta(hours=10)
DEADLINE_SECONDS = 30.0


def session_entry(
    session: str,
    *,
    after: int = 0,
    minutes: int = 75,
    approval: Approval | None = None,
    room: str = "Room 101",
    state: State = State.PUBLISHED,
    level: str = "",
    speaker: str = "",
    seats: int | None = None,
    product: str = "",
) -> Entry:
    """A session that starts so many minutes after nine on the Monday."""
    starts = NINE + timedelta(minutes=after)
    return Entry(
        session=session,
        code=session.upper(),
        uid=f"{session}@reconvene.example",
        sequence=0,
        state=state,
        title=f"Session {session.upper()}",
        kind=Kind.CONCURRENT,
        room=room.lower().replace(" ", ""),
        room_name=room,
        starts=starts,
        ends=starts + timedelta(minutes=minutes),
        revised_at=NINE,
        level=level,
        parts=(Part(person=speaker, name="Dr Sam Whitlock", role="speaker"),) if speaker else (),
        approval=approval,
        seats=seats,
        product=product,
    )


def approved(minutes: int = 75, *, scheme: str = "CMC", **more: bool) -> Approval:
    """An education board's approval."""
    return Approval(scheme=scheme, minutes=minutes, **more)


PROGRAMME = (
    session_entry("c-31", approval=approved(), speaker="p_whitlock"),
    session_entry("c-32", after=30, room="Room 102", approval=approved()),
    session_entry("a-07", after=120, minutes=240, room="Ballroom", approval=approved(240, scheme="academy")),
    session_entry("t-01", after=24 * 60, room="Room 101", approval=approved()),
)


NAMES = {"dana": "Dana Whitfield", "luis": "Luis Ortega", "ivanka": "Иванка Петрова"}
MADE_ON_THE_DAY = (
    "attendances",
    "strays",
    "postings",
    "standings",
    "reckoned",
    "releases",
    "sessions",
    "events",
    "requests",
)


@dataclass
class House:
    """Scheduling on the Monday of the congress."""

    town: Scheduling
    tables: rules.Rules = field(default_factory=rules.read)

    @property
    def database(self) -> Database:
        return self.town.service.parts.database

    def release(self, entries: Iterable[Entry], *, number: int) -> None:
        """Publish these sessions as the next release."""
        release = Release(
            id=release_id(CONFERENCE, number),
            conference=CONFERENCE,
            number=number,
            name=f"Release {number}",
            released_at=NINE,
            released_by="committee",
            rooms=(Room(id="room101", name="Room 101", seats=200),),
            tracks=(),
            entries=tuple(entries),
        )
        self._insert(lambda unit: unit.create(RELEASES, Change(release)))

    def draft(self, *entries: Entry) -> None:
        """Write these sessions into the draft as well."""

        def write(unit: Unit) -> None:
            for each in entries:
                session = Session(
                    id=each.session,
                    conference=CONFERENCE,
                    code=each.code,
                    title=each.title,
                    kind=each.kind,
                    minutes=75,
                    slot=Slot(room=each.room, starts=each.starts, ends=each.ends),
                    approval=each.approval,
                )
                unit.create(SESSIONS, Change(session))

        self._insert(write)

    def open(self) -> None:
        """The congress exists and its programme is out."""
        conference = Conference(
            id=CONFERENCE,
            key="79th",
            title="79th Annual Conference",
            city="St. Louis, Missouri",
            zone=ZONE,
            currency="USD",
            starts=date(2025, 5, 18),
            ends=date(2025, 5, 21),
            life=Life.OPEN,
        )
        self._insert(lambda unit: unit.create(CONFERENCES, Change(conference)))
        self.release(PROGRAMME, number=1)

    def badge(self, conference: str, person: str, *, proof: str = "0123456789ABCDEF") -> str:
        """Somebody has a badge for another conference, and points that can be checked; answers the code."""
        attendee = Attendee(
            id=attendee_id(conference, person),
            conference=conference,
            person=person,
            registration=f"reg_{person}",
            order=f"ord_{person}",
            is_order_open=False,
            proof=proof,
        )
        self._insert(lambda unit: unit.save(store.ATTENDEES, Change(attendee)))
        return proof

    def begin_again(self) -> None:
        """The Monday morning once more: the programme is out, badges are good, and nobody was scanned."""
        self.tables = rules.read()
        for name in MADE_ON_THE_DAY:
            self.database.mongo[name].delete_many({})
        self.database.mongo["attendees"].delete_many({"person": {"$nin": list(NAMES)}})
        self.database.mongo["attendees"].update_many(
            {}, {"$set": {"proof": "", "is_live": True}, "$unset": {"job": ""}}
        )
        self.release(PROGRAMME, number=1)
        self.clock(NINE)

    def clock(self, to: datetime) -> None:
        """Let the business clock show this."""
        self.database.clock.move(to)

    def admit(self, *persons: str, is_paid: bool = True) -> None:
        """Let registration say that these are delegates, and wait until it is known."""
        self.town.neighbours.say(*(confirmation(each, is_paid=is_paid) for each in persons))
        wait_until(
            lambda: all(store.attendee(self.database, attendee_id(CONFERENCE, each)) for each in persons),
            DEADLINE_SECONDS,
            missing="the badges",
        )

    def say(self, *events: Any) -> None:
        """Let another service say something."""
        self.town.neighbours.say(*events)

    def code(self, person: str) -> str:
        """What somebody's badge says."""
        return badges.code_of(SECRET_KEY, attendee_id(CONFERENCE, person))

    def link(self, purpose: str, id_: str) -> str:
        """The token of a signed link."""
        return sign(self.town.service.parts.settings, purpose=purpose, id_=id_)

    @property
    def monitor(self) -> str:
        return f"/monitor/{self.link('monitor', CONFERENCE)}"

    def sync(
        self, *scans: dict[str, Any], device: str = "phone", now: datetime | None = None, monitor: str = ""
    ) -> TestResponse:
        """What a phone sends when it has network."""
        shown = now or self.database.clock.now()
        body = {"device": device, "device_now": shown.isoformat(), "scans": list(scans)}
        return self.town.post(f"{monitor or self.monitor}/scans", body, desk=None, key=None)

    def fates(self, *scans: dict[str, Any], device: str = "phone", now: datetime | None = None) -> list[str]:
        """What became of each of these scans, in their order."""
        response = self.sync(*scans, device=device, now=now)
        assert response.status_code == 200, response.text
        answered = {each["id"]: each["fate"] for each in response.get_json()["scans"]}
        return [answered[each["id"]] for each in scans]

    def scan(self, person: str, session: str, way: str, minute: float, *, id_: str = "") -> dict[str, Any]:
        """A scan so many minutes after nine by the phone's clock."""
        return {
            "id": id_ or uuid.uuid4().hex,
            "code": self.code(person),
            "session": session,
            "way": way,
            "at": (NINE + timedelta(minutes=minute)).isoformat(),
        }

    def stay(self, person: str, session: str, start: float = 0, end: float = 75) -> None:
        """Scanned in and out."""
        self.fates(self.scan(person, session, "in", start), self.scan(person, session, "out", end))

    def reckon(self) -> int:
        """Let the watch look and every job that is due run once; answers how many ran."""
        PointsWatch(self.database, self.tables, SECRET_KEY, Releases(self.database)).look()
        kind = reckoning(self.database, self.tables)
        count = 0
        while claims := claim_due(self.database, kind):
            for claim in claims:
                kind.act(claim)
            count += len(claims)
        return count

    def ledger(self, person: str) -> Sequence[Posting]:
        """Somebody's entries in the ledger of points."""
        return store.postings_of(self.database, person)

    def points(self, person: str) -> dict[str, int]:
        """What somebody holds, by scheme, in hundredths."""
        return {each.scheme: each.hundredths for each in store.standings_of(self.database, person)}

    def said(self) -> list[tuple[str, int, bool]]:
        """What was said of points: to which standing, how many, whether taken back."""
        found = self.database.mongo["events"].find({"type": "reconvene.scheduling.points_posted.v1"}).sort("id", 1)
        decoded = [msgspec.json.decode(each["data"]) for each in found]
        return [(each["standing"], each["hundredths"], each.get("is_reversal", False)) for each in decoded]

    def _insert(self, write: Any) -> None:
        self.database.transact(lambda unit: write(unit))


def confirmation(
    person: str, *, is_paid: bool = True, registration: str = "", guest_count: int = 0, session: str = ""
) -> RegistrationConfirmed:
    """Registration says that somebody is a delegate, with a paid seat in `session` if one is named."""
    return RegistrationConfirmed(
        registration=registration or f"reg_{person}",
        conference=CONFERENCE,
        person=person,
        order=f"ord_{person}",
        tender="card" if is_paid else "purchase_order",
        currency="USD",
        total_minor=57_500,
        guest_count=guest_count,
        is_paid=is_paid,
        options=(OptionPlace(product="academy", session=session, amount_minor=9_500),) if session else (),
    )


def payment(person: str, *, balance_minor: int = 0) -> PaymentCaptured:
    """Payments says that money for somebody's order has come."""
    return PaymentCaptured(
        order=f"ord_{person}",
        registration=f"reg_{person}",
        conference=CONFERENCE,
        person=person,
        payment=f"pay_{person}_{balance_minor}",
        tender="cheque",
        amount_minor=57_500 - balance_minor,
        balance_minor=balance_minor,
        currency="USD",
    )


def cancellation(person: str) -> RegistrationCancelled:
    """Registration says that somebody's registration has ended."""
    return RegistrationCancelled(
        registration=f"reg_{person}",
        conference=CONFERENCE,
        person=person,
        order=f"ord_{person}",
        run="run_1",
        terms=RefundTerms(),
        choose_until=EVENING,
        default_choice="refund",
    )


@contextmanager
def house(namespace: Namespace, *, roles: tuple[str, ...] = ("worker",)) -> Iterator[House]:
    """Scheduling with a programme that is out, on Monday 19 May 2025 at nine in St. Louis."""
    with scheduling(namespace, roles=roles) as town:
        opened = House(town)
        opened.open()
        opened.clock(NINE)
        yield opened
