"""What is added to an order later is a line of it: owed, paid by a link, taken off, ended with whatever ends."""

from collections.abc import Iterator

import pytest

from services.registration.registering.domain.options import OptionState
from services.scheduling.agendas.domain.rosters import Hold
from shared.contracts.registration import OptionAdded, OptionPaid
from tests.integration.lines_houses import ACADEMY_MINOR, BANQUET_MINOR, Three, three
from tests.integration.provider_fixtures import RunningProvider
from tests.namespaces import Namespace
from tests.town import COMMITTEE
from tests.waiting import wait_until

FEE_MINOR = 57500


@pytest.fixture
def town(namespace: Namespace, provider: RunningProvider) -> Iterator[Three]:
    with three(namespace, provider) as made:
        yield made


def test_a_seat_taken_from_the_waitlist_is_owed_on_the_order_and_paid_by_its_link_once(town: Three) -> None:
    cat = town.delegate()

    town.take_seat(cat)
    town.talk()
    owed = town.payments.order(cat["order"])
    seat = town.seated(cat)
    town.payments.pay_by_card(cat["order"])
    town.talk()

    assert town.scheduling.roster(town.academy).price_minor == ACADEMY_MINOR
    assert (owed.owed_minor, owed.total_minor, owed.state) == (ACADEMY_MINOR, FEE_MINOR + ACADEMY_MINOR, "part_paid")
    assert seat is not None
    assert (seat.hold, seat.is_owed) == (Hold.PAID, True)
    paid = town.payments.order(cat["order"])
    assert (paid.owed_minor, paid.state) == (0, "paid")
    after = town.seated(cat)
    assert after is not None
    assert (after.hold, after.is_owed) == (Hold.PAID, False)
    assert town.known(cat).unpaid == ()
    assert town.known(cat).paid_minor == FEE_MINOR + ACADEMY_MINOR
    assert [len(town.registration.said(each)) for each in (OptionAdded, OptionPaid)] == [1, 1]
    assert sum(town.balances().values()) == 0


def test_a_seat_given_back_before_it_is_paid_is_off_the_order_and_goes_to_the_next(town: Three) -> None:
    cat, dora = town.delegate(), town.delegate()
    town.take_seat(cat)
    town.talk()

    town.wait(dora)
    town.talk()
    town.give_back(cat)
    town.talk()

    assert (town.owed(cat), town.payments.order(cat["order"]).total_minor) == (0, FEE_MINOR)
    assert [(each.state, each.ended_by) for each in town.known(cat).options] == [(OptionState.GIVEN_BACK, "seat")]
    assert "Academy A-02 is off your registration" in town.mine(cat)
    offered = town.seated(dora)
    assert offered is not None
    assert offered.hold is Hold.OFFERED
    assert town.places() == {"taken": 1, "set_aside": 1}
    assert sum(town.balances().values()) == 0


def test_a_seat_given_back_before_registration_heard_of_it_is_owed_by_nobody(town: Three) -> None:
    cat = town.delegate()
    town.take_seat(cat)
    town.give_back(cat)
    town.talk()

    assert (town.owed(cat), town.seated(cat)) == (0, None)
    assert [each.state for each in town.known(cat).options] == [OptionState.GIVEN_BACK]
    assert town.places() == {"taken": 1, "set_aside": 0}


def test_a_seat_paid_while_it_is_given_back_is_nobodys_and_the_money_goes_back(town: Three) -> None:
    cat = town.delegate()
    town.take_seat(cat)
    town.talk()
    town.payments.pay_by_card(cat["order"])

    town.give_back(cat)  # scheduling has not heard of the payment
    town.talk()

    assert town.seated(cat) is None
    order = town.payments.order(cat["order"])
    assert (order.total_minor, order.owed_minor) == (FEE_MINOR, 0)
    assert town.payments.refund_of(cat["order"]).amount_minor == ACADEMY_MINOR
    assert sum(town.balances().values()) == 0


def test_a_payment_for_a_line_that_has_ended_meanwhile_goes_back(town: Three) -> None:
    cat = town.delegate()
    town.take_seat(cat)
    town.talk()
    session = town.payments.start_paying(cat["order"]).json["session"]
    town.give_back(cat)
    town.talk()

    town.payments.provider.told("POST", f"/checkout/{session}/pay", {"method": "works"})
    town.payments.hear_provider()
    town.talk()

    order = town.payments.order(cat["order"])
    assert (order.total_minor, order.owed_minor) == (FEE_MINOR, 0)
    assert town.payments.refund_of(cat["order"]).amount_minor == ACADEMY_MINOR
    assert sum(town.balances().values()) == 0


def test_two_tabs_pay_one_line_once(town: Three) -> None:
    cat = town.delegate()
    town.take_seat(cat)
    town.talk()

    one, other = (town.payments.start_paying(cat["order"]).json for _ in range(2))
    town.payments.provider.told("POST", f"/checkout/{one['session']}/pay", {"method": "works"})
    town.payments.hear_provider()
    town.talk()
    third = town.payments.start_paying(cat["order"])

    assert one == other
    assert (third.status_code, third.json["type"]) == (409, "urn:reconvene:problem:NothingToPay")
    assert len(town.payments.payments_of(cat["order"])) == 2


def test_an_open_page_that_asks_for_less_than_is_owed_now_is_closed(town: Three) -> None:
    bob = town.register()
    first = town.payments.start_paying(bob["order"]).json["session"]

    added = town.add(bob, "banquet")
    town.talk()
    town.payments.run_again("payment-pages")
    second = town.payments.start_paying(bob["order"]).json["session"]

    assert added.status_code == 303, added.text
    assert first != second
    assert town.payments.provider.client.v1.checkout.sessions.retrieve(first).status == "expired"
    assert town.owed(bob) == FEE_MINOR + BANQUET_MINOR


def test_a_refused_card_leaves_the_line_owed(town: Three) -> None:
    cat = town.delegate()
    town.take_seat(cat)
    town.talk()

    session = town.payments.start_paying(cat["order"]).json["session"]
    refused = town.payments.provider.control("POST", f"/checkout/{session}/pay", {"method": "declined"})
    town.payments.hear_provider()
    town.talk()

    assert refused.status_code == 402
    assert town.owed(cat) == ACADEMY_MINOR
    assert [each.is_unpaid for each in town.known(cat).options] == [True]
    assert "Academy A-02 is still to be paid" in town.mine(cat)


def test_finance_records_a_cheque_or_a_purchase_order_for_what_was_added(town: Three) -> None:
    cat, dora = town.delegate(), town.delegate()
    for each in (cat, dora):
        assert town.add(each, "banquet").status_code == 303
    town.talk()

    recorded = town.payments.record(cat["order"], "cheque")
    promised = town.payments.post(
        f"/payments/orders/{dora['order']}/purchase-order",
        {"number": "PO-9", "dated": "2020-04-01", "limit_minor": BANQUET_MINOR},
    )
    town.talk()

    assert (recorded.status_code, promised.status_code) == (201, 201)
    assert (town.owed(cat), town.known(cat).unpaid) == (0, ())
    assert town.owed(dora) == BANQUET_MINOR


def test_a_conference_that_is_cancelled_writes_the_open_line_off_first_and_offers_what_was_paid(town: Three) -> None:
    cat = town.delegate()
    town.take_seat(cat)
    town.talk()

    town.cancel()

    order = town.payments.order(cat["order"])
    assert order.settlement is not None
    assert (order.settlement.written_off_minor, order.settlement.free_minor) == (ACADEMY_MINOR, FEE_MINOR - 7500)
    offer = town.known(cat).offer
    assert offer is not None
    assert (offer.voided_minor, offer.paid_minor) == (ACADEMY_MINOR, FEE_MINOR)
    assert sum(town.balances().values()) == 0
    late = town.payments.start_paying(cat["order"])
    assert (late.status_code, late.json["type"]) == (409, "urn:reconvene:problem:OrderEnded")


def test_a_seat_taken_in_the_moment_of_the_cancellation_is_never_owed(town: Three) -> None:
    cat = town.delegate()
    town.take_seat(cat)

    town.cancel()

    order = town.payments.order(cat["order"])
    assert order.settlement is not None
    assert (order.settlement.written_off_minor, order.owed_minor) == (0, 0)
    assert town.registration.said(OptionAdded) == []


def test_who_leaves_owes_nothing_more_for_what_they_added(town: Three) -> None:
    cat = town.delegate()
    town.take_seat(cat)
    town.talk()

    ended = town.registration.client.post(
        f"/registration/conferences/{town.conference}/registrations/{cat['registration']}/leave",
        json={"reason": "Ill"},
        auth=COMMITTEE,
        headers={"Idempotency-Key": "leave"},
    )
    town.talk()

    assert ended.status_code == 200, ended.text
    order = town.payments.order(cat["order"])
    (left,) = order.leavings
    assert (left.written_off_minor, sum(each.amount_minor for each in left.refunds)) == (ACADEMY_MINOR, FEE_MINOR)
    assert town.places() == {"taken": 1, "set_aside": 0}
    assert town.seated(cat) is None


def test_a_session_that_is_cancelled_takes_the_unpaid_line_off_as_it_does_any_other(town: Three) -> None:
    cat = town.delegate()
    town.take_seat(cat)
    town.talk()

    town.cancel_academy()

    order = town.payments.order(cat["order"])
    assert (order.total_minor, order.owed_minor) == (FEE_MINOR, 0)
    assert [each.state for each in town.known(cat).options] == [OptionState.GIVEN_BACK]


def test_an_attendee_of_a_town_sees_no_sum_and_the_town_is_asked_to_pay(town: Three) -> None:
    placed = town.order(2)
    known = town.registration.registration(placed["registrations"][0])
    first = {"registration": known.id, "person": known.person, "order": known.order}

    town.take_seat(first)
    town.talk()
    mine, payer = town.mine(first), town.payer_page(placed)
    town.payments.pay_by_card(placed["order"])
    town.talk()

    assert "Somebody else pays for you, and has been sent what is owed" in mine
    assert "Pay by card" not in mine
    assert "$95.00 is still to be paid" in payer
    assert "/payments/pay/" in payer
    assert "all is paid" in town.payer_page(placed)
    assert town.owed(placed) == 0
    seat = town.seated(first)
    assert seat is not None
    assert not seat.is_owed


def test_an_option_is_added_on_ones_own_page_and_taken_off_until_it_is_paid(town: Three) -> None:
    cat = town.delegate()

    added = town.add(cat, "banquet")
    town.talk()
    page, owed = town.mine(cat), town.owed(cat)
    taken_off = town.send(cat, "/additions/banquet/take-off", idempotency_key="off")
    town.talk()

    assert (added.status_code, taken_off.status_code) == (303, 303)
    assert "Banquet is still to be paid" in page
    assert (owed, town.owed(cat)) == (BANQUET_MINOR, 0)
    assert "and all is paid" in town.mine(cat)


@pytest.mark.parametrize(
    ("option", "said"),
    [("a-02", "is sold out"), ("a-99", "This is not offered (any more)"), ("", "This is not offered (any more)")],
)
def test_what_is_not_offered_is_refused_and_nothing_is_owed(town: Three, option: str, said: str) -> None:
    cat = town.delegate()

    refused = town.add(cat, option)
    town.talk()

    assert refused.status_code in (404, 409)
    assert said in refused.text
    assert "Nothing was added" in refused.text
    assert town.owed(cat) == 0


def test_nothing_is_added_twice_nor_taken_off_once_it_is_paid(town: Three) -> None:
    cat = town.delegate()
    town.add(cat, "banquet")
    again = town.add(cat, "banquet")
    town.talk()
    town.payments.pay_by_card(cat["order"])
    town.talk()

    refused = town.send(cat, "/additions/banquet/take-off", idempotency_key="off")

    assert (again.status_code, "was not added a second time" in again.text) == (409, True)
    assert (refused.status_code, "can&#39;t be taken off here any more" in refused.text) == (409, True)
    assert town.payments.order(cat["order"]).total_minor == FEE_MINOR + BANQUET_MINOR


def test_when_the_gates_are_closed_nothing_is_added(town: Three) -> None:
    cat = town.delegate()
    town.registration.database.mongo["gates"].update_many({}, {"$set": {"is_open": False}})

    refused = town.add(cat, "banquet")

    assert (refused.status_code, "Nothing was added, and nothing was charged" in refused.text) == (409, True)
    assert town.known(cat).options == ()


def test_the_desk_adds_for_somebody_and_puts_a_seat_without_a_price_on_the_order_later(town: Three) -> None:
    cat, dora = town.delegate(), town.delegate()

    added = town.at_desk(f"/registrations/{cat['registration']}/additions", option="banquet")
    town.take_seat(dora)
    town.price("a-02", None)  # while the word of it is under way, the committee sells the Academy no more
    town.talk()
    before = (town.owed(dora), town.desk_page())
    town.price("a-02", ACADEMY_MINOR)
    ordered = town.at_desk(f"/owed-seats/{town.academy}:{dora['person']}")
    town.talk()

    assert (added.status_code, town.owed(cat)) == (303, BANQUET_MINOR)
    assert before[0] == 0
    assert "Seats on no order yet" in before[1]
    assert ordered.status_code == 303
    assert town.owed(dora) == ACADEMY_MINOR
    assert "Seats on no order yet" not in town.desk_page()


def test_what_is_added_to_an_order_of_which_nothing_is_paid_is_held_for_as_long_as_what_was_ordered_with_it(
    town: Three,
) -> None:
    bob = town.register()
    before = town.known(bob).held_until
    town.add(bob, "banquet")
    town.talk()
    held_until = town.known(bob).held_until

    town.let_time_end()

    assert before is None
    assert held_until is not None
    assert [(each.state, each.ended_by) for each in town.known(bob).options] == [(OptionState.GIVEN_BACK, "unpaid")]
    assert town.owed(bob) == FEE_MINOR
    refused = town.add(bob, "banquet")
    assert (refused.status_code, "The time for paying this registration is over" in refused.text) == (409, True)


def test_while_the_provider_is_down_nobody_is_charged_and_the_same_link_works_afterwards(
    namespace: Namespace, own_provider: RunningProvider
) -> None:
    own_provider.start()
    with three(namespace, own_provider) as town:
        cat = town.delegate()
        town.take_seat(cat)
        town.talk()
        own_provider.kill()

        refused = town.payments.start_paying(cat["order"])
        own_provider.start()
        wait_until(  # after several answers that were none nobody is asked for some seconds
            lambda: town.payments.start_paying(cat["order"]).status_code == 200, 20, missing="the provider's page"
        )
        town.payments.pay_by_card(cat["order"])
        town.talk()

        assert refused.status_code == 503
        assert "Your card was not charged" in refused.json["detail"]
        assert town.owed(cat) == 0
        assert len(town.payments.payments_of(cat["order"])) == 2


def test_an_answer_that_the_provider_keeps_under_its_key_is_not_the_last_word(town: Three) -> None:
    cat = town.delegate()
    town.take_seat(cat)
    town.talk()
    town.payments.provider.turn(answer_500_before={"method": "POST", "path": "/v1/checkout/sessions", "count": 1})

    refused = town.payments.start_paying(cat["order"])
    wait_until(lambda: town.payments.start_paying(cat["order"]).status_code == 200, 20, missing="the provider's page")
    town.payments.pay_by_card(cat["order"])
    town.talk()

    assert refused.status_code in (200, 503)  # the client may have asked once more by itself
    assert town.owed(cat) == 0
    assert len(town.payments.payments_of(cat["order"])) == 2


def test_what_is_taken_off_and_added_again_is_another_line(town: Three) -> None:
    cat = town.delegate()
    town.add(cat, "banquet")
    town.talk()
    town.send(cat, "/additions/banquet/take-off", idempotency_key="off")
    town.add(cat, "banquet")
    town.talk()

    order = town.payments.order(cat["order"])
    assert (order.owed_minor, order.total_minor) == (BANQUET_MINOR, FEE_MINOR + BANQUET_MINOR)
    assert [line.id.rpartition(":")[2] for line in order.lines if line.added_at] == ["1", "2"]
    assert "Banquet is still to be paid" in town.mine(cat)
