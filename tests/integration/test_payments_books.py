"""The books on the real database: sealed after the fact, and any later change is found."""

import re
from collections.abc import Iterator

import pytest

from services.payments.store import LEDGER, chain_fault
from tests.integration.payments_house import CONFERENCE, House, house
from tests.integration.provider_fixtures import RunningProvider
from tests.namespaces import Namespace
from tests.town import FINANCE


@pytest.fixture(scope="module")
def module_house(module_namespace: Namespace, shared_provider: RunningProvider) -> Iterator[House]:
    with house(module_namespace, shared_provider) as made:
        yield made


@pytest.fixture
def payments(module_house: House) -> House:
    """Some registrations whose bookings are sealed."""
    module_house.forget()
    for _ in range(5):
        module_house.paid("cheque")
    module_house.seal()
    return module_house


def test_what_was_booked_is_sealed_once_and_in_one_chain(payments: House) -> None:
    payments.paid("transfer")
    payments.seal()
    payments.seal()

    told = payments.get("/payments/ledger/chain", conference=CONFERENCE)

    assert told == {
        "conference": CONFERENCE,
        "sealed_count": 12,
        "unsealed_count": 0,
        "is_unbroken": True,
        "fault": None,
    }
    numbers = [each["number"] for each in payments.database.mongo[LEDGER.name].find().sort("number", 1)]
    assert numbers == list(range(1, 13))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"$set": {"lines.0.amount_minor": 1}}, r"number 4 \(.*\) is not what was sealed"),
        ({"$set": {"cause": "another"}}, r"number 4 \(.*\) is not what was sealed"),
        ({"$set": {"number": 400}}, "number 4 is missing"),
        ({"$set": {"conference": "another"}}, "number 4 is missing"),
    ],
)
def test_a_change_after_the_seal_is_found(payments: House, change: dict[str, object], fault: str) -> None:
    payments.database.mongo[LEDGER.name].update_one({"number": 4}, change)

    found = chain_fault(payments.database, CONFERENCE)

    assert found is not None
    assert re.fullmatch(fault, found)


def test_a_missing_end_is_found(payments: House) -> None:
    payments.database.mongo[LEDGER.name].delete_one({"number": 10})

    assert chain_fault(payments.database, CONFERENCE) == "number 10 and what follows is missing"


def test_the_trial_balance_sums_to_zero_and_lists_every_account(payments: House) -> None:
    told = payments.get("/payments/ledger/trial-balance", conference=CONFERENCE)

    assert told["sums"] == [{"currency": "USD", "sum_minor": 0}]
    assert [(each["account"], each["balance_minor"]) for each in told["balances"]] == [
        ("1010", 5 * 57500),
        ("1100", 0),
        ("2000", -5 * 57500),
    ]


def test_entries_are_listed_page_by_page(payments: House) -> None:
    first = payments.client.get(
        "/payments/ledger/entries", query_string={"conference": CONFERENCE, "limit": 6}, auth=FINANCE
    )
    assert first.json is not None
    rest = payments.get("/payments/ledger/entries", conference=CONFERENCE, limit=6, after=first.json["next"])

    assert 'rel="next"' in first.headers["Link"]
    assert len(first.json["items"]) + len(rest["items"]) == 10
    assert rest["next"] is None
    assert all(sum(line["amount_minor"] for line in each["lines"]) == 0 for each in rest["items"])
