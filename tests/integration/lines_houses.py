"""Registration, scheduling and payments together, where something is added to an order that was placed before."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from services.registration.registering.domain.registrations import Registration
from services.registration.registering.store import REGISTRATIONS
from services.scheduling.agendas.commands import accept_seat, give_back_seat, sign_up
from services.scheduling.agendas.domain.rosters import AtThatTime, Seat
from shared.auth import sign
from tests.integration import agendas_house, payments_house, registration_house
from tests.integration.archive import any_said_in
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.integration.registration_house import FEES
from tests.integration.registration_sessions import session_cancelled
from tests.integration.scheduling_town import MORNING
from tests.namespaces import Namespace
from tests.town import COMMITTEE

ACADEMY_MINOR, BANQUET_MINOR = 9500, 8500
HTML = {"Accept": "text/html"}
_numbers = itertools.count(1)
TOWN = {"name": "City of Riverton", "email": "payable@riverton.example"}


@dataclass
class Three:
    """Three services, an Academy of one place that somebody has, and whoever carries the word between them."""

    registration: registration_house.House
    scheduling: agendas_house.House
    payments: payments_house.House
    academy: str
    told: set[str] = field(default_factory=set)

    @property
    def conference(self) -> str:
        """The conference of all three."""
        return self.scheduling.conference

    def talk(self) -> None:
        """Each hears what the others have said, until nobody says anything new; every event is delivered twice."""
        while self.carry(self.registration) + self.carry(self.scheduling) + self.carry(self.payments):
            pass

    def carry(self, speaker: Any) -> int:
        """The others hear what one of them has said; how many events."""
        rows = speaker.database.mongo["events"].find({"id": {"$nin": list(self.told)}})
        said = sorted(rows, key=lambda row: (row["key"], row["sequence"]))
        for row in said:
            self.told.add(row["id"])
            event = any_said_in(speaker.database, row)
            for listener in (self.registration, self.scheduling, self.payments):
                if listener is not speaker:
                    for _ in range(2):
                        listener.hear(event)
        return len(said)

    def sell(self, place_count: int, **option: Any) -> None:
        """The committee sells so many places of the Academy, and a banquet."""
        academy = {
            "key": "a-02",
            "label": "Academy A-02",
            "amount_minor": ACADEMY_MINOR,
            "session": self.academy,
            "place_count": place_count,
        }
        banquet = {"key": "banquet", "label": "Banquet", "amount_minor": BANQUET_MINOR, "place_count": 20}
        fees = FEES | {"options": [academy | option, banquet]}
        path = f"/registration/conferences/{self.conference}/fees"
        response = self.registration.client.put(path, json=fees, headers={"If-Match": "*"}, auth=COMMITTEE)
        assert response.status_code == 200, response.text

    def add_a_place(self) -> None:
        """A larger room, and one more place of the Academy."""
        self.scheduling.released(self.academy, seats=2)
        self.sell(2)
        self.talk()

    def register(self, **changed: Any) -> dict[str, Any]:
        """Somebody registers; what they were answered."""
        answer = self.registration.register(conference=self.conference, **changed)
        self.talk()
        return answer

    def delegate(self, **changed: Any) -> dict[str, Any]:
        """Somebody is a delegate, who has paid all of it."""
        placed = self.register(**changed)
        assert self.payments.record(placed["order"], "transfer").status_code == 201
        self.talk()
        return placed

    def order(self, count: int) -> dict[str, Any]:
        """A town sends so many people in and pays; what it was answered."""
        people = [
            {"person": {"name": f"Clerk {n}", "email": f"clerk{n}@riverton.example"}, "category": "delegate"}
            for n in range(count)
        ]
        asked = {"conference": self.conference, "tender": "transfer", "payer": TOWN, "people": people}
        response = self.registration.client.post("/registration/orders", json=asked, headers={"Idempotency-Key": "one"})
        assert response.status_code == 201, response.text
        placed = cast(dict[str, Any], response.json)
        self.talk()
        assert self.payments.record(placed["order"], "transfer").status_code == 201
        self.talk()
        return placed

    def wait(self, placed: Mapping[str, Any]) -> None:
        """Somebody goes to the end of the Academy's waitlist."""
        self.seat(sign_up, self.agenda(placed), or_wait=True, at_that_time=AtThatTime.KEEP_BOTH)

    def accept(self, placed: Mapping[str, Any]) -> None:
        """Somebody takes the seat that is offered."""
        self.seat(accept_seat, self.agenda(placed), at_that_time=AtThatTime.KEEP_BOTH)

    def agenda(self, placed: Mapping[str, Any]) -> str:
        """Somebody's agenda."""
        return f"{self.conference}:{placed['person']}"

    def take_seat(self, placed: Mapping[str, Any]) -> None:
        """Somebody waits for the Academy, a place is added, and they take the seat that is offered."""
        self.wait(placed)
        self.talk()
        self.add_a_place()
        self.accept(placed)

    def give_back(self, placed: Mapping[str, Any]) -> None:
        """They give it back."""
        self.seat(give_back_seat, self.agenda(placed))

    def seat(self, command: Any, agenda: str, **more: Any) -> None:
        """Ask something about the Academy's seats for the person of this agenda."""
        self.scheduling.database.run(command, agenda=agenda, session=self.academy, **more)

    def seated(self, placed: Mapping[str, Any]) -> Seat | None:
        """The seat that somebody has in the Academy."""
        return self.scheduling.roster(self.academy).seat_of(placed["person"])

    def known(self, placed: Mapping[str, Any]) -> Registration:
        """Somebody's registration."""
        return self.registration.registration(placed["registration"])

    def owed(self, placed: Mapping[str, Any]) -> int:
        """What is owed on somebody's order."""
        return self.payments.order(placed["order"]).owed_minor

    def mine(self, placed: Mapping[str, Any], *, language: str = "en") -> str:
        """Somebody's own page, in one line."""
        token = sign(self.registration.parts.settings, purpose="registration", id_=placed["registration"])
        page = self.registration.client.get(f"/registration/mine/{token}?lang={language}", headers=HTML)
        assert page.status_code == 200, page.text
        return " ".join(page.text.split())

    def add(self, placed: Mapping[str, Any], option: str) -> Any:
        """Add an option on somebody's own page; the response as it is."""
        return self.send(placed, "/additions", option=option, idempotency_key=f"add-{next(_numbers)}")

    def places(self) -> dict[str, int]:
        """How many places of the Academy are sold, and kept for its waitlist."""
        found = self.registration.database.mongo["option_places"].find_one({"_id": f"{self.conference}:a-02"})
        assert found is not None
        return {"taken": found["taken_count"], "set_aside": found["set_aside_count"]}

    def send(self, placed: Mapping[str, Any], path: str, **form: str) -> Any:
        """Send a form of somebody's own page."""
        token = sign(self.registration.parts.settings, purpose="registration", id_=placed["registration"])
        return self.registration.client.post(f"/registration/mine/{token}{path}", data=form, headers=HTML)

    def cancel(self) -> None:
        """The organiser cancels the conference, and every registration ends."""
        said = registration_house.cancelled(self.conference, run="run_1")
        for each in (self.registration, self.scheduling, self.payments):
            each.database.clock.move(registration_house.CANCELLED_AT)
        self.registration.hear(said)
        for _ in range(6):
            self.registration.look_again()
        self.talk()

    def cancel_academy(self) -> None:
        """A release takes the Academy off the programme, and offers nothing instead."""
        self.scheduling.released(self.academy, is_cancelled=True)
        said = {"session": self.academy, "conference": self.conference, "alternatives": ()}
        self.registration.hear(session_cancelled(**said, code="A-02", choose_until=None))
        for _ in range(4):
            self.registration.look_again()
        self.talk()

    def price(self, option: str, amount_minor: int | None) -> None:
        """The committee sells an option at this price, or not at all."""
        path = f"/registration/conferences/{self.conference}"
        known = self.registration.client.get(path).get_json()
        others = [each for each in known["options"] if each["key"] != option]
        academy = {"key": option, "label": "Academy A-02", "session": self.academy, "place_count": 2}
        sold = [] if amount_minor is None else [academy | {"amount_minor": amount_minor}]
        kept = [{name: each[name] for name in ("key", "label", "amount_minor", "place_count")} for each in others]
        response = self.registration.client.put(
            f"{path}/fees", json=FEES | {"options": [*kept, *sold]}, headers={"If-Match": "*"}, auth=COMMITTEE
        )
        assert response.status_code == 200, response.text

    def at_desk(self, path: str, **form: str) -> Any:
        """Send a form of the registration desk's pages of the conference; the response as it is."""
        form = {"idempotency_key": f"desk-{next(_numbers)}"} | form
        address = f"/registration/desk/conferences/{self.conference}{path}"
        return self.registration.client.post(address, data=form, auth=COMMITTEE, headers=HTML)

    def desk_page(self) -> str:
        """The registration desk's page of the conference."""
        address = f"/registration/desk/conferences/{self.conference}"
        return str(self.registration.client.get(address, auth=COMMITTEE, headers=HTML).text)

    def payer_page(self, placed: Mapping[str, Any]) -> str:
        """The page of who pays for several, in one line."""
        token = sign(self.registration.parts.settings, purpose="several", id_=placed["order"])
        page = self.registration.client.get(f"/registration/orders/{token}", headers=HTML)
        return " ".join(page.text.split())

    def let_time_end(self) -> None:
        """The time for which unpaid places are held is over, and no page is open on which they could be paid."""
        self.registration.end_pauses(REGISTRATIONS)
        self.registration.run_jobs()
        self.talk()
        self.payments.run_again("payment-pages")
        self.talk()

    def balances(self) -> dict[str, int]:
        """What is on each account, of this conference."""
        return self.payments.balances(self.conference)


@contextmanager
def three(namespace: Namespace, provider: RunningProvider) -> Iterator[Three]:
    """The three services, and one conference whose Academy is sold out."""
    provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    with (
        registration_house.house(namespace) as registration,
        agendas_house.agendas(namespace) as scheduling,
        payments_house.house(namespace, provider) as payments,
    ):
        for each in (registration, scheduling, payments):
            each.database.clock.move(MORNING)
        academy = scheduling.session("A-02", seats=1, product="a-02")
        made = Three(registration, scheduling, payments, academy)
        registration.open_conference(scheduling.conference)
        payments.hear(replace(payments_house.announced(), conference=scheduling.conference))
        made.sell(1)
        made.talk()
        made.register(options=["a-02"])
        yield made
