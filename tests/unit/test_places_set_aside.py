"""Claims about the places of a paid session, whatever travels between registration and scheduling: each has one owner.

Both halves are the real decisions, with a line in each direction between them that is slow and says things twice.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.registration.prices.domain import waiting
from services.registration.prices.domain.fees import Option
from services.registration.prices.domain.places import OptionPlaces, closed, counted, reopened
from services.scheduling.agendas.domain import waitlist
from services.scheduling.agendas.domain.rosters import Hold, Roster, Sitting, roster_id
from shared.change import Change
from shared.contracts.registration import PlacesSetAside
from shared.contracts.scheduling import SeatsWanted
from shared.problem import Refusal

PLACE_COUNT = 3
PEOPLE = st.sampled_from([f"per_{number}" for number in range(6)])
START = datetime(2025, 5, 19, 18, tzinfo=UTC)
A02 = Option(key="a-02", label="Academy A-02", amount_minor=9500, session="ses_02", place_count=PLACE_COUNT)
SITTING = Sitting(
    code="A-02",
    title="Budgets that hold",
    room="Room 4",
    starts=START,
    ends=START + timedelta(hours=4),
    zone="America/Chicago",
    product="a-02",
)


class Places(RuleBasedStateMachine):
    """One paid session, from before it is sold until its doors open."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2025, 4, 1, 12, tzinfo=UTC)
        self.places = counted(A02, conference="conf_79", known=None)
        self.roster = Roster(id=roster_id("ses_02"), session="ses_02", conference="conf_79")
        self.to_registration: list[SeatsWanted] = []
        self.to_scheduling: list[
            PlacesSetAside | tuple[str, bool]
        ] = []  # also who has a place with their order, or no longer
        self.heard: list[SeatsWanted | PlacesSetAside] = []
        self.buyers: list[str] = []
        self.release(seats=PLACE_COUNT, is_cancelled=False)

    # registration

    def count(self, change: Change[OptionPlaces] | None) -> None:
        if change is not None:
            self.places = change.state
            self.to_scheduling += [each for each in change.events if isinstance(each, PlacesSetAside)]

    @precondition(lambda self: self.places.free_count)
    @rule()
    def buy(self) -> None:
        self.places = replace(self.places, taken_count=self.places.taken_count + 1)
        self.buyers.append(f"buyer_{len(self.to_scheduling)}_{len(self.heard)}_{len(self.buyers)}_{self.now}")
        self.to_scheduling.append((self.buyers[-1], True))

    @precondition(lambda self: self.buyers)
    @rule()
    def have_the_money_back(self) -> None:
        self.to_scheduling.append((self.buyers.pop(0), False))
        self.count(waiting.returned(self.places, count=1, is_over=False))

    @precondition(lambda self: self.places.place_count < PLACE_COUNT + 2)
    @rule()
    def sell_one_more(self) -> None:
        option = replace(A02, place_count=(self.places.place_count or 0) + 1)
        self.count(waiting.served(counted(option, conference="conf_79", known=self.places)))

    @rule()
    def close(self) -> None:
        self.places = closed(self.places)

    @rule()
    def reopen(self) -> None:
        self.count(waiting.served(reopened(self.places)))

    @precondition(lambda self: self.to_registration)
    @rule()
    def registration_hears(self) -> None:
        event = self.to_registration.pop(0)
        self.heard.append(event)
        self.count(waiting.wanted(event, self.places))

    # scheduling

    def seat(self, change: Change[Roster]) -> None:
        self.roster = change.state
        self.to_registration += [each for each in change.events if isinstance(each, SeatsWanted)]

    @rule(person=PEOPLE)
    def wait(self, person: str) -> None:
        try:
            self.seat(waitlist.sign_up(self.roster, person, or_wait=True, now=self.now))
        except Refusal:
            assert self.roster.open_count or (self.roster.sitting and self.roster.sitting.is_cancelled)

    @rule(person=PEOPLE)
    def give_back(self, person: str) -> None:
        self.seat(waitlist.give_back(self.roster, person, now=self.now))

    @rule(person=PEOPLE)
    def accept(self, person: str) -> None:
        offered = [each.person for each in self.roster.held if each.hold is Hold.OFFERED]
        if person in offered and not (self.roster.sitting and self.roster.sitting.is_cancelled):
            self.seat(waitlist.accept(self.roster, person, now=self.now))

    @rule()
    def let_an_offer_run_out(self) -> None:
        if self.roster.next_at and self.roster.next_at < START:
            self.now = max(self.now, self.roster.next_at)
            self.seat(waitlist.settled(self.roster, now=self.now))

    @rule(seats=st.integers(1, 6), is_cancelled=st.sampled_from([False, False, True]))
    def release(self, seats: int, is_cancelled: bool) -> None:
        sitting = replace(SITTING, is_cancelled=is_cancelled)
        number = self.roster.release + 1
        self.seat(waitlist.released(self.roster, sitting, seats=seats, release=number, now=self.now))

    @precondition(lambda self: self.to_scheduling)
    @rule()
    def scheduling_hears(self) -> None:
        match self.to_scheduling.pop(0):
            case PlacesSetAside() as event:
                self.heard.append(event)
                self.seat(waitlist.have_places(self.roster, event, now=self.now))
            case (str(person), True):
                self.seat(waitlist.hold_paid(self.roster, person, now=self.now))
            case (str(person), False):
                self.seat(waitlist.release_paid(self.roster, person, now=self.now))

    @precondition(lambda self: self.heard)
    @rule(data=st.data())
    def something_is_delivered_again(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(self.heard))
        if isinstance(event, SeatsWanted):
            assert waiting.wanted(event, self.places) is None
        else:
            self.seat(waitlist.have_places(self.roster, event, now=self.now))

    # always

    @invariant()
    def no_place_has_two_owners(self) -> None:
        """Whoever bought one, and whoever was offered a seat or took it, are never more than there are places."""
        assert self.places.taken_count + self.roster.unordered_count <= (self.places.place_count or 0)

    @invariant()
    def the_waitlist_has_no_place_that_is_for_sale(self) -> None:
        assert self.roster.unordered_count <= self.roster.set_aside_count <= self.places.set_aside_count

    @invariant()
    def no_place_is_for_sale_while_somebody_is_known_to_wait(self) -> None:
        missing = self.places.wanted_count - self.places.set_aside_count
        assert missing >= 0
        assert not (missing and self.places.free_count)

    def teardown(self) -> None:
        """When all has been heard, both say the same, and nobody waits while there is a place and a seat."""
        while self.to_registration or self.to_scheduling:
            if self.to_registration:
                self.registration_hears()
            if self.to_scheduling:
                self.scheduling_hears()
            self.no_place_has_two_owners()
        assert self.places.wanted_count == len(self.roster.waiting) + self.roster.unordered_count
        assert self.places.set_aside_count == self.roster.set_aside_count
        is_on = self.roster.sitting and not self.roster.sitting.is_cancelled
        if self.places.is_open and is_on and self.roster.waiting:
            assert not self.places.free_count or self.places.set_aside_count == self.places.wanted_count
            assert not self.roster.free_count or self.roster.unordered_count == self.roster.set_aside_count


TestPlaces = Places.TestCase
TestPlaces.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def wants(count: int, revision: int, **changed: str) -> SeatsWanted:
    """The waitlist of A-02 wants so many."""
    about = {"roster": "roster:ses_02", "session": "ses_02", "conference": "conf_79", "product": "a-02"} | changed
    return SeatsWanted(**about, count=count, revision=revision)


def test_what_is_wanted_before_the_option_is_sold_is_set_aside_when_it_is() -> None:
    early = waiting.wanted(wants(2, 1), None)
    assert early is not None
    assert (early.state.free_count, early.state.set_aside_count) == (0, 0)

    sold = waiting.served(counted(A02, conference="conf_79", known=early.state))

    assert [(each.count, each.revision) for each in sold.events if isinstance(each, PlacesSetAside)] == [(2, 1)]
    assert sold.state.free_count == 1


def test_a_place_that_is_given_back_is_for_those_who_wait_and_for_nobody_when_the_conference_is_over() -> None:
    sold = replace(counted(A02, conference="conf_79", known=None), taken_count=PLACE_COUNT)
    waits = waiting.wanted(wants(1, 1), sold)
    assert waits is not None

    kept, over = (waiting.returned(waits.state, count=1, is_over=each) for each in (False, True))

    assert (kept.state.set_aside_count, kept.state.free_count, len(kept.events)) == (1, 0, 1)
    assert (over.state.set_aside_count, over.events) == (0, ())


def test_an_option_that_sells_another_session_sets_nothing_aside() -> None:
    places = counted(A02, conference="conf_79", known=None)

    assert waiting.wanted(wants(2, 1, session="ses_09"), places) is None


def test_an_option_without_an_end_has_a_place_for_everybody_who_waits() -> None:
    places = counted(replace(A02, place_count=None), conference="conf_79", known=None)

    change = waiting.wanted(wants(7, 1), places)

    assert change is not None
    assert (change.state.set_aside_count, change.state.free_count) == (7, None)


def test_when_another_option_pays_for_the_session_places_of_the_one_before_go_back_and_no_answer_about_it_counts() -> (
    None
):
    empty = Roster(id=roster_id("ses_02"), session="ses_02", conference="conf_79", product="a-02")
    waits = replace(empty, waiting=("ann",), wanted_count=1, wanted_revision=4, set_aside_count=1)
    sitting = replace(SITTING, product="a-99")

    change = waitlist.released(waits, sitting, seats=3, release=1, now=datetime(2025, 4, 1, tzinfo=UTC))

    said = [each for each in change.events if isinstance(each, SeatsWanted)]
    assert change.events == tuple(said)  # no seat is offered
    assert [(each.product, each.count, each.revision) for each in said] == [("a-02", 0, 5), ("a-99", 1, 6)]
    old = PlacesSetAside(
        places="conf_79:a-02", conference="conf_79", product="a-02", session="ses_02", count=1, revision=6
    )
    assert waitlist.have_places(change.state, old, now=datetime(2025, 4, 1, tzinfo=UTC)) == Change(change.state)
