"""The provider's balance and ours: fees that come later, every kind of line, and what nobody can explain."""

import inspect
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from stripe import BalanceTransaction

from services.payments.bank import domain as balance
from services.payments.bank.store import BALANCE_LINES
from services.payments.books.store import LEDGER
from services.payments.orders.store import PAYMENTS
from services.payments.provider.store import PROVIDER_EVENTS
from services.payments.receipts.store import CHECKOUTS
from services.payments.strays.store import STRAYS
from shared.principals import Role
from tests.integration.payments_house import FEE_MINOR, House, house
from tests.integration.provider_fixtures import CANCELLED, RunningProvider, pay
from tests.namespaces import Namespace
from tests.town import signed_in

HTML = {"Accept": "text/html"}
CAPTURED = CANCELLED + timedelta(minutes=2)
# Every kind that the pinned SDK's own words on a balance transaction's type name.
_WORDS = re.search(r"Transaction type: (.*?)\. Learn more", inspect.getsource(BalanceTransaction))
DOCUMENTED = sorted(re.findall("`([a-z_]+)`", _WORDS[1] if _WORDS else ""))


@pytest.fixture
def alone(namespace: Namespace, own_provider: RunningProvider) -> Iterator[House]:
    """A house at a provider whose balance is its own, and where a payment's balance line comes a minute later."""
    own_provider.environment["PROVIDER_CAPTURE_SECONDS"] = "60"
    own_provider.start()
    own_provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    with house(namespace, own_provider) as made:
        yield made


def provider_balance(alone: House) -> int:
    """What the provider says it holds for us, in cents."""
    shown = alone.provider.client.v1.balance.retrieve()
    return sum(each.amount for part in (shown.available, shown.pending) for each in part if each.currency == "usd")


def ours(alone: House) -> dict[str, int]:
    return alone.balances(None)


def line(alone: House, kind: str, amount: int, **more: Any) -> str:
    """The provider moves its balance by itself; the line's id."""
    said = {"type": kind, "amount": amount, "currency": "usd", **more}
    return str(alone.provider.told("POST", "/balance_transactions", said)["id"])


def open_strays(alone: House) -> list[dict[str, Any]]:
    return list(alone.get("/payments/strays")["items"])


# fees


def test_a_fee_that_comes_later_is_booked_when_the_provider_tells_and_the_balance_is_the_providers(
    alone: House,
) -> None:
    order = alone.paid("card")
    before = ours(alone)
    alone.provider.move_clock(CAPTURED)

    alone.hear_provider()
    alone.run_jobs("fees")

    (payment,) = alone.payments_of(order)
    assert "5020" not in before
    assert (payment.fee_minor, payment.is_fee_awaited) == (1698, False)
    assert (ours(alone)["5020"], ours(alone)["1020"]) == (1698, FEE_MINOR - 1698)
    assert ours(alone)["1020"] == provider_balance(alone)


def test_a_fee_that_no_event_tells_of_comes_with_the_list_of_the_balance(alone: House) -> None:
    alone.paid("card")
    alone.provider.move_clock(CAPTURED)

    for _ in range(2):
        alone.sweep.sweep_balance()

    assert ours(alone)["1020"] == provider_balance(alone) == FEE_MINOR - 1698


def test_a_fee_that_nothing_tells_of_is_asked_for(alone: House) -> None:
    alone.paid("card")

    alone.run_again("fees")
    is_waiting = alone.database.mongo[PAYMENTS.name].count_documents({"is_fee_awaited": True, "job": {"$exists": True}})
    alone.provider.move_clock(CAPTURED)
    alone.run_again("fees")

    assert is_waiting == 1
    assert alone.database.mongo[PAYMENTS.name].count_documents({"job": {"$exists": True}}) == 0
    assert ours(alone)["1020"] == provider_balance(alone)


def test_a_fee_told_by_everything_and_twice_is_booked_once(alone: House) -> None:
    alone.paid("card")
    alone.provider.move_clock(CAPTURED)

    for _ in range(2):
        alone.sweep.sweep_balance()
        alone.hear_provider()
        again = {"due_at": CANCELLED, "token": None, "attempt_count": 0}
        for name in (PROVIDER_EVENTS.name, PAYMENTS.name, BALANCE_LINES.name):
            alone.database.mongo[name].update_many({}, {"$set": {"job": again}})
        for kind in ("provider-events", "fees", "balance-lines"):
            while alone.run_jobs(kind):
                pass

    assert alone.database.mongo[LEDGER.name].count_documents({"lines.account": "5020"}) == 1
    assert ours(alone)["1020"] == provider_balance(alone)
    assert open_strays(alone) == []


def test_a_delayed_payment_and_its_refund_leave_the_balance_at_the_providers(alone: House) -> None:
    order = alone.paid("card", method="refund_fails_later")
    alone.provider.client.v1.topups.create({"amount": 100_000, "currency": "usd"})
    alone.cancel(order)
    alone.fix(order)
    alone.run_jobs("refunds")
    alone.provider.move_clock(CANCELLED + timedelta(days=9))
    alone.hear_provider()
    alone.run_again("fees")
    alone.sweep.sweep_balance()

    assert ours(alone)["1020"] == provider_balance(alone)
    assert alone.run_again("balance-lines") == 0


# every kind of line


def test_every_kind_that_the_provider_documents_is_booked_or_named_as_one_for_people() -> None:
    owned = balance.PAYMENTS_OWN | balance.REFUNDS_OWN | {balance.ADJUSTMENT}

    assert len(DOCUMENTED) > 40
    assert sorted(set(DOCUMENTED) - owned - set(balance.AGAINST) - balance.FOR_PEOPLE) == []


def test_every_kind_of_line_is_in_the_books_and_the_balance_is_the_providers(alone: House) -> None:
    for number, kind in enumerate(sorted(balance.AGAINST), start=1):
        line(alone, kind, -100 * number, fee=number)
    for number, category in enumerate(sorted(balance.ADJUSTED), start=1):
        line(alone, "adjustment", 70 * number, reporting_category=category)

    for _ in range(2):
        alone.sweep.sweep_balance()

    assert ours(alone)["1020"] == provider_balance(alone)
    assert "2050" not in ours(alone)
    assert open_strays(alone) == []


@pytest.mark.parametrize(
    ("kind", "category", "account"),
    [
        ("payout_cancel", "payout_reversal", "1030"),
        ("reserve_transaction", "reserve_transaction", "1025"),
        ("reserved_funds", "risk_reserved_funds", "1025"),
        ("stripe_fee", "fee", "5020"),
        ("network_cost", "network_cost", "5020"),
        ("topup", "topup", "1000"),
        ("contribution", "contribution", "5010"),
        ("connect_collection_transfer", "connect_collection_transfer", "2040"),
        ("adjustment", "dispute", "1150"),
        ("adjustment", "fee", "5020"),
        ("adjustment", "network_cost", "5020"),
        ("adjustment", "risk_reserved_funds", "1025"),
    ],
)
def test_a_line_is_booked_against_what_it_is(alone: House, kind: str, category: str, account: str) -> None:
    line(alone, kind, -2500, reporting_category=category)

    alone.sweep.sweep_balance()

    assert ours(alone) == {"1020": -2500, account: 2500}


def test_what_was_reserved_and_shows_once_more_on_the_reserve_is_booked_once(alone: House) -> None:
    line(alone, "reserve_hold", -4000)
    line(alone, "reserve_hold", 4000, balance_type="risk_reserved")

    alone.sweep.sweep_balance()

    assert ours(alone) == {"1020": -4000, "1025": 4000}
    assert ours(alone)["1020"] == provider_balance(alone)


def test_a_payout_travels_over_1030_and_comes_back_when_the_bank_returns_it(alone: House) -> None:
    line(alone, "topup", 50_000)
    payout = alone.provider.client.v1.payouts.create({"amount": 30_000, "currency": "usd"})
    seen = []
    for step in ("sent", "paid", "failed"):
        if step == "paid":
            alone.provider.move_clock(CANCELLED + timedelta(days=3))
        if step == "failed":
            alone.provider.told("POST", f"/payouts/{payout.id}", {"status": "failed"})
        alone.hear_provider()
        alone.sweep.sweep_balance()
        seen.append(ours(alone))

    assert seen == [
        {"1000": -50_000, "1020": 20_000, "1030": 30_000},
        {"1000": -20_000, "1020": 20_000},
        {"1000": -50_000, "1020": 50_000},
    ]


# what nobody can explain


@pytest.mark.parametrize(
    ("kind", "category"),
    [("something_new", ""), ("adjustment", "other_adjustment"), ("adjustment", "something_new"), ("tax_fund", "")],
)
def test_a_line_that_no_rule_explains_is_on_finance_s_desk_with_its_sum_once(
    alone: House, kind: str, category: str
) -> None:
    more = {"reporting_category": category} if category else {}
    id_ = line(alone, kind, -12_345, fee=5, description="A correction", **more)

    for _ in range(2):
        alone.sweep.sweep_balance()

    (stray,) = open_strays(alone)
    signed_in(alone.client, alone.parts.settings, Role.FINANCE)
    page = " ".join(alone.client.get("/payments/desk/strays", headers=HTML).text.split())
    assert (stray["id"], stray["why"], stray["amount_minor"], stray["fee_minor"]) == (id_, "unexplained", -12_345, 5)
    assert stray["kind"].startswith(kind)
    assert ours(alone) == {"1020": -12_350, "2050": 12_345, "5020": 5}
    assert ours(alone)["1020"] == provider_balance(alone)
    assert "123.45" in page
    assert "no rule of ours explains" in page
    assert "A correction" in page


def test_a_charge_that_is_no_payment_of_ours_waits_an_hour_and_is_then_a_person_s(alone: House) -> None:
    pay(alone.provider.client)
    alone.sweep.sweep_balance()
    early = open_strays(alone)

    alone.run_again("balance-lines")

    (stray,) = open_strays(alone)
    assert early == []
    assert (stray["why"], stray["amount_minor"], stray["kind"]) == ("unexplained", 57_500, "charge")
    assert ours(alone)["1020"] == provider_balance(alone)
    assert alone.post(f"/payments/strays/{stray['id']}/look", {"note": "The shop's."}).status_code == 200
    alone.run_again("balance-lines")
    assert alone.database.mongo[BALANCE_LINES.name].count_documents({"job": {"$exists": True}}) == 0


def test_a_payment_on_no_order_is_unallocated_money_and_the_balance_is_the_providers(alone: House) -> None:
    order = alone.submit("card")
    session = alone.start_paying(order).json["session"]
    alone.provider.told("POST", f"/checkout/{session}/pay", {"method": "works"})
    alone.provider.move_clock(CAPTURED)
    alone.database.mongo[CHECKOUTS.name].delete_many({})

    alone.sweep.sweep_balance()
    alone.hear_provider()
    alone.run_jobs("balance-lines")

    assert [each["why"] for each in open_strays(alone)] == ["unknown_order"]
    assert ours(alone)["2050"] == -FEE_MINOR
    assert ours(alone)["1020"] == provider_balance(alone)


def test_a_payment_that_is_heard_of_long_after_its_line_is_taken_off_the_desk(alone: House) -> None:
    order = alone.submit("card")
    session = alone.start_paying(order).json["session"]
    alone.provider.told("POST", f"/checkout/{session}/pay", {"method": "works"})
    alone.provider.move_clock(CAPTURED)
    alone.sweep.sweep_balance()
    alone.run_again("balance-lines")
    found = len(open_strays(alone))

    alone.hear_provider()
    for _ in range(2):
        alone.run_again("balance-lines")

    (stray,) = alone.database.mongo[STRAYS.name].find()
    assert (found, open_strays(alone)) == (1, [])
    assert "by itself" in stray["note"]
    assert alone.order(order).state == "paid"
    assert "2050" not in ours(alone)
    assert ours(alone)["1020"] == provider_balance(alone) == FEE_MINOR - 1698
