"""A programme as tables of text, which is what people exchange: the columns, the rows, and what is wrong with a cell.

Whatever file it comes in (CSV, a workbook, schedule.json), it is these tables first, and they are read in one way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from shared.problem import Invalid

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "rooms": ("id", "name", "seats", "features", "step_free", "open"),
    "tracks": ("id", "title"),
    "times": ("id", "starts", "ends"),
    "settings": ("name", "value"),
    "speakers": ("id", "name", "email", "postal_address", "language", "biography", "complimentary", "away"),
    "sessions": (
        "code", "title", "kind", "minutes", "track", "room", "starts", "speakers", "abstract", "language", "level",
        "needs", "after", "seats", "option", "price_minor", "approved_by", "approved_minutes", "approval", "assessed",
        "state", "pinned", "cancelled", "online_url", "replaces",
    ),
}  # fmt: skip
KEYS: Mapping[str, str] = {
    "rooms": "id", "tracks": "id", "times": "id", "settings": "name", "speakers": "id", "sessions": "code",
}  # fmt: skip
SEATS_UNKNOWN = "?"  # of a room that has as many seats as before, and none if it is new
STRANGER = "~"  # how the word begins by which a file that gives no addresses names somebody
ROW_COUNT_MAX = 2_000
CELL_LENGTH_MAX = 6_000
FAULTS_SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its number as its author sees it, and its cells by column."""

    number: int
    cells: Mapping[str, str]


Tables = Mapping[str, tuple[Row, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong, where, and why."""

    table: str
    row: int
    column: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """The fault as the API answers it."""
        return {"table": self.table, "row": self.row, "column": self.column, "reason": self.reason}


class ImportRefused(Invalid):
    """A file with faults changes nothing; all of them are named at once."""

    title = "The file was not imported"
    code: ClassVar[str] = "import"

    def __init__(self, faults: list[Fault]) -> None:
        shown = faults[:FAULTS_SHOWN_MAX]
        many = f"{len(faults)} cells are" if len(faults) > 1 else "One cell is"
        super().__init__(
            f"{many} not right, so nothing was imported. Correct them in the file, then send it again.",
            faults=[each.as_json() for each in shown],
            fault_count=len(faults),
        )


class FileUnreadable(Invalid):
    """What was sent is no file of a kind that we read."""

    title = "The file can't be read"


def must_have_known_columns(table: str, columns: list[str]) -> None:
    """Refuse a table with a column that we don't know, or twice: a misspelled one would be left out unseen."""
    for number, column in enumerate(columns):
        if column not in COLUMNS[table] or column in columns[:number]:
            what = "stands there twice" if column in COLUMNS[table] else "is none that we know"
            raise FileUnreadable(
                f"The column “{column[:40]}” of the {table} {what}. Nothing was imported; the columns are "
                f"{', '.join(COLUMNS[table])}."
            )
    if KEYS[table] not in columns:
        raise FileUnreadable(f"The {table} have no column “{KEYS[table]}”. Nothing was imported; add it to the file.")


_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - a spreadsheet calculates with these


def neutralised(text: str) -> str:
    """The text as a spreadsheet shows it and never calculates it; `plain` takes it back."""
    return f"'{text}" if _is_calculated(text) or _is_neutralised(text) else text


def plain(cell: str) -> str:
    """The text of a cell that was neutralised, or was not."""
    return cell[1:] if _is_neutralised(cell) else cell


def _is_calculated(text: str) -> bool:
    return text.lstrip(" ").startswith(_DANGEROUS)


def _is_neutralised(text: str) -> bool:
    return text.startswith("'") and (text.startswith("''") or _is_calculated(text[1:]))
