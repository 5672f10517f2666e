"""The books on the real database: sealed after the fact, and any later change is found."""

import re
from datetime import timedelta
from threading import Event

import pytest

from services.payments.books import store as books
from services.payments.books.domain.ledger import BALANCES_DIFFER
from services.payments.books.jobs import Auditor
from services.payments.books.store import CHAIN_CHECKS, CHAIN_HEADS, LEDGER, chain_fault
from shared.clock import host_now
from tests.examined import examined
from tests.integration.payments_house import CONFERENCE, House
from tests.town import FINANCE


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


def test_balances_are_kept_with_the_seal_and_are_those_of_every_entry(payments: House) -> None:
    order = payments.paid("transfer", guests=1)
    before = payments.balances()
    payments.seal()
    payments.paid("card")
    (kept,) = payments.database.mongo[CHAIN_HEADS.name].find({"_id": CONFERENCE})

    with examined(payments.database) as reads:
        after = payments.balances()

    assert payments.order(order).paid_minor == 82500
    assert before == {"1000": 82500, "1010": 5 * 57500, "2000": -6 * 57500, "2001": -25000}
    assert after == before | {"1020": 55802, "2000": -7 * 57500, "5020": 1698}
    assert kept["counted_number"] == kept["number"] == 12
    assert reads[LEDGER.name] == 3  # what is not sealed yet
    assert payments.balances(None) == after


def test_balances_of_books_that_were_sealed_before_balances_were_kept_are_caught_up(payments: House) -> None:
    before = payments.balances()
    where, without = {"_id": CONFERENCE}, {"$unset": {"balances": "", "counted_number": ""}}
    payments.database.mongo[CHAIN_HEADS.name].update_one(where, without)
    meanwhile = payments.balances()

    payments.seal()

    (kept,) = payments.database.mongo[CHAIN_HEADS.name].find(where)
    assert before == meanwhile == payments.balances()
    assert kept["counted_number"] == 10


def test_a_chain_is_recomputed_as_it_grows_and_anew_every_day(payments: House) -> None:
    auditor = Auditor(payments.database)
    auditor.audit_all(Event())
    payments.paid("cheque")
    payments.seal()
    auditor.audit_all(Event())
    (grown,) = payments.database.mongo[CHAIN_CHECKS.name].find()
    payments.database.mongo[LEDGER.name].update_one({"number": 4}, {"$set": {"cause": "another"}})
    auditor.audit_all(Event())
    unseen = payments.database.mongo[CHAIN_CHECKS.name].find_one({})
    yesterday = {"$set": {"began_at": host_now() - timedelta(days=2)}}
    payments.database.mongo[CHAIN_CHECKS.name].update_one({}, yesterday)

    auditor.audit_all(Event())
    auditor.audit_all(Event())

    assert (grown["number"], grown["fault"], grown["is_over"]) == (12, "", True)
    assert unseen == grown  # it was recomputed today
    (found,) = payments.database.mongo[CHAIN_CHECKS.name].find()
    assert re.fullmatch(r"number 4 \(.*\) is not what was sealed", found["fault"])
    assert "were changed after they were sealed" in payments.page("/payments/desk")


def test_kept_balances_that_are_not_those_of_the_entries_are_found(payments: House) -> None:
    payments.database.mongo[CHAIN_HEADS.name].update_one({}, {"$inc": {"balances.0.debit_minor": 1}})

    Auditor(payments.database).audit_all(Event())

    (found,) = payments.database.mongo[CHAIN_CHECKS.name].find()
    assert found["fault"] == BALANCES_DIFFER


def test_of_a_long_chain_the_page_says_what_its_last_check_has_found(
    payments: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "CHECKED_AT_ONCE", 5)
    before = payments.page(f"/payments/desk/books/{CONFERENCE}")

    Auditor(payments.database).audit_all(Event())

    assert "They are being recomputed: 0 so far" in before
    assert "They were last recomputed, and found unchanged" in payments.page(f"/payments/desk/books/{CONFERENCE}")
