"""The finance desk's list of orders."""

from typing import Any

from flask import Blueprint, Response

from services.payments.orders.pages import listing as lists
from services.payments.orders.store import CONFERENCES, ORDERS, Conference, orders_named
from shared.auth import desk
from shared.principals import Action
from shared.states import list_states
from shared.web import tables
from shared.web.current import database

blueprint = Blueprint("orders_desk", __name__, url_prefix="/payments/desk", template_folder="../templates")


@blueprint.get("/orders")
@desk(Action.SEE_MONEY)
def list_orders() -> Response:
    """Orders by conference, or one by its invoice's or its own number."""
    conferences = known_conferences()

    def where(asked: tables.Asked) -> dict[str, Any]:
        of_conference = {"conference": asked.filters["conference"]} if "conference" in asked.filters else {}
        paid_by = {"tender": asked.filters["tender"]} if "tender" in asked.filters else {}
        return {**of_conference, **paid_by, **(orders_named(asked.query) if asked.query else {})}

    stored = tables.Stored(ORDERS, where)
    return tables.answer(
        lists.orders(conferences),
        "orders/orders.html",
        page=stored.page,
        every=stored.every,
        conferences=conferences,
    )


def known_conferences() -> dict[str, Conference]:
    """The conferences as payments knows them, by their ids."""
    return {each.id: each for each in list_states(database(), CONFERENCES, {}, limit=500)}
