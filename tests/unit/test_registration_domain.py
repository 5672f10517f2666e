"""Claims about fees, people, registrations and their settlement, without any engine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.changing.domain import conference_runs, runs, settlement
from services.registration.changing.domain.conference_runs import CANCELLED_CONFERENCE, CancelledConference
from services.registration.changing.domain.runs import Run, Step
from services.registration.people.domain import Contact, identity_of
from services.registration.prices.domain.conferences import Conference, RegistrationClosed, must_be_open
from services.registration.prices.domain.fees import (
    Category,
    CategoryTwice,
    CategoryUnknown,
    FeeAbovePrice,
    FeesChangedMeanwhile,
    FeesKnownAlready,
    FeeTable,
    edited,
)
from services.registration.registering.domain.registrations import (
    Guest,
    Life,
    Registration,
    Settling,
    Tender,
    accept_purchase_order,
    pay,
    submit,
)
from shared.change import Change
from shared.contracts.payments import GrantReleased, InvoiceVoided, SettlementOffered
from shared.contracts.registration import (
    OrderLine,
    RefundTerms,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationSubmitted,
    SettlementChosen,
    SettlementFixed,
)
from shared.ids import digest_of
from shared.problem import Refusal

NOW = datetime(2020, 3, 10, 15, tzinfo=UTC)
CHOOSE_UNTIL = datetime(2020, 5, 1, 5, tzinfo=UTC)
DELEGATE = Category(key="delegate", label="Delegate", amount_minor=57500, guest_amount_minor=25000)
SPEAKER = Category(key="speaker", label="Speaker", amount_minor=0, guest_amount_minor=0)
TERMS = RefundTerms(organiser_cancels_fee_minor=7500)
FEES = FeeTable(revision=1, categories=(DELEGATE, SPEAKER), terms=TERMS)
CONFERENCE = Conference(
    id="74th",
    title="74th Annual Conference",
    city="St. Louis",
    zone="America/Chicago",
    currency="USD",
    starts=date(2020, 5, 17),
    ends=date(2020, 5, 20),
    fees=FEES,
    is_opened=True,
)
RUN = Run(
    id="run_1",
    conference="74th",
    kind=CANCELLED_CONFERENCE,
    cause="74th",
    correlation="c",
    until=CHOOSE_UNTIL,
    facts=runs.told(
        CancelledConference(cancelled_on=date(2020, 4, 9), choose_by=date(2020, 4, 30), default_choice="refund")
    ),
)


def submitted(*, category: Category = DELEGATE, guest_count: int = 0) -> Change[Registration]:
    """Dana asks to attend, with so many guests."""
    return submit(
        "reg_1",
        order="ord_1",
        person="per_1",
        conference=CONFERENCE,
        fees=FEES,
        category=category,
        tender=Tender.CARD,
        guests=tuple(Guest(name=f"Guest {number}") for number in range(guest_count)),
        now=NOW,
    )


def ended() -> Registration:
    """Dana's registration after the organiser has cancelled."""
    return settlement.end(submitted().state, run=RUN).state


def offer_for(registration: Registration) -> SettlementOffered:
    """What payments offers for it."""
    return SettlementOffered(
        order=registration.order,
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        run="run_1",
        tender="card",
        currency="USD",
        paid_minor=57500,
        fee_minor=7500,
        refundable_minor=50000,
        voided_minor=0,
        released_minor=0,
        choices=("refund", "credit", "donate"),
        default_choice="refund",
        choose_until=CHOOSE_UNTIL,
    )


def void_for(registration: Registration) -> InvoiceVoided:
    """The invoice of a registration that was not paid is void."""
    return InvoiceVoided(
        order=registration.order,
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        run="run_1",
        number="1",
        voided_minor=57500,
        currency="USD",
    )


def offered() -> Registration:
    """Dana's registration with its offer."""
    change = settlement.offer(ended(), offer_for(ended()))
    assert change is not None
    return change.state


def chosen(registration: Registration, choice: str) -> Registration:
    """The registration after a choice in time."""
    change = settlement.choose(registration, choice=choice, now=NOW)
    assert change is not None
    return change.state


# fees


def test_a_first_fee_table_is_revision_one_and_an_edit_by_who_has_seen_it_the_next() -> None:
    first = edited(None, categories=(DELEGATE,), terms=TERMS, seen=None)
    second = edited(first, categories=(DELEGATE,), terms=RefundTerms(), seen=frozenset({"1"}))

    assert (first.revision, second.revision, second.terms) == (1, 2, RefundTerms())


def test_an_edit_that_changes_nothing_needs_no_proof_of_having_looked() -> None:
    assert edited(FEES, categories=FEES.categories, terms=TERMS, seen=None) is FEES


@pytest.mark.parametrize(
    ("seen", "refusal"),
    [(None, FeesKnownAlready), (frozenset({"0"}), FeesChangedMeanwhile), (frozenset({"2"}), FeesChangedMeanwhile)],
)
def test_an_edit_by_who_has_not_seen_the_table_is_refused(seen: frozenset[str] | None, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        edited(FEES, categories=(DELEGATE,), terms=RefundTerms(), seen=seen)


def test_a_category_stands_in_a_table_once() -> None:
    with pytest.raises(CategoryTwice):
        edited(None, categories=(DELEGATE, DELEGATE), terms=TERMS, seen=None)


def test_the_kept_fee_is_at_most_the_cheapest_price_that_anybody_pays() -> None:
    edited(None, categories=(DELEGATE, SPEAKER), terms=RefundTerms(organiser_cancels_fee_minor=57500), seen=None)

    with pytest.raises(FeeAbovePrice):
        edited(None, categories=(DELEGATE, SPEAKER), terms=RefundTerms(organiser_cancels_fee_minor=57501), seen=None)


def test_an_unknown_category_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(CategoryUnknown, match="delegate, speaker"):
        FEES.category("nobleman")


# people


FULL_WIDTH = "\uff24\uff41\uff4e\uff41 Whitfield"  # as some keyboards write Dana


@pytest.mark.parametrize("name", ["Dana Whitfield", " dana  whitfield ", "DANA WHITFIELD", FULL_WIDTH])
def test_a_person_is_known_again_however_the_name_is_typed(name: str) -> None:
    known = Contact(name="Dana Whitfield", email="Dana@Millbrook.example", postal_address=())

    assert identity_of(Contact(name=name, email="dana@millbrook.example ", postal_address=("x",))) == identity_of(known)


@given(st.text(), st.emails(), st.emails())
def test_blanks_tell_nobody_apart_and_two_addresses_always_do(name: str, one: str, other: str) -> None:
    def identity(typed: str, email: str) -> str:
        return identity_of(Contact(name=typed, email=email, postal_address=()))

    assert identity(f"  {name} ", one) == identity(name, one)
    assert (identity(name, one) == identity(name, other)) == (one.casefold() == other.casefold())


def test_without_an_address_nobody_can_be_recognised() -> None:
    assert identity_of(Contact(name="Peg Sullivan", email=None, postal_address=("4 Elm Street",))) == ""


# registering and confirming


def test_a_registration_owes_one_fee_and_one_line_for_each_guest_at_frozen_terms() -> None:
    change = submitted(guest_count=2)

    guest = OrderLine(kind="guest", amount_minor=25000)
    (said,) = change.events
    assert isinstance(said, RegistrationSubmitted)
    assert said.lines == (OrderLine(kind="fee", amount_minor=57500), guest, guest)
    assert (said.terms, said.guest_count, change.state.total_minor) == (TERMS, 2, 107500)


def test_a_place_that_costs_nothing_is_confirmed_at_once() -> None:
    change = submitted(category=SPEAKER)

    assert [type(said) for said in change.events] == [RegistrationSubmitted, RegistrationConfirmed]
    assert change.state.life is Life.CONFIRMED


@pytest.mark.parametrize(
    "changed",
    [{"run": "run_1"}, {"is_opened": False}, {"fees": None}, {"ends": date(2020, 3, 9)}],
    ids=["cancelled", "not opened", "no prices", "over"],
)
def test_a_conference_that_is_not_open_takes_nobody(changed: dict[str, object]) -> None:
    with pytest.raises(RegistrationClosed):
        must_be_open(replace(CONFERENCE, **changed), now=NOW)  # type: ignore[arg-type]


def test_part_of_the_money_confirms_nobody_and_all_of_it_does_once() -> None:
    part = pay(submitted().state, balance_minor=20000)
    assert part is not None
    whole = pay(part.state, balance_minor=0)
    assert whole is not None

    assert (part.state.life, part.state.paid_minor, part.events) == (Life.SUBMITTED, 37500, ())
    assert (whole.state.life, whole.state.paid_minor) == (Life.CONFIRMED, 57500)
    assert [type(said) for said in whole.events] == [RegistrationConfirmed]
    assert pay(whole.state, balance_minor=0) is None


def test_a_purchase_order_confirms_once_and_the_money_later_is_no_news() -> None:
    on_order = accept_purchase_order(submitted().state)
    assert on_order is not None
    paid = pay(on_order.state, balance_minor=0)
    assert paid is not None

    assert accept_purchase_order(on_order.state) is None
    assert (paid.state.life, paid.events) == (Life.CONFIRMED, ())


def test_after_its_end_neither_money_nor_a_purchase_order_revives_a_registration() -> None:
    assert pay(ended(), balance_minor=0) is None
    assert accept_purchase_order(ended()) is None


# the end, and what is chosen


def test_the_end_carries_the_terms_of_the_purchase() -> None:
    change = settlement.end(submitted().state, run=RUN)

    (said,) = change.events
    assert isinstance(said, RegistrationCancelled)
    assert (said.terms, said.choose_until, said.default_choice) == (TERMS, CHOOSE_UNTIL, "refund")
    assert (change.state.life, change.state.settling) == (Life.CANCELLED, Settling.AWAITED)


def test_a_refund_is_final_at_once_and_a_credit_is_not() -> None:
    refund = settlement.choose(offered(), choice="refund", now=NOW)
    credit = settlement.choose(offered(), choice="credit", now=NOW)

    assert refund is not None
    assert credit is not None
    assert [type(said) for said in refund.events] == [SettlementChosen, SettlementFixed]
    assert [type(said) for said in credit.events] == [SettlementChosen]
    assert (refund.state.settling, credit.state.settling) == (Settling.FIXED, Settling.OFFERED)


def test_choosing_the_same_again_changes_nothing_even_when_it_is_final_or_late() -> None:
    for choice in ("refund", "credit", "donate"):
        assert settlement.choose(chosen(offered(), choice), choice=choice, now=CHOOSE_UNTIL) is None


@pytest.mark.parametrize(
    ("make", "choice", "now", "refusal"),
    [
        (lambda: submitted().state, "refund", NOW, settlement.NothingToChoose),
        (ended, "refund", NOW, settlement.NotWorkedOutYet),
        (offered, "cake", NOW, settlement.ChoiceUnknown),
        (lambda: chosen(offered(), "refund"), "credit", NOW, settlement.ChoiceIsFinal),
        (offered, "credit", CHOOSE_UNTIL, settlement.ChoiceTooLate),
        (lambda: settlement.fix_at_deadline(offered(), now=NOW).state, "credit", NOW, settlement.ChoiceTooLate),
    ],
)
def test_a_choice_that_can_not_be_made_is_refused(
    make: Callable[[], Registration], choice: str, now: datetime, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        settlement.choose(make(), choice=choice, now=now)


def test_the_last_instant_before_the_deadline_is_in_time() -> None:
    assert settlement.choose(offered(), choice="credit", now=CHOOSE_UNTIL - timedelta(milliseconds=1)) is not None


def test_the_deadline_fixes_what_was_chosen_last_or_else_the_default() -> None:
    changed = chosen(chosen(offered(), "credit"), "donate")
    late = [settlement.fix_at_deadline(each, now=CHOOSE_UNTIL) for each in (changed, offered())]

    fixed = [(said.choice, said.fixed_by) for each in late for said in each.events if isinstance(said, SettlementFixed)]
    assert fixed == [("donate", "deadline"), ("refund", "deadline")]


def test_who_had_paid_nothing_has_nothing_to_choose() -> None:
    change = settlement.offer_nothing(ended(), void_for(ended()))

    assert change is not None
    assert change.state.settling is Settling.NOTHING_TO_CHOOSE
    with pytest.raises(settlement.NothingToChoose):
        settlement.choose(change.state, choice="refund", now=NOW)


def test_whose_fee_took_everything_has_nothing_to_choose_now_or_after_the_deadline() -> None:
    registration = ended()
    change = settlement.offer(registration, replace(offer_for(registration), refundable_minor=0, choices=()))

    assert change is not None
    late = settlement.fix_at_deadline(change.state, now=CHOOSE_UNTIL).state
    for each in (change.state, late):
        with pytest.raises(settlement.NothingToChoose, match="kept under the terms"):
            settlement.choose(each, choice="refund", now=NOW)


def test_an_offer_for_a_registration_that_has_not_ended_is_not_believed() -> None:
    registration = submitted().state

    with pytest.raises(settlement.OfferRefused):
        settlement.offer(registration, offer_for(registration))
    with pytest.raises(settlement.OfferRefused):
        settlement.offer_nothing(registration, void_for(registration))


HAPPENINGS = ("offer", "void", "release", "refund", "credit", "donate", "deadline")


@given(st.lists(st.sampled_from(HAPPENINGS), max_size=30))
def test_whatever_happens_in_whatever_order_the_settlement_is_fixed_at_most_once(happenings: list[str]) -> None:
    registration, said, now = ended(), list[object](), NOW
    for happening in happenings:
        if happening == "deadline":
            now = CHOOSE_UNTIL
        change = happen(registration, happening, now=now)
        if change is not None:
            registration = change.state
            said.extend(change.events)

    fixed = [each for each in said if isinstance(each, SettlementFixed)]
    revisions = [each.revision for each in said if isinstance(each, SettlementChosen)]
    assert len(fixed) == (registration.settling is Settling.FIXED)
    assert revisions == list(range(1, len(revisions) + 1))
    if fixed:
        assert registration.fixed is not None
        assert fixed[0].choice == registration.fixed.choice
        assert registration.chosen is None or registration.chosen.choice == registration.fixed.choice


def happen(registration: Registration, happening: str, *, now: datetime) -> Change[Registration] | None:
    """One thing that may happen to an ended registration; a refusal changes nothing."""
    match happening:
        case "offer":
            return settlement.offer(registration, offer_for(registration))
        case "void":
            return settlement.offer_nothing(registration, void_for(registration))
        case "release":
            return settlement.offer_nothing(registration, release_for(registration))
        case "deadline":
            is_open = registration.settling is Settling.OFFERED
            return settlement.fix_at_deadline(registration, now=now) if is_open else None
        case _:
            try:
                return settlement.choose(registration, choice=happening, now=now)
            except Refusal:
                return None


def release_for(registration: Registration) -> GrantReleased:
    """The award that had paid for it is back in its fund."""
    return GrantReleased(
        order=registration.order,
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        run="run_1",
        released_minor=57500,
        voided_minor=0,
        currency="USD",
    )


# the run


def test_a_run_closes_with_the_count_and_digest_of_exactly_its_registrations() -> None:
    counted = runs.counted(RUN, ids=["b", "a"])

    said = conference_runs.closing(counted)
    assert (said.run, said.conference, said.count, said.digest) == ("run_1", "74th", 2, digest_of(["a", "b"]))
    assert (counted.step, counted.count) == (Step.SETTLING, 2)


def test_a_settled_run_that_is_reopened_settles_again_and_a_running_one_goes_on() -> None:
    assert runs.reopened(runs.settled(RUN)).step is Step.SETTLING
    assert runs.reopened(replace(RUN, step=Step.WALKING)).step is Step.WALKING
