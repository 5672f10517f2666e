"""What agendas learn from registration, each event heard twice: who comes, which seats are paid, what ends."""

from collections.abc import Iterator

import pytest

from services.scheduling.agendas.commands import give_back_seat, sign_up
from services.scheduling.agendas.domain.rosters import AtThatTime, Hold
from tests.integration.agendas_house import House, agendas
from tests.integration.scheduling_town import Scheduling
from tests.namespaces import Namespace


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's parts, of which nothing runs."""
    with agendas(module_namespace) as first:
        yield first.town


@pytest.fixture
def house(town: Scheduling) -> House:
    """A conference of this test's own."""
    return House(town, town.opened())


def _sign_up(house: House, person: str, session: str) -> None:
    house.database.run(
        sign_up,
        agenda=f"{house.conference}:{person}",
        session=session,
        or_wait=True,
        at_that_time=AtThatTime.KEEP_BOTH,
    )


def test_an_order_holds_its_seats_before_it_is_paid(house: House) -> None:
    academy = house.session("A-02", product="academy")

    house.hear(house.submitted("ann", academy))

    assert house.holders(academy, Hold.PAID) == ["ann"]
    assert not house.agenda("ann").is_delegate
    assert [each.session for each in house.agenda("ann").paid] == [academy]


def test_a_confirmed_registration_is_a_delegate_with_the_seats_of_its_options_once(house: House) -> None:
    academy = house.session("A-02", product="academy")

    house.delegate("ann", academy)

    assert house.holders(academy) == ["ann"]
    assert house.agenda("ann").is_delegate
    assert house.agenda("ann").registration == "reg_ann"


def test_somebody_may_have_paid_for_a_session_of_which_no_release_has_told_yet(house: House) -> None:
    academy = house.session("A-02", product="academy", seats=1, is_released=False)
    for person in ("ann", "bob"):
        house.delegate(person, academy)

    house.released(academy)

    assert house.holders(academy, Hold.PAID) == ["ann", "bob"]
    assert house.roster(academy).over_count == 1


def test_a_paid_seat_is_seated_where_every_seat_is_taken_and_never_behind_the_waitlist(house: House) -> None:
    session = house.session("C-31", seats=1)
    for person in ("ann", "bob"):
        house.delegate(person)
        _sign_up(house, person, session)

    house.delegate("pam", session)

    assert house.holders(session) == ["ann", "pam"]
    assert house.roster(session).waiting == ("bob",)
    assert house.roster(session).over_count == 1


def test_a_moved_option_moves_the_seat_and_the_next_is_offered_the_one_before(house: House) -> None:
    before, after = (house.session(code, product="academy", seats=1) for code in ("A-07", "A-09"))
    house.delegate("ann", before)
    house.delegate("bob")
    _sign_up(house, "bob", before)
    house.hear(house.set_aside(before, 1))

    house.hear(house.moved("ann", before, after))

    assert (house.holders(before, Hold.OFFERED), house.holders(after, Hold.PAID)) == (["bob"], ["ann"])
    assert [(each.person, each.turn) for each in house.offers(before)] == [("bob", 1)]
    assert [(each.session, each.product) for each in house.agenda("ann").paid] == [(after, f"product of {after}")]


def test_an_option_moved_away_from_a_cancelled_session_is_offered_to_nobody(house: House) -> None:
    before, after = (house.session(code, product="academy", seats=1) for code in ("A-07", "A-09"))
    for person, options in (("ann", (before,)), ("bob", ())):
        house.delegate(person, *options)
    _sign_up(house, "bob", before)
    house.released(before, is_cancelled=True)

    house.hear(house.moved("ann", before, after))

    assert house.offers(before) == []
    assert house.holders(after) == ["ann"]


def test_a_cancelled_option_releases_its_seat_to_the_first_who_waits(house: House) -> None:
    academy = house.session("A-02", product="academy", seats=1)
    house.delegate("ann", academy)
    house.delegate("bob")
    _sign_up(house, "bob", academy)

    house.hear(house.option_cancelled("ann", academy))
    assert (house.holders(academy), house.agenda("ann").paid) == ([], ())
    house.hear(house.set_aside(academy, 1))

    assert house.holders(academy, Hold.OFFERED) == ["bob"]
    assert len(house.offers(academy)) == 1


def test_nobody_is_offered_a_paid_seat_whose_place_may_be_sold_meanwhile(house: House) -> None:
    academy = house.session("A-02", product="academy", seats=1)
    house.delegate("ann", academy)
    house.delegate("bob")
    _sign_up(house, "bob", academy)
    house.hear(house.set_aside(academy, 1))
    house.database.run(give_back_seat, agenda=f"{house.conference}:bob", session=academy)  # the place is for sale again
    _sign_up(house, "bob", academy)

    house.hear(house.option_cancelled("ann", academy), house.set_aside(academy, 1, revision=1))

    assert house.offers(academy) == []
    assert house.roster(academy).waiting == ("bob",)
    assert [(each.count, each.revision) for each in house.wants(academy)] == [(1, 1), (0, 2), (1, 3)]
    house.hear(house.set_aside(academy, 1, revision=3))
    assert [each.person for each in house.offers(academy)] == ["bob"]


def test_a_place_that_comes_after_the_conference_was_cancelled_is_offered_to_nobody(house: House) -> None:
    academy = house.session("A-02", product="academy", seats=1)
    house.delegate("ann", academy)
    house.delegate("bob")
    _sign_up(house, "bob", academy)
    house.hear(house.option_cancelled("ann", academy))
    house.town.cancelled(house.conference)

    house.hear(house.set_aside(academy, 1))

    assert house.offers(academy) == []


def test_a_free_session_asks_for_no_places(house: House) -> None:
    session = house.session("C-31", seats=1)
    for person in ("ann", "bob"):
        house.delegate(person)
        _sign_up(house, person, session)

    assert house.wants(session) == []


def test_what_was_said_before_a_cancelled_option_does_not_bring_it_back(house: House) -> None:
    academy, other = (house.session(code, product="academy") for code in ("A-02", "A-03"))
    house.hear(house.submitted("ann", academy, other))
    house.hear(house.option_cancelled("ann", academy))

    house.hear(house.confirmed("ann", other))

    assert house.holders(academy) == []
    assert house.holders(other) == ["ann"]


def test_a_seat_that_was_given_away_from_a_no_show_does_not_come_back_when_an_event_is_heard_again(
    house: House,
) -> None:
    academy = house.session("A-02", product="academy", seats=1)
    house.delegate("ann", academy)
    house.database.mongo["rosters"].update_one({"session": academy}, {"$set": {"held": [], "no_shows": ["ann"]}})

    house.hear(house.submitted("ann", academy), house.confirmed("ann", academy))

    assert house.holders(academy) == []


def test_when_the_conference_is_cancelled_every_seat_place_and_star_is_given_up_and_offered_to_nobody(
    house: House,
) -> None:
    academy, free = house.session("A-02", product="academy", seats=1), house.session("C-31", seats=1, hour=2)
    house.delegate("ann", academy)
    house.delegate("bob")
    for person, session in (("ann", free), ("bob", academy), ("bob", free)):
        _sign_up(house, person, session)
    house.database.mongo["agendas"].update_one({"_id": f"{house.conference}:ann"}, {"$set": {"stars": [free]}})

    house.hear(house.ended("ann"))

    assert house.holders(academy) == house.holders(free) == []
    assert (house.roster(academy).waiting, house.roster(free).waiting) == (("bob",), ("bob",))
    assert house.offers(academy) == house.offers(free) == []
    assert (house.agenda("ann").stars, house.agenda("ann").paid) == ((), ())
    house.hear(house.ended("bob"))
    assert house.roster(academy).waiting == house.roster(free).waiting == ()


def test_an_option_that_is_no_session_holds_no_seat(house: House) -> None:
    house.delegate("ann")

    assert house.agenda("ann").paid == ()
    assert house.database.mongo["rosters"].count_documents({"conference": house.conference}) == 0
