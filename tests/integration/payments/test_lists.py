"""The finance desk's lists of orders and refunds: found by number, narrowed, sorted, and as files."""

import csv
import io
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook

from tests.integration.payments_house import CONFERENCE, House, house
from tests.integration.provider_fixtures import RunningProvider
from tests.namespaces import Namespace
from tests.town import FINANCE

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def desk(module_namespace: Namespace, shared_provider: RunningProvider) -> Iterator[House]:
    """A cancelled conference with three orders, two of which are paid and go back."""
    with house(module_namespace, shared_provider) as payments:
        orders = [payments.paid("cheque"), payments.paid("grant"), payments.submit("purchase_order")]
        payments.cancel(*orders)
        payments.fix(orders[0])
        yield payments


def rows(desk: House, address: str) -> list[dict[str, str]]:
    response = desk.client.get(f"/payments/desk/{address}", auth=FINANCE)
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))


def test_orders_are_saved_with_sums_as_numbers(desk: House) -> None:
    found = rows(desk, "orders?as=csv")

    assert len(found) == 3
    assert {each["Total"] for each in found} == {"575.00"}
    assert {each["Total, currency"] for each in found} == {"USD"}
    assert [each["Pays by"] for each in rows(desk, "orders?as=csv&tender=grant")] == ["grant"]


def test_orders_are_sorted_by_number_both_ways(desk: House) -> None:
    up = [each["Invoice"] for each in rows(desk, f"orders?as=csv&conference={CONFERENCE}&sort=number")]
    down = [each["Invoice"] for each in rows(desk, f"orders?as=csv&conference={CONFERENCE}&sort=-number")]

    assert up == sorted(up)
    assert down == up[::-1]


def test_a_refund_is_found_by_its_invoice(desk: House) -> None:
    all_refunds = rows(desk, "refunds?as=csv")
    for refund in all_refunds:
        number = desk.order(refund["Order"]).number
        assert rows(desk, f"refunds?as=csv&q={number}") == [refund]

    assert len(all_refunds) >= 1
    assert rows(desk, "refunds?as=csv&q=INV-1999-0000-0000-0000") == []


def test_refunds_are_a_workbook_in_the_order_asked_for(desk: House) -> None:
    response = desk.client.get("/payments/desk/refunds?as=xlsx&sort=-amount&state=awaiting_record", auth=FINANCE)
    heads, *found = load_workbook(io.BytesIO(response.data)).active.iter_rows()
    amounts = [row[0].value for row in found]

    assert [cell.value for cell in heads][:2] == ["Amount", "Amount, currency"]
    assert amounts == sorted(amounts, reverse=True)
    assert {row[0].number_format for row in found} == {"#,##0.00"}


def test_what_makes_no_sense_is_said_and_everything_else_shown(desk: House) -> None:
    page = desk.client.get("/payments/desk/refunds?state=lost&rail=cheque", auth=FINANCE, headers=HTML)

    assert page.status_code == 200
    assert "What was asked for makes no sense (State)" in page.text
    assert '<option value="cheque" selected>' in page.text


def test_a_place_that_no_page_led_to_is_not_found(desk: House) -> None:
    page = desk.client.get(
        "/payments/desk/orders?sort=number&after=W3siJGd0IjogIiJ9LCAiYSJd", auth=FINANCE, headers=HTML
    )

    assert page.status_code == 404


def test_what_was_done_about_strays_is_searched_sorted_and_saved_however_many_there_are(desk: House) -> None:
    strays = [desk.stray() for _ in range(52)]
    for number, stray in enumerate(strays):
        note = "Sent back to Peña." if number == 7 else "Recorded on its order."
        assert desk.post(f"/payments/strays/{stray}/look", {"note": note}).status_code == 200

    newest_first = [each["At the card provider"] for each in rows(desk, "strays?as=csv")]
    first = desk.client.get("/payments/desk/strays", auth=FINANCE, headers=HTML).text
    (found,) = rows(desk, "strays?as=csv&q=pena")

    assert (newest_first[0], newest_first[-1], len(newest_first)) == (strays[-1], strays[0], 52)
    assert strays[0] not in first
    assert "Next ones" in first
    assert (found["At the card provider"], found["Amount"], found["What was done"]) == (
        strays[7],
        "575.00",
        "Sent back to Peña.",
    )
    assert rows(desk, "strays?as=csv&sort=looked_at")[0]["At the card provider"] == strays[0]
    nothing = desk.client.get("/payments/desk/strays?q=nobody", auth=FINANCE, headers=HTML).text
    assert "Nothing is like that." in nothing


def test_a_refused_note_leaves_the_list_of_what_was_done_where_it_is(desk: House) -> None:
    stray = desk.stray()
    desk.client.get("/payments/desk", auth=FINANCE)

    refused = desk.client.post(f"/payments/desk/strays/{stray}", data={"note": ""}, auth=FINANCE, headers=HTML)

    assert refused.status_code == 422
    assert f"/payments/desk/strays/{stray}?" not in refused.text
