"""The page on which a payee says where a refund cheque goes.

They have no account: the signed link is their right, so that their form needs no CSRF token. Nothing needs JavaScript.
"""

from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for

from services.payments.orders.store import CONFERENCES
from services.payments.refunds import schemas
from services.payments.refunds.commands import by_hand as commands
from services.payments.refunds.domain.refunds import Refund, RefundState, RefundUnknown
from services.payments.refunds.store import REFUNDS
from shared.auth import must_hold, opened
from shared.problem import Invalid
from shared.sentences import marked
from shared.states import read
from shared.web import forms
from shared.web.app import wants_page
from shared.web.current import database, settings
from shared.web.forms import Form
from shared.web.languages import gettext, offer_all

blueprint = Blueprint("payee", __name__, url_prefix="/payments", template_folder="../templates")
offer_all(blueprint)


@blueprint.get("/payee/<token>")
def payee(token: str) -> Response:
    """The form on which a payee says where the refund cheque goes."""
    refund = _refund(token)
    if not wants_page():
        return jsonify(_payee_json(refund))
    return _payee_page(refund, Form())


@blueprint.post("/payee/<token>")
def name_payee(token: str) -> Response:
    """Keep the payee's address. Sending the same again changes nothing, so that it needs no key."""
    refund = _refund(token)
    try:
        asked = forms.read(schemas.PayeeShape(), _sent())
    except Invalid as refusal:
        if not wants_page():
            raise
        return _payee_page(refund, forms.refused(refusal))
    named = database().run(commands.name_payee, refund=refund.id, **asked)
    if wants_page():
        return cast(Response, redirect(url_for("payee.payee", token=token, saved="yes"), 303))
    return jsonify(_payee_json(named))


def _refund(token: str) -> Refund:
    refund = read(database(), REFUNDS, opened(settings(), purpose="payee", token=token))
    if refund is None:
        raise RefundUnknown(marked("There is no refund under this link (yet). Please try again in a minute."))
    must_hold(settings(), purpose="payee", token=token, is_over=refund.state is RefundState.SETTLED)
    return refund


def _sent() -> Mapping[str, Any]:
    """The form's lines as a list, or the JSON as it came."""
    if request.is_json:
        body = request.get_json(silent=True)
        return body if isinstance(body, dict) else {}
    lines = forms.lines_of(request.form.get("postal_address", ""))
    return {"name": request.form.get("name", ""), "postal_address": lines}


def _payee_page(refund: Refund, form: Form) -> Response:
    entered = form.values or {
        "name": refund.payee.name if refund.payee else "",
        "postal_address": "\n".join(refund.payee.postal_address) if refund.payee else "",
    }
    page = render_template(
        "refunds/payee.html",
        refund=refund,
        conference=read(database(), CONFERENCES, refund.conference),
        is_open=refund.state is RefundState.AWAITING_PAYEE
        or (refund.state is RefundState.AWAITING_RECORD and refund.payee is not None),
        entered=entered,
        errors={name: gettext(reason) for name, reason in form.errors.items()},
        is_saved=bool(request.args.get("saved")) and refund.payee is not None,
    )
    return make_response(page, form.status)


def _payee_json(refund: Refund) -> dict[str, Any]:
    return {
        "refund": refund.id,
        "state": refund.state,
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
        "name": refund.payee.name if refund.payee else None,
        "postal_address": list(refund.payee.postal_address) if refund.payee else None,
    }
