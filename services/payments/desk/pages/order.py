"""The finance desk's page of one order: what is owed, what came in, what has become of it, and what can be recorded.

A refusal shows beside the form it belongs to, and what was typed is kept.
"""

import uuid
from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.payments import forms
from services.payments.books.domain.ledger import TITLES
from services.payments.forms import once, submitted, typed_in
from services.payments.orders import commands as orders_commands
from services.payments.orders.domain.orders import Order, OrderUnknown
from services.payments.orders.schemas import PurchaseOrderShape
from services.payments.orders.store import CONFERENCES, OWED_SEATS, PAYMENTS, read_order, transactions_of
from services.payments.receipts.commands import recording
from services.payments.receipts.domain.receipts import TENDERS_BY_HAND
from services.payments.receipts.schemas import PaymentShape
from services.payments.refunds.store import OUTSIDE, REFUNDS, disputes_about
from shared.auth import desk
from shared.money import in_words
from shared.principals import Action
from shared.problem import Refusal
from shared.references import payment_reference
from shared.states import list_states, read
from shared.web import links
from shared.web.current import database, settings

blueprint = Blueprint("order_desk", __name__, url_prefix="/payments/desk", template_folder="../templates")


@blueprint.get("/orders/<order>")
@desk(Action.SEE_MONEY)
def show_order(order: str) -> Response:
    """One order: what is owed, what came in, what has become of it, and every booking behind that."""
    return _order_page(_order(order), form="", typed={}, errors={}, refused=None)


@blueprint.post("/orders/<order>/payments")
@desk(Action.MOVE_MONEY)
def record_payment(order: str) -> Response:
    """Record a cheque, a transfer or a grant."""
    known = _order(order)
    typed = typed_in("tender", "reference", "received_on") | {
        "currency": known.currency,
        "amount_minor": forms.amount_minor(request.form.get("amount", ""), known.currency),
    }

    def show(errors: forms.Messages, refused: Refusal | None) -> Response:
        return _order_page(_order(order), form="payment", typed=request.form, errors=errors, refused=refused)

    def act(asked: Mapping[str, Any]) -> Response:
        once(recording.record_payment, order=order, **asked)
        flash(f"Recorded: {in_words(asked['amount_minor'], known.currency)} by {asked['tender']} {asked['reference']}.")
        return cast(Response, redirect(url_for("order_desk.show_order", order=order), 303))

    return submitted(PaymentShape(), typed, act=act, show=show)


@blueprint.post("/orders/<order>/purchase-order")
@desk(Action.MOVE_MONEY)
def record_purchase_order(order: str) -> Response:
    """Accept a purchase order."""
    known = _order(order)
    typed = typed_in("number", "dated") | {
        "limit_minor": forms.amount_minor(request.form.get("limit", ""), known.currency)
    }

    def show(errors: forms.Messages, refused: Refusal | None) -> Response:
        return _order_page(_order(order), form="purchase_order", typed=request.form, errors=errors, refused=refused)

    def act(asked: Mapping[str, Any]) -> Response:
        once(orders_commands.record_purchase_order, order=order, **asked)
        flash(f"Purchase order {asked['number']} covers this order.")
        return cast(Response, redirect(url_for("order_desk.show_order", order=order), 303))

    return submitted(PurchaseOrderShape(), typed, act=act, show=show)


def _order(named: str) -> Order:
    order = read_order(database(), named)
    if order is None:
        raise OrderUnknown("There is no order under this number.")
    return order


def _order_page(
    order: Order, *, form: str, typed: Mapping[str, Any], errors: forms.Messages, refused: Refusal | None
) -> Response:
    of_order = {"order": order.id}
    payments = list_states(database(), PAYMENTS, of_order, limit=100)
    page = render_template(
        "desk/order.html",
        order=order,
        conference=read(database(), CONFERENCES, order.conference),
        payments=payments,
        disputes=disputes_about(database(), payments),
        refunds=list_states(database(), REFUNDS, of_order, limit=100),
        outside=list_states(database(), OUTSIDE, of_order, limit=100),
        transactions=transactions_of(database(), order),
        titles=TITLES,
        tenders=TENDERS_BY_HAND,
        pay_link=links.pay(settings(), order.id),
        reference=payment_reference(order.id),
        owed_seats=list_states(
            database(),
            OWED_SEATS,
            {"person": order.person, "conference": order.conference, "is_owed": True},
            limit=20,
        ),
        form=form,
        typed=typed,
        errors=errors,
        refused=refused,
        new_key=uuid.uuid4().hex,
    )
    return make_response(page)
