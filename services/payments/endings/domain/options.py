"""Owns what it means for an order that one of its options moves or ends while its registration goes on.

An option is what was paid for last: that is why the newest payment goes back first.
"""

from dataclasses import replace

from services.payments.books.domain import postings
from services.payments.books.domain.postings import About
from services.payments.endings.domain.mechanism import REFUND, Decision, dispose, take_off
from services.payments.orders.domain.endings import OPTION_ENDED, Ending
from services.payments.orders.domain.lines import OPTION, Line
from services.payments.orders.domain.orders import Order, of_all
from shared.change import Change
from shared.contracts.payments import InvoiceReduced
from shared.contracts.registration import OptionCancelled, OptionMoved


class OptionUnknown(LookupError):
    """An option that the order never had; this can't be handled."""


class OptionPriceDiffers(ValueError):
    """An option at another price than the invoice has it; this can't be handled."""


def move_option(order: Order, moved: OptionMoved) -> Change[Order] | None:
    """The line pays for another seat at the same price, and no money moves; None when that is known."""
    line = _standing(order, registration=moved.registration, product=moved.option)
    if line is None:
        _must_know(order, moved.registration, moved.to_option, moved.option)
        return None
    _must_cost(line, moved.amount_minor)
    renamed = replace(line, product=moved.to_option, session=moved.to_session)
    return Change(replace(order, lines=tuple(renamed if each is line else each for each in order.lines)))


def cancel_option(order: Order, cancelled: OptionCancelled, *, about: About) -> Decision:
    """The option is owed no more: written off as far as it was not paid, the rest owed back or back in its fund.

    It ends once: hearing it again changes nothing. An order that has ended was settled as a whole, with this option.
    """
    line = _standing(order, registration=cancelled.registration, product=cancelled.product)
    if line is None:
        _must_know(order, cancelled.registration, cancelled.product)
        return Decision(change=Change(order))
    _must_cost(line, cancelled.amount_minor)
    ending = Ending(
        id=about.cause or f"{order.id}:{line.id}",
        cause=OPTION_ENDED,
        registrations=(line.registration,),
        amount_minor=line.amount_minor,
        by=cancelled.by,
    )
    off = take_off(order, (line,), ending=ending)
    done = dispose(off.order, off.ending, choice=REFUND, about=about)
    booked = postings.option_cancelled(
        about,
        cancelled_minor=line.amount_minor,
        written_off_minor=off.ending.written_off_minor,
        released_minor=off.ending.released_minor,
        credited_minor=done.ending.credited_minor,
    )
    return Decision(
        change=Change(done.order, (_reduced(done.order, line, done.ending),)),
        transactions=(booked,) if booked.lines else (),
        takings=(*done.takings, *off.grant_takings),
        refunds=done.refunds,
        returned=done.returned,
    )


def _reduced(order: Order, line: Line, ending: Ending) -> InvoiceReduced:
    return InvoiceReduced(
        **of_all(order, registration=line.registration),
        number=order.number,
        product=line.product,
        session=line.session,
        reduced_minor=line.amount_minor,
        written_off_minor=ending.written_off_minor,
        owed_back_minor=sum(each.amount_minor for each in ending.refunds),
        released_minor=ending.released_minor,
        credited_minor=ending.credited_minor,
        total_minor=order.total_minor,
        balance_minor=order.owed_minor,
        currency=order.currency,
    )


def _options(order: Order, registration: str) -> tuple[Line, ...]:
    return tuple(each for each in order.lines if each.kind == OPTION and each.registration == registration)


def _standing(order: Order, *, registration: str, product: str) -> Line | None:
    return next((each for each in _options(order, registration) if each.is_open and each.product == product), None)


def _must_know(order: Order, registration: str, *products: str) -> None:
    if not any(each.product in products for each in _options(order, registration)):
        raise OptionUnknown(f"{order.id} has no option {products[-1]}")


def _must_cost(line: Line, amount_minor: int) -> None:
    if line.amount_minor != amount_minor:
        raise OptionPriceDiffers(f"{line.product} was invoiced at {line.amount_minor}, not {amount_minor}")
