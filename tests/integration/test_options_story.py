"""J7 in registration and payments: an Academy is cancelled, 20 of 28 move, 8 get their money; then all the rest."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.auth import sign
from shared.contracts.payments import InvoiceReduced, RefundRunCompleted, RefundSettled
from shared.contracts.registration import OptionCancelled, OptionMoved, RegistrationConfirmed
from shared.contracts.scheduling import SessionCancelled
from tests.integration import payments_house, registration_house
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.integration.two_houses import OPTION_MINOR, OPTIONS, TwoHouses
from tests.namespaces import Namespace

TODAY = datetime(2020, 3, 10, 15, tzinfo=UTC)
UNTIL = datetime(2020, 3, 12, 5, tzinfo=UTC)
FEE_MINOR = 57500


class Two(TwoHouses):
    """Both services, and a registrant who chooses."""

    def choose(self, id_: str, **choice: str) -> Any:
        """A registrant chooses on their page; the response as it is."""
        token = sign(self.registration.parts.settings, purpose="registration", id_=id_)
        return self.registration.client.post(
            f"/registration/mine/{token}/options/a-07",
            json=choice,
            headers={"Idempotency-Key": f"{id_}-{choice['choice']}", "Accept": "application/json"},
        )


@pytest.fixture
def two(namespace: Namespace, provider: RunningProvider) -> Iterator[Two]:
    provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    with registration_house.house(namespace) as registration, payments_house.house(namespace, provider) as payments:
        registration.database.clock.move(TODAY)
        registration.open_conference(options=OPTIONS)
        yield Two(registration, payments)


def registered(two: Two, tender: str) -> dict[str, Any]:
    """Somebody registers with the Academy."""
    answer = two.registration.register(options=["a-07"], tender=tender)
    two.talk()
    return answer


def pay(two: Two, order: str, tender: str) -> None:
    if tender == "card":
        two.payments.pay_by_card(order)
    else:
        two.payments.record(order, tender)
    two.talk()


def test_an_academy_is_cancelled_and_later_the_whole_conference(two: Two) -> None:
    tenders = ["card"] * 20 + ["cheque"] * 4 + ["grant"] * 2 + ["purchase_order"] * 2
    people = [registered(two, tender) | {"tender": tender} for tender in tenders]
    for each in people[:26]:
        pay(two, each["order"], each["tender"])
    two.payments.post(
        f"/payments/orders/{people[26]['order']}/purchase-order",
        {"number": "2020-0117", "dated": "2020-03-01", "limit_minor": 160000},
    )
    two.talk()
    assert len(two.registration.said(RegistrationConfirmed)) == 27
    assert two.payments.balances()["2001"] == -28 * OPTION_MINOR

    two.registration.hear(
        SessionCancelled(
            session="ses_07",
            conference="74th",
            release=2,
            uid="ses_07@reconvene.example",
            sequence=1,
            code="A-07",
            title="Records in a crisis",
            starts=None,
            ends=None,
            reason="The speaker is ill.",
            alternatives=("ses_09",),
            choose_until=UNTIL,
        )
    )
    two.registration.run_jobs()
    moving = [two.choose(each["registration"], choice="move", session="ses_09") for each in people[:21]]
    refunding = two.choose(people[20]["registration"], choice="refund")
    two.talk()
    two.registration.database.clock.move(UNTIL)
    two.registration.look_again()
    two.talk()

    assert [each.status_code for each in moving] == [200] * 20 + [409]
    assert refunding.status_code == 200
    assert len(two.registration.said(OptionMoved)) == 20
    assert [each.by for each in two.registration.said(OptionCancelled)].count("deadline") == 7
    reduced = two.payments.said(InvoiceReduced)
    assert sum(each.reduced_minor for each in reduced) == 8 * OPTION_MINOR == 76000
    assert [sum(getattr(each, name) for each in reduced) for name in _ENDS] == [2 * 9500, 4 * 9500, 2 * 9500]
    balances = two.payments.balances()
    assert (balances["2001"], balances["2020"]) == (-20 * OPTION_MINOR, -4 * OPTION_MINOR)
    assert all(
        two.registration.registration(each["registration"]).total_minor == two.payments.order(each["order"]).total_minor
        for each in people
    )

    pay_back(two)  # the four cheques; then the host committee gives the conference up
    two.registration.cancel()
    for _ in range(2):
        two.registration.look_again()
        two.talk()
    for each in people[:26]:
        token = sign(two.registration.parts.settings, purpose="registration", id_=each["registration"])
        if each["tender"] != "grant":
            two.registration.client.post(
                f"/registration/mine/{token}/choice", json={"choice": "refund"}, headers={"Accept": "application/json"}
            )
    two.talk()
    while two.payments.run_again("refunds"):
        pass
    pay_back(two)
    two.payments.look_at_runs()

    (completed,) = two.payments.said(RefundRunCompleted)
    balances = two.payments.balances()
    assert [balances.get(account, 0) for account in ("1100", "2000", "2001", "2020")] == [0, 0, 0, 0]
    assert (completed.count, completed.released_minor, completed.voided_minor) == (28, 2 * FEE_MINOR, 2 * FEE_MINOR)
    kept_minor = completed.kept_minor
    captured_minor = 20 * (FEE_MINOR + OPTION_MINOR) + 4 * (FEE_MINOR + OPTION_MINOR)
    refunded_minor = sum(each.amount_minor for each in two.payments.said(RefundSettled))
    assert captured_minor == refunded_minor + kept_minor
    assert balances["2100"] == -2 * (FEE_MINOR + OPTION_MINOR)


_ENDS = ("written_off_minor", "owed_back_minor", "released_minor")


def pay_back(two: Two) -> None:
    """Finance pays all refunds that go by cheque."""
    while waiting := two.payments.get("/payments/refunds", state="awaiting_record", limit=500)["items"]:
        for number, each in enumerate(waiting):
            body = {"rail": each["rail"], "reference": f"{each['id']} {number}", "paid_on": "2020-04-09"}
            answer = two.payments.post(f"/payments/refunds/{each['id']}/record", body)
            assert answer.status_code == 200, answer.text
    two.talk()
