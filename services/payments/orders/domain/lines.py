"""Owns what an order is made of: lines, each of one registration, standing until an ending takes it off."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.payments.books.domain.ledger import Deferred

FEE, GUEST, OPTION = "fee", "guest", "option"
KEPT = "kept"  # what an ending has kept under the terms: it stands for good, and is paid
KINDS = (FEE, GUEST, OPTION)  # of the lines that registration submits


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing on an order, at its price in minor units."""

    id: str
    registration: str
    kind: str
    amount_minor: int
    product: str = ""  # of an option: its key in the fee table
    session: str = ""  # of an option that is a seat in a session
    ending: str = ""  # that took it off; empty while it stands
    kept_by: str = ""  # the ending under whose terms this was kept
    added_at: datetime | None = None  # after the invoice was issued; None: it was ordered from the start
    label: str = ""  # of what was added later: what the fee table called it

    @property
    def is_standing(self) -> bool:
        """Whether it is still part of what is owed and paid."""
        return not self.ending

    @property
    def is_open(self) -> bool:
        """Whether it stands and may still end: what was kept never does."""
        return self.is_standing and self.kind != KEPT


def total_of(lines: Iterable[Line]) -> int:
    """The price of all of them."""
    return sum(line.amount_minor for line in lines)


def deferred_of(lines: Iterable[Line]) -> Deferred:
    """What the association owes for them: the fees, and what was ordered beside those. What was kept is earned."""
    by_kind = dict.fromkeys((*KINDS, KEPT), 0)
    for line in lines:
        by_kind[line.kind] += line.amount_minor
    return Deferred(fee_minor=by_kind[FEE], optional_minor=by_kind[GUEST] + by_kind[OPTION])
