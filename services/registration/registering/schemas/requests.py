"""The shapes of registration's HTTP requests and answers; private to this service.

A shape refuses whatever can't be kept: control characters, amounts no database can hold, more guests than a table
seats. Its sentences are read by people too: the form shows them beside its fields.
"""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.registration.people.domain import Contact
from services.registration.prices.domain.fees import CARD_MINUTES_MIN, Category, Holds, Option
from services.registration.registering.domain.admission import Invitation, read_invitation
from services.registration.registering.domain.registrations import GUEST_COUNT_MAX, Application, Guest, Life, Tender
from shared.auth import opened
from shared.contracts.registration import RefundTerms
from shared.sentences import marked
from shared.web.current import settings
from shared.web.languages import later
from shared.web.shapes import AMOUNT_MINOR_MAX, EmailLine, Line, Shape

ID_LENGTH_MAX = 100
ADDRESS_LINE_COUNT_MAX = 8
CATEGORY_COUNT_MAX = 50
OPTION_COUNT_MAX = 200
PLACE_COUNT_MAX = 1_000_000
PAGE_LENGTH_MAX = 500
TOKEN_LENGTH_MAX = 500

_TOKEN = fields.String(validate=validate.Length(max=TOKEN_LENGTH_MAX))


class InvitationToken(fields.Field[Invitation]):
    """The last part of an invitation's link, as we have signed it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Invitation:
        token = _TOKEN.deserialize(value, attr, data, **options)
        return read_invitation(opened(settings(), purpose="invitation", token=token))


class Amount(fields.Integer):
    """An amount in minor units."""

    def __init__(self, **options: Any) -> None:
        within = validate.Range(min=0, max=AMOUNT_MINOR_MAX, error="An amount is from {min} to {max} minor units.")
        super().__init__(strict=True, validate=within, **options)


class CategoryShape(Shape):
    """One category of a fee table."""

    key = fields.String(required=True, validate=validate.Regexp(r"^[a-z0-9][a-z0-9_-]{0,39}\Z"))
    label = Line(required=True)
    amount_minor = Amount(required=True)
    guest_amount_minor = Amount(load_default=0)
    public = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={"description": "Whether anybody may choose it. Left out: yes, unless it costs nothing."},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Category:
        """The category as the domain has it."""
        return Category(is_public=data.pop("public"), **data)


class OptionShape(Shape):
    """One option of a fee table."""

    key = fields.String(required=True, validate=validate.Regexp(r"^[a-z0-9][a-z0-9_-]{0,39}\Z"))
    label = Line(required=True)
    amount_minor = Amount(required=True)
    session = fields.String(load_default="", validate=validate.Regexp(r"^[!-~]{0,100}\Z"))
    place_count = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(min=0, max=PLACE_COUNT_MAX, error="There are from {min} to {max} places."),
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Option:
        """The option as the domain has it."""
        return Option(**data)


class TermsShape(Shape):
    """The refund terms that are sold with a fee table."""

    organiser_cancels_fee_minor = Amount(load_default=0)
    leave_fee_minor = Amount(load_default=0)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> RefundTerms:
        """The terms as the domain has them."""
        return RefundTerms(**data)


class HoldsShape(Shape):
    """How long an unpaid place of a limited option is held."""

    card_minutes = fields.Integer(
        load_default=Holds().card_minutes,
        strict=True,
        error_messages={"invalid": "Please write a whole number."},
        validate=validate.Range(min=CARD_MINUTES_MIN, max=1440, error="By card it is from {min} to {max} minutes."),
    )
    other_days = fields.Integer(
        load_default=Holds().other_days,
        strict=True,
        error_messages={"invalid": "Please write a whole number."},
        validate=validate.Range(min=1, max=120, error="Otherwise it is from {min} to {max} days."),
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Holds:
        """The times as the domain has them."""
        return Holds(**data)


class FeesShape(Shape):
    """A fee table as it is set."""

    categories = fields.List(
        fields.Nested(CategoryShape), required=True, validate=validate.Length(min=1, max=CATEGORY_COUNT_MAX)
    )
    terms = fields.Nested(TermsShape, load_default=RefundTerms)
    options = fields.List(fields.Nested(OptionShape), load_default=(), validate=validate.Length(max=OPTION_COUNT_MAX))
    holds = fields.Nested(HoldsShape, load_default=None, allow_none=True)


class PersonShape(Shape):
    """Who registers, and how they can be reached."""

    name = Line(required=True)
    email = EmailLine(load_default=None, allow_none=True, length_max=254)
    postal_address = fields.List(
        Line(length_max=100),
        load_default=(),
        validate=validate.Length(
            max=ADDRESS_LINE_COUNT_MAX,
            error=later("Please write at most %(count)s lines.", count=ADDRESS_LINE_COUNT_MAX),
        ),
    )
    language = fields.String(
        load_default="",
        validate=validate.Regexp(r"^[a-z]{2}(-[A-Z]{2})?\Z"),
        metadata={"description": "In which they are written to. Left out: the first of the association's, or English."},
    )

    @validates_schema
    def must_be_reachable(self, data: dict[str, Any], **_: Any) -> None:
        """Without an e-mail address we write letters, and need to know where to."""
        if data.get("email") is None and not data.get("postal_address"):
            raise ValidationError(
                marked("Without an e-mail address we write letters. Please tell us where to."), "postal_address"
            )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Contact:
        """The contact as the domain has it."""
        return Contact(**data | {"postal_address": tuple(data["postal_address"])})


class GuestShape(Shape):
    """Somebody who comes along."""

    name = Line(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Guest:
        """The guest as the domain has them."""
        return Guest(**data)


class RegistrationShape(Shape):
    """A registration as it is asked for."""

    conference = Line(required=True, length_max=ID_LENGTH_MAX)
    category = Line(required=True, length_max=40, error_messages={"required": marked("Please choose one.")})
    tender = fields.String(
        required=True,
        validate=validate.OneOf([each.value for each in Tender], error=marked("Please choose how you will pay.")),
        error_messages={"required": marked("Please choose how you will pay.")},
    )
    person = fields.Nested(PersonShape, required=True)
    guests = fields.List(
        fields.Nested(GuestShape),
        load_default=(),
        validate=validate.Length(
            max=GUEST_COUNT_MAX, error=later("Please bring at most %(count)s guests.", count=GUEST_COUNT_MAX)
        ),
    )
    options = fields.List(Line(length_max=40), load_default=(), validate=validate.Length(max=OPTION_COUNT_MAX))
    invitation = InvitationToken(
        load_default=None, allow_none=True, metadata={"type": "string", "maxLength": TOKEN_LENGTH_MAX}
    )
    seen = fields.String(
        load_default="",
        validate=validate.Regexp(r"^[0-9a-f]{0,16}\Z"),
        metadata={"description": "The conference's `seen` when its prices were read; another one now is refused."},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Application:
        """The application as the commands have it."""
        tuples = {name: tuple(data[name]) for name in ("guests", "options")}
        return Application(**data | tuples | {"tender": Tender(data["tender"])})


class InvitationShape(Shape):
    """To which price somebody is invited."""

    category = Line(required=True, length_max=40, error_messages={"required": marked("Please choose one.")})


class PageShape(Shape):
    """Which part of the list of registrations is asked for."""

    conference = Line(required=True, length_max=ID_LENGTH_MAX)
    state = fields.String(load_default=None, validate=validate.OneOf([each.value for each in Life]))
    after = Line(load_default="", length_max=ID_LENGTH_MAX)
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=PAGE_LENGTH_MAX))
