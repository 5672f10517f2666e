"""Where donations are kept, money that a registrant did not want back, and who has left an order."""

from dataclasses import dataclass

from services.payments.endings.domain.mechanism import Donation
from shared.collection import Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """One registration that has left its order, by its id: the end of the whole order waits for those before it."""

    id: str
    order: str


DONATIONS = Collection("donations", Donation)
LEAVERS = Collection("leavers", Leaver)


COLLECTIONS = (
    DONATIONS,
    LEAVERS,
)
