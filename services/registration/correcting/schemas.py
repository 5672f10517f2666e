"""The shapes of corrections over HTTP, and of what is known about a person."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from services.registration.correcting.domain.corrections import Correction, Facts
from services.registration.people.domain import CONTACT_FIELDS, Contact, Person
from services.registration.registering.domain.registrations import Registration
from services.registration.registering.schemas.requests import ADDRESS_LINE_COUNT_MAX
from shared.sentences import marked
from shared.web.languages import LANGUAGES, later
from shared.web.shapes import EmailLine, Line, Shape


def _language() -> fields.String:
    return fields.String(
        validate=validate.Regexp(r"^[a-z]{2}(-[A-Z]{2})?\Z", error=marked("Please choose one of the languages."))
    )


class _Facts(Shape):
    """Facts about a person as they are right; what is left out stays, and an e-mail address of null is taken away."""

    name = Line()
    email = EmailLine(allow_none=True, length_max=254)
    postal_address = fields.List(
        Line(length_max=100),
        validate=validate.Length(
            max=ADDRESS_LINE_COUNT_MAX,
            error=later("Please write at most %(count)s lines.", count=ADDRESS_LINE_COUNT_MAX),
        ),
    )
    language = _language()

    @staticmethod
    def facts(data: Mapping[str, Any]) -> Facts:
        """The facts as the domain has them."""
        given = {name: data[name] for name in CONTACT_FIELDS if name in data}
        if "postal_address" in given:
            given["postal_address"] = tuple(given["postal_address"])
        return Facts(**given, has_no_email="email" in given and given["email"] is None)


class FactsShape(_Facts):
    """What somebody says of themselves."""

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Facts:
        """The facts as the domain has them."""
        return self.facts(data)


class CorrectionShape(_Facts):
    """A correction by the desk: what is right, and why it is corrected."""

    reason = Line(required=True)
    same_person = fields.Boolean(
        load_default=False,
        metadata={"description": "Whether somebody else who is known under this name and address is the same person."},
    )

    @validates_schema
    def must_say_something(self, data: dict[str, Any], **_: Any) -> None:
        """A reason alone corrects nothing."""
        if not any(name in data for name in CONTACT_FIELDS):
            raise ValidationError("Please say what is right: a name, an address or a language.", "name")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The arguments of the command."""
        return {"facts": self.facts(data), "reason": data["reason"], "is_same_person": data["same_person"]}


class CorrectionAnswer(Schema):
    """One correction: when, by whom and why, and each fact before and after it."""

    at = fields.DateTime(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True)
    before = fields.Dict(required=True)
    after = fields.Dict(required=True)


class PersonRegistrationAnswer(Schema):
    """One registration of a person."""

    registration = fields.String(required=True)
    conference = fields.String(required=True)
    state = fields.String(required=True)


class PersonAnswer(Schema):
    """What is known about a person, and what was corrected, the newest first."""

    person = fields.String(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    postal_address = fields.List(fields.String(), required=True)
    language = fields.String(required=True)
    same_as = fields.String(
        required=True, allow_none=True, metadata={"description": "The person whom they were found to be."}
    )
    registrations = fields.List(fields.Nested(PersonRegistrationAnswer), required=True)
    corrections = fields.List(fields.Nested(CorrectionAnswer), required=True)


def person_json(
    person: Person, *, registrations: Sequence[Registration], corrections: Sequence[Correction]
) -> dict[str, Any]:
    """A person as the API answers them."""
    return {
        "person": person.id,
        **contact_json(person.contact),
        "same_as": person.same_as or None,
        "registrations": [
            {"registration": each.id, "conference": each.conference, "state": each.life.value} for each in registrations
        ],
        "corrections": [
            {
                "at": each.at.isoformat(),
                "by": each.by,
                "reason": each.reason,
                "before": _some(each.before, each.changed),
                "after": _some(each.after, each.changed),
            }
            for each in corrections
        ],
    }


def contact_json(contact: Contact) -> dict[str, Any]:
    """How somebody is called and reached, as JSON."""
    return _some(contact, CONTACT_FIELDS)


def _some(contact: Contact, names: Sequence[str]) -> dict[str, Any]:
    shown = {name: getattr(contact, name) for name in names}
    return shown | ({"postal_address": list(contact.postal_address)} if "postal_address" in shown else {})


def languages_with(known: str) -> dict[str, str]:
    """The languages that may be chosen; one that we don't write in stays until another is chosen."""
    return dict(LANGUAGES) | ({known: known} if known not in LANGUAGES else {})
