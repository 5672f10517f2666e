"""Claims about seats and waitlists, without a database: who gets a seat, who waits, to whom a free one is offered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.scheduling.agendas.domain import waitlist
from services.scheduling.agendas.domain.rosters import Hold, Roster, Sitting, roster_id
from services.scheduling.agendas.domain.waitlist import (
    NoOffer,
    NoSignUp,
    OfferOver,
    PaidWithTheOrder,
    SeatsTooEarlyReleased,
    SessionFull,
    SessionOff,
)
from shared.change import Change
from shared.contracts.registration import PlacesSetAside
from shared.contracts.scheduling import SeatOffered, SeatOwed, SeatsWanted
from shared.problem import Refusal

NOW = datetime(2025, 5, 1, 15, tzinfo=UTC)  # ten in the morning in St. Louis
SITTING = Sitting(
    code="C-31",
    title="Records in a crisis",
    room="Hall 2",
    starts=datetime(2025, 5, 19, 18, 30, tzinfo=UTC),
    ends=datetime(2025, 5, 19, 19, 45, tzinfo=UTC),
    zone="America/Chicago",
)
PAID_SITTING = replace(SITTING, code="A-02", product="academy-2")


def roster(*, seats: int = 2, sitting: Sitting = SITTING) -> Roster:
    """The roster of a session that was just released."""
    empty = Roster(id=roster_id("ses_1"), session="ses_1", conference="conf_79")
    return waitlist.released(empty, sitting, seats=seats, release=1, now=NOW).state


def signed_up(*persons: str, seats: int = 2) -> Roster:
    """The roster after these have asked for a seat, in this order."""
    here = roster(seats=seats)
    for each in persons:
        here = waitlist.sign_up(here, each, or_wait=True, now=NOW).state
    return here


def holders(here: Roster, hold: Hold | None = None) -> list[str]:
    return [each.person for each in here.held if hold in (None, each.hold)]


def offers(change: Change[Roster]) -> list[tuple[str, int]]:
    return [(each.person, each.turn) for each in change.events if isinstance(each, SeatOffered)]


def test_seats_are_given_in_the_order_in_which_people_come_and_then_places_on_the_waitlist() -> None:
    here = signed_up("ann", "bob", "cat", "dan")

    assert holders(here) == ["ann", "bob"]
    assert here.waiting == ("cat", "dan")
    assert here.place_of("dan") == 2


def test_asking_twice_changes_nothing() -> None:
    here = signed_up("ann", "bob", "cat")

    assert signed_up("ann", "ann", "bob", "cat", "cat", "ann") == here


def test_who_does_not_want_to_wait_is_told_that_the_session_is_full() -> None:
    with pytest.raises(SessionFull) as refused:
        waitlist.sign_up(signed_up("ann", "bob", "cat"), "dan", or_wait=False, now=NOW)

    assert refused.value.facts == {"code": "C-31", "waiting_count": 1}


def test_a_seat_that_is_given_back_is_offered_to_the_first_who_waits() -> None:
    change = waitlist.give_back(signed_up("ann", "bob", "cat", "dan"), "ann", now=NOW)

    assert offers(change) == [("cat", 1)]
    assert holders(change.state, Hold.OFFERED) == ["cat"]
    assert change.state.waiting == ("dan",)


def test_an_offer_that_is_taken_is_a_seat_and_taking_it_twice_changes_nothing() -> None:
    offered = waitlist.give_back(signed_up("ann", "bob", "cat"), "ann", now=NOW).state

    taken = waitlist.accept(offered, "cat", now=NOW).state

    assert holders(taken, Hold.SIGNED_UP) == ["bob", "cat"]
    assert waitlist.accept(taken, "cat", now=NOW).state == taken


def test_an_offer_that_is_declined_goes_to_the_next() -> None:
    offered = waitlist.give_back(signed_up("ann", "bob", "cat", "dan"), "ann", now=NOW).state

    assert offers(waitlist.give_back(offered, "cat", now=NOW)) == [("dan", 2)]


def test_an_offer_that_runs_out_goes_to_the_next_and_can_not_be_taken_any_more() -> None:
    offered = waitlist.give_back(signed_up("ann", "bob", "cat", "dan"), "ann", now=NOW).state
    assert offered.next_at is not None

    before = waitlist.settled(offered, now=offered.next_at - timedelta(milliseconds=1))
    after = waitlist.settled(offered, now=offered.next_at)

    assert offers(before) == []
    assert offers(after) == [("dan", 2)]
    assert after.state.passed_over == ("cat",)
    for late in (offered, after.state):
        with pytest.raises(OfferOver):
            waitlist.accept(late, "cat", now=offered.next_at)


def test_who_was_passed_over_may_wait_again_at_the_end() -> None:
    offered = waitlist.give_back(signed_up("ann", "bob", "cat", "dan", "eve"), "ann", now=NOW).state
    assert offered.next_at is not None

    again = waitlist.sign_up(offered, "cat", or_wait=True, now=offered.next_at)

    assert again.state.waiting == ("eve", "cat")
    assert again.state.passed_over == ()


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2025-05-01T15:00+00:00", "2025-05-03T05:00+00:00"),  # the end of the next day in St. Louis
        ("2025-05-02T04:30+00:00", "2025-05-03T05:00+00:00"),  # half past eleven at night on the first
        ("2025-05-18T15:00+00:00", "2025-05-19T18:30+00:00"),  # the next day is the day: until it starts
        ("2025-05-19T05:00+00:00", "2025-05-19T05:10+00:00"),  # on the day ten minutes
        ("2025-05-19T18:46+00:00", "2025-05-19T18:56+00:00"),  # also after the start
    ],
)
def test_an_offer_stands_until_the_end_of_the_next_day_or_the_start_and_ten_minutes_on_the_day(
    now: str, until: str
) -> None:
    assert waitlist.offered_until(SITTING, now=datetime.fromisoformat(now)) == datetime.fromisoformat(until)


def test_nobody_takes_a_seat_that_is_not_offered() -> None:
    with pytest.raises(NoOffer):
        waitlist.accept(signed_up("ann", "bob", "cat"), "cat", now=NOW)


def test_a_paid_seat_is_seated_even_if_the_roster_is_full_and_the_excess_is_seen() -> None:
    here = waitlist.hold_paid(signed_up("ann", "bob", "cat"), "pam", now=NOW).state

    assert holders(here, Hold.PAID) == ["pam"]
    assert here.waiting == ("cat",)
    assert here.over_count == 1


def test_who_waits_and_then_pays_has_a_seat_and_waits_no_longer() -> None:
    here = waitlist.hold_paid(signed_up("ann", "bob", "cat"), "cat", now=NOW).state

    assert (holders(here, Hold.PAID), here.waiting) == (["cat"], ())


def test_an_overfull_roster_offers_nothing_until_it_is_not() -> None:
    full = waitlist.hold_paid(signed_up("ann", "bob", "cat"), "pam", now=NOW).state

    one_less = waitlist.give_back(full, "ann", now=NOW)
    two_less = waitlist.give_back(one_less.state, "bob", now=NOW)

    assert (offers(one_less), offers(two_less)) == ([], [("cat", 1)])


def test_a_paid_seat_is_not_given_back_but_with_its_option() -> None:
    here = waitlist.hold_paid(signed_up("ann", "bob", "cat", seats=3), "pam", now=NOW).state

    with pytest.raises(PaidWithTheOrder, match="It was not given back; please ask the host committee"):
        waitlist.give_back(here, "pam", now=NOW)
    assert holders(waitlist.release_paid(here, "pam", now=NOW).state) == ["ann", "bob", "cat"]
    assert waitlist.release_paid(here, "ann", now=NOW).state == here


@pytest.mark.parametrize("or_wait", [True, False])
def test_nobody_signs_up_for_a_paid_session_that_has_places_left(or_wait: bool) -> None:
    with pytest.raises(PaidWithTheOrder, match="There are seats left; you can add one on your registration's page"):
        waitlist.sign_up(roster(sitting=PAID_SITTING), "ann", or_wait=or_wait, now=NOW)


def academy(*waiting: str) -> Roster:
    """A paid session with one seat, which pam has, and those who wait for it."""
    here = waitlist.hold_paid(roster(seats=1, sitting=PAID_SITTING), "pam", now=NOW).state
    for each in waiting:
        here = waitlist.sign_up(here, each, or_wait=True, now=NOW).state
    return here


def set_aside(count: int, *, revision: int) -> PlacesSetAside:
    """Registration keeps so many places for the waitlist."""
    return PlacesSetAside(
        places="conf_79:academy-2",
        conference="conf_79",
        product="academy-2",
        session="ses_1",
        count=count,
        revision=revision,
    )


def test_when_a_paid_session_is_full_one_may_wait_and_registration_is_told_how_many_do() -> None:
    waits = waitlist.sign_up(academy("ann"), "bob", or_wait=True, now=NOW)

    assert waits.state.waiting == ("ann", "bob")
    assert [(each.product, each.count, each.revision) for each in waits.events if isinstance(each, SeatsWanted)] == [
        ("academy-2", 2, 2)
    ]


def test_a_free_seat_of_a_paid_session_is_offered_with_a_place_that_was_set_aside_and_not_before() -> None:
    freed = waitlist.release_paid(academy("ann"), "pam", now=NOW)
    assert (offers(freed), freed.state.free_count) == ([], 1)

    offered = waitlist.have_places(freed.state, set_aside(1, revision=1), now=NOW)

    assert offers(offered) == [("ann", 1)]
    assert waitlist.have_places(offered.state, set_aside(1, revision=1), now=NOW) == Change(offered.state)


def test_a_place_that_is_set_aside_before_the_seat_is_free_is_used_when_it_is() -> None:
    kept = waitlist.have_places(academy("ann"), set_aside(1, revision=1), now=NOW)

    assert offers(kept) == []
    assert offers(waitlist.release_paid(kept.state, "pam", now=NOW)) == [("ann", 1)]


def test_a_place_is_given_back_when_nobody_wants_it_and_an_answer_from_before_does_not_bring_it_back() -> None:
    kept = waitlist.have_places(academy("ann"), set_aside(1, revision=1), now=NOW).state
    gone = waitlist.give_back(kept, "ann", now=NOW)
    again = waitlist.sign_up(gone.state, "ann", or_wait=True, now=NOW).state

    late = waitlist.have_places(again, set_aside(1, revision=1), now=NOW)

    assert [(each.count, each.revision) for each in gone.events if isinstance(each, SeatsWanted)] == [(0, 2)]
    assert offers(waitlist.release_paid(late.state, "pam", now=NOW)) == []


def test_whoever_comes_while_others_wait_for_a_place_waits_behind_them_though_a_seat_is_free() -> None:
    bigger = waitlist.released(academy("ann"), PAID_SITTING, seats=5, release=2, now=NOW).state

    assert waitlist.sign_up(bigger, "bob", or_wait=True, now=NOW).state.waiting == ("ann", "bob")
    with pytest.raises(PaidWithTheOrder, match="None is left; you may join the waitlist"):
        waitlist.sign_up(bigger, "bob", or_wait=False, now=NOW)


def test_who_paid_and_has_not_come_leaves_the_place_to_who_waits_until_the_option_ends() -> None:
    emptied = waitlist.release_no_shows(academy("ann", "bob"), present=(), now=LATE)

    assert offers(emptied) == [("ann", 1)]
    assert emptied.state.absent == ("pam",)
    ended = waitlist.release_paid(emptied.state, "pam", now=LATE).state
    assert (ended.absent, waitlist.release_paid(ended, "pam", now=LATE)) == ((), Change(ended))
    bigger = waitlist.released(ended, PAID_SITTING, seats=5, release=2, now=LATE)
    assert offers(bigger) == []


def test_in_a_smaller_room_the_last_sign_ups_wait_first_in_their_order_and_who_paid_keeps_the_seat() -> None:
    here = signed_up("ann", "bob", "cat", "dan", "eve", seats=4)
    here = waitlist.hold_paid(here, "pam", now=NOW).state

    smaller = waitlist.released(here, SITTING, seats=2, release=2, now=NOW)

    assert holders(smaller.state) == ["ann", "pam"]
    assert smaller.state.waiting == ("bob", "cat", "dan", "eve")
    assert smaller.state.displaced == ("bob", "cat", "dan")
    assert offers(smaller) == []


def test_when_even_the_paid_seats_are_too_many_for_the_room_they_all_stay() -> None:
    here = roster(seats=2)
    for each in ("pam", "pit", "pia"):
        here = waitlist.hold_paid(here, each, now=NOW).state

    smaller = waitlist.released(here, SITTING, seats=1, release=2, now=NOW).state

    assert (len(smaller.held), smaller.over_count, smaller.displaced) == (3, 2, ())


def test_an_offer_in_a_room_that_became_smaller_goes_back_before_any_seat() -> None:
    here = waitlist.give_back(signed_up("ann", "bob", "cat", "dan"), "ann", now=NOW).state

    smaller = waitlist.released(here, SITTING, seats=1, release=2, now=NOW).state

    assert (holders(smaller), smaller.waiting, smaller.displaced) == (["bob"], ("cat", "dan"), ())


def test_in_a_bigger_room_those_who_wait_are_offered_the_seats_in_order() -> None:
    bigger = waitlist.released(signed_up("ann", "bob", "cat", "dan", "eve"), SITTING, seats=4, release=2, now=NOW)

    assert offers(bigger) == [("cat", 1), ("dan", 2)]
    assert bigger.state.waiting == ("eve",)


def test_a_release_that_is_not_newer_changes_nothing() -> None:
    here = waitlist.released(signed_up("ann", "bob"), SITTING, seats=5, release=3, now=NOW).state

    for number in (2, 3):
        assert waitlist.released(here, SITTING, seats=1, release=number, now=NOW) == Change(here)


def test_a_session_that_replaces_another_asks_its_holders_first() -> None:
    empty = Roster(id=roster_id("ses_2"), session="ses_2", conference="conf_79")

    change = waitlist.released(empty, SITTING, seats=2, release=4, first=("ann", "bob", "cat"), now=NOW)

    assert offers(change) == [("ann", 1), ("bob", 2)]
    assert change.state.waiting == ("cat",)


def test_a_cancelled_session_takes_and_offers_nothing_and_its_seats_are_back_when_it_is() -> None:
    here = signed_up("ann", "bob", "cat")

    off = waitlist.released(here, replace(SITTING, is_cancelled=True), seats=9, release=2, now=NOW)
    back = waitlist.released(off.state, SITTING, seats=2, release=3, now=NOW)

    assert offers(off) == []
    with pytest.raises(SessionOff):
        waitlist.sign_up(off.state, "dan", or_wait=True, now=NOW)
    assert (holders(back.state), back.state.waiting) == (["ann", "bob"], ("cat",))


def test_when_nobody_needs_a_seat_any_more_none_is_offered_and_all_is_known_when_sign_up_is_back() -> None:
    here = signed_up("ann", "bob", "cat")

    dropped = waitlist.released(here, None, seats=0, release=2, now=NOW)
    back = waitlist.released(dropped.state, SITTING, seats=3, release=3, now=NOW)

    assert (dropped.events, dropped.state.next_at) == ((), None)
    with pytest.raises(NoSignUp):
        waitlist.sign_up(dropped.state, "dan", or_wait=True, now=NOW)
    assert holders(back.state, Hold.SIGNED_UP) == ["ann", "bob"]
    assert offers(back) == [("cat", 1)]


def test_a_session_that_is_over_takes_and_offers_nothing() -> None:
    here = signed_up("ann", "bob", "cat")

    assert offers(waitlist.give_back(here, "ann", now=SITTING.ends)) == []
    with pytest.raises(SessionOff):
        waitlist.sign_up(here, "dan", or_wait=True, now=SITTING.ends)


def test_a_session_without_sign_up_refuses_but_holds_a_paid_seat_until_a_release_tells_of_it() -> None:
    unknown = Roster(id=roster_id("ses_9"), session="ses_9", conference="conf_79")
    with pytest.raises(NoSignUp):
        waitlist.sign_up(unknown, "ann", or_wait=True, now=NOW)

    paid = waitlist.hold_paid(unknown, "pam", now=NOW).state
    told = waitlist.released(paid, PAID_SITTING, seats=30, release=1, now=NOW).state

    assert (paid.over_count, holders(told, Hold.PAID), told.free_count) == (0, ["pam"], 29)


LATE = SITTING.starts + timedelta(minutes=15)


def test_after_a_quarter_of_an_hour_the_seats_of_those_who_have_not_come_go_to_those_who_wait() -> None:
    here = waitlist.hold_paid(signed_up("ann", "bob", "cat", "dan", seats=3), "pam", now=NOW).state
    here = waitlist.sign_up(here, "eve", or_wait=True, now=NOW).state
    assert here.next_at == LATE

    change = waitlist.release_no_shows(here, present={"bob"}, now=LATE)

    assert offers(change) == [("dan", 1), ("eve", 2)]
    assert change.state.no_shows == ("cat", "ann", "pam")  # one more than wait: there was one seat too many
    assert [each.until for each in change.state.held if each.until] == [LATE + timedelta(minutes=10)] * 2


def test_no_more_seats_are_given_away_than_people_wait_and_the_paid_ones_last() -> None:
    here = signed_up("ann", "bob", "cat", seats=3)
    here = waitlist.hold_paid(here, "ann", now=NOW).state
    here = waitlist.sign_up(here, "dan", or_wait=True, now=NOW).state

    change = waitlist.release_no_shows(here, present=(), now=SITTING.starts)

    assert change.state.no_shows == ("cat",)
    assert waitlist.release_no_shows(signed_up("ann", "bob"), present=(), now=LATE).state.no_shows == ()


def test_when_nobody_has_looked_who_came_nobody_is_absent() -> None:
    change = waitlist.release_no_shows(signed_up("ann", "bob", "cat"), present=None, now=LATE)

    assert (change.state.no_shows, change.state.next_at, offers(change)) == ((), None, [])


def test_nobody_is_late_before_the_start() -> None:
    with pytest.raises(SeatsTooEarlyReleased):
        waitlist.release_no_shows(signed_up("ann"), present=(), now=SITTING.starts - timedelta(seconds=1))


def test_when_the_conference_does_not_take_place_a_seat_that_is_given_up_is_offered_to_nobody() -> None:
    here = waitlist.vacated(signed_up("ann", "bob", "cat"), "ann").state

    assert (holders(here), here.waiting, here.next_at) == (["bob"], ("cat",), None)


@pytest.mark.parametrize("refusal", [NoSignUp, SessionOff, NoOffer, PaidWithTheOrder, SessionFull])
def test_a_refusal_has_a_title_in_words(refusal: type[Refusal]) -> None:
    assert len(refusal.title.split()) >= 2


def taken() -> Roster:
    """The Academy, in which the first who waited has taken the seat that was offered with a place kept for them."""
    here = waitlist.have_places(academy("cat", "dan"), set_aside(1, revision=2), now=NOW).state
    free = waitlist.release_paid(here, "pam", now=NOW).state
    return waitlist.accept(free, "cat", now=NOW).state


def test_a_seat_is_ordered_under_the_claim_it_was_taken_by_with_the_place_that_was_kept_for_it() -> None:
    here = taken()
    seat = here.seat_of("cat")
    assert seat is not None

    change = waitlist.ordered(here, "cat", claim=seat.claim, is_owed=True, now=NOW)

    assert change is not None
    assert change.state.seat_of("cat") == replace(seat, hold=Hold.PAID, is_owed=True)
    assert change.state.set_aside_count == here.set_aside_count - 1
    assert [each for each in change.events if isinstance(each, SeatOwed)] == []  # owed before, and still
    assert [each.count for each in change.events if isinstance(each, SeatsWanted)] == [1]
    assert offers(change) == []


def test_a_seat_that_was_given_up_and_taken_again_is_another_claim() -> None:
    here = taken()
    first = here.seat_of("cat")
    assert first is not None
    away = waitlist.give_back(here, "cat", now=NOW).state  # and the next is offered it
    next_one = waitlist.accept(away, "dan", now=NOW).state.seat_of("dan")
    again = replace(away, held=(replace(first, claim=first.claim + 5),))

    assert next_one is not None
    assert next_one.claim != first.claim
    assert waitlist.ordered(away, "cat", claim=first.claim, is_owed=True, now=NOW) is None
    assert waitlist.ordered(again, "cat", claim=first.claim, is_owed=True, now=NOW) is None


def test_an_ordered_seat_is_owed_until_it_is_paid_and_then_goes_back_with_its_option_only() -> None:
    here = taken()
    seat = here.seat_of("cat")
    assert seat is not None
    ordered = waitlist.ordered(here, "cat", claim=seat.claim, is_owed=True, now=NOW)
    assert ordered is not None

    given_back = waitlist.give_back(ordered.state, "cat", now=NOW)
    paid = waitlist.paid(ordered.state, "cat", now=NOW)

    assert [(each.person, each.ended) for each in owed_no_more(given_back)] == [("cat", "given_up")]
    assert [(each.person, each.ended) for each in owed_no_more(paid)] == [("cat", "paid")]
    assert waitlist.paid(paid.state, "cat", now=NOW) == Change(paid.state)
    with pytest.raises(PaidWithTheOrder, match="It was not given back"):
        waitlist.give_back(paid.state, "cat", now=NOW)


def test_of_a_session_that_is_cancelled_nobody_is_said_to_have_given_up_the_seat() -> None:
    here = taken()

    off = waitlist.released(here, replace(PAID_SITTING, is_cancelled=True), seats=1, release=2, now=NOW)

    assert [(each.person, each.ended) for each in owed_no_more(off)] == [("cat", "off")]


def owed_no_more(change: Change[Roster]) -> list[SeatOwed]:
    """Who owes nothing any more for a seat, and why."""
    return [each for each in change.events if isinstance(each, SeatOwed) and not each.is_owed]
