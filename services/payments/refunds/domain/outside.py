"""Owns refunds that somebody made at the card provider and not here: which they are, and what they pay.

A label makes no two sums equal: what carries our number and not our sum is none of ours. Such a refund pays what is
owed back of its payment first, then it takes back what the payment had paid; what is beyond that the payer owes us.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.payments.books.domain import postings
from services.payments.books.domain.ledger import Transaction
from services.payments.books.domain.postings import About
from services.payments.orders.domain.giving_back import give_back_of
from services.payments.orders.domain.orders import Order, of_order
from services.payments.provider.domain.events import REFUND_MADE, ProviderEvent
from services.payments.provider.domain.shown import ProviderRefund
from services.payments.refunds.domain.refunds import (
    CARD,
    IN_FLIGHT,
    Refund,
    RefundState,
    agrees,
    resumed,
    waits_for_dispute,
)
from shared.problem import NotFound, Refusal


class Why(StrEnum):
    """Why a refund at the provider is none of ours."""

    NO_NUMBER = "no_number"  # somebody made it at the provider's desk
    UNKNOWN_NUMBER = "unknown_number"
    OTHER_SUM = "other_sum"  # it carries our number, and not our sum
    SECOND = "second"  # it carries the number of one that has been sent already


class OutsideUnknown(NotFound):
    """There is no such refund among those made outside."""


class OutsideLookedAtBefore(Refusal):
    """Somebody has looked at it and said what was done."""

    title = "Looked at before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A refund made outside, what it was taken for, and what a person has said about it."""

    id: str  # the provider's refund
    why: Why
    order: str
    conference: str
    payment: str
    label: str  # our number, as somebody wrote it there
    amount_minor: int
    currency: str
    paying_minor: int  # it has paid refunds that were owed
    owed_again_minor: int  # the order is still on: it owes that again
    beyond_minor: int  # more than was owed to the payer, who therefore owes it to us
    found_at: datetime
    looked_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a refund made outside means: the order, the refunds it stands for, what is left of those it paid in part."""

    order: Order
    parts: tuple[Refund, ...]
    rests: tuple[Refund, ...]
    transactions: tuple[Transaction, ...]
    share_minor: int  # what it takes from its payment
    outside: Outside


def own_of(refund: Refund, told: Sequence[ProviderRefund], *, siblings: Iterable[Refund]) -> ProviderRefund | None:
    """The provider's refund that is this one of ours: one that stands before one that failed."""
    others = {each.provider_refund for each in siblings if each.id != refund.id}
    found = [each for each in told if each.id == refund.provider_refund or agrees(refund, each)]
    found = [each for each in found if each.id not in others]
    return next((each for each in found if each.stands), found[0] if found else None)


def strangers_among(told: Iterable[ProviderRefund], *, siblings: Sequence[Refund]) -> list[ProviderRefund]:
    """Which of a payment's refunds at the provider are none of ours; `siblings` are all of ours of this payment."""
    known = {each.provider_refund for each in siblings}
    awaited = [each for each in siblings if each.provider_refund is None and each.rail == CARD]
    return [
        each
        for each in told
        if each.stands and each.id not in known and not any(agrees(refund, each) for refund in awaited)
    ]


def take_in(
    order: Order, told: ProviderRefund, *, payment: str, refunds: Sequence[Refund], why: Why, about: About
) -> Taken:
    """What was refunded outside pays open refunds of its payment, then takes back what the payment has paid."""
    left_minor, parts, rests = told.amount_minor, [], []
    for refund in sorted(filter(_can_be_paid, refunds), key=lambda each: _fit(each, told)):
        if left_minor:
            amount_minor = min(left_minor, refund.amount_minor)
            order, part, rest = _pay(order, refund, told, amount_minor=amount_minor)
            parts.append(part)
            rests.extend([rest] if rest else [])
            left_minor -= amount_minor
    paying_minor = told.amount_minor - left_minor
    order, deferred, share_minor = give_back_of(order, payment, left_minor)
    is_ended = order.settlement is not None
    outside = Outside(
        id=told.id,
        why=why,
        order=order.id,
        conference=order.conference,
        payment=payment,
        label=told.refund,
        amount_minor=told.amount_minor,
        currency=told.currency,
        paying_minor=paying_minor + (share_minor if is_ended else 0),
        owed_again_minor=0 if is_ended else share_minor,
        beyond_minor=left_minor - share_minor,
        found_at=about.at,
    )
    transactions = []
    if left_minor:
        order, more = _more(
            order, told, payment=payment, amount_minor=left_minor, of_lines_minor=share_minor, now=about.at
        )
        parts.append(more)
        transactions.append(
            postings.returned(about, provider_refund=told.id, deferred=deferred, amount_minor=left_minor)
        )
    return Taken(
        order=order,
        parts=tuple(parts),
        rests=tuple(rests),
        transactions=tuple(transactions),
        share_minor=share_minor,
        outside=outside,
    )


def why_outside(told: ProviderRefund, labelled: Refund | None) -> Why:
    """Why this is none of ours; `labelled` is the one whose number it carries."""
    if not told.refund:
        return Why.NO_NUMBER
    if labelled is None:
        return Why.UNKNOWN_NUMBER
    return Why.SECOND if agrees(labelled, told) else Why.OTHER_SUM


def is_echo(event: ProviderEvent, refund: Refund | None) -> bool:
    """Whether this only says that our own request has arrived, as its answer does: nothing is to be looked at.

    What never left, or has gone another way, is no request of ours, whatever the label says.
    """
    if event.type != REFUND_MADE or refund is None or refund.rail != CARD:
        return False
    has_left = refund.state in (*IN_FLIGHT, RefundState.PROVIDER_PENDING, RefundState.SETTLED)
    is_same = (event.refund, event.amount_minor, event.currency) == (refund.id, refund.amount_minor, refund.currency)
    return has_left and is_same and refund.provider_refund in (None, event.object)


def look_at(outside: Outside, *, note: str, now: datetime) -> Outside:
    """Finance has looked, and says what was done."""
    if outside.looked_at is not None:
        raise OutsideLookedAtBefore(f"Somebody has looked at this refund before: {outside.note} Nothing was changed.")
    return replace(outside, looked_at=now, note=note)


def is_on_its_way(refund: Refund) -> bool:
    """Whether it must be known first what becomes of this one."""
    return refund.state in IN_FLIGHT


def _can_be_paid(refund: Refund) -> bool:
    """Whether it is certain that nothing of it has left: it is owed, and this pays it."""
    waits = (RefundState.PLANNED, RefundState.HELD, RefundState.AWAITING_PAYEE, RefundState.AWAITING_RECORD)
    return refund.state in (*waits, RefundState.DISPUTED)


def _fit(refund: Refund, told: ProviderRefund) -> tuple[bool, bool, datetime, str]:
    """What it was most likely meant for comes first."""
    return refund.id != told.refund, refund.amount_minor != told.amount_minor, refund.planned_at, refund.id


def _pay(
    order: Order, refund: Refund, told: ProviderRefund, *, amount_minor: int
) -> tuple[Order, Refund, Refund | None]:
    """All of this refund, or a part of it, is what was refunded outside; what is left goes on by itself."""
    paid = replace(
        refund, rail=CARD, state=RefundState.PROVIDER_PENDING, provider_refund=told.id, amount_minor=amount_minor
    )
    if amount_minor == refund.amount_minor:
        return order, paid, None
    part = replace(paid, id=f"{refund.id}:{told.id}", part_of=refund.id, payee=None)
    order = order.with_refund_split(refund.id, part=part.id, amount_minor=amount_minor)
    rest = replace(refund, amount_minor=refund.amount_minor - amount_minor)
    if rest.rail == CARD and not waits_for_dispute(rest):
        rest = replace(resumed(rest), state=RefundState.PLANNED)  # nothing of it has left: that was asked just now
    return order, part, rest


def _more(
    order: Order, told: ProviderRefund, *, payment: str, amount_minor: int, of_lines_minor: int, now: datetime
) -> tuple[Order, Refund]:
    """What no refund of ours has asked for is one more of them, which the provider has already."""
    refund = Refund(
        id=f"refund:outside:{told.id}",
        **of_order(order),
        run=order.run,
        payment=payment,
        currency=order.currency,
        amount_minor=amount_minor,
        rail=CARD,
        state=RefundState.PROVIDER_PENDING,
        planned_at=now,
        provider_refund=told.id,
    )
    return order.with_more_back(refund.id, amount_minor=amount_minor, of_lines_minor=of_lines_minor), refund
