"""A conference is postponed: its days hold no longer, who is registered is asked whether they wait."""

from datetime import datetime

from services.scheduling.conferences.domain import conference as conferences
from services.scheduling.conferences.domain.conference import Conference, FieldRefused
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.decisions.commands.cancelling import CHOOSE_BY_MISSING
from services.scheduling.decisions.commands.kind import Kind
from services.scheduling.decisions.domain import disruption
from services.scheduling.decisions.domain.decision import Decision, Facts
from services.scheduling.decisions.domain.disruption import Disruption
from services.scheduling.decisions.domain.stakes import Stakes
from services.scheduling.decisions.store.decisions import DECISIONS, DISRUPTIONS, STAKES
from shared.change import Change
from shared.contracts.flow import job
from shared.contracts.scheduling import ConferencePostponed
from shared.ids import new_id
from shared.unit import Unit


def must_be_possible(conference: Conference, facts: Facts, now: datetime) -> Change[Conference]:
    """The conference as it would be; refused for one that is a draft, begun, postponed or cancelled."""
    return _postponed(conference, facts, run="", now=now)


@job(of=DECISIONS, emits=[ConferencePostponed])
def carry_out_postponement(unit: Unit, decision: Decision) -> str:
    """Postpone the conference as it was decided, and open the record of what comes back."""
    known = unit.load(CONFERENCES, decision.conference)
    assert known is not None
    change = _postponed(known, decision.facts, run=new_id("run"), now=unit.now)
    return postponed(unit, change, decision=decision.id).id  # it holds the conference until everybody was asked


def postponed(unit: Unit, change: Change[Conference], *, decision: str = "") -> Disruption:
    """Save what a postponement means here: the conference, and the record of what comes back."""
    conference = unit.save(CONFERENCES, change)
    stakes = unit.load(STAKES, conference.id) or Stakes(id=conference.id)
    record = disruption.begin(conference, stakes=stakes, decision=decision, now=unit.now)
    return unit.save(DISRUPTIONS, Change(record))


def _postponed(conference: Conference, facts: Facts, *, run: str, now: datetime) -> Change[Conference]:
    if facts.choose_by is None:
        raise FieldRefused("choose_by", CHOOSE_BY_MISSING)
    return conferences.postpone(
        conference, run=run, reason=facts.reason, decision=facts.text, choose_by=facts.choose_by, now=now
    )


KIND = Kind(
    name="postpone",
    title="Postpone the conference",
    noun="the postponement",
    has_choices=True,
    must_be_possible=must_be_possible,
    carry_out=carry_out_postponement,
)
