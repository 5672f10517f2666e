"""Claims about every history of a roster: whatever people, orders, releases and the clock do, the seats stay right."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.scheduling.agendas.domain import waitlist
from services.scheduling.agendas.domain.rosters import Hold, Roster, Sitting, roster_id
from shared.change import Change
from shared.contracts.scheduling import SeatOffered
from shared.problem import Refusal

EVERYBODY = [f"per_{number}" for number in range(9)]
PEOPLE = st.sampled_from(EVERYBODY)
START = datetime(2025, 5, 19, 18, tzinfo=UTC)
SITTING = Sitting(
    code="C-31",
    title="Records in a crisis",
    room="Hall 2",
    starts=START,
    ends=START + timedelta(hours=1),
    zone="America/Chicago",
)


class Seats(RuleBasedStateMachine):
    """One session from its first release to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2025, 5, 16, 12, tzinfo=UTC)
        self.roster = Roster(id=roster_id("ses_1"), session="ses_1", conference="conf_79")
        self.paid: set[str] = set()
        self.offers: list[SeatOffered] = []
        self.take(waitlist.released(self.roster, SITTING, seats=3, release=1, now=self.now))

    def take(self, change: Change[Roster], *, to_head: bool = False) -> None:
        """Take over a decision; those who waited before and still do keep their order, in front of who came since."""
        before, self.roster = self.roster.waiting, change.state
        kept = [each for each in self.roster.waiting if each in before]
        assert kept == [each for each in before if each in self.roster.waiting]
        if not to_head:
            assert list(self.roster.waiting[: len(kept)]) == kept
        for each in change.events:
            assert isinstance(each, SeatOffered)
            assert each.turn == len(self.offers) + 1
            assert self.now < each.until
            self.offers.append(each)

    @rule(person=PEOPLE, or_wait=st.booleans())
    def sign_up(self, person: str, or_wait: bool) -> None:
        before = self.roster
        try:
            self.take(waitlist.sign_up(before, person, or_wait=or_wait, now=self.now))
        except Refusal:
            assert not self.is_open or not or_wait
            return
        assert self.roster.seat_of(person) or person in self.roster.waiting

    @precondition(lambda self: self.is_open)
    @rule(people=st.permutations(EVERYBODY))
    def rush(self, people: list[str]) -> None:
        for each in people:
            self.sign_up(each, or_wait=True)

    @rule(person=PEOPLE)
    def give_back(self, person: str) -> None:
        try:
            self.take(waitlist.give_back(self.roster, person, now=self.now))
        except Refusal:
            assert person in self.paid
        else:
            assert self.roster.seat_of(person) is None
            assert person not in self.roster.waiting

    @rule(person=PEOPLE)
    def accept(self, person: str) -> None:
        seat = self.roster.seat_of(person)
        try:
            self.take(waitlist.accept(self.roster, person, now=self.now))
        except Refusal:
            assert seat is None or not self.is_open or (seat.until and seat.until <= self.now)
        else:
            taken = self.roster.seat_of(person)
            assert taken is not None
            assert taken.hold is not Hold.OFFERED

    @rule(person=PEOPLE)
    def pay(self, person: str) -> None:
        self.take(waitlist.hold_paid(self.roster, person, now=self.now))
        self.paid.add(person)

    @rule(person=PEOPLE)
    def cancel_option(self, person: str) -> None:
        self.take(waitlist.release_paid(self.roster, person, now=self.now))
        self.paid.discard(person)

    @rule(seats=st.integers(0, 6), is_cancelled=st.sampled_from([False, False, False, True]))
    def release(self, seats: int, is_cancelled: bool) -> None:
        signed = [each.person for each in self.roster.held if each.hold is Hold.SIGNED_UP]
        sitting = replace(SITTING, is_cancelled=is_cancelled)
        number = self.roster.release + 1
        self.take(waitlist.released(self.roster, sitting, seats=seats, release=number, now=self.now), to_head=True)
        lost = [each for each in signed if self.roster.seat_of(each) is None]
        assert lost == signed[len(signed) - len(lost) :]
        assert lost == list(self.roster.displaced)
        assert lost == [each for each in self.roster.waiting if each in lost]

    @rule(minutes=st.sampled_from([1, 9, 60, 60 * 11, 60 * 24]))
    def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        if self.roster.next_at and self.roster.next_at <= self.now:
            self.take(
                waitlist.release_no_shows(self.roster, present=None, now=self.now)
                if waitlist.must_judge_no_shows(self.roster, now=self.now)
                else waitlist.settled(self.roster, now=self.now)
            )

    @precondition(lambda self: self.is_open and self.now >= START)
    @rule(present=st.sets(PEOPLE))
    def release_no_shows(self, present: set[str]) -> None:
        held, waiting = len(self.roster.held), len(self.roster.waiting)
        self.take(waitlist.release_no_shows(self.roster, present=present, now=self.now))
        assert not present & set(self.roster.no_shows) or not waiting
        assert len(self.roster.held) >= min(held, self.roster.seats)
        self.paid -= {each for each in self.paid if self.roster.seat_of(each) is None}

    @property
    def is_open(self) -> bool:
        sitting = self.roster.sitting
        return sitting is not None and not sitting.is_cancelled and self.now < sitting.ends

    @invariant()
    def no_more_seats_are_held_than_there_are_but_by_those_who_paid(self) -> None:
        is_cancelled = self.roster.sitting and self.roster.sitting.is_cancelled
        paid = [each for each in self.roster.held if each.hold is Hold.PAID]
        assert is_cancelled or self.roster.over_count <= len(paid)

    @invariant()
    def everybody_who_paid_has_a_seat(self) -> None:
        assert self.paid == {each.person for each in self.roster.held if each.hold is Hold.PAID}

    @invariant()
    def nobody_stands_there_twice(self) -> None:
        everybody = [*(each.person for each in self.roster.held), *self.roster.waiting]
        assert len(everybody) == len(set(everybody))

    @invariant()
    def nobody_waits_while_a_seat_is_free_and_unoffered(self) -> None:
        assert not self.is_open or not (self.roster.free_count and self.roster.waiting)

    @invariant()
    def what_comes_next_is_yet_to_come(self) -> None:
        assert self.roster.next_at is None or self.roster.next_at > self.now

    @invariant()
    def every_offer_ends_by_itself(self) -> None:
        untils = [each.until for each in self.roster.held if each.hold is Hold.OFFERED]
        assert None not in untils
        assert not self.is_open or not untils or self.roster.next_at is not None


TestSeats = Seats.TestCase
TestSeats.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
