"""Tables as files: what was written is what is read, nothing is calculated, and no file is too much."""

import csv
import io
import json
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from services.scheduling.programme.domain import table_files
from services.scheduling.programme.domain.table_files import (
    csv_of,
    document_from,
    json_of,
    tables_from_csv,
    tables_from_json,
    tables_from_xlsx,
    xlsx_of,
)
from services.scheduling.programme.domain.tables import (
    COLUMNS,
    KEYS,
    ROW_COUNT_MAX,
    FileUnreadable,
    Row,
    Tables,
    neutralised,
    plain,
)
from services.scheduling.programme.schemas.reading import read_tables

ZONE = "America/Chicago"
SLOWLY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # a workbook takes its time
texts = st.text(st.characters(exclude_categories=["C", "Zs", "Zl", "Zp"], include_characters=" \n"), max_size=30).map(
    lambda each: each.strip()
)
dangerous = st.builds(
    lambda start, rest: (start + rest).strip(), st.sampled_from(["=", "+", "-", "@", "'", "''", "'="]), texts
)
cells = st.one_of(texts, dangerous)


@st.composite
def written(draw: st.DrawFn) -> Tables:
    """Tables full of anything that a cell may hold; their keys are there and differ."""
    tables: dict[str, tuple[Row, ...]] = {}
    for table, columns in COLUMNS.items():
        keys = draw(st.lists(cells.filter(bool), max_size=3, unique=True))
        some = st.dictionaries(st.sampled_from(columns), cells, max_size=4)
        tables[table] = tuple(
            Row(number, dict.fromkeys(columns, "") | draw(some) | {KEYS[table]: key})
            for number, key in enumerate(keys, start=2)
        )
    return tables


def contents(tables: Tables) -> dict[str, list[dict[str, str]]]:
    return {table: [dict(row.cells) for row in rows] for table, rows in tables.items()}


@given(st.text())
def test_what_was_neutralised_is_itself_again(text: str) -> None:
    assert plain(neutralised(text)) == text


@SLOWLY
@given(written())
def test_sessions_come_back_from_csv_as_they_were(tables: Tables) -> None:
    assert tables_from_csv(csv_of(tables)) == {"sessions": tables["sessions"]}


@SLOWLY
@given(written())
def test_all_tables_come_back_from_a_workbook_as_they_were(tables: Tables) -> None:
    assert tables_from_xlsx(xlsx_of(tables)) == tables


@SLOWLY
@given(written())
def test_all_tables_come_back_from_json_with_what_they_said(tables: Tables) -> None:
    back = tables_from_json(document_from(json_of(tables)))

    said = {table: [{k: v for k, v in row.items() if v} for row in rows] for table, rows in contents(back).items()}
    assert said == {
        table: [{k: v for k, v in row.items() if v} for row in rows] for table, rows in contents(tables).items()
    }


@SLOWLY
@given(written())
def test_no_spreadsheet_calculates_what_somebody_wrote(tables: Tables) -> None:
    rows = list(csv.reader(io.StringIO(csv_of(tables).decode("utf-8-sig"), newline="")))
    book = load_workbook(io.BytesIO(xlsx_of(tables)))

    shown = [cell for row in rows[1:] for cell in row]
    types = {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value}
    assert [each for each in shown if each.startswith(("=", "+", "-", "@"))] == []
    assert types <= {"s"}


@pytest.mark.parametrize("title", ["＝1+1", "  =1+1", "-1", "'=1+1"])  # noqa: RUF001 - some programs calculate it
def test_what_a_spreadsheet_would_calculate_is_marked_in_the_file_and_comes_back_unmarked(title: str) -> None:
    out = csv_of({"sessions": (Row(2, {"code": "C-1", "title": title}),)})

    assert f",'{title}," in next(line for line in out.decode("utf-8-sig").splitlines() if line.startswith("C-1"))
    assert tables_from_csv(out)["sessions"][0].cells["title"] == title.strip()


def test_a_table_by_somebody_else_is_read_however_it_was_typed() -> None:
    content = "\ufeffCode;Title ;minutes;pinned\r\nC-1;Records, kept;75;yes\r\n;;;\r\n".encode()

    assert tables_from_csv(content) == {
        "sessions": (Row(2, {"code": "C-1", "title": "Records, kept", "minutes": "75", "pinned": "yes"}),)
    }


def test_a_workbook_by_somebody_else_has_numbers_and_times() -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = "Sessions"
    sheet.append(["code", "minutes", "starts", "seats", "pinned", "title"])
    ten = datetime(2025, 5, 19, 10)  # noqa: DTZ001 - a spreadsheet has no zones
    sheet.append(["C-1", 75, ten, 30.0, True, date(2025, 5, 19)])
    content = io.BytesIO()
    book.save(content)

    (row,) = tables_from_xlsx(content.getvalue())["sessions"]

    assert row.cells == {
        "code": "C-1",
        "minutes": "75",
        "starts": "2025-05-19T10:00",
        "seats": "30",
        "pinned": "yes",
        "title": "2025-05-19T00:00",
    }


def packed(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


LINES = b"code\n" + b"C-1\n" * (ROW_COUNT_MAX + 1)


@pytest.mark.parametrize(
    ("read", "content", "sentence"),
    [
        (tables_from_csv, b"", "empty"),
        (tables_from_csv, b"x" * (table_files.FILE_BYTE_COUNT_MAX + 1), "larger than"),
        (tables_from_csv, b"\xff\xfe\x00", "no CSV file"),
        (tables_from_csv, b'code,title\n"C-1', "no CSV file"),
        (tables_from_csv, b"title\nRecords\n", "no column “code”".encode().decode()),
        (tables_from_csv, b"code,colour\nC-1,red\n", "is none that we know"),
        (tables_from_csv, b"code,title,title\nC-1,a,b\n", "stands there twice"),
        (tables_from_csv, b"code,title\nC-1,a,b\n", "more cells than columns"),
        (tables_from_csv, b"code,title\nC-1," + b"a" * 7_000, "too long"),
        (tables_from_csv, LINES, "more than 2000 rows"),
        (tables_from_xlsx, b"PK\x03\x04nonsense", "no workbook"),
        (tables_from_xlsx, b"code\nC-1", "no workbook"),
        (tables_from_xlsx, packed(hello=b"there"), "no workbook"),
        (tables_from_xlsx, packed(bomb=b"0" * (table_files.UNPACKED_BYTE_COUNT_MAX + 1)), "unpacks to more"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(read: Any, content: bytes, sentence: str) -> None:
    with pytest.raises(FileUnreadable) as refused:
        read(content)

    assert sentence in refused.value.detail
    assert "othing was imported" in refused.value.detail


@pytest.mark.parametrize("document", ["[]", "{}", '{"talks": []}', '{"rooms": {}}', '{"rooms": [1]}'])
def test_a_document_without_our_tables_is_refused(document: str) -> None:
    with pytest.raises(FileUnreadable):
        tables_from_json(json.loads(document))


def test_a_cell_that_is_a_list_is_refused() -> None:
    with pytest.raises(FileUnreadable):
        tables_from_json({"sessions": [{"code": "C-1", "needs": ["stream"]}]})


def test_every_fault_is_named_at_once_with_its_row_and_column() -> None:
    tables = tables_from_csv(
        b"code,title,kind,minutes,room,starts,speakers,pinned,approved_by,approved_minutes,after\n"
        b"C-1,,party,0,mills,,Sam <nowhere>,maybe,clerks,x,\n"
        b"C 2,Records,academy,75,mills,noon,boss: Sam,no,,,\n"
        b"c-1,Records,academy,75,,,,,,,\n"
    )

    faults = [(each.row, each.column) for each in read_tables(tables, zone=ZONE).faults]

    assert faults == [
        (2, "title"),
        (2, "kind"),
        (2, "minutes"),
        (2, "approved_minutes"),
        (2, "starts"),
        (2, "speakers"),
        (2, "pinned"),
        (3, "code"),
        (3, "starts"),
        (3, "speakers"),
        (4, "code"),
    ]


def test_times_without_an_offset_are_those_of_the_conference() -> None:
    tables = tables_from_csv(b"code,room,starts\nC-1,mills,2025-05-19 10:00\nC-2,mills,2025-05-19T10:00+02:00\n")

    starts = [each.starts.isoformat() for each in read_tables(tables, zone=ZONE).sessions if each.starts]

    assert starts == ["2025-05-19T15:00:00+00:00", "2025-05-19T08:00:00+00:00"]
