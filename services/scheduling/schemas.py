"""The shapes of scheduling's requests and answers over HTTP, and how its states are written as JSON."""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from services.scheduling.conferences.domain.conference import Conference, Disposition, Life
from services.scheduling.decisions.domain.disruption import TENDERS, Disruption, Stakes
from shared.lines import as_meant, placed
from shared.settings import Settings
from shared.web import links

YEAR_MIN, YEAR_MAX = 1900, 2200
FILL_IN = "Please fill this in."
DAY = "A day such as 2020-05-17, please."
_JOINERS = "\u200c\u200d"  # they make one sign of several: an emoji, or letters in Persian and Hindi
TICK = "Please tick that you have read what will happen. Nothing was cancelled yet."


class Text(fields.String):
    """Text as people write it: trimmed, not empty, without characters that can't be printed.

    A space of any width, as text programs put them in, is a space.
    """

    def __init__(self, *, length_max: int, lines: bool = False, **kwargs: Any) -> None:
        lengths = [
            validate.Length(min=1, error=FILL_IN),
            validate.Length(max=length_max, error=f"At most {length_max} characters, please."),
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
                raise ValidationError(f"{placed(text, at)} can't be printed. Please take it out, or type it again.")
        return text


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


def _agreed() -> fields.String:
    told = "The `agree` of the refusal that said what the change does to the programme, once that is meant."
    return fields.String(load_default="", validate=validate.Length(max=64), metadata={"description": told})


class ConferenceForm(NewConference):
    """A draft as a form has it, all of it."""

    agreed = _agreed()


class ConferenceChanges(NewConference):
    """What is to be changed of a draft; what is left out stays."""

    agreed = _agreed()

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"partial": True} | options))


def renamed(asked: Mapping[str, Any]) -> dict[str, Any]:
    """A request's fields under the names that a conference has them."""
    return {name.removeprefix("conference_"): value for name, value in asked.items()}


class CancelRequest(Request):
    """The decision that a conference will not take place."""

    reason = Text(required=True, length_max=500, metadata={"description": "Shown to everyone, in a sentence or two."})
    decision = Text(required=True, length_max=5000, lines=True, metadata={"description": "Its text, public."})
    choose_by = Day(required=True, metadata={"description": "The last day for choosing, in the conference's zone."})


class CancelForm(CancelRequest):
    """The same decision by a form: whoever takes it has read what will happen."""

    confirmed = fields.String(
        required=True, validate=validate.Equal("yes", error=TICK), error_messages={"required": TICK}
    )


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
    zone = fields.String()
    currency = fields.String()
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


class PartAnswer(Schema):
    """The confirmed registrations of one tender."""

    tender = fields.String()
    registration_count = fields.Integer()
    guest_count = fields.Integer()
    paid_minor = fields.Integer()
    open_minor = fields.Integer()


class PreviewAnswer(Schema):
    """What a cancellation would touch."""

    conference = fields.String()
    currency = fields.String()
    registration_count = fields.Integer()
    guest_count = fields.Integer()
    held_minor = fields.Integer(metadata={"description": "Paid by card, cheque and transfer, and held for the payers."})
    granted_minor = fields.Integer()
    open_minor = fields.Integer(metadata={"description": "On purchase orders that are not paid yet."})
    message_count = fields.Integer()
    tenders = fields.List(fields.Nested(PartAnswer))


class DecisionAnswer(Schema):
    """A decision that was taken, and where to follow it."""

    run = fields.String()
    conference = fields.String()
    choose_until = fields.String(metadata={"format": "date-time"})
    board = fields.String()


class MissingAnswer(Schema):
    """How much is still missing."""

    told = fields.Integer()
    worked_out = fields.Integer()
    settled = fields.Integer()


class OutcomeAnswer(Schema):
    """Where every cent went."""

    revision = fields.Integer()
    refunded_minor = fields.Integer()
    credited_minor = fields.Integer()
    donated_minor = fields.Integer()
    kept_minor = fields.Integer()
    voided_minor = fields.Integer()
    released_minor = fields.Integer()


class BoardAnswer(Schema):
    """What has come back after a decision."""

    run = fields.String()
    conference = fields.String()
    state = fields.String(validate=validate.OneOf(["running", "settling", "settled"]))
    decided_at = fields.String(metadata={"format": "date-time"})
    choose_until = fields.String(metadata={"format": "date-time"})
    currency = fields.String()
    ended_count = fields.Integer()
    closed_count = fields.Integer(allow_none=True)
    told_count = fields.Integer()
    letter_count = fields.Integer()
    bounced_count = fields.Integer()
    worked_out_count = fields.Integer()
    settled_count = fields.Integer()
    refund_open_count = fields.Integer()
    refund_settled_count = fields.Integer()
    refunds_payable_minor = fields.Integer()
    balance_short_minor = fields.Integer()
    choice_open_minor = fields.Integer()
    is_everyone_told = fields.Boolean()
    is_money_settled = fields.Boolean()
    missing = fields.Nested(MissingAnswer, allow_none=True)
    outcome = fields.Nested(OutcomeAnswer, allow_none=True)


class UntoldAnswer(Schema):
    """Registrations that have ended and whose registrants were not told yet."""

    count = fields.Integer()
    items = fields.List(fields.String())


def conference_json(conference: Conference, *, settings: Settings, now: datetime) -> dict[str, Any]:
    """A conference as the API answers it."""
    cancellation = conference.cancellation
    return {
        "id": conference.id,
        "key": conference.key,
        "title": conference.title,
        "city": conference.city,
        "zone": conference.zone,
        "currency": conference.currency,
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


def preview_json(conference: Conference, stakes: Stakes) -> dict[str, Any]:
    """What a cancellation would touch, as the API answers it."""
    whole = stakes.whole
    return {
        "conference": conference.id,
        "currency": conference.currency,
        "registration_count": whole.registration_count,
        "guest_count": whole.guest_count,
        "held_minor": stakes.held_minor,
        "granted_minor": stakes.granted_minor,
        "open_minor": stakes.open_minor,
        "message_count": whole.registration_count,
        "tenders": [
            {
                "tender": tender,
                "registration_count": part.registration_count,
                "guest_count": part.guest_count,
                "paid_minor": part.paid_minor,
                "open_minor": part.open_minor,
            }
            for tender in sorted(stakes.parts, key=[*TENDERS, *stakes.parts].index)
            for part in [stakes.parts[tender]]
        ],
    }


def decision_json(record: Disruption, *, settings: Settings) -> dict[str, Any]:
    """A decision that was taken, as the API answers it."""
    return {
        "run": record.id,
        "conference": record.conference,
        "choose_until": record.cancellation.choose_until.isoformat(),
        "board": f"{settings.urls['scheduling']}/scheduling/desk/runs/{record.id}",
    }
