"""Where the lines of the card provider's balance are kept."""

from services.payments.bank.domain import BalanceLine
from shared.collection import Collection
from shared.jobs import DUE_INDEX
from shared.states import index

BALANCE_LINES = Collection("balance_lines", BalanceLine, (DUE_INDEX, index("move.source", name="source")))


COLLECTIONS = (BALANCE_LINES,)
