"""An unpaid place of a limited option: held for a time, then asked after, and free only on the provider's word."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.registration.prices.store import OPTION_PLACES
from services.registration.recovery import register_again
from services.registration.registering.domain.options import OptionState
from services.registration.registering.domain.registrations import Life
from services.registration.registering.store import REGISTRATIONS
from shared.auth import sign
from shared.contracts.payments import InvoiceReduced, OrderGivenUp
from shared.contracts.registration import (
    OptionCancelled,
    PaymentTimeEnded,
    PlacesSetAside,
    RegistrationConfirmed,
    RegistrationSubmitted,
)
from shared.contracts.scheduling import SeatsWanted
from tests.integration import payments_house, registration_house
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.integration.registration_sessions import choose, session_cancelled
from tests.integration.two_houses import OPTION_MINOR, TwoHouses
from tests.namespaces import Namespace
from tests.town import COMMITTEE

HTML = {"Accept": "text/html"}
TODAY = datetime(2020, 3, 10, 15, tzinfo=UTC)
FEE_MINOR = registration_house.FEE_MINOR
OPTIONS = (
    {"key": "a-07", "label": "Academy A-07", "amount_minor": OPTION_MINOR, "session": "ses_07", "place_count": 1},
    {"key": "a-09", "label": "Academy A-09", "amount_minor": OPTION_MINOR, "session": "ses_09", "place_count": 20},
    {"key": "banquet", "label": "Banquet", "amount_minor": 5000},
)


class Town(TwoHouses):
    """Both services, and the time that passes."""

    def register(self, tender: str = "card", **changed: Any) -> dict[str, Any]:
        answer = self.registration.register(options=["a-07", "banquet"], tender=tender, **changed)
        self.talk()
        return answer

    def let_time_end(self) -> None:
        """The time for which places are held is over, on the host's clock, and is noticed twice."""
        for _ in range(2):
            self.registration.end_pauses(REGISTRATIONS)
            self.registration.run_jobs()
        self.talk()

    def close_pages(self) -> None:
        """Payments closes the pages that it should, and tells."""
        self.payments.run_again("payment-pages")
        self.talk()

    def free_count(self) -> int:
        known = self.registration.client.get("/registration/conferences/74th").json
        (option,) = (each for each in known["options"] if each["key"] == "a-07")  # type: ignore[index]
        return int(option["free_count"])

    def page(self, id_: str) -> str:
        token = sign(self.registration.parts.settings, purpose="registration", id_=id_)
        return self.registration.client.get(f"/registration/mine/{token}", headers=HTML).text


@pytest.fixture
def town(namespace: Namespace, provider: RunningProvider) -> Iterator[Town]:
    provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    with (
        registration_house.house(namespace) as registration,
        payments_house.house(namespace, provider, PAYMENT_METHOD_TYPES="card, us_bank_account") as payments,
    ):
        registration.database.clock.move(TODAY)
        registration.open_conference(options=OPTIONS)
        yield Town(registration, payments)


def test_an_unpaid_place_is_held_for_its_time_then_told_of_and_free_again(town: Town) -> None:
    answer = town.register("cheque")
    (submitted,) = town.registration.said(RegistrationSubmitted)
    before = town.page(answer["registration"])

    town.let_time_end()

    registration = town.registration.registration(answer["registration"])
    (ended,) = town.registration.said(OptionCancelled)
    (reduced,) = town.payments.said(InvoiceReduced)
    assert submitted.held_until == datetime(2020, 3, 25, 5, tzinfo=UTC)  # the end of the day in St. Louis
    assert "This place is held for you until Tuesday, March 24, 2020, 11:59" in before
    assert (ended.product, ended.by, ended.label) == ("a-07", "unpaid", "Academy A-07")
    assert (reduced.written_off_minor, reduced.balance_minor) == (OPTION_MINOR, FEE_MINOR + 5000)
    assert [each.state for each in registration.options] == [OptionState.GIVEN_BACK, OptionState.HELD]
    assert (registration.life, registration.total_minor) == (Life.SUBMITTED, FEE_MINOR + 5000)
    assert town.free_count() == 1
    assert "Academy A-07 went to others" in town.page(answer["registration"])
    assert len(town.registration.said(PaymentTimeEnded)) == len(town.payments.said(OrderGivenUp)) == 1


def test_a_place_whose_payment_page_is_open_is_free_only_once_the_provider_has_closed_the_page(town: Town) -> None:
    answer = town.register("card")
    session = town.payments.start_paying(answer["order"]).json["session"]

    town.let_time_end()
    still_held = (town.free_count(), town.payments.said(OrderGivenUp))
    refused = town.payments.start_paying(answer["order"])
    town.close_pages()

    assert still_held == (0, [])
    assert (refused.status_code, refused.json["type"]) == (409, "urn:reconvene:problem:TimeForPayingOver")
    assert town.payments.provider.client.v1.checkout.sessions.retrieve(session).status == "expired"
    assert town.free_count() == 1
    town.payments.pay_by_card(answer["order"])  # what is left can be paid as before
    town.talk()
    assert town.registration.registration(answer["registration"]).paid_minor == FEE_MINOR + 5000
    assert len(town.registration.said(RegistrationConfirmed)) == 1


def test_who_pays_in_the_last_moment_keeps_the_place(town: Town) -> None:
    answer = town.register("card")
    session = town.payments.start_paying(answer["order"]).json["session"]

    town.let_time_end()
    town.payments.provider.told("POST", f"/checkout/{session}/pay", {"method": "works"})
    town.close_pages()
    asked_only = town.free_count()
    town.payments.hear_provider()
    town.talk()

    registration = town.registration.registration(answer["registration"])
    assert (asked_only, town.free_count()) == (0, 0)
    assert (registration.life, registration.paid_minor) == (Life.CONFIRMED, FEE_MINOR + OPTION_MINOR + 5000)
    assert town.payments.said(OrderGivenUp) == []
    assert town.registration.said(OptionCancelled) == []


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_a_place_whose_bank_decides_for_days_is_held_until_the_bank_has_said(town: Town, status: str) -> None:
    answer = town.register("card")
    session = town.payments.start_paying(answer["order"]).json["session"]
    provider = town.payments.provider
    provider.told("POST", f"/checkout/{session}/pay", {"method": "bank_pays_later"})
    town.payments.hear_provider()

    town.let_time_end()
    town.close_pages()
    while_waiting = (town.free_count(), town.payments.said(OrderGivenUp))
    provider.told("POST", f"/checkout/{session}/bank", {"status": status})
    town.payments.hear_provider()
    town.talk()

    assert while_waiting == (0, [])
    assert town.free_count() == {"succeeded": 0, "failed": 1}[status]
    assert len(town.registration.said(RegistrationConfirmed)) == {"succeeded": 1, "failed": 0}[status]


def test_a_session_that_is_cancelled_while_the_bank_decides_leaves_nobody_who_cannot_pay_the_rest(town: Town) -> None:
    answer = town.register("card")
    session = town.payments.start_paying(answer["order"]).json["session"]
    provider = town.payments.provider
    provider.told("POST", f"/checkout/{session}/pay", {"method": "bank_pays_later"})
    town.payments.hear_provider()
    town.let_time_end()

    town.registration.hear(session_cancelled())
    town.registration.run_jobs()
    town.talk()
    provider.told("POST", f"/checkout/{session}/bank", {"status": "failed"})
    town.payments.hear_provider()
    town.talk()

    (ended,) = town.registration.said(OptionCancelled)
    assert (ended.product, ended.by) == ("a-07", "deadline")  # it went to nobody else
    assert town.registration.registration(answer["registration"]).total_minor == FEE_MINOR + 5000
    town.payments.pay_by_card(answer["order"])
    town.talk()
    assert len(town.registration.said(RegistrationConfirmed)) == 1


def test_what_is_left_when_one_unpaid_place_ends_by_itself_is_not_held_for_ever(town: Town) -> None:
    answer = town.registration.register(options=["a-07", "a-09"], tender="card")
    town.talk()
    town.payments.start_paying(answer["order"])
    town.let_time_end()

    town.registration.hear(session_cancelled(alternatives=()))  # its option ends while payments closes the page
    town.registration.run_jobs()
    town.talk()
    town.close_pages()

    assert [(each.product, each.by) for each in town.registration.said(OptionCancelled)] == [
        ("a-07", "deadline"),
        ("a-09", "unpaid"),
    ]
    town.payments.pay_by_card(answer["order"])
    town.talk()
    assert town.registration.registration(answer["registration"]).paid_minor == FEE_MINOR


def test_a_place_that_was_moved_to_after_the_time_for_paying_is_not_held_for_ever(town: Town) -> None:
    answer = town.register("card")
    town.registration.hear(session_cancelled())
    town.registration.run_jobs()

    town.let_time_end()  # what was offered until a day stays offered until then
    asked_before = town.registration.said(PaymentTimeEnded)
    moved = choose(town.registration, answer["registration"], {"choice": "move", "session": "ses_09"})
    town.let_time_end()

    assert (asked_before, moved.status_code) == ([], 200)
    assert len(town.registration.said(PaymentTimeEnded)) == len(town.payments.said(OrderGivenUp)) == 1
    (ended,) = town.registration.said(OptionCancelled)
    assert (ended.product, ended.by) == ("a-09", "unpaid")


def test_a_registration_that_is_made_again_after_a_restore_is_held_as_long_as_it_was_told(town: Town) -> None:
    answer = town.register("card")
    (said,) = town.registration.said(RegistrationSubmitted)
    database = town.registration.database
    for name in (REGISTRATIONS.name, "events"):
        database.mongo[name].delete_many({"$or": [{"_id": answer["registration"]}, {"key": answer["registration"]}]})
    database.clock.move(TODAY + timedelta(days=1))

    database.run(register_again, said=said)

    assert town.registration.said(RegistrationSubmitted) == [said]
    registration = town.registration.registration(answer["registration"])
    assert [(each.product, each.is_limited) for each in registration.options] == [("a-07", True), ("banquet", False)]
    town.registration.run_jobs()  # its time had ended
    assert len(town.registration.said(PaymentTimeEnded)) == 1


def test_a_place_on_an_accepted_purchase_order_or_paid_in_part_never_ends_by_the_clock(town: Town) -> None:
    promised = town.register("purchase_order")
    order = {"number": "PO-1", "dated": "2020-03-01", "limit_minor": 200000}
    assert town.payments.post(f"/payments/orders/{promised['order']}/purchase-order", order).status_code < 300

    town.let_time_end()  # before registration has heard of the order

    town.talk()
    assert town.free_count() == 0
    assert town.registration.registration(promised["registration"]).life is Life.CONFIRMED_UNPAID

    set_places(town, 2)
    part = town.register("cheque")
    assert town.payments.record(part["order"], "cheque", amount_minor=100).status_code == 201
    town.let_time_end()
    assert town.free_count() == 0
    assert town.payments.said(OrderGivenUp) == []


def test_a_place_that_becomes_free_goes_to_the_waitlist_first(town: Town) -> None:
    town.register("cheque")
    wanted = SeatsWanted(roster="ses_07", conference="74th", session="ses_07", product="a-07", count=1, revision=1)
    town.registration.hear(wanted)

    town.let_time_end()

    assert [said.count for said in town.registration.said(PlacesSetAside)] == [0, 1]
    assert town.free_count() == 0


def test_what_is_not_limited_or_costs_nothing_is_held_by_no_clock(town: Town) -> None:
    unlimited = town.registration.register(options=["banquet"])
    free = town.registration.register(category="speaker", options=[])

    found = town.registration.database.mongo[REGISTRATIONS.name].count_documents({"job": {"$exists": True}})

    assert found == 0
    assert [each.held_until for each in town.registration.said(RegistrationSubmitted)] == [None, None]
    assert unlimited["registration"] != free["registration"]


def test_a_hold_ends_with_the_conference_and_asks_nobody(town: Town) -> None:
    answer = town.register("cheque")
    town.registration.cancel()
    town.registration.run_jobs()

    town.let_time_end()

    assert town.registration.registration(answer["registration"]).life is Life.CANCELLED
    assert town.registration.said(PaymentTimeEnded) == []


def set_places(town: Town, place_count: int) -> None:
    database = town.registration.database
    database.mongo[OPTION_PLACES.name].update_one(
        {"product": "a-07"}, {"$set": {"place_count": place_count}, "$inc": {"version": 1}}
    )


# the committee's times


def test_the_committee_sets_the_times_and_who_registered_before_keeps_theirs(town: Town) -> None:
    desk = "/registration/desk/conferences/74th/holds"
    post = town.registration.client.post
    early = town.register("card")

    saved = post(desk, data={"card_minutes": "45", "other_days": "7"}, auth=COMMITTEE, headers=HTML)
    set_places(town, 3)
    card, cheque = town.register("card"), town.register("cheque")

    assert saved.status_code == 303
    held = [town.registration.registration(each["registration"]) for each in (early, card, cheque)]
    times = [each.held_until - each.submitted_at for each in held if each.held_until]
    assert times[:2] == [timedelta(minutes=60), timedelta(minutes=45)]
    assert held[2].held_until == datetime(2020, 3, 18, 5, tzinfo=UTC)
    assert (
        "45 minutes if you pay by card, and for 7 days otherwise"
        in town.registration.client.get("/registration/conferences/74th/register", headers=HTML).text
    )


@pytest.mark.parametrize(
    "sent", [{"card_minutes": "29"}, {"other_days": "0"}, {"other_days": "soon"}, {"card_minutes": ""}]
)
def test_a_time_shorter_than_the_providers_page_may_live_is_refused(town: Town, sent: dict[str, str]) -> None:
    desk = "/registration/desk/conferences/74th/holds"
    form = {"card_minutes": "30", "other_days": "14"} | sent

    refused = town.registration.client.post(desk, data=form, auth=COMMITTEE, headers=HTML)

    assert (refused.status_code, "Nothing was changed" in refused.text) == (422, True)
    known = town.registration.client.get("/registration/conferences/74th").json
    assert known["holds"] == {"card_minutes": 60, "other_days": 14}  # type: ignore[index]
