"""Registration and payments say what a cancellation would do, and then it does exactly that, to the cent."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.payments.orders.store import ORDERS
from services.payments.previews.jobs import Previewer
from services.payments.refunds.store import REFUNDS
from services.registration.previews.jobs import previewing
from shared.contracts.consequences import Anomaly, Drift
from shared.contracts.payments import GrantReleased, InvoiceVoided, MoneyPreviewed, SettlementOffered
from shared.contracts.registration import RegistrationCancelled, RegistrationRunClosed, RegistrationsPreviewed
from shared.contracts.scheduling import PreviewAsked
from shared.previewing import INQUIRIES, MEMBERS
from tests.integration.leaving_houses import LEAVE_MINOR, Two, both
from tests.integration.provider_fixtures import RunningProvider
from tests.integration.registration_house import CHOOSE_UNTIL, FEE_MINOR, GUEST_FEE_MINOR, KEPT_MINOR
from tests.namespaces import Namespace

ASKED = PreviewAsked(
    preview="prv_1",
    conference="74th",
    decision="cancel:74th",
    revision=1,
    kind="cancel",
    choose_by=date(2020, 4, 30),
    choose_until=CHOOSE_UNTIL,
)
KEPT = ("registrations", "orders", "payments", "refunds", "ledger", "runs", "gates")


@pytest.fixture
def two(namespace: Namespace, provider: RunningProvider) -> Iterator[Two]:
    """Both services."""
    with both(namespace, provider) as made:
        yield made


def previewed(two: Two, asked: PreviewAsked = ASKED) -> tuple[RegistrationsPreviewed, MoneyPreviewed]:
    """What both answer; each hears the question twice."""
    for house in (two.registration, two.payments):
        house.hear(asked)
        house.hear(asked)
    two.registration.do_jobs(previewing(two.registration.database))
    executor = two.payments.executor("previews")
    assert isinstance(getattr(executor.kind.act, "__self__", None), Previewer)
    two.payments.do_jobs(executor.kind)
    (registrations,) = (each for each in two.registration.said(RegistrationsPreviewed) if each.preview == asked.preview)
    (money,) = (each for each in two.payments.said(MoneyPreviewed) if each.preview == asked.preview)
    return registrations, money


def lines(said: RegistrationsPreviewed | MoneyPreviewed) -> dict[tuple[str, str], tuple[int, int]]:
    """Count and sum by what it is, those that bind."""
    return {(each.what, each.by): (each.count, each.amount_minor) for each in said.lines if each.is_binding}


def shown(said: MoneyPreviewed) -> dict[str, int]:
    """What is shown and approved by nobody."""
    return {each.what: each.count or each.amount_minor for each in said.lines if not each.is_binding}


def total(found: dict[tuple[str, str], tuple[int, int]], what: str) -> int:
    """All money of this."""
    return sum(minor for (each, _), (_, minor) in found.items() if each == what)


def kept(two: Two) -> list[Any]:
    """All that a preview must leave as it is."""
    return [
        list(house.database.mongo[name].find().sort("_id", 1))
        for house in (two.registration, two.payments)
        for name in KEPT
    ]


def as_the_74th(two: Two) -> None:
    """One of each way to pay, a guest, an unpaid invoice, a town's order of four of which one has left."""
    people = {tender: two.register(tender) for tender in ("cheque", "transfer", "grant", "purchase_order")}
    with_guest = two.register("transfer", guests=[{"name": "June Ames"}])
    two.register("cheque")
    for tender in ("cheque", "transfer", "grant"):
        two.pay(people[tender], tender)
    two.pay(with_guest)
    card = two.register("card")
    two.payments.pay_by_card(card["order"])
    two.talk()
    placed = two.order(4)
    two.pay(placed)
    assert two.leave(placed["registrations"][0]).status_code == 200


def test_what_was_previewed_is_what_the_cancellation_then_does(two: Two) -> None:
    as_the_74th(two)
    before = kept(two)

    registrations, money = previewed(two)

    assert kept(two) == before
    found = lines(money)
    two.cancel()
    ended = two.registration.said(RegistrationCancelled)
    (closed,) = two.registration.said(RegistrationRunClosed)
    offered = two.payments.said(SettlementOffered)
    voided = two.payments.said(InvoiceVoided)
    released = two.payments.said(GrantReleased)
    assert registrations.count == money.count == closed.count == len(ended) == 10
    assert registrations.population == money.population == closed.digest
    assert found["choice", ""] == (len(offered), sum(each.refundable_minor for each in offered))
    assert found["kept", ""] == (7, sum(each.fee_minor for each in offered)) == (7, 7 * KEPT_MINOR)
    assert found["voided", "purchase_order"] == found["voided", "cheque"] == (1, FEE_MINOR)
    voided_minor = sum(each.voided_minor for each in voided) + sum(each.voided_minor for each in released)
    assert voided_minor + sum(each.voided_minor for each in offered) == 2 * FEE_MINOR
    assert found["released", ""] == (1, sum(each.released_minor for each in released)) == (1, FEE_MINOR)
    paid_minor = sum(each.paid_minor for each in offered)
    assert total(found, "paid") == paid_minor == 7 * FEE_MINOR + GUEST_FEE_MINOR
    assert total(found, "deferred") == paid_minor + 3 * FEE_MINOR
    for settlement in offered:
        two.payments.fix(settlement.order)
    sent = Counter[str]()
    for refund in two.payments.database.mongo[REFUNDS.name].find({"run": "run_1"}):
        sent[refund["tender"]] += refund["amount_minor"]
    assert sent == {by: minor for (what, by), (_, minor) in found.items() if what == "leaves"}


def test_an_order_of_several_is_previewed_without_whoever_has_left_it(two: Two) -> None:
    placed = two.order(4)
    two.pay(placed)
    assert two.leave(placed["registrations"][0]).status_code == 200

    registrations, money = previewed(two)

    assert lines(registrations) == {
        ("attendee_of_several", ""): (3, 0),
        ("order_of_several", ""): (1, 0),
        ("payer_of_several", ""): (1, 0),
        ("registration", "transfer"): (3, 3 * FEE_MINOR),
        ("state", "confirmed"): (3, 0),
    }
    assert lines(money)["leaves", "transfer"] == (1, 3 * (FEE_MINOR - KEPT_MINOR))
    assert lines(money)["deferred", "fees"] == (0, 3 * FEE_MINOR)
    (example,) = money.examples
    assert asdict(example) == {
        "outcome": "offered",
        "order": placed["order"],
        "registration": placed["registrations"][1],
        "person": example.person,
        "number": two.payments.order(placed["order"]).number,
        "tender": "transfer",
        "paid_minor": 3 * FEE_MINOR,
        "fee_minor": 3 * KEPT_MINOR,
        "refundable_minor": 3 * (FEE_MINOR - KEPT_MINOR),
        "voided_minor": 0,
        "awaited_minor": 0,
        "released_minor": 0,
        "credit_minor": 0,
        "choices": ("refund", "credit", "donate"),
        "default_choice": "refund",
        "is_of_several": True,
        "registration_count": 3,
    }
    assert LEAVE_MINOR not in (example.fee_minor, example.paid_minor)


def test_asked_again_with_nothing_changed_the_digests_are_the_same_and_one_more_is_said(two: Two) -> None:
    two.pay(two.register("transfer"))
    first = previewed(two)

    second = previewed(two, replace(ASKED, preview="prv_2", compared_with="prv_1"))

    assert [each.digest for each in second] == [each.digest for each in first]
    assert [each.drift for each in second] == [Drift(is_compared=True)] * 2
    two.register("cheque")
    third = previewed(two, replace(ASKED, preview="prv_3", compared_with="prv_2"))
    more = Drift(is_compared=True, joined_count=1, joined_minor=FEE_MINOR)
    assert not {each.digest for each in third} & {each.digest for each in second}
    assert [each.drift for each in third] == [more] * 2


def test_a_payment_changes_what_payments_says_and_not_whom_registration_ends(two: Two) -> None:
    placed = two.register("transfer")
    before = previewed(two)
    two.pay(placed)

    after = previewed(two, replace(ASKED, preview="prv_2", compared_with="prv_1"))

    assert after[0].digest == before[0].digest
    assert after[1].digest != before[1].digest
    assert after[1].drift == Drift(is_compared=True, changed_count=1)


def test_whoever_left_and_another_last_day_are_a_drift(two: Two) -> None:
    placed = two.register("transfer")
    two.pay(placed)
    previewed(two)
    assert two.leave(placed["registration"]).status_code == 200

    later = replace(ASKED, preview="prv_2", compared_with="prv_1", choose_by=date(2020, 5, 7))
    registrations, money = previewed(two, later)

    gone = Drift(is_compared=True, left_count=1, left_minor=FEE_MINOR, are_terms_changed=True)
    assert (registrations.drift, money.drift) == (gone, gone)


def test_whom_older_previews_of_a_decision_concerned_is_kept_no_longer_than_it_is_compared(two: Two) -> None:
    two.register("transfer")
    for number in range(1, 5):
        before = "prv_1" if number == 4 else f"prv_{number - 1}"
        previewed(two, replace(ASKED, preview=f"prv_{number}", compared_with=before if number > 1 else ""))

    kept_of = {each["preview"] for each in two.registration.database.mongo[MEMBERS.name].find()}
    (last,) = (each for each in two.registration.said(RegistrationsPreviewed) if each.preview == "prv_4")

    assert kept_of == {"prv_4"}  # the first was dropped when the third was compared with the second
    assert last.drift == Drift()


def test_what_is_shown_is_never_approved(two: Two) -> None:
    """The provider's balance, its fees and how long it takes; more money on the balance changes no digest."""
    card = two.register("card")
    two.payments.pay_by_card(card["order"])
    two.talk()
    _, before = previewed(two)
    two.payments.provider.client.v1.topups.create({"amount": 100_000, "currency": "usd"})

    _, after = previewed(two, replace(ASKED, preview="prv_2", compared_with="prv_1"))

    assert shown(before).keys() >= {"card_refund_seconds", "provider_balance"}
    assert shown(before)["card_refund_seconds"] == 1
    assert shown(after)["provider_balance"] == shown(before)["provider_balance"] + 100_000
    assert (after.digest, after.drift) == (before.digest, Drift(is_compared=True))


def test_a_card_payment_that_is_too_old_and_an_order_whose_fee_is_not_known_are_odd(two: Two) -> None:
    card = two.register("card")
    two.payments.pay_by_card(card["order"])
    two.talk()
    two.payments.database.mongo[ORDERS.name].update_one({"_id": card["order"]}, {"$unset": {"cancel_fee_minor": ""}})
    two.payments.database.clock.move(two.payments.database.clock.now() + timedelta(days=181))

    _, money = previewed(two)

    assert money.anomalies == (
        Anomaly(what="terms_unknown", count=1, ids=(card["order"],)),
        Anomaly(what="too_old_for_card", count=1, ids=(card["order"],), amount_minor=FEE_MINOR),
    )


def test_a_kind_that_is_not_known_here_is_answered_and_not_taken_for_nothing(two: Two) -> None:
    two.register("transfer")

    registrations, money = previewed(two, replace(ASKED, kind="eclipse"))

    odd = (Anomaly(what="kind_unknown", count=1, ids=("eclipse",)),)
    assert (registrations.anomalies, registrations.lines) == (odd, ())
    assert (money.anomalies, money.lines) == (odd, ())


def test_an_answer_that_was_lost_is_given_again_and_once(two: Two) -> None:
    """The process died after looking and before answering: another one looks again."""
    two.register("transfer")
    two.registration.hear(ASKED)
    (_claim,) = two.registration.claim(previewing(two.registration.database))
    two.registration.end_pauses(INQUIRIES)

    two.registration.do_jobs(previewing(two.registration.database))
    two.registration.do_jobs(previewing(two.registration.database))

    assert len(two.registration.said(RegistrationsPreviewed)) == 1
