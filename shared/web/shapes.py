"""The shapes of requests and answers that all services share: lines of text, amounts, days, further pages.

A shape refuses whatever can't be kept: control characters, amounts no database can hold, endless texts. Its
sentences are read by people too.
"""

import unicodedata
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from shared.lines import as_meant, what_is_wrong
from shared.mail_address import what_is_unreachable
from shared.sentences import marked
from shared.web.languages import gettext, worded

AMOUNT_MINOR_MAX = 10**12  # a sum of many of them still fits into what the database keeps
ID_LENGTH_MAX = 200
LINE_LENGTH_MAX = 200
PAGE_LENGTH, PAGE_LENGTH_MAX = 100, 500


SENTENCES: dict[str, Any] = {
    "required": marked("Please fill this in."),
    "null": marked("Please fill this in."),
    "invalid": marked("Please write text here."),
}


class Line(fields.String):
    """One line of text as a person types it: outer and double blanks don't count, what can't be seen is refused."""

    def __init__(self, *, length_max: int = LINE_LENGTH_MAX, **options: Any) -> None:
        messages = {**SENTENCES, **options.pop("error_messages", {})}
        described = {"minLength": 1, "maxLength": length_max}
        super().__init__(error_messages=messages, metadata=described, **options)
        self.length_max = length_max

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = " ".join(as_meant(super()._deserialize(value, attr, data, **options)).split())
        if not any(unicodedata.category(character)[0] in "LNPS" for character in text):  # nothing to be seen
            raise ValidationError(self.error_messages["required"])
        if len(text) > self.length_max:
            raise ValidationError(gettext("Please write at most %(count)s characters.", count=self.length_max))
        if wrong := what_is_wrong(text):
            raise ValidationError(worded(wrong))
        return text


class EmailLine(Line):
    """An e-mail address that a mail server can be given."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        address = str(
            validate.Email(error=marked("This is no e-mail address. Please write it like name@town.example."))(text)
        )
        if why := what_is_unreachable(address):
            raise ValidationError(worded(why))
        return address


def amount(**options: Any) -> fields.Integer:
    """An amount of money that must be said, in minor units."""
    within = validate.Range(min=1, max=AMOUNT_MINOR_MAX, error="An amount is from {min} to {max} minor units.")
    return fields.Integer(strict=True, required=True, validate=within, **options)


def day() -> fields.Date:
    """A day that must be said, like 2020-04-09."""
    messages: dict[str, Any] = {**SENTENCES, "invalid": "Please write the date like 2020-04-09."}
    return fields.Date(format="iso", required=True, error_messages=messages)


class Shape(Schema):
    """A shape that knows all its fields."""

    class Meta:
        unknown = RAISE


class ListShape(Shape):
    """Which part of a list is asked for."""

    after = Line(load_default="", length_max=ID_LENGTH_MAX)
    limit = fields.Integer(load_default=PAGE_LENGTH, validate=validate.Range(min=1, max=PAGE_LENGTH_MAX))


def required_text() -> fields.String:
    """A text that an answer always has."""
    return fields.String(required=True)


def text_or_none() -> fields.String:
    """A text that an answer has, or null."""
    return fields.String(required=True, allow_none=True)


def required_number() -> fields.Integer:
    """A whole number that an answer always has."""
    return fields.Integer(required=True)
