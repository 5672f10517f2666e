"""Credits on the real database and the real local provider: spent, back again, paid out, carried over, to the cent."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.payments.completing.store import figures_of
from services.payments.credits.commands import spend_own_credits
from services.payments.credits.domain import CreditNotTheirs
from services.payments.credits.store import CREDITS, HOLDERS, OLD_CREDITS
from services.payments.refunds.domain.refunds import RefundState
from shared.contracts.payments import (
    CreditPaidOut,
    PaymentCaptured,
    RefundRunCompleted,
    RefundSettled,
    SettlementOffered,
)
from shared.contracts.registration import RefundTerms, RegistrationLeft
from shared.migrating import NotMigrated, migrate, require_migrated
from shared.principals import Role
from tests.integration.credits_house import NEXT_RUN, refunds_of, spend
from tests.integration.payments_disputes import decide, dispute
from tests.integration.payments_house import FEE_MINOR, HTML, NEXT_CONFERENCE, House, announced_next, house
from tests.integration.provider_fixtures import RunningProvider
from tests.namespaces import Namespace
from tests.town import signed_in


@pytest.fixture(scope="module")
def module_house(module_namespace: Namespace, shared_provider: RunningProvider) -> Iterator[House]:
    with house(module_namespace, shared_provider) as made:
        yield made


@pytest.fixture
def payments(module_house: House) -> House:
    module_house.forget()
    module_house.hear(announced_next())
    return module_house


def test_of_180_credits_one_is_used_and_the_rest_is_left(payments: House) -> None:
    """J5: 103,500.00 of credits; price 575.00 less credit 575.00 = 0.00 due; 102,925.00 left."""
    orders = [payments.paid("cheque") for _ in range(180)]
    payments.cancel(*orders)
    for each in orders:
        payments.fix(each, "credit")
    before = payments.balances(None)
    first = payments.credit_of(orders[0])
    order = payments.submit(conference=NEXT_CONFERENCE, payer=first.person)

    response = spend(payments, first.id, order, FEE_MINOR)

    assert (response.status_code, response.json["balance_minor"]) == (201, 0)
    assert before == {"1010": 180 * FEE_MINOR, "2010": -10_350_000}
    assert payments.balances(None) == {"1010": 180 * FEE_MINOR, "2010": -10_292_500, "2000": -FEE_MINOR}
    assert payments.balances(NEXT_CONFERENCE) == {"2010": FEE_MINOR, "2000": -FEE_MINOR}
    (captured,) = [each for each in payments.said(PaymentCaptured) if each.tender == "credit"]
    assert (captured.order, captured.amount_minor, captured.balance_minor) == (order, FEE_MINOR, 0)
    assert captured.credit == first.id
    kept = payments.get("/payments/credits", state="unspent", limit=200)["items"]
    assert sum(each["balance_minor"] for each in kept) == 10_292_500
    assert [each["id"] for each in payments.get("/payments/credits", state="used")["items"]] == [first.id]


def test_a_credit_pays_in_part_and_the_card_pays_the_rest_on_a_page_of_its_own(payments: House) -> None:
    credit = payments.credited("card", fee_minor=20000)
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    payments.start_paying(order)  # a page that asks for all of it

    assert spend(payments, credit.id, order, 20000).json["balance_minor"] == 37500
    payments.run_jobs("payment-pages")
    payments.pay_by_card(order)

    assert payments.order(order).owed_minor == 0
    assert [(each.tender, each.captured_minor) for each in payments.payments_of(order) if each.tender == "card"] == [
        ("card", 37500)
    ]
    assert payments.balances(NEXT_CONFERENCE)["2010"] == 20000


@pytest.mark.parametrize("amount_minor", [FEE_MINOR + 1, 0, -1])
def test_no_more_than_there_is_can_be_spent(payments: House, amount_minor: int) -> None:
    credit = payments.credited()
    order = payments.submit(conference=NEXT_CONFERENCE, guests=1)
    before = payments.everything()

    assert spend(payments, credit.id, order, amount_minor).status_code == 422
    assert payments.everything() == before


def test_a_credit_pays_neither_in_another_currency_nor_for_another_association(payments: House) -> None:
    credit = payments.credited()
    payments.hear(announced_next("in_euro", currency="EUR"), announced_next("elsewhere", association="as_other"))
    euro = payments.submit(conference="in_euro", currency="EUR")
    other = payments.submit(conference="elsewhere")
    before = payments.everything()

    refusals = [spend(payments, credit.id, each, FEE_MINOR).json["type"] for each in (euro, other, "ord_nowhere")]

    assert [each.rpartition(":")[2] for each in refusals] == ["CurrencyDiffers", "CreditNotTheirs", "OrderUnknown"]
    assert payments.everything() == before


def test_nobody_pays_the_order_of_somebody_else_with_their_own_page(payments: House) -> None:
    credit, order = payments.credited(), payments.submit(conference=NEXT_CONFERENCE)

    with pytest.raises(CreditNotTheirs):
        payments.database.run(
            spend_own_credits, person=credit.person, order=order, amount_minor=FEE_MINOR, owed_minor=FEE_MINOR
        )


def test_who_leaves_has_the_credit_again_less_the_fee_and_the_card_its_part(payments: House) -> None:
    credit = payments.credited("cheque", fee_minor=30000)
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    spend(payments, credit.id, order, 30000)
    payments.pay_by_card(order)
    loaded = payments.order(order)

    payments.hear(
        RegistrationLeft(
            registration=loaded.registration,
            conference=NEXT_CONFERENCE,
            person=loaded.person,
            order=order,
            terms=RefundTerms(leave_fee_minor=5000),
            tender="card",
            total_minor=FEE_MINOR,
            guest_count=0,
            is_delegate=True,
        )
    )
    payments.hear_all_again()

    assert payments.credit_of(credit.order).balance_minor == 25000
    assert [(each.rail, each.amount_minor) for each in refunds_of(payments, order)] == [("card", 27500)]
    balances = payments.balances(NEXT_CONFERENCE)
    assert (balances["2010"], balances["4020"], balances["2020"]) == (5000, -5000, -27500)
    assert "2000" not in balances


def test_a_conference_cancelled_again_is_exact_where_orders_were_partly_paid_by_credit(payments: House) -> None:
    """Four orders of 575.00 with credits of 300.00 each: refunded, kept again, donated, and one by credit alone."""
    credits_ = [payments.credited("cheque", fee_minor=30000) for _ in range(3)]
    whole = payments.credited("transfer")
    orders = [payments.submit("cheque", conference=NEXT_CONFERENCE, payer=each.person) for each in (*credits_, whole)]
    for credit, order in zip(credits_, orders, strict=False):
        spend(payments, credit.id, order, 30000)
        payments.record(order, "cheque")
    spend(payments, whole.id, orders[3], FEE_MINOR)
    before = payments.balances(None).get("2010", 0)

    payments.cancel(*orders, run=NEXT_RUN, fee_minor=7500)
    for order, choice in zip(orders, ("refund", "credit", "donate", "credit"), strict=True):
        payments.fix(order, choice, run=NEXT_RUN)
    payments.hear_all_again()
    refund = payments.refund_of(orders[0])
    payments.post(
        f"/payments/refunds/{refund.id}/record", {"rail": "cheque", "reference": "C-9", "paid_on": "2020-04-09"}
    )
    payments.look_at_runs()

    # Newest first: of each 575.00 the cheque's 275.00 goes back whole, and the fee is kept of the credit's 300.00.
    assert before == 0
    assert refund.amount_minor == 27500
    assert [payments.credit_of(each.order).balance_minor for each in (*credits_, whole)] == [22500, 22500, 0, 50000]
    assert payments.credit_of(orders[1]).amount_minor == 27500
    balances = payments.balances(NEXT_CONFERENCE)
    assert {name: balances.get(name, 0) for name in ("1100", "2000", "2020", "4020", "4050")} == {
        "1100": 0,
        "2000": 0,
        "2020": 0,
        "4020": -30000,
        "4050": -50000,
    }
    assert payments.balances(None)["2010"] == -(22500 + 22500 + 50000 + 27500)
    figures, _ = figures_of(payments.database, NEXT_RUN)
    assert (figures.refunded_minor, figures.credited_minor, figures.donated_minor, figures.kept_minor) == (
        27500,
        22500 + 50000 + 50000,
        50000,
        30000,
    )
    assert [each.run for each in payments.said(RefundRunCompleted)][-1] == NEXT_RUN
    offered = [each for each in payments.said(SettlementOffered) if each.run == NEXT_RUN]
    assert [(each.choices, each.credit_minor) for each in offered] == [
        (("refund", "credit", "donate"), 22500),
        (("refund", "credit", "donate"), 22500),
        (("refund", "credit", "donate"), 22500),
        (("credit", "donate"), 50000),
    ]


def test_a_card_credit_is_paid_out_to_the_card_once(payments: House) -> None:
    credit = payments.credited("card")
    path = f"/payments/credits/{credit.id}/payout"
    unasked = payments.post(path, {})

    paid = payments.post(path, {"at_their_word": True})
    again = payments.post(path, {"at_their_word": True})
    payments.run_jobs("refunds")

    assert (unasked.status_code, paid.status_code, again.status_code) == (409, 200, 422)
    assert (paid.json["balance_minor"], paid.json["paid_out_minor"]) == (0, FEE_MINOR)
    (refund,) = payments.provider_refunds(credit.order)
    assert refund.amount == FEE_MINOR
    assert [each.number for each in payments.said(CreditPaidOut)] == [1]
    assert [each.amount_minor for each in payments.said(RefundSettled)] == [FEE_MINOR]
    assert {"2010", "2020", "1100", "2000"} & set(payments.balances()) == set()
    assert payments.order(credit.order).state == "settled"


def test_finance_pays_an_order_on_the_credits_own_page(payments: House) -> None:
    credit = payments.credited("cheque")
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    number = payments.order(order).number
    client = signed_in(payments.parts.web.test_client(), payments.parts.settings, Role.FINANCE)
    path = f"/payments/desk/credits/{credit.id}"

    def sent(action: str, **fields: str) -> str:
        found = client.get(path, headers=HTML)
        token = re.findall(r'name="csrf_token" value="([^"]+)"', found.text)[0]
        form = {"csrf_token": token, "idempotency_key": f"key-{action}-{fields.get('amount', '')}"}
        answer = client.post(f"{path}/{action}", data=form | fields, headers=HTML, follow_redirects=True)
        return " ".join(html.unescape(answer.text).split())

    refused = sent("spend", order=number, amount="600.00")
    done = sent("spend", order=number, amount="200.00")

    assert "Only $575.00 is still owed" in refused
    assert 'value="600.00"' in refused
    assert f"$200.00 of the credit is on invoice {number}" in done
    assert payments.credit_of(credit.order).balance_minor == 37500
    assert "$375.00 goes back the way it had come" in sent("pay-out", at_their_word="yes")
    assert "a credit that its holder wanted paid out" in payments.page(
        f"/payments/desk/refunds/{refunds_of(payments, credit.order)[0].id}"
    )


def test_what_was_spent_of_a_cheque_credit_is_not_paid_out_and_the_rest_is_on_the_list(payments: House) -> None:
    credit = payments.credited("cheque")
    order = payments.submit(conference=NEXT_CONFERENCE, fee_minor=20000)
    spend(payments, credit.id, order, 20000)

    payments.post(f"/payments/credits/{credit.id}/payout", {"at_their_word": True})

    (refund,) = refunds_of(payments, credit.order)
    assert (refund.rail, refund.state, refund.amount_minor) == ("cheque", RefundState.AWAITING_RECORD, 37500)
    assert payments.balances()["2020"] == -37500
    assert spend(payments, credit.id, payments.submit(conference=NEXT_CONFERENCE), 1).status_code == 422


def test_a_credit_of_before_is_carried_over_with_what_it_was_made_of_and_its_day(payments: House) -> None:
    order = payments.submit("cheque")
    payments.record(order, "cheque", amount_minor=20000)
    payments.record(order, "transfer", amount_minor=37500)
    payments.cancel(order, fee_minor=7500)
    payments.fix(order, "credit")
    today = payments.credit_of(order)
    old = {"amount_minor", "conference", "currency", "order", "person", "registration", "run", "version", "event_count"}
    for name in (CREDITS.name, HOLDERS.name):
        kept = list(payments.database.mongo[name].find())
        payments.database.mongo[name].delete_many({})
        if name == CREDITS.name:
            payments.database.mongo[name].insert_many(
                {field: value for field, value in each.items() if field in old | {"_id"}} for each in kept
            )

    with pytest.raises(NotMigrated):
        require_migrated(payments.database, (OLD_CREDITS,))
    assert migrate(payments.database, (OLD_CREDITS,)) == ["Credits for later conferences: 1 carried over."]
    assert migrate(payments.database, (OLD_CREDITS,)) == []

    require_migrated(payments.database, (OLD_CREDITS,))
    assert payments.credit_of(order) == today
    assert [(each.tender, each.amount_minor) for each in today.sources] == [("transfer", 37500), ("cheque", 12500)]
    (holder,) = payments.database.mongo[HOLDERS.name].find()
    assert (holder["credits"], holder["letter_year"]) == ([today.id], 0)
    assert spend(payments, today.id, payments.submit(conference=NEXT_CONFERENCE), 50000).status_code == 201


def test_credits_are_listed_with_their_age_and_after_five_years_as_unclaimed(payments: House) -> None:
    credit = payments.credited("cheque")
    payments.database.clock.move(datetime(2025, 4, 8, 23, tzinfo=UTC))
    early = payments.get("/payments/credits", state="unclaimed")["items"]
    payments.database.clock.move(datetime(2025, 4, 10, tzinfo=UTC))

    (late,) = payments.get("/payments/credits", state="unclaimed")["items"]
    page = payments.page("/payments/desk/credits?state=unclaimed")
    file = payments.page("/payments/desk/credits?state=unclaimed&as=csv").splitlines()

    assert early == []
    assert (late["id"], late["balance_minor"], late["unclaimed_on"]) == (credit.id, FEE_MINOR, "2025-04-09")
    assert "unclaimed for five years" in page
    assert "$575.00" in page
    assert file[1].startswith("575.00,USD,unclaimed for five years,2020-04-09,5,74th Annual Conference,575.00,USD")
    assert f"credit {credit.id}" not in page


@pytest.mark.usefixtures("provider")
def test_a_credit_pays_nothing_while_the_card_payment_behind_it_is_disputed_or_lost(payments: House) -> None:
    credit = payments.credited("card")
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    disputed = dispute(payments, credit.order)
    payments.hear_provider()
    open_ = spend(payments, credit.id, order, FEE_MINOR)
    decide(payments, disputed, "lost")
    payments.hear_provider()
    lost = spend(payments, credit.id, order, FEE_MINOR)

    assert [each.json["type"].rpartition(":")[2] for each in (open_, lost)] == ["CreditDisputed", "CreditDisputed"]
    assert payments.credit_of(credit.order).balance_minor == FEE_MINOR


@pytest.mark.usefixtures("provider")
def test_a_credit_pays_again_once_the_dispute_is_won(payments: House) -> None:
    credit = payments.credited("card")
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    disputed = dispute(payments, credit.order)
    payments.hear_provider()
    decide(payments, disputed, "won")
    payments.hear_provider()

    assert spend(payments, credit.id, order, FEE_MINOR).status_code == 201
