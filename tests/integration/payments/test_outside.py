"""Refunds that somebody makes at the card provider and not here: noticed, booked, and never paid a second time.

575.00 were paid; the conference keeps 75.00 where it says so. A label, our number in a foreign refund, changes no sum.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.payments.provider.store import PROVIDER_EVENTS
from services.payments.recovery import record_refund_again
from services.payments.refunds.domain.refunds import Refund, RefundState
from services.payments.refunds.store import OUTSIDE, REFUNDS
from shared.contracts.payments import CreditIssued, RefundReversed, RefundRunCompleted, RefundSettled
from shared.jobs import due
from shared.principals import Role
from tests.integration.payments.test_webhooks import deliver, events_about
from tests.integration.payments_house import FEE_MINOR, KEPT_MINOR, RUN, House
from tests.integration.provider_fixtures import CANCELLED
from tests.town import signed_in

CARD_FEE_MINOR, BY_HAND_MINOR = 1698, 10000
REST_MINOR = FEE_MINOR - BY_HAND_MINOR


def by_hand(payments: House, order: str, amount_minor: int = BY_HAND_MINOR, *, label: str = "") -> str:
    """Somebody refunds at the provider's desk; the provider's number."""
    (payment,) = payments.payments_of(order)
    asked: Any = {"payment_intent": payment.provider_payment, "amount": amount_minor}
    asked |= {"metadata": {"refund": label}} if label else {}
    return str(payments.provider.client.v1.refunds.create(asked).id)


def refunds_of(payments: House, order: str) -> list[Refund]:
    found = payments.database.mongo[REFUNDS.name].find({"order": order}).sort("amount_minor", 1)
    return [REFUNDS.state(each) for each in found]


def settle(payments: House) -> None:
    """What is due goes out, however often that has to be tried."""
    for _ in range(4):
        payments.run_again("refunds")
    payments.hear_provider()
    payments.look_at_runs()


def assert_all_went_back(payments: House, order: str) -> None:
    """The payer has 575.00 back and not a cent more, by two refunds; the books and the run say so."""
    assert sorted(each.amount for each in payments.provider_refunds(order)) == [BY_HAND_MINOR, REST_MINOR]
    assert sorted(each.amount_minor for each in payments.said(RefundSettled)) == [BY_HAND_MINOR, REST_MINOR]
    assert payments.balances() == {"1020": -CARD_FEE_MINOR, "5020": CARD_FEE_MINOR}
    assert {each.state for each in refunds_of(payments, order)} == {RefundState.SETTLED}
    assert len(payments.said(RefundRunCompleted)) == 1
    assert not differs(payments, *(each.id for each in payments.provider_refunds(order)))


def differs(payments: House, *made: str) -> bool:
    """Whether one of these is alarming when all refunds are compared; other tests have left theirs there."""
    return any(each in sentence for sentence in payments.sweep.compare_refunds() for each in made)


def heard_before(payments: House, order: str, label: str) -> None:
    by_hand(payments, order, label=label)
    payments.hear_provider()
    payments.cancel(order)
    payments.fix(order)


def heard_before_the_choice(payments: House, order: str, label: str) -> None:
    payments.cancel(order)
    by_hand(payments, order, label=label)
    payments.hear_provider()
    payments.fix(order)


def heard_before_the_sender(payments: House, order: str, label: str) -> None:
    payments.cancel(order)
    payments.fix(order)
    by_hand(payments, order, label=label)
    payments.hear_provider()


def heard_by_nobody(payments: House, order: str, label: str) -> None:
    by_hand(payments, order, label=label)
    payments.cancel(order)
    payments.fix(order)


@pytest.mark.parametrize("label", ["", "the refund's own number", "refund:of nobody"])
@pytest.mark.parametrize("told", [heard_before, heard_before_the_choice, heard_before_the_sender, heard_by_nobody])
def test_a_refund_made_outside_is_booked_as_what_it_is_and_only_the_rest_goes_back(
    payments: House, told: Callable[[House, str, str], None], label: str
) -> None:
    order = payments.paid("card")
    if label.startswith("the"):  # as it will be, once the choice is made
        label = f"refund:{payments.order(order).registration}:3:{order}.1"

    told(payments, order, label)
    settle(payments)
    payments.make_due("provider-events")
    settle(payments)

    assert_all_went_back(payments, order)


def test_a_refund_made_outside_is_noticed_by_its_webhook_and_shown_to_finance_on_the_order(payments: House) -> None:
    order = payments.paid("card")
    known = {each["id"] for each in events_about(payments, "refund.created")}
    made = by_hand(payments, order)
    (created,) = events_about(payments, "refund.created", since=known)

    for _ in range(2):
        deliver(payments, created)
        payments.run_jobs("provider-events")
        payments.database.mongo[PROVIDER_EVENTS.name].delete_one({"_id": created["id"]})

    loaded = payments.order(order)
    assert (loaded.state, loaded.paid_minor, loaded.owed_minor) == ("part_paid", REST_MINOR, BY_HAND_MINOR)
    assert [(each.amount_minor, each.reference) for each in payments.said(RefundSettled)] == [(BY_HAND_MINOR, made)]
    assert payments.balances()["1100"] == BY_HAND_MINOR
    (item,) = payments.get("/payments/outside-refunds")["items"]
    assert (item["id"], item["why"], item["order"], item["owed_again_minor"]) == (
        made,
        "no_number",
        order,
        BY_HAND_MINOR,
    )
    shown = page(payments, f"/orders/{order}")
    assert "$100.00 was refunded at the card provider and not here" in shown
    assert made in shown
    assert "1 refund was made at the card provider and not here" in page(payments, "")


def test_the_providers_word_that_our_own_refund_was_made_is_nothing_to_look_at(payments: House) -> None:
    order = payments.paid("card")
    payments.cancel(order, fee_minor=KEPT_MINOR)
    payments.fix(order)
    known = {each["id"] for each in events_about(payments, "refund.created")}
    payments.run_jobs("refunds")
    (created,) = events_about(payments, "refund.created", since=known)

    answer = deliver(payments, created)
    payments.sweep.sweep_events()

    assert answer.status_code == 200
    assert payments.database.mongo[PROVIDER_EVENTS.name].count_documents({"_id": created["id"]}) == 0
    assert payments.get("/payments/outside-refunds")["items"] == []


def test_a_refund_under_the_number_of_one_that_never_left_is_looked_at(payments: House) -> None:
    """Same number, same sum; but ours is held, so that this was made by somebody else."""
    refund = held(payments)
    known = {each["id"] for each in events_about(payments, "refund.created")}
    by_hand(payments, refund.order, refund.amount_minor, label=refund.id)
    (created,) = events_about(payments, "refund.created", since=known)

    deliver(payments, created)
    payments.run_jobs("provider-events")

    assert payments.refund_of(refund.order).state is RefundState.SETTLED
    assert [each.amount for each in payments.provider_refunds(refund.order)] == [refund.amount_minor]
    assert payments.balances().get("2020", 0) == 0


def test_word_of_a_refund_made_outside_waits_while_one_of_ours_is_on_its_way(payments: House) -> None:
    """Until its answer is known, nobody knows what is still owed."""
    order = payments.paid("card")
    payments.cancel(order, fee_minor=KEPT_MINOR)
    payments.fix(order)
    payments.provider.turn(drop_after={"method": "POST", "path": "/v1/refunds", "count": 1})
    payments.run_jobs("refunds")
    by_hand(payments, order, 5000)
    payments.sweep.sweep_events()
    payments.run_jobs("provider-events")
    waiting = payments.get("/payments/outside-refunds")["items"]

    settle(payments)
    payments.make_due("provider-events")
    settle(payments)

    assert waiting == []
    (item,) = payments.get("/payments/outside-refunds")["items"]
    assert (item["paying_minor"], item["beyond_minor"]) == (0, 5000)
    assert sorted(each.amount for each in payments.provider_refunds(order)) == [5000, 50000]
    assert payments.balances()["1100"] == 5000


def test_a_label_makes_no_two_sums_equal(payments: House) -> None:
    """Our number is in a refund of 100.00: the refund of 500.00 is neither settled by it nor sent in full."""
    order = payments.paid("card")
    payments.cancel(order, fee_minor=KEPT_MINOR)
    payments.fix(order)
    by_hand(payments, order, label=payments.refund_of(order).id)

    payments.hear_provider()
    payments.run_jobs("refunds")
    settle(payments)

    assert [each.amount_minor for each in refunds_of(payments, order)] == [BY_HAND_MINOR, 40000]
    assert sum(each.amount for each in payments.provider_refunds(order)) == FEE_MINOR - KEPT_MINOR
    assert payments.balances() == {"1020": 5802, "4020": -KEPT_MINOR, "5020": CARD_FEE_MINOR}
    (item,) = payments.get("/payments/outside-refunds")["items"]
    assert item["why"] == "other_sum"


def test_what_was_refunded_by_hand_is_not_sent_though_the_provider_would_pay_it_twice(payments: House) -> None:
    """200.00 of 575.00 are owed back, 100.00 went back by hand, and no word of it has reached us."""
    order = payments.paid("card")
    payments.cancel(order, fee_minor=FEE_MINOR - 20000)
    payments.fix(order)
    by_hand(payments, order)

    for _ in range(3):
        payments.run_again("refunds")

    assert [each.amount for each in payments.provider_refunds(order)] == [BY_HAND_MINOR, BY_HAND_MINOR]
    assert payments.balances().get("2020", 0) == 0


def test_a_second_refund_under_our_number_is_the_payers_debt_and_on_the_desk(payments: House) -> None:
    order = payments.paid("card")
    payments.cancel(order, fee_minor=FEE_MINOR - 20000)
    payments.fix(order)
    payments.run_jobs("refunds")
    by_hand(payments, order, 20000, label=payments.refund_of(order).id)

    settle(payments)

    (item,) = payments.get("/payments/outside-refunds")["items"]
    assert (item["why"], item["beyond_minor"]) == ("second", 20000)
    assert payments.balances()["1100"] == 20000
    assert payments.balances().get("2020", 0) == 0
    assert [each.refunded_minor for each in payments.said(RefundRunCompleted)][-1] == 40000
    assert "$200.00 more than was owed" in page(payments, "/outside")


@pytest.mark.parametrize("choice", ["credit", "donate", "refund"])
def test_a_choice_is_about_what_has_not_gone_back_by_hand(payments: House, choice: str) -> None:
    order = payments.paid("card")
    payments.cancel(order, fee_minor=KEPT_MINOR)
    by_hand(payments, order)
    payments.hear_provider()

    payments.fix(order, choice)
    payments.hear_all_again()
    settle(payments)

    accounts = {"credit": "2010", "donate": "4050"}
    kept = {accounts[choice]: -40000} if choice in accounts else {}
    left_minor = FEE_MINOR - CARD_FEE_MINOR - BY_HAND_MINOR - (40000 if choice == "refund" else 0)
    assert payments.balances() == {"1020": left_minor, "4020": -KEPT_MINOR, "5020": CARD_FEE_MINOR} | kept
    assert len(payments.said(RefundRunCompleted)) == 1


def test_what_went_back_by_hand_in_full_leaves_nothing_to_choose_and_the_run_settles(payments: House) -> None:
    order = payments.paid("card")
    payments.cancel(order, fee_minor=KEPT_MINOR)
    by_hand(payments, order, FEE_MINOR)
    payments.hear_provider()

    payments.fix(order, "credit")
    settle(payments)

    assert payments.said(CreditIssued) == []
    assert payments.balances() == {"1020": -CARD_FEE_MINOR, "5020": CARD_FEE_MINOR}
    assert [each.kept_minor for each in payments.said(RefundRunCompleted)] == [0]


def test_a_refund_made_outside_that_comes_back_is_owed_and_goes_by_cheque(payments: House) -> None:
    order = payments.paid("card", method="refund_fails_later")
    payments.cancel(order)
    payments.fix(order)
    by_hand(payments, order)
    payments.hear_provider()

    payments.provider.move_clock(CANCELLED + timedelta(days=4))
    payments.hear_provider()

    (part, _) = refunds_of(payments, order)
    assert (part.state, part.rail, part.amount_minor) == (RefundState.AWAITING_PAYEE, "cheque", BY_HAND_MINOR)
    assert [each.amount_minor for each in payments.said(RefundReversed)] == [BY_HAND_MINOR]
    assert payments.balances()["2020"] == -FEE_MINOR


def test_a_refund_made_outside_that_no_word_told_of_is_found_when_all_are_compared(payments: House) -> None:
    order = payments.paid("card")
    made = by_hand(payments, order)

    found = payments.sweep.compare_refunds()
    while payments.run_jobs("provider-events"):
        pass

    assert f"The provider's refund {made} belongs to no refund of ours." in found
    assert payments.database.mongo[OUTSIDE.name].count_documents({"_id": made}) == 1
    assert not differs(payments, made)


def test_finance_says_once_what_was_done_about_a_refund_made_outside(payments: House) -> None:
    order = payments.paid("card")
    made = by_hand(payments, order)
    payments.hear_provider()

    looked = payments.post(f"/payments/outside-refunds/{made}/look", {"note": "A goodwill of the host committee."})
    again = payments.post(f"/payments/outside-refunds/{made}/look", {"note": "Other"})
    unknown = payments.post("/payments/outside-refunds/re_none/look", {"note": "Other"})

    assert (looked.status_code, again.status_code, unknown.status_code) == (200, 409, 404)
    assert payments.get("/payments/outside-refunds")["items"] == []
    assert "was made at the card provider" not in page(payments, "")
    assert "A goodwill of the host committee." in page(payments, "/outside")
    assert "A goodwill of the host committee." in page(payments, "/outside?q=goodwill")
    assert "A goodwill of the host committee." not in page(payments, "/outside?q=dispute")
    file = payments.client.get("/payments/desk/outside?as=csv").data.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in file] == ["At the card provider", made]


def page(payments: House, path: str) -> str:
    signed_in(payments.client, payments.parts.settings, Role.FINANCE)
    response = payments.client.get(f"/payments/desk{path}")
    assert response.status_code == 200
    return " ".join(response.text.split()).replace("\u2019", "'")


# held, and paid in another way


def held(payments: House) -> Refund:
    """A refund of 500.00 that the provider refuses in a way that no rule decides."""
    order = payments.paid("card")
    payments.cancel(order, fee_minor=KEPT_MINOR)
    payments.fix(order)
    refund = payments.refund_of(order)
    payments.database.mongo[REFUNDS.name].update_one(
        {"_id": refund.id},
        {"$set": {"state": "held", "reason": "charge_too_old"}, "$unset": {"job": ""}, "$inc": {"version": 1}},
    )
    return payments.refund_of(order)


def pay_elsewhere(payments: House, refund: Refund, **changed: Any) -> Any:
    body = {"rail": "transfer", "reference": "T-9", "paid_on": "2020-04-09", "amount_minor": 50000} | changed
    return payments.post(f"/payments/refunds/{refund.id}/paid-elsewhere", body)


@pytest.mark.parametrize("rail", ["transfer", "cheque"])
def test_a_held_refund_that_was_paid_elsewhere_is_booked_and_the_run_settles(payments: House, rail: str) -> None:
    refund = held(payments)

    answer = pay_elsewhere(payments, refund, rail=rail)
    payments.run_again("refunds")
    payments.look_at_runs()

    assert (answer.status_code, answer.json["state"], answer.json["rail"]) == (200, "settled", rail)
    assert payments.provider_refunds(refund.order) == []
    assert [(each.rail, each.reference) for each in payments.said(RefundSettled)] == [(rail, "T-9")]
    assert payments.balances() == {
        "1000": -50000,
        "1020": FEE_MINOR - CARD_FEE_MINOR,
        "4020": -KEPT_MINOR,
        "5020": CARD_FEE_MINOR,
    }
    assert [each.refunded_minor for each in payments.said(RefundRunCompleted)] == [50000]


def test_a_part_that_was_paid_elsewhere_leaves_the_rest_to_be_decided(payments: House) -> None:
    refund = held(payments)

    answer = pay_elsewhere(payments, refund, amount_minor=20000)
    payments.look_at_runs()

    assert (answer.status_code, answer.json["state"], answer.json["amount_minor"]) == (200, "held", 30000)
    assert payments.balances()["2020"] == -30000
    assert payments.said(RefundRunCompleted) == []
    rest = payments.post(f"/payments/refunds/{refund.id}/retry")
    settle(payments)
    assert rest.status_code == 200
    assert [each.amount for each in payments.provider_refunds(refund.order)] == [30000]
    assert [each.refunded_minor for each in payments.said(RefundRunCompleted)] == [50000]


@pytest.mark.parametrize(
    ("changed", "status", "problem"),
    [
        ({"amount_minor": 50001}, 422, "MoreThanOwed"),
        ({"amount_minor": 0}, 422, None),
        ({"rail": "card"}, 422, None),
        ({"paid_on": "2020-04-12"}, 422, "PaidOnImpossible"),
        ({"reference": ""}, 422, None),
    ],
)
def test_what_can_not_have_been_paid_elsewhere_is_refused(
    payments: House, changed: dict[str, Any], status: int, problem: str | None
) -> None:
    refund = held(payments)

    answer = pay_elsewhere(payments, refund, **changed)

    assert answer.status_code == status
    assert problem is None or answer.json["type"] == f"urn:reconvene:problem:{problem}"
    assert payments.refund_of(refund.order) == refund


@pytest.mark.parametrize("amount_minor", [50000, 20000])
def test_what_was_paid_elsewhere_after_a_backup_does_not_go_to_the_card_when_it_is_restored(
    payments: House, amount_minor: int
) -> None:
    refund = held(payments)
    backup = {name: list(payments.database.mongo[name].find()) for name in payments.everything()}
    pay_elsewhere(payments, refund, amount_minor=amount_minor)
    (said,) = payments.said(RefundSettled)
    for name, documents in backup.items():
        payments.database.mongo[name].delete_many({})
        if documents:
            payments.database.mongo[name].insert_many(documents)
    as_planned = {"state": "planned", "reason": "", "job": due()}
    payments.database.mongo[REFUNDS.name].update_one({"_id": refund.id}, {"$set": as_planned})
    payments.database.mongo["events"].delete_many({"type": RefundSettled.type})

    payments.database.run(record_refund_again, said=said)
    payments.run_again("refunds")

    assert payments.provider_refunds(refund.order) == []
    assert payments.balances().get("2020", 0) == amount_minor - 50000
    assert [each.amount_minor for each in payments.said(RefundSettled)] == [amount_minor]


def test_only_a_held_refund_is_paid_elsewhere_and_under_a_number_of_its_own(payments: House) -> None:
    refund = held(payments)
    assert pay_elsewhere(payments, refund).status_code == 200

    assert pay_elsewhere(payments, refund, reference="T-10").status_code == 409
    other = held_again(payments)
    used = pay_elsewhere(payments, other)
    assert (used.status_code, used.json["type"]) == (409, "urn:reconvene:problem:ReferenceUsed")


def held_again(payments: House) -> Refund:
    order = payments.submit("card")
    payments.pay_by_card(order)
    payments.cancel(order, fee_minor=KEPT_MINOR, run=RUN)
    payments.fix(order)
    payments.database.mongo[REFUNDS.name].update_one(
        {"order": order}, {"$set": {"state": "held", "reason": "charge_too_old"}, "$unset": {"job": ""}}
    )
    return payments.refund_of(order)


def test_a_held_refund_is_paid_elsewhere_by_the_page_as_well(payments: House) -> None:
    refund = held(payments)
    signed_in(payments.client, payments.parts.settings, Role.FINANCE)
    shown = page(payments, f"/refunds/{refund.id}")

    assert "Paid in another way?" in shown
    assert f"/payments/desk/refunds/{refund.id}/paid-elsewhere" in shown
