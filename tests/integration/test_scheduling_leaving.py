"""What scheduling learns when one registration ends while the conference goes on, each event heard twice: agendas,
waitlists, badges, and what a decision would touch. Who leaves and registers again is two stories, and either may be
heard first."""

from collections.abc import Iterator

import pytest

from services.scheduling.agendas.commands import sign_up, star_session
from services.scheduling.agendas.domain.agendas import NoDelegate, RegistrationHasEnded
from services.scheduling.agendas.domain.rosters import AtThatTime, Hold
from services.scheduling.attendance.domain.attendance import Attendee, attendee_id
from services.scheduling.attendance.store.attendance import ATTENDEES
from services.scheduling.decisions.domain.stakes import Part
from services.scheduling.decisions.store.decisions import STAKES
from tests.integration.agendas_house import ACADEMY_MINOR, House, agendas
from tests.integration.scheduling_town import Scheduling
from tests.namespaces import Namespace

TOTAL_MINOR = 57_500 + ACADEMY_MINOR


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


def _star(house: House, person: str, session: str) -> None:
    house.database.run(star_session, agenda=f"{house.conference}:{person}", session=session)


def _badge(house: House, person: str) -> Attendee:
    found = house.database.mongo[ATTENDEES.name].find_one({"_id": attendee_id(house.conference, person)})
    assert found is not None
    return ATTENDEES.state(found)


def _at_stake(house: House) -> Part:
    found = house.database.mongo[STAKES.name].find_one({"_id": house.conference})
    assert found is not None
    return STAKES.state(found).parts["card"]


def test_who_leaves_gives_up_stars_and_seats_and_the_next_are_offered_them(house: House) -> None:
    academy, free = house.session("A-02", product="academy", seats=1), house.session("C-31", seats=1, hour=3)
    house.delegate("ann", academy)
    house.delegate("bob")
    _sign_up(house, "ann", free)
    _star(house, "ann", free)
    for session in (academy, free):
        _sign_up(house, "bob", session)

    house.hear(house.left("ann"))

    agenda = house.agenda("ann")
    assert (agenda.stars, agenda.paid, agenda.claims, agenda.registration) == ((), (), (), "")
    assert (agenda.is_delegate, agenda.is_ended) == (False, False)
    assert (house.holders(academy), house.holders(free, Hold.OFFERED)) == ([], ["bob"])
    assert len(house.offers(free)) == 1
    house.hear(house.set_aside(academy, 1))
    assert house.holders(academy, Hold.OFFERED) == ["bob"]


def test_who_has_left_takes_no_seat_stars_nothing_and_reads_what_to_do(house: House) -> None:
    free = house.session("C-31", seats=1)
    house.delegate("ann")
    house.hear(house.left("ann"))

    with pytest.raises(RegistrationHasEnded, match="To come after all, please register again"):
        _sign_up(house, "ann", free)
    with pytest.raises(RegistrationHasEnded):
        _star(house, "ann", free)

    assert (house.holders(free), house.agenda("ann").stars) == ([], ())


def test_who_waited_and_leaves_waits_no_more(house: House) -> None:
    academy = house.session("A-02", product="academy", seats=1)
    house.delegate("ann", academy)
    house.delegate("bob")
    _sign_up(house, "bob", academy)

    house.hear(house.left("bob"))

    assert house.roster(academy).waiting == ()
    assert [each.count for each in house.wants(academy)] == [1, 0]
    assert house.holders(academy) == ["ann"]


def test_who_leaves_after_the_conference_was_cancelled_frees_a_seat_for_nobody(house: House) -> None:
    free = house.session("C-31", seats=1)
    for person in ("ann", "bob"):
        house.delegate(person)
        _sign_up(house, person, free)
    house.town.cancelled(house.conference)

    house.hear(house.left("ann"))

    assert (house.holders(free), house.offers(free)) == ([], [])


@pytest.mark.parametrize("is_late", [False, True], ids=["heard in order", "heard of before the leaving"])
def test_who_registers_again_for_the_same_paid_session_keeps_that_seat(house: House, is_late: bool) -> None:
    academy = house.session("A-02", product="academy", seats=1)
    house.delegate("ann", academy)
    house.delegate("bob")
    _sign_up(house, "bob", academy)
    again = [house.submitted("ann", academy, again=2), house.confirmed("ann", academy, again=2)]

    for each in [*again, house.left("ann")] if is_late else [house.left("ann"), *again]:
        house.hear(each)

    assert house.holders(academy, Hold.PAID) == ["ann"]
    assert [(each.session, each.registration) for each in house.agenda("ann").paid] == [(academy, "reg_ann2")]
    assert house.agenda("ann").is_delegate
    assert house.offers(academy) == []
    house.hear(house.left("ann", again=2))
    assert (house.holders(academy), house.agenda("ann").paid) == ([], ())


def test_who_registers_again_without_the_session_gives_its_seat_up_and_keeps_the_rest(house: House) -> None:
    academy, free = house.session("A-02", product="academy", seats=1), house.session("C-31", seats=1, hour=3)
    house.delegate("ann", academy)
    _sign_up(house, "ann", free)
    house.delegate("ann", again=2)

    house.hear(house.left("ann"))

    assert (house.holders(academy), house.holders(free)) == ([], ["ann"])
    assert house.agenda("ann").paid == ()


def test_an_option_that_ended_before_they_left_takes_no_seat_of_the_registration_after(house: House) -> None:
    academy = house.session("A-02", product="academy", seats=1)
    house.delegate("ann", academy)
    house.delegate("ann", academy, again=2)

    house.hear(house.option_cancelled("ann", academy), house.left("ann"))

    assert house.holders(academy, Hold.PAID) == ["ann"]


def test_who_registers_again_is_a_delegate_once_that_is_paid_and_not_before(house: House) -> None:
    free = house.session("C-31", seats=1)
    house.delegate("ann")
    house.hear(house.submitted("ann", again=2))

    house.hear(house.left("ann"))

    assert not house.agenda("ann").is_delegate
    with pytest.raises(NoDelegate):
        _sign_up(house, "ann", free)
    house.hear(house.confirmed("ann", again=2))
    _sign_up(house, "ann", free)
    assert house.holders(free) == ["ann"]


@pytest.mark.parametrize("is_late", [False, True], ids=["heard in order", "heard of before the leaving"])
def test_a_leaver_s_badge_opens_no_door_and_that_of_who_registered_again_does(house: House, is_late: bool) -> None:
    house.delegate("ann")
    house.delegate("bob")
    again = [house.submitted("ann", again=2), house.confirmed("ann", again=2)]

    house.hear(house.left("bob"))
    for each in [*again, house.left("ann")] if is_late else [house.left("ann"), *again]:
        house.hear(each)

    assert not _badge(house, "bob").is_live
    assert (_badge(house, "ann").is_live, _badge(house, "ann").registration) == (True, "reg_ann2")


def test_a_decision_would_touch_one_registration_fewer_once(house: House) -> None:
    academy = house.session("A-02", product="academy")
    house.hear(house.submitted("ann", academy), times=1)
    for person in ("ann", "bob"):
        house.hear(house.confirmed(person, academy), times=1)
    assert (_at_stake(house).registration_count, _at_stake(house).paid_minor) == (2, 2 * TOTAL_MINOR)

    house.hear(house.left("ann"), times=1)

    assert (_at_stake(house).registration_count, _at_stake(house).paid_minor) == (1, TOTAL_MINOR)
    house.hear(house.left("eve", is_delegate=False), times=1)
    assert _at_stake(house).registration_count == 1
