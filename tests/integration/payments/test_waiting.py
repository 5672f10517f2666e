"""What waits for finance is on the desk with its age and what to do, and holds nothing else up."""

from datetime import timedelta

from services.payments.refunds.domain.refunds import RefundState
from services.payments.refunds.store import REFUNDS
from shared.contracts.payments import RefundRunAdvanced
from shared.contracts.registration import OptionAdded
from tests.integration.payments_house import CONFERENCE, RUN, House
from tests.integration.provider_fixtures import CANCELLED

POSTED = {"method": "POST", "path": "/v1/refunds", "count": 1}


def read(payments: House, path: str = "") -> str:
    """A page of the desk in one line, its quotes as keyboards have them."""
    return " ".join(payments.page(f"/payments/desk{path}").split()).replace("\u2019", "'")


def wait(payments: House, order: str, state: RefundState, *, is_short: bool = False) -> None:
    """As if this order's refund had been stopped."""
    stopped = {"$set": {"state": state, "is_short": is_short, "reason": "expired_or_canceled_card"}}
    payments.database.mongo[REFUNDS.name].update_one({"order": order}, stopped | {"$unset": {"job": ""}})


def test_whatever_waits_is_on_the_desk_with_its_age_and_the_rest_of_the_run_settles(payments: House) -> None:
    held, short, disputed, lost, sound = (payments.paid("card") for _ in range(5))
    (payment,) = payments.payments_of(disputed)
    payments.provider.told("POST", "/disputes", {"charge": payment.reference})
    payments.hear_provider()
    payments.stray()
    orders = (held, short, disputed, lost, sound)
    payments.cancel(*orders)
    for each in (held, short):
        payments.fix(each)
    wait(payments, held, RefundState.HELD)
    wait(payments, short, RefundState.PROVIDER_PENDING, is_short=True)
    payments.fix(lost)
    payments.provider.turn(drop_after=POSTED)
    payments.run_jobs("refunds")
    for each in (disputed, sound):
        payments.fix(each)
    payments.run_jobs("refunds")
    payments.run_jobs("refunds")
    payments.look_at_runs()

    payments.database.clock.move(CANCELLED + timedelta(days=6))
    desk = read(payments)

    states = {order: payments.refund_of(order).state for order in orders}
    assert states == {
        held: RefundState.HELD,
        short: RefundState.PROVIDER_PENDING,
        disputed: RefundState.DISPUTED,
        lost: RefundState.UNKNOWN,
        sound: RefundState.SETTLED,
    }
    assert payments.order(sound).state == "settled"
    since = "since Thursday, April 9, 2020 (6 days)"
    for sentence in (
        f"1 card refund needs your decision.</strong></a> The oldest has waited {since}. Open each",
        f"short by $575.00</h3> <p>Refunds have waited for it {since}. Top it up",
        f"waits until a dispute is decided.</a> The oldest has waited {since}. Please answer",
        f"is being checked</a>, because the card provider's answer was lost. The oldest has waited {since}.",
        f"fits no order</h3> <p>Somebody paid, and the money is on no order. The oldest has waited {since}. Look at",
        "1 dispute is open.</strong> The oldest has been open since",
    ):
        assert sentence in desk, f"{sentence} is not in {desk}"


def test_the_desk_names_what_waits_beside_the_refunds(payments: House) -> None:
    empty = read(payments)
    payments.paid("cheque")
    payments.submit("purchase_order")
    disputed = payments.order(payments.paid("card"))
    (payment,) = payments.payments_of(disputed.id)
    payments.provider.told("POST", "/disputes", {"charge": payment.reference})
    payments.hear_provider()

    desk = read(payments)

    assert "Nothing waits for you" in empty
    assert "Nothing waits for you" not in desk
    for sentence in (
        "1 dispute is open.</strong>",
        "1 cheque to deposit: $575.00.</strong> The oldest has been here since Thursday, April 9, 2020 (today).",
        "$575.00 is still to come in</a> on open invoices.",
    ):
        assert sentence in desk, f"{sentence} is not in {desk}"


def test_what_was_added_later_stands_on_the_order_with_its_day_and_the_link_to_pay(payments: House) -> None:
    order = payments.order(payments.paid("cheque"))
    added = OptionAdded(
        registration=order.registration,
        conference=CONFERENCE,
        person=order.person,
        order=order.id,
        number=1,
        product="a-02",
        session="ses_1",
        amount_minor=9500,
        currency="USD",
        label="Academy A-02",
        claim=3,
    )
    before = read(payments, f"/orders/{order.id}")

    payments.hear(added)
    payments.hear_all_again()
    of_order = read(payments, f"/orders/{order.id}")

    assert "the payment page of this order" not in before
    assert payments.order(order.id).owed_minor == 9500
    assert "Academy A-02" in of_order
    assert "added on Thursday, April 9, 2020" in of_order
    assert "the payment page of this order" in of_order
    assert "$95.00 is still to come in</a> on open invoices." in read(payments)


def test_a_run_says_what_waits_for_choices(payments: House) -> None:
    first, second, third = (payments.paid("transfer") for _ in range(3))
    payments.cancel(first, second, third, fee_minor=7500)
    payments.fix(first, "credit")

    payments.look_at_runs()

    told = payments.get(f"/payments/runs/{RUN}")
    assert (told["choice_open_count"], told["choice_open_minor"]) == (2, 100000)
    assert [each.choice_open_minor for each in payments.said(RefundRunAdvanced)] == [100000]
    assert "Waits for choices</dt><dd>$1,000.00<small>of 2 registrants" in read(payments, f"/runs/{RUN}")
    assert "$1,000.00 waits for the choices of 2 registrants" in read(payments)

    payments.fix(second, "donate")
    payments.fix(third)
    payments.look_at_runs()

    assert payments.run().figures.choice_open_minor == 0
