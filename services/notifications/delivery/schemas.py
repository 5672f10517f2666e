"""The shapes of notifications' requests and answers over HTTP, and how a message is written as JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from services.notifications.messages.domain.messages import Message, State
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.domain.words import Words
from shared.lines import as_meant, what_is_wrong
from shared.sentences import written

PAGE_SIZE = 50
PAGE_SIZE_MAX = 200
POSTED_COUNT_MAX = 500
LINE_LENGTH_MAX = 254
CHANNELS = ("mail", "letter")
OPEN_STATES = (State.PLANNED, State.UNWRITABLE, State.RENDERED, State.SENDING)

_ID = validate.Regexp(r"[A-Za-z0-9_.:-]{1,100}\Z", error="An id, please: up to 100 letters, digits and _ . : -")
_SERIAL = validate.Regexp(r"[0-9a-f-]{36}\Z", error="This is no place in the list; take `next` from the answer before.")


class MessageSearch(Schema):
    """Which messages, and how many of them."""

    class Meta:
        unknown = RAISE

    purpose = fields.String(validate=validate.OneOf([*Purpose]))
    state = fields.String(validate=validate.OneOf([*State]))
    channel = fields.String(validate=validate.OneOf(CHANNELS))
    run = fields.String(validate=_ID, metadata={"description": "Those about one cancellation."})
    recipient = fields.String(validate=_ID, metadata={"description": "A person's id."})
    subject = fields.String(
        validate=_ID, metadata={"description": "The id of what it is about: a registration, a session, a programme."}
    )
    after = fields.String(validate=_SERIAL, metadata={"description": "`next` of the page before."})
    limit = fields.Integer(load_default=PAGE_SIZE, validate=validate.Range(1, PAGE_SIZE_MAX))


class LettersPosted(Schema):
    """Letters that were given to the post."""

    class Meta:
        unknown = RAISE

    letters = fields.List(fields.String(validate=_ID), required=True, validate=validate.Length(1, POSTED_COUNT_MAX))


class Line(fields.String):
    """A line that somebody types, its spaces put in order."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = " ".join(as_meant(str(super()._deserialize(value, attr, data, **options))).split())
        if wrong := what_is_wrong(text):
            raise ValidationError(written(wrong))
        if not 1 <= len(text) <= LINE_LENGTH_MAX:
            raise ValidationError(f"1 to {LINE_LENGTH_MAX} characters, please.")
        return text


class ToldOtherwise(Schema):
    """How somebody was told without us."""

    class Meta:
        unknown = RAISE

    how = Line(required=True, metadata={"example": "By telephone on 14 April, spoke to her herself."})


class MessageAnswer(Schema):
    """One message: ids and how far it has come."""

    id = fields.String(required=True)
    purpose = fields.String(required=True, validate=validate.OneOf([*Purpose]))
    subject = fields.String(required=True)
    revision = fields.String(required=True)
    recipient = fields.String(required=True)
    conference = fields.String(required=True)
    run = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf([*State]))
    channel = fields.String(required=True, allow_none=True)
    waits_for = fields.String(required=True, allow_none=True)
    sent_again = fields.Integer(required=True)
    refusal_count = fields.Integer(required=True)
    reason = fields.String(required=True)
    planned_at = fields.DateTime(required=True)
    accepted_at = fields.DateTime(required=True, allow_none=True)
    posted_at = fields.DateTime(required=True, allow_none=True)


class WordsAnswer(Schema):
    """What the recipient reads."""

    subject = fields.String(required=True)
    text = fields.String(required=True)
    link = fields.String(required=True)


class WholeMessageAnswer(MessageAnswer):
    """One message with its words, once it is written."""

    words = fields.Nested(WordsAnswer, required=True, allow_none=True)


class MessagesAnswer(Schema):
    """Some messages, the newest first."""

    items = fields.List(fields.Nested(MessageAnswer), required=True)
    next = fields.String(required=True, allow_none=True)


class SummaryAnswer(Schema):
    """How many messages there are, and how far they have come."""

    by_purpose = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Integer()),
        required=True,
        metadata={"description": "Counts by purpose, then by state."},
    )
    messages = fields.Integer(required=True)
    open = fields.Integer(
        required=True, metadata={"description": "Planned, written, on the way, or not to be written yet."}
    )
    mails = fields.Integer(required=True, metadata={"description": "Accepted by a mail server."})
    letters = fields.Integer(required=True, metadata={"description": "In the print queue, or posted."})
    sent_again = fields.Integer(required=True)
    ambiguous = fields.Integer(required=True)
    bounced = fields.Integer(required=True)
    told = fields.Integer(required=True, metadata={"description": "Told by a person, another way."})
    put_off = fields.Integer(
        required=True, metadata={"description": "Those of the open ones that a mail server has put off at least once."}
    )
    unwritable = fields.Integer(
        required=True, metadata={"description": "Those of the open ones that can't be written; each says why."}
    )


class PostedAnswer(Schema):
    """How many letters are marked as posted."""

    posted = fields.Integer(required=True)


def message_json(message: Message) -> dict[str, Any]:
    """A message as the API answers it; nobody's name or address."""
    return {
        "id": message.id,
        "purpose": message.purpose.value,
        "subject": message.subject,
        "revision": message.revision,
        "recipient": message.recipient,
        "conference": message.conference,
        "run": message.run,
        "state": message.state.value,
        "channel": message.channel,
        "waits_for": message.waits_for,
        "sent_again": message.sent_again,
        "refusal_count": message.refusal_count,
        "reason": message.reason,
        "planned_at": message.planned_at.isoformat(),
        "accepted_at": message.accepted_at.isoformat() if message.accepted_at else None,
        "posted_at": message.posted_at.isoformat() if message.posted_at else None,
    }


def whole_message_json(message: Message, words: Words | None) -> dict[str, Any]:
    """A message with what its recipient reads."""
    written = {"subject": words.subject, "text": words.text, "link": words.link} if words else None
    return message_json(message) | {"words": written}


def summary_json(counts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts by purpose, state and channel, added up."""
    counted = list(counts)
    by_purpose: dict[str, dict[str, int]] = {}
    for each in counted:
        states = by_purpose.setdefault(each["purpose"], {})
        states[each["state"]] = states.get(each["state"], 0) + each["count"]

    def count(*states: State, channel: str | None = None) -> int:
        return sum(e["count"] for e in counted if e["state"] in states and channel in (None, e["channel"]))

    return {
        "by_purpose": by_purpose,
        "messages": count(*State),
        "open": count(*OPEN_STATES),
        "mails": count(State.ACCEPTED, channel="mail"),
        "letters": count(State.ACCEPTED, channel="letter"),
        "sent_again": sum(each["sent_again"] for each in counted),
        "ambiguous": count(State.AMBIGUOUS),
        "bounced": count(State.BOUNCED),
        "told": count(State.TOLD),
        "put_off": sum(each["put_off"] for each in counted if each["state"] in OPEN_STATES),
        "unwritable": count(State.UNWRITABLE),
    }
