"""One registration ends by the committee's hand: alone or among several, whatever was paid how, before a cancellation
and beside one."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo.errors import OperationFailure

from services.registration.changing import jobs
from services.registration.changing.commands.cancelled_conference import KIND
from services.registration.changing.commands.leaving import end_registration
from services.registration.changing.domain.conference_runs import CANCELLED_CONFERENCE
from services.registration.changing.jobs import take_step
from services.registration.prices.store import CONFERENCES, OPTION_PLACES
from services.registration.registering.domain.registrations import Life
from shared.contracts.payments import (
    LeavingWorkedOut,
    PaymentCaptured,
    RefundReversed,
    RefundRunCompleted,
    SettlementOffered,
)
from shared.contracts.registration import (
    OrderEnded,
    PlacesSetAside,
    RegistrationCancelled,
    RegistrationLeft,
    RegistrationRunClosed,
)
from shared.contracts.scheduling import SeatsWanted
from shared.problem import Refusal
from shared.unit import Unit
from tests.integration import registration_house
from tests.integration.leaving_houses import LEAVE_MINOR, Two, both
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.integration.registration_house import FEE_MINOR, KEPT_MINOR
from tests.integration.two_houses import OPTION_MINOR
from tests.namespaces import Namespace
from tests.town import FINANCE


@pytest.fixture
def two(namespace: Namespace, provider: RunningProvider) -> Iterator[Two]:
    """Both services."""
    with both(namespace, provider) as made:
        yield made


def test_who_leaves_after_paying_has_the_rest_back_and_the_books_are_even(two: Two) -> None:
    dana = two.register()
    two.pay(dana)

    answer = two.leave(dana["registration"])

    assert (answer.status_code, answer.json["state"], answer.json["left"]["by"]) == (200, "left", "the committee")
    assert two.life(dana["registration"]) is Life.LEFT
    assert two.worked_out() == (LEAVE_MINOR, FEE_MINOR - LEAVE_MINOR, 0, 0, 0)
    refund = two.payments.refund_of(dana["order"])
    assert (refund.rail, refund.amount_minor, refund.run) == ("transfer", FEE_MINOR - LEAVE_MINOR, "")
    assert two.payments.balances() == {
        "1000": FEE_MINOR,
        "2020": -(FEE_MINOR - LEAVE_MINOR),
        "4020": -LEAVE_MINOR,
    }
    order = two.payments.order(dana["order"])
    assert (order.state, order.is_over, order.total_minor, order.owed_minor) == ("settling", True, LEAVE_MINOR, 0)
    paid = {"rail": "transfer", "reference": "T-1", "paid_on": two.payments.database.clock.now().date().isoformat()}
    assert two.payments.post(f"/payments/refunds/{refund.id}/record", paid).status_code == 200
    assert two.payments.order(dana["order"]).state == "settled"
    assert two.payments.balances() == {"1000": LEAVE_MINOR, "4020": -LEAVE_MINOR}


@pytest.mark.parametrize(
    ("tender", "arrives", "expected"),
    [
        ("transfer", 0, (0, 0, FEE_MINOR, 0, 0)),
        ("transfer", 3000, (3000, 0, FEE_MINOR - 3000, 0, 0)),
        ("cheque", FEE_MINOR, (LEAVE_MINOR, FEE_MINOR - LEAVE_MINOR, 0, 0, 0)),
        ("grant", FEE_MINOR, (0, 0, 0, FEE_MINOR, 0)),
        ("purchase_order", 0, (0, 0, FEE_MINOR, 0, 0)),
    ],
)
def test_the_fee_is_kept_of_own_money_alone_and_at_most_as_much_as_was_paid(
    two: Two, tender: str, arrives: int, expected: tuple[int, ...]
) -> None:
    dana = two.register(tender)
    if arrives:
        two.pay(dana, tender, amount_minor=arrives)
    if tender == "purchase_order":
        promise = {"number": "PO-1", "dated": "2020-03-01", "limit_minor": FEE_MINOR}
        assert two.payments.post(f"/payments/orders/{dana['order']}/purchase-order", promise).status_code == 201
        two.talk()

    assert two.leave(dana["registration"]).status_code == 200

    assert two.worked_out() == expected
    balances = two.payments.balances()
    assert {each: balances.get(each, 0) for each in ("1100", "2000", "2001")} == {"1100": 0, "2000": 0, "2001": 0}


def test_who_paid_by_card_has_it_back_on_the_card_and_by_cheque_where_the_card_refuses(two: Two) -> None:
    works, closed = two.register("card"), two.register("card")
    two.payments.pay_by_card(works["order"])
    two.payments.pay_by_card(closed["order"], method="refund_fails_later")
    two.talk()

    for each in (works, closed):
        assert two.leave(each["registration"]).status_code == 200
    for _ in range(4):
        two.payments.run_again("refunds")
    two.payments.provider.move_clock(CANCELLED + timedelta(days=4))
    two.payments.hear_provider()

    assert [each.amount for each in two.payments.provider_refunds(works["order"])] == [FEE_MINOR - LEAVE_MINOR]
    assert [each.order for each in two.payments.said(RefundReversed)] == [closed["order"]]
    sent, refused = (two.payments.refund_of(each["order"]) for each in (works, closed))
    assert [(each.state, each.rail) for each in (sent, refused)] == [("settled", "card"), ("awaiting_payee", "cheque")]


def test_a_double_click_is_one_and_a_second_person_is_told_who_was_first(two: Two) -> None:
    dana = two.register()
    two.pay(dana)

    first, again = (two.leave(dana["registration"]) for _ in range(2))
    other = two.leave(dana["registration"], key="another-form")

    assert (first.status_code, again.status_code, first.json) == (200, 200, again.json)
    assert (other.status_code, other.json["type"].rpartition(":")[2]) == (409, "RegistrationOver")
    assert "the committee ended it on 10 March 2020" in other.json["detail"]
    assert len(two.registration.said(RegistrationLeft)) == len(two.payments.said(LeavingWorkedOut)) == 1


def test_what_can_not_be_ended_is_refused_and_nothing_changes(two: Two) -> None:
    dana = two.register()
    refused = {
        "nobody there": two.leave("reg_nothing"),
        "another conference": two.leave(dana["registration"], conference="75th", key="elsewhere"),
        "no reason": two.leave(dana["registration"], reason="  ", key="silent"),
        "finance": two.leave(dana["registration"], auth=FINANCE, key="finance"),
    }
    assert {name: each.status_code for name, each in refused.items()} == {
        "nobody there": 404,
        "another conference": 404,
        "no reason": 422,
        "finance": 403,
    }
    assert all("othing was" in each.json["detail"] for each in refused.values())
    assert two.life(dana["registration"]) is Life.SUBMITTED

    two.cancel()
    late = two.leave(dana["registration"], key="late")

    assert (late.status_code, late.json["type"].rpartition(":")[2]) == (409, "RegistrationOver")
    assert two.registration.said(RegistrationLeft) == []


def test_whoever_the_run_has_not_come_to_yet_is_left_to_it(two: Two) -> None:
    dana = two.register()
    two.registration.cancel()

    refused = two.leave(dana["registration"])

    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (409, "EndsWithConference")
    assert two.life(dana["registration"]) is Life.SUBMITTED


def test_their_place_goes_to_who_waits_and_they_may_come_again(two: Two) -> None:
    dana = two.register(options=["a-07"])
    two.pay(dana)
    person = two.registration.registration(dana["registration"]).person
    contact = {"name": "Dana Whitfield", "email": "dana@millbrook.example", "postal_address": []}
    known = two.register(person=contact)
    assert two.registration.post(person=contact).status_code == 409
    two.registration.hear(
        SeatsWanted(roster="roster_07", session="ses_07", conference="74th", product="a-07", count=1, revision=1)
    )

    two.leave(dana["registration"])
    two.leave(known["registration"])

    assert [each.count for each in two.registration.said(PlacesSetAside)] == [0, 1]
    (places,) = two.registration.database.mongo[OPTION_PLACES.name].find({"product": "a-07"})
    assert (places["taken_count"], places["set_aside_count"]) == (0, 1)
    assert two.worked_out_of(dana) == (LEAVE_MINOR, FEE_MINOR + OPTION_MINOR - LEAVE_MINOR)
    again = two.register(person=contact)
    assert again["person"] == known["person"] != person
    assert [two.life(each["registration"]) for each in (known, again)] == [Life.LEFT, Life.SUBMITTED]
    assert two.registration.post(person=contact).status_code == 409


def test_money_that_comes_after_the_last_has_left_goes_back(two: Two) -> None:
    dana = two.register()
    two.leave(dana["registration"])

    two.pay(dana, amount_minor=FEE_MINOR)

    (late,) = two.payments.said(PaymentCaptured)
    assert (late.is_late, two.payments.refund_of(dana["order"]).amount_minor) == (True, FEE_MINOR)
    assert two.payments.record(dana["order"], "grant", amount_minor=FEE_MINOR).status_code == 409
    promise = {"number": "PO-1", "dated": "2020-03-01", "limit_minor": FEE_MINOR}
    assert two.payments.post(f"/payments/orders/{dana['order']}/purchase-order", promise).status_code == 409
    assert two.payments.start_paying(dana["order"]).status_code == 409
    assert two.life(dana["registration"]) is Life.LEFT


def test_one_of_several_leaves_and_the_others_go_on(two: Two) -> None:
    placed = two.order(3)
    two.pay(placed)
    first, *others = placed["registrations"]

    two.leave(first)

    (said,) = two.registration.said(RegistrationLeft)
    assert (said.payer, said.is_delegate, said.total_minor) == (placed["payer"], True, FEE_MINOR)
    (worked_out,) = two.payments.said(LeavingWorkedOut)
    assert (worked_out.registration, worked_out.person, worked_out.is_over) == (first, placed["payer"], False)
    assert two.worked_out() == (LEAVE_MINOR, FEE_MINOR - LEAVE_MINOR, 0, 0, 0)
    order = two.payments.order(placed["order"])
    assert (order.total_minor, order.owed_minor, order.state) == (2 * FEE_MINOR + LEAVE_MINOR, 0, "paid")
    assert [two.life(each) for each in others] == [Life.CONFIRMED] * 2


def test_what_had_come_confirms_those_who_are_left(two: Two) -> None:
    placed = two.order(2)
    two.pay(placed, amount_minor=FEE_MINOR)
    first, other = placed["registrations"]
    assert two.life(other) is Life.SUBMITTED

    two.leave(first)

    assert two.worked_out() == (0, 0, FEE_MINOR, 0, 0)
    assert (two.life(first), two.life(other)) == (Life.LEFT, Life.CONFIRMED)


def test_a_conference_that_is_cancelled_afterwards_settles_those_who_are_left(two: Two) -> None:
    placed, alone = two.order(3), two.register()
    two.pay(placed)
    two.pay(alone)
    first, *others = placed["registrations"]
    two.leave(first)
    two.leave(alone["registration"])

    two.cancel()

    (ended,) = two.registration.said(OrderEnded)
    assert (ended.registrations, ended.left) == (tuple(others), (first,))
    assert {each.registration for each in two.registration.said(RegistrationCancelled)} == set(others)
    assert [each.count for each in two.registration.said(RegistrationRunClosed)] == [2]
    (offered,) = two.payments.said(SettlementOffered)
    assert (offered.paid_minor, offered.fee_minor) == (2 * FEE_MINOR, 2 * KEPT_MINOR)
    order = two.payments.order(placed["order"])
    assert [(each.cause, each.kept_minor) for each in order.leavings] == [("registration_left", LEAVE_MINOR)]
    _settle(two)
    (completed,) = two.payments.said(RefundRunCompleted)
    assert (completed.count, completed.refunded_minor, completed.kept_minor) == (2, 2 * 50000, 2 * KEPT_MINOR)
    kept_minor = 2 * LEAVE_MINOR + 2 * KEPT_MINOR
    assert two.payments.balances() == {"1000": kept_minor, "4020": -kept_minor}


def test_an_order_that_everybody_has_left_is_not_ended_again(two: Two) -> None:
    placed, other = two.order(2), two.register()
    two.pay(placed)
    for each in placed["registrations"]:
        two.leave(each)
    order = two.payments.order(placed["order"])
    assert (order.is_over, order.state, len(order.leavings)) == (True, "settling", 2)

    two.cancel()

    assert two.registration.said(OrderEnded) == []
    assert [each.registration for each in two.registration.said(RegistrationCancelled)] == [other["registration"]]
    assert two.payments.order(placed["order"]).settlement is None


def test_a_cancellation_waits_for_who_is_leaving_and_knows_that_they_have(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CHUNK_SIZE", 1)  # so that the order is spread over two steps
    placed = two.order(2)
    two.pay(placed)
    first, second = sorted(placed["registrations"])
    house = two.registration
    claims: list[Any] = []

    def leave_meanwhile(unit: Unit) -> None:
        end_registration(unit, conference="74th", registration=second, reason="Ill", by="Helen")
        if not claims:
            house.cancel()
            claims.append(house.claimed(CANCELLED_CONFERENCE))
            for _ in range(2):  # the gates, and whoever is first
                with suppress(OperationFailure):
                    house.database.attempt(lambda step: take_step(step, claim=claims[0], kind=KIND), emits=KIND.emits)

    house.database.transact(leave_meanwhile, emits=frozenset({RegistrationLeft, PlacesSetAside}))
    house.take_steps(claims[0], 5)

    assert (two.life(first), two.life(second)) == (Life.CANCELLED, Life.LEFT)
    (ended,) = house.said(OrderEnded)
    assert (ended.registrations, ended.left) == ((first,), (second,))


def test_their_own_page_and_their_towns_say_that_it_has_ended(two: Two) -> None:
    alone, placed = two.register("card"), two.order(2)
    first, second = placed["registrations"]
    client = two.registration.client

    def page(link: str) -> str:
        got = client.get(urlsplit(link).path, headers={"Accept": "text/html"})
        assert got.status_code == 200, got.text
        return " ".join(got.text.split())

    two.leave(alone["registration"])
    two.leave(first)

    mine = page(alone["mine"])
    assert "Your registration has ended" in mine
    assert "The host committee ended it on" in mine
    assert "Pay by card" not in mine
    assert page(placed["page"]).count("<td>ended</td>") == 1
    two.leave(second)
    assert "Nobody is left on this order" in page(placed["page"])


def test_their_own_page_lists_what_was_kept_and_their_refund_before_and_after_it_is_sent(two: Two) -> None:
    dana = two.register()
    two.pay(dana)
    two.leave(dana["registration"])

    def mine() -> str:
        got = two.registration.client.get(urlsplit(dana["mine"]).path, headers={"Accept": "text/html"})
        return " ".join(got.text.split())

    before = mine()
    refund = two.payments.refund_of(dana["order"])
    paid = {"rail": "transfer", "reference": "T-1", "paid_on": two.payments.database.clock.now().date().isoformat()}
    assert two.payments.post(f"/payments/refunds/{refund.id}/record", paid).status_code == 200
    two.talk()

    assert "$50.00 was kept under the terms" in before
    assert "$525.00 goes back the way you paid. We write to you when it has been sent" in before
    assert "$525.00 was sent on" in mine()
    assert "to the account your payment came from" in mine()


def test_who_decides_at_the_moment_in_which_the_gates_are_shut_is_refused(two: Two) -> None:
    dana = two.register()
    house = two.registration
    claims: list[Any] = []

    def leave_late(unit: Unit) -> None:
        unit.load(CONFERENCES, "74th")  # as it was before
        if not claims:
            house.cancel()
            claims.append(house.claimed(CANCELLED_CONFERENCE))
            house.take_steps(claims[0], 1)
        end_registration(unit, conference="74th", registration=dana["registration"], reason="Ill", by="Helen")

    with pytest.raises(Refusal, match="is cancelled"):
        house.database.transact(leave_late, emits=frozenset({RegistrationLeft, PlacesSetAside}))
    assert two.life(dana["registration"]) is Life.SUBMITTED


def _settle(two: Two) -> None:
    """The time for choosing ends, and finance pays what is owed back."""
    two.registration.database.clock.move(registration_house.CHOOSE_UNTIL)
    two.registration.look_again()
    two.talk()
    two.payments.database.clock.move(registration_house.CHOOSE_UNTIL)
    for number, refund in enumerate(two.payments.get("/payments/refunds")["items"]):
        paid = {"rail": "transfer", "reference": f"T-{number}", "paid_on": date(2020, 4, 30).isoformat()}
        assert two.payments.post(f"/payments/refunds/{refund['id']}/record", paid).status_code == 200
    two.payments.look_at_runs()
