"""Payments' API and pages: who may do what, what is refused, and that no bad input is our mistake."""

import re
from typing import Any, cast

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from services.payments.orders.domain.orders import Order
from services.payments.refunds.domain.refunds import Refund
from shared.auth import sign
from shared.principals import Role
from tests.integration.payments_house import CONFERENCE, FEE_MINOR, RUN, House
from tests.town import COMMITTEE, FINANCE, signed_in

HTML = {"Accept": "text/html"}


@pytest.fixture
def desk(payments: House) -> FlaskClient:
    """Finance, signed in by the page."""
    return signed_in(payments.client, payments.parts.settings, Role.FINANCE)


# the number that a payer quotes


def test_a_cheque_is_recorded_by_the_invoice_number_on_its_back_and_once(payments: House) -> None:
    order = payments.order(payments.submit("cheque"))
    quoted = order.number.replace("-", " ").lower()
    cheque = {
        "tender": "cheque",
        "amount_minor": FEE_MINOR,
        "currency": "USD",
        "reference": "C-1",
        "received_on": payments.database.clock.now().date().isoformat(),
    }

    by_invoice = payments.post(f"/payments/orders/{quoted}/payments", cheque)
    by_order = payments.post(f"/payments/orders/{order.id}/payments", cheque)
    unknown = payments.post("/payments/orders/INV-2020-0000-0000-0000/payments", cheque)

    assert (by_invoice.status_code, by_invoice.json["order"]) == (201, order.id)
    assert (by_order.status_code, unknown.status_code) == (409, 404)
    assert "Nothing was recorded a second time" in by_order.json["detail"]
    assert payments.get(f"/payments/orders/{order.number}")["paid_minor"] == FEE_MINOR


def test_a_number_that_stands_for_two_orders_names_neither(payments: House) -> None:
    first, second = payments.order(payments.submit("cheque")), payments.submit("cheque")
    payments.database.mongo["orders"].update_one({"_id": second}, {"$set": {"number": first.number}})
    cheque = {
        "tender": "cheque",
        "amount_minor": FEE_MINOR,
        "currency": "USD",
        "reference": "C-1",
        "received_on": payments.database.clock.now().date().isoformat(),
    }

    assert payments.post(f"/payments/orders/{first.number}/payments", cheque).status_code == 404
    assert payments.post(f"/payments/orders/{first.id}/payments", cheque).status_code == 201


# money that fits no order


def test_a_payment_that_fits_no_order_stays_listed_until_somebody_says_what_was_done(payments: House) -> None:
    first, second = payments.stray(), payments.stray()
    path = f"/payments/strays/{first}/look"

    refused = payments.post(path, {"note": "  "})
    noted = payments.post(path, {"note": "Sent back at the provider."})
    again = payments.post(path, {"note": "Somebody else."})

    assert (refused.status_code, noted.status_code, again.status_code) == (422, 200, 409)
    assert "Sent back at the provider. Nothing was changed." in again.json["detail"]
    assert [each["id"] for each in payments.get("/payments/strays")["items"]] == [second]
    (done,) = payments.get("/payments/strays", state="looked_at")["items"]
    assert (done["id"], done["note"], done["looked_at"]) == (
        first,
        "Sent back at the provider.",
        noted.json["looked_at"],
    )
    assert payments.post("/payments/strays/pi_unknown/look", {"note": "x"}).status_code == 404


def test_the_desk_names_payments_that_fit_no_order_and_takes_them_off_the_list(
    payments: House, desk: FlaskClient
) -> None:
    stray = payments.stray()

    before = desk.get("/payments/desk", headers=HTML).text
    page = desk.get("/payments/desk/strays", headers=HTML).text
    form = {"csrf_token": _csrf(page), "idempotency_key": "look-1"}
    refused = desk.post(f"/payments/desk/strays/{stray}", data=form | {"note": ""}, headers=HTML)
    kept = desk.post(f"/payments/desk/strays/{stray}", data=form | {"note": "Sent back."}, headers=HTML)
    after = desk.get("/payments/desk", headers=HTML).text

    assert "1 card payment fits no order" in before
    assert "<h1>Payments and balance lines that fit nothing here</h1>" in page
    assert "which we don\N{RIGHT SINGLE QUOTATION MARK}t have" in page
    assert (refused.status_code, kept.status_code) == (422, 303)
    assert "Please fill this in." in refused.text
    assert "fits no order" not in after
    assert "Sent back." in desk.get("/payments/desk/strays", headers=HTML).text


# permissions


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/payments/orders"),
        ("GET", "/payments/orders/ord_1"),
        ("POST", "/payments/orders/ord_1/payments"),
        ("POST", "/payments/orders/ord_1/purchase-order"),
        ("POST", "/payments/deposits"),
        ("GET", "/payments/refunds"),
        ("GET", "/payments/refunds/refund_1"),
        ("POST", "/payments/refunds/refund_1/record"),
        ("POST", "/payments/refunds/refund_1/retry"),
        ("GET", "/payments/ledger/trial-balance"),
        ("GET", "/payments/ledger/entries?conference=74th"),
        ("GET", "/payments/ledger/chain?conference=74th"),
        ("GET", "/payments/desk/refunds"),
        ("GET", "/payments/desk/orders"),
        ("GET", "/payments/desk/books/74th"),
        ("GET", "/payments/strays"),
        ("POST", "/payments/strays/pi_1/look"),
        ("GET", "/payments/desk/strays"),
    ],
)
def test_only_finance_sees_and_moves_money(payments: House, method: str, path: str) -> None:
    stranger = payments.client.open(path, method=method)
    wrong = payments.client.open(path, method=method, auth=("finance", "guessed"))
    committee = payments.client.open(path, method=method, auth=COMMITTEE)

    assert [each.status_code for each in (stranger, wrong, committee)] == [401, 401, 403]


@pytest.mark.parametrize("path", [f"/payments/runs/{RUN}", "/payments/desk", f"/payments/desk/runs/{RUN}"])
def test_both_desks_see_a_run_and_nobody_else(payments: House, path: str) -> None:
    payments.cancel()

    assert [payments.client.get(path, auth=auth).status_code for auth in (COMMITTEE, FINANCE, None)] == [200, 200, 401]


def test_a_signed_in_desk_needs_the_csrf_token(payments: House, desk: FlaskClient) -> None:
    order = payments.submit("cheque")

    response = desk.post(f"/payments/desk/orders/{order}/payments", data=_typed_payment(), headers=HTML)

    assert response.status_code == 400
    assert payments.order(order).paid_minor == 0


@pytest.mark.parametrize("path", ["pay", "paid", "payee"])
def test_a_link_that_was_not_made_by_us_leads_nowhere(payments: House, path: str) -> None:
    other = sign(payments.parts.settings, purpose="another", id_="ord_1")

    answers = [payments.client.get(f"/payments/{path}/{token}") for token in ("x", other, "a.b.c")]

    assert [each.status_code for each in answers] == [404, 404, 404]


# the API


@pytest.mark.parametrize(
    ("changed", "status", "problem"),
    [
        ({"currency": "EUR"}, 422, "CurrencyDiffers"),
        ({"amount_minor": FEE_MINOR + 1}, 422, "PaymentTooLarge"),
        ({"received_on": "2020-04-12"}, 422, "Invalid"),
        ({"received_on": "0202-04-09"}, 422, "Invalid"),
        ({"amount_minor": 0}, 422, None),
        ({"amount_minor": 2**63}, 422, None),
        ({"amount_minor": "575"}, 422, None),
        ({"tender": "card"}, 422, None),
        ({"currency": "usd"}, 422, None),
        ({"reference": "a\x00b"}, 422, None),
        ({"reference": "\ud800"}, 422, None),
        ({"reference": "C-\u202e18802"}, 422, None),
        ({"received_on": "yesterday"}, 422, None),
        ({"unknown": 1}, 422, None),
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(
    payments: House, changed: dict[str, Any], status: int, problem: str | None
) -> None:
    order = payments.submit("cheque")

    response = payments.record(order, "cheque", **changed)

    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert problem is None or response.json["type"] == f"urn:reconvene:problem:{problem}"
    assert payments.order(order).paid_minor == 0


def test_money_for_an_unknown_or_paid_order_is_refused(payments: House) -> None:
    paid = payments.paid("cheque")
    body = {"tender": "cheque", "amount_minor": 5, "currency": "USD", "reference": "x", "received_on": "2020-04-09"}

    assert payments.post("/payments/orders/ord_none/payments", body).status_code == 404
    refused = payments.post(f"/payments/orders/{paid}/payments", body)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:reconvene:problem:NothingToPay")


def test_the_same_cheque_is_recorded_once(payments: House) -> None:
    order = payments.submit("cheque")
    first = payments.record(order, "cheque", reference="No 7", amount_minor=100)

    again = payments.record(order, "cheque", reference="no 7", amount_minor=100)

    assert first.status_code == 201
    assert (again.status_code, again.json["type"]) == (409, "urn:reconvene:problem:PaymentRecordedBefore")
    assert payments.order(order).paid_minor == 100


@pytest.mark.parametrize("key", [None, "", " ", "x" * 201, "ünprintable"])
def test_a_post_without_a_proper_key_is_refused(payments: House, key: str | None) -> None:
    order = payments.submit("cheque")
    headers = {} if key is None else {"Idempotency-Key": key}

    response = payments.client.post(
        f"/payments/orders/{order}/purchase-order",
        json={"number": "1", "dated": "2020-03-01", "limit_minor": FEE_MINOR},
        headers=headers,
        auth=FINANCE,
    )

    assert (response.status_code, payments.order(order).purchase_order) == (400, None)


def test_cheques_are_deposited_once_and_only_cheques(payments: House) -> None:
    cheque, transfer = (payments.payments_of(payments.paid(tender))[0] for tender in ("cheque", "transfer"))
    slip = {"slip": "S-1", "deposited_on": "2020-04-09", "payments": [cheque.id]}
    first = payments.post("/payments/deposits", slip)

    again = payments.post("/payments/deposits", slip | {"slip": "S-2"})
    other = payments.post("/payments/deposits", slip | {"payments": [transfer.id]})
    future = payments.post("/payments/deposits", slip | {"deposited_on": "2020-05-09"})
    twice = payments.post("/payments/deposits", slip | {"payments": [cheque.id, cheque.id]})

    assert [each.status_code for each in (first, again, other, future, twice)] == [201, 409, 404, 409, 422]
    assert again.json["type"] == "urn:reconvene:problem:ChequeDepositedBefore"


def test_no_cheque_is_deposited_before_it_came(payments: House) -> None:
    [cheque] = payments.payments_of(payments.paid("cheque"))
    slip = {"slip": "S-1", "payments": [cheque.id]}

    refused = payments.post("/payments/deposits", slip | {"deposited_on": "0001-01-01"})
    taken = payments.post("/payments/deposits", slip | {"deposited_on": cheque.received_on.isoformat()})

    assert [each.status_code for each in (refused, taken)] == [422, 201]


def test_a_slip_number_is_used_once(payments: House) -> None:
    first, second = (payments.payments_of(payments.paid("cheque"))[0] for _ in range(2))
    payments.post("/payments/deposits", {"slip": "S-1", "deposited_on": "2020-04-09", "payments": [first.id]})

    again = payments.post("/payments/deposits", {"slip": "S-1", "deposited_on": "2020-04-09", "payments": [second.id]})

    assert (again.status_code, again.json["type"]) == (409, "urn:reconvene:problem:SlipUsed")


def test_lists_are_given_page_by_page(payments: House) -> None:
    orders = sorted(payments.paid("cheque") for _ in range(5))

    first = payments.get("/payments/orders", limit=3, conference=CONFERENCE)
    rest = payments.get("/payments/orders", limit=3, after=first["next"])

    assert [each["order"] for each in (*first["items"], *rest["items"])] == orders
    assert rest["next"] is None


def test_refunds_are_found_by_run_state_and_rail(payments: House) -> None:
    cheque, transfer = payments.paid("cheque"), payments.paid("transfer")
    payments.cancel(cheque, transfer)
    payments.fix(cheque)
    payments.fix(transfer)

    found = payments.get("/payments/refunds", run=RUN, state="awaiting_record", rail="transfer")

    assert [each["order"] for each in found["items"]] == [transfer]
    assert payments.get("/payments/refunds", run="another")["items"] == []
    assert payments.client.get("/payments/refunds?state=lost", auth=FINANCE).status_code == 422


def test_a_run_is_told_in_counts_and_sums(payments: House) -> None:
    paid, unpaid = payments.paid("cheque"), payments.submit("purchase_order")
    payments.cancel(paid, unpaid)
    payments.fix(paid, "credit")
    payments.look_at_runs()

    assert payments.get(f"/payments/runs/{RUN}") == {
        "run": RUN,
        "conference": CONFERENCE,
        "state": "settled",
        "revision": 1,
        "currency": "USD",
        "count_expected": 2,
        "worked_out_count": 2,
        "ended_count": 2,
        "refund_open_count": 0,
        "refund_settled_count": 0,
        "refunds_payable_minor": 0,
        "refunded_minor": 0,
        "credited_minor": 57500,
        "donated_minor": 0,
        "kept_minor": 0,
        "voided_minor": 57500,
        "released_minor": 0,
        "balance_short_minor": 0,
        "choice_open_count": 0,
        "choice_open_minor": 0,
        "earlier_refund_count": 0,
        "earlier_refunds_minor": 0,
        "stuck_because": None,
        "stuck_since": None,
    }
    assert payments.client.get("/payments/runs/none", auth=FINANCE).status_code == 404


# pages


def test_a_payer_who_is_faster_than_our_messages_is_asked_to_wait(payments: House) -> None:
    token = sign(payments.parts.settings, purpose="order", id_="ord_not_here_yet")

    page = payments.client.get(f"/payments/pay/{token}", headers=HTML)

    assert page.status_code == 200
    assert "Your order is being prepared" in page.text
    assert 'http-equiv="refresh"' in page.text
    assert payments.client.post(f"/payments/pay/{token}").status_code == 404


def test_a_payer_sees_the_sum_and_is_led_to_the_provider_and_back(payments: House) -> None:
    order = payments.submit("card")
    token = sign(payments.parts.settings, purpose="order", id_=order)

    page = payments.client.get(f"/payments/pay/{token}", headers=HTML)
    led = payments.client.post(f"/payments/pay/{token}", headers=HTML)
    waiting = payments.client.get(f"/payments/paid/{token}", headers=HTML)
    payments.pay_by_card(order)
    paid = payments.client.get(f"/payments/paid/{token}", headers=HTML)
    again = payments.client.get(f"/payments/pay/{token}", headers=HTML)

    assert "Pay $575.00 by card" in page.text
    assert led.status_code == 303
    assert led.location.startswith(payments.provider.address)
    assert "being confirmed" in waiting.text
    assert "has arrived" in paid.text
    assert "This order is paid" in again.text


def test_the_payers_pages_show_nothing_of_the_registrants_link_and_a_way_back(payments: House) -> None:
    order = payments.submit("card")
    token = sign(payments.parts.settings, purpose="order", id_=order)

    before = [payments.client.get(f"/payments/{page}/{token}", headers=HTML).text for page in ("pay", "paid")]
    payments.pay_by_card(order)
    after = [payments.client.get(f"/payments/{page}/{token}", headers=HTML).text for page in ("pay", "paid")]

    for page in (*before, *after):
        assert "/registration/mine/" not in page
        assert f"/scheduling/conferences/{CONFERENCE}/page" in page


def test_finance_records_a_payment_and_sees_every_cent(payments: House, desk: FlaskClient) -> None:
    order = payments.submit("cheque")
    path = f"/payments/desk/orders/{order}"
    page = desk.get(path, headers=HTML)

    wrong = desk.post(f"{path}/payments", data=_typed_payment(page.text, amount="575,00"), headers=HTML)
    too_much = desk.post(f"{path}/payments", data=_typed_payment(page.text, amount="5,750.00"), headers=HTML)
    recorded = desk.post(f"{path}/payments", data=_typed_payment(page.text), headers=HTML)
    repeated = desk.post(f"{path}/payments", data=_typed_payment(page.text), headers=HTML)
    after = desk.get(path, headers=HTML)

    assert (wrong.status_code, too_much.status_code) == (422, 422)
    assert "write the amount like" in wrong.text
    assert 'value="575,00"' in wrong.text
    assert "Only $575.00 is still owed" in too_much.text
    assert (recorded.status_code, repeated.status_code) == (303, 303)
    assert payments.order(order).paid_minor == 57500
    assert "1010 Cheques not yet deposited" in after.text
    said = "<dt>Last changed at a desk</dt><dd>by the finance office"
    assert (said in page.text, said in after.text, "recorded by the finance office" in after.text) == (
        False,
        True,
        True,
    )


def test_finance_accepts_a_purchase_order_by_the_page(payments: House, desk: FlaskClient) -> None:
    order = payments.submit("purchase_order")
    page = desk.get(f"/payments/desk/orders/{order}", headers=HTML)
    form = {"csrf_token": _csrf(page.text), "number": "PO 7", "dated": "2020-03-01", "limit": "600.00"}

    small = desk.post(f"/payments/desk/orders/{order}/purchase-order", data=form | {"limit": "500.00"}, headers=HTML)
    response = desk.post(f"/payments/desk/orders/{order}/purchase-order", data=form, headers=HTML)

    assert (small.status_code, response.status_code) == (422, 303)
    assert "ask for a higher limit" in small.text
    assert payments.order(order).purchase_order is not None


@pytest.mark.parametrize("dated", ["0001-01-01", "1999-03-01", "2020-04-12", "9999-12-31"])
def test_a_purchase_order_of_a_date_that_makes_no_sense_is_refused(payments: House, dated: str) -> None:
    order = payments.submit("purchase_order")
    body = {"number": "PO 7", "dated": dated, "limit_minor": FEE_MINOR}

    refused = payments.post(f"/payments/orders/{order}/purchase-order", body)

    assert (refused.status_code, refused.json["type"]) == (422, "urn:reconvene:problem:PurchaseOrderUnfit")
    assert "It was not recorded; please check its date." in refused.json["detail"]
    assert payments.order(order).purchase_order is None


def test_a_desks_form_with_too_long_a_key_changes_nothing(payments: House, desk: FlaskClient) -> None:
    order = payments.submit("purchase_order")
    page = desk.get(f"/payments/desk/orders/{order}", headers=HTML)
    form = {"csrf_token": _csrf(page.text), "number": "PO 7", "dated": "2020-03-01", "limit": "600.00"}

    refused = desk.post(
        f"/payments/desk/orders/{order}/purchase-order", data=form | {"idempotency_key": "k" * 201}, headers=HTML
    )

    assert (refused.status_code, payments.order(order).purchase_order) == (400, None)


def test_finance_records_a_refund_by_the_page(payments: House, desk: FlaskClient) -> None:
    order = payments.paid("cheque")
    payments.cancel(order)
    payments.fix(order)
    refund = payments.refund_of(order)
    listed = desk.get("/payments/desk/refunds?state=awaiting_record", headers=HTML)
    page = desk.get(f"/payments/desk/refunds/{refund.id}", headers=HTML)
    form = {"csrf_token": _csrf(page.text), "reference": "C-20881", "paid_on": "2020-04-09"}

    wrong = desk.post(f"/payments/desk/refunds/{refund.id}/record", data=form | {"paid_on": "2021-01-01"}, headers=HTML)
    response = desk.post(f"/payments/desk/refunds/{refund.id}/record", data=form, headers=HTML)

    assert ">Record<" in listed.text
    assert wrong.status_code == 422
    assert "still to come" in wrong.text
    assert response.status_code == 303
    assert payments.refund_of(order).reference == "C-20881"
    after = desk.get(f"/payments/desk/refunds/{refund.id}", headers=HTML)
    said = "<dt>Last changed at a desk</dt><dd>by the finance office"
    assert (said in page.text, said in after.text) == (False, True)


def test_a_payee_says_where_the_cheque_goes_and_corrects_it(payments: House) -> None:
    refund = _failed_refund(payments)
    token = sign(payments.parts.settings, purpose="payee", id_=refund.id)
    path = f"/payments/payee/{token}"

    page = payments.client.get(path, headers=HTML)
    empty = payments.client.post(path, data={"name": "", "postal_address": "\n"}, headers=HTML)
    first = payments.client.post(path, data={"name": "Dana", "postal_address": "Town Hall\nMillbrook"}, headers=HTML)
    saved = payments.client.get(first.location, headers=HTML)
    corrected = payments.client.post(path, json={"name": "Dana Whitfield", "postal_address": ["1 Main Street"]})

    assert "Where may it go?" in page.text
    assert empty.status_code == 422
    assert (first.status_code, "Thank you" in saved.text) == (303, True)
    assert corrected.json == {
        "refund": refund.id,
        "state": "awaiting_record",
        "amount_minor": 57500,
        "currency": "USD",
        "name": "Dana Whitfield",
        "postal_address": ["1 Main Street"],
    }


@pytest.mark.parametrize(
    "body",
    [
        [],
        "x",
        None,
        {"name": "x"},
        {"name": 1, "postal_address": "x"},
        {"name": "\ud800"},
        {"name": "\u200b", "postal_address": ["x"]},
        {"name": "Dana \u202e", "postal_address": ["x"]},
    ],
)
def test_a_payee_who_says_nonsense_is_told_so(payments: House, body: Any) -> None:
    token = sign(payments.parts.settings, purpose="payee", id_=_failed_refund(payments).id)

    assert payments.client.post(f"/payments/payee/{token}", json=body).status_code == 422


def test_the_desk_says_what_to_do_next_and_the_books_sum_to_zero(payments: House, desk: FlaskClient) -> None:
    _failed_refund(payments)
    cheque = payments.paid("cheque")
    payments.cancel(cheque)
    payments.fix(cheque)
    payments.look_at_runs()

    page = desk.get("/payments/desk", headers=HTML)
    run = desk.get(f"/payments/desk/runs/{RUN}", headers=HTML)
    books = desk.get(f"/payments/desk/books/{CONFERENCE}", headers=HTML)

    for text in ("1 refund to pay by cheque", "1 payee was asked", "74th Annual Conference", "2020 Refunds payable"):
        assert text in page.text
    assert "Still to be refunded" in run.text
    assert re.search(r"Sum</th>.*\$0\.00", books.text), books.text


def test_every_desk_page_of_an_order_in_every_state_can_be_shown(payments: House, desk: FlaskClient) -> None:
    states = [
        payments.submit("card"),
        payments.paid("card"),
        payments.paid("grant"),
        payments.paid("cheque"),
        payments.submit("purchase_order", fee_minor=0),
    ]
    payments.cancel(*states[1:])
    payments.fix(states[3])

    shown: list[Order] = [payments.order(each) for each in states]

    assert {desk.get(f"/payments/desk/orders/{each.id}", headers=HTML).status_code for each in shown} == {200}
    assert desk.get(f"/payments/desk/orders?number={shown[0].number.lower()}", headers=HTML).text.count(shown[0].number)
    assert desk.get("/payments/desk/orders/none", headers=HTML).status_code == 404


# bad input


@pytest.mark.parametrize("auth", [FINANCE, None], ids=["signed in", "not signed in"])
def test_no_bad_input_to_the_api_is_our_mistake(payments: House, auth: tuple[str, str] | None) -> None:
    """Whatever is sent to the described routes is answered as described, and never with a 500."""
    schema = schemathesis.openapi.from_wsgi("/payments/openapi.json", payments.parts.web)

    for found in schema.get_all_operations():

        @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=cast(Any, found).ok().as_strategy())
        def ask(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(auth=auth, checks=[not_a_server_error, response_schema_conformance])

        ask()


def _failed_refund(payments: House) -> Refund:
    order = payments.paid("card", method="refund_fails_later")
    payments.cancel(order)
    payments.fix(order)
    payments.run_jobs("refunds")
    (sent,) = payments.provider_refunds(order)
    payments.provider.told("POST", f"/refunds/{sent.id}", {"status": "failed"})
    payments.hear_provider()
    return payments.refund_of(order)


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def _typed_payment(page: str | None = None, *, amount: str = "575.00") -> dict[str, str]:
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page or "")
    return {
        "csrf_token": _csrf(page) if page else "",
        "idempotency_key": (key.group(1) if key else "") + amount,
        "tender": "cheque",
        "amount": amount,
        "reference": "20881",
        "received_on": "2020-04-09",
    }
