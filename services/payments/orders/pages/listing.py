"""The list of orders: what its columns say, and what can be asked of it."""

from collections.abc import Mapping

from flask import url_for

from services.payments.orders.domain.orders import Order
from services.payments.orders.store import Conference
from shared.web.tables import Column, Filter, Kind, Sum, Table

TENDERS: Mapping[str, str] = {
    "card": "card",
    "cheque": "cheque",
    "transfer": "bank transfer",
    "purchase_order": "purchase order",
    "grant": "grant",
}


def orders(conferences: Mapping[str, Conference]) -> Table[Order]:
    """All orders: what is owed on each, and how it is paid."""
    titles = {id_: each.title for id_, each in conferences.items()}
    return Table(
        name="orders",
        columns=(
            Column(
                name="number",
                label="Invoice",
                value=lambda order: order.number,
                sort="number",
                link=lambda order: url_for("order_desk.show_order", order=order.id),
            ),
            Column(name="state", label="State", value=lambda order: order.state),
            Column(
                name="total",
                label="Total",
                value=lambda order: Sum(order.total_minor, order.currency),
                kind=Kind.SUM,
                is_wide=True,
            ),
            Column(name="owed", label="Owed", value=lambda order: Sum(order.owed_minor, order.currency), kind=Kind.SUM),
            Column(
                name="tender",
                label="Pays by",
                value=lambda order: TENDERS.get(order.tender, order.tender),
                is_wide=True,
            ),
            Column(
                name="conference",
                label="Conference",
                value=lambda order: titles.get(order.conference, order.conference),
                is_wide=True,
            ),
            Column(
                name="issued",
                label="Issued",
                value=lambda order: order.issued_at,
                kind=Kind.INSTANT,
                only_in_files=True,
            ),
        ),
        filters=(
            Filter(name="conference", label="Conference", choices=titles),
            Filter(name="tender", label="Pays by", choices=TENDERS),
        ),
        search="Or the payment reference: whichever is on the cheque or the transfer, with RF or INV before it.",
        search_label="Invoice number",
        search_name="number",
    )
