"""The desk's list of who has registered: found by name, town or invoice, narrowed, sorted, page by page, as a file."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openpyxl import load_workbook

from services.registration.registering.store import REGISTRATIONS
from tests.integration.registration_house import House, house
from tests.namespaces import Namespace
from tests.town import COMMITTEE

LIST = "/registration/desk/conferences/74th"


@pytest.fixture(scope="module")
def busy(module_namespace: Namespace) -> Iterator[House]:
    """A conference with sixty registrations, three of them of people with names and towns of their own."""
    with house(module_namespace) as registration:
        registration.open_conference("74th")
        registration.register(tender="cheque", person={"name": "Zoë Peña", "email": "zp@millbrook.example"})
        registration.register(person={"name": "=Ana Lind", "postal_address": ["1 Quay", "Ålesund"]})
        grant = registration.register(tender="grant", person={"name": "Lou Vance", "email": "lou@quincy.example"})
        invoiced = {"$set": {"invoice": "INV-2020-0000-0000-0042", "life": "confirmed"}}
        registration.database.mongo[REGISTRATIONS.name].update_one({"_id": grant["registration"]}, invoiced)
        for _ in range(57):
            registration.register(tender="card")
        yield registration


def shown(registration: House, question: str = "") -> str:
    response = registration.client.get(f"{LIST}{question}", auth=COMMITTEE, headers={"Accept": "text/html"})
    assert response.status_code == 200, response.text
    return response.text


def names(page: str) -> list[str]:
    table = page.split('id="list"')[1]
    return re.findall(r'<th scope="row" class="">(?:<a [^>]*>)?([^<]*)(?:</a>)?</th>', table)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("pena", ["Zoë Peña"]),
        ("ZOE+millbrook", ["Zoë Peña"]),
        ("alesund", ["=Ana Lind"]),
        ("inv-2020-0000-0000-0042", ["Lou Vance"]),
        ("quincy.example", ["Lou Vance"]),
        ("nobody+is+called+so", []),
    ],
)
def test_somebody_is_found_by_name_town_address_or_invoice(busy: House, query: str, found: list[str]) -> None:
    assert names(shown(busy, f"?q={query}")) == found


def test_the_list_is_narrowed_by_state_and_tender(busy: House) -> None:
    assert names(shown(busy, "?state=confirmed")) == ["Lou Vance"]
    assert names(shown(busy, "?tender=cheque&state=submitted")) == ["Zoë Peña"]
    assert "State" in re.findall(r"makes no sense \(([^)]*)\)", shown(busy, "?state=lost"))


def test_every_registration_is_on_one_page_only_newest_first(busy: House) -> None:
    first = shown(busy, "?sort=-registered")
    (address,) = re.findall(rf'href="{LIST}(\?[^"]*after=[^"]*)">Next ones', first)
    second = shown(busy, address.replace("&amp;", "&"))

    assert "sort=-registered" in address
    assert (len(names(first)), len(names(second))) == (50, 10)
    assert names(second)[-1] == "Zoë Peña"
    assert "Next ones" not in second


def test_what_is_found_is_saved_as_csv_whole(busy: House) -> None:
    response = busy.client.get(f"{LIST}?as=csv", auth=COMMITTEE)
    rows = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))

    assert response.headers["Content-Disposition"] == "attachment; filename=registrations-74th.csv"
    assert len(rows) == 60
    assert (rows[1]["Name"], rows[1]["Postal address"]) == ("'=Ana Lind", "1 Quay, Ålesund")
    assert (rows[0]["E-mail"], rows[0]["Price, currency"]) == ("zp@millbrook.example", "USD")
    assert {row["Price"] for row in rows} == {"575.00"}


def test_what_is_found_is_saved_as_a_workbook_with_numbers_and_times(busy: House) -> None:
    response = busy.client.get(f"{LIST}?as=xlsx&q=zoe", auth=COMMITTEE)
    heads, row = load_workbook(io.BytesIO(response.data)).active.iter_rows()
    cells: dict[Any, Any] = {head.value: cell for head, cell in zip(heads, row, strict=True)}

    assert (cells["Name"].value, cells["Price"].value, cells["Price"].number_format) == ("Zoë Peña", 575, "#,##0.00")
    assert cells["Registered (America/Chicago)"].is_date
    assert cells["Invoice"].value is None


def test_the_list_and_its_files_are_for_desks_only(busy: House) -> None:
    assert busy.client.get(f"{LIST}?as=csv", headers={"Accept": "application/json"}).status_code == 401
