"""Where it is kept how far the card provider's lists were read, and what is done again and again."""

from services.payments.listening.domain import Round, Sweep
from shared.collection import Collection
from shared.jobs import DUE_INDEX

SWEEPS = Collection("sweeps", Sweep)
ROUNDS = Collection("rounds", Round, (DUE_INDEX,))


COLLECTIONS = (
    SWEEPS,
    ROUNDS,
)
