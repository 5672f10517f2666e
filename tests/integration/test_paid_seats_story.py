"""A paid session in registration and scheduling, each told everything twice: a place has one owner."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import pytest

from services.scheduling.agendas.commands import accept_seat, give_back_seat, sign_up
from services.scheduling.agendas.domain.rosters import AtThatTime, Hold
from services.scheduling.agendas.jobs import mind_due
from shared.auth import sign
from shared.contracts.registration import RegistrationSubmitted
from shared.contracts.scheduling import SeatOwed, SeatsPublished
from tests.integration import agendas_house, registration_house
from tests.integration.archive import any_said_in
from tests.integration.registration_house import FEES, captured
from tests.integration.scheduling_town import MORNING
from tests.namespaces import Namespace
from tests.town import COMMITTEE


class Pages(NamedTuple):
    """Two pages as they are shown."""

    desk: str
    mine: str


@dataclass
class Two:
    """Both services, one Academy of two places, and whoever carries the word between them."""

    registration: registration_house.House
    scheduling: agendas_house.House
    academy: str
    told: set[str] = field(default_factory=set)

    def talk(self) -> None:
        """Each hears what the other has said, until nobody says anything new; every event is delivered twice."""
        while self.to_scheduling() + self.to_registration():
            pass

    def to_scheduling(self) -> int:
        """Scheduling hears what registration has said."""
        return self._carry(self.registration, self.scheduling)

    def to_registration(self) -> int:
        """Registration hears what scheduling has said."""
        return self._carry(self.scheduling, self.registration)

    def _carry(self, speaker: Any, listener: Any) -> int:
        rows = speaker.database.mongo["events"].find({"_id": {"$nin": list(self.told)}})
        said = sorted(rows, key=lambda row: (row["key"], row["sequence"]))
        for row in said:
            self.told.add(row["_id"])
            event = any_said_in(speaker.database, row)
            for _ in range(2):
                listener.hear(event)
        return len(said)

    def option(self, place_count: int) -> dict[str, Any]:
        """The Academy as the fee table has it."""
        about = {"key": "a-02", "label": "Academy A-02", "amount_minor": 9500, "session": self.academy}
        return about | {"place_count": place_count}

    def buy(self) -> Any:
        """Somebody registers with a seat in the Academy; the response as it is."""
        return self.registration.post(conference=self.scheduling.conference, options=["a-02"])

    def delegate(self) -> str:
        """Somebody is a delegate without the Academy, and on its waitlist; their agenda."""
        answer = self.registration.register(conference=self.scheduling.conference)
        self.registration.hear(captured(self.registration.registration(answer["registration"])))
        self.talk()
        agenda = f"{self.scheduling.conference}:{answer['person']}"
        self.wait(agenda)
        return agenda

    def wait(self, agenda: str) -> None:
        """They go to the end of the waitlist."""
        self._run(sign_up, agenda, or_wait=True, at_that_time=AtThatTime.KEEP_BOTH)

    def accept(self, agenda: str) -> None:
        """They take the seat that is offered."""
        self._run(accept_seat, agenda, at_that_time=AtThatTime.KEEP_BOTH)

    def give_back(self, agenda: str) -> None:
        """They want it no longer."""
        self._run(give_back_seat, agenda)

    def _run(self, command: Any, agenda: str, **more: Any) -> None:
        self.scheduling.database.run(command, agenda=agenda, session=self.academy, **more)

    def sell(self, place_count: int) -> None:
        """The committee sells so many places."""
        path = f"/registration/conferences/{self.scheduling.conference}/fees"
        fees = FEES | {"options": [self.option(place_count)]}
        response = self.registration.client.put(path, json=fees, headers={"If-Match": "*"}, auth=COMMITTEE)
        assert response.status_code == 200, response.text

    def add_a_place(self) -> None:
        """A room with a third seat, and a third place of the option."""
        self.scheduling.released(self.academy, seats=3)
        self.sell(3)

    def released(self, *, seats: int, release: int) -> SeatsPublished:
        """What a release says of the Academy's seats."""
        starts = datetime(2020, 5, 18, 14, tzinfo=UTC)
        return SeatsPublished(
            session=self.academy,
            conference=self.scheduling.conference,
            release=release,
            code="A-02",
            title="Academy",
            starts=starts,
            ends=starts + timedelta(hours=4),
            seats=seats,
        )

    def pages(self, agenda: str) -> "Pages":
        """What registration's desk says of the conference, and its owner's page."""
        house = self.registration
        of_person = {"person": agenda.partition(":")[2], "conference": self.scheduling.conference}
        registered = house.database.mongo["registrations"].find_one(of_person)
        assert registered is not None
        token = sign(house.parts.settings, purpose="registration", id_=registered["_id"])
        desk = house.client.get(f"/registration/desk/conferences/{self.scheduling.conference}", auth=COMMITTEE)
        mine = house.client.get(f"/registration/mine/{token}", headers={"Accept": "text/html"})
        return Pages(desk.text, mine.text)

    def offered(self) -> list[str]:
        """To whom a seat is offered."""
        return self.scheduling.holders(self.academy, Hold.OFFERED)

    def over_count(self) -> int:
        """How many more have a seat than there are, once both know all."""
        self.talk()
        return self.scheduling.roster(self.academy).over_count


@pytest.fixture
def two(namespace: Namespace) -> Iterator[Two]:
    with registration_house.house(namespace) as registration, agendas_house.agendas(namespace) as scheduling:
        scheduling.database.clock.move(MORNING)
        registration.database.clock.move(MORNING)
        both = Two(registration, scheduling, scheduling.session("A-02", seats=2, product="a-02"))
        registration.open_conference(scheduling.conference, options=[both.option(2)])
        for _ in range(2):
            assert both.buy().status_code == 201
        both.talk()
        yield both


def test_a_new_place_goes_to_who_waits_and_then_to_who_buys_and_the_session_is_never_over_full(two: Two) -> None:
    cat = two.delegate()
    two.talk()

    two.add_a_place()
    assert two.buy().status_code == 409  # also before scheduling has heard of the place
    two.talk()

    assert two.offered() == [cat.partition(":")[2]]
    two.accept(cat)
    assert two.buy().status_code == 409
    assert two.over_count() == 0

    two.give_back(cat)
    assert two.buy().status_code == 409  # registration hasn't heard yet
    two.talk()
    assert two.buy().status_code == 201
    assert two.buy().status_code == 409
    assert two.over_count() == 0


def test_who_buys_before_registration_has_heard_of_the_waitlist_has_the_place_and_who_waits_goes_on_waiting(
    two: Two,
) -> None:
    cat = two.delegate()  # scheduling has said that somebody waits, and it isn't heard yet

    two.add_a_place()
    assert two.offered() == []
    assert two.buy().status_code == 201
    two.talk()

    assert two.offered() == []
    assert two.scheduling.roster(two.academy).waiting == (cat.partition(":")[2],)
    assert two.over_count() == 0


def test_a_place_given_back_and_wanted_again_is_not_offered_on_an_old_answer(two: Two) -> None:
    cat = two.delegate()
    two.sell(3)
    two.to_registration()  # and the answer, that a place is kept, is still under way
    two.give_back(cat)
    two.to_registration()  # so that the place is for sale
    assert two.buy().status_code == 201
    two.wait(cat)
    two.scheduling.released(two.academy, seats=3)

    two.to_scheduling()

    assert two.offered() == []
    assert two.over_count() == 0


def test_a_seat_that_was_taken_from_the_waitlist_is_owed_on_its_owners_page_until_it_is_given_back(
    two: Two,
) -> None:
    cat = two.delegate()
    two.add_a_place()
    two.talk()
    before = two.pages(cat)

    two.accept(cat)
    two.talk()
    owed = two.pages(cat)
    two.give_back(cat)
    two.talk()

    assert "still to be paid" not in before.mine
    assert "Seats on no order yet" not in owed.desk
    assert "Academy A-02 is still to be paid" in owed.mine
    assert "it costs $95.00" in owed.mine
    rows = two.scheduling.database.mongo["events"].find({"type": SeatOwed.type}).sort("_id", 1)
    assert [msgspec.json.decode(row["data"])["is_owed"] for row in rows] == [True, False]
    after = two.pages(cat)
    assert "still to be paid" not in after.mine
    assert "Seats on no order yet" not in after.desk


def test_seats_that_no_order_pays_for_are_said_of_each_person(two: Two) -> None:
    first, second = two.delegate(), two.delegate()
    two.scheduling.released(two.academy, seats=4)
    two.sell(4)
    two.talk()
    for each in (first, second):
        two.accept(each)
    two.talk()

    two.give_back(first)
    two.talk()

    owed = two.registration.database.mongo["owed_seats"].find({"is_owed": True})
    assert [each["person"] for each in owed] == [second.partition(":")[2]]


def test_an_offer_that_runs_out_goes_to_the_next_and_the_last_place_is_sold(two: Two) -> None:
    first, second = two.delegate(), two.delegate()
    two.add_a_place()
    two.talk()
    assert two.offered() == [first.partition(":")[2]]

    for agenda in (second, None):
        due = two.scheduling.roster(two.academy).next_at
        assert due is not None
        two.scheduling.database.clock.move(due)
        mind_due(two.scheduling.database)
        two.talk()
        assert two.offered() == ([agenda.partition(":")[2]] if agenda else [])

    assert two.buy().status_code == 201
    assert two.over_count() == 0
    assert len(two.registration.said(RegistrationSubmitted)) == 5


def test_a_session_of_two_seats_is_sold_twice_of_twenty_six_places_and_both_services_show_the_same_number(
    two: Two,
) -> None:
    def shown() -> tuple[Any, int]:
        two.talk()
        path = f"/registration/conferences/{two.scheduling.conference}"
        (option,) = two.registration.client.get(path).get_json()["options"]
        return option["free_count"], two.scheduling.roster(two.academy).open_count

    two.registration.hear(two.released(seats=2, release=1))
    two.sell(26)
    full = two.buy().status_code
    two.scheduling.released(two.academy, seats=24)
    two.registration.hear(two.released(seats=24, release=2))

    assert (full, shown()) == (409, (22, 22))  # the room is smaller than what is sold
    two.sell(3)
    assert shown() == (1, 1)  # and now larger
    assert (two.buy().status_code, two.buy().status_code) == (201, 409)
    assert (shown(), two.over_count()) == ((0, 0), 0)
