"""The pages that payers see: what is owed, and where the card provider leads them back to.

They have no account: the signed link is their right, so that their forms need no CSRF token. Nothing needs JavaScript.
"""

from typing import Any, cast

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template

from services.payments.orders.domain.orders import Order, OrderUnknown
from services.payments.orders.store import CONFERENCES, ORDERS, Conference
from services.payments.payers.store import PAYERS
from services.payments.provider.jobs.gateway import Gateway
from services.payments.receipts.pages.paying import open_page
from shared.auth import must_hold, opened
from shared.parts import current
from shared.sentences import marked
from shared.states import read
from shared.web import links
from shared.web.app import wants_page
from shared.web.current import database, settings
from shared.web.languages import offer_all

blueprint = Blueprint("payer", __name__, url_prefix="/payments", template_folder="../templates")
offer_all(blueprint)


REFRESH_SECONDS = 3  # how often a page that waits for news looks again


@blueprint.get("/pay/<token>")
def pay(token: str) -> Response:
    """What is owed, and the button that leads to the card provider's page."""
    order = _order(token)
    if not wants_page():
        return jsonify(_owed_json(order))
    return make_response(
        render_template(
            "receipts/pay.html",
            order=order,
            conference=_conference_of(order),
            payer=read(database(), PAYERS, order.person) if order else None,
            address=links.conference(settings(), order.conference) if order else None,
            refresh_seconds=REFRESH_SECONDS,
        )
    )


@blueprint.post("/pay/<token>")
def start_paying(token: str) -> Response:
    """Lead the payer to the provider's page. Pressing twice leads to the same page, so that it needs no key."""
    order = opened(settings(), purpose="order", token=token)
    gateway = current(Gateway)
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
        "receipts/paid.html",
        order=order,
        conference=_conference_of(order),
        address=links.conference(settings(), order.conference) if order else None,
        refresh_seconds=REFRESH_SECONDS,
    )


def _order(token: str) -> Order | None:
    """The order that this link is for; it holds while there is something to pay, or a payment is under way."""
    order = read(database(), ORDERS, opened(settings(), purpose="order", token=token))
    if order is not None:
        is_over = order.underway is None and (order.is_over or not order.owed_minor)
        must_hold(settings(), purpose="order", token=token, is_over=is_over)
    return order


def _owed_json(order: Order | None) -> dict[str, Any]:
    if order is None:
        raise OrderUnknown(marked("This order is being prepared. Please try again in a moment."))
    owed_minor = 0 if order.is_over else order.owed_minor
    return {"order": order.id, "number": order.number, "owed_minor": owed_minor, "currency": order.currency}


def _conference_of(order: Order | None) -> Conference | None:
    return read(database(), CONFERENCES, order.conference) if order else None
