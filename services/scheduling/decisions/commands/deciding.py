"""What people do to a decision of any kind: draft, propose, approve, arm and undo it. Each is one transaction."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from services.scheduling.conferences.domain.conference import Conference, ConferenceUnknown, day_in
from services.scheduling.conferences.domain.resolution import resolved
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.decisions.commands import cancelling
from services.scheduling.decisions.commands.kind import Kind, kinds_in
from services.scheduling.decisions.domain import arming
from services.scheduling.decisions.domain import decision as life
from services.scheduling.decisions.domain.decision import Basis, Decision, Doer, Facts, State
from services.scheduling.decisions.domain.refusals import (
    AnotherDecisionUnderWay,
    DecisionUnknown,
    DriftNotRead,
    KindUnknown,
)
from services.scheduling.decisions.domain.stakes import Stakes
from services.scheduling.decisions.store.decisions import DECISIONS, STAKES
from services.scheduling.previews.commands import ask_preview
from services.scheduling.previews.domain.preview import Kind as PreviewKind
from services.scheduling.previews.store import PREVIEWS, newest_in
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import command
from shared.contracts.scheduling import DecisionArmed, DecisionWithdrawn, PreviewAsked
from shared.ids import new_id
from shared.jobs import due
from shared.previewing import INQUIRIES
from shared.telemetry import correlation
from shared.unit import Unit

KINDS = kinds_in([cancelling])


def kind_of(name: str) -> Kind:
    """The kind of this name; raises `KindUnknown`."""
    if name not in KINDS:
        offered = ", ".join(sorted(KINDS))
        raise KindUnknown("kind", f"{name!r} can't be decided here. Nothing was changed; choose one of: {offered}.")
    return KINDS[name]


@command()
def draft_decision(unit: Unit, *, conference: str, kind: str, facts: Facts, by: Doer) -> Decision:
    """Write down what is to be decided; nothing happens by it."""
    known = _conference(unit, conference)
    kind_of(kind).must_be_possible(known, facts, unit.now)
    _must_be_resolved(unit, known, facts)
    drafted = life.draft(
        new_id("dec"),
        conference=conference,
        kind=kind,
        facts=facts,
        correlation=correlation(),
        by=by,
        now=unit.now,
    )
    return unit.create(DECISIONS, Change(drafted))


@command()
def edit_decision(unit: Unit, *, decision: str, facts: Facts, revision: int, by: Doer) -> Decision:
    """Decide something else than was written; who had approved it is asked anew."""
    known = _decision(unit, decision)
    conference = _conference(unit, known.conference)
    edited = life.edit(known, facts=facts, revision=revision, by=by, now=unit.now)
    kind_of(known.kind).must_be_possible(conference, facts, unit.now)
    _must_be_resolved(unit, conference, facts)
    return unit.save(DECISIONS, Change(edited))


@command(emits=[PreviewAsked], starts=[INQUIRIES])
def preview_decision(unit: Unit, *, decision: str, revision: int, by: Doer) -> Decision:
    """Keep what the decision would touch as it is now, so that whoever approves it sees the same.

    Every service is asked what it would do, where this kind can be previewed.
    """
    known = _decision(unit, decision)
    previewed = unit.save(DECISIONS, Change(_seen(unit, known, revision=revision, by=by)))
    if is_previewed(known):
        ask_preview(
            unit,
            conference=known.conference,
            decision=known.id,
            revision=known.revision,
            kind=PreviewKind(known.kind),
            choose_by=known.facts.choose_by,
            reason=known.facts.reason,
            decision_text=known.facts.text,
            compared_with=known.basis.preview if known.basis else "",
        )
    return previewed


@command()
def propose_decision(unit: Unit, *, decision: str, revision: int, by: Doer) -> Decision:
    """Ask a second person to approve it, as all services have answered what it would do."""
    known = _decision(unit, decision)
    life.must_be_proposable(known, revision=revision)
    basis: Basis | None = None
    if is_previewed(known):
        newest = newest_in(unit, known.id)
        basis = arming.basis_of(newest, revision=known.revision, undone="Nothing was proposed.")
    return _step(unit, decision, lambda each: life.propose(each, revision=revision, basis=basis, by=by, now=unit.now))


@command()
def propose_as_seen(unit: Unit, *, decision: str, revision: int, by: Doer) -> Decision:
    """Keep what it would touch now, as whoever proposes it has seen it, and ask a second person."""
    known = _decision(unit, decision)
    unit.save(DECISIONS, Change(_seen(unit, known, revision=revision, by=by)))
    return propose_decision(unit, decision=decision, revision=revision, by=by)


@command()
def approve_decision(unit: Unit, *, decision: str, revision: int, by: Doer, read: str = "") -> Decision:
    """Agree to it as the second person, exactly as it was read; once it is armed, to what has changed since.

    `read` is the preview that its reader has seen, which has to be said of what has changed.
    """
    known = _decision(unit, decision)
    if known.has_drifted:
        if read != known.checked:
            raise DriftNotRead(changes="; ".join(known.drift))
        checked = unit.load(PREVIEWS, known.checked)
        basis = arming.basis_of(checked, revision=known.revision, undone="Nothing was approved.")
        approved = life.approve_drift(known, revision=revision, basis=basis, by=by, now=unit.now)
        return unit.save(DECISIONS, Change(approved))

    def approve(known: Decision) -> Decision:
        approved = life.approve(known, revision=revision, by=by, now=unit.now)
        if is_previewed(known):
            arming.must_be_current(known, newest_in(unit, known.id))
        return approved

    return _step(unit, decision, approve)


@command()
def return_decision(unit: Unit, *, decision: str, revision: int, remark: str, by: Doer) -> Decision:
    """Hand it back to who proposed it, with what should be otherwise."""
    known = _decision(unit, decision)
    returned = life.send_back(known, revision=revision, remark=remark, by=by, now=unit.now)
    return unit.save(DECISIONS, Change(returned))


@command(emits=[DecisionArmed], starts=[DECISIONS])
def arm_decision(unit: Unit, *, decision: str, revision: int, by: Doer) -> Decision:
    """Set it going: registration closes its gates, all confirm that it is as it was approved, and it can be undone.

    The conference is written with it, so that of two decisions at once one is refused.
    """
    known = _decision(unit, decision)
    conference = _conference(unit, known.conference)
    if conference.deciding and conference.deciding != known.id:
        raise AnotherDecisionUnderWay(conference=conference.title)
    kind_of(known.kind).must_be_possible(conference, known.facts, unit.now)
    armed = unit.save(DECISIONS, Change(life.arm(known, revision=revision, by=by, now=unit.now)))
    said = DecisionArmed(
        conference=conference.id,
        decision=armed.id,
        kind=armed.kind,
        revision=armed.revision,
        until=unit.now + timedelta(minutes=armed.facts.grace_minutes),
    )
    unit.save(CONFERENCES, Change(replace(conference, deciding=armed.id), (said,)))
    unit.schedule(DECISIONS, armed.id, due(host_now()))
    return armed


@command(emits=[DecisionWithdrawn])
def withdraw_decision(unit: Unit, *, decision: str, by: Doer) -> Decision:
    """Give it up, or undo it while there is time: registration opens again, and nobody was told."""
    known = _decision(unit, decision)
    conference = _conference(unit, known.conference)
    withdrawn = life.withdraw(known, zone=conference.zone, by=by, now=unit.now)
    return release(unit, conference, before=known, after=withdrawn)


def release(unit: Unit, conference: Conference, *, before: Decision, after: Decision) -> Decision:
    """Save that a decision is not carried out; the conference that it held goes on as before."""
    if before.state is State.ARMED and after.state is State.WITHDRAWN:
        said = DecisionWithdrawn(conference=conference.id, decision=after.id)
        unit.save(CONFERENCES, Change(replace(conference, deciding=""), (said,)))
    return unit.save(DECISIONS, Change(after))


def is_previewed(decision: Decision) -> bool:
    """Whether what it would do can be worked out beforehand: what can't be is neither approved by that nor compared."""
    return decision.kind in list(PreviewKind)


def _seen(unit: Unit, known: Decision, *, revision: int, by: Doer) -> Decision:
    """The decision with what it would touch as it is now."""
    seen = unit.load(STAKES, known.conference) or Stakes(id=known.conference)
    return life.preview(known, revision=revision, seen=seen, by=by, now=unit.now)


def _step(unit: Unit, decision: str, step: Callable[[Decision], Decision]) -> Decision:
    """One step of its life, if it can be decided at all about the conference as it is now."""
    known = _decision(unit, decision)
    after = step(known)
    kind_of(known.kind).must_be_possible(_conference(unit, known.conference), known.facts, unit.now)
    return unit.save(DECISIONS, Change(after))


def _must_be_resolved(unit: Unit, conference: Conference, facts: Facts) -> None:
    """What is recorded of a board is a resolution, or nothing is."""
    known = facts.resolution
    if known is not None:
        resolved(
            text=known.text,
            on=known.on,
            present=known.present,
            votes_for=known.votes_for,
            votes_against=known.votes_against,
            seats=known.seats,
            today=day_in(conference.zone, unit.now),
        )


def _decision(unit: Unit, id_: str) -> Decision:
    known = unit.load(DECISIONS, id_)
    if known is None:
        raise DecisionUnknown("There is no decision under this address. Nothing was changed.")
    return known


def _conference(unit: Unit, id_: str) -> Conference:
    known = unit.load(CONFERENCES, id_)
    if known is None:
        raise ConferenceUnknown("There is no conference under this address. Nothing was changed.")
    return known
