"""A workbook with its sheets, written row by row; a cell is what its value's type says, whatever its text is like."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

CELL_LENGTH_MAX = 32_767  # of a text, in characters
DECIMAL_COUNT_MAX = 4  # of any currency
DAY, INSTANT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
AMOUNTS = ("#,##0", *("#,##0." + "0" * count for count in range(1, DECIMAL_COUNT_MAX + 1)))
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Value = str | int | Decimal | date | datetime | None


def workbook(sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[Value]]]]) -> bytes:
    """The file of these sheets by their names (of letters), each with its heads, which stay in view, and its rows."""
    from xlsxwriter import Workbook  # a service that nobody asks for a workbook doesn't load it

    written = io.BytesIO()
    with Workbook(written, {"constant_memory": True}) as book:  # rows leave the memory as they are written
        formats = {each: book.add_format({"num_format": each}) for each in (DAY, INSTANT, *AMOUNTS)}
        for name, (heads, rows) in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            _write_row(sheet, 0, heads, formats=formats)
            for number, row in enumerate(rows, start=1):
                _write_row(sheet, number, row, formats=formats)
    return written.getvalue()


def _write_row(sheet: "Worksheet", row: int, values: Sequence[Value], *, formats: Mapping[str, "Format"]) -> None:
    for column, value in enumerate(values):
        match value:
            case str() if value:
                sheet.write_string(row, column, _UNWRITABLE.sub("", value)[:CELL_LENGTH_MAX])
            case datetime():
                sheet.write_datetime(row, column, value, formats[INSTANT])
            case date():
                sheet.write_datetime(row, column, value, formats[DAY])
            case Decimal():
                decimals = min(max(-int(value.as_tuple().exponent), 0), DECIMAL_COUNT_MAX)
                sheet.write_number(row, column, value, formats[AMOUNTS[decimals]])
            case int():
                sheet.write_number(row, column, value)
            case _:
                pass  # an empty cell
