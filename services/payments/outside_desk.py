"""The finance desk's pages about what went another way: held refunds that were paid elsewhere, refunds made outside."""

import uuid
from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.payments import forms, schemas
from services.payments.desk import LIST_LENGTH, once, refund_named, refund_page, submitted, typed_in
from services.payments.refunds import store
from services.payments.refunds.commands import by_hand as commands
from shared.auth import desk
from shared.money import in_words
from shared.problem import Refusal
from shared.web.current import database

blueprint = Blueprint("outside_desk", __name__, url_prefix="/payments/desk")


@blueprint.post("/refunds/<refund>/paid-elsewhere")
@desk("finance")
def pay_elsewhere(refund: str) -> Response:
    """Record that a held refund, or a part of it, was paid in another way."""
    known = refund_named(refund)
    amount_minor = forms.amount_minor(request.form.get("amount", ""), known.currency)
    typed = typed_in("rail", "reference", "paid_on") | {"amount_minor": amount_minor}

    def show(errors: forms.Messages, refused: Refusal | None) -> Response:
        return refund_page(refund_named(refund), typed=request.form, errors=errors, refused=refused)

    def act(asked: Mapping[str, Any]) -> Response:
        once(commands.pay_elsewhere, refund=refund, **asked)
        flash(f"Recorded: {in_words(asked['amount_minor'], known.currency)} by {asked['rail']} {asked['reference']}.")
        return cast(Response, redirect(url_for("desk.show_refund", refund=refund), 303))

    return submitted(schemas.ElsewhereShape(), typed, act=act, show=show)


@blueprint.get("/outside")
@desk("finance")
def list_outside() -> Response:
    """Refunds made at the card provider and not here, each with what it was taken for."""
    return _page(outside="", typed={}, errors={}, refused=None)


@blueprint.post("/outside/<outside>")
@desk("finance")
def note_look(outside: str) -> Response:
    """Keep what was done about a refund made outside."""

    def show(errors: forms.Messages, refused: Refusal | None) -> Response:
        return _page(outside=outside, typed=request.form, errors=errors, refused=refused)

    def act(asked: Mapping[str, Any]) -> Response:
        once(commands.note_look_outside, outside=outside, **asked)
        flash("Kept. The refund is off the list.")
        return cast(Response, redirect(url_for("outside_desk.list_outside"), 303))

    return submitted(schemas.LookShape(), typed_in("note"), act=act, show=show)


def _page(*, outside: str, typed: Mapping[str, Any], errors: forms.Messages, refused: Refusal | None) -> Response:
    page = render_template(
        "payments/outside.html",
        open=store.find_outside(database(), is_open=True, limit=LIST_LENGTH),
        open_count=store.open_outside_count(database()),
        looked_at=store.find_outside(database(), is_open=False, limit=LIST_LENGTH),
        outside=outside,
        typed=typed,
        errors=errors,
        refused=refused,
        new_key=uuid.uuid4().hex,
    )
    return make_response(page)
