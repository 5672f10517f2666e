"""Payments whose bank answers days later: under way until then, then booked, or told that they failed."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.payments.app import create_gateway
from services.payments.provider.store import PROVIDER_EVENTS
from services.payments.receipts.commands.checkouts import begin_checkout
from services.payments.receipts.pages.paying import open_page
from services.payments.receipts.store import CHECKOUTS
from shared.auth import sign
from shared.contracts.payments import (
    InvoiceVoided,
    PaymentAwaited,
    PaymentCaptured,
    PaymentFailed,
    PaymentUnderway,
    RefundFailed,
    RefundRunCompleted,
    RefundSettled,
    SettlementOffered,
)
from shared.settings import SettingMissing
from tests.integration.payments_house import FEE_MINOR, RUN, House, house
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.namespaces import Namespace

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def module_house(module_namespace: Namespace, shared_provider: RunningProvider) -> Iterator[House]:
    with house(module_namespace, shared_provider, PAYMENT_METHOD_TYPES="card, us_bank_account") as made:
        yield made


def agreed(payments: House, order: str | None = None) -> tuple[str, str]:
    """Somebody agrees on the provider's page that their bank is asked; their order, and the page's session."""
    order = order or payments.submit("card")
    session = payments.start_paying(order).json["session"]
    payments.provider.told("POST", f"/checkout/{session}/pay", {"method": "bank_pays_later"})
    payments.hear_provider()
    return order, session


def bank_says(payments: House, session: str, status: str) -> None:
    payments.provider.told("POST", f"/checkout/{session}/bank", {"status": status})
    payments.hear_provider()


def test_a_delayed_payment_that_is_paid_later_is_booked_on_its_order(payments: House) -> None:
    order, session = agreed(payments)
    before = payments.order(order)

    bank_says(payments, session, "succeeded")

    (underway,) = payments.said(PaymentUnderway)
    (captured,) = payments.said(PaymentCaptured)
    assert (underway.payment, underway.amount_minor) == (f"{order}.1", FEE_MINOR)
    assert (before.owed_minor, before.underway is not None) == (FEE_MINOR, True)
    assert (captured.payment, captured.tender, captured.amount_minor, captured.balance_minor) == (
        f"{order}.1",
        "debit",
        FEE_MINOR,
        0,
    )
    after = payments.order(order)
    assert (after.state, after.underway) == ("paid", None)
    assert payments.balances()["1020"] == FEE_MINOR - payments.balances()["5020"]
    assert payments.get("/payments/strays")["items"] == []


def test_a_delayed_payment_that_fails_later_says_so_once_and_can_be_made_again(payments: House) -> None:
    order, session = agreed(payments)

    bank_says(payments, session, "failed")
    payments.run_again("provider-events")

    (failed,) = [each for each in payments.said(PaymentFailed) if each.is_delayed]
    assert (failed.reason, failed.amount_minor, failed.balance_minor, failed.is_ended) == (
        "insufficient_funds",
        FEE_MINOR,
        FEE_MINOR,
        False,
    )
    assert payments.order(order).underway is None
    again = payments.start_paying(order).json["session"]
    assert again != session
    payments.pay_by_card(order)
    assert payments.order(order).state == "paid"


def test_a_delayed_failure_is_said_even_when_nobody_had_heard_that_it_was_under_way(payments: House) -> None:
    order = payments.submit("card")
    session = payments.start_paying(order).json["session"]
    payments.provider.told("POST", f"/checkout/{session}/pay", {"method": "bank_pays_later"})
    payments.provider.told("POST", f"/checkout/{session}/bank", {"status": "failed"})

    payments.hear_provider()

    assert [each.order for each in payments.said(PaymentFailed) if each.is_delayed] == [order]


def test_a_session_that_is_complete_and_unpaid_is_looked_at_again(payments: House) -> None:
    """Should no word of its end ever arrive."""
    order, session = agreed(payments)
    payments.provider.told("POST", f"/checkout/{session}/bank", {"status": "succeeded"})

    payments.run_again("provider-events")

    assert payments.order(order).state == "paid"
    assert payments.database.mongo[PROVIDER_EVENTS.name].count_documents({"job": {"$exists": True}}) == 0


def test_a_cancellation_never_says_void_of_a_payment_that_is_under_way(payments: House) -> None:
    order, _ = agreed(payments)

    payments.cancel(order)
    payments.run_jobs("payment-pages")
    payments.look_at_runs()

    (awaited,) = payments.said(PaymentAwaited)
    assert (awaited.awaited_minor, awaited.number) == (FEE_MINOR, payments.order(order).number)
    assert payments.said(InvoiceVoided) == []
    assert payments.said(RefundRunCompleted) == []  # its bank has not said


def test_a_payment_that_arrives_after_the_cancellation_is_late_and_joins_the_settlement(payments: House) -> None:
    order, session = agreed(payments)
    payments.cancel(order)

    bank_says(payments, session, "succeeded")
    payments.look_at_runs()
    is_early = bool(payments.said(RefundRunCompleted))
    payments.run_jobs("refunds")
    payments.look_at_runs()

    (captured,) = payments.said(PaymentCaptured)
    (settled,) = payments.said(RefundSettled)
    (completed,) = payments.said(RefundRunCompleted)
    assert (captured.is_late, is_early) == (True, False)
    assert (settled.amount_minor, settled.run, completed.refunded_minor) == (FEE_MINOR, RUN, FEE_MINOR)
    assert [each.amount for each in payments.provider_refunds(order)] == [FEE_MINOR]
    assert payments.balances() == {"1020": -payments.balances()["5020"], "5020": payments.balances()["5020"]}


@pytest.mark.parametrize("is_refused", [False, True], ids=["sent", "refused"])
def test_what_is_said_of_a_bank_payment_s_refund_names_the_account_and_never_a_card(
    payments: House, is_refused: bool
) -> None:
    order, session = agreed(payments)
    bank_says(payments, session, "succeeded")
    payments.cancel(order)
    payments.fix(order)
    waiting = _pages(payments, order)
    (payment,) = payments.payments_of(order)
    if is_refused:
        payments.provider.turn(refund_requires_action={"payment_intent": payment.provider_payment, "count": 1})

    payments.run_jobs("refunds")
    if is_refused:
        (pending,) = payments.provider_refunds(order)
        payments.provider.told("POST", f"/refunds/{pending.id}", {"status": "failed", "reason": "declined"})
        payments.hear_provider()

    failed = [(each.rail, each.paid_by) for each in payments.said(RefundFailed)]
    settled = [(each.rail, each.paid_by) for each in payments.said(RefundSettled)]
    assert (failed, settled) == (([("card", "debit")], []) if is_refused else ([], [("card", "debit")]))
    for page in (*waiting, *_pages(payments, order)):
        assert "cardholder" not in page
        assert not re.search(r"(the|your) card(?! provider)", page, re.IGNORECASE)
    assert "This refund goes to the bank account by itself." in waiting[0]
    assert ("Your bank account did not take the money back" in _pages(payments, order)[1]) == is_refused


def _pages(payments: House, order: str) -> tuple[str, str]:
    """What finance and the payee read about the order's refund."""
    refund = payments.refund_of(order)
    token = sign(payments.parts.settings, purpose="payee", id_=refund.id)
    payee = payments.client.get(f"/payments/payee/{token}", headers=HTML).text
    return payments.page(f"/payments/desk/refunds/{refund.id}"), payee


def test_a_payment_that_fails_after_the_cancellation_ends_the_settlement(payments: House) -> None:
    order, session = agreed(payments)
    payments.cancel(order)

    bank_says(payments, session, "failed")
    payments.look_at_runs()

    (failed,) = [each for each in payments.said(PaymentFailed) if each.is_delayed]
    assert (failed.is_ended, failed.balance_minor) == (True, 0)
    assert len(payments.said(RefundRunCompleted)) == 1
    assert payments.balances() == {}


def test_a_payment_under_way_that_is_heard_of_only_after_the_cancellation_holds_the_run(payments: House) -> None:
    order = payments.submit("card")
    session = payments.start_paying(order).json["session"]
    payments.provider.told("POST", f"/checkout/{session}/pay", {"method": "bank_pays_later"})
    payments.cancel(order)
    payments.look_at_runs()
    payments.run_jobs("payment-pages")

    payments.hear_provider()
    is_ended = payments.order(order).state == "settled"
    bank_says(payments, session, "succeeded")
    payments.run_jobs("refunds")
    payments.look_at_runs()

    assert not is_ended
    assert payments.run().state == "settled"
    assert [each.amount_minor for each in payments.said(RefundSettled)] == [FEE_MINOR]


def test_what_is_under_way_beside_a_part_payment_is_not_called_void(payments: House) -> None:
    order = payments.submit("card")
    payments.record(order, "cheque", amount_minor=20_000)
    agreed(payments, order)

    payments.cancel(order)

    (offered,) = payments.said(SettlementOffered)
    assert (offered.paid_minor, offered.voided_minor, offered.awaited_minor) == (20_000, 0, FEE_MINOR - 20_000)


def test_nobody_is_led_to_pay_twice_while_a_payment_is_under_way(payments: House) -> None:
    order, session = agreed(payments)

    pressed = payments.start_paying(order)
    payments.record(order, "cheque", amount_minor=20_000)
    refused = payments.start_paying(order)
    page = payments.client.get(pressed.json["url"].removeprefix("http://localhost"), headers=HTML).text

    assert pressed.json["session"] == session
    assert (refused.status_code, refused.json["type"]) == (409, "urn:reconvene:problem:PaymentIsUnderway")
    assert "Nothing more was charged" in refused.json["detail"]
    assert "Your bank has been asked to pay" in page
    assert payments.database.mongo[CHECKOUTS.name].count_documents({"order": order}) == 1


def test_everything_about_a_delayed_payment_is_heard_twice_and_changes_nothing(payments: House) -> None:
    order, session = agreed(payments)
    payments.cancel(order)
    bank_says(payments, session, "succeeded")
    payments.run_jobs("refunds")
    payments.run_again("provider-events")
    before = payments.everything()

    again = {"due_at": CANCELLED, "token": None, "attempt_count": 0}
    payments.database.mongo[PROVIDER_EVENTS.name].update_many({"object": session}, {"$set": {"job": again}})
    while payments.run_jobs("provider-events"):
        pass
    payments.hear_all_again()

    after = payments.everything()
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


@pytest.mark.parametrize(("given", "offered"), [("", ["card"]), ("card,us_bank_account", ["card", "us_bank_account"])])
def test_the_provider_offers_what_the_settings_say_and_by_default_a_card(
    payments: House, given: str, offered: list[str]
) -> None:
    settings = payments.parts.settings
    environment = {**settings.environment, "PAYMENT_METHOD_TYPES": given}
    gateway = create_gateway(replace(settings, environment=environment))
    order = payments.submit("card")
    payments.start_paying(order)
    checkout = CHECKOUTS.state(payments.database.mongo[CHECKOUTS.name].find_one({"order": order}) or {})

    session, _ = gateway.open_session(replace(checkout, id=f"{checkout.id}-{given}"))

    assert payments.provider.client.v1.checkout.sessions.retrieve(session).payment_method_types == offered


def test_a_method_that_is_no_word_is_refused_at_the_start(payments: House) -> None:
    settings = payments.parts.settings
    wrong = replace(settings, environment={**settings.environment, "PAYMENT_METHOD_TYPES": "card;cash"})

    with pytest.raises(SettingMissing, match="PAYMENT_METHOD_TYPES"):
        create_gateway(wrong)


def test_a_page_whose_answer_was_lost_is_found_again_also_by_a_link_of_the_next_day(payments: House) -> None:
    order, gateway = payments.submit("card"), create_gateway(payments.parts.settings)
    today, tomorrow = ({"paid_url": f"https://town.example/{day}", "back_url": "https://town.example"} for day in "12")
    lost, _ = gateway.open_session(payments.database.run(begin_checkout, order=order, **today))

    _, found = open_page(payments.database, gateway, order=order, **tomorrow)

    assert found == lost
