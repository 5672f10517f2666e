"""An agenda over HTTP on the real database: what a person may ask by the signed link, and every refusal."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.scheduling.agendas import commands, jobs
from services.scheduling.agendas.domain.roles import Role
from services.scheduling.agendas.domain.rosters import AtThatTime, Hold, SeatAtThatTime
from services.scheduling.agendas.store.affected import Affected, affected, wanted_together
from services.scheduling.agendas.store.agendas import seat_counts, star_counts
from shared.auth import sign
from tests.integration.agendas_house import START, House, agendas
from tests.integration.scheduling_town import MORNING, Scheduling
from tests.namespaces import Namespace


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, and nothing that runs by itself."""
    with agendas(module_namespace) as first:
        yield first.town


@pytest.fixture
def house(town: Scheduling) -> Iterator[House]:
    """A conference of this test's own, on the morning of 9 April."""
    yield House(town, town.opened())
    town.service.parts.database.clock.move(MORNING)


@dataclass
class Person:
    """Somebody with the link to their agenda."""

    house: House
    name: str

    @property
    def path(self) -> str:
        settings = self.house.town.service.parts.settings
        return f"/scheduling/agendas/{sign(settings, purpose='agenda', id_=f'{self.house.conference}:{self.name}')}"

    def ask(self, method: str, path: str = "", body: Any = None, **headers: str) -> TestResponse:
        given = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.house.town.service.client().open(self.path + path, method=method, json=body, headers=given)

    def sign_up(self, session: str, **wanted: Any) -> TestResponse:
        return self.ask("POST", f"/sessions/{session}/seat", wanted)

    def stands(self, session: str) -> str:
        found = self.ask("GET").get_json()
        return next((each["standing"] for each in found["sessions"] if each["session"] == session), "none")


def delegates(house: House, *names: str) -> list[Person]:
    for each in names:
        house.hear(house.submitted(each), house.confirmed(each), times=1)
    return [Person(house, each) for each in names]


def problem(response: TestResponse, status: int) -> str:
    assert response.status_code == status, response.text
    return str(response.get_json()["type"]).rpartition(":")[2]


# stars


def test_stars_are_set_and_taken_away_and_doing_it_twice_changes_nothing(house: House) -> None:
    (ann,) = delegates(house, "ann")
    first, second = house.session("C-1"), house.session("C-2", seats=None)

    for each in (first, second, first):
        assert ann.ask("PUT", f"/stars/{each}").status_code == 200
    for _ in range(2):
        assert ann.ask("DELETE", f"/stars/{first}").status_code == 200

    assert ann.ask("GET", "/stars").get_json() == {"stars": [second]}


def test_the_whole_list_of_stars_is_replaced_by_who_has_seen_it(house: House) -> None:
    (ann,) = delegates(house, "ann")
    first, second, third = (house.session(f"C-{number}") for number in range(3))

    made = ann.ask("PUT", "/stars", {"sessions": [first, second, first]})
    unseen = ann.ask("PUT", "/stars", {"sessions": [third]})
    replaced = ann.ask("PUT", "/stars", {"sessions": [third]}, If_Match=made.headers["ETag"])
    late = ann.ask("PUT", "/stars", {"sessions": []}, If_Match=made.headers["ETag"])

    assert made.get_json() == {"stars": [first, second]}
    assert problem(unseen, 428) == "StarsNotSeen"
    assert replaced.get_json() == {"stars": [third]}
    assert problem(late, 412) == "StarsChangedMeanwhile"
    assert ann.ask("PUT", "/stars", {"sessions": []}, If_Match="*").get_json() == {"stars": []}


def test_only_sessions_of_this_conference_are_starred(house: House, town: Scheduling) -> None:
    (ann,) = delegates(house, "ann")
    elsewhere = House(town, town.opened()).session("C-9")

    for response in (ann.ask("PUT", f"/stars/{elsewhere}"), ann.ask("PUT", "/stars", {"sessions": ["nothing"]})):
        assert problem(response, 422) == "SessionsUnknown"
    assert ann.ask("GET", "/stars").get_json() == {"stars": []}


def test_a_link_that_was_not_made_by_us_opens_nothing(house: House) -> None:
    (ann,) = delegates(house, "ann")
    client = house.town.service.client()

    assert client.get(ann.path + "x").status_code == 404
    assert client.get("/scheduling/agendas/anything").status_code == 404
    assert problem(Person(house, "nobody").ask("GET"), 404) == "AgendaUnknown"


# seats


def test_seats_go_to_who_comes_first_and_the_others_wait_in_order(house: House) -> None:
    session = house.session("C-31", seats=1)
    people = delegates(house, "ann", "bob", "cat")

    answers = [each.sign_up(session).get_json() for each in people]

    assert [(each["standing"], each["place"]) for each in answers] == [("signed_up", None), ("waits", 1), ("waits", 2)]
    assert problem(delegates(house, "dan")[0].sign_up(session, or_wait=False), 409) == "SessionFull"


def test_the_same_request_again_gets_the_same_answer_and_no_second_seat(house: House) -> None:
    session = house.session("C-31", seats=2)
    (ann,) = delegates(house, "ann")

    first, again = (ann.ask("POST", f"/sessions/{session}/seat", {}, Idempotency_Key="one") for _ in range(2))

    assert first.get_json() == again.get_json()
    assert house.holders(session) == ["ann"]
    assert problem(ann.ask("POST", f"/sessions/{session}/seat", {}, Idempotency_Key=""), 400)


def test_who_has_not_paid_yet_may_star_but_takes_no_seat(house: House) -> None:
    session = house.session("C-31")
    house.hear(house.submitted("uma"))
    uma = Person(house, "uma")

    assert uma.ask("PUT", f"/stars/{session}").status_code == 200
    assert problem(uma.sign_up(session), 409) == "NoDelegate"


def test_when_the_registration_has_ended_nothing_is_taken(house: House) -> None:
    session = house.session("C-31")
    (ann,) = delegates(house, "ann")
    house.hear(house.ended("ann"))

    assert problem(ann.sign_up(session), 409) == "AgendaEnded"
    assert problem(ann.ask("PUT", f"/stars/{session}"), 409) == "AgendaEnded"


def test_sessions_without_seats_and_unknown_ones_take_no_sign_ups(house: House, town: Scheduling) -> None:
    (ann,) = delegates(house, "ann")
    elsewhere = House(town, town.opened()).session("C-9")

    for session in (house.session("C-31", seats=None), "nothing", elsewhere):
        assert problem(ann.sign_up(session), 404) == "NoSignUp"
        assert ann.ask("DELETE", f"/sessions/{session}/seat").status_code in (200, 404)
    assert house.database.mongo["rosters"].count_documents({"session": "nothing"}) == 0


def test_a_second_seat_at_the_same_time_is_a_choice(house: House) -> None:
    first, second, third = (house.session(code) for code in ("C-31", "C-32", "C-33"))
    later = house.session("C-41", hour=2)
    (ann,) = delegates(house, "ann")
    assert ann.sign_up(first).status_code == 200

    asked = ann.sign_up(second)
    assert problem(asked, 409) == "SeatAtThatTime"
    assert asked.get_json()["sessions"] == [first]
    assert "C-31" in asked.get_json()["detail"]
    assert (ann.stands(first), ann.stands(second)) == ("signed_up", "none")

    assert ann.sign_up(second, at_that_time="swap").get_json()["given_back"] == [first]
    assert (ann.stands(first), ann.stands(second)) == ("none", "signed_up")
    assert ann.sign_up(third, at_that_time="keep_both").status_code == 200
    assert (ann.stands(second), ann.stands(third)) == ("signed_up", "signed_up")
    assert ann.sign_up(later).status_code == 200


def test_a_paid_seat_at_that_time_is_not_swapped_away(house: House) -> None:
    academy, other = house.session("A-02", product="academy"), house.session("C-31")
    house.delegate("ann", academy)
    ann = Person(house, "ann")

    assert problem(ann.sign_up(other, at_that_time="swap"), 409) == "PaidWithTheOrder"
    assert ann.stands(other) == "none"
    assert problem(ann.ask("DELETE", f"/sessions/{academy}/seat"), 409) == "PaidWithTheOrder"


def test_two_sign_ups_of_one_person_at_the_same_time_do_not_both_go_unseen(house: House) -> None:
    """What the guard is: each claim saves the agenda, so the second of two must look again."""
    first, second = house.session("C-31"), house.session("C-32")
    (ann,) = delegates(house, "ann")
    database = house.database
    is_first = True

    def both(unit: Any) -> None:
        nonlocal is_first
        commands.sign_up(
            unit,
            agenda=f"{house.conference}:ann",
            session=first,
            or_wait=True,
            at_that_time=AtThatTime.ASK,
        )
        if is_first:
            is_first = False
            assert ann.sign_up(second).status_code == 200

    with pytest.raises(SeatAtThatTime):
        database.transact(both)

    assert (ann.stands(first), ann.stands(second)) == ("none", "signed_up")


def test_a_seat_given_back_is_offered_and_may_be_taken_declined_or_run_out(house: House) -> None:
    session = house.session("C-31", seats=1)
    ann, bob, cat, dan = delegates(house, "ann", "bob", "cat", "dan")
    for each in (ann, bob, cat, dan):
        each.sign_up(session)

    ann.ask("DELETE", f"/sessions/{session}/seat")
    assert ann.ask("DELETE", f"/sessions/{session}/seat").get_json()["standing"] == "none"
    assert bob.stands(session) == "offered"
    assert problem(cat.ask("POST", f"/sessions/{session}/offer", {"accept": True}), 409) == "NoOffer"
    assert bob.ask("POST", f"/sessions/{session}/offer", {"accept": False}).get_json()["standing"] == "none"
    assert cat.stands(session) == "offered"

    house.database.clock.move(datetime(2020, 4, 11, 5, tzinfo=UTC))  # the end of the next day in St. Louis
    assert problem(cat.ask("POST", f"/sessions/{session}/offer", {"accept": True}), 409) == "OfferOver"
    jobs.mind_due(house.database)
    assert (cat.stands(session), dan.stands(session)) == ("none", "offered")
    taken = dan.ask("POST", f"/sessions/{session}/offer", {"accept": True})

    assert taken.get_json()["standing"] == "signed_up"
    assert house.holders(session) == ["dan"]
    assert [(each.person, each.turn) for each in house.offers(session)] == [("bob", 1), ("cat", 2), ("dan", 3)]
    assert jobs.mind_due(house.database) == 0


def test_a_roster_that_can_not_be_minded_keeps_no_other_from_its_turn(house: House) -> None:
    broken, sound = house.session("C-31", seats=1), house.session("C-32", seats=1)
    people = delegates(house, "ann", "bob", "cat")
    for session in (broken, sound):
        for each in people:
            each.sign_up(session)
        people[0].ask("DELETE", f"/sessions/{session}/seat")
    house.database.mongo["rosters"].update_one({"session": broken}, {"$set": {"sitting.zone": "Nowhere/Here"}})

    house.database.clock.move(datetime(2020, 4, 11, 5, tzinfo=UTC))
    jobs.mind_due(house.database)
    house.database.mongo["rosters"].delete_one({"session": broken})  # the tests after this one mind all that is due

    assert people[2].stands(sound) == "offered"


def test_an_offer_at_the_time_of_another_seat_is_a_choice_too(house: House) -> None:
    session, other = house.session("C-31", seats=1), house.session("C-32")
    ann, bob = delegates(house, "ann", "bob")
    for each in (ann, bob):
        each.sign_up(session)
    assert bob.sign_up(other).status_code == 200
    ann.ask("DELETE", f"/sessions/{session}/seat")

    assert problem(bob.ask("POST", f"/sessions/{session}/offer", {"accept": True}), 409) == "SeatAtThatTime"
    swapped = bob.ask("POST", f"/sessions/{session}/offer", {"accept": True, "at_that_time": "swap"})

    assert swapped.get_json()["given_back"] == [other]
    assert house.holders(session) == ["bob"]


def test_a_bigger_room_offers_its_seats_and_a_smaller_one_sends_the_last_sign_ups_to_the_head_of_the_waitlist(
    house: House,
) -> None:
    session = house.session("C-31", seats=2)
    for each in delegates(house, "ann", "bob", "cat", "dan"):
        each.sign_up(session)

    house.released(session, seats=3)
    assert house.holders(session, Hold.OFFERED) == ["cat"]
    house.released(session, seats=1)

    assert house.holders(session) == ["ann"]
    assert house.roster(session).waiting == ("bob", "cat", "dan")
    assert house.roster(session).displaced == ("bob",)


def test_seats_of_those_who_have_not_come_go_to_the_waitlist_a_quarter_of_an_hour_after_the_start(
    house: House,
) -> None:
    session = house.session("C-31", seats=2)
    for each in delegates(house, "ann", "bob", "cat"):
        each.sign_up(session)
    came = {"ann"}
    house.database.clock.move(START + timedelta(minutes=14))
    jobs.mind_due(house.database, present=lambda *_: came)
    assert house.offers(session) == []

    house.database.clock.move(START + timedelta(minutes=15))
    jobs.mind_due(house.database, present=lambda *_: came)

    assert house.holders(session) == ["ann", "cat"]
    assert house.roster(session).no_shows == ("bob",)
    (offer,) = house.offers(session)
    assert timedelta(0) <= offer.until - (START + timedelta(minutes=25)) < timedelta(seconds=10)


def test_a_monitor_may_release_them_from_the_start_on_and_never_before(house: House) -> None:
    session = house.session("C-31", seats=1)
    for each in delegates(house, "ann", "bob"):
        each.sign_up(session)
    with pytest.raises(Exception, match="nobody is late"):
        house.database.run(commands.release_no_shows, session=session, present=())

    house.database.clock.move(START)
    for _ in range(2):
        house.database.run(commands.release_no_shows, session=session, present=())

    assert house.holders(session) == ["bob"]
    assert len(house.offers(session)) == 1


def test_offers_of_a_cancelled_conference_are_not_passed_on(house: House) -> None:
    session = house.session("C-31", seats=1)
    ann, bob, cat = delegates(house, "ann", "bob", "cat")
    for each in (ann, bob, cat):
        each.sign_up(session)
    ann.ask("DELETE", f"/sessions/{session}/seat")
    house.town.cancelled(house.conference)
    house.database.clock.move(datetime(2020, 4, 11, 5, tzinfo=UTC))

    jobs.mind_due(house.database)

    assert len(house.offers(session)) == 1
    assert jobs.mind_due(house.database) == 0
    assert problem(delegates(house, "dan")[0].sign_up(session), 409) == "ConferenceIsCancelled"


# preferences and the feed


def test_preferences_are_kept_and_a_zone_must_be_one(house: House) -> None:
    (ann,) = delegates(house, "ann")

    kept = ann.ask("PUT", "/preferences", {"zone": "Europe/Amsterdam", "wants_invitations": True}).get_json()
    wrong = ann.ask("PUT", "/preferences", {"zone": "Nowhere/At_All"})

    assert (kept["zone"], kept["wants_invitations"]) == ("Europe/Amsterdam", True)
    assert problem(wrong, 422) == "ZoneUnknown"
    assert house.agenda("ann").zone == "Europe/Amsterdam"


def test_a_feed_has_an_address_that_can_be_renewed_and_revoked(house: House) -> None:
    (ann,) = delegates(house, "ann")
    assert ann.ask("GET").get_json()["feed"] is None

    first, second = (ann.ask("POST", "/feed").get_json()["feed"] for _ in range(2))

    assert first != second
    assert ann.ask("DELETE", "/feed").get_json()["feed"] is None
    assert house.agenda("ann").feed_token == ""


# counts, for others


def test_the_committee_sees_how_full_each_session_is(house: House) -> None:
    academy, free = house.session("A-02", product="academy", seats=1), house.session("C-31", seats=1, hour=2)
    for person in ("pam", "pit"):
        house.delegate(person, academy)
    ann, bob = delegates(house, "ann", "bob")
    for each in (ann, bob):
        each.sign_up(free)
        each.ask("PUT", f"/stars/{free}")

    path = f"/conferences/{house.conference}/rosters"
    items = {each["session"]: each for each in house.town.get(path).get_json()["items"]}

    assert (items[academy]["paid_count"], items[academy]["over_count"]) == (2, 1)
    assert (items[free]["star_count"], items[free]["held_count"], items[free]["waiting_count"]) == (2, 1, 1)
    assert house.town.get(path, desk=None).status_code == 401
    assert house.town.get(path, desk="finance").status_code == 403


def test_stars_seats_and_what_people_want_together_are_counted(house: House) -> None:
    first, second, third = sorted(house.session(f"C-{number}", hour=number) for number in range(3))
    ann, bob, cat = delegates(house, "ann", "bob", "cat")
    for person, wanted in ((ann, [first, second]), (bob, [second, first, third]), (cat, [third])):
        person.ask("PUT", "/stars", {"sessions": wanted})
    ann.sign_up(first)

    assert star_counts(house.database, house.conference) == {first: 2, second: 2, third: 2}
    assert seat_counts(house.database, house.conference) == {first: 1, second: 0, third: 0}
    assert wanted_together(house.database, house.conference) == {
        (first, second): 2,
        (first, third): 1,
        (second, third): 1,
    }


def test_everybody_whom_a_change_touches_is_found_once_with_all_roles_in_pages(house: House) -> None:
    session, other = house.session("C-31", seats=2), house.session("C-32", seats=2, hour=2)
    people = delegates(house, "ann", "bob", "cat", "dan", "eve")
    ann, bob, cat, dan, _ = people
    for each in (ann, bob, cat):
        each.sign_up(session)
    for each in (ann, dan):
        each.ask("PUT", f"/stars/{session}")
    dan.ask("PUT", f"/stars/{other}")
    house.released(session, seats=1)

    found: list[Affected] = []
    after = ""
    while page := affected(
        house.database,
        house.conference,
        [session, other],
        speakers={session: ["ann", "zoe"]},
        after=after,
        limit=2,
    ):
        found, after = [*found, *page], page[-1].person

    assert [(each.person, each.roles) for each in found] == [
        ("ann", {session: (Role.SPEAKER, Role.HOLDS_SEAT, Role.STARRED)}),
        ("bob", {session: (Role.WAITS,)}),
        ("cat", {session: (Role.WAITS,)}),
        ("dan", {session: (Role.STARRED,), other: (Role.STARRED,)}),
        ("zoe", {session: (Role.SPEAKER,)}),
    ]
    assert [each.person for each in found if each.lost_seats == {session}] == ["bob"]
    assert found[-1].agenda.zone == ""
