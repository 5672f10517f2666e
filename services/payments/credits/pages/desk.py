"""The finance desk's pages about credits: the list with its ages, and one with what can be done about it.

A refusal shows beside the form it belongs to, and what was typed is kept.
"""

import re
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.payments.credits import commands
from services.payments.credits.domain import Credit, CreditUnknown
from services.payments.credits.pages import listing as lists
from services.payments.credits.schemas import SpendingShape
from services.payments.credits.store import CREDITS, credits_where
from services.payments.orders.domain.orders import OrderUnknown
from services.payments.orders.pages.desk import known_conferences
from services.payments.orders.store import ORDERS, read_order
from services.payments.refunds.store import REFUNDS
from shared.auth import desk
from shared.money import in_words
from shared.principals import Action
from shared.problem import Refusal
from shared.states import list_states, read
from shared.web import forms, links, tables
from shared.web.acts import last_act
from shared.web.current import database, settings
from shared.web.forms import Form

blueprint = Blueprint("credits_desk", __name__, url_prefix="/payments/desk", template_folder="../templates")


@blueprint.get("/credits")
@desk(Action.SEE_MONEY)
def list_credits() -> Response:
    """Credits, the oldest first, by state and conference; of one invoice, or of one holder."""
    conferences, now = known_conferences(), database().clock.now()

    def where(asked: tables.Asked) -> dict[str, Any]:
        of_conference = {"conference": asked.filters["conference"]} if "conference" in asked.filters else {}
        return {**credits_where(asked.filters.get("state"), now=now), **of_conference, **_named(asked.query)}

    stored = tables.Stored(CREDITS, where)
    return tables.answer(
        lists.credits_of(conferences, now=now),
        "credits/credits.html",
        page=stored.page,
        every=stored.every,
        conferences=conferences,
    )


@blueprint.get("/credits/<credit>")
@desk(Action.SEE_MONEY)
def show_credit(credit: str) -> Response:
    """One credit: what it is made of, what it has paid, and what can be done about it."""
    return _page(credit, Form(values={"order": request.args.get("order", "")}))


@blueprint.post("/credits/<credit>/spend")
@desk(Action.MOVE_MONEY)
def spend_credit(credit: str) -> Response:
    """Pay an order with it, at the holder's word."""
    currency = _credit(credit).currency
    amount_minor = forms.amount_minor(request.form.get("amount", ""), currency)
    try:
        asked = forms.read(SpendingShape(), request.form.to_dict() | {"amount_minor": amount_minor})
        order = read_order(database(), asked["order"])
        if order is None:
            raise OrderUnknown("There is no order under this number. Nothing was changed.")
        forms.once(commands.spend_credit, credit=credit, order=order.id, amount_minor=asked["amount_minor"])
    except Refusal as refusal:
        return _page(credit, forms.refused(refusal, **forms.amount_in("amount", currency)))
    flash(f"{in_words(asked['amount_minor'], currency)} of the credit is on invoice {order.number}.")
    return cast(Response, redirect(url_for("credits_desk.show_credit", credit=credit), 303))


@blueprint.post("/credits/<credit>/pay-out")
@desk(Action.MOVE_MONEY)
def pay_credit_out(credit: str) -> Response:
    """Approve that what is left is paid out; or do so at the holder's word, by telephone or letter."""
    known = _credit(credit)
    try:
        forms.once(commands.pay_credit_out, credit=credit, at_their_word=request.form.get("at_their_word") == "yes")
    except Refusal as refusal:
        return _page(credit, forms.refused(refusal))
    flash(f"{in_words(known.left_minor, known.currency)} goes back the way it had come.")
    return cast(Response, redirect(url_for("credits_desk.show_credit", credit=credit), 303))


def _named(query: str) -> dict[str, Any]:
    if not query:
        return {}
    order = read_order(database(), query)
    return {"$or": [{"order": order.id}, {"person": query}]} if order else {"person": query}


def _credit(id_: str) -> Credit:
    credit = read(database(), CREDITS, id_)
    if credit is None:
        raise CreditUnknown("There is no credit under this number.")
    return credit


def _page(id_: str, form: Form) -> Response:
    """One credit as it stands now, with what was refused of a form."""
    credit = _credit(id_)
    now = database().clock.now()
    numbers = {each.id: each.number for each in list_states(database(), ORDERS, _orders_of(credit), limit=100)}
    page = render_template(
        "credits/credit.html",
        credit=credit,
        state=lists.state_of(credit, now=now),
        years=lists.years_of(credit, now=now),
        conferences=known_conferences(),
        numbers=numbers,
        refunds=list_states(database(), REFUNDS, {"_id": {"$regex": f"^refund:{re.escape(credit.id)}:"}}, limit=100),
        last_act=last_act(CREDITS, credit.id),
        holder_link=links.my_credits(settings(), credit.person),
        person_link=links.person(settings(), credit.person),
        form=form,
    )
    return make_response(page, form.status)


def _orders_of(credit: Credit) -> dict[str, Any]:
    return {"_id": {"$in": [credit.order, *(each.order for each in credit.spendings)]}}
