"""Where attempts to pay by card are kept, and deposit slips."""

from services.payments.receipts.domain.checkouts import Checkout
from services.payments.receipts.domain.deposits import Deposit
from shared.associations import HOUSE
from shared.collection import Collection
from shared.jobs import DUE_INDEX

CHECKOUTS = Collection("checkouts", Checkout, (DUE_INDEX,))
DEPOSITS = Collection("deposits", Deposit, conference=HOUSE)


COLLECTIONS = (
    CHECKOUTS,
    DEPOSITS,
)
