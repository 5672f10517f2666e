"""Owns what a cancellation means for one order: first what is offered, then, once it is final, where every cent goes.

Leaves to `refunds` how money that is owed back travels.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from services.payments.books.domain import postings
from services.payments.books.domain.ledger import Deferred, Transaction
from services.payments.books.domain.postings import About
from services.payments.orders.domain.giving_back import paid_for
from services.payments.orders.domain.orders import GRANT, Order, RefundShare, Settlement, Share, of_order
from services.payments.refunds.domain.refunds import Refund, plan_refund
from shared.change import Change
from shared.contracts.envelope import Event
from shared.contracts.payments import (
    CreditIssued,
    DonationRecorded,
    GrantReleased,
    InvoiceVoided,
    PaymentAwaited,
    SettlementOffered,
)
from shared.contracts.registration import RegistrationCancelled, SettlementFixed

REFUND, CREDIT, DONATE = "refund", "credit", "donate"
CHOICES = (REFUND, CREDIT, DONATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Money kept for a later conference, at the registrant's wish."""

    id: str
    order: str
    registration: str
    conference: str
    person: str
    run: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Donation:
    """Money given to the association's scholarship fund."""

    id: str
    order: str
    registration: str
    conference: str
    person: str
    run: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What leaves a payment's refundable amount, for whatever purpose."""

    payment: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """All that follows from one decision about one order; it is saved as a whole."""

    change: Change[Order]
    transactions: tuple[Transaction, ...] = ()
    takings: tuple[Taking, ...] = ()
    refunds: tuple[Refund, ...] = ()
    credit: Credit | None = None
    donation: Donation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """What one choice makes of an order."""

    settlement: Settlement
    events: tuple[Event, ...] = ()
    refunds: tuple[Refund, ...] = ()
    credit: Credit | None = None
    donation: Donation | None = None


def work_out(order: Order, cancelled: RegistrationCancelled, *, about: About) -> Decision:
    """The registration has ended: nothing is owed any more, a grant is back in its fund, and money is offered back.

    Working out an order twice changes nothing.
    """
    if order.settlement is not None:
        return Decision(change=Change(order))
    grants = [share for share in order.paid_shares if share.tender == GRANT]
    released_minor = sum(share.paid_minor for share in grants)
    refundable_minor = order.paid_minor - released_minor
    fee_minor = min(cancelled.terms.organiser_cancels_fee_minor, refundable_minor)
    is_choice_left = refundable_minor > fee_minor
    settlement = Settlement(
        run=cancelled.run,
        fee_minor=fee_minor,
        refundable_minor=refundable_minor - fee_minor,
        voided_minor=order.owed_minor,
        released_minor=released_minor,
        kept_minor=0 if is_choice_left else fee_minor,
        is_ended=not is_choice_left and order.underway is None,
        awaited_minor=order.underway.amount_minor if order.underway else 0,
    )
    after = replace(order, voided_minor=order.voided_minor + settlement.voided_minor, settlement=settlement)
    voided, rest = order.deferred.take(settlement.voided_minor)
    released, refundable = rest.take(released_minor)
    transactions = [postings.ended(about, registration=order.registration, voided=voided, released=released)]
    takings = [Taking(payment=share.payment, amount_minor=share.paid_minor) for share in grants]
    if not is_choice_left:  # the fee is as much as was paid, so that it is kept at once
        transactions.append(_settled(after, settlement, deferred=refundable, about=about))
        takings.extend(_takings(order))
    return Decision(
        change=Change(after, (_worked_out(order, settlement, cancelled),)),
        transactions=tuple(each for each in transactions if each.lines),
        takings=tuple(takings),
    )


def fix(order: Order, fixed: SettlementFixed, *, about: About) -> Decision:
    """What happens with the money is final: the fee is kept, the rest goes back, is carried as credit, or is donated.

    It is fixed once: hearing it again changes nothing.
    """
    settlement = order.settlement
    if settlement is None:
        raise ValueError(f"{order.id} was fixed before it was worked out")
    if settlement.is_fixed:
        return Decision(change=Change(order))
    if not _left_minor(order, settlement):  # all of it has gone back outside of Reconvene: nothing is left to choose
        return _kept(order, settlement, choice=fixed.choice, about=about)
    match fixed.choice:
        case "refund":
            end = _refunded(order, settlement, about=about)
        case "credit":
            end = _credited(order, settlement, about=about)
        case "donate":
            end = _donated(order, settlement, about=about)
        case _:
            raise ValueError(f"{order.id}: {fixed.choice!r} is no choice")
    after = replace(order, settlement=end.settlement)
    deferred = paid_for(order, settlement)
    return Decision(
        change=Change(after, end.events),
        transactions=tuple(
            each for each in (_settled(after, end.settlement, deferred=deferred, about=about),) if each.lines
        ),
        takings=tuple(_takings(order)),
        refunds=end.refunds,
        credit=end.credit,
        donation=end.donation,
    )


def _worked_out(order: Order, settlement: Settlement, cancelled: RegistrationCancelled) -> Event:
    """The one thing that is said about this registration, by what it was paid with. What is under way is never void."""
    voided_minor = max(0, settlement.voided_minor - settlement.awaited_minor)
    if any(share.tender != GRANT for share in order.paid_shares):
        is_choice_left = settlement.refundable_minor > 0
        return SettlementOffered(
            **of_order(order),
            run=cancelled.run,
            currency=order.currency,
            tender=_main_tender(order),
            paid_minor=order.paid_minor,
            fee_minor=settlement.fee_minor,
            refundable_minor=settlement.refundable_minor,
            voided_minor=voided_minor,
            awaited_minor=settlement.awaited_minor,
            released_minor=settlement.released_minor,
            choices=CHOICES if is_choice_left else (),
            default_choice=cancelled.default_choice,
            choose_until=cancelled.choose_until,
        )
    if order.paid_shares:
        return GrantReleased(
            **of_order(order),
            run=cancelled.run,
            currency=order.currency,
            released_minor=settlement.released_minor,
            voided_minor=voided_minor,
            awaited_minor=settlement.awaited_minor,
        )
    if settlement.awaited_minor:
        return PaymentAwaited(
            **of_order(order),
            run=cancelled.run,
            currency=order.currency,
            number=order.number,
            awaited_minor=settlement.awaited_minor,
        )
    return InvoiceVoided(
        **of_order(order),
        run=cancelled.run,
        currency=order.currency,
        number=order.number,
        voided_minor=settlement.voided_minor,
    )


def _main_tender(order: Order) -> str:
    """The tender that its money goes back by; for several, the one it was ordered with, or the first to arrive."""
    tenders = [share.tender for share in order.paid_shares if share.tender != GRANT]
    return order.tender if order.tender in tenders else tenders[0]


def _refundable(order: Order) -> Iterator[Share]:
    return (share for share in order.paid_shares if share.tender != GRANT)


def _takings(order: Order) -> Iterator[Taking]:
    for share in _refundable(order):
        if share.left_minor:
            yield Taking(payment=share.payment, amount_minor=share.left_minor)


def _kept_minor(order: Order, settlement: Settlement) -> int:
    """The fee, or what is left of the money if that is less."""
    return min(settlement.fee_minor, sum(share.left_minor for share in _refundable(order)))


def _left_minor(order: Order, settlement: Settlement) -> int:
    """What the choice is about: less than was offered when money went back outside of Reconvene meanwhile."""
    return sum(share.left_minor for share in _refundable(order)) - _kept_minor(order, settlement)


def _kept(order: Order, settlement: Settlement, *, choice: str, about: About) -> Decision:
    final = replace(settlement, choice=choice, kept_minor=_kept_minor(order, settlement))
    after = replace(order, settlement=final.with_refunds(settlement.refunds))
    booked = _settled(after, final, deferred=paid_for(order, settlement), about=about)
    return Decision(
        change=Change(after), transactions=(booked,) if booked.lines else (), takings=tuple(_takings(order))
    )


def _after_fee(order: Order, *, fee_minor: int) -> Iterator[Share]:
    """What is left of each payment when the fee has been kept, of the first payment as far as that goes."""
    for share in _refundable(order):
        kept_minor = min(fee_minor, share.left_minor)
        fee_minor -= kept_minor
        if share.left_minor > kept_minor:
            yield replace(share, paid_minor=share.left_minor - kept_minor, returned_minor=0)


def _credited(order: Order, settlement: Settlement, *, about: About) -> _End:
    amount_minor = _left_minor(order, settlement)
    credit = Credit(
        id=f"credit:{about.cause}",
        **of_order(order),
        run=settlement.run,
        currency=order.currency,
        amount_minor=amount_minor,
    )
    said = CreditIssued(
        **of_order(order),
        run=settlement.run,
        currency=order.currency,
        credit=credit.id,
        amount_minor=amount_minor,
    )
    final = replace(settlement, choice=CREDIT, kept_minor=_kept_minor(order, settlement), credited_minor=amount_minor)
    return _End(settlement=final.with_refunds(settlement.refunds), events=(said,), credit=credit)


def _donated(order: Order, settlement: Settlement, *, about: About) -> _End:
    amount_minor = _left_minor(order, settlement)
    donation = Donation(
        id=f"donation:{about.cause}",
        **of_order(order),
        run=settlement.run,
        currency=order.currency,
        amount_minor=amount_minor,
    )
    said = DonationRecorded(
        **of_order(order),
        run=settlement.run,
        currency=order.currency,
        donation=donation.id,
        amount_minor=amount_minor,
    )
    final = replace(settlement, choice=DONATE, kept_minor=_kept_minor(order, settlement), donated_minor=amount_minor)
    return _End(settlement=final.with_refunds(settlement.refunds), events=(said,), donation=donation)


def _refunded(order: Order, settlement: Settlement, *, about: About) -> _End:
    refunds = tuple(
        plan_refund(
            order,
            id_=f"refund:{about.cause}:{share.payment}",
            run=settlement.run,
            payment=share.payment,
            tender=share.tender,
            amount_minor=share.paid_minor,
            now=about.at,
        )
        for share in _after_fee(order, fee_minor=settlement.fee_minor)
    )
    shares = tuple(RefundShare(refund=each.id, amount_minor=each.amount_minor) for each in refunds)
    final = replace(settlement, choice=REFUND, kept_minor=_kept_minor(order, settlement))
    return _End(settlement=final.with_refunds((*settlement.refunds, *shares)), refunds=refunds)


def _settled(order: Order, settlement: Settlement, *, deferred: Deferred, about: About) -> Transaction:
    return postings.settled(
        about,
        registration=order.registration,
        deferred=deferred,
        kept_minor=settlement.kept_minor,
        credited_minor=settlement.credited_minor,
        donated_minor=settlement.donated_minor,
    )
