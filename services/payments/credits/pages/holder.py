"""The page of who has credits: what is left, which orders they can pay with it, and the money asked for.

They have no account: the signed link is their right, which goes to their own address and to nobody else's, so that
their forms need no CSRF token. Nothing needs JavaScript.
"""

import re
from collections.abc import Sequence
from typing import Any, cast

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for

from services.payments.credits import commands, schemas
from services.payments.credits.domain import Credit, CreditUnknown
from services.payments.credits.store import association_known, read_holders_credits
from services.payments.orders.domain.orders import Order
from services.payments.orders.pages.desk import known_conferences
from services.payments.orders.store import ORDERS, read_order
from shared.auth import must_hold, opened
from shared.problem import Invalid, Refusal
from shared.sentences import marked
from shared.states import list_states
from shared.web import forms
from shared.web.app import wants_page
from shared.web.current import database, settings
from shared.web.languages import offer_all
from shared.web.spreadsheets import amount

blueprint = Blueprint("holder", __name__, url_prefix="/payments", template_folder="../templates")
offer_all(blueprint)

ORDER_COUNT_MAX = 200


@blueprint.get("/credit/<token>")
def show_credits(token: str) -> Response:
    """What is left of somebody's credits, what of it can be done with, and what has become of the rest."""
    person, kept = _opened(token)
    if not wants_page():
        return jsonify({"items": [schemas.credit_json(each) for each in kept]})
    return _page(person, kept)


@blueprint.post("/credit/<token>/orders")
def spend(token: str) -> Response:
    """Pay an order of one's own with one's credits. What they saw owed is sent along, so that twice is once."""
    person, kept = _opened(token)
    try:
        asked = forms.read(schemas.OwnSpendingShape(), _sent(kept))
        order = database().run(commands.spend_own_credits, person=person, **asked)
    except Refusal as refusal:
        if not wants_page():
            raise
        return _page(person, kept, refused=refusal)
    if wants_page():
        return cast(Response, redirect(url_for("holder.show_credits", token=token, paid=order.id), 303))
    return jsonify({"order": order.id, "number": order.number, "balance_minor": order.owed_minor})


@blueprint.post("/credit/<token>/payout/<credit>")
def ask_for_payout(token: str, credit: str) -> Response:
    """Ask for the money of one credit; asking twice is asking once."""
    person, kept = _opened(token)
    return _done(commands.ask_for_payout, token, person, kept, credit)


@blueprint.post("/credit/<token>/keep/<credit>")
def keep_after_all(token: str, credit: str) -> Response:
    """Keep a credit whose money one had asked for, while finance has not approved it."""
    person, kept = _opened(token)
    return _done(commands.keep_after_all, token, person, kept, credit)


def _done(command: Any, token: str, person: str, kept: Sequence[Credit], credit: str) -> Response:
    try:
        after = database().run(command, credit=credit, person=person)
    except Refusal as refusal:
        if not wants_page():
            raise
        return _page(person, kept, refused=refusal)
    if wants_page():
        return cast(Response, redirect(url_for("holder.show_credits", token=token), 303))
    return jsonify(schemas.credit_json(after))


def _opened(token: str) -> tuple[str, list[Credit]]:
    """Whose page it is, and their credits; the link holds while anything is left of them, or can come back."""
    person = opened(settings(), purpose="credit", token=token)
    kept = read_holders_credits(database(), person)
    if not kept:
        raise CreditUnknown(marked("There is no credit under this link (yet). Please try again in a minute."))
    is_over = not any(each.left_minor or each.spent_minor for each in kept)
    must_hold(settings(), purpose="credit", token=token, is_over=is_over)
    return person, kept


def _sent(kept: Sequence[Credit]) -> dict[str, Any]:
    """The form's amount in minor units, or the JSON as it came; raises `Invalid` for what is no sum."""
    if request.is_json:
        body = request.get_json(silent=True)
        return body if isinstance(body, dict) else {}
    sent = request.form.to_dict()
    order = read_order(database(), sent.get("order", ""))
    currency = order.currency if order else kept[0].currency
    amount_minor = forms.amount_minor(_with_point(sent.get("amount", "")), currency)
    if not isinstance(amount_minor, int) or amount_minor < 1:
        raise Invalid(marked("Please write the sum in figures, like 575.00. Your credit was not touched."))
    return sent | {"amount_minor": amount_minor, "owed_minor": forms.count("owed_minor")}


def _with_point(amount: str) -> str:
    """`300,00` as people of other languages type it; thousands have three figures behind their comma."""
    return re.sub(r"^\s*(\d+),(\d{1,2})\s*$", r"\1.\2", amount)


def _page(person: str, kept: Sequence[Credit], *, refused: Refusal | None = None) -> Response:
    if refused is not None:
        kept = read_holders_credits(database(), person)
    orders = list_states(database(), ORDERS, {"person": person}, limit=ORDER_COUNT_MAX)
    payable = [
        (each, most_minor, amount(most_minor, each.currency))
        for each in orders
        if _is_payable(each) and (most_minor := min(_usable_minor(each, kept), each.owed_minor))
    ]
    page = render_template(
        "credits/holder.html",
        kept=kept,
        currencies=sorted({each.currency for each in kept}),
        payable=payable,
        paid=next((each for each in orders if each.id == request.args.get("paid")), None),
        numbers={each.id: each.number for each in orders},
        conferences=known_conferences(),
        refused=refused,
    )
    return make_response(page, refused.status if refused else 200)


def _usable_minor(order: Order, kept: Sequence[Credit]) -> int:
    """What of these credits can pay this order."""
    association = association_known(database(), order.conference)
    return sum(
        each.balance_minor
        for each in kept
        if each.currency == order.currency and association_known(database(), each.conference) == association
    )


def _is_payable(order: Order) -> bool:
    return bool(order.owed_minor) and not order.is_over and order.underway is None
