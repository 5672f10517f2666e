"""A town registers four people on one order, one leaves by the desk's page, the conference is cancelled, the town
chooses; and every cent has found its place."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.registration.registering.domain.registrations import Life
from shared.contracts.payments import LeavingWorkedOut, RefundRunCompleted, SettlementOffered
from shared.contracts.registration import OrderEnded
from tests.integration.leaving_houses import LEAVE_MINOR, Two, both
from tests.integration.provider_fixtures import RunningProvider
from tests.integration.registration_house import CHOOSE_UNTIL, FEE_MINOR, KEPT_MINOR
from tests.namespaces import Namespace
from tests.town import COMMITTEE

HTML = {"Accept": "text/html"}
LEAVER_BACK_MINOR = FEE_MINOR - LEAVE_MINOR
OTHERS_BACK_MINOR = 3 * (FEE_MINOR - KEPT_MINOR)


@pytest.fixture
def two(namespace: Namespace, provider: RunningProvider) -> Iterator[Two]:
    """Both services."""
    with both(namespace, provider) as made:
        yield made


def leave_by_page(two: Two, registration: str) -> None:
    """The desk reads the page and presses its button."""
    path = f"/registration/desk/conferences/74th/registrations/{registration}/leave"
    read = two.registration.client.get(path, headers=HTML, auth=COMMITTEE)
    assert "$50.00 is kept" in read.text
    assert "$525.00 goes back to City of Riverton" in read.text
    key = read.text.partition('name="idempotency_key" value="')[2].partition('"')[0]
    data = {"reason": "Her town asked us to.", "idempotency_key": key}
    assert two.registration.client.post(path, data=data, headers=HTML, auth=COMMITTEE).status_code == 303
    two.talk()


@pytest.mark.parametrize(
    ("choice", "refunded_minor", "balances"),
    [
        ("refund", OTHERS_BACK_MINOR, {}),
        ("credit", 0, {"2010": -OTHERS_BACK_MINOR}),
        ("donate", 0, {"4050": -OTHERS_BACK_MINOR}),
    ],
)
def test_one_of_four_leaves_the_conference_is_cancelled_and_the_town_chooses(
    two: Two, choice: str, refunded_minor: int, balances: dict[str, int]
) -> None:
    placed = two.order(4)
    two.pay(placed)
    first, *others = placed["registrations"]
    leave_by_page(two, first)
    assert [two.life(each) for each in placed["registrations"]] == [Life.LEFT, *[Life.CONFIRMED] * 3]

    two.cancel()

    (ended,) = two.registration.said(OrderEnded)
    assert (set(ended.registrations), ended.left) == (set(others), (first,))
    (offered,) = two.payments.said(SettlementOffered)
    assert (offered.paid_minor, offered.fee_minor) == (3 * FEE_MINOR, 3 * KEPT_MINOR)
    _choose(two, placed, choice)
    _pay_back(two)

    (completed,) = two.payments.said(RefundRunCompleted)
    kept_minor = LEAVE_MINOR + 3 * KEPT_MINOR
    assert (completed.count, completed.refunded_minor, completed.kept_minor) == (3, refunded_minor, 3 * KEPT_MINOR)
    assert two.worked_out()[:2] == (LEAVE_MINOR, LEAVER_BACK_MINOR)
    assert len(two.payments.said(LeavingWorkedOut)) == 1
    bank_minor = 4 * FEE_MINOR - LEAVER_BACK_MINOR - refunded_minor
    assert two.payments.balances() == {"1000": bank_minor, "4020": -kept_minor} | balances
    assert sum(two.payments.balances().values()) == 0
    (order,) = two.payments.get("/payments/orders")["items"]
    (left,) = order["leavings"]
    end = order["settlement"]
    assert (left["registration"], left["kept_minor"], left["refunded_minor"]) == (first, LEAVE_MINOR, LEAVER_BACK_MINOR)
    assert left["payable_minor"] == end["payable_minor"] == 0
    spent = [left["kept_minor"], left["refunded_minor"]]
    spent += [end[name] for name in ("kept_minor", "refunded_minor", "credited_minor", "donated_minor")]
    assert sum(spent) == 4 * FEE_MINOR
    assert order["state"] == "settled"
    assert [two.life(each) for each in placed["registrations"]] == [Life.LEFT, *[Life.CANCELLED] * 3]


def _choose(two: Two, placed: dict[str, Any], choice: str) -> None:
    """The town chooses on its own page, and the time for choosing ends."""
    path = f"{urlsplit(placed['page']).path}/choice"
    assert two.registration.client.post(path, data={"choice": choice}, headers=HTML).status_code == 303
    two.talk()
    two.registration.database.clock.move(CHOOSE_UNTIL)
    two.registration.look_again()
    two.talk()
    two.payments.database.clock.move(CHOOSE_UNTIL)


def _pay_back(two: Two) -> None:
    """Finance pays by transfer whatever is owed back."""
    for number, refund in enumerate(two.payments.get("/payments/refunds")["items"]):
        paid = {"rail": "transfer", "reference": f"T-{number}", "paid_on": date(2020, 4, 30).isoformat()}
        assert two.payments.post(f"/payments/refunds/{refund['id']}/record", paid).status_code == 200
    two.talk()
    two.payments.look_at_runs()
