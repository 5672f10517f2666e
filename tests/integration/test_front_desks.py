"""What the desks of payments, notifications and scheduling say on the pages of all four desks, and to whom."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifications.messages.domain.messages import Message
from services.payments.refunds.domain.refunds import RefundState
from services.payments.refunds.store import REFUNDS
from shared.places import PLACES, Blocked, Place
from shared.references import payment_reference
from tests.integration import call_house, notifications_house, payments_house, programme_house
from tests.integration.front_parts import HTML, Line, ask, found, waiting
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.integration.scheduling_town import Scheduling, scheduling
from tests.namespaces import Namespace
from tests.town import COMMITTEE, FINANCE

FIRST_WAIT = "since Thursday, April 9, 2020"


@pytest.fixture(scope="module")
def payments(module_namespace: Namespace, shared_provider: RunningProvider) -> Iterator[payments_house.House]:
    shared_provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    with payments_house.house(module_namespace, shared_provider) as house:
        yield house


def test_all_that_waits_for_finance_is_listed_with_its_age_the_pressing_first(payments: payments_house.House) -> None:
    payments.forget()
    client = payments.parts.web.test_client()
    assert waiting(client, "payments", FINANCE) == []
    held, by_cheque, disputed = payments.paid("card"), payments.paid("cheque"), payments.paid("card")
    (payment,) = payments.payments_of(disputed)
    payments.provider.told("POST", "/disputes", {"charge": payment.reference})
    payments.hear_provider()
    payments.stray()
    payments.cancel(held, by_cheque)
    for each in (held, by_cheque):
        payments.fix(each)
    stopped = {"$set": {"state": RefundState.HELD, "reason": "unknown"}, "$unset": {"job": ""}}
    payments.database.mongo[REFUNDS.name].update_one({"order": held}, stopped)
    named = {"$set": {"state": RefundState.AWAITING_RECORD}}
    payments.database.mongo[REFUNDS.name].update_one({"order": by_cheque}, named)
    payments.database.clock.move(CANCELLED + timedelta(days=6))

    lines = waiting(client, "payments", FINANCE)

    assert [each.words for each in lines] == [
        f"One payment that fits no order {FIRST_WAIT}",
        f"One dispute to answer {FIRST_WAIT}",
        f"One refund to decide about {FIRST_WAIT}",
        f"One cheque to deposit {FIRST_WAIT}",
        f"One refund to pay by cheque {FIRST_WAIT}",
    ]
    for line in lines:
        assert ask(client, line.address, FINANCE).status_code == 200, line
    assert waiting(client, "payments", COMMITTEE) == []


def test_an_order_is_found_by_every_number_that_somebody_may_have_written(payments: payments_house.House) -> None:
    payments.forget()
    client = payments.parts.web.test_client()
    order = payments.order(payments.submit("purchase_order"))
    body = {"number": "PO-4711", "dated": "2020-04-01", "limit_minor": order.owed_minor}
    assert payments.post(f"/payments/orders/{order.id}/purchase-order", body).status_code in (200, 201)
    sums = "$575.00, $575.00 owed · purchase order PO-4711"
    line = Line(f"{order.number} Order · 74th Annual Conference · {sums}", f"/payments/desk/orders/{order.id}")

    for query in (order.number, order.number.lower(), payment_reference(order.id), "PO-4711", order.id):
        assert found(client, "payments", FINANCE, query) == [line], query
    assert found(client, "payments", FINANCE, "PO-4712") == []
    assert found(client, "payments", COMMITTEE, order.number) == []
    assert "What this desk has is not shown to you." in ask(client, "/payments/desk/waiting", COMMITTEE).text


def test_a_cheque_is_found_by_its_number_as_it_came_and_as_it_went(payments: payments_house.House) -> None:
    payments.forget()
    client = payments.parts.web.test_client()
    order = payments.submit("cheque")
    assert payments.record(order, "cheque", reference="20881").status_code == 201

    came = found(client, "payments", FINANCE, "20881")
    payments.cancel(order)
    payments.fix(order)
    refund = payments.refund_of(order)
    payments.database.mongo[REFUNDS.name].update_one({"_id": refund.id}, {"$set": {"reference": "30001"}})
    went = found(client, "payments", FINANCE, "30001")

    assert came == [Line("20881 Cheque · $575.00", f"/payments/desk/orders/{order}")]
    assert went == [Line("30001 Refund · $575.00", f"/payments/desk/refunds/{refund.id}")]


@pytest.fixture(scope="module")
def post(module_namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[notifications_house.Town]:
    with notifications_house.town(module_namespace, tmp_path_factory.mktemp("mailbox")) as town:
        yield town


def told(post: notifications_house.Town) -> Message:
    """Rosa's mail came back, Peg's letter is to be printed, nobody wrote to Quiet Quentin; answers the letter."""
    post.forget()
    peg = notifications_house.person(3, name="Peg Sullivan", email=None, postal_address=("4 Elm St", "Millbrook"))
    rosa = notifications_house.person(2, name="Rosa Delgado", email="rosa@millbrook.example")
    post.hear(rosa, peg, notifications_house.person(4, name="Quiet Quentin"), notifications_house.announced())
    post.plan_faults(refuse=1, code=550)
    post.hear(notifications_house.confirmed(2), notifications_house.confirmed(3))
    post.run_jobs()
    return post.only(channel="letter")


def test_messages_that_came_back_and_letters_to_print_wait_with_their_counts(post: notifications_house.Town) -> None:
    told(post)
    client = post.client()

    lines = waiting(client, "notifications", COMMITTEE)

    assert lines == [
        Line("A message came back: decide about it", "/notifications/desk?state=bounced"),
        Line("A letter to print and post", "/notifications/letters"),
    ]


def test_people_are_found_by_name_address_and_the_code_of_a_letter_with_what_was_written_to_them(
    post: notifications_house.Town,
) -> None:
    letter = told(post)
    client = post.client()
    rosa = Line("Rosa Delgado Messages · rosa@millbrook.example · 1 message, 1 came back", _messages_of(2))
    peg = Line("Peg Sullivan Messages · Millbrook · 1 message", _messages_of(3))

    assert found(client, "notifications", FINANCE, "delgado") == [rosa]
    assert {*found(client, "notifications", FINANCE, "MILLBROOK")} == {rosa, peg}
    assert letter.code
    assert found(client, "notifications", FINANCE, letter.code.lower()) == [peg]
    assert found(client, "notifications", FINANCE, "quentin") == []


def _messages_of(number: int) -> str:
    return f"/notifications/desk?recipient={notifications_house.person(number).person}"


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    with scheduling(module_namespace) as running:
        yield running


def test_the_committee_finds_conferences_drafts_sessions_and_speakers_and_finance_what_is_public(
    town: Scheduling,
) -> None:
    public, draft = town.opened(title="Symposium on Maps"), town.drafted(title="Maps in secret")
    programme = programme_house.Programme(town, public)
    programme.framed(times=[])
    session = programme.session("C-31", title="Old maps, new borders")["id"]
    speaker = programme.speaker(name="Dr. Marla Mapp")["id"]
    client = town.service.client()
    desk = "/scheduling/desk/conferences"

    committee = {each.address: each.words for each in found(client, "scheduling", COMMITTEE, "map")}
    finance = found(client, "scheduling", FINANCE, "map")

    assert committee.keys() == {
        f"{desk}/{public}",
        f"{desk}/{draft}",
        f"{desk}/{public}/programme/sessions/{session}",
        f"{desk}/{public}/programme/speakers/{speaker}",
    }
    assert committee[f"{desk}/{public}/programme/sessions/{session}"] == (
        "C-31 Old maps, new borders Session · Symposium on Maps"
    )
    assert [each.address for each in finance] == [f"/scheduling/conferences/{public}/page"]
    for address in committee:
        assert ask(client, address, COMMITTEE).status_code == 200, address
    assert ask(client, finance[0].address, FINANCE).status_code == 200


def test_what_the_committee_has_to_decide_waits_for_the_committee_alone(town: Scheduling) -> None:
    house = call_house.begun(town)
    house.opened()
    house.proposed()
    client = town.service.client()

    (line,) = waiting(client, "scheduling", COMMITTEE)

    assert line.words.endswith(": One proposal is not decided")
    assert ask(client, line.address, COMMITTEE).status_code == 200
    assert waiting(client, "scheduling", FINANCE) == []


def test_the_one_address_shows_each_what_is_theirs(town: Scheduling) -> None:
    client = town.service.client()

    visitor = client.get("/", headers=HTML)
    committee = ask(client, "/", COMMITTEE)

    assert (visitor.status_code, visitor.location) == (302, "http://localhost/scheduling/")
    assert committee.status_code == 200
    assert "<h1>Waiting for you</h1>" in committee.text
    assert ask(client, "/", ("committee", "a wrong password")).status_code == 303


def test_an_event_that_could_not_be_handled_waits_before_all_else(post: notifications_house.Town) -> None:
    told(post)
    stopped = Blocked(reason="a handler has a bug", at=post.database.clock.now())
    place = Place(id="scheduling/conf_1", waiting=(notifications_house.envelope(notifications_house.announced()),))
    post.database.transact(lambda unit: unit.add(PLACES, replace(place, blocked=stopped)))

    first, *others = waiting(post.client(), "notifications", COMMITTEE)

    assert first == Line("An event could not be handled", "/notifications/parked")
    assert len(others) == 2
    post.database.mongo[PLACES.name].delete_many({"_id": place.id})
