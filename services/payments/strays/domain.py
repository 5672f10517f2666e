"""Owns money at the card provider that fits nothing of ours: payments on no order, lines of its balance that no rule
explains, disputes that a bank has decided twice. A person has to look at each, so it is listed until somebody has."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.payments.orders.domain.orders import Order
from services.payments.provider.domain.shown import BalanceMove, PaidSession
from shared.problem import NotFound, Refusal


class Misfit(StrEnum):
    """Why money fits no order."""

    UNKNOWN_ORDER = "unknown_order"  # the payment page names an order, or an attempt, that we don't have
    OTHER_CURRENCY = "other_currency"  # no conversion is ever made
    DISPUTE_WON_AFTER_ALL = "dispute_won_after_all"  # a bank has taken back that the cardholder gets the money
    DISPUTE_LOST_AFTER_ALL = "dispute_lost_after_all"
    UNEXPLAINED = "unexplained"  # a line of the provider's balance, of a kind or about something that we don't know


class StrayUnknown(NotFound):
    """There is no such payment among those that fit no order."""


class StrayLookedAtBefore(Refusal):
    """Somebody has looked at it and said what was done."""

    title = "Looked at before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """Money at the card provider that fits nothing of ours, and what a person has done about it."""

    id: str  # the provider's payment intent, its balance transaction, or its dispute and how often that was decided
    why: Misfit
    order: str  # as the payment page names it
    order_currency: str
    session: str
    charge: str
    amount_minor: int
    currency: str
    found_at: datetime
    looked_at: datetime | None = None
    note: str = ""
    kind: str = ""  # of the line, in the provider's words
    description: str = ""  # the provider's, of the line
    fee_minor: int = 0


def misfit(paid: PaidSession, *, order: Order | None, session: str, now: datetime) -> Stray | None:
    """What a person has to look at, or None: the money fits its order. `order` is None when we don't have it."""
    if order is not None and order.currency == paid.currency:
        return None
    return Stray(
        id=paid.payment_intent,
        why=Misfit.UNKNOWN_ORDER if order is None else Misfit.OTHER_CURRENCY,
        order=paid.order,
        order_currency=order.currency if order else "",
        session=session,
        charge=paid.charge,
        amount_minor=paid.amount_minor,
        currency=paid.currency,
        found_at=now,
    )


def unexplained_move(move: BalanceMove, *, now: datetime) -> Stray:
    """A line of the provider's balance that no rule explains: positive came, negative left."""
    kind = move.type if move.category in ("", move.type) else f"{move.type} ({move.category})"
    return Stray(
        id=move.id,
        why=Misfit.UNEXPLAINED,
        order="",
        order_currency="",
        session="",
        charge=move.source,
        amount_minor=move.amount_minor,
        currency=move.currency,
        found_at=now,
        kind=kind,
        description=move.description,
        fee_minor=move.fee_minor,
    )


def look_at(stray: Stray, *, note: str, now: datetime) -> Stray:
    """Finance has looked, and says what was done."""
    if stray.looked_at is not None:
        raise StrayLookedAtBefore(f"Somebody has looked at this payment before: {stray.note} Nothing was changed.")
    return replace(stray, looked_at=now, note=note)
