"""Lists of the desks: columns with a type, a search box, filters, sorting by their heads, further pages, files.

What is asked for stands in the address and nowhere else: `q`, one name per filter, `sort` (with `-` before it for the
other way round), `after`, and `as` for a file. So a list can be kept as a bookmark, and works without JavaScript.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Response, render_template, request

from shared.collection import Collection
from shared.money import in_words
from shared.web import spreadsheets
from shared.web.current import database
from shared.web.paging import Page, Sort, find_all, find_page
from shared.web.workbook import Value

R = TypeVar("R")
PAGE_LENGTH = 50
FILE_LENGTH_MAX = 50_000  # rows; more than any conference has, and what a spreadsheet still opens at once
QUERY_LENGTH_MAX = 100


class Kind(StrEnum):
    """What a column holds, and so how it is written on a page and in a spreadsheet."""

    TEXT = "text"
    COUNT = "count"
    SUM = "sum"
    DAY = "day"
    INSTANT = "instant"


class Sum(NamedTuple):
    """An amount in minor units of a currency."""

    amount_minor: int
    currency: str


Cell = str | int | Sum | date | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[R]):
    """One column: its name in addresses, its head, and what it says of a row.

    `sort` is the field of the documents by which it sorts; empty where it can't. A telephone leaves out what `is_wide`;
    only files have what is `only_in_files`.
    """

    name: str
    label: str
    value: Callable[[R], Cell]
    kind: Kind = Kind.TEXT
    sort: str = ""
    link: Callable[[R], str | None] = lambda _: None
    is_wide: bool = False
    only_in_files: bool = False

    @property
    def is_number(self) -> bool:
        """Whether its cells stand under each other by their last digit."""
        return self.kind in (Kind.COUNT, Kind.SUM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A choice above the list: its name in addresses, and each value with the words for it; without any, a text."""

    name: str
    label: str
    choices: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks of a list; what makes no sense is named in `wrong` and left out."""

    query: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: Sort = field(default_factory=Sort)
    after: str = ""
    file: str = ""
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[R]):
    """A list as its page shows it, and its name as a file.

    `search` says what the box finds, and is empty where there is no box; `zone` is the time zone of its instants.
    """

    name: str
    columns: Sequence[Column[R]]
    filters: Sequence[Filter] = ()
    search: str = ""
    search_label: str = "Search"
    search_name: str = "q"
    first: Sort = field(default_factory=Sort)
    zone: str = "UTC"

    def asked(self) -> Asked:
        """What this request's address asks for."""
        wrong = []
        filters: dict[str, str] = {}
        for each in self.filters:
            value = request.args.get(each.name, "").strip()
            if value in each.choices or not each.choices:
                filters |= {each.name: value[:QUERY_LENGTH_MAX]} if value else {}
            elif value:
                wrong.append(each.label)
        sort = self._sort(request.args.get("sort", ""))
        if sort is None:
            wrong.append("Order")
        file = request.args.get("as", "")
        return Asked(
            query=" ".join(request.args.get(self.search_name, "").split())[:QUERY_LENGTH_MAX] if self.search else "",
            filters=filters,
            sort=sort or self.first,
            after=request.args.get("after", ""),
            file=file if file in spreadsheets.TYPES else "",
            wrong=tuple(wrong),
        )

    def _sort(self, text: str) -> Sort | None:
        if not text:
            return self.first
        fields = {each.name: each.sort for each in self.columns if each.sort}
        name = text.removeprefix("-")
        return Sort(fields[name], is_descending=text.startswith("-")) if name in fields else None

    def file(self, rows: Iterator[R], *, kind: str) -> Response:
        """The whole list as a file: `csv` or `xlsx`, each cell of its type; one cut short says so at its end."""
        sheet = spreadsheets.Sheet(self._heads(), self._lines(rows))
        response = Response(spreadsheets.WRITERS[kind](sheet), content_type=spreadsheets.TYPES[kind])
        response.headers.set("Content-Disposition", "attachment", filename=f"{self.name}.{kind}")
        response.headers["Cache-Control"] = "no-store"
        return response

    def _lines(self, rows: Iterator[R]) -> Iterator[list[Value]]:
        for row in islice(rows, FILE_LENGTH_MAX):
            yield self._cells(row)
        if next(rows, None) is not None:
            yield [f"Only the first {FILE_LENGTH_MAX:,} are in this file. Narrow the list, and save the rest by parts."]

    def _heads(self) -> list[str]:
        heads = []
        for each in self.columns:
            heads.append(f"{each.label} ({self.zone})" if each.kind is Kind.INSTANT else each.label)
            if each.kind is Kind.SUM:
                heads.append(f"{each.label}, currency")
        return heads

    def _cells(self, row: R) -> list[Value]:
        cells: list[Value] = []
        for each in self.columns:
            value = each.value(row)
            if each.kind is Kind.SUM:
                cells += [spreadsheets.amount(*value), value.currency] if isinstance(value, Sum) else [None, None]
            elif isinstance(value, datetime):
                cells.append(value.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None))
            else:
                assert not isinstance(value, Sum)
                cells.append(value)
        return cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Generic[R]):
    """A page of a list, for the template `tables.html`; `path` is where the list is, if not at this request's path."""

    table: Table[R]
    asked: Asked
    page: Page[R]
    path: str = field(default_factory=lambda: request.path)

    @property
    def is_narrowed(self) -> bool:
        """Whether something was searched for or chosen, so that an empty list is no empty house."""
        return bool(self.asked.query or self.asked.filters)

    def address(self, **changed: str | None) -> str:
        """This list's address with some of what it asks changed; `None` leaves a word out."""
        asked = {**request.args.to_dict(), "as": None, **changed}
        named = {name: value for name, value in asked.items() if value}
        return f"{self.path}?{urlencode(named)}" if named else self.path

    @property
    def everything(self) -> str:
        """The list without what narrows it."""
        return self.address(**dict.fromkeys(self._own))

    def sort_address(self, column: Column[R]) -> str:
        """The list sorted by this column; the other way round if it is already."""
        is_up = self.asked.sort == Sort(column.sort)
        return self.address(sort=f"-{column.name}" if is_up else column.name, after=None)

    def sort_state(self, column: Column[R]) -> str:
        """`ascending`, `descending`, or nothing, as a screen reader is told."""
        if not column.sort or self.asked.sort.field != column.sort:
            return ""
        return "descending" if self.asked.sort.is_descending else "ascending"

    @property
    def carried(self) -> Mapping[str, str]:
        """What a search keeps of the address beside its own fields."""
        return {name: value for name, value in request.args.to_dict().items() if name not in self._own and value}

    @property
    def _own(self) -> frozenset[str]:
        return frozenset({self.table.search_name, "after", "as", *(each.name for each in self.table.filters)})

    @property
    def columns(self) -> Sequence[Column[R]]:
        """Those that a page has."""
        return [each for each in self.table.columns if not each.only_in_files]

    def text(self, column: Column[R], row: R) -> str:
        """A cell as a person reads it."""
        return in_a_cell(column.value(row), zone=self.table.zone)


@dataclass(frozen=True, slots=True)
class Stored(Generic[R]):
    """A list whose rows are the states of one collection; `where` is the condition for what is asked."""

    collection: Collection[R]
    where: Callable[[Asked], Mapping[str, Any]]

    def page(self, asked: Asked) -> Page[R]:
        """The page that was asked for."""
        where = self.where(asked)
        return find_page(database(), self.collection, where, sort=asked.sort, after=asked.after, limit=PAGE_LENGTH)

    def every(self, asked: Asked) -> Iterator[R]:
        """All of them, for a file."""
        return find_all(database(), self.collection, self.where(asked), sort=asked.sort)


def in_a_cell(value: Cell, *, zone: str) -> str:
    """`1,570.00 USD`, `12,345`, `Apr 30, 2020`, `2020-04-30 14:05`; nothing for nothing."""
    match value:
        case None:
            return ""
        case Sum():
            return in_words(value.amount_minor, value.currency)
        case datetime():
            return value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
        case date():
            return str(format_date(value, format="medium", locale="en_US"))
        case int():
            return f"{value:,}"
        case str():
            return value


def answer(
    table: Table[R],
    template: str,
    *,
    page: Callable[[Asked], Page[R]],
    every: Callable[[Asked], Iterator[R]],
    **context: Any,
) -> Response:
    """The list as a page, or as the file that was asked for."""
    asked = table.asked()
    if asked.file:
        return table.file(every(asked), kind=asked.file)
    shown = Shown(table=table, asked=asked, page=page(asked))
    response = Response(render_template(template, shown=shown, **context))
    response.headers["Cache-Control"] = "no-store"
    return response
