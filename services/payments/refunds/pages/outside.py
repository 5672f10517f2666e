"""The finance desk's page about refunds that somebody made at the card provider and not here."""

from typing import cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for

from services.payments.refunds import store
from services.payments.refunds.commands import by_hand as commands
from services.payments.refunds.domain.outside import Outside
from services.payments.strays import schemas
from services.payments.strays.pages import LIST_LENGTH, looked_at
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web import forms
from shared.web.current import database
from shared.web.forms import Form
from shared.web.paging import Sort
from shared.web.searching import matching
from shared.web.tables import Column, Kind, Stored, Sum, Table

blueprint = Blueprint("outside_desk", __name__, url_prefix="/payments/desk", template_folder="../templates")


_LOOKED_AT: Table[Outside] = Table(
    name="outside-refunds",
    columns=(
        Column(name="id", label="At the card provider", value=lambda refund: refund.id),
        Column(
            name="amount",
            label="Amount",
            value=lambda refund: Sum(refund.amount_minor, refund.currency),
            kind=Kind.SUM,
        ),
        Column(name="note", label="What was done", value=lambda refund: refund.note),
        Column(
            name="looked_at",
            label="When",
            value=lambda refund: refund.looked_at,
            kind=Kind.INSTANT,
            sort="looked_at",
            is_wide=True,
        ),
        Column(
            name="found", label="Found", value=lambda refund: refund.found_at, kind=Kind.INSTANT, only_in_files=True
        ),
        Column(name="order", label="Order", value=lambda refund: refund.order, only_in_files=True),
    ),
    search="A word of what was done, or a number of the card provider or of an order.",
    first=Sort("looked_at", is_descending=True),
)
_STORED = Stored(
    store.OUTSIDE,
    lambda asked: {"looked_at": {"$type": "date"}} | matching(asked.query, fields=("_id", "label", "order", "note")),
)


@blueprint.get("/outside")
@desk(Action.SEE_MONEY)
def list_outside() -> Response:
    """Refunds made at the card provider and not here, each with what it was taken for."""
    asked = _LOOKED_AT.asked()
    return _LOOKED_AT.file(_STORED.every(asked), kind=asked.file) if asked.file else _page(Form())


@blueprint.post("/outside/<outside>")
@desk(Action.MOVE_MONEY)
def note_look(outside: str) -> Response:
    """Keep what was done about a refund made outside."""
    try:
        forms.once(commands.note_look_outside, outside=outside, **forms.read(schemas.LookShape()))
    except Refusal as refusal:
        return _page(forms.refused(refusal), outside=outside)
    flash("Kept. The refund is off the list.")
    return cast(Response, redirect(url_for("outside_desk.list_outside"), 303))


def _page(form: Form, *, outside: str = "") -> Response:
    """The list, with what was refused of the form of one of them."""
    page = render_template(
        "refunds/outside.html",
        open=store.find_outside(database(), is_open=True, limit=LIST_LENGTH),
        open_count=store.open_outside_count(database()),
        shown=looked_at(_LOOKED_AT, _STORED, path=url_for("outside_desk.list_outside")),
        outside=outside,
        form=form,
    )
    return make_response(page, form.status)
