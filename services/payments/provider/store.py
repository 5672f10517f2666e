"""Where the card provider's word is kept, and the budget of requests, one for each of our accounts there."""

from dataclasses import dataclass

from services.payments.provider.domain.events import ProviderEvent
from shared.collection import Collection
from shared.jobs import DUE_INDEX


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is left of one account's budget, in seconds on the database's clock."""

    id: str
    rate: float
    free_at: float
    raised_at: float
    now: float


BUDGETS = Collection("budgets", Budget)
PROVIDER_EVENTS = Collection("provider_events", ProviderEvent, (DUE_INDEX,))


COLLECTIONS = (
    BUDGETS,
    PROVIDER_EVENTS,
)
