"""The finance desk's page of one order: what is owed, what came in, what has become of it, and what can be recorded.

A refusal shows beside the form it belongs to, and what was typed is kept.
"""

from typing import cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.payments.books.domain.ledger import TITLES
from services.payments.credits.store import association_known, read_holders_credits
from services.payments.orders import commands
from services.payments.orders.domain.orders import Order, OrderUnknown
from services.payments.orders.domain.purchase_orders import uncovered_minor
from services.payments.orders.schemas import PurchaseOrderShape
from services.payments.orders.store import CONFERENCES, ORDERS, PAYMENTS, read_order, transactions_of
from services.payments.payers.store import PAYERS
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
from shared.web import forms, links
from shared.web.acts import last_act, last_acts
from shared.web.current import database, settings
from shared.web.forms import Form

blueprint = Blueprint("order_desk", __name__, url_prefix="/payments/desk", template_folder="../templates")


@blueprint.get("/orders/<order>")
@desk(Action.SEE_MONEY)
def show_order(order: str) -> Response:
    """One order: what is owed, what came in, what has become of it, and every booking behind that."""
    return _page(order)


@blueprint.post("/orders/<order>/payments")
@desk(Action.MOVE_MONEY)
def record_payment(order: str) -> Response:
    """Record a cheque, a transfer or a grant."""
    currency = _order(order).currency
    amount_minor = forms.amount_minor(request.form.get("amount", ""), currency)
    sent = request.form.to_dict() | {"currency": currency, "amount_minor": amount_minor}
    try:
        asked = forms.read(PaymentShape(), sent)
        forms.once(recording.record_payment, order=order, **asked)
    except Refusal as refusal:
        return _page(order, payment=forms.refused(refusal, **forms.amount_in("amount", currency)))
    flash(f"Recorded: {in_words(asked['amount_minor'], currency)} by {asked['tender']} {asked['reference']}.")
    return cast(Response, redirect(url_for("order_desk.show_order", order=order), 303))


@blueprint.post("/orders/<order>/purchase-order")
@desk(Action.MOVE_MONEY)
def record_purchase_order(order: str) -> Response:
    """Accept a purchase order."""
    currency = _order(order).currency
    limit_minor = forms.amount_minor(request.form.get("limit", ""), currency)
    try:
        asked = forms.read(PurchaseOrderShape(), request.form.to_dict() | {"limit_minor": limit_minor})
        forms.once(commands.record_purchase_order, order=order, **asked)
    except Refusal as refusal:
        return _page(order, purchase_order=forms.refused(refusal, **forms.amount_in("limit", currency)))
    flash(f"Purchase order {asked['number']} covers this order.")
    return cast(Response, redirect(url_for("order_desk.show_order", order=order), 303))


def _order(named: str) -> Order:
    order = read_order(database(), named)
    if order is None:
        raise OrderUnknown("There is no order under this number.")
    return order


def _credit_for(order: Order) -> tuple[str, int] | None:
    """The oldest credit with which who pays could pay this order, and what all of theirs have."""
    if not order.owed_minor or order.is_over:
        return None
    ours = association_known(database(), order.conference)
    usable = [
        each
        for each in read_holders_credits(database(), order.person)
        if each.balance_minor
        and each.currency == order.currency
        and association_known(database(), each.conference) == ours
    ]
    return (usable[0].id, sum(each.balance_minor for each in usable)) if usable else None


def _page(named: str, *, payment: Form | None = None, purchase_order: Form | None = None) -> Response:
    """One order as it stands now, with what was refused of one of its forms."""
    order = _order(named)
    refused = payment or purchase_order or Form()
    of_order = {"order": order.id}
    payments = list_states(database(), PAYMENTS, of_order, limit=100)
    page = render_template(
        "desk/order.html",
        last_act=last_act(ORDERS, order.id),
        recorded=last_acts(PAYMENTS, [each.id for each in payments]),
        order=order,
        conference=read(database(), CONFERENCES, order.conference),
        payer=read(database(), PAYERS, order.person),
        payments=payments,
        disputes=disputes_about(database(), payments),
        refunds=list_states(database(), REFUNDS, of_order, limit=100),
        outside=list_states(database(), OUTSIDE, of_order, limit=100),
        transactions=transactions_of(database(), order),
        titles=TITLES,
        tenders=TENDERS_BY_HAND,
        uncovered_minor=uncovered_minor(order),
        pay_link=links.pay(settings(), order.id),
        reference=payment_reference(order.id),
        credit=_credit_for(order),
        refused=refused,
        is_payment_refused=payment is not None,
        payment=payment or Form(),
        purchase_order=purchase_order or Form(),
    )
    return make_response(page, refused.status)
