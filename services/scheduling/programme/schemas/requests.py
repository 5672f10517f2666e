"""The shapes of the draft's requests and answers over HTTP, and how its states are written as JSON."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.scheduling.conferences.schemas import FILL_IN, Day, OptionalText, Page, Request, Text
from services.scheduling.programme.domain.people import Introduction
from services.scheduling.programme.domain.programme import (
    MINUTES_MAX,
    Approval,
    Casting,
    Editorial,
    Kind,
)
from services.scheduling.programme.schemas.frame import SEATS_MAX, WINDOW_COUNT_MAX, WORD_COUNT_MAX, WindowShape
from services.scheduling.programme.schemas.kinds import EmailLine, Instant, Word, several

PRICE_MINOR_MAX = 100_000_000
CAST_MAX = 50


class ApprovalShape(Request):
    """What an education board approved."""

    scheme = Text(required=True, length_max=40)
    minutes = fields.Integer(required=True, strict=True, validate=validate.Range(1, MINUTES_MAX))
    must_be_reviewed = fields.Boolean(load_default=False)
    is_approved = fields.Boolean(load_default=True)
    must_be_assessed = fields.Boolean(load_default=False)

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> Approval:
        """The approval."""
        return Approval(**asked)


class SessionChanges(Request):
    """What is said of a session; what is left out stays."""

    code = fields.String(
        validate=validate.Regexp(
            r"[A-Za-z0-9][A-Za-z0-9.-]{0,15}\Z", error="Such as C-31, up to 16 characters, please."
        ),
        metadata={"example": "C-31"},
    )
    title = Text(length_max=200)
    kind = fields.Enum(Kind, by_value=True)
    minutes = fields.Integer(strict=True, validate=validate.Range(1, MINUTES_MAX))
    abstract = OptionalText(length_max=5_000, lines=True)
    track = OptionalText(length_max=48)
    language = fields.String(validate=validate.Regexp(r"[a-z]{2,3}(-[A-Z]{2})?\Z", error="Such as en, please."))
    level = OptionalText(length_max=40)
    needs = several(Word(), WORD_COUNT_MAX)
    after = several(Text(length_max=64), WORD_COUNT_MAX)
    editorial = fields.Enum(Editorial, by_value=True)
    seats_max = fields.Integer(strict=True, allow_none=True, validate=validate.Range(0, SEATS_MAX))
    product = OptionalText(length_max=48)
    price_minor = fields.Integer(strict=True, validate=validate.Range(0, PRICE_MINOR_MAX))
    approval = fields.Nested(ApprovalShape, allow_none=True)
    online_url = fields.String(
        validate=[
            validate.Length(max=500),
            validate.Regexp(r"\Z|https://[!-~]+\Z", error="An https address, or nothing, please."),
        ]
    )
    replaces = OptionalText(length_max=64)

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The fields as a session has them."""
        return {name: tuple(value) if isinstance(value, list) else value for name, value in asked.items()}


class NewSession(SessionChanges):
    """A session to be written into the draft."""

    code = fields.String(
        required=True,
        validate=validate.Regexp(
            r"[A-Za-z0-9][A-Za-z0-9.-]{0,15}\Z", error="Such as C-31, up to 16 characters, please."
        ),
        error_messages={"required": FILL_IN, "null": FILL_IN},
        metadata={"example": "C-31"},
    )
    title = Text(required=True, length_max=200)
    kind = fields.Enum(Kind, by_value=True, required=True)
    minutes = fields.Integer(required=True, strict=True, validate=validate.Range(1, MINUTES_MAX))


class PlaceShape(Request):
    """Where a session is to be: a room and a start; it ends after its own length."""

    room = Text(required=True, length_max=64)
    starts = Instant(required=True)


class SwapShape(Request):
    """With which session another one changes places."""

    other = Text(required=True, length_max=64)
    other_version = fields.Integer(
        required=True, strict=True, validate=validate.Range(1), metadata={"description": "The version seen of it."}
    )


class PinShape(Request):
    """Whether a session stays where it is."""

    is_pinned = fields.Boolean(required=True)


class ReasonShape(Request):
    """Why a session is cancelled."""

    reason = Text(required=True, length_max=500, metadata={"description": "Shown to everyone once it is released."})


class CastingShape(Request):
    """One person's part."""

    person = Text(required=True, length_max=64)
    role = fields.String(load_default="speaker", validate=validate.OneOf(["speaker", "moderator", "panelist"]))
    is_confirmed = fields.Boolean(load_default=False)

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> Casting:
        """The part."""
        return Casting(**asked)


class CastShape(Request):
    """Who is on a session's stage, in order."""

    cast = several(fields.Nested(CastingShape), CAST_MAX, required=True)


class SpeakerShape(Request):
    """Who is to speak. A name and an address that we know is the person we know."""

    name = Text(required=True, length_max=200)
    email = EmailLine(allow_none=True, load_default=None)
    postal_address = several(Text(length_max=200), 8, load_default=[])
    language = fields.String(load_default="en", validate=validate.Regexp(r"[a-z]{2,3}\Z"))
    biography = OptionalText(length_max=3_000, lines=True, load_default="")
    is_complimentary = fields.Boolean(load_default=False)

    @validates_schema
    def must_be_reachable(self, asked: dict[str, Any], **_: Any) -> None:
        """Somebody on a stage is told of every change."""
        if not asked.get("email") and not asked.get("postal_address"):
            raise ValidationError("An e-mail or a postal address, please: they are told of every change.", "email")

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> Introduction:
        """The introduction."""
        return Introduction(**{**asked, "postal_address": tuple(asked["postal_address"])})


class SpeakerWords(Request):
    """A speaker's public name and words."""

    name = Text(required=True, length_max=200)
    biography = OptionalText(length_max=3_000, lines=True, load_default="")


class AwayShape(Request):
    """When a speaker can't come."""

    away = several(fields.Nested(WindowShape), WINDOW_COUNT_MAX, required=True)
    is_complimentary = fields.Boolean(load_default=None, allow_none=True)


class SessionsPage(Page):
    """Which part of the sessions."""

    limit = fields.Integer(load_default=200, strict=False, validate=validate.Range(min=1, max=1000))


class WhatIf(Request):
    """A place that a session might go to."""

    room = Text(required=True, length_max=64)
    starts = Instant(required=True)


class WhichDay(Request):
    """A day at the venue."""

    day = Day(required=True)


class SpeakerEmail(Request):
    """The address for all speakers for whom a file gives none."""

    speaker_email = EmailLine(
        load_default="", metadata={"description": "Of speakers for whom a schedule.json has no address: one for all."}
    )
