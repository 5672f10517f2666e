"""The shapes of the call's requests: its terms, a proposal, a review, a decision; the same for forms and JSON."""

from typing import Any

from marshmallow import fields, post_load, validate

from services.scheduling.call.domain.asked import Asked
from services.scheduling.call.domain.call import CONFIRM_DAYS_DEFAULT, Terms
from services.scheduling.call.domain.proposals import SCORE_MAX, SCORE_MIN
from services.scheduling.conferences.schemas import Day, OptionalText, Request, Text
from services.scheduling.programme.domain.people import Introduction
from services.scheduling.programme.domain.programme import MINUTES_MAX, Kind
from services.scheduling.programme.schemas.kinds import EmailLine, Word
from shared.sentences import marked

OTHERS_MAX = 4
CHOOSE = marked("Please choose one.")
CHOOSE_SOME = marked("Please choose at least one.")
LEVELS = ("", "introductory", "intermediate", "advanced")


class TermsShape(Request):
    """When proposals are taken, and for what."""

    opens = Day(required=True, metadata={"description": "From its first moment in the conference's zone."})
    closes = Day(required=True, metadata={"description": "Until its end in the conference's zone."})
    decided_by = Day(load_default=None, allow_none=True)
    confirm_days = fields.Integer(
        load_default=CONFIRM_DAYS_DEFAULT,
        strict=True,
        validate=validate.Range(1, 90, error="Between 1 and 90 days, please."),
        metadata={"description": "How many days somebody who is accepted has to confirm."},
    )
    kinds = fields.List(
        fields.Enum(Kind, by_value=True, metadata={"example": "concurrent"}),
        required=True,
        validate=validate.Length(1, len(Kind), error=CHOOSE_SOME),
    )
    tracks = fields.List(Word(), load_default=[], validate=validate.Length(max=100))
    lengths = fields.List(
        fields.Integer(strict=True, validate=validate.Range(5, MINUTES_MAX, error="Between 5 and 1440, please.")),
        required=True,
        validate=validate.Length(1, 20, error="Between one and twenty lengths, please."),
        metadata={"description": "In minutes."},
    )
    intro = OptionalText(length_max=5_000, lines=True, load_default="")

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> Terms:
        """The terms; what is named twice counts once."""
        lists = {name: tuple(dict.fromkeys(asked[name])) for name in ("kinds", "tracks")}
        return Terms(**{**asked, **lists, "lengths": tuple(sorted(set(asked["lengths"])))})


class OtherShape(Request):
    """Somebody else on stage."""

    name = Text(required=True, length_max=200)
    email = EmailLine(required=True)


class ProposalShape(Request):
    """What somebody proposes."""

    name = Text(required=True, length_max=200)
    email = EmailLine(required=True)
    title = Text(required=True, length_max=200)
    abstract = Text(required=True, length_max=5_000, lines=True)
    kind = fields.Enum(Kind, by_value=True, required=True, error_messages={"required": CHOOSE, "unknown": CHOOSE})
    minutes = fields.Integer(
        required=True,
        validate=validate.Range(1, MINUTES_MAX),
        error_messages={"required": CHOOSE, "invalid": CHOOSE, "too_large": CHOOSE},
    )
    track = OptionalText(length_max=48, load_default="")
    language = fields.String(
        load_default="en", validate=validate.Regexp(r"[a-z]{2,3}(-[A-Z]{2})?\Z", error="Two letters, such as en.")
    )
    level = fields.String(load_default="", validate=validate.OneOf(LEVELS, error=CHOOSE))
    needs = fields.List(Word(), load_default=[], validate=validate.Length(max=50))
    note = OptionalText(length_max=2_000, lines=True, load_default="")
    biography = OptionalText(length_max=3_000, lines=True, load_default="")
    others = fields.List(fields.Nested(OtherShape), load_default=[], validate=validate.Length(max=OTHERS_MAX))

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> Asked:
        """The proposal; mails come in the language that they want to speak."""
        name, email, language = asked.pop("name"), asked.pop("email"), asked["language"].partition("-")[0]
        proposer = Introduction(name=name, email=email, language=language, biography=asked.pop("biography"))
        others = tuple(
            Introduction(name=each["name"], email=each["email"], language=language) for each in asked.pop("others")
        )
        return Asked(**{**asked, "needs": tuple(asked["needs"])}, proposer=proposer, others=others)


class ReviewShape(Request):
    """What a reviewer thinks."""

    reviewer = Text(required=True, length_max=120)
    score = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(SCORE_MIN, SCORE_MAX, error="From 1 to 5, please."),
        error_messages={"required": CHOOSE, "invalid": CHOOSE},
    )
    comment = OptionalText(length_max=2_000, lines=True, load_default="")


class DecisionShape(Request):
    """What the committee has decided about a proposal."""

    is_accepted = fields.Boolean(required=True, truthy={True}, falsy={False}, error_messages={"required": CHOOSE})
    code = fields.String(
        load_default="",
        validate=validate.Regexp(
            r"\Z|[A-Za-z0-9][A-Za-z0-9.-]{0,15}\Z", error="Such as C-31, up to 16 characters, please."
        ),
        metadata={"description": "Its final code; empty for the next of its kind.", "example": "C-73"},
    )
    remark = OptionalText(length_max=1_000, lines=True, load_default="")


class OutcomeShape(Request):
    """What becomes of a session that a speaker has left."""

    outcome = Text(required=True, length_max=500)
