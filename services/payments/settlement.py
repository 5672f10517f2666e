"""Owns what a cancellation means for one order: first what is offered, then, once it is final, where every cent goes.

Leaves to `refunds` how money that is owed back travels.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from services.payments import postings
from services.payments.ledger import Transaction
from services.payments.orders import GRANT, RAILS, Order, RefundShare, Settlement, Share, of_order
from services.payments.postings import About
from services.payments.refunds import Refund, plan_refund
from shared.change import Change
from shared.contracts.envelope import Event
from shared.contracts.payments import CreditIssued, DonationRecorded, GrantReleased, InvoiceVoided, SettlementOffered
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


def work_out(order: Order, cancelled: RegistrationCancelled, *, about: About) -> Decision:
    """The registration has ended: nothing is owed any more, a grant is back in its fund, and money is offered back.

    Working out an order twice changes nothing.
    """
    if order.settlement is not None:
        return Decision(change=Change(order))
    grants = [share for share in order.shares if share.tender == GRANT]
    released_minor = sum(share.paid_minor for share in grants)
    refundable_minor = order.paid_minor - released_minor
    fee_minor = min(cancelled.terms.organiser_cancels_fee_minor, refundable_minor)
    settlement = Settlement(
        run=cancelled.run,
        fee_minor=fee_minor,
        refundable_minor=refundable_minor - fee_minor,
        voided_minor=order.owed_minor,
        released_minor=released_minor,
    ).with_refunds(())
    after = replace(order, voided_minor=order.voided_minor + order.owed_minor, settlement=settlement)
    voided, rest = order.deferred.take(settlement.voided_minor)
    released, _ = rest.take(released_minor)
    booked = postings.ended(about, registration=order.registration, voided=voided, released=released)
    worked_out = Decision(
        change=Change(after, (_worked_out(order, settlement, cancelled),)),
        transactions=(booked,) if booked.lines else (),
        takings=tuple(Taking(payment=share.payment, amount_minor=share.paid_minor) for share in grants),
    )
    return _keep_all(worked_out, about=about) if fee_minor and settlement.is_fixed else worked_out


def fix(order: Order, fixed: SettlementFixed, *, about: About) -> Decision:
    """What happens with the money is final: the fee is kept, the rest goes back, is carried as credit, or is donated.

    It is fixed once: hearing it again changes nothing.
    """
    settlement = order.settlement
    if settlement is None:
        raise ValueError(f"{order.id} was fixed before it was worked out")
    if settlement.is_fixed:
        return Decision(change=Change(order))
    if fixed.choice not in CHOICES:
        raise ValueError(f"{order.id}: {fixed.choice!r} is no choice")
    whole = Decision(change=Change(order), takings=tuple(_takings(order)))
    match fixed.choice:
        case "credit":
            decision = _credited(order, settlement, whole, about=about)
        case "donate":
            decision = _donated(order, settlement, whole, about=about)
        case _:
            decision = _refunded(order, settlement, whole, about=about)
    return _booked(decision, settlement, about=about)


def _worked_out(order: Order, settlement: Settlement, cancelled: RegistrationCancelled) -> Event:
    """The one thing that is said about this registration, by what it was paid with."""
    if any(share.tender != GRANT for share in order.shares):
        is_choice_left = settlement.refundable_minor > 0
        return SettlementOffered(
            **of_order(order),
            run=cancelled.run,
            currency=order.currency,
            tender=_main_tender(order),
            paid_minor=order.paid_minor,
            fee_minor=settlement.fee_minor,
            refundable_minor=settlement.refundable_minor,
            voided_minor=settlement.voided_minor,
            released_minor=settlement.released_minor,
            choices=CHOICES if is_choice_left else (),
            default_choice=cancelled.default_choice,
            choose_until=cancelled.choose_until,
        )
    if order.shares:
        return GrantReleased(
            **of_order(order),
            run=cancelled.run,
            currency=order.currency,
            released_minor=settlement.released_minor,
            voided_minor=settlement.voided_minor,
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
    tenders = [share.tender for share in order.shares if share.tender != GRANT]
    return order.tender if order.tender in tenders else tenders[0]


def _refundable(order: Order) -> Iterator[Share]:
    return (share for share in order.shares if share.tender != GRANT)


def _takings(order: Order) -> Iterator[Taking]:
    for share in _refundable(order):
        yield Taking(payment=share.payment, amount_minor=share.paid_minor)


def _after_fee(order: Order, *, fee_minor: int) -> Iterator[Share]:
    """What is left of each payment when the fee has been kept, of the first payment as far as that goes."""
    for share in _refundable(order):
        kept_minor = min(fee_minor, share.paid_minor)
        fee_minor -= kept_minor
        if share.paid_minor > kept_minor:
            yield replace(share, paid_minor=share.paid_minor - kept_minor)


def _credited(order: Order, settlement: Settlement, whole: Decision, *, about: About) -> Decision:
    amount_minor = settlement.refundable_minor
    credit = Credit(
        id=f"credit:{about.cause}",
        **of_order(order),
        run=settlement.run,
        currency=order.currency,
        amount_minor=amount_minor,
    )
    said = CreditIssued(
        **of_order(order), run=settlement.run, currency=order.currency, credit=credit.id, amount_minor=amount_minor
    )
    after = replace(settlement, choice=CREDIT, credited_minor=amount_minor)
    return replace(whole, change=Change(replace(order, settlement=after), (said,)), credit=credit)


def _donated(order: Order, settlement: Settlement, whole: Decision, *, about: About) -> Decision:
    amount_minor = settlement.refundable_minor
    donation = Donation(
        id=f"donation:{about.cause}",
        **of_order(order),
        run=settlement.run,
        currency=order.currency,
        amount_minor=amount_minor,
    )
    said = DonationRecorded(
        **of_order(order), run=settlement.run, currency=order.currency, donation=donation.id, amount_minor=amount_minor
    )
    after = replace(settlement, choice=DONATE, donated_minor=amount_minor)
    return replace(whole, change=Change(replace(order, settlement=after), (said,)), donation=donation)


def _refunded(order: Order, settlement: Settlement, whole: Decision, *, about: About) -> Decision:
    refunds = tuple(
        plan_refund(
            order,
            id_=f"refund:{about.cause}:{share.payment}",
            run=settlement.run,
            payment=share.payment,
            rail=RAILS[share.tender],
            amount_minor=share.paid_minor,
            now=about.at,
        )
        for share in _after_fee(order, fee_minor=settlement.fee_minor)
    )
    after = replace(settlement, choice=REFUND)
    shares = tuple(RefundShare(refund=each.id, amount_minor=each.amount_minor) for each in refunds)
    after = after.with_refunds((*settlement.refunds, *shares))
    return replace(whole, change=Change(replace(order, settlement=after)), refunds=refunds)


def _keep_all(worked_out: Decision, *, about: About) -> Decision:
    """The fee is as much as was paid: there is nothing to choose, so it is final at once."""
    order = worked_out.change.state
    settlement = order.settlement
    if settlement is None:
        return worked_out
    final = replace(worked_out, takings=(*worked_out.takings, *_takings(order)))
    return _booked(final, settlement, about=about)


def _booked(decision: Decision, before: Settlement, *, about: About) -> Decision:
    """Keep the fee, count what is done, and book where the money has gone."""
    order = decision.change.state
    settlement = order.settlement or before
    settlement = replace(settlement, kept_minor=before.fee_minor).with_refunds(settlement.refunds)
    _, paid = order.deferred.take(before.voided_minor)
    _, refundable = paid.take(before.released_minor)
    booked = postings.settled(
        about,
        registration=order.registration,
        deferred=refundable,
        kept_minor=settlement.kept_minor,
        credited_minor=settlement.credited_minor,
        donated_minor=settlement.donated_minor,
    )
    change = Change(replace(order, settlement=settlement), decision.change.events)
    return replace(decision, change=change, transactions=(*decision.transactions, booked))
