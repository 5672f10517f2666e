"""Tables as files and back: CSV (sessions alone), a workbook with a sheet for each table, and JSON.

Files are sizes and shapes of strangers: everything is bounded before it is read. What reads and writes workbooks is
loaded when the first one comes, since it is as large as the rest of a part.
"""

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError

from services.scheduling.programme.domain.tables import (
    CELL_LENGTH_MAX,
    COLUMNS,
    ROW_COUNT_MAX,
    FileUnreadable,
    Row,
    Tables,
    must_have_known_columns,
    neutralised,
    plain,
)
from shared.web import spreadsheets

FILE_BYTE_COUNT_MAX = 1024 * 1024
BODY_BYTE_COUNT_MAX = FILE_BYTE_COUNT_MAX + 64 * 1024  # a form has more than the file
UNPACKED_BYTE_COUNT_MAX = 30 * 1024 * 1024  # a zip file may hold a thousand times what it weighs
# What its reader raises about a workbook that isn't one, beside what it documents.
_BROKEN_WORKBOOK = (
    zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError,
    ParseError, zlib.error, NotImplementedError, OverflowError, RuntimeError,
)  # fmt: skip


def must_be_small(content: bytes, *, byte_count_max: int = FILE_BYTE_COUNT_MAX) -> None:
    """Refuse a file that no programme needs."""
    if len(content) > byte_count_max:
        raise FileUnreadable(f"The file is larger than {byte_count_max // 1024} KiB. Nothing was imported.")
    if not content:
        raise FileUnreadable("The file is empty. Nothing was imported; choose another one.")


# CSV


def csv_of(tables: Tables) -> bytes:
    """The sessions as CSV, with a byte order mark, without which a spreadsheet takes it for another code."""
    return spreadsheets.csv_of(_sheet(tables, "sessions"))


def _sheet(tables: Tables, table: str) -> spreadsheets.Sheet:
    """A table as a spreadsheet; every cell is text, so that nothing is calculated."""
    columns = COLUMNS[table]
    rows = ([neutralised(row.cells.get(column, "")) for column in columns] for row in tables.get(table, ()))
    return spreadsheets.Sheet(columns, rows)


def tables_from_csv(content: bytes) -> Tables:
    """The sessions of a CSV file, separated by commas or semicolons."""
    must_be_small(content)
    try:
        text = content.decode("utf-8-sig")
        first = text.partition("\n")[0]
        separator = ";" if first.count(";") > first.count(",") else ","
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileUnreadable(
            f"This is no CSV file in UTF-8 ({type(error).__name__}). Nothing was imported; save it as “CSV UTF-8”."
        ) from None
    return {"sessions": _rows("sessions", _as_meant(lines))}


# workbooks


def xlsx_of(tables: Tables) -> bytes:
    """All tables as a workbook, with a sheet for each."""
    return spreadsheets.book_of({table: _sheet(tables, table) for table in COLUMNS})


def tables_from_xlsx(content: bytes) -> Tables:
    """The tables of a workbook, each on the sheet of its name; other sheets are left alone."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    must_be_small(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) > UNPACKED_BYTE_COUNT_MAX:
                raise FileUnreadable("The workbook unpacks to more than a programme can be. Nothing was imported.")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheets = {sheet.title.strip().lower(): sheet for sheet in book.worksheets}
        read = {table: list(_lines(sheets[table])) for table in COLUMNS if table in sheets}
    except (InvalidFileException, *_BROKEN_WORKBOOK) as error:
        raise FileUnreadable(
            f"This is no workbook that we can read ({type(error).__name__}). Nothing was imported; save it as .xlsx."
        ) from None
    if not read:
        names = ", ".join(COLUMNS)
        raise FileUnreadable(f"The workbook has none of the sheets {names}. Nothing was imported; name its sheets so.")
    return {table: _rows(table, _as_meant(lines)) for table, lines in read.items()}


def _lines(sheet: Any) -> Iterator[list[str]]:
    for number, line in enumerate(sheet.iter_rows(values_only=True, max_col=64)):
        if number > ROW_COUNT_MAX + 1:
            return
        yield [_cell_text(each) for each in line]


def _cell_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case datetime():
            return value.isoformat(timespec="minutes")
        case date():
            return value.isoformat()
        case _:
            return str(value)


# JSON


def json_of(tables: Tables) -> bytes:
    """All tables as JSON: a list of rows for each, without empty cells."""
    document = {
        table: [
            {column: row.cells[column] for column in columns if row.cells.get(column)} for row in tables.get(table, ())
        ]
        for table, columns in COLUMNS.items()
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def tables_from_json(document: object) -> Tables:
    """The tables of a JSON document; a cell may be a text, a number, a yes or no, or left out."""
    if not isinstance(document, dict) or not document.keys() <= COLUMNS.keys() or not document:
        names = ", ".join(COLUMNS)
        raise FileUnreadable(f"The document is no object of {names}. Nothing was imported; name its lists so.")
    return {table: _json_rows(table, rows) for table, rows in document.items()}


def _json_rows(table: str, rows: object) -> tuple[Row, ...]:
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise FileUnreadable(f"The {table} are no list of objects. Nothing was imported.")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    if not rows:
        return ()
    for row in rows:
        for value in row.values():
            if not isinstance(value, str | int | float | bool | None):
                raise FileUnreadable(f"A cell of the {table} is a list or an object. Nothing was imported; write text.")
    return _rows(table, [columns, *([_cell_text(row.get(column)) for column in columns] for row in rows)], first=1)


def document_from(content: bytes, *, byte_count_max: int = FILE_BYTE_COUNT_MAX) -> object:
    """What a JSON file holds."""
    must_be_small(content, byte_count_max=byte_count_max)
    try:
        document = json.loads(content)
        json.dumps(document, ensure_ascii=False).encode()  # half a character, as "\\ud800", is none
        return document
    except (UnicodeError, ValueError):
        raise FileUnreadable("This is no JSON document. Nothing was imported.") from None


# rows


def _as_meant(lines: Iterable[Sequence[str]]) -> list[list[str]]:
    """Cells without the sign that keeps a spreadsheet from calculating."""
    return [[plain(each) for each in line] for line in lines]


def _rows(table: str, lines: Sequence[Sequence[str]], *, first: int = 2) -> tuple[Row, ...]:
    """Lines under their header, numbered as their author sees them; empty ones are left out."""
    if not lines:
        raise FileUnreadable(f"The {table} have no header. Nothing was imported; name the columns in the first line.")
    columns = [each.strip().lower() for each in lines[0]]
    while columns and not columns[-1]:
        columns.pop()
    must_have_known_columns(table, columns)
    if len(lines) - 1 > ROW_COUNT_MAX:
        raise FileUnreadable(f"The {table} have more than {ROW_COUNT_MAX} rows. Nothing was imported.")
    rows = (Row(number, _cells(table, number, columns, line)) for number, line in enumerate(lines[1:], start=first))
    return tuple(row for row in rows if any(row.cells.values()))


def _cells(table: str, number: int, columns: Sequence[str], line: Iterable[str]) -> dict[str, str]:
    cells = [each.strip() for each in line]
    if any(cells[len(columns) :]):
        raise FileUnreadable(f"Row {number} of the {table} has more cells than columns. Nothing was imported.")
    if any(len(each) > CELL_LENGTH_MAX for each in cells):
        raise FileUnreadable(f"Row {number} of the {table} has a cell that is too long. Nothing was imported.")
    return dict(zip(columns, [*cells, *[""] * len(columns)], strict=False))
