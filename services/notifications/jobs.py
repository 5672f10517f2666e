"""What is recorded about messages while they are written, sent and printed: each function is one transaction.

A mail costs one commit at most: the unit that records how some ended also marks the next ones as on their way. So a
killed process leaves no more mails that nobody knows about than it has connections in use. Leaves claiming and sending
to `sender.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.notifications import domain, remedies
from services.notifications.domain import Message, State
from services.notifications.known import Conference, Contact, Unpaid, Wake, Words
from services.notifications.mailer import End, Sent
from services.notifications.planning import plan_with
from services.notifications.programme.told import Run, cast_run_id
from services.notifications.purposes import Purpose
from services.notifications.store import (
    CONFERENCES,
    CONTACTS,
    ENDED,
    MESSAGES,
    RENDERINGS,
    RUNS,
    UNPAID,
    WAKES,
    Rendering,
    agreed,
    answered,
)
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import job
from shared.contracts.notifications import MessageAccepted, MessageBounced, RecipientTold
from shared.ids import digest_of
from shared.jobs import Claim, JobKind, Recording, due, retry_seconds
from shared.mongo import Database, Unit

AWAY_SECONDS = 2.0  # how long a mail server that doesn't answer is left alone
TURN_SECONDS = 1.0  # how long a mail waits while an earlier one to the same person is in other hands
UNWRITABLE_SECONDS = 60.0
TOLD_BEFORE_BACKUP = (
    "Somebody told them another way. How was noted after the backup that this database was restored from."
)
WAKE_COUNT = 500
REMIND_COUNT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A claimed message and what becomes of it: it waits, is a letter or a mail, is in doubt, or can't be written."""

    claim: Claim[Message]
    waits_for: str | None = None
    channel: str | None = None
    words: Words | None = None
    contact: Contact | None = None
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
            message = unit.save(MESSAGES, domain.accept(replace(message, channel="mail"), now=unit.now))
        elif isinstance(each, MessageBounced):
            message = unit.save(MESSAGES, domain.bounce(replace(message, channel="mail"), reason=each.reason))
        elif isinstance(each, RecipientTold):
            message = unit.save(MESSAGES, remedies.note_told(message, how=TOLD_BEFORE_BACKUP))
    if not ended:
        return False
    if prepared.words is not None and prepared.channel == "mail":
        unit.add(RENDERINGS, Rendering.of(message.id, channel="mail", words=prepared.words))
    prepared.claim.finish(unit)
    return True


def _record_one_prepared(unit: Unit, message: Message, prepared: Prepared, *, secret: str) -> None:
    claim = prepared.claim
    if prepared.is_held_back:
        claim.again(unit, after_seconds=TURN_SECONDS)
    elif prepared.is_doubtful:
        unit.save(MESSAGES, domain.doubt(message))
        claim.finish(unit)
    elif prepared.why_covered:
        unit.save(MESSAGES, domain.cover(message, reason=prepared.why_covered))
        claim.finish(unit)
    elif prepared.waits_for is not None:
        _wait(unit, message, claim, key=prepared.waits_for)
    elif prepared.words is None:
        unit.save(MESSAGES, domain.cannot_write(message, reason=prepared.why_unwritable))
        claim.again(unit, after_seconds=UNWRITABLE_SECONDS)
    elif prepared.channel == "letter":
        code = domain.letter_code(secret, message=message.id)
        unit.save(MESSAGES, domain.queue_letter(message, code=code, now=unit.now))
        _keep_words(unit, message, Rendering.of(message.id, channel="letter", words=prepared.words))
        claim.finish(unit)
    elif not message.is_written:
        unit.save(MESSAGES, domain.write_mail(message))
        _keep_words(unit, message, Rendering.of(message.id, channel="mail", words=prepared.words))


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
    if domain.missing(message, contact=contact, conference=conference, named=named, run=run, cast=cast) != key:
        claim.again(unit, after_seconds=0)
        return
    _await(unit, key)
    unit.save(MESSAGES, domain.wait(message, key=key))
    claim.finish(unit)


def _await(unit: Unit, key: str) -> None:
    """Saving what is awaited makes this unit collide with whoever learns it: one of the two sees the other."""
    kind, _, id_ = key.partition(":")
    match kind:
        case "person":
            contact = unit.load(CONTACTS, id_) or Contact(id=id_, is_known=False)
            unit.save(CONTACTS, Change(replace(contact, is_awaited=True)))
        case "conference":
            conference = unit.load(CONFERENCES, id_) or Conference(id=id_, is_known=False)
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
            unit.save(MESSAGES, domain.begin_sending(message, sent_again=prepared.sent_again))
    return frozenset(held)


def _record_end(unit: Unit, message: Message, ended: Ended) -> None:
    claim, sent = ended.claim, ended.sent
    match sent.end:
        case End.ACCEPTED:
            unit.save(MESSAGES, domain.accept(message, now=unit.now))
            claim.finish(unit)
        case End.REFUSED:
            unit.save(MESSAGES, domain.bounce(message, reason=sent.reason))
            claim.finish(unit)
        case End.LATER:
            put_off = unit.save(MESSAGES, domain.put_off(message, reason=sent.reason, now=host_now()))
            if put_off.state is State.BOUNCED:
                claim.finish(unit)
            else:
                claim.again(unit, after_seconds=domain.later_seconds(put_off.refusal_count))
        case End.AGAINST_RULES:
            put_off = unit.save(MESSAGES, domain.put_off_by_rule(message, reason=sent.reason, now=host_now()))
            claim.again(unit, after_seconds=domain.later_seconds(put_off.refusal_count))
        case End.NOT_SENT:
            unit.save(MESSAGES, domain.keep_back(message))
            claim.again(unit, after_seconds=AWAY_SECONDS)
        case End.IN_DOUBT:
            in_doubt = unit.save(MESSAGES, domain.doubt(message))
            if in_doubt.state is State.AMBIGUOUS:
                claim.finish(unit)
            else:
                claim.again(unit, after_seconds=domain.doubt_seconds(message.sent_again))


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


@job(of=WAKES, starts=[MESSAGES])
def record_wake(unit: Unit, *, claim: Claim[Wake]) -> None:
    """Messages that waited for this are due; some hundreds at a time, until none waits any longer."""
    waiting = unit.find(MESSAGES, {"waits_for": claim.state.key}, limit=WAKE_COUNT)
    for message in waiting:
        unit.save(MESSAGES, domain.wake(message))
        unit.schedule(MESSAGES, message.id, due())
    if len(waiting) < WAKE_COUNT:
        claim.finish(unit)
    else:
        claim.again(unit, after_seconds=0)


@job(of=RUNS, starts=[WAKES])
def record_count(unit: Unit, *, claim: Claim[Run]) -> None:
    """Once exactly those registrations are known that a cancellation has ended, its speakers are written to."""
    run = unit.load(RUNS, claim.id)
    assert run is not None
    ended = unit.of(ENDED).find({"run": run.id}, {"_id": 1}, session=unit.session)
    ids = [each["_id"] for each in ended]
    if len(ids) != run.closed_count or digest_of(ids) != run.closed_digest:
        claim.again(unit, after_seconds=retry_seconds(claim.attempt_count))
        return
    unit.save(RUNS, Change(replace(run, is_complete=True, is_awaited=False)))
    if run.is_awaited:
        key = f"run:{run.id}"
        unit.add(WAKES, Wake(id=key, key=key), job=due())
    claim.finish(unit)


@job(of=UNPAID, starts=[MESSAGES])
def remind_of_payment(unit: Unit, *, claim: Claim[Unpaid]) -> None:
    """Plans "your registration waits for your payment", unless its person was written to, or a bank asked, meanwhile.

    A payment that this transaction can't see yet is looked for once more when the message is written.
    """
    unpaid = claim.state
    conference = unit.load(CONFERENCES, unpaid.conference)
    is_cancelled = conference is not None and conference.cancellation is not None
    is_agreed = bool(agreed(unit.database, [unpaid.id], session=unit.session))
    whose = {unpaid.id: unpaid.person}
    if not (is_agreed or is_cancelled or answered(unit.database, whose, session=unit.session)):
        plan_with(
            Purpose.PAYMENT_AWAITED,
            unpaid.facts,
            unit,
            subject=unpaid.id,
            revision="1",
            recipient=unpaid.person,
            conference=unpaid.conference,
            run=None,
        )
    claim.finish(unit)


def reminding(database: Database) -> JobKind[Unpaid]:
    """The job that reminds of payments."""
    return JobKind(
        "remind",
        UNPAID,
        act=Recording(database, remind_of_payment),
        claim_count=REMIND_COUNT,
    )


def counting(database: Database) -> JobKind[Run]:
    """The job that compares the ended registrations known here with what registration says they are."""
    return JobKind("count", RUNS, act=Recording(database, record_count))


def waking(database: Database) -> JobKind[Wake]:
    """The job that wakes messages."""
    return JobKind("wake", WAKES, act=Recording(database, record_wake))
