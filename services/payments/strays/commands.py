"""Finance says what was done about money that fits nothing of ours."""

from services.payments.strays.domain import Stray, StrayUnknown, look_at
from services.payments.strays.store import STRAYS
from shared.change import Change
from shared.contracts.flow import command
from shared.unit import Unit


@command()
def note_look(unit: Unit, *, stray: str, note: str) -> Stray:
    """Finance has looked at a payment that fits no order, and says what was done about it."""
    loaded = unit.load(STRAYS, stray)
    if loaded is None:
        raise StrayUnknown("There is no such payment among those that fit no order. Nothing was changed.")
    return unit.save(STRAYS, Change(look_at(loaded, note=note, now=unit.now)))
