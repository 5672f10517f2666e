"""How a decision learns how far it has come: from the record of what came back after it."""

from dataclasses import replace

from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.decisions.domain import decision as life
from services.scheduling.decisions.domain.decision import State
from services.scheduling.decisions.domain.disruption import Disruption
from services.scheduling.decisions.store.decisions import DECISIONS
from shared.change import Change
from shared.unit import Unit


def follow(unit: Unit, record: Disruption) -> None:
    """Take over the state of the record; once nothing is running any more, the next decision may begin."""
    known = unit.load(DECISIONS, record.decision)
    if known is None:
        return
    followed = unit.save(DECISIONS, Change(life.followed(known, state=State(record.state.value))))
    conference = unit.load(CONFERENCES, record.conference)
    if conference is not None and conference.deciding == followed.id and not followed.binds:
        unit.save(CONFERENCES, Change(replace(conference, deciding="")))
