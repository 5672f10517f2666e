"""By which tables a conference's points are reckoned: the installation's, with what its association says otherwise."""

from services.scheduling.attendance.domain.rules import Rules
from shared.described import association_of
from shared.mongo import Database


def rules_at(database: Database, conference: str, *, rules: Rules) -> Rules:
    """The tables of one conference."""
    return rules.with_points(association_of(database, conference).points)
