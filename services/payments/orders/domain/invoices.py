"""Owns the invoice: what was ordered, line by line, and under which number it is paid."""

import re

from services.payments.books.domain import postings
from services.payments.books.domain.ledger import Transaction
from services.payments.books.domain.postings import About
from services.payments.orders.domain.lines import KINDS, Line
from services.payments.orders.domain.orders import Order, of_all
from shared.change import Change
from shared.contracts.payments import InvoiceIssued
from shared.contracts.registration import OrderPlaced
from shared.references import INVOICE_PREFIX, digits_as_typed, digits_of

INVOICE_YEARS = range(2000, 2100)
PREFIX = "INV"  # where an association has none of its own


def issue_invoice(
    placed: OrderPlaced, *, about: About, prefix: str = ""
) -> tuple[Change[Order], tuple[Transaction, ...]]:
    """An order is owed for: the invoice gets its number, with this prefix or INV, and the money is deferred."""
    if any(line.kind not in KINDS for line in placed.lines):
        raise ValueError(f"{placed.order}: a line is neither a fee nor a guest nor an option")
    order = Order(
        id=placed.order,
        registration=placed.registrations[0],
        registrations=placed.registrations,
        conference=placed.conference,
        person=placed.payer,
        number=invoice_number(placed.order, year=about.at.year, prefix=prefix),
        digits=digits_of(placed.order) if prefix else "",
        tender=placed.tender,
        currency=placed.currency,
        issued_at=about.at,
        lines=tuple(
            Line(
                id=f"{placed.order}:{number}",
                registration=line.registration,
                kind=line.kind,
                amount_minor=line.amount_minor,
                product=line.product,
                session=line.session,
            )
            for number, line in enumerate(placed.lines, start=1)
        ),
        cancel_fee_minor=placed.terms.organiser_cancels_fee_minor,
    )
    issued = InvoiceIssued(
        **of_all(order),
        number=order.number,
        total_minor=order.total_minor,
        currency=order.currency,
        tender=order.tender,
    )
    booked = postings.invoice_issued(about, order=order.id, owed=order.deferred)
    return Change(order, (issued,)), (booked,) if booked.lines else ()


def invoice_number(order: str, *, year: int, prefix: str = "") -> str:
    """A number that people can read out, made from the order's id, so that no two orders wait for each other's."""
    return _numbered(digits_of(order), year=year, prefix=prefix or PREFIX)


def invoice_numbers_as_typed(text: str) -> list[str]:
    """The numbers that an invoice may have, by what somebody copied from a cheque: its own, or those of a payment
    reference, which has no year. Case, blanks and dashes don't matter."""
    if found := _typed(text):
        return [_numbered(found[3], year=int(found[2]), prefix=found[1] or PREFIX)]
    digits = digits_as_typed(text)
    return [_numbered(digits, year=year, prefix=PREFIX) for year in INVOICE_YEARS] if digits else []


def digits_typed(text: str) -> str | None:
    """What all invoices have whose prefix somebody left out, or who copied a payment reference, which has none."""
    found = _typed(text)
    return (None if found[1] else found[3]) if found else digits_as_typed(text)


def _typed(text: str) -> re.Match[str] | None:
    plain = "".join(filter(str.isalnum, text)).upper()
    return re.fullmatch(rf"({INVOICE_PREFIX})?(\d{{4}})(\d{{12}})", plain, re.ASCII)


def _numbered(digits: str, *, year: int, prefix: str) -> str:
    return f"{prefix}-{year:04}-{digits[:4]}-{digits[4:8]}-{digits[8:]}"
