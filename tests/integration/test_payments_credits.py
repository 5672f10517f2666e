"""Credits on the real database and the real local provider: spent, back again, paid out, carried over, to the cent."""

import html
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.payments.completing.store import figures_of
from services.payments.credits.commands import pay_credit_out, spend_own_credits
from services.payments.credits.domain import CreditChanged, CreditNotTheirs
from services.payments.credits.jobs import CreditLetters
from services.payments.credits.store import CREDITS, HOLDERS, OLD_CREDITS
from services.payments.refunds.domain.refunds import RefundState
from services.payments.refunds.store import REFUNDS
from shared.auth import sign
from shared.contracts.payments import (
    CreditOffered,
    CreditPaidOut,
    CreditsStated,
    PaymentCaptured,
    RefundRunCompleted,
    RefundSettled,
    SettlementOffered,
)
from shared.contracts.registration import RefundTerms, RegistrationLeft
from shared.migrating import NotMigrated, migrate, require_migrated
from shared.principals import Role
from shared.problem import Refusal
from tests.integration.payments_disputes import decide, dispute
from tests.integration.payments_house import FEE_MINOR, HTML, NEXT_CONFERENCE, House, announced_next, house
from tests.integration.provider_fixtures import RunningProvider
from tests.namespaces import Namespace
from tests.town import signed_in

NEXT_RUN = "run_2"


@pytest.fixture(scope="module")
def module_house(module_namespace: Namespace, shared_provider: RunningProvider) -> Iterator[House]:
    with house(module_namespace, shared_provider) as made:
        yield made


@pytest.fixture
def payments(module_house: House) -> House:
    module_house.forget()
    module_house.hear(announced_next())
    return module_house


def spend(payments: House, credit: str, order: str, amount_minor: int, **more: Any) -> Any:
    """Finance pays an order with a credit; the response as it is."""
    body = {"order": order, "amount_minor": amount_minor}
    return payments.post(f"/payments/credits/{credit}/spendings", body, **more)


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


def test_two_orders_at_once_never_spend_the_same_cent(payments: House) -> None:
    credit = payments.credited()
    orders = [payments.submit(conference=NEXT_CONFERENCE, payer=credit.person) for _ in range(2)]
    begin, refused = threading.Barrier(2), []

    def pay(order: str) -> None:
        begin.wait(10)
        try:
            payments.database.run(
                spend_own_credits, person=credit.person, order=order, amount_minor=FEE_MINOR, owed_minor=FEE_MINOR
            )
        except Refusal as refusal:
            refused.append(type(refusal).__name__)

    threads = [threading.Thread(target=pay, args=(each,)) for each in orders]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)

    assert refused == ["CreditTooSmall"]
    assert sorted(payments.order(each).owed_minor for each in orders) == [0, FEE_MINOR]
    assert payments.credit_of(credit.order).balance_minor == 0
    assert payments.balances(None)["2000"] == -2 * FEE_MINOR


def test_a_form_that_is_sent_twice_pays_once(payments: House) -> None:
    credit = payments.credited("card", guests=1)
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    asked = {"person": credit.person, "order": order, "amount_minor": 10000, "owed_minor": FEE_MINOR}
    payments.database.run(spend_own_credits, **asked)

    with pytest.raises(CreditChanged):
        payments.database.run(spend_own_credits, **asked)

    assert payments.order(order).owed_minor == FEE_MINOR - 10000
    assert spend(payments, credit.id, order, 5000, key="key-sent-twice").json["balance_minor"] == FEE_MINOR - 15000
    assert spend(payments, credit.id, order, 5000, key="key-sent-twice").json["balance_minor"] == FEE_MINOR - 15000
    assert payments.order(order).owed_minor == FEE_MINOR - 15000


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


# the holder's own page


def test_a_holder_pays_with_the_link_from_their_mail(payments: House) -> None:
    credit = payments.credited("card")
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    path = page_of(payments, credit.person)
    before = seen(payments, path)

    answer = payments.client.post(f"{path}/orders", data=form(order, "575.00"), headers=HTML)
    after = seen(payments, answer.location)
    again = payments.client.post(f"{path}/orders", data=form(order, "575.00"), headers=HTML)

    assert "Available $575.00" in before
    assert "79th Annual Conference: $575.00 to pay" in before
    assert (answer.status_code, again.status_code) == (303, 409)
    assert "Your credit has paid the invoice" in after
    assert "$0.00 due" in after
    assert "Available $0.00" in after
    assert payments.order(order).owed_minor == 0


def test_a_holder_reads_it_in_french_and_types_a_comma(payments: House) -> None:
    credit = payments.credited("card")
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    path = page_of(payments, credit.person)
    french = HTML | {"Accept-Language": "fr"}

    answer = payments.client.post(f"{path}/orders", data=form(order, "75,50"), headers=french)
    page = payments.client.get(answer.location, headers=french).text

    assert payments.order(order).owed_minor == 50000 - 50
    assert "Votre avoir a payé une partie" in page
    assert "Payer avec mon avoir" in page


@pytest.mark.parametrize("amount", ["", "0", "-5", "575", "1e3", "five", "5.755", "9" * 400])
def test_what_is_no_sum_or_too_much_takes_nothing(payments: House, amount: str) -> None:
    credit = payments.credited("card", fee_minor=30000)
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    before = payments.everything()

    path = page_of(payments, credit.person)
    answer = payments.client.post(f"{path}/orders", data=form(order, amount), headers=HTML)

    assert answer.status_code == 422
    assert "Your credit was not touched" in answer.text or "It was not touched" in answer.text
    assert payments.everything() == before


def test_the_link_of_one_holder_reaches_nothing_of_another(payments: House) -> None:
    mine, theirs = payments.credited(), payments.credited()
    order = payments.submit(conference=NEXT_CONFERENCE, payer=theirs.person)
    path, before = page_of(payments, mine.person), payments.everything()

    answers = [
        payments.client.post(f"{path}/orders", data=form(order, "1.00"), headers=HTML),
        payments.client.post(f"{path}/payout/{theirs.id}", headers=HTML),
        payments.client.post(f"{path}/keep/{theirs.id}", headers=HTML),
        payments.client.get(page_of(payments, "per_unknown"), headers=HTML),
        payments.client.get(f"/payments/credit/{sign(payments.parts.settings, purpose='order', id_=mine.person)}"),
    ]

    assert [each.status_code for each in answers] == [409, 404, 404, 404, 404]
    assert payments.everything() == before
    assert payments.order(order).number not in seen(payments, path)


def test_who_registers_under_a_holders_name_is_told_nothing_and_the_holder_is(payments: House) -> None:
    """The page of an order is all that a stranger has who typed somebody's name and address."""
    credit = payments.credited("card")
    stranger = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    payments.submit(conference=NEXT_CONFERENCE)
    payments.hear_all_again()

    token = sign(payments.parts.settings, purpose="order", id_=stranger)
    page = payments.client.get(f"/payments/pay/{token}", headers=HTML).text

    assert "Available" not in page
    assert credit.id not in page
    offered = payments.said(CreditOffered)
    assert [(each.person, each.order, each.available_minor, each.total_minor) for each in offered] == [
        (credit.person, stranger, FEE_MINOR, FEE_MINOR)
    ]


def test_nothing_is_offered_for_another_association_or_where_nothing_is_owed(payments: House) -> None:
    credit = payments.credited("card")
    payments.hear(announced_next("elsewhere", association="as_other"))

    payments.submit(conference="elsewhere", payer=credit.person)
    payments.submit(conference=NEXT_CONFERENCE, payer=credit.person, fee_minor=0)

    assert payments.said(CreditOffered) == []


def test_a_holder_asks_for_the_money_thinks_again_and_asks_once_more(payments: House) -> None:
    credit = payments.credited("cheque")
    path = page_of(payments, credit.person)

    for action in ("payout", "payout", "keep", "payout"):
        assert payments.client.post(f"{path}/{action}/{credit.id}", headers=HTML).status_code == 303
    asked = seen(payments, path)
    waiting = payments.page("/payments/desk")
    approved = payments.post(f"/payments/credits/{credit.id}/payout", {})
    late = payments.client.post(f"{path}/keep/{credit.id}", headers=HTML)

    assert "You asked for $575.00" in asked
    assert "1 credit is to be paid out" in waiting
    assert (approved.status_code, late.status_code) == (200, 409)
    assert [each.amount_minor for each in payments.said(CreditPaidOut)] == [FEE_MINOR]
    assert len(refunds_of(payments, credit.order)) == 1
    assert payments.balances()["2020"] == -FEE_MINOR


def test_a_payout_and_a_spending_at_once_never_take_the_same_money(payments: House) -> None:
    credit = payments.credited("cheque")
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    begin, done = threading.Barrier(2), []

    def run(command: Any, **arguments: Any) -> None:
        begin.wait(10)
        try:
            payments.database.run(command, **arguments)
            done.append(command.__name__)
        except Refusal:
            return

    spending = {"person": credit.person, "order": order, "amount_minor": FEE_MINOR, "owed_minor": FEE_MINOR}
    paying = {"credit": credit.id, "at_their_word": True}
    threads = [
        threading.Thread(target=run, args=(spend_own_credits,), kwargs=spending),
        threading.Thread(target=run, args=(pay_credit_out,), kwargs=paying),
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)

    assert len(done) == 1
    balances = payments.balances(None)
    assert balances.get("2010", 0) == 0
    assert balances.get("2020", 0) == (-FEE_MINOR if done == ["pay_credit_out"] else 0)


# the letter of each year


def test_each_holder_has_one_letter_on_the_first_of_march_and_none_once_it_is_spent(payments: House) -> None:
    kept, used = payments.credited("cheque"), payments.credited("cheque")
    spend(payments, used.id, payments.submit(conference=NEXT_CONFERENCE), FEE_MINOR)
    letters = CreditLetters(payments.database)

    letters.look()
    payments.database.clock.move(datetime(2021, 3, 1, 3, tzinfo=UTC))  # still February in St. Louis
    letters.look()
    early = payments.said(CreditsStated)
    payments.database.clock.move(datetime(2021, 3, 1, 13, tzinfo=UTC))
    letters.look()
    letters.look()
    CreditLetters(payments.database).look()
    payments.database.clock.move(datetime(2022, 7, 9, tzinfo=UTC))  # nothing ran in March
    letters.look()

    assert early == []
    said = payments.said(CreditsStated)
    assert [(each.person, each.year, each.left_minor, each.since.isoformat()) for each in said] == [
        (kept.person, 2021, FEE_MINOR, "2020-04-09"),
        (kept.person, 2022, FEE_MINOR, "2020-04-09"),
    ]


def test_a_letter_is_one_for_each_association_with_all_that_is_left_there(payments: House) -> None:
    first = payments.credited("cheque")
    again = payments.submit("cheque", conference=NEXT_CONFERENCE, payer=first.person)
    payments.record(again, "cheque")
    payments.cancel(again, run=NEXT_RUN)
    payments.fix(again, "credit", run=NEXT_RUN)
    payments.database.clock.move(datetime(2021, 3, 2, tzinfo=UTC))

    CreditLetters(payments.database).look()

    (said,) = payments.said(CreditsStated)
    assert (said.left_minor, said.conference) == (2 * FEE_MINOR, "74th")


def page_of(payments: House, person: str) -> str:
    """The address of a holder's page, as it stands in their mail."""
    return f"/payments/credit/{sign(payments.parts.settings, purpose='credit', id_=person)}"


def seen(payments: House, address: str) -> str:
    """The words of a page."""
    response = payments.client.get(address, headers=HTML)
    assert response.status_code == 200, response.text
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", response.text)).split())


def form(order: str, amount: str, *, owed_minor: int = FEE_MINOR) -> dict[str, str]:
    """What the page's form sends."""
    return {"order": order, "amount": amount, "owed_minor": str(owed_minor)}


def refunds_of(payments: House, order: str) -> list[Any]:
    """The refunds of an order, by id."""
    return [REFUNDS.state(each) for each in payments.database.mongo[REFUNDS.name].find({"order": order}).sort("_id", 1)]
