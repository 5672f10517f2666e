"""Agendas on the real database: a conference with released sessions, and what registration says of its delegates."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.scheduling.agendas import commands
from services.scheduling.agendas.commands import Seating
from services.scheduling.agendas.domain.agendas import Agenda, agenda_id
from services.scheduling.agendas.domain.rosters import Hold, Roster, Sitting
from services.scheduling.agendas.store import agendas as store
from services.scheduling.programme.domain.programme import Kind, Session, Slot
from services.scheduling.programme.store.programme import SESSIONS
from shared.change import Change
from shared.contracts.envelope import Envelope, Event
from shared.contracts.registration import (
    OptionCancelled,
    OptionMoved,
    OptionPlace,
    OrderLine,
    PlacesSetAside,
    RefundTerms,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationLeft,
    RegistrationSubmitted,
)
from shared.contracts.scheduling import SeatOffered, SeatsWanted
from shared.unit import Unit
from tests import house as house_of_any
from tests.integration.scheduling_town import Scheduling, scheduling
from tests.namespaces import Namespace

DAYS = {"starts": "2020-05-17", "ends": "2020-05-20"}
START = datetime(2020, 5, 18, 14, tzinfo=UTC)  # Monday, nine o'clock in St. Louis
ACADEMY_MINOR = 9500

_numbers = itertools.count(1)


@dataclass
class House:
    """One conference with sessions on the programme, told by a test what the others say."""

    town: Scheduling
    conference: str
    release: int = 0
    sittings: dict[str, tuple[Sitting, int | None]] = field(default_factory=dict)

    @property
    def database(self) -> Any:
        return self.town.service.parts.database

    # the programme

    def session(
        self,
        code: str,
        *,
        seats: int | None = 2,
        hour: int = 0,
        product: str = "",
        is_released: bool = True,
    ) -> str:
        """A session so many hours after nine on Monday; answers its id."""
        id_ = f"ses_{code.lower().replace('-', '')}_{next(_numbers)}"
        starts = START + timedelta(hours=hour)
        ends = starts + timedelta(minutes=75)
        session = Session(
            id=id_,
            conference=self.conference,
            code=f"{code}-{next(_numbers)}",
            title=f"About {code}",
            kind=Kind.CONCURRENT,
            minutes=75,
            slot=Slot(room="room_1", starts=starts, ends=ends),
            seats_max=seats,
            product=product,
        )
        self.database.transact(lambda unit: unit.create(SESSIONS, Change(session)))
        self.sittings[id_] = (
            Sitting(
                code=code,
                title=session.title,
                room="Hall 1",
                starts=starts,
                ends=ends,
                zone="America/Chicago",
                product=product,
            ),
            seats,
        )
        if is_released:
            self.released(id_)
        return id_

    def released(self, *sessions: str, seats: int | None = None, first: tuple[str, ...] = (), **changed: Any) -> None:
        """Publish the next release, with these sessions, perhaps changed."""
        self.release += 1
        seatings = []
        for each in sessions:
            sitting, before = self.sittings[each]
            self.sittings[each] = (replace(sitting, **changed), before if seats is None else seats)
            if (size := self.sittings[each][1]) is not None:
                seatings.append(Seating(session=each, sitting=self.sittings[each][0], seats=size, first=first))
        self.database.run(commands.seat_release, conference=self.conference, release=self.release, seatings=seatings)

    # what registration says

    def hear(self, *events: Event, times: int = 2) -> None:
        """Hear each of these, and then all of them again, as a relay may publish them twice."""
        for _ in range(times):
            for each in events:
                self.database.transact(lambda unit, each=each: self._call(unit, each))

    def hear_together(self, *events: Event) -> None:
        """Hear all of these in one batch, once."""

        def work(unit: Unit) -> None:
            for each in events:
                self._call(unit, each)

        self.database.transact(work)

    def _call(self, unit: Unit, event: Event) -> None:
        self.town.service.parts.worker.call_handler(unit, house_of_any.envelope(event))

    def delegate(self, person: str, *options: str, again: int = 0) -> str:
        """Somebody who registered, with these paid sessions, and has paid; answers the agenda's id."""
        self.hear(self.submitted(person, *options, again=again), self.confirmed(person, *options, again=again))
        return agenda_id(self.conference, person)

    def _about(self, person: str, *, again: int = 0) -> dict[str, Any]:
        return {
            "registration": f"reg_{person}{again or ''}",
            "conference": self.conference,
            "person": person,
            "order": f"ord_{person}",
        }

    def submitted(self, person: str, *options: str, again: int = 0) -> RegistrationSubmitted:
        """Somebody asked to attend, and to have a seat in these."""
        lines = [
            OrderLine(kind="fee", amount_minor=57_500),
            OrderLine(kind="option", amount_minor=9500, product="ball"),
        ]
        lines += [
            OrderLine(kind="option", amount_minor=ACADEMY_MINOR, product=f"product of {each}", session=each)
            for each in options
        ]
        return RegistrationSubmitted(
            **self._about(person, again=again),
            tender="card",
            currency="USD",
            lines=tuple(lines),
            terms=RefundTerms(),
        )

    def confirmed(self, person: str, *options: str, again: int = 0) -> RegistrationConfirmed:
        """They are a delegate now."""
        places = [
            OptionPlace(product=f"product of {each}", session=each, amount_minor=ACADEMY_MINOR) for each in options
        ]
        return RegistrationConfirmed(
            **self._about(person, again=again),
            tender="card",
            currency="USD",
            total_minor=57_500 + ACADEMY_MINOR * len(options),
            guest_count=0,
            is_paid=True,
            options=tuple(places),
        )

    def moved(self, person: str, before: str, after: str) -> OptionMoved:
        """They moved to another session of the same price."""
        return OptionMoved(
            **self._about(person),
            option=f"product of {before}",
            from_session=before,
            to_session=after,
            amount_minor=ACADEMY_MINOR,
            currency="USD",
            to_option=f"product of {after}",
        )

    def option_cancelled(self, person: str, session: str) -> OptionCancelled:
        """The option has ended."""
        return OptionCancelled(
            **self._about(person),
            product=f"product of {session}",
            session=session,
            amount_minor=ACADEMY_MINOR,
            currency="USD",
            by="registrant",
        )

    def set_aside(self, session: str, count: int, *, revision: int | None = None) -> PlacesSetAside:
        """Registration keeps so many places for the waitlist, in answer to its last word or to another one."""
        roster = self.roster(session)
        return PlacesSetAside(
            places=f"{self.conference}:{roster.product}",
            conference=self.conference,
            product=roster.product,
            session=session,
            count=count,
            revision=roster.wanted_revision if revision is None else revision,
        )

    def left(self, person: str, *, again: int = 0, is_delegate: bool = True) -> RegistrationLeft:
        """The committee has ended their registration, and the conference goes on."""
        return RegistrationLeft(
            **self._about(person, again=again),
            terms=RefundTerms(),
            tender="card",
            total_minor=57_500 + ACADEMY_MINOR,
            guest_count=0,
            is_delegate=is_delegate,
        )

    def ended(self, person: str) -> RegistrationCancelled:
        """The conference was cancelled, and with it the registration."""
        return RegistrationCancelled(
            **self._about(person),
            run="run_1",
            terms=RefundTerms(),
            choose_until=START,
            default_choice="refund",
        )

    # what is kept

    def agenda(self, person: str) -> Agenda:
        """Their agenda."""
        found = store.agenda(self.database, agenda_id(self.conference, person))
        assert found is not None
        return found

    def roster(self, session: str) -> Roster:
        """The seats of a session."""
        return store.rosters_of(self.database, [session])[session]

    def holders(self, session: str, hold: Hold | None = None) -> list[str]:
        """Who holds a seat, in any way or in this."""
        return [each.person for each in self.roster(session).held if hold in (None, each.hold)]

    def offers(self, session: str) -> list[SeatOffered]:
        """Which offers were said, in order."""
        return [each for each in self._said(session) if isinstance(each, SeatOffered)]

    def wants(self, session: str) -> list[SeatsWanted]:
        """How many places registration was told that the waitlist wants, in order."""
        return [each for each in self._said(session) if isinstance(each, SeatsWanted)]

    def _said(self, session: str) -> list[Any]:
        rows = self.database.mongo["events"].find({"key": f"roster:{session}"}).sort("sequence", 1)
        return [_opened(each) for each in rows]


@contextmanager
def house(town: Scheduling) -> Iterator[House]:
    """A new conference in a town of scheduling's."""
    yield House(town, town.opened(**DAYS))


@contextmanager
def agendas(namespace: Namespace, *, roles: tuple[str, ...] = ()) -> Iterator[House]:
    """Scheduling alone with one open conference; nothing else runs unless its role is named."""
    with scheduling(namespace, roles=roles) as town, house(town) as found:
        yield found


def _opened(row: dict[str, Any]) -> Any:
    return Envelope(
        id=row["id"],
        type=row["type"],
        source="/scheduling",
        key=row["key"],
        sequence=row["sequence"],
        time=row["time"],
        data=row["data"],
        correlation=row["correlation"],
    ).event()
