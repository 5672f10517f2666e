"""Options of an order on the real database and the real local provider: what ends is owed no more, or goes back."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from services.payments.orders.domain.payments import NotEnoughLeft
from services.payments.orders.store import PAYMENTS
from services.payments.refunds.domain.refunds import RefundState
from shared.contracts.payments import (
    InvoiceIssued,
    InvoiceReduced,
    RefundFailed,
    RefundReversed,
    RefundRunCompleted,
    RefundSettled,
    SettlementOffered,
)
from shared.contracts.registration import (
    OptionCancelled,
    OptionMoved,
    OrderPlaced,
    PlacedLine,
    RefundTerms,
)
from tests.house import envelope
from tests.integration.payments_house import CONFERENCE, FEE_MINOR, RUN, House
from tests.integration.provider_fixtures import CANCELLED
from tests.town import FINANCE

_numbers = itertools.count(1)
OPTION_MINOR = 9500
TOTAL_MINOR = FEE_MINOR + OPTION_MINOR


def submitted(payments: House, tender: str = "card", *, number: int = 1) -> str:
    """Somebody registers with an Academy and a banquet; their order's id."""
    registration = f"reg_o{number:03}"
    said = OrderPlaced(
        order=f"ord_o{next(_numbers):05}",
        conference=CONFERENCE,
        payer=f"per_o{number:03}",
        registrations=(registration,),
        tender=tender,
        currency="USD",
        lines=(
            PlacedLine(registration=registration, kind="fee", amount_minor=FEE_MINOR - OPTION_MINOR),
            PlacedLine(
                registration=registration, kind="option", amount_minor=OPTION_MINOR, product="a-07", session="ses_07"
            ),
            PlacedLine(registration=registration, kind="option", amount_minor=OPTION_MINOR, product="banquet"),
        ),
        terms=RefundTerms(),
    )
    payments.hear(said)
    return said.order


def paid(payments: House, tender: str = "card", *, method: str = "works", number: int = 1) -> str:
    """The same, paid in full; their order's id."""
    order = submitted(payments, tender, number=number)
    if tender == "card":
        payments.pay_by_card(order, method=method)
    else:
        payments.record(order, tender)
    return order


def end_option(payments: House, order: str, product: str = "a-07", **changed: Any) -> None:
    """The option ends."""
    known = payments.order(order)
    line = next(line for line in known.options if line.product == product)
    said: dict[str, Any] = {
        "registration": known.registration,
        "conference": CONFERENCE,
        "person": known.person,
        "order": order,
        "product": product,
        "session": line.session,
        "amount_minor": line.amount_minor,
        "currency": "USD",
        "by": "registrant",
    }
    payments.hear(OptionCancelled(**said | changed))


def refund_card(payments: House) -> None:
    """What is due to cards leaves."""
    payments.run_jobs("refunds")


def test_an_order_with_options_is_invoiced_once_and_its_options_are_deferred(payments: House) -> None:
    order = submitted(payments)

    payments.hear_all_again()

    (issued,) = payments.said(InvoiceIssued)
    assert issued.total_minor == TOTAL_MINOR
    assert payments.balances() == {"1100": TOTAL_MINOR, "2000": -48000, "2001": -19000}
    assert [each["option"] for each in payments.get(f"/payments/orders/{order}")["options"]] == ["a-07", "banquet"]


def test_a_card_gets_the_option_back_once_and_the_books_agree(payments: House) -> None:
    order = paid(payments)

    end_option(payments, order)
    payments.hear_all_again()
    owed = payments.balances()
    refund_card(payments)
    payments.hear_all_again()

    (reduced,) = payments.said(InvoiceReduced)
    (settled,) = payments.said(RefundSettled)
    assert (reduced.owed_back_minor, reduced.total_minor, reduced.balance_minor) == (OPTION_MINOR, FEE_MINOR, 0)
    assert (settled.amount_minor, settled.run, settled.rail) == (OPTION_MINOR, "", "card")
    assert (owed["2001"], owed["2020"]) == (-OPTION_MINOR, -OPTION_MINOR)
    assert {name: payments.balances().get(name, 0) for name in ("1100", "2000", "2001", "2020")} == {
        "1100": 0,
        "2000": -48000,
        "2001": -OPTION_MINOR,
        "2020": 0,
    }
    assert [each.amount for each in payments.provider_refunds(order)] == [OPTION_MINOR]
    (payment,) = payments.payments_of(order)
    assert (payment.captured_minor, payment.refundable_minor) == (TOTAL_MINOR, FEE_MINOR)
    shown = payments.get(f"/payments/orders/{order}")
    assert (shown["state"], shown["options"][0]["refunded_minor"]) == ("paid", OPTION_MINOR)


@pytest.mark.parametrize("rail", ["cheque", "transfer"])
def test_finance_records_the_refund_of_an_option(payments: House, rail: str) -> None:
    order = paid(payments, rail)
    end_option(payments, order)
    refund = payments.refund_of(order)
    listed = payments.get("/payments/refunds", outside="yes", state="awaiting_record")["items"]

    recorded = payments.post(
        f"/payments/refunds/{refund.id}/record",
        {"rail": rail, "reference": f"{rail} back {order}", "paid_on": "2020-04-09"},
    )

    assert recorded.status_code == 200, recorded.text
    assert [(each["id"], each["product"], each["run"]) for each in listed] == [(refund.id, "a-07", "")]
    assert payments.refund_of(order).state is RefundState.SETTLED
    assert payments.balances().get("2020", 0) == 0
    assert payments.balances()["1000"] == (TOTAL_MINOR if rail == "transfer" else 0) - OPTION_MINOR


def test_of_a_purchase_order_not_paid_yet_the_invoice_shrinks(payments: House) -> None:
    order = submitted(payments, "purchase_order")

    end_option(payments, order)
    payments.hear_all_again()

    (reduced,) = payments.said(InvoiceReduced)
    assert (reduced.written_off_minor, reduced.owed_back_minor, reduced.balance_minor) == (OPTION_MINOR, 0, FEE_MINOR)
    assert payments.balances() == {"1100": FEE_MINOR, "2000": -48000, "2001": -OPTION_MINOR}
    assert payments.get("/payments/refunds", outside="yes")["items"] == []


def test_a_grants_option_goes_back_to_its_fund(payments: House) -> None:
    order = paid(payments, "grant")

    end_option(payments, order)

    (reduced,) = payments.said(InvoiceReduced)
    assert (reduced.released_minor, reduced.owed_back_minor) == (OPTION_MINOR, 0)
    assert payments.balances() == {"1000": TOTAL_MINOR, "2000": -48000, "2001": -OPTION_MINOR, "2100": -OPTION_MINOR}
    (payment,) = payments.payments_of(order)
    assert payment.refundable_minor == FEE_MINOR


def test_a_part_paid_order_owes_less_first_and_then_money_goes_back(payments: House) -> None:
    order = submitted(payments, "cheque")
    payments.record(order, "cheque", amount_minor=60000)

    end_option(payments, order)

    (reduced,) = payments.said(InvoiceReduced)
    assert (reduced.written_off_minor, reduced.owed_back_minor, reduced.balance_minor) == (7000, 2500, 0)
    assert payments.refund_of(order).amount_minor == 2500


def test_a_page_that_asks_for_the_old_sum_is_closed_and_what_comes_on_it_goes_back(payments: House) -> None:
    order = submitted(payments)
    session = payments.start_paying(order).json["session"]

    end_option(payments, order)
    payments.provider.told("POST", f"/checkout/{session}/pay", {"method": "works"})
    payments.hear_provider()

    known = payments.order(order)
    assert (known.paid_minor, known.owed_minor) == (FEE_MINOR, 0)
    refund = payments.refund_of(order)
    assert (refund.amount_minor, refund.product) == (OPTION_MINOR, "")
    assert payments.balances()["2001"] == -OPTION_MINOR


def test_after_the_page_is_closed_the_next_one_asks_for_what_is_owed_now(payments: House) -> None:
    order = submitted(payments)
    first = payments.start_paying(order).json["session"]

    end_option(payments, order)
    payments.run_again("payment-pages")
    second = payments.start_paying(order).json["session"]
    payments.provider.told("POST", f"/checkout/{second}/pay", {"method": "works"})
    payments.hear_provider()

    assert first != second
    known = payments.order(order)
    assert (known.paid_minor, known.owed_minor, known.state) == (FEE_MINOR, 0, "paid")


def test_a_move_renames_the_line_and_moves_no_money(payments: House) -> None:
    order = paid(payments)
    before = payments.balances()
    known = payments.order(order)
    moved = OptionMoved(
        registration=known.registration,
        conference=CONFERENCE,
        person=known.person,
        order=order,
        option="a-07",
        from_session="ses_07",
        to_session="ses_09",
        amount_minor=OPTION_MINOR,
        currency="USD",
        to_option="a-09",
    )

    payments.hear(moved)
    payments.hear_all_again()

    assert [(line.product, line.session) for line in payments.order(order).options] == [
        ("a-09", "ses_09"),
        ("banquet", ""),
    ]
    assert payments.balances() == before
    end_option(payments, order, "a-09")
    assert payments.refund_of(order).amount_minor == OPTION_MINOR


def test_more_than_a_payment_has_left_never_leaves_it(payments: House) -> None:
    order = paid(payments)
    (payment,) = payments.payments_of(order)
    payments.database.mongo[PAYMENTS.name].update_one({"_id": payment.id}, {"$set": {"refundable_minor": 9499}})
    before = payments.everything()

    with pytest.raises(NotEnoughLeft):
        payments.database.attempt(lambda unit: _handle(payments, unit, order))

    assert payments.everything() == before


def _handle(payments: House, unit: Any, order: str) -> None:
    known = payments.order(order)
    said = OptionCancelled(
        registration=known.registration,
        conference=CONFERENCE,
        person=known.person,
        order=order,
        product="a-07",
        session="ses_07",
        amount_minor=OPTION_MINOR,
        currency="USD",
        by="deadline",
    )
    payments.parts.worker.call_handler(unit, envelope(said))


# a cancelled conference afterwards


def balances_left(payments: House) -> list[int]:
    """What must be zero when all is settled."""
    return [payments.balances().get(account, 0) for account in ("1100", "2000", "2001", "2020")]


def test_a_conference_cancelled_after_an_option_went_back_settles_to_zero(payments: House) -> None:
    """The money equation: captured = refunded + credited + donated, with the option among the refunds."""
    card, cheque = paid(payments, number=1), paid(payments, "cheque", number=2)
    grant, purchase = paid(payments, "grant", number=3), submitted(payments, "purchase_order", number=4)
    plain = paid(payments, number=5)
    for order in (card, cheque, grant, purchase):
        end_option(payments, order)
    refund_card(payments)
    refund = payments.refund_of(cheque)
    payments.post(
        f"/payments/refunds/{refund.id}/record", {"rail": "cheque", "reference": "c-1", "paid_on": "2020-04-09"}
    )

    payments.cancel(card, cheque, grant, purchase, plain)
    payments.fix(card)
    payments.fix(cheque, "credit")
    payments.fix(plain, "donate")
    refund_card(payments)
    payments.look_at_runs()

    offers = {each.order: each.refundable_minor for each in payments.said(SettlementOffered)}
    (completed,) = payments.said(RefundRunCompleted)
    assert offers == {card: FEE_MINOR, cheque: FEE_MINOR, plain: TOTAL_MINOR}
    assert balances_left(payments) == [0, 0, 0, 0]
    assert (completed.refunded_minor, completed.credited_minor, completed.donated_minor) == (
        FEE_MINOR,
        FEE_MINOR,
        TOTAL_MINOR,
    )
    assert (completed.released_minor, completed.voided_minor) == (FEE_MINOR, FEE_MINOR)
    own_minor = sum(each.captured_minor for order in (card, cheque, plain) for each in payments.payments_of(order))
    refunded_minor = sum(each.amount_minor for each in payments.said(RefundSettled))
    assert own_minor == refunded_minor + completed.credited_minor + completed.donated_minor
    assert [each.amount for each in payments.provider_refunds(card)] == [OPTION_MINOR, FEE_MINOR]
    assert all(
        each.refundable_minor == 0 for order in (card, cheque, grant, plain) for each in payments.payments_of(order)
    )


def test_a_run_waits_for_an_options_refund_that_was_still_under_way(payments: House) -> None:
    order = paid(payments, "cheque")
    end_option(payments, order)
    payments.cancel(order)
    payments.fix(order, "credit")
    payments.look_at_runs()
    waiting = payments.run().state

    refund = payments.refund_of(order)
    payments.post(
        f"/payments/refunds/{refund.id}/record", {"rail": "cheque", "reference": "c-2", "paid_on": "2020-04-09"}
    )
    payments.look_at_runs()

    assert waiting == "settling"
    assert payments.run().state == "settled"
    assert balances_left(payments) == [0, 0, 0, 0]
    (line, _) = payments.order(order).options
    assert [each.is_settled for each in line.refunds] == [True]


def test_a_choice_about_an_option_that_was_open_is_settled_with_the_rest_as_one(payments: House) -> None:
    order = paid(payments)

    payments.cancel(order)
    payments.fix(order)
    refund_card(payments)
    payments.look_at_runs()

    assert [each.amount for each in payments.provider_refunds(order)] == [TOTAL_MINOR]
    assert payments.said(InvoiceReduced) == []
    assert (balances_left(payments), payments.run().state) == ([0, 0, 0, 0], "settled")


def test_an_options_refund_that_comes_back_after_the_run_was_settled_opens_it_again(payments: House) -> None:
    order = paid(payments, method="refund_fails_later")
    end_option(payments, order)
    refund_card(payments)
    payments.cancel(order)
    payments.fix(order, "donate")
    payments.look_at_runs()
    settled = payments.run(RUN).state

    payments.provider.move_clock(CANCELLED + timedelta(days=4))
    payments.hear_provider()
    payments.look_at_runs()

    assert settled == "settled"
    assert len(payments.said(RefundReversed)) + len(payments.said(RefundFailed)) == 1
    assert payments.run(RUN).state == "settling"
    assert payments.refund_of(order).state is RefundState.AWAITING_PAYEE


# what finance sees


def test_finance_sees_options_and_where_their_money_is(payments: House) -> None:
    order = paid(payments, "cheque")
    end_option(payments, order)
    refund = payments.refund_of(order)

    orders, listed, one = (
        payments.client.get(f"/payments/desk/{page}", auth=FINANCE).text
        for page in (f"orders/{order}", "refunds?outside=yes&state=awaiting_record", f"refunds/{refund.id}")
    )

    assert "a-07" in orders
    assert "$95.00 to be paid back" in orders
    assert ", a-07" in listed
    assert "For the option" in one
