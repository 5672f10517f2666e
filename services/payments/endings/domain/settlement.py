"""Owns what a cancelled conference means for one order: first what is offered, then where every cent goes."""

from typing import TypeAlias

from services.payments.books.domain import postings
from services.payments.books.domain.ledger import Transaction
from services.payments.books.domain.postings import About
from services.payments.endings.domain.mechanism import (
    AS_CREDIT,
    CHOICES,
    DONATE,
    Decision,
    Disposed,
    credit_again_minor,
    dispose,
    take_off,
)
from services.payments.orders.domain.endings import CONFERENCE_CANCELLED, Ending
from services.payments.orders.domain.orders import Order, of_all
from shared.change import Change
from shared.contracts.envelope import Event
from shared.contracts.payments import GrantReleased, InvoiceVoided, PaymentAwaited, SettlementOffered
from shared.contracts.registration import OrderEnded, RegistrationCancelled, SettlementFixed

Ended: TypeAlias = RegistrationCancelled | OrderEnded


def work_out(order: Order, cancelled: Ended, *, about: About) -> Decision:
    """An order has ended: nothing is owed any more, a grant is back in its fund, and money is offered back. The fee is
    kept once for each registration that has ended with it.

    Working out an order twice changes nothing.
    """
    if order.settlement is not None:
        return Decision(change=Change(order))
    registrations = cancelled.registrations if isinstance(cancelled, OrderEnded) else (cancelled.registration,)
    ending = Ending(
        id=about.cause or f"{order.id}:{cancelled.run}",
        cause=CONFERENCE_CANCELLED,
        registrations=registrations,
        amount_minor=0,
        run=cancelled.run,
        awaited_minor=order.underway.amount_minor if order.underway else 0,
    )
    fee_minor = cancelled.terms.organiser_cancels_fee_minor * len(registrations)
    ending_lines = tuple(line for line in order.open_lines if line.registration in registrations)
    off = take_off(order, ending_lines, ending=ending, fee_minor=fee_minor)
    transactions = [postings.ended(about, registration=order.registration, voided=off.voided, released=off.released)]
    said = _worked_out(order, off.ending, cancelled)
    if not off.ending.is_fixed:
        return Decision(
            change=Change(off.order, (said,)), transactions=_booked(transactions), takings=off.grant_takings
        )
    kept = dispose(off.order, off.ending, choice=None, about=about)  # the fee is as much as was paid
    return Decision(
        change=Change(kept.order, (said,)),
        transactions=_booked([*transactions, _settled(order, kept, about=about)]),
        takings=(*off.grant_takings, *kept.takings),
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
    done = dispose(order, settlement, choice=fixed.choice, about=about)
    return Decision(
        change=Change(done.order, done.events),
        transactions=_booked([_settled(order, done, about=about)]),
        takings=done.takings,
        refunds=done.refunds,
        credit=done.credit,
        donation=done.donation,
        returned=done.returned,
    )


def _booked(transactions: list[Transaction]) -> tuple[Transaction, ...]:
    return tuple(each for each in transactions if each.lines)


def _settled(order: Order, done: Disposed, *, about: About) -> Transaction:
    return postings.settled(
        about,
        registration=order.registration,
        deferred=done.deferred,
        kept_minor=done.ending.kept_minor,
        credited_minor=done.ending.credited_minor,
        donated_minor=done.ending.donated_minor,
    )


def _worked_out(order: Order, settlement: Ending, cancelled: Ended) -> Event:
    """The one thing that is said about this registration, by what it was paid with. What is under way is never void."""
    voided_minor = max(0, settlement.written_off_minor - settlement.awaited_minor)
    if settlement.own:
        is_choice_left = settlement.free_minor > 0
        credit_minor = credit_again_minor(settlement)
        choices = CHOICES if credit_minor < settlement.free_minor else (AS_CREDIT, DONATE)  # nothing left to send
        default = cancelled.default_choice if cancelled.default_choice in choices else AS_CREDIT
        return SettlementOffered(
            **of_all(order, registration=settlement.registrations[0]),
            run=cancelled.run,
            currency=order.currency,
            tender=_main_tender(order, settlement),
            paid_minor=sum(portion.amount_minor for portion in settlement.taken),
            fee_minor=settlement.fee_minor,
            refundable_minor=settlement.free_minor,
            voided_minor=voided_minor,
            awaited_minor=settlement.awaited_minor,
            released_minor=settlement.released_minor,
            choices=choices if is_choice_left else (),
            default_choice=default if is_choice_left else cancelled.default_choice,
            choose_until=cancelled.choose_until,
            credit_minor=credit_minor,
        )
    if settlement.taken:
        return GrantReleased(
            **of_all(order, registration=settlement.registrations[0]),
            run=cancelled.run,
            currency=order.currency,
            released_minor=settlement.released_minor,
            voided_minor=voided_minor,
            awaited_minor=settlement.awaited_minor,
        )
    if settlement.awaited_minor:
        return PaymentAwaited(
            **of_all(order, registration=settlement.registrations[0]),
            run=cancelled.run,
            currency=order.currency,
            number=order.number,
            awaited_minor=settlement.awaited_minor,
        )
    return InvoiceVoided(
        **of_all(order, registration=settlement.registrations[0]),
        run=cancelled.run,
        currency=order.currency,
        number=order.number,
        voided_minor=settlement.written_off_minor,
    )


def _main_tender(order: Order, settlement: Ending) -> str:
    """The tender that its money goes back by; for several, the one it was ordered with, or the first to arrive."""
    tenders = [portion.tender for portion in settlement.own]
    return order.tender if order.tender in tenders else tenders[-1]
