"""What stands in the way of a release: the conflicts of the draft, each with the weight that the committee gave it."""

from services.scheduling.agendas.store.demand import demand
from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.programme.domain.conflict_rules import Conflict
from services.scheduling.programme.domain.conflicts import conflicts_of
from services.scheduling.programme.domain.programme import Level
from services.scheduling.programme.store.programme import SPEAKERS
from services.scheduling.releases.domain.differences import Draft
from shared.unit import Unit

SHOWN_COUNT_MAX = 3  # in one sentence; the preview lists all


def conflicts(unit: Unit, draft: Draft, *, known: Conference) -> tuple[Conflict, ...]:
    """Everything that is wrong with what a release would show, what blocks it first."""
    shown = draft.shown
    # One that another stands in for gives way to it: it is in nobody's way.
    sessions = [each for each in draft.sessions if each.id in shown or not each.is_in_programme]
    persons = {person for each in shown.values() for person in each.speakers}
    unit.preload((SPEAKERS, each) for each in persons)
    found = {each: unit.load(SPEAKERS, each) for each in persons}
    wanted = demand(unit.database, draft.programme.conference)
    return conflicts_of(
        draft.programme,
        sessions,
        {person: speaker for person, speaker in found.items() if speaker},
        zone=known.zone,
        days=(known.starts, known.ends),
        stars=wanted.stars,
        signed_up=wanted.signed_up,
        wanted_together=wanted.wanted_together,
    )


def blocking(found: tuple[Conflict, ...]) -> list[str]:
    """Each conflict that blocks a release, in a sentence."""
    return [each.sentence for each in found if each.level is Level.BLOCK]
