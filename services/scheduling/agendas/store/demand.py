"""What people want of sessions, counted for those who lay out the programme: nobody is named."""

from services.scheduling.agendas.store import affected
from services.scheduling.agendas.store import agendas as store
from services.scheduling.programme.domain.conflict_rules import Demand
from shared.mongo import Database


def demand(database: Database, conference: str) -> Demand:
    """How many starred each session, how many hold a seat in it, and how many want two together."""
    return Demand(
        stars=store.star_counts(database, conference),
        signed_up={session: len(roster.held) for session, roster in store.rosters(database, conference).items()},
        wanted_together=affected.wanted_together(database, conference),
    )
