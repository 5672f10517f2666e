"""What receipts hear: more is owed on an order, or the time for paying is over."""

from services.payments.books.commands import book
from services.payments.orders.commands import about, order_invoiced
from services.payments.orders.domain.adding import add_line
from services.payments.orders.domain.giving_up import give_up
from services.payments.orders.store import ORDERS
from services.payments.receipts.commands.checkouts import close_page
from services.payments.receipts.domain.checkouts import OPEN, open_id
from services.payments.receipts.store import CHECKOUTS
from shared.contracts.flow import consumes
from shared.contracts.payments import InvoiceExtended, OrderGivenUp
from shared.contracts.registration import OptionAdded, PaymentTimeEnded
from shared.unit import Unit


@consumes(OptionAdded, emits=[InvoiceExtended], after=lambda event: [(ORDERS, event.order)], starts=[CHECKOUTS])
def extend_invoice(event: OptionAdded, unit: Unit) -> None:
    """What was added to a registration is owed on its order; a page that is open asks for less, and closes."""
    order = order_invoiced(unit, event.order)
    added = add_line(order, event, about=about(unit, order))
    if added is None:
        return
    change, transactions = added
    unit.save(ORDERS, change)
    book(unit, transactions)
    if change.events:
        close_page(unit, order)


@consumes(PaymentTimeEnded, emits=[OrderGivenUp], after=lambda event: [(ORDERS, event.order)], starts=[CHECKOUTS])
def give_up_order(event: PaymentTimeEnded, unit: Unit) -> None:
    """Nothing was paid in time: the order is given up at once, or as soon as the provider has closed its page."""
    order = order_invoiced(unit, event.order)
    attempt = open_id(order)
    page = unit.load(CHECKOUTS, attempt) if attempt else None
    change = give_up(order, is_page_open=page is not None and page.state == OPEN)
    if change is not None:
        unit.save(ORDERS, change)
        if page is not None and page.state == OPEN:
            close_page(unit, order)
