"""Credits where several things happen at once, power is cut, or a database is restored."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from services.payments.credits.commands import ask_for_payout, pay_credit_out, spend_own_credits, state_credits
from services.payments.credits.domain import CreditChanged
from shared.contracts.payments import (
    CreditsStated,
)
from shared.crash import VARIABLE
from shared.problem import Refusal
from tests.integration.credits_house import refunds_of, spend
from tests.integration.payments_house import FEE_MINOR, NEXT_CONFERENCE, House, announced_next, house
from tests.integration.provider_fixtures import RunningProvider
from tests.integration.test_recovery import lost
from tests.namespaces import Namespace


@pytest.fixture(scope="module")
def module_house(module_namespace: Namespace, shared_provider: RunningProvider) -> Iterator[House]:
    with house(module_namespace, shared_provider) as made:
        yield made


@pytest.fixture
def payments(module_house: House) -> House:
    module_house.forget()
    module_house.hear(announced_next())
    return module_house


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


VICTIM = """
import json, sys
from services.payments.credits import commands
from shared.mongo import Database
url, name, command, arguments = sys.argv[1:]
Database(url, name=name, service="payments").run(getattr(commands, command), **json.loads(arguments))
"""


@pytest.mark.parametrize("point", ["unit.saving", "unit.saved"])
@pytest.mark.parametrize("command", [spend_own_credits, ask_for_payout, pay_credit_out, state_credits])
def test_a_power_cut_in_the_middle_and_once_more_is_once(payments: House, command: Any, point: str) -> None:
    credit = payments.credited("cheque")
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    spending = {"person": credit.person, "order": order, "amount_minor": 20000, "owed_minor": FEE_MINOR}
    asked: dict[str, dict[str, Any]] = {
        "spend_own_credits": spending,
        "ask_for_payout": {"credit": credit.id, "person": credit.person},
        "pay_credit_out": {"credit": credit.id, "at_their_word": True},
        "state_credits": {"holder": credit.person, "year": 2021},
    }
    arguments = asked[command.__name__]
    settings = payments.parts.settings

    died = subprocess.run(
        [
            sys.executable,
            "-c",
            VICTIM,
            settings.mongo_url,
            settings.database_name,
            command.__name__,
            json.dumps(arguments),
        ],
        env=os.environ | {VARIABLE: point},
        timeout=60,
        check=False,
    )
    with contextlib.suppress(*([Refusal] if point == "unit.saved" else [])):
        payments.database.run(command, **arguments)

    assert died.returncode == -signal.SIGKILL
    after = payments.credit_of(credit.order)
    assert {
        "spend_own_credits": (after.balance_minor, len(after.spendings), payments.order(order).owed_minor)
        == (37500, 1, 37500),
        "ask_for_payout": (after.balance_minor, after.left_minor) == (0, FEE_MINOR),
        "pay_credit_out": (after.left_minor, len(refunds_of(payments, credit.order))) == (0, 1),
        "state_credits": [each.year for each in payments.said(CreditsStated)] == [2021],
    }[command.__name__]
    assert payments.balances(None).get("2010", 0) == -after.left_minor


def test_what_was_spent_and_paid_out_after_a_backup_is_so_again(payments: House) -> None:
    spent, paid_out = payments.credited("cheque"), payments.credited("cheque")
    order = payments.submit(conference=NEXT_CONFERENCE, payer=spent.person)
    after: dict[str, list[Any]] = {}

    def use_both() -> None:
        spend(payments, spent.id, order, 20000)
        payments.post(f"/payments/credits/{paid_out.id}/payout", {"at_their_word": True})
        after.update({name: _without_time(payments, name) for name in KEPT})

    lost(payments.database, use_both)
    assert payments.order(order).owed_minor == FEE_MINOR

    payments.parts.catching_up.all_at_once()

    assert {name: _without_time(payments, name) for name in KEPT} == after
    assert not payments.database.recalled.look()


def test_finance_sees_on_an_order_that_its_payer_has_a_credit(payments: House) -> None:
    credit = payments.credited("cheque")
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    other = payments.submit(conference=NEXT_CONFERENCE)

    assert "The payer has a credit of $575.00" in payments.page(f"/payments/desk/orders/{order}")
    assert "The payer has a credit" not in payments.page(f"/payments/desk/orders/{other}")


KEPT = ("credits", "orders", "payments", "refunds", "ledger")


def _without_time(payments: House, name: str) -> list[Any]:
    """What is kept of one kind, but for when it was written and by whose hand."""
    passing = ("version", "event_count", "acted", "booked_at", "cause", "planned_at")
    found = payments.database.mongo[name].find({}, dict.fromkeys(passing, 0)).sort("_id", 1)
    return [{**each, "spendings": [{**one, "spent_at": 0} for one in each.get("spendings", ())]} for each in found]
