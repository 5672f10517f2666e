"""The shapes of series over HTTP."""

from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.conferences.domain.resolution import SEATS, quorum_of
from services.scheduling.conferences.schemas import YEAR_MAX, YEAR_MIN, Day, Request, Text
from services.scheduling.series.domain.series import Edition, Series

KEY = validate.Regexp(r"[a-z0-9][a-z0-9-]{0,23}\Z", error="Up to 24 small letters, digits, hyphens, please.")
COUNT_MAX = 999
_WHOLE: dict[str, str | list[Any] | dict[Any, Any]] = {
    "invalid": "A whole number, please.",
    "required": "Please fill this in.",
    "null": "Please fill this in.",
}


class Whole(fields.Integer):
    """A count, as a form or a program writes it."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        range_ = validate.Range(min=least, max=most, error=f"A number from {least} to {most}, please.")
        super().__init__(validate=range_, error_messages=_WHOLE, **kwargs)


def _year(**kwargs: Any) -> Whole:
    return Whole(least=YEAR_MIN, most=YEAR_MAX, required=True, metadata={"example": 2025}, **kwargs)


def _city() -> Text:
    return Text(required=True, length_max=120, metadata={"example": "St. Louis, Missouri"})


class NewSeries(Request):
    """A series to be begun."""

    series_key = fields.String(
        required=True,
        data_key="key",
        validate=KEY,
        error_messages={"required": "Please fill this in."},
        metadata={"description": "What people call it, in addresses; used once.", "example": "congress"},
    )
    title = Text(required=True, length_max=160, metadata={"example": "Annual Conference"})
    first_year = Whole(
        least=YEAR_MIN,
        most=YEAR_MAX,
        load_default=None,
        allow_none=True,
        metadata={"description": "The year of the 1st edition. Left out: its editions have no numbers."},
    )
    seats = Whole(
        least=1, most=COUNT_MAX, load_default=SEATS, metadata={"description": "Of the board that awards its years."}
    )


class AssociationsSeries(NewSeries):
    """A series to be begun, and whose it is."""

    association = fields.String(
        load_default="",
        validate=validate.Regexp(r"([a-z0-9][a-z0-9-]{0,31})?\Z", error="The id of an association, please."),
        metadata={"description": "Whose it is. Left out: your own, or with a key of the installation the first."},
    )


class NewBid(Request):
    """A city that asks for a year."""

    city = _city()
    year = _year()


class NewHost(Request):
    """A year that was given away before awards were recorded here."""

    city = _city()
    year = _year()


class Taken(Request):
    """A conference that becomes an edition."""

    conference = Text(required=True, length_max=64)


class NewAward(Request):
    """A year for a city, as the board has resolved."""

    city = _city()
    year = _year()
    text = Text(required=True, length_max=5000, lines=True, metadata={"description": "Of the decision; public."})
    on = Day(required=True, metadata={"description": "The day of the meeting.", "example": "2020-06-11"})
    present = Whole(least=0, most=COUNT_MAX, required=True)
    votes_for = Whole(least=0, most=COUNT_MAX, required=True)
    votes_against = Whole(least=0, most=COUNT_MAX, required=True)
    zone = fields.String(load_default="", validate=validate.Length(max=64), metadata={"example": "America/Chicago"})
    currency = fields.String(
        load_default="",
        validate=validate.Regexp(r"([A-Z]{3})?\Z", error="Three capital letters, such as USD, please."),
        metadata={"description": "ISO 4217. Left out, as the zone: the newest edition's.", "example": "USD"},
    )


class ResolutionAnswer(Schema):
    """What the board has resolved; the figures of the vote are for desks."""

    text = fields.String()
    on = fields.String(metadata={"format": "date"})
    present = fields.Integer()
    votes_for = fields.Integer()
    votes_against = fields.Integer()
    seats = fields.Integer()


class EditionAnswer(Schema):
    """One year and its host."""

    year = fields.Integer()
    city = fields.String()
    ordinal = fields.String()
    conference = fields.String(metadata={"description": "Empty where it isn't run here."})
    resolution = fields.Nested(ResolutionAnswer, allow_none=True)


class BidAnswer(Schema):
    """A city that has asked."""

    city = fields.String()
    year = fields.Integer()
    filed_on = fields.String(metadata={"format": "date"})


class SeriesAnswer(Schema):
    """A series, its years with a host, and the bids on file."""

    key = fields.String()
    title = fields.String()
    association = fields.String()
    first_year = fields.Integer(allow_none=True)
    seats = fields.Integer()
    quorum = fields.Integer()
    editions = fields.List(fields.Nested(EditionAnswer))
    bids = fields.List(fields.Nested(BidAnswer))


class AllSeriesAnswer(Schema):
    """The series that somebody sees."""

    items = fields.List(fields.Nested(SeriesAnswer))


def series_json(series: Series) -> dict[str, Any]:
    """A series as a desk's API answers it."""
    return {
        "key": series.id,
        "title": series.title,
        "association": series.association,
        "first_year": series.first_year,
        "seats": series.seats,
        "quorum": quorum_of(series.seats),
        "editions": [edition_json(each) for each in series.editions],
        "bids": [{"city": each.city, "year": each.year, "filed_on": each.filed_on.isoformat()} for each in series.bids],
    }


def edition_json(edition: Edition) -> dict[str, Any]:
    """One of its years, as a desk's API answers it."""
    resolution = edition.award.resolution if edition.award else None
    return {
        "year": edition.year,
        "city": edition.city,
        "ordinal": edition.ordinal,
        "conference": edition.conference,
        "resolution": resolution
        and {
            "text": resolution.text,
            "on": resolution.on.isoformat(),
            "present": resolution.present,
            "votes_for": resolution.votes_for,
            "votes_against": resolution.votes_against,
            "seats": resolution.seats,
        },
    }
