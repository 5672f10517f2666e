"""A town registers three of its clerks at once: one order, one invoice, one payment; and one decision at the end."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.registration.payers.store import ORDERS, PAYERS
from services.registration.people.store import PEOPLE
from services.registration.registering.domain.registrations import Life
from services.registration.registering.store import REGISTRATIONS
from shared.auth import sign
from shared.contracts.payments import (
    GrantReleased,
    InvoiceIssued,
    InvoiceVoided,
    RefundRunCompleted,
    SettlementOffered,
)
from shared.contracts.registration import (
    OrderEnded,
    OrderPlaced,
    PayerIntroduced,
    RegistrationConfirmed,
    RegistrationRunClosed,
    SettlementFixed,
)
from tests.integration import payments_house, registration_house
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.integration.registration_house import CHOOSE_UNTIL, FEE_MINOR, KEPT_MINOR, OPENED_AT
from tests.integration.two_houses import OPTION_MINOR, TwoHouses
from tests.namespaces import Namespace

HTML = {"Accept": "text/html"}
ACADEMY = {"key": "a-07", "label": "Academy A-07", "amount_minor": OPTION_MINOR, "place_count": 2}
TOWN = {
    "name": "City of Riverton",
    "email": "payable@riverton.example",
    "postal_address": ["1 Main Street", "Riverton"],
    "reference": "CC 4711",
}


class Two(TwoHouses):
    """Both services, and a town that registers several of its people."""

    def order(self, *names: str, key: str = "", **changed: Any) -> Any:
        """The town sends these people in; the response as it is."""
        people = [
            {"person": {"name": name, "email": f"{name.split()[0].lower()}@riverton.example"}, "category": "delegate"}
            for name in names
        ]
        asked = {"conference": "74th", "tender": "transfer", "payer": TOWN, "people": people} | changed
        headers = {"Idempotency-Key": (key or "-".join(names)).replace(" ", "-"), "Accept": "application/json"}
        response = self.registration.client.post("/registration/orders", json=asked, headers=headers)
        self.talk()
        return response

    def page(self, placed: Mapping[str, Any]) -> str:
        """The payer's own page, in one line."""
        return " ".join(
            self.registration.client.get(urlsplit(placed["page"]).path, headers=HTML).get_data(as_text=True).split()
        )

    def mine(self, registration: str) -> str:
        """An attendee's own page, in one line."""
        token = sign(self.registration.parts.settings, purpose="registration", id_=registration)
        got = self.registration.client.get(f"/registration/mine/{token}", headers=HTML)
        return " ".join(got.get_data(as_text=True).split())

    def choose(self, placed: Mapping[str, Any], choice: str) -> Any:
        """The payer chooses for all of the order; the response as it is."""
        path = f"{urlsplit(placed['page']).path}/choice"
        response = self.registration.client.post(path, data={"choice": choice}, headers=HTML)
        self.talk()
        return response

    def cancel(self) -> None:
        """The organiser cancels, and the run goes as far as it can."""
        self.registration.cancel()
        for _ in range(6):
            self.registration.look_again()
        self.talk()
        self.registration.look_again()
        self.payments.look_at_runs()


@pytest.fixture
def two(namespace: Namespace, provider: RunningProvider) -> Iterator[Two]:
    provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    with registration_house.house(namespace) as registration, payments_house.house(namespace, provider) as payments:
        registration.database.clock.move(OPENED_AT)
        registration.open_conference(options=(ACADEMY,))
        yield Two(registration, payments)


def lives(two: Two, placed: Mapping[str, Any]) -> list[Life]:
    return [two.registration.registration(each).life for each in placed["registrations"]]


def nothing_was_kept(two: Two) -> bool:
    """Whether nobody was registered, nobody introduced, and no place taken."""
    database = two.registration.database.mongo
    counts = [database[each.name].count_documents({}) for each in (REGISTRATIONS, ORDERS, PAYERS, PEOPLE)]
    return counts == [0, 0, 0, 0] and two.registration.said(OrderPlaced) == []


def test_one_order_one_invoice_and_one_payment_confirm_all(two: Two) -> None:
    placed = two.order("Ana Ruiz", "Tom Reed", "Kim Lee").json

    assert (len(placed["registrations"]), placed["total_minor"], placed["pay"]) == (3, 3 * FEE_MINOR, None)
    (invoice,) = two.payments.said(InvoiceIssued)
    (payer,) = two.registration.said(PayerIntroduced)
    assert (invoice.total_minor, invoice.person) == (3 * FEE_MINOR, payer.payer)
    assert invoice.registrations == tuple(placed["registrations"])
    assert lives(two, placed) == [Life.SUBMITTED] * 3
    assert "$1,725.00 for all of them" in two.page(placed)
    assert f"when $1,725.00 arrives. Please give invoice number {invoice.number} as the reference" in two.page(placed)
    assert "CC 4711" in two.page(placed)
    assert "$1,725.00" not in two.mine(placed["registrations"][1])

    two.payments.record(placed["order"], "transfer", amount_minor=100000)
    two.talk()
    assert lives(two, placed) == [Life.SUBMITTED] * 3
    two.payments.record(placed["order"], "transfer", amount_minor=72500)
    two.talk()

    assert lives(two, placed) == [Life.CONFIRMED] * 3
    confirmed = two.registration.said(RegistrationConfirmed)
    assert sorted(each.registration for each in confirmed) == sorted(placed["registrations"])
    assert {each.total_minor for each in confirmed} == {FEE_MINOR}
    assert "all is paid" in two.page(placed)


def test_one_purchase_order_confirms_all(two: Two) -> None:
    placed = two.order("Ana Ruiz", "Tom Reed", tender="purchase_order").json

    two.payments.post(
        f"/payments/orders/{placed['order']}/purchase-order",
        {"number": "PO-1", "dated": "2020-03-01", "limit_minor": 2 * FEE_MINOR},
    )
    two.talk()

    assert lives(two, placed) == [Life.CONFIRMED_UNPAID] * 2


def test_one_purchase_order_covers_its_limit_once_over_all_orders_of_its_payer(two: Two) -> None:
    first, second, third = (
        two.order(name, tender="purchase_order").json for name in ("Ana Ruiz", "Tom Reed", "Kim Lee")
    )
    stranger = two.registration.register(tender="purchase_order")
    two.talk()

    def accept(order: str, **changed: Any) -> Any:
        promise = {"number": "PO-1", "dated": "2020-03-01", "limit_minor": 2 * FEE_MINOR} | changed
        return two.payments.post(f"/payments/orders/{order}/purchase-order", promise)

    assert accept(first["order"]).status_code == 201
    other = accept(second["order"], limit_minor=9 * FEE_MINOR)
    assert (other.status_code, "is on file" in other.json["detail"]) == (422, True)
    assert accept(second["order"], number="po-1").status_code == 201
    assert accept(second["order"], number="po-1").status_code == 201
    over = accept(third["order"])
    assert (over.status_code, over.json["used_minor"]) == (422, 2 * FEE_MINOR)
    assert "$1,150.00 of it is used by other orders that name it" in over.json["detail"]
    assert accept(stranger["order"], limit_minor=FEE_MINOR).status_code == 201  # another payer's has its own limit
    two.talk()
    assert [lives(two, each)[0] for each in (first, second, third)] == [
        Life.CONFIRMED_UNPAID,
        Life.CONFIRMED_UNPAID,
        Life.SUBMITTED,
    ]


def test_a_purchase_order_is_one_promise_at_each_association(two: Two) -> None:
    first = two.order("Ana Ruiz", tender="purchase_order").json
    own, other = (two.order(name, tender="purchase_order").json for name in ("Tom Reed", "Kim Lee"))
    two.talk()
    orders, conferences = (two.payments.database.mongo[each] for each in ("orders", "conferences"))

    def accept(order: str, limit_minor: int) -> Any:
        promise = {"number": "PO-2", "dated": "2020-03-01", "limit_minor": limit_minor}
        return two.payments.post(f"/payments/orders/{order}/purchase-order", promise)

    def to_another(order: str) -> None:
        (placed,) = orders.find({"_id": order})
        (known,) = conferences.find({"_id": placed["conference"]})
        conferences.insert_one({**known, "_id": "elsewhere", "association": "managers"})
        orders.update_one({"_id": order}, {"$set": {"conference": "elsewhere"}})

    to_another(other["order"])
    accepted = accept(first["order"], FEE_MINOR)
    refused = accept(own["order"], FEE_MINOR)
    elsewhere = accept(other["order"], 3 * FEE_MINOR)  # another paper, which says the same number

    assert [each.status_code for each in (accepted, refused, elsewhere)] == [201, 422, 201]


def test_the_same_order_sent_twice_is_one_and_a_second_one_has_the_same_payer(two: Two) -> None:
    first = two.order("Ana Ruiz", "Tom Reed", key="once")
    again = two.order("Ana Ruiz", "Tom Reed", key="once")
    other = two.order("Kim Lee").json

    assert (first.status_code, again.status_code, first.json) == (201, 201, again.json)
    assert len(two.registration.said(OrderPlaced)) == 2
    assert len(two.registration.said(PayerIntroduced)) == 1
    assert other["payer"] == first.json["payer"]


def test_where_one_place_is_missing_nobody_is_registered(two: Two) -> None:
    people = [
        {"person": {"name": name, "email": f"{name}@riverton.example"}, "category": "delegate", "options": ["a-07"]}
        for name in ("Ana", "Tom", "Kim")
    ]

    refused = two.order(people=people, key="three")
    taken = two.order(people=people[:2], key="two")

    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (409, "OptionSoldOut")
    assert taken.status_code == 201
    assert len(two.registration.said(OrderPlaced)) == 1


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"people": []}, "at least one person"),
        ({"payer": TOWN | {"email": None, "postal_address": []}}, "letters"),
        ({"tender": "promises"}, "how you will pay"),
        ({"conference": "80th"}, "No conference"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_kept(two: Two, changed: dict[str, Any], word: str) -> None:
    refused = two.order("Ana Ruiz", **changed)

    assert refused.status_code in (404, 422)
    assert word in refused.get_data(as_text=True)
    assert nothing_was_kept(two)


def test_who_is_named_twice_and_more_than_an_order_holds_is_refused(two: Two) -> None:
    twice = two.order("Ana Ruiz", "Ana Ruiz")
    many = two.order(*(f"P{number} Clerk" for number in range(201)), key="many")

    assert (twice.status_code, "Ana Ruiz is named twice" in twice.json["detail"]) == (422, True)
    assert many.status_code == 422
    assert nothing_was_kept(two)


def test_who_is_registered_already_is_named_and_the_others_are_not_registered(two: Two) -> None:
    two.order("Ana Ruiz")

    refused = two.order("Tom Reed", "Ana Ruiz")

    assert (refused.status_code, "Ana Ruiz is registered" in refused.json["detail"]) == (409, True)
    assert len(two.registration.said(OrderPlaced)) == 1


def test_the_payer_of_a_cancelled_conference_decides_for_all(two: Two) -> None:
    placed = two.order("Ana Ruiz", "Tom Reed", "Kim Lee").json
    two.payments.record(placed["order"], "transfer")
    two.talk()

    two.cancel()

    (ended,) = two.registration.said(OrderEnded)
    assert (ended.registrations, ended.payer) == (tuple(placed["registrations"]), placed["payer"])
    (offered,) = two.payments.said(SettlementOffered)
    assert (offered.person, offered.paid_minor, offered.fee_minor) == (placed["payer"], 3 * FEE_MINOR, 3 * KEPT_MINOR)
    assert [each.count for each in two.registration.said(RegistrationRunClosed)] == [3]
    page = two.page(placed)
    assert "You choose for everybody on this order" in page
    assert "$1,500.00" in page
    for each in placed["registrations"]:
        assert "1,725.00" not in two.mine(each)
        assert "nothing to choose" in two.mine(each)

    assert two.choose(placed, "all of it").status_code == 422
    assert two.choose(placed, "refund").status_code == 303
    assert two.choose(placed, "credit").status_code == 409
    two.payments.look_at_runs()

    refund = two.payments.refund_of(placed["order"])
    assert (refund.amount_minor, refund.rail, refund.person) == (3 * (FEE_MINOR - KEPT_MINOR), "transfer", ended.payer)
    assert "Final: Refund" in two.page(placed)
    paid = {"rail": "transfer", "reference": "T-1", "paid_on": two.payments.database.clock.now().date().isoformat()}
    assert two.payments.post(f"/payments/refunds/{refund.id}/record", paid).status_code == 200
    two.payments.look_at_runs()
    (completed,) = two.payments.said(RefundRunCompleted)
    assert (completed.count, completed.refunded_minor, completed.kept_minor) == (3, 150000, 22500)
    balances = two.payments.balances()
    assert {account: balances.get(account, 0) for account in ("1100", "2000", "2001", "2020")} == dict.fromkeys(
        ("1100", "2000", "2001", "2020"), 0
    )


def test_a_program_of_the_payers_reads_and_chooses_in_json(two: Two) -> None:
    placed = two.order("Ana Ruiz", "Tom Reed").json
    two.payments.record(placed["order"], "transfer")
    two.talk()
    page, headers = urlsplit(placed["page"]).path, {"Accept": "application/json"}

    def read() -> Any:
        return two.registration.client.get(page, headers=headers).get_json()

    before = read()
    two.cancel()
    chosen, refused = (
        two.registration.client.post(f"{page}/choice", json={"choice": choice}, headers=headers)
        for choice in ("credit", "all of it")
    )

    assert (before["choice"], before["is_final"]) == (None, False)
    assert (chosen.status_code, read()["choice"], read()["is_final"]) == (200, "credit", False)
    assert set(read()["registrations"].values()) == {"cancelled"}
    assert (refused.status_code, chosen.get_json()) == (422, read())


def test_no_attendee_of_an_order_decides_about_its_money(two: Two) -> None:
    placed = two.order("Ana Ruiz", "Tom Reed").json
    two.payments.record(placed["order"], "transfer")
    two.talk()
    two.cancel()
    lead = placed["registrations"][0]
    token = sign(two.registration.parts.settings, purpose="registration", id_=lead)

    refused = two.registration.client.post(
        f"/registration/mine/{token}/choice", json={"choice": "donate"}, headers={"Accept": "application/json"}
    )

    assert (refused.status_code, "Somebody else pays" in refused.get_data(as_text=True)) == (409, True)
    assert two.registration.said(SettlementFixed) == []


def test_at_the_deadline_an_order_goes_back_as_one_and_open_ones_and_grants_end_at_once(two: Two) -> None:
    silent = two.order("Ana Ruiz", "Tom Reed").json
    two.payments.record(silent["order"], "transfer")
    two.order("Kim Lee", "Joe Park", tender="purchase_order")
    granted = two.order("Eva Berg", "Max Holm", tender="grant").json
    two.payments.record(granted["order"], "grant")
    alone = two.registration.register(tender="transfer")
    two.talk()

    two.cancel()
    two.registration.database.clock.move(CHOOSE_UNTIL)
    two.registration.look_again()
    two.talk()

    assert [each.voided_minor for each in two.payments.said(InvoiceVoided)].count(2 * FEE_MINOR) == 1
    assert [each.released_minor for each in two.payments.said(GrantReleased)] == [2 * FEE_MINOR]
    assert [each.order for each in two.registration.said(SettlementFixed)] == [silent["order"]]
    assert [each.count for each in two.registration.said(RegistrationRunClosed)] == [7]
    assert two.payments.order(alone["order"]).state == "settled"
    assert two.payments.refund_of(silent["order"]).amount_minor == 2 * (FEE_MINOR - KEPT_MINOR)
