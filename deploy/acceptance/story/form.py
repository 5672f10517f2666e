"""Reading a story: every key known, every value of its kind. How the figures fit together is `rules.py`."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import available_timezones

import iso4217

from deploy.acceptance.story.model import Group, Story, Tender, TenderCounts, refuse
from deploy.acceptance.story.places import Places
from deploy.acceptance.story.rules import refuse_impossible

FILE_SIZE_MAX_BYTES = 1024 * 1024
TEXT_LENGTH_MAX = 200
KEY_LENGTH_MAX = 32  # as scheduling takes it
PEOPLE_PER_ORDER_MAX = 200  # registration puts no more on one order
YEAR_MIN, YEAR_MAX = 2000, 2100  # outside of these no business clock of the demo can go
DECIMALS_SUPPORTED = (0, 2, 3)
# Some machines list these among the zones: what they mean differs by machine, or is nothing at all.
_ZONES_OF_NO_PLACE = frozenset({"localtime", "Factory"})

_TABLES = ("conference", "terms", "registrations", "choices", "faults")
_CONFERENCE_KEYS = ("key", "title", "city", "starts", "ends", "zone", "currency", "cancelled_on", "choose_by")
_GROUP_KEYS = (
    "count",
    "tender",
    "price_minor",
    "guests",
    "guest_price_minor",
    "without_email",
    "people_per_order",
    "leave_before",
)
_CHOICES = ("credit", "donate")
_CHOOSING_TENDERS = tuple(str(tender) for tender in Tender if tender.is_paid_by_registrant)
_OTHER_TENDERS = tuple(str(tender) for tender in Tender if not tender.is_paid_by_registrant)


def load_story(path: Path) -> Story:
    """The story in a file; raises `StoryRefused` for one that can't be."""
    text = _text(path)
    places = Places.found(path, text=text)
    story = _story(_parsed(text, path=path), places=places)
    refuse_impossible(story, places=places)
    return story


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            refuse(str(path), "this is a folder, not a story.", "Name a file in it, such as 74th.toml.")
        if not path.exists():
            refuse(str(path), "there is no such file.", "The stories of the demo are in deploy/stories.")
        if not path.is_file():
            refuse(str(path), "this is not a file that can be read to its end.", "Name a TOML file.")
        if path.stat().st_size > FILE_SIZE_MAX_BYTES:
            refuse(str(path), "this file is larger than 1 MiB, and a story is a page.", "Name a story.")
        return path.read_text(encoding="utf-8-sig")  # some editors put a mark in front, which TOML doesn't know
    except UnicodeDecodeError:
        refuse(str(path), "this is not text in UTF-8.", "Save it as UTF-8, as TOML asks.")
    except OSError as error:
        refuse(str(path), f"the file can't be read ({error.strerror}).", "Name a file that you may read.")


def _parsed(text: str, *, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        refuse(str(path), f"this is not TOML: {error}.", "Correct that line.")


def _story(document: dict[str, Any], *, places: Places) -> Story:
    root = _Table(values=document, places=places, name="")
    root.refuse_unknown(_TABLES)
    conference = root.table("conference", keys=_CONFERENCE_KEYS, required=True)
    terms = root.table("terms", keys=("organiser_cancels_fee_minor", "leave_fee_minor"))
    choices = root.table("choices", keys=_CHOICES)
    faults = root.table("faults", keys=("cards_refusing_refund",))
    return Story(
        key=_key(conference),
        title=conference.text("title"),
        city=conference.text("city"),
        starts=conference.day("starts"),
        ends=conference.day("ends"),
        zone=_zone(conference),
        currency=_currency(conference),
        cancelled_on=conference.day("cancelled_on"),
        choose_by=conference.day("choose_by"),
        organiser_cancels_fee_minor=terms.whole_number("organiser_cancels_fee_minor"),
        groups=tuple(_group(table) for table in root.tables("registrations", keys=_GROUP_KEYS)),
        credit=_tender_counts(choices, "credit"),
        donate=_tender_counts(choices, "donate"),
        cards_refusing_refund=faults.whole_number("cards_refusing_refund"),
        leave_fee_minor=terms.whole_number("leave_fee_minor"),
    )


@dataclass(frozen=True)
class _Table:
    """One table of the file, asked for its values by key and kind."""

    values: dict[str, Any]
    places: Places
    name: str
    number: int = 0

    def refuse(self, key: str, reason: str, remedy: str) -> NoReturn:
        refuse(self.places.of(self.name, key, number=self.number), reason, remedy)

    def refuse_unknown(self, keys: tuple[str, ...]) -> None:
        for key in self.values:
            if key not in keys:
                self.refuse(key, f"{key!r} is not known here.", f"Use only {_listed(keys)}.")

    def table(self, key: str, *, keys: tuple[str, ...], required: bool = False) -> "_Table":
        name = f"{self.name}.{key}" if self.name else key
        if key not in self.values and required:
            self.refuse(key, "the table is missing.", f"Add [{name}].")
        values = self.values.get(key, {})
        if not isinstance(values, dict):
            self.refuse(key, "this must be a table.", f"Write [{name}] on a line of its own and the values below it.")
        inner = _Table(values=values, places=self.places, name=name)
        inner.refuse_unknown(keys)
        return inner

    def tables(self, key: str, *, keys: tuple[str, ...]) -> list["_Table"]:
        values = self.values.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            self.refuse(key, "this must be a list of groups.", f"Write [[{key}]], in double brackets, for each group.")
        groups = [
            _Table(values=value, places=self.places, name=key, number=number)
            for number, value in enumerate(values, start=1)
        ]
        for group in groups:
            group.refuse_unknown(keys)
        return groups

    def required(self, key: str) -> Any:
        if key not in self.values:
            self.refuse(key, "the key is missing.", f"Add a line that begins with `{key} =`.")
        return self.values[key]

    def text(self, key: str) -> str:
        value = self.required(key)
        if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > TEXT_LENGTH_MAX:
            self.refuse(key, "this must be a line of words.", f"Write one to {TEXT_LENGTH_MAX} characters in quotes.")
        return str(value)

    def day(self, key: str) -> date:
        value = self.required(key)
        if type(value) is not date:
            self.refuse(key, f"{value!s} is not a day.", "Write a day without quotes, such as 2020-04-09.")
        if not YEAR_MIN <= value.year <= YEAR_MAX:
            self.refuse(key, f"{value} can't be reached.", f"Use a year from {YEAR_MIN} to {YEAR_MAX}.")
        return date(value.year, value.month, value.day)

    def whole_number(self, key: str) -> int:
        value = self.values.get(key, 0)
        if type(value) is not int:  # true and false are numbers to the language, and not to a treasurer
            self.refuse(key, f"{value!r} is not a whole number.", "Write digits only; amounts are in minor units.")
        if value < 0:
            self.refuse(key, f"{value} is below zero.", "Write zero or more.")
        return int(value)


def _key(conference: _Table) -> str:
    key = conference.text("key")
    if len(key) > KEY_LENGTH_MAX or not re.fullmatch(r"[a-z0-9][a-z0-9-]*", key):
        conference.refuse(
            "key",
            f"{key!r} can't name a conference.",
            f"Use up to {KEY_LENGTH_MAX} small letters, digits and hyphens, beginning with a letter or digit.",
        )
    return key


def _zone(conference: _Table) -> str:
    if "zone" not in conference.values:
        return "UTC"
    zone = conference.text("zone")
    if zone not in available_timezones() - _ZONES_OF_NO_PLACE:
        conference.refuse("zone", f"{zone!r} is not a time zone.", "Use a name such as America/Chicago or UTC.")
    return zone


def _currency(conference: _Table) -> str:
    code = conference.text("currency")
    try:
        decimals = iso4217.Currency(code).exponent
    except ValueError:
        conference.refuse("currency", f"{code!r} is not an ISO 4217 code.", "Use capital letters, such as USD.")
    if decimals not in DECIMALS_SUPPORTED:
        conference.refuse(
            "currency", f"amounts in {code} can't be kept here.", "Use a currency with 0, 2 or 3 decimals, such as USD."
        )
    return code


def _group(table: _Table) -> Group:
    group = Group(
        tender=_tender(table),
        count=table.whole_number("count"),
        price_minor=table.whole_number("price_minor"),
        guests=table.whole_number("guests"),
        guest_price_minor=table.whole_number("guest_price_minor"),
        without_email=table.whole_number("without_email"),
        people_per_order=_people_per_order(table),
        leave_before=table.whole_number("leave_before"),
    )
    if group.count and not group.price_minor:
        table.refuse("price_minor", "a registration here has no price.", "Write what one costs, in minor units.")
    return group


def _people_per_order(table: _Table) -> int:
    if "people_per_order" not in table.values:
        return 1
    count = table.whole_number("people_per_order")
    if not 2 <= count <= PEOPLE_PER_ORDER_MAX:
        table.refuse(
            "people_per_order",
            f"an order of several can't be of {count}.",
            f"Use 2 to {PEOPLE_PER_ORDER_MAX}, or leave the key away where everyone orders for themselves.",
        )
    return count


def _tender(table: _Table) -> Tender:
    value = table.required("tender")
    if not isinstance(value, str) or value not in tuple(Tender):
        table.refuse("tender", f"{value!r} is not a tender.", f"Use one of {_listed(tuple(Tender))}.")
    return Tender(value)


def _tender_counts(choices: _Table, choice: str) -> TenderCounts:
    table = choices.table(choice, keys=_CHOOSING_TENDERS + _OTHER_TENDERS)
    for tender in _OTHER_TENDERS:
        if table.whole_number(tender):
            table.refuse(
                tender,
                "grants and open purchase orders have no money of their own to choose about.",
                f"Use only {_listed(_CHOOSING_TENDERS)}.",
            )
    return TenderCounts(**{tender: table.whole_number(tender) for tender in _CHOOSING_TENDERS})


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else words[0]
