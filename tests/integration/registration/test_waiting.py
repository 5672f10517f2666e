"""Places that are kept for the waitlist of a paid session, on the real database: not sold, and sold when not wanted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from services.registration.prices.store import OPTION_PLACES
from shared.contracts.registration import PlacesSetAside, RegistrationSubmitted
from shared.contracts.scheduling import SeatsWanted
from tests.integration.registration.test_reinstated import reinstate_session
from tests.integration.registration_house import FEES, House
from tests.integration.registration_sessions import A07, A09, OPTIONS, cancel_session, choose, paid, taken
from tests.town import COMMITTEE

THREAD_COUNT = 16
ONE_PLACE = {**A07, "place_count": 1}


@pytest.fixture
def registration(one_house: House) -> House:
    """The service with nothing saved; it is the tenth of March."""
    one_house.forget()
    one_house.database.clock.move(datetime(2020, 3, 10, 15, tzinfo=UTC))
    return one_house


def wants(house: House, count: int, *, revision: int, product: str = "a-07", session: str = "ses_07") -> None:
    """The session's waitlist wants so many places, which is heard twice: together, and once more."""
    event = SeatsWanted(
        roster=f"roster:{session}",
        session=session,
        conference="74th",
        product=product,
        count=count,
        revision=revision,
    )
    house.hear(event, event)
    house.hear(event)


def answers(house: House) -> list[tuple[int, int]]:
    """What was said of A-07: how many are set aside, in answer to which word."""
    return [(each.count, each.revision) for each in house.said(PlacesSetAside) if each.session == "ses_07"]


def shown(house: House, product: str = "a-07") -> tuple[int, int, int | None]:
    """What everybody sees of an option: taken, kept for the waitlist, free."""
    options = house.client.get("/registration/conferences/74th").get_json()["options"]
    found = next(each for each in options if each["key"] == product)
    return found["taken_count"], found["set_aside_count"], found["free_count"]


def test_a_place_that_is_kept_for_the_waitlist_is_sold_to_nobody_who_is_told_why(registration: House) -> None:
    registration.open_conference(options=[{**A07, "place_count": 2}, A09])
    registration.register(options=["a-07"])
    wants(registration, 3, revision=1)

    refused = registration.post(options=["a-07"])

    assert answers(registration) == [(1, 1)]
    assert refused.status_code == 409
    assert refused.json["detail"] == (
        "Academy A-07 is sold out: of 2 places 1 is taken, and 1 is kept for those who are on the session's waitlist. "
        "You were not registered, and nothing was charged. Still free: Academy A-09 (20 places left). "
        "Register with one of these, or without any."
    )
    assert len(registration.said(RegistrationSubmitted)) == 1
    assert shown(registration) == (1, 1, 0)
    desk = registration.client.get("/registration/desk/conferences/74th", auth=COMMITTEE).text
    assert "+ 1 kept for the waitlist" in desk
    registration.register(options=["a-09"])


def test_a_place_that_is_wanted_no_longer_is_sold_again_and_an_older_word_does_not_keep_it(registration: House) -> None:
    registration.open_conference(options=[ONE_PLACE])
    wants(registration, 1, revision=1)
    wants(registration, 0, revision=2)

    wants(registration, 1, revision=1)
    registration.register(options=["a-07"])

    assert answers(registration) == [(1, 1), (0, 2)]
    assert shown(registration) == (1, 0, 0)


def test_what_was_kept_stays_kept_when_more_is_wanted_than_there_is(registration: House) -> None:
    registration.open_conference(options=[ONE_PLACE])
    wants(registration, 1, revision=1)

    wants(registration, 4, revision=2)

    assert answers(registration) == [(1, 1), (1, 2)]


def test_places_that_the_committee_adds_are_for_those_who_wait(registration: House) -> None:
    registration.open_conference(options=[ONE_PLACE])
    registration.register(options=["a-07"])
    wants(registration, 2, revision=1)
    assert answers(registration) == [(0, 1)]

    fees = FEES | {"options": [{**A07, "place_count": 4}]}
    response = registration.client.put(
        "/registration/conferences/74th/fees", json=fees, headers={"If-Match": '"1"'}, auth=COMMITTEE
    )

    assert response.status_code == 200
    assert answers(registration) == [(0, 1), (2, 1)]
    assert shown(registration) == (1, 2, 1)


def test_what_is_wanted_before_the_option_is_sold_is_kept_from_the_first_place_on(registration: House) -> None:
    registration.open_conference()
    wants(registration, 1, revision=1)

    form = {"key": "a-07", "label": "Academy A-07", "amount": "95.00", "session": "ses_07", "place_count": "1"}
    added = registration.client.post("/registration/desk/conferences/74th/options", data=form, auth=COMMITTEE)

    assert added.status_code == 303
    assert answers(registration) == [(0, 1), (1, 1)]
    assert registration.post(options=["a-07"]).status_code == 409


def test_a_session_that_the_option_does_not_sell_gets_no_places(registration: House) -> None:
    registration.open_conference(options=OPTIONS)

    wants(registration, 1, revision=1, session="ses_other")

    assert registration.said(PlacesSetAside) == []
    assert shown(registration) == (0, 0, 30)


def test_a_place_given_back_while_its_session_was_cancelled_is_kept_for_those_who_wait_when_it_is_reinstated(
    registration: House,
) -> None:
    registration.open_conference(options=[ONE_PLACE, A09])
    id_ = paid(registration, "a-07")
    wants(registration, 1, revision=1)
    cancel_session(registration)
    assert choose(registration, id_, {"choice": "refund"}).status_code == 200
    assert shown(registration) == (0, 0, 0)

    reinstate_session(registration)

    assert answers(registration) == [(0, 1), (1, 1)]
    assert registration.post(options=["a-07"]).status_code == 409
    assert taken(registration) == {}


def test_a_place_given_back_just_before_the_session_is_reinstated_is_kept_the_same(registration: House) -> None:
    registration.open_conference(options=[ONE_PLACE, A09])
    id_ = paid(registration, "a-07")
    wants(registration, 1, revision=1)
    cancel_session(registration)
    registration.database.mongo[OPTION_PLACES.name].update_one({"_id": "74th:a-07"}, {"$set": {"is_open": True}})

    choose(registration, id_, {"choice": "refund"})

    assert answers(registration) == [(0, 1), (1, 1)]
    assert shown(registration) == (0, 1, 0)


def test_nobody_moves_to_a_place_that_is_kept_for_the_waitlist(registration: House) -> None:
    registration.open_conference(options=[A07, {**A09, "place_count": 1}])
    id_ = paid(registration, "a-07")
    wants(registration, 1, revision=1, product="a-09", session="ses_09")
    cancel_session(registration)

    refused = choose(registration, id_, {"choice": "move", "session": "ses_09"})

    assert refused.status_code == 409
    assert refused.json["detail"] == (
        "No place is left in Academy A-09: of 1 places 0 are taken, and 1 is kept for those who are on the session's "
        "waitlist. You were not moved, and nothing was changed. You may get $95.00 back."
    )
    assert taken(registration) == {"a-07": 1}


def test_who_moves_away_leaves_the_place_to_those_who_wait_there(registration: House) -> None:
    registration.open_conference(options=[ONE_PLACE, {**A09, "session": "ses_09"}])
    id_ = paid(registration, "a-07")
    cancel_session(registration)
    wants(registration, 1, revision=1)
    registration.database.mongo[OPTION_PLACES.name].update_one({"_id": "74th:a-07"}, {"$set": {"is_open": True}})

    assert choose(registration, id_, {"choice": "move", "session": "ses_09"}).status_code == 200

    assert answers(registration) == [(0, 1), (1, 1)]
    assert shown(registration) == (0, 1, 0)


def test_the_end_of_the_conference_keeps_no_places_for_anybody(registration: House) -> None:
    registration.open_conference(options=[ONE_PLACE])
    paid(registration, "a-07")
    wants(registration, 1, revision=1)

    registration.cancel()
    registration.run_jobs()

    assert answers(registration) == [(0, 1)]
    assert taken(registration) == {}


def test_no_place_is_sold_and_kept_at_once_however_many_buy_while_others_come_to_wait(registration: House) -> None:
    registration.open_conference(options=[{**A07, "place_count": 12}])

    def ask(number: int) -> int:
        if number % 3 == 0:
            registration.hear(
                SeatsWanted(
                    roster="roster:ses_07",
                    session="ses_07",
                    conference="74th",
                    product="a-07",
                    count=1 + number // 3,
                    revision=1 + number // 3,
                )
            )
            return 0
        return int(House(registration.parts).post(options=["a-07"]).status_code)

    with ThreadPoolExecutor(THREAD_COUNT) as pool:
        statuses = list(pool.map(ask, range(30)))

    taken_count, kept_count, free_count = shown(registration)
    assert (taken_count + kept_count, free_count) == (12, 0)
    assert statuses.count(201) == taken_count
    assert kept_count == max(count for count, _ in answers(registration))
