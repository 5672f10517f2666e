"""Owns what it means for an order that one of its registrations has left, while the others and the conference go on.

All that stood of it ends at once, and nothing is left to choose: the fee is kept of what the payer had paid for it, and
the rest goes back. Who leaves because the conference is moved keeps nothing behind: no fee, whatever the terms say.
"""

from services.payments.books.domain import postings
from services.payments.books.domain.postings import About
from services.payments.endings.domain.mechanism import REFUND, Decision, dispose, take_off
from services.payments.orders.domain.endings import MOVED, REGISTRATION_LEFT, Ending
from services.payments.orders.domain.lines import deferred_of
from services.payments.orders.domain.orders import Order, of_all
from shared.change import Change
from shared.contracts.payments import LeavingWorkedOut
from shared.contracts.registration import RegistrationLeft


def leave(order: Order, left: RegistrationLeft, *, about: About) -> Decision:
    """One registration has left the order. It leaves once: hearing it again changes nothing."""
    if order.has_left(left.registration):
        return Decision(change=Change(order))
    is_moved = left.cause == MOVED
    lines = tuple(line for line in order.open_lines if line.registration == left.registration)
    ending = Ending(
        id=about.cause or f"{order.id}:{left.registration}",
        cause=MOVED if is_moved else REGISTRATION_LEFT,
        registrations=(left.registration,),
        amount_minor=0,
        run=left.run,
    )
    off = take_off(order, lines, ending=ending, fee_minor=0 if is_moved else left.terms.leave_fee_minor)
    done = dispose(off.order, off.ending, choice=REFUND if off.ending.free_minor else None, about=about)
    booked = postings.left(
        about,
        registration=left.registration,
        deferred=deferred_of(lines),
        written_off_minor=done.ending.written_off_minor,
        released_minor=done.ending.released_minor,
        kept_minor=done.ending.kept_minor,
        credited_minor=done.ending.credited_minor,
    )
    return Decision(
        change=Change(done.order, (_worked_out(done.order, done.ending, left),)),
        transactions=(booked,) if booked.lines else (),
        takings=(*off.grant_takings, *done.takings),
        refunds=done.refunds,
        returned=done.returned,
    )


def _worked_out(order: Order, ending: Ending, left: RegistrationLeft) -> LeavingWorkedOut:
    return LeavingWorkedOut(
        **of_all(order, registration=left.registration),
        number=order.number,
        tender=next((portion.tender for portion in ending.own), order.tender),
        price_minor=ending.amount_minor,
        kept_minor=ending.kept_minor,
        owed_back_minor=sum(each.amount_minor for each in ending.refunds),
        written_off_minor=ending.written_off_minor,
        released_minor=ending.released_minor,
        credited_minor=ending.credited_minor,
        total_minor=order.total_minor,
        balance_minor=order.owed_minor,
        currency=order.currency,
        awaited_minor=order.underway.amount_minor if order.underway else 0,
        is_over=order.is_over,
        attendee=left.person,
    )
