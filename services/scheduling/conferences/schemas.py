"""The shapes of conferences over HTTP, and the kinds of fields that the shapes of every part are made of."""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from services.scheduling.conferences.domain.conference import Conference, Disposition, Life
from shared.lines import as_meant, placed
from shared.sentences import marked, phrase
from shared.settings import Settings
from shared.web import links
from shared.web.languages import later, worded

YEAR_MIN, YEAR_MAX = 1900, 2200
FILL_IN = marked("Please fill this in.")
UNPRINTABLE = marked("%(sign)s can't be printed. Please take it out, or type it again.")
DAY = marked("A day such as 2020-05-17, please.")
_JOINERS = "\u200c\u200d"  # they make one sign of several: an emoji, or letters in Persian and Hindi


def at_most(count: int) -> validate.Length:
    """A text of so many characters at most."""
    return validate.Length(max=count, error=later("Please write at most %(count)s characters.", count=count))


class Text(fields.String):
    """Text as people write it: trimmed, not empty, without characters that can't be printed.

    A space of any width, as text programs put them in, is a space.
    """

    def __init__(self, *, length_max: int, lines: bool = False, **kwargs: Any) -> None:
        lengths = [
            validate.Length(min=1, error=FILL_IN),
            validate.Length(
                max=length_max, error=later("Please write at most %(count)s characters.", count=length_max)
            ),
        ]
        super().__init__(validate=lengths, error_messages={"required": FILL_IN, "null": FILL_IN}, **kwargs)
        self.lines = lines

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs)).replace("\r\n", "\n")
        text = "".join(" " if unicodedata.category(character) == "Zs" else character for character in text).strip()
        text = as_meant(text).strip(_JOINERS).strip()  # alone they show nothing
        shown = _JOINERS + ("\n\t" if self.lines else "")
        for at, character in enumerate(text):
            if not (character.isprintable() or character in shown):
                raise ValidationError(worded(phrase(UNPRINTABLE, sign=placed(text, at))))
        return text


class OptionalText(Text):
    """Text that may be empty."""

    def __init__(self, *, length_max: int, lines: bool = False, **kwargs: Any) -> None:
        super().__init__(length_max=length_max, lines=lines, **kwargs)
        self.validators = [at_most(length_max)]


class Day(fields.Date):
    """A calendar day of a year that a conference may be in."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(error_messages={"invalid": DAY, "required": DAY, "null": DAY}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:
        day: date = super()._deserialize(value, attr, data, **kwargs)
        if not YEAR_MIN <= day.year <= YEAR_MAX:
            raise ValidationError(f"A year between {YEAR_MIN} and {YEAR_MAX}, please.")
        return day


class Request(Schema):
    """A request with exactly these fields; any other is refused."""

    class Meta:
        unknown = RAISE


class NewConference(Request):
    """A conference to be drafted."""

    conference_key = fields.String(
        required=True,
        data_key="key",
        validate=validate.Regexp(
            r"[a-z0-9][a-z0-9-]{0,31}\Z", error="Up to 32 small letters, digits, hyphens, please."
        ),
        metadata={"description": "What people call it; used once.", "example": "74th"},
    )
    title = Text(required=True, length_max=200, metadata={"example": "74th Annual Conference"})
    city = Text(required=True, length_max=120, metadata={"example": "St. Louis, Missouri"})
    zone = Text(required=True, length_max=64, metadata={"description": "IANA time zone", "example": "America/Chicago"})
    currency = fields.String(
        required=True,
        validate=validate.Regexp(r"[A-Z]{3}\Z", error="Three capital letters, such as USD, please."),
        metadata={"description": "ISO 4217", "example": "USD"},
    )
    starts = Day(required=True, metadata={"example": "2020-05-17"})
    ends = Day(required=True, metadata={"example": "2020-05-20"})
    venue = OptionalText(length_max=200, load_default="", metadata={"example": "America's Center"})
    text = OptionalText(
        length_max=3000,
        lines=True,
        load_default="",
        metadata={"description": "What the committee tells everyone beside the facts."},
    )


class AssociationsConference(NewConference):
    """A conference to be drafted, and whose it is."""

    currency = fields.String(
        load_default="",
        validate=validate.Regexp(r"([A-Z]{3})?\Z", error="Three capital letters, such as USD, please."),
        metadata={"description": "ISO 4217. Left out: that of its association, if it has said one."},
    )

    association = fields.String(
        load_default="",
        validate=validate.Regexp(r"([a-z0-9][a-z0-9-]{0,31})?\Z", error="The id of an association, please."),
        metadata={"description": "Whose it is. Left out: your own, or with a key of the installation the first."},
    )


def _agreed() -> fields.String:
    told = "The `agree` of the refusal that said what the change does to the programme, once that is meant."
    return fields.String(load_default="", validate=validate.Length(max=64), metadata={"description": told})


class ConferenceForm(NewConference):
    """A draft as a form has it, all of it."""

    agreed = _agreed()


class WordsForm(Request):
    """An announced conference in other words, all of them."""

    title = Text(required=True, length_max=200)
    venue = OptionalText(length_max=200, load_default="")
    text = OptionalText(length_max=3000, lines=True, load_default="")


class ConferenceChanges(NewConference):
    """What is to be changed of a conference; what is left out stays."""

    agreed = _agreed()

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"partial": True} | options))


def renamed(asked: Mapping[str, Any]) -> dict[str, Any]:
    """A request's fields under the names that a conference has them."""
    return {name.removeprefix("conference_"): value for name, value in asked.items()}


class Page(Schema):
    """Which part of a list."""

    after = Text(length_max=64, load_default=None, metadata={"description": "The cursor `next` of the page before."})
    limit = fields.Integer(load_default=50, strict=False, validate=validate.Range(min=1, max=200))


class ConferencePage(Page):
    """Which conferences."""

    key = Text(length_max=32, load_default=None, metadata={"description": "Only the conference with this key."})


def _day(description: str = "") -> fields.String:
    return fields.String(metadata={"format": "date", "description": description})


class CancellationAnswer(Schema):
    """Why a conference doesn't take place."""

    run = fields.String()
    reason = fields.String()
    decision = fields.String()
    cancelled_on = _day()
    choose_by = _day("The last day for choosing.")
    choose_until = fields.String(metadata={"format": "date-time"})


class ConferenceAnswer(Schema):
    """A conference."""

    id = fields.String()
    key = fields.String()
    title = fields.String()
    city = fields.String()
    venue = fields.String(metadata={"description": "The house; empty while it isn't known."})
    text = fields.String()
    zone = fields.String()
    currency = fields.String()
    association = fields.String(metadata={"description": "Whose it is."})
    starts = _day()
    ends = _day()
    life = fields.String(validate=validate.OneOf([each.value for each in Life]))
    disposition = fields.String(validate=validate.OneOf([each.value for each in Disposition]))
    cancellation = fields.Nested(CancellationAnswer, allow_none=True)
    page = fields.String(metadata={"description": "The address of its public page."})


class ConferencesAnswer(Schema):
    """A part of the list of conferences."""

    items = fields.List(fields.Nested(ConferenceAnswer))
    next = fields.String(allow_none=True)


def conference_json(conference: Conference, *, settings: Settings, now: datetime) -> dict[str, Any]:
    """A conference as the API answers it."""
    cancellation = conference.cancellation
    return {
        "id": conference.id,
        "key": conference.key,
        "title": conference.title,
        "city": conference.city,
        "venue": conference.venue,
        "text": conference.text,
        "zone": conference.zone,
        "currency": conference.currency,
        "association": conference.association,
        "starts": conference.starts.isoformat(),
        "ends": conference.ends.isoformat(),
        "life": conference.life_at(now).value,
        "disposition": conference.disposition.value,
        "cancellation": None
        if cancellation is None
        else {
            "run": cancellation.run,
            "reason": cancellation.reason,
            "decision": cancellation.decision,
            "cancelled_on": cancellation.cancelled_on.isoformat(),
            "choose_by": cancellation.choose_by.isoformat(),
            "choose_until": cancellation.choose_until.isoformat(),
        },
        "page": links.conference(settings, conference.id),
    }
