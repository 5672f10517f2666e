"""Owns what is added to an order after its invoice was issued: one more line, owed with all else on it.

A line of an order that has ended meanwhile is never owed: it ends as it comes, and nothing is booked or said of it.
"""

from dataclasses import replace

from services.payments.books.domain import postings
from services.payments.books.domain.ledger import Transaction
from services.payments.books.domain.postings import About
from services.payments.orders.domain.endings import OPTION_ENDED, Ending
from services.payments.orders.domain.lines import OPTION, Line, deferred_of
from services.payments.orders.domain.orders import Order, of_all
from shared.change import Change
from shared.contracts.payments import InvoiceExtended
from shared.contracts.registration import OptionAdded

TOO_LATE = "ended"  # by which such a line has ended


def line_id(added: OptionAdded) -> str:
    """The line that something added becomes; hearing of it again finds it."""
    return f"{added.order}:{added.registration}:{added.number}"


def add_line(order: Order, added: OptionAdded, *, about: About) -> tuple[Change[Order], tuple[Transaction, ...]] | None:
    """The order with one more line, its invoice and its books with it; None when the line is known."""
    if any(line.id == line_id(added) for line in order.lines):
        return None
    line = Line(
        id=line_id(added),
        registration=added.registration,
        kind=OPTION,
        amount_minor=added.amount_minor,
        product=added.product,
        session=added.session,
        added_at=about.at,
        label=added.label,
    )
    if order.is_over or order.has_left(added.registration):
        return Change(_never_owed(order, line)), ()
    after = replace(order, lines=(*order.lines, line))
    booked = postings.line_added(about, line=line.id, owed=deferred_of((line,)))
    return Change(after, (_extended(after, line, added),)), (booked,) if booked.lines else ()


def _never_owed(order: Order, line: Line) -> Order:
    ending = Ending(
        id=f"{line.id}:{TOO_LATE}",
        cause=OPTION_ENDED,
        registrations=(line.registration,),
        amount_minor=line.amount_minor,
        written_off_minor=line.amount_minor,
        by=TOO_LATE,
    )
    ended = replace(line, ending=ending.id)
    return replace(order, lines=(*order.lines, ended), endings=(*order.endings, ending.counted()))


def _extended(order: Order, line: Line, added: OptionAdded) -> InvoiceExtended:
    return InvoiceExtended(
        **of_all(order, registration=line.registration),
        number=order.number,
        tender=order.tender,
        line=line.id,
        product=line.product,
        session=line.session,
        label=line.label,
        added_minor=line.amount_minor,
        total_minor=order.total_minor,
        balance_minor=order.owed_minor,
        currency=order.currency,
        attendee=added.person,
        addition=added.number,
    )
