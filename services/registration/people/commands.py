"""What others build on a person, so that nobody is erased in that very moment."""

from collections.abc import Collection

from services.registration.people.store import PEOPLE
from shared.keys import PersonErased
from shared.unit import Unit


def hold(unit: Unit, *persons: str) -> None:
    """What this unit builds on these persons is built on nobody who was erased; raises `PersonErased`.

    They are written, not only read: two transactions that write the same document can't both be kept, so of a
    registration and an erasure in the same moment one begins again, and sees the other.
    """
    wanted: Collection[str] = set(persons)
    if not wanted:
        return
    where = {"_id": {"$in": sorted(wanted)}, "is_erased": {"$ne": True}}
    held = unit.of(PEOPLE).update_many(where, {"$inc": {"held_count": 1}}, session=unit.session)
    if held.matched_count != len(wanted):
        raise PersonErased("Who was erased stays so. Nothing was changed; who registers again is a new person.")
