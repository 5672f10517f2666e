"""Lists of the desks: what their address asks, what a spreadsheet is given, and that text is never a formula."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import repeat

import pytest
from flask import Flask, Response
from openpyxl import load_workbook

from shared.web import spreadsheets, words
from shared.web.paging import Page, Sort
from shared.web.tables import FILE_LENGTH_MAX, Asked, Column, Filter, Kind, Shown, Sum, Table, in_a_cell

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Fee:
    """A row."""

    name: str
    owed_minor: int
    currency: str
    due: date | None
    made_at: datetime


FEES = (
    Fee("Ana Peña", 157_000, "USD", date(2020, 4, 30), datetime(2020, 4, 1, 14, 5, tzinfo=UTC)),
    Fee("=HYPERLINK(1)", 57_500, "JPY", None, datetime(2020, 4, 2, 0, 0, tzinfo=UTC)),
)
TABLE: Table[Fee] = Table(
    name="fees",
    columns=(
        Column(name="name", label="Name", value=lambda fee: fee.name, sort="name"),
        Column(
            name="owed",
            label="Owed",
            value=lambda fee: Sum(fee.owed_minor, fee.currency),
            kind=Kind.SUM,
            sort="owed_minor",
        ),
        Column(name="due", label="Due", value=lambda fee: fee.due, kind=Kind.DAY),
        Column(name="made", label="Made", value=lambda fee: fee.made_at, kind=Kind.INSTANT),
    ),
    filters=(Filter(name="state", label="State", choices={"open": "Open", "paid": "Paid"}),),
    search="A name.",
    zone="America/Chicago",
)


def asked_at(address: str) -> Asked:
    with Flask("fees").test_request_context(address):
        return TABLE.asked()


def page_at(address: str, *, page: Page[Fee]) -> str:
    app = Flask("fees")
    app.jinja_loader = words.loader()
    app.add_url_rule("/fees", "fees", lambda: "")
    with app.test_request_context(address):
        shown = Shown(table=TABLE, asked=TABLE.asked(), page=page)
        macros = app.jinja_env.get_template("tables.html").module
        return str(macros.search(shown)) + str(macros.listing(shown, "Nobody owes anything."))  # type: ignore[attr-defined]


def file_of(kind: str) -> Response:
    def rows() -> Iterator[Fee]:
        yield from FEES

    with Flask("fees").test_request_context("/fees"):
        return TABLE.file(rows(), kind=kind)


def test_a_file_that_is_cut_short_says_so_at_its_end() -> None:
    with Flask("fees").test_request_context("/fees"):
        whole, cut = (
            TABLE.file(repeat(FEES[0], FILE_LENGTH_MAX + more), kind="csv").get_data(as_text=True) for more in (0, 1)
        )

    assert whole.count("Ana Pe") == cut.count("Ana Pe") == FILE_LENGTH_MAX
    assert "Only the first 50,000 are in this file. Narrow the list" not in whole
    assert "Only the first 50,000 are in this file. Narrow the list" in cut.splitlines()[-1]


def test_an_address_says_what_is_asked() -> None:
    asked = asked_at("/fees?q=++ana+pe%C3%B1a&state=open&sort=-owed&after=xyz&as=csv")

    assert asked == Asked(
        query="ana peña",
        filters={"state": "open"},
        sort=Sort("owed_minor", is_descending=True),
        after="xyz",
        file="csv",
    )


def test_what_makes_no_sense_is_named_and_left_out() -> None:
    asked = asked_at("/fees?state=lost&sort=due&as=exe")

    assert asked == Asked(wrong=("State", "Order"))


def test_csv_has_its_mark_and_no_formula() -> None:
    file = file_of("csv")

    assert file.headers["Content-Disposition"] == "attachment; filename=fees.csv"
    assert file.data.startswith(b"\xef\xbb\xbf")
    assert file.data.decode("utf-8-sig").splitlines() == [
        'Name,Owed,"Owed, currency",Due,Made (America/Chicago)',
        "Ana Peña,1570.00,USD,2020-04-30,2020-04-01 09:05",
        "'=HYPERLINK(1),57500,JPY,,2020-04-01 19:00",
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "  =1"])
def test_no_text_becomes_a_formula(text: str) -> None:
    sheet = spreadsheets.Sheet(["What"], [[text]])

    cell = load_workbook(io.BytesIO(spreadsheets.xlsx_of(sheet))).active["A2"]

    assert cell.data_type in ("s", "inlineStr")
    assert f"'{text}" in spreadsheets.csv_of(spreadsheets.Sheet(["What"], [[text]])).decode("utf-8-sig")


def test_a_workbook_has_days_instants_and_amounts_as_such() -> None:
    rows = list(load_workbook(io.BytesIO(file_of("xlsx").data)).active.iter_rows())

    assert [[cell.value for cell in row] for row in rows] == [
        ["Name", "Owed", "Owed, currency", "Due", "Made (America/Chicago)"],
        ["Ana Peña", 1570, "USD", datetime(2020, 4, 30), datetime(2020, 4, 1, 9, 5)],  # noqa: DTZ001 - as a sheet has it
        ["=HYPERLINK(1)", 57500, "JPY", None, datetime(2020, 4, 1, 19, 0)],  # noqa: DTZ001
    ]
    assert [cell.number_format for cell in rows[1]] == [
        "General",
        "#,##0.00",
        "General",
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm",
    ]
    assert rows[2][1].number_format == "#,##0"
    assert (rows[1][1].data_type, rows[1][3].data_type, rows[2][0].data_type) == ("n", "d", "s")


def test_characters_that_no_workbook_holds_are_left_out() -> None:
    sheet = spreadsheets.Sheet(["What"], [["be\x0bll\x00s"]])

    assert load_workbook(io.BytesIO(spreadsheets.xlsx_of(sheet))).active["A2"].value == "bells"


def test_amounts_are_exact() -> None:
    assert spreadsheets.amount(9_007_199_254_740_993, "USD") == Decimal("90071992547409.93")
    assert str(spreadsheets.amount(-5, "KWD")) == "-0.005"


def test_pages_and_heads_keep_the_rest_of_the_question() -> None:
    page = page_at("/fees?q=ana&state=open&sort=owed&after=abc&year=2020", page=Page(list(FEES), next="n&xt"))

    assert 'href="/fees?q=ana&amp;state=open&amp;sort=owed&amp;after=n%26xt&amp;year=2020"' in page
    assert 'href="/fees?q=ana&amp;state=open&amp;sort=-owed&amp;year=2020"' in page
    assert 'href="/fees?q=ana&amp;state=open&amp;sort=name&amp;year=2020"' in page
    assert 'href="/fees?q=ana&amp;state=open&amp;sort=owed&amp;year=2020&amp;as=xlsx"' in page
    assert '<input type="hidden" name="sort" value="owed"><input type="hidden" name="year" value="2020">' in page
    assert 'aria-sort="ascending"' in page
    assert '<option value="open" selected>Open</option>' in page
    assert "=HYPERLINK(1)" in page


def test_an_empty_list_says_why() -> None:
    assert "Nobody owes anything." in page_at("/fees", page=Page([]))
    assert 'Nothing is like that. <a href="/fees">Show all</a>' in page_at("/fees?q=bob", page=Page([]))


def test_what_is_searched_for_is_never_markup() -> None:
    page = page_at("/fees?q=%22%3E%3Cscript%3E", page=Page([]))

    assert "<script>" not in page
    assert "&#34;&gt;&lt;script&gt;" in page


def test_cells_as_people_read_them() -> None:
    found = [
        in_a_cell(each, zone="Asia/Tokyo")
        for each in (None, 12_345, Sum(157_000, "USD"), *(FEES[0].due, FEES[0].made_at))
    ]

    assert found == ["", "12,345", "$1,570.00", "Apr 30, 2020", "2020-04-01 23:05"]
