"""Spreadsheet files: CSV with the mark by which programs know UTF-8, and XLSX; text is never a formula."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shared.money import exponent
from shared.web.workbook import Value, workbook

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES: Mapping[str, str] = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX_TYPE}


@dataclass(frozen=True, slots=True)
class Sheet:
    """Heads, and rows of as many cells."""

    heads: Sequence[str]
    rows: Iterable[Sequence[Value]]


def amount(amount_minor: int, currency: str) -> Decimal:
    """`157000` of `USD` as `1570.00`, exactly."""
    return Decimal(amount_minor).scaleb(-exponent(currency))


def csv_of(sheet: Sheet) -> bytes:
    """Comma-separated; days and instants as ISO writes them, amounts with a point."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([_harmless(each) for each in sheet.heads])
    writer.writerows([_csv_cell(value) for value in row] for row in sheet.rows)
    return written.getvalue().encode("utf-8-sig")


def _csv_cell(value: Value) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case date():
            return value.isoformat()
        case str():
            return _harmless(value)
        case int() | Decimal():
            return str(value)


def _harmless(text: str) -> str:
    # A name that begins like a formula must not become one in somebody's spreadsheet.
    return f"'{text}" if text.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


def xlsx_of(sheet: Sheet) -> bytes:
    """A workbook with one sheet, its heads held in place; days, instants and amounts are such to the spreadsheet."""
    return book_of({"List": sheet})


def book_of(sheets: Mapping[str, Sheet]) -> bytes:
    """A workbook with several sheets by their names, each like that of `xlsx_of`."""
    return workbook({name: (sheet.heads, sheet.rows) for name, sheet in sheets.items()})


WRITERS: Mapping[str, Callable[[Sheet], bytes]] = {"csv": csv_of, "xlsx": xlsx_of}
