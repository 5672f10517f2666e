"""A workbook with its sheets, written row by row as the parts that Office Open XML asks for (ECMA-376, first part).

A library that knows all of that format builds an object for each cell, which made a list of 15,000 rows take ten times
as long; a list needs texts, numbers, days and instants, and a head that stays in view.
"""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from zipfile import ZIP_DEFLATED, ZipFile

CELL_LENGTH_MAX = 32_767  # of a text, in characters
DECIMAL_COUNT_MAX = 4  # of any currency
ROWS_AT_ONCE = 500
FIRST_DAY = date(1899, 12, 30)  # spreadsheets count days from here; those before March 1900 they count wrongly
_DAY_STYLE, _INSTANT_STYLE, _AMOUNT_STYLE = 1, 2, 3  # places in `_STYLES`; an amount's is higher by its decimals
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

Value = str | int | Decimal | date | datetime | None


def workbook(sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[Value]]]]) -> bytes:
    """The file of these sheets by their names (of letters), each with its heads, which stay in view, and its rows."""
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED, compresslevel=5) as package:
        for name, text in _parts(tuple(sheets)).items():
            package.writestr(name, _HEAD + text)
        for place, (heads, rows) in enumerate(sheets.values(), start=1):
            with package.open(f"xl/worksheets/sheet{place}.xml", "w") as sheet:
                sheet.write(f"{_HEAD}{_SHEET}".encode())
                numbered = enumerate(chain([heads], rows), start=1)
                while some := tuple(islice(numbered, ROWS_AT_ONCE)):
                    sheet.write("".join(_row(number, row) for number, row in some).encode())
                sheet.write(b"</sheetData></worksheet>")
    return written.getvalue()


def _row(number: int, values: Sequence[Value]) -> str:
    cells = "".join(_cell(f"{_letters(place)}{number}", value) for place, value in enumerate(values))
    return f'<row r="{number}">{cells}</row>'


def _cell(place: str, value: Value) -> str:
    match value:
        case None | "":
            return ""
        case str():
            return _text(place, value)
        case datetime():
            since = value - datetime.combine(FIRST_DAY, value.min.time())
            days = since.days + since.seconds / 86_400
            return f'<c r="{place}" s="{_INSTANT_STYLE}"><v>{days!r}</v></c>'
        case date():
            return f'<c r="{place}" s="{_DAY_STYLE}"><v>{(value - FIRST_DAY).days}</v></c>'
        case Decimal():
            decimals = min(max(-int(value.as_tuple().exponent), 0), DECIMAL_COUNT_MAX)
            return f'<c r="{place}" s="{_AMOUNT_STYLE + decimals}"><v>{value:f}</v></c>'
        case int():
            return f'<c r="{place}"><v>{value}</v></c>'


def _text(place: str, text: str) -> str:
    plain = _UNWRITABLE.sub("", text)[:CELL_LENGTH_MAX]
    escaped = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escaped}</t></is></c>'


def _letters(place: int) -> str:
    """`A` for the column at 0, `Z` for 25, `AA` for 26."""
    above, own = divmod(place, 26)
    return (_letters(above - 1) if above else "") + chr(ord("A") + own)


def _amount_format(decimals: int) -> str:
    return "#,##0" + ("." + "0" * decimals if decimals else "")


_FORMATS = ("yyyy-mm-dd", "yyyy-mm-dd hh:mm", *map(_amount_format, range(DECIMAL_COUNT_MAX + 1)))
_FIRST_OWN_FORMAT = 164  # those below are every program's own
_SHEET = (
    f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="{len(_FORMATS)}">'
    + "".join(
        f'<numFmt numFmtId="{number}" formatCode="{code}"/>' for number, code in enumerate(_FORMATS, _FIRST_OWN_FORMAT)
    )
    + '</numFmts><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    f'<cellXfs count="{len(_FORMATS) + 1}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    + "".join(
        f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        for number in range(_FIRST_OWN_FORMAT, _FIRST_OWN_FORMAT + len(_FORMATS))
    )
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def _parts(names: Sequence[str]) -> Mapping[str, str]:
    """What a package has beside its sheets, by the name of each part."""
    places = range(1, len(names) + 1)
    typed = "".join(
        f'<Override PartName="/xl/worksheets/sheet{place}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for place in places
    )
    named = "".join(
        f'<sheet name="{name}" sheetId="{place}" r:id="rId{place}"/>' for place, name in enumerate(names, start=1)
    )
    related = "".join(
        f'<Relationship Id="rId{place}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        for place in places
    )
    return {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{typed}'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships">{related}'
            f'<Relationship Id="rId{len(names) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
        ),
        "xl/styles.xml": _STYLES,
    }
