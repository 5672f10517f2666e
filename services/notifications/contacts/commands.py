"""What lets messages go on that waited for something."""

from services.notifications.contacts.domain import Wake
from services.notifications.contacts.store import WAKES
from shared.jobs import due
from shared.unit import Unit


def wake(unit: Unit, key: str) -> None:
    """Wake the messages that wait for `key`, as in their `waits_for`, once: for this cause of the unit."""
    assert unit.cause is not None
    unit.add(WAKES, Wake(id=f"{key}@{unit.cause.archive_id}", key=key), job=due())
