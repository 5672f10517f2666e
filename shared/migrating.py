"""What an earlier version kept in another place, or so that nobody can read it now: carried over with nothing running.

`python -m services.NAME migrate` does it. A service that finds something to carry over refuses to start, and says so:
old and new processes would not find each other's. What can be read as it is needs no migration (`shared/carrying.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.mongo import Database


@dataclass(frozen=True, slots=True)
class Migration:
    """One change of shape: what it is about, how many are left in the old one, and how they are carried over."""

    subject: str  # what is carried over, in the plural
    left: Callable[[Database], int]
    carry: Callable[[Database], None]


class NotMigrated(SystemExit):
    """The database is as an earlier version left it; the service was not started."""


def migrate(database: Database, migrations: Sequence[Migration]) -> list[str]:
    """Carry over what is left, in order; a sentence about each."""
    lines = []
    for migration in migrations:
        count = migration.left(database)
        if count:
            migration.carry(database)
            lines.append(f"{migration.subject}: {count:,} carried over.")
    return lines


def require_migrated(database: Database, migrations: Sequence[Migration]) -> None:
    """Raises `NotMigrated` while something is kept in the shape of an earlier version."""
    for migration in migrations:
        if migration.left(database):
            raise NotMigrated(
                f"{migration.subject} are kept here as an earlier version did. {database.service} was not started. "
                f"Stop its other processes, run `python -m services.{database.service} migrate`, and start it again."
            )
