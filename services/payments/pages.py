"""The pages that payers and payees see: paying by card, and saying where a refund cheque goes.

They have no account: the signed link is their right, so that their forms need no CSRF token. Nothing needs JavaScript.
"""

from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, Response, current_app, jsonify, make_response, redirect, render_template, request, url_for

from services.payments import forms, schemas
from services.payments.orders.domain.orders import Order, OrderUnknown
from services.payments.orders.store import CONFERENCES, ORDERS, Conference
from services.payments.provider.jobs.gateway import Gateway
from services.payments.receipts.pages.paying import open_page
from services.payments.refunds.commands import by_hand as commands
from services.payments.refunds.domain.refunds import Refund, RefundState, RefundUnknown
from services.payments.refunds.store import REFUNDS
from shared.auth import must_hold, opened
from shared.problem import Invalid
from shared.states import read
from shared.web import links
from shared.web.app import wants_page
from shared.web.current import database, settings

REFRESH_SECONDS = 3  # how often a page that waits for news looks again

blueprint = Blueprint("pages", __name__, url_prefix="/payments")


@blueprint.get("/pay/<token>")
def pay(token: str) -> Response:
    """What is owed, and the button that leads to the card provider's page."""
    order = _order(token)
    if not wants_page():
        return jsonify(_owed_json(order))
    return make_response(
        render_template(
            "payments/pay.html",
            order=order,
            conference=_conference_of(order),
            address=links.conference(settings(), order.conference) if order else None,
            refresh_seconds=REFRESH_SECONDS,
        )
    )


@blueprint.post("/pay/<token>")
def start_paying(token: str) -> Response:
    """Lead the payer to the provider's page. Pressing twice leads to the same page, so that it needs no key."""
    order = opened(settings(), purpose="order", token=token)
    gateway = cast(Gateway, current_app.config["GATEWAY"])
    url, session = open_page(
        database(),
        gateway,
        order=order,
        paid_url=links.paid(settings(), order),
        back_url=links.pay(settings(), order),
    )
    if wants_page():
        return cast(Response, redirect(url, 303))
    return jsonify({"url": url, "session": session})


@blueprint.get("/paid/<token>")
def paid(token: str) -> str:
    """Where the provider leads a payer back to: the payment is here, or will be in a moment."""
    order = _order(token)
    return render_template(
        "payments/paid.html",
        order=order,
        conference=_conference_of(order),
        address=links.conference(settings(), order.conference) if order else None,
        refresh_seconds=REFRESH_SECONDS,
    )


@blueprint.get("/payee/<token>")
def payee(token: str) -> Response:
    """The form on which a payee says where the refund cheque goes."""
    refund = _refund(token)
    if not wants_page():
        return jsonify(_payee_json(refund))
    return _payee_page(refund, typed={}, errors={})


@blueprint.post("/payee/<token>")
def name_payee(token: str) -> Response:
    """Keep the payee's address. Sending the same again changes nothing, so that it needs no key."""
    refund = _refund(token)
    typed = _sent()
    asked, errors = forms.load(schemas.PayeeShape(), typed)
    if errors and wants_page():
        return make_response(_payee_page(refund, typed=request.form, errors=errors), Invalid.status)
    if errors:
        raise Invalid("Some fields make no sense. Nothing was changed.", errors=errors)
    named = database().run(commands.name_payee, refund=refund.id, **asked)
    if wants_page():
        return cast(Response, redirect(url_for("pages.payee", token=token, saved="yes"), 303))
    return jsonify(_payee_json(named))


def _order(token: str) -> Order | None:
    """The order that this link is for; it holds while there is something to pay, or a payment is under way."""
    order = read(database(), ORDERS, opened(settings(), purpose="order", token=token))
    if order is not None:
        is_over = order.underway is None and (order.settlement is not None or not order.owed_minor)
        must_hold(settings(), purpose="order", token=token, is_over=is_over)
    return order


def _refund(token: str) -> Refund:
    refund = read(database(), REFUNDS, opened(settings(), purpose="payee", token=token))
    if refund is None:
        raise RefundUnknown("There is no refund under this link (yet). Please try again in a minute.")
    must_hold(settings(), purpose="payee", token=token, is_over=refund.state is RefundState.SETTLED)
    return refund


def _sent() -> Mapping[str, Any]:
    """The form's lines as a list, or the JSON as it came."""
    if request.is_json:
        body = request.get_json(silent=True)
        return body if isinstance(body, dict) else {}
    lines = forms.address_lines(request.form.get("postal_address", ""))
    return {"name": request.form.get("name", ""), "postal_address": lines}


def _payee_page(refund: Refund, *, typed: Mapping[str, Any], errors: forms.Messages) -> Response:
    entered = typed or {
        "name": refund.payee.name if refund.payee else "",
        "postal_address": "\n".join(refund.payee.postal_address) if refund.payee else "",
    }
    page = render_template(
        "payments/payee.html",
        refund=refund,
        conference=read(database(), CONFERENCES, refund.conference),
        is_open=refund.state is RefundState.AWAITING_PAYEE
        or (refund.state is RefundState.AWAITING_RECORD and refund.payee is not None),
        entered=entered,
        errors=errors,
        is_saved=bool(request.args.get("saved")) and refund.payee is not None,
    )
    return make_response(page)


def _payee_json(refund: Refund) -> dict[str, Any]:
    return {
        "refund": refund.id,
        "state": refund.state,
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
        "name": refund.payee.name if refund.payee else None,
        "postal_address": list(refund.payee.postal_address) if refund.payee else None,
    }


def _owed_json(order: Order | None) -> dict[str, Any]:
    if order is None:
        raise OrderUnknown("This order is being prepared. Please try again in a moment.")
    owed_minor = 0 if order.settlement else order.owed_minor
    return {"order": order.id, "number": order.number, "owed_minor": owed_minor, "currency": order.currency}


def _conference_of(order: Order | None) -> Conference | None:
    return read(database(), CONFERENCES, order.conference) if order else None
