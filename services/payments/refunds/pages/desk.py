"""The finance desk's pages about refunds: the list, and one with what can be done about it.

A refusal shows beside the form it belongs to, and what was typed is kept.
"""

from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.payments.orders.pages.desk import known_conferences
from services.payments.orders.store import CONFERENCES, ORDERS, PAYMENTS
from services.payments.refunds import schemas
from services.payments.refunds.commands import by_hand as commands
from services.payments.refunds.domain.refunds import CHEQUE, DISPUTE, TRANSFER, Refund, RefundState, RefundUnknown
from services.payments.refunds.pages import listing as lists
from services.payments.refunds.store import REFUNDS, disputes_about, refunds_where
from shared.auth import desk
from shared.money import in_words
from shared.principals import Action
from shared.problem import Refusal
from shared.states import read
from shared.web import forms, links, tables
from shared.web.acts import last_act
from shared.web.current import database, settings
from shared.web.forms import Form

blueprint = Blueprint("refunds_desk", __name__, url_prefix="/payments/desk", template_folder="../templates")


@blueprint.get("/refunds")
@desk(Action.SEE_MONEY)
def list_refunds() -> Response:
    """Refunds by run (or outside of any), state and rail; one by its invoice or by the cheque that paid it."""
    run = request.args.get("run", "")
    conferences = known_conferences()

    def where(asked: tables.Asked) -> dict[str, Any]:
        return refunds_where(
            database(),
            named=asked.query,
            run="" if asked.filters.get("outside") else run or None,
            state=asked.filters.get("state"),
            rail=asked.filters.get("rail"),
        )

    stored = tables.Stored(REFUNDS, where)
    return tables.answer(
        lists.refunds(conferences),
        "refunds/refunds.html",
        page=stored.page,
        every=stored.every,
        conferences=conferences,
    )


@blueprint.get("/refunds/<refund>")
@desk(Action.SEE_MONEY)
def show_refund(refund: str) -> Response:
    """One refund, and what can be done about it."""
    return _page(refund, Form())


@blueprint.post("/refunds/<refund>/record")
@desk(Action.MOVE_MONEY)
def record_refund(refund: str) -> Response:
    """Record the refund as paid, and go on with the next of its kind."""
    known = _refund(refund)
    rail = CHEQUE if known.rail == DISPUTE else known.rail  # a cheque that had left before a dispute
    try:
        asked = forms.read(schemas.RecordPaidShape(), request.form.to_dict() | {"rail": rail})
        forms.once(commands.record_refund, refund=refund, **asked)
    except Refusal as refusal:
        return _page(refund, forms.refused(refusal))
    flash(f"Recorded: {in_words(known.amount_minor, known.currency)} by {known.rail} {asked['reference']}.")
    more = url_for(
        "refunds_desk.list_refunds",
        run=known.run or None,
        outside=None if known.run else "yes",
        rail=known.rail,
        state=RefundState.AWAITING_RECORD,
    )
    return cast(Response, redirect(more, 303))


@blueprint.post("/refunds/<refund>/retry")
@desk(Action.MOVE_MONEY)
def retry_refund(refund: str) -> Response:
    """Let go a refund that waited for a person."""
    try:
        forms.once(commands.let_refund_go, refund=refund)
    except Refusal as refusal:
        return _page(refund, forms.refused(refusal))
    flash("The card provider is asked again. Look at this page in a minute.")
    return cast(Response, redirect(url_for("refunds_desk.show_refund", refund=refund), 303))


@blueprint.post("/refunds/<refund>/paid-elsewhere")
@desk(Action.MOVE_MONEY)
def pay_elsewhere(refund: str) -> Response:
    """Record that a held refund, or a part of it, was paid in another way."""
    currency = _refund(refund).currency
    amount_minor = forms.amount_minor(request.form.get("amount", ""), currency)
    try:
        asked = forms.read(schemas.ElsewhereShape(), request.form.to_dict() | {"amount_minor": amount_minor})
        forms.once(commands.pay_elsewhere, refund=refund, **asked)
    except Refusal as refusal:
        return _page(refund, forms.refused(refusal, **forms.amount_in("amount", currency)))
    flash(f"Recorded: {in_words(asked['amount_minor'], currency)} by {asked['rail']} {asked['reference']}.")
    return cast(Response, redirect(url_for("refunds_desk.show_refund", refund=refund), 303))


def _refund(id_: str) -> Refund:
    refund = read(database(), REFUNDS, id_)
    if refund is None:
        raise RefundUnknown("There is no refund under this number.")
    return refund


def _page(id_: str, form: Form) -> Response:
    """One refund as it stands now, with what was refused of a form."""
    refund = _refund(id_)
    payment = read(database(), PAYMENTS, refund.payment)
    disputes = disputes_about(database(), [payment] if payment else [])
    page = render_template(
        "refunds/refund.html",
        last_act=last_act(REFUNDS, refund.id),
        refund=refund,
        disputes=disputes,
        open_dispute=any(each.is_open for each in disputes),
        order=read(database(), ORDERS, refund.order),
        conference=read(database(), CONFERENCES, refund.conference),
        payee_link=links.payee(settings(), refund.id),
        by_hand=(CHEQUE, TRANSFER),
        form=form,
    )
    return make_response(page, form.status)
