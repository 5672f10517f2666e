"""A conference is cancelled: its end for good, with everything that a `ConferenceCancelled` sets going."""

from dataclasses import replace
from datetime import datetime

from services.scheduling.conferences.domain import conference as conferences
from services.scheduling.conferences.domain.conference import Conference, FieldRefused
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.decisions.commands.conferences import cancelled
from services.scheduling.decisions.commands.kind import Kind
from services.scheduling.decisions.domain.decision import Decision, Facts
from services.scheduling.decisions.store.decisions import DECISIONS
from services.scheduling.programme.store.programme import CAST_RUNS
from shared.change import Change
from shared.contracts.flow import job
from shared.contracts.scheduling import ConferenceCancelled
from shared.ids import new_id
from shared.unit import Unit

CHOOSE_BY_MISSING = "Say until which day people may choose. Nothing was changed; three weeks from today is usual."


def must_be_possible(conference: Conference, facts: Facts, now: datetime) -> Change[Conference]:
    """The conference as it would be; refused for one that is a draft, over or cancelled, and for such a last day."""
    return _cancelled(conference, facts, run="", now=now)


@job(of=DECISIONS, emits=[ConferenceCancelled], starts=[CAST_RUNS])
def carry_out_cancellation(unit: Unit, decision: Decision) -> str:
    """Cancel the conference as it was decided, and open the record of what comes back."""
    conference = unit.load(CONFERENCES, decision.conference)
    assert conference is not None
    change = _cancelled(conference, decision.facts, run=new_id("run"), now=unit.now)
    record = cancelled(unit, Change(replace(change.state, deciding=""), change.events), decision=decision.id)
    return record.id


def _cancelled(conference: Conference, facts: Facts, *, run: str, now: datetime) -> Change[Conference]:
    if facts.choose_by is None:
        raise FieldRefused("choose_by", CHOOSE_BY_MISSING)
    return conferences.cancel(
        conference, run=run, reason=facts.reason, decision=facts.text, choose_by=facts.choose_by, now=now
    )


KIND = Kind(
    name="cancel",
    title="Cancel the conference",
    noun="the cancellation",
    has_choices=True,
    must_be_possible=must_be_possible,
    carry_out=carry_out_cancellation,
)
