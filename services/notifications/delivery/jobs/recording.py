"""What is recorded about messages while they are written, sent and printed: each function is one transaction.

A mail costs one commit at most: the unit that records how some ended also marks the next ones as on their way. So a
killed process leaves no more mails that nobody knows about than it has connections in use. Leaves claiming and sending
to `sender.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.notifications.contacts.domain import Contact
from services.notifications.contacts.store import CONTACTS
from services.notifications.delivery.domain import remedies, sending
from services.notifications.delivery.jobs.mailer import End, Sent
from services.notifications.messages.domain import messages
from services.notifications.messages.domain.known import Conference
from services.notifications.messages.domain.messages import Message, State
from services.notifications.messages.domain.told import Run, cast_run_id
from services.notifications.messages.domain.words import Words
from services.notifications.messages.store.documents import (
    CONFERENCES,
    MESSAGES,
    RENDERINGS,
    RUNS,
    Rendering,
)
from shared.associations import UNDESCRIBED, Association
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import job
from shared.contracts.notifications import MessageAccepted, MessageBounced, RecipientTold
from shared.jobs import Claim
from shared.unit import Unit

AWAY_SECONDS = 2.0  # how long a mail server that doesn't answer is left alone
TURN_SECONDS = 1.0  # how long a mail waits while an earlier one to the same person is in other hands
UNWRITABLE_SECONDS = 60.0
TOLD_BEFORE_BACKUP = (
    "Somebody told them another way. How was noted after the backup that this database was restored from."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A claimed message and what becomes of it: it waits, is a letter or a mail, is in doubt, or can't be written."""

    claim: Claim[Message]
    waits_for: str | None = None
    channel: str | None = None
    words: Words | None = None
    contact: Contact | None = None
    association: Association = UNDESCRIBED
    why_unwritable: str = ""
    why_covered: str = ""
    is_doubtful: bool = False
    is_held_back: bool = False  # an earlier mail to the same person is in other hands

    @property
    def is_mail(self) -> bool:
        """Whether it goes to the mail server."""
        return self.channel == "mail" and self.words is not None

    @property
    def sent_again(self) -> int:
        """How often this mail will have been sent once more: found on its way, nobody knows whether it arrived."""
        message = self.claim.state
        return message.sent_again + (1 if message.state is State.SENDING else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How sending one mail ended."""

    claim: Claim[Message]
    sent: Sent


@job(of=MESSAGES, emits=[MessageAccepted, MessageBounced, RecipientTold])
def record_prepared(unit: Unit, *, prepared: Sequence[Prepared], secret: str) -> frozenset[str]:
    """Letters are in the print queue, mails are written; what can't be written yet waits. Says which are still ours."""
    held = _held(unit, [each.claim for each in prepared])
    for each in prepared:
        message = held.get(each.claim.id)
        if message is not None and _ended_before(unit, message, each):
            del held[message.id]
        elif message is not None:
            _record_one_prepared(unit, message, each, secret=secret)
    return frozenset(held)


def _ended_before(unit: Unit, message: Message, prepared: Prepared) -> bool:
    """Take over how a message ended before the database was restored from a backup: nothing of it is sent again.

    A letter takes the usual way, into the print queue once more: only a person knows whether it was posted.
    """
    said = unit.had_said(message.id)
    ended = [each for each in said if not isinstance(each, MessageAccepted) or each.channel == "mail"]
    for each in ended:
        if isinstance(each, MessageAccepted):
            message = unit.save(MESSAGES, sending.accept(replace(message, channel="mail"), now=unit.now))
        elif isinstance(each, MessageBounced):
            message = unit.save(MESSAGES, sending.bounce(replace(message, channel="mail"), reason=each.reason))
        elif isinstance(each, RecipientTold):
            message = unit.save(MESSAGES, remedies.note_told(message, how=TOLD_BEFORE_BACKUP))
    if not ended:
        return False
    if prepared.words is not None and prepared.channel == "mail":
        unit.add(
            RENDERINGS, Rendering.of(message.id, recipient=message.recipient, channel="mail", words=prepared.words)
        )
    prepared.claim.finish(unit)
    return True


def _record_one_prepared(unit: Unit, message: Message, prepared: Prepared, *, secret: str) -> None:
    claim = prepared.claim
    if prepared.is_held_back:
        claim.again(unit, after_seconds=TURN_SECONDS)
    elif prepared.is_doubtful:
        unit.save(MESSAGES, sending.doubt(message))
        claim.finish(unit)
    elif prepared.why_covered:
        unit.save(MESSAGES, messages.cover(message, reason=prepared.why_covered))
        claim.finish(unit)
    elif prepared.waits_for is not None:
        _wait(unit, message, claim, key=prepared.waits_for)
    elif prepared.words is None:
        unit.save(MESSAGES, messages.cannot_write(message, reason=prepared.why_unwritable))
        claim.again(unit, after_seconds=UNWRITABLE_SECONDS)
    elif prepared.channel == "letter":
        code = messages.letter_code(secret, message=message.id)
        unit.save(MESSAGES, sending.queue_letter(message, code=code, now=unit.now))
        _keep_words(
            unit, message, Rendering.of(message.id, recipient=message.recipient, channel="letter", words=prepared.words)
        )
        claim.finish(unit)
    elif not message.is_written:
        unit.save(MESSAGES, sending.write_mail(message))
        _keep_words(
            unit, message, Rendering.of(message.id, recipient=message.recipient, channel="mail", words=prepared.words)
        )


def _keep_words(unit: Unit, message: Message, rendering: Rendering) -> None:
    if message.is_rewritten:
        unit.save(RENDERINGS, Change(rendering))
    else:
        unit.add(RENDERINGS, rendering)


def _wait(unit: Unit, message: Message, claim: Claim[Message], *, key: str) -> None:
    """Let the message wait, unless what it waits for has become known since it was looked for."""
    contact = unit.load(CONTACTS, message.recipient)
    conference = unit.load(CONFERENCES, message.conference)
    named = {person: known for person in message.names if (known := unit.load(CONTACTS, person))}
    run = unit.load(RUNS, message.run) if message.run else None
    cast = unit.load(RUNS, cast_run_id(message.run)) if message.run else None
    if messages.missing(message, contact=contact, conference=conference, named=named, run=run, cast=cast) != key:
        claim.again(unit, after_seconds=0)
        return
    _await(unit, key)
    unit.save(MESSAGES, messages.wait(message, key=key))
    claim.finish(unit)


def _await(unit: Unit, key: str) -> None:
    """Saving what is awaited makes this unit collide with whoever learns it: one of the two sees the other."""
    kind, _, id_ = key.partition(":")
    match kind:
        case "person":
            contact = unit.load(CONTACTS, id_) or Contact(id=id_, is_known=False)
            unit.save(CONTACTS, Change(replace(contact, is_awaited=True)))
        case "conference":
            conference = unit.load(CONFERENCES, id_) or Conference(id=id_, association="", is_known=False)
            unit.save(CONFERENCES, Change(replace(conference, is_awaited=True)))
        case _:
            run = unit.load(RUNS, id_) or Run(id=id_)
            unit.save(RUNS, Change(replace(run, is_awaited=True)))


@job(of=MESSAGES, emits=[MessageAccepted, MessageBounced])
def record_sent(
    unit: Unit,
    *,
    ended: Sequence[Ended] = (),
    following: Sequence[Prepared] = (),
    released: Sequence[Claim[Message]] = (),
    kept: Sequence[Claim[Message]] = (),
) -> frozenset[str]:
    """How some mails ended; from here on the following ones may have left, and kept leases begin anew.

    Says which are still ours.
    """
    claims = [*(each.claim for each in ended), *(each.claim for each in following), *released, *kept]
    held = _held(unit, claims)
    for each in ended:
        if each.claim.id in held:
            _record_end(unit, held[each.claim.id], each)
    for claim in released:
        if claim.id in held:
            claim.again(unit, after_seconds=0)
    for claim in kept:
        if claim.id in held:
            claim.renew(unit)
    for prepared in following:
        if message := held.get(prepared.claim.id):
            unit.save(MESSAGES, sending.begin_sending(message, sent_again=prepared.sent_again))
    return frozenset(held)


def _record_end(unit: Unit, message: Message, ended: Ended) -> None:
    claim, sent = ended.claim, ended.sent
    match sent.end:
        case End.ACCEPTED:
            unit.save(MESSAGES, sending.accept(message, now=unit.now))
            claim.finish(unit)
        case End.REFUSED:
            unit.save(MESSAGES, sending.bounce(message, reason=sent.reason))
            claim.finish(unit)
        case End.LATER:
            put_off = unit.save(MESSAGES, sending.put_off(message, reason=sent.reason, now=host_now()))
            if put_off.state is State.BOUNCED:
                claim.finish(unit)
            else:
                claim.again(unit, after_seconds=sending.later_seconds(put_off.refusal_count))
        case End.AGAINST_RULES:
            put_off = unit.save(MESSAGES, sending.put_off_by_rule(message, reason=sent.reason, now=host_now()))
            claim.again(unit, after_seconds=sending.later_seconds(put_off.refusal_count))
        case End.NOT_SENT:
            unit.save(MESSAGES, sending.keep_back(message))
            claim.again(unit, after_seconds=AWAY_SECONDS)
        case End.IN_DOUBT:
            in_doubt = unit.save(MESSAGES, sending.doubt(message))
            if in_doubt.state is State.AMBIGUOUS:
                claim.finish(unit)
            else:
                claim.again(unit, after_seconds=sending.doubt_seconds(message.sent_again))


def _held(unit: Unit, claims: Sequence[Claim[Message]]) -> dict[str, Message]:
    """Those of the claimed messages that are still ours: who lost the lease to another must write nothing.

    Whoever claims one while this unit writes it collides with it, so one of the two starts again and sees the other.
    """
    ids: dict[str, list[str]] = {}
    for claim in claims:
        ids.setdefault(claim.token, []).append(claim.id)
    found = (
        message
        for token, mine in ids.items()
        for message in unit.find(MESSAGES, {"_id": {"$in": mine}, "job.token": token})
    )
    return {message.id: message for message in found}
