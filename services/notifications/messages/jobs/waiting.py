"""What messages wait for: a person, a conference, the end of a count, some time that a payment was given."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.notifications.contacts.domain import CORRECTED, Wake
from services.notifications.contacts.store import CONTACTS, WAKES
from services.notifications.messages.commands import plan_with
from services.notifications.messages.domain import messages
from services.notifications.messages.domain.known import Unpaid
from services.notifications.messages.domain.messages import State
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.domain.told import Run
from services.notifications.messages.store.documents import CONFERENCES, ENDED, MESSAGES, RUNS, UNPAID, agreed, answered
from shared.change import Change
from shared.contracts.flow import job
from shared.ids import digest_of
from shared.jobs import Claim, JobKind, Recording, due, retry_seconds
from shared.mongo import Database
from shared.unit import Unit

WAKE_COUNT = 500
REMIND_COUNT = 100
HELD_SECONDS = 30.0  # between two looks whether a decision about the conference was undone
_NOT_GONE: Mapping[str, Any] = {
    "$or": [
        {"state": {"$in": [State.RENDERED, State.UNWRITABLE]}},
        {"state": State.ACCEPTED, "channel": "letter", "posted_at": None},
    ]
}


@job(of=WAKES, starts=[MESSAGES])
def record_wake(unit: Unit, *, claim: Claim[Wake]) -> None:
    """Messages that waited for this are due; some hundreds at a time, until none waits any longer.

    After a correction, messages to that person that have not left are due as well, and written anew.
    """
    if claim.state.key.startswith(CORRECTED):
        _write_anew(unit, person=claim.state.key.removeprefix(CORRECTED))
        claim.finish(unit)
        return
    waiting = unit.find(MESSAGES, {"waits_for": claim.state.key}, limit=WAKE_COUNT)
    for message in waiting:
        unit.save(MESSAGES, messages.wake(message))
        unit.schedule(MESSAGES, message.id, due())
    if len(waiting) < WAKE_COUNT:
        claim.finish(unit)
    else:
        claim.again(unit, after_seconds=0)


def _write_anew(unit: Unit, *, person: str) -> None:
    contact = unit.load(CONTACTS, person)
    for message in unit.find(MESSAGES, {"recipient": person, **_NOT_GONE}):
        change = messages.write_anew(message, contact=contact) if contact else None
        if change is not None:
            unit.save(MESSAGES, change)
            unit.schedule(MESSAGES, message.id, due())


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

    While a decision about the conference can be undone nobody is reminded; an undone one leaves that as it was.

    A payment that this transaction can't see yet is looked for once more when the message is written.
    """
    unpaid = claim.state
    conference = unit.load(CONFERENCES, unpaid.conference)
    is_cancelled = conference is not None and conference.cancellation is not None
    if conference is not None and conference.held_by and not is_cancelled:
        claim.again(unit, after_seconds=HELD_SECONDS)
        return
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
