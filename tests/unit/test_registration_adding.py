"""Claims about what is added to a registration later, without any engine: owed, paid, moved, taken off, told apart."""

from dataclasses import replace

import pytest

from services.registration.changing.domain import option_choices, session_runs
from services.registration.prices.domain.fees import Option
from services.registration.registering.domain import adding, endings
from services.registration.registering.domain.adding import HasItAlready, IsPaid, PaymentTimeIsOver, RegistrationEnded
from services.registration.registering.domain.registrations import Life, Registration, Tender, pay
from shared.contracts.payments import InvoiceExtended
from shared.contracts.registration import OptionAdded, OptionPaid
from shared.contracts.scheduling import SessionCancelled
from tests.unit.test_registration_domain import CONFERENCE, NOW
from tests.unit.test_registration_options import A07, A09, BANQUET, FEES, UNTIL, paid, submitted

FEE_MINOR = 57500


def added(registration: Registration, option: Option, *, claim: int | None = None) -> tuple[Registration, OptionAdded]:
    """The registration with this, and what was said of it."""
    change = adding.add(registration, option, conference=CONFERENCE, fees=FEES, now=NOW, claim=claim)
    (said,) = change.events
    assert isinstance(said, OptionAdded)
    return change.state, said


def on_invoice(registration: Registration, said: OptionAdded, *, balance_minor: int) -> Registration:
    """Payments has put it on the invoice, and so much is owed."""
    event = InvoiceExtended(
        order=said.order,
        registration=said.registration,
        conference=said.conference,
        person=said.person,
        number="INV-2020-0004-1200-0001",
        tender="card",
        line="line",
        product=said.product,
        session=said.session,
        label=said.label,
        added_minor=said.amount_minor,
        total_minor=FEE_MINOR + said.amount_minor,
        balance_minor=balance_minor,
        currency="USD",
        addition=said.number,
    )
    change = adding.note_extension(registration, event)
    assert change is not None
    assert adding.note_extension(change.state, event) is None
    noted = pay(change.state, balance_minor=balance_minor)
    return noted.state if noted else change.state


def test_what_was_paid_stays_what_it_was_whether_payments_has_heard_of_the_addition_or_not() -> None:
    known = paid()
    more, said = added(known, BANQUET)

    before = pay(more, balance_minor=0)  # payments' word of the invoice as it was
    after = on_invoice(more, said, balance_minor=9500)

    assert before is None
    assert (after.paid_minor, after.total_minor - after.paid_minor) == (known.paid_minor, 9500)
    assert after.life is Life.CONFIRMED


def test_it_is_paid_when_nothing_is_owed_on_the_order_and_said_once() -> None:
    more, said = added(paid(), A07, claim=3)
    owed = on_invoice(more, said, balance_minor=9500)

    done = pay(owed, balance_minor=0)

    assert done is not None
    assert [(each.product, each.session) for each in done.events if isinstance(each, OptionPaid)] == [
        ("a-07", "ses_07")
    ]
    assert done.state.unpaid == ()
    assert pay(done.state, balance_minor=0) is None


def test_each_addition_has_a_number_of_its_own_whatever_became_of_those_before() -> None:
    first, said = added(paid(), A07)
    cancelled = session_runs.begin(
        SessionCancelled(
            session="ses_07",
            conference="74th",
            release=2,
            uid="ses_07@reconvene.example",
            sequence=1,
            code="A-07",
            title="Records in a crisis",
            starts=None,
            ends=None,
            reason="The speaker is ill.",
            alternatives=("ses_09",),
            choose_until=UNTIL,
        ),
        correlation="c",
    )
    choosing = option_choices.mark(first, run=cancelled, fees=FEES)
    assert choosing is not None
    moved = option_choices.move(choosing.state, product="a-07", to=A09).state
    again, second = added(moved, BANQUET)
    off = endings.give_back(again, product="banquet", by=endings.BY_DESK).state
    _, third = added(off, BANQUET)

    assert [said.number, second.number, third.number] == [1, 2, 3]
    assert on_invoice(moved, said, balance_minor=9500).unpaid[0].is_awaited is False


@pytest.mark.parametrize(
    ("known", "refusal"),
    [
        (replace(paid(A07), life=Life.CANCELLED), RegistrationEnded),
        (paid(A07), HasItAlready),
        (replace(submitted(BANQUET), is_time_over=True), PaymentTimeIsOver),
    ],
)
def test_what_can_not_be_added_is_refused_with_the_reason(known: Registration, refusal: type[Exception]) -> None:
    with pytest.raises(refusal, match=r"[Nn]othing was|was not added"):
        adding.must_be_addable(known, A07)


def test_what_was_ordered_from_the_start_or_is_paid_is_not_taken_off_here() -> None:
    with pytest.raises(IsPaid, match="Nothing was changed"):
        adding.take_off(paid(A07), product="a-07", by=endings.BY_REGISTRANT)
    assert adding.take_off(paid(), product="a-07", by=endings.BY_REGISTRANT) is None


def test_only_the_seat_of_its_own_claim_takes_an_option_off() -> None:
    more, _ = added(paid(), A07, claim=3)
    done = replace(more, options=tuple(replace(each, is_unpaid=False) for each in more.options))

    assert adding.claimed(done, session="ses_07", claim=3) is not None
    assert adding.claimed(done, session="ses_07", claim=4) is None
    assert adding.claimed(paid(A07), session="ses_07", claim=0) is None


def test_limited_places_of_an_unpaid_order_are_held_and_of_a_paid_one_not() -> None:
    by_card = replace(submitted(), tender=Tender.CARD)

    assert added(by_card, A07)[0].held_until == FEES.holds.until(NOW, is_by_card=True, zone=CONFERENCE.zone)
    assert added(by_card, BANQUET)[0].held_until is None
    assert added(paid(), A07)[0].held_until is None
