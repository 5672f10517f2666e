"""The kinds of fields that the shapes of a programme are made of."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from services.scheduling.conferences.schemas import YEAR_MAX, YEAR_MIN, Text
from shared.mail_address import what_is_unreachable
from shared.sentences import marked
from shared.web.languages import worded

WHOLE_MINUTES = "A time in whole minutes and with its offset, such as 2025-05-19T10:00:00-05:00, please."


class Word(fields.String):
    """A short name for things to be told apart by: small letters, digits and hyphens."""

    def __init__(self, **kwargs: Any) -> None:
        shape = validate.Regexp(r"[a-z0-9][a-z0-9-]{0,47}\Z", error="Up to 48 small letters, digits, hyphens, please.")
        super().__init__(validate=shape, **kwargs)


class Instant(fields.AwareDateTime):
    """A moment in whole minutes, told with its offset."""

    def __init__(self, **kwargs: Any) -> None:
        told: dict[str, str | list[Any] | dict[Any, Any]] = {
            "invalid": WHOLE_MINUTES,
            "invalid_awareness": WHOLE_MINUTES,
            "format": WHOLE_MINUTES,
        }
        super().__init__(format="iso", error_messages=told, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        if not isinstance(value, str):
            raise ValidationError(WHOLE_MINUTES)
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        if not YEAR_MIN < moment.year < YEAR_MAX:
            raise ValidationError(f"A year between {YEAR_MIN} and {YEAR_MAX}, please.")
        if moment.second or moment.microsecond:
            raise ValidationError(WHOLE_MINUTES)
        return moment.astimezone(UTC)


def several(kind: Any, count_max: int, **kwargs: Any) -> fields.List[Any]:
    """A list of one kind of field, up to a count."""
    return fields.List(kind, validate=validate.Length(max=count_max), **kwargs)


def must_be_reachable(address: str) -> None:
    """Raises `ValidationError` with what keeps a mail server from taking this address."""
    if why := what_is_unreachable(address):
        raise ValidationError(worded(why))


class EmailLine(Text):
    """An e-mail address that a mail server can be given."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(length_max=254, **kwargs)
        self.validators = [
            *self.validators,
            validate.Email(error=marked("This is no e-mail address. Please write it like name@town.example.")),
            must_be_reachable,
        ]
