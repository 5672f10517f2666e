"""The call's pure decisions: what follows from what, and what never does, whatever the order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.call.domain import away, proposals, speaking
from services.scheduling.call.domain.call import Call, Standing, Terms, call_id, confirm_by
from services.scheduling.call.domain.codes import next_code
from services.scheduling.call.domain.proposals import Proposal, may_be_accepted, may_be_declined
from services.scheduling.conferences.domain.conference import Conference, Life
from services.scheduling.programme.domain.programme import Casting, Editorial, Kind, Session, Slot, Window
from shared.clock import end_of_day
from shared.contracts.scheduling import ProposalDecided, SpeakerConfirmed, SpeakerWithdrew
from shared.problem import Refusal
from shared.web.pace import WINDOW_SECONDS, Pace, TooManyForms, network_of

ZONE = "America/Chicago"
NOW = datetime(2020, 4, 9, 14, tzinfo=UTC)
CONFERENCE = Conference(
    id="conf_1",
    key="79th",
    title="79th Annual Conference",
    city="St. Louis",
    zone=ZONE,
    currency="USD",
    starts=date(2020, 5, 17),
    ends=date(2020, 5, 20),
    life=Life.ANNOUNCED,
)
TERMS = Terms(opens=date(2020, 4, 1), closes=date(2020, 4, 30), kinds=(Kind.CONCURRENT,), lengths=(75,))
PERSONS = ("p1", "p2", "p3")
NAMES = dict(zip(PERSONS, ("Ann", "Ben", "Cid"), strict=True))


def proposed(*persons: str) -> tuple[Proposal, Session]:
    session = Session(
        id="ses_1",
        conference="conf_1",
        code="P-001",
        title="Records",
        kind=Kind.CONCURRENT,
        minutes=75,
        editorial=Editorial.PROPOSED,
        cast=tuple(Casting(person=each) for each in persons),
    )
    proposal = Proposal(
        id="ses_1", conference="conf_1", code="P-001", proposer=persons[0], persons=persons, proposed_at=NOW
    )
    return proposal, session


# the call's days


@given(st.integers(-3000, 3000))
def test_a_call_is_open_from_its_first_midnight_until_its_last_in_the_conferences_zone(minutes: int) -> None:
    call = Call(id=call_id("conf_1"), conference="conf_1", terms=TERMS)
    first, last = end_of_day(date(2020, 3, 31), ZONE), end_of_day(TERMS.closes, ZONE)

    for edge, before, after in ((first, Standing.NOT_YET, Standing.OPEN), (last, Standing.OPEN, Standing.CLOSED)):
        now = edge + timedelta(minutes=minutes)
        assert call.standing_at(CONFERENCE, now) is (after if minutes >= 0 else before)


@given(st.integers(1, 90), st.integers(0, 60))
def test_the_day_for_confirming_is_never_past_and_as_a_rule_before_the_conference(days: int, later: int) -> None:
    now = NOW + timedelta(days=later)
    today = date(2020, 4, 9) + timedelta(days=later)

    by = confirm_by(replace(TERMS, confirm_days=days), CONFERENCE, now)

    assert today <= by <= max(today, date(2020, 5, 16))
    assert by <= today + timedelta(days=days)


# histories of one proposal


ACTS = ("accept", "decline", "confirm", "withdraw", "wait")


@given(st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(PERSONS)), max_size=14))
def test_whatever_happens_the_states_and_what_is_told_agree(history: list[tuple[str, str]]) -> None:
    proposal, session = proposed(*PERSONS)
    now, told, gone = NOW, list[object](), set[str]()
    for act, person in history:
        now += timedelta(days=8 if act == "wait" else 0)
        may_accept, may_decline = may_be_accepted(proposal, session, zone=ZONE, now=now), may_be_declined(session)
        before = session
        try:
            proposal, session, said = _step(act, person, proposal, session, now)
        except Refusal:
            assert session == before
            assert not (act == "accept" and may_accept and session.editorial is not Editorial.WITHDRAWN)
            continue
        assert act != "accept" or may_accept
        assert act != "decline" or may_decline
        told += said
        gone |= {each.person for each in said if isinstance(each, SpeakerWithdrew)}
        assert not gone & set(session.speakers)

    decisions = [each for each in told if isinstance(each, ProposalDecided)]
    assert bool(decisions) is bool(proposal.decisions)
    if proposal.decision and decisions:
        assert decisions[-1].is_accepted is proposal.decision.is_accepted
    confirmed = {each.person for each in session.cast if each.is_confirmed}
    assert confirmed <= {each.person for each in told if isinstance(each, SpeakerConfirmed)}
    if session.editorial is Editorial.CONFIRMED:
        assert confirmed == set(session.speakers)
        assert confirmed


def _step(
    act: str, person: str, proposal: Proposal, session: Session, now: datetime
) -> tuple[Proposal, Session, list[object]]:
    match act:
        case "accept":
            by = confirm_by(TERMS, CONFERENCE, now)
            decided = proposals.accept(
                proposal, session, code="C-01", remark="", confirm_by=by, zone=ZONE, by="it", now=now
            )
            return decided.proposal, decided.session.state, list(decided.session.events)
        case "decline":
            decided = proposals.decline(proposal, session, remark="", by="it", now=now)
            return decided.proposal, decided.session.state, list(decided.session.events)
        case "confirm":
            change = speaking.confirm(session, person=person, confirm_by=proposal.confirm_by, zone=ZONE, now=now)
            return proposal, change.state, list(change.events)
        case "withdraw":
            left = speaking.withdraw(
                session, person=person, proposer=proposal.proposer, names=NAMES, is_complimentary=False, now=now
            )
            return proposal, left.session.state, list(left.session.events)
        case _:
            return proposal, session, []


def test_what_was_planned_stays_planned_when_its_only_speaker_leaves() -> None:
    _, session = proposed("p1")
    slot = Slot(room="r1", starts=NOW, ends=NOW + timedelta(minutes=75))
    planned = replace(session, editorial=Editorial.CONFIRMED, slot=slot)

    left = speaking.withdraw(planned, person="p1", proposer="p1", names=NAMES, is_complimentary=True, now=NOW)

    assert (left.session.state.editorial, left.session.state.slot) == (Editorial.CONFIRMED, slot)
    assert left.withdrawal is not None
    assert left.withdrawal.is_complimentary


# reviews


@given(st.lists(st.tuples(st.sampled_from(("Helen", "helen", "Tom")), st.integers(1, 5)), max_size=12))
def test_each_reviewer_counts_once_with_the_last_score(given_: list[tuple[str, int]]) -> None:
    proposal, session = proposed("p1")
    last = dict[str, int]()
    for reviewer, score in given_:
        proposal = proposals.reviewed(proposal, session, reviewer=reviewer, score=score, comment="", now=NOW)
        last[reviewer.casefold()] = score

    assert {each.reviewer.casefold(): each.opinion.score for each in proposal.reviews} == last
    if not last:
        assert proposal.average_tenths is None
    else:
        assert proposal.average_tenths is not None
        assert abs(proposal.average_tenths / 10 - sum(last.values()) / len(last)) <= 0.05 + 1e-9


# codes


@given(st.sets(st.sampled_from([f"{prefix}-{n:02}" for prefix in "CAP" for n in range(1, 40)])))
def test_the_next_code_is_free_and_behind_all_of_its_kind(taken: set[str]) -> None:
    code = next_code(Kind.CONCURRENT, taken)

    assert code not in taken
    assert all(int(code[2:]) > int(each[2:]) for each in taken if each.startswith("C-"))


# when somebody can't come


@given(st.integers(0, 150 * 24 * 60), st.integers(1, 6 * 24 * 60))
def test_times_shown_and_saved_again_are_the_same_times(later: int, minutes: int) -> None:
    begins = NOW + timedelta(minutes=later)
    window = Window(starts=begins, ends=begins + timedelta(minutes=minutes))

    shown = away.rows((window,), zone=ZONE)
    sent = {f"{name}_{row}": value for row, each in enumerate(shown) for name, value in each.items()}
    saved = away.windows(sent, zone=ZONE, row_count=len(shown))

    assert (saved[0].starts, saved[-1].ends) == (window.starts, window.ends)
    assert all(one.ends == next_.starts for one, next_ in pairwise(saved))


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        ({"day_0": "someday"}, away.DAY_WRONG),
        ({"from_0": "10:00"}, away.DAY_WRONG),
        ({"day_0": "0001-01-01"}, away.DAY_WRONG),
        ({"day_0": "2020-05-18", "from_0": "noon"}, away.TIME_WRONG),
        ({"day_0": "2020-05-18", "from_0": "12:00", "until_0": "12:00"}, away.ORDER_WRONG),
    ],
)
def test_times_that_make_no_sense_are_refused(row: dict[str, str], detail: str) -> None:
    with pytest.raises(away.AwayWrong) as wrong:
        away.windows(row, zone=ZONE, row_count=1)

    assert wrong.value.detail == detail


# how many


def test_an_address_may_send_again_when_an_hour_is_over_and_others_never_wait_for_it() -> None:
    clock = [0.0]
    pace = Pace(clock=lambda: clock[0])
    for _ in "123":
        pace.must_be_slow({"mail:a": 3}, otherwise="Later.")
        pace.count("mail:a")

    with pytest.raises(TooManyForms):
        pace.must_be_slow({"mail:a": 3, "net:1": 100}, otherwise="Later.")
    pace.must_be_slow({"mail:b": 3, "net:1": 100}, otherwise="Later.")
    clock[0] = WINDOW_SECONDS
    pace.must_be_slow({"mail:a": 3}, otherwise="Later.")


def test_all_addresses_of_one_household_count_as_one() -> None:
    assert network_of("2001:db8:1:2::3") == network_of("2001:db8:1:2:ffff::4") != network_of("2001:db8:1:3::3")
    assert network_of("192.0.2.7") == "192.0.2.7" != network_of("192.0.2.8")
    assert network_of("") == ""
