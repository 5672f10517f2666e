"""Orders over HTTP, and the purchase orders that cover them."""

from typing import Any

from flask import Response, jsonify

from services.payments.orders import commands as orders_commands
from services.payments.orders import schemas
from services.payments.orders.domain.orders import OrderUnknown
from services.payments.orders.store import ORDERS, read_order
from shared.auth import desk
from shared.principals import Action
from shared.web.answering import listed, made
from shared.web.current import database
from shared.web.documented import LINK, ONCE, SIGNED_IN, Blueprint, documented

blueprint = Blueprint("orders", __name__, url_prefix="/payments", description="What is owed, and how it will be paid.")


@blueprint.route("/orders")
@desk(Action.SEE_MONEY)
@documented(401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.OrdersShape, location="query")
@blueprint.response(200, schemas.OrdersAnswer, headers=LINK)
def list_orders(asked: dict[str, Any]) -> Response:
    """Orders, of one conference or of all."""
    where = {"conference": asked["conference"]} if asked["conference"] else {}
    return listed(ORDERS, where, asked, schemas.order_json)


@blueprint.route("/orders/<order>")
@desk(Action.SEE_MONEY)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.OrderAnswer)
def get_order(order: str) -> Response:
    """One order, by its own number or its invoice's."""
    known = read_order(database(), order)
    if known is None:
        raise OrderUnknown("There is no order under this number.")
    return jsonify(schemas.order_json(known))


@blueprint.route("/orders/<order>/purchase-order", methods=["POST"])
@desk(Action.MOVE_MONEY)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.PurchaseOrderShape)
@blueprint.response(201, schemas.OrderAnswer)
def record_purchase_order(asked: dict[str, Any], order: str) -> Response:
    """Accept a town's purchase order; its delegates are confirmed before the money comes."""
    return made(orders_commands.record_purchase_order, schemas.order_json, order=order, **asked)
