"""What others build on a payer, so that nobody is erased in that very moment."""

from services.registration.payers.domain import Payer
from services.registration.payers.store import PAYERS
from shared.unit import Conflict, Unit


def hold(unit: Unit, payer: Payer) -> None:
    """What this unit orders is ordered by nobody who was erased; they are written, so that of two at once one begins
    again."""
    if not unit.guard(PAYERS, {"_id": payer.id, "identity": payer.identity}, {"$inc": {"held_count": 1}}):
        raise Conflict(f"{payer.id} is not called so any more")
