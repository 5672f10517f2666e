"""The finance desk's page about money that fits nothing of ours."""

from typing import TypeVar, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for

from services.payments.strays import commands, schemas
from services.payments.strays.domain import Stray
from services.payments.strays.store import STRAYS, find_strays, open_stray_count
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web import forms
from shared.web.current import database
from shared.web.forms import Form
from shared.web.paging import Sort
from shared.web.searching import matching
from shared.web.tables import Column, Kind, Shown, Stored, Sum, Table

blueprint = Blueprint("strays_desk", __name__, url_prefix="/payments/desk", template_folder="templates")


R = TypeVar("R")
LIST_LENGTH = 50  # of those that nobody has looked at: each is a form
_LOOKED_AT: Table[Stray] = Table(
    name="strays",
    columns=(
        Column(name="id", label="At the card provider", value=lambda stray: stray.id),
        Column(
            name="amount",
            label="Amount",
            value=lambda stray: Sum(stray.amount_minor, stray.currency),
            kind=Kind.SUM,
        ),
        Column(name="note", label="What was done", value=lambda stray: stray.note),
        Column(
            name="looked_at",
            label="When",
            value=lambda stray: stray.looked_at,
            kind=Kind.INSTANT,
            sort="looked_at",
            is_wide=True,
        ),
        Column(name="found", label="Found", value=lambda stray: stray.found_at, kind=Kind.INSTANT, only_in_files=True),
        Column(name="order", label="Order", value=lambda stray: stray.order, only_in_files=True),
    ),
    search="A word of what was done, or a number of the card provider or of an order.",
    first=Sort("looked_at", is_descending=True),
)
_STORED = Stored(
    STRAYS,
    lambda asked: {"looked_at": {"$type": "date"}} | matching(asked.query, fields=("_id", "charge", "order", "note")),
)


@blueprint.get("/strays")
@desk(Action.SEE_MONEY)
def list_strays() -> Response:
    """Card payments that fit no order, each with what can be done about it; and what was done about others."""
    asked = _LOOKED_AT.asked()
    return _LOOKED_AT.file(_STORED.every(asked), kind=asked.file) if asked.file else _page(Form())


@blueprint.post("/strays/<stray>")
@desk(Action.MOVE_MONEY)
def note_look(stray: str) -> Response:
    """Keep what was done about a payment that fits no order."""
    try:
        forms.once(commands.note_look, stray=stray, **forms.read(schemas.LookShape()))
    except Refusal as refusal:
        return _page(forms.refused(refusal), stray=stray)
    flash("Kept. The payment is off the list.")
    return cast(Response, redirect(url_for("strays_desk.list_strays"), 303))


def looked_at(table: Table[R], stored: Stored[R], *, path: str) -> Shown[R]:
    """The page of those that somebody has looked at, wherever on a larger page; where a form was sent, the first."""
    asked = table.asked()
    return Shown(table=table, asked=asked, page=stored.page(asked), path=path)


def _page(form: Form, *, stray: str = "") -> Response:
    """The list, with what was refused of the form of one of them."""
    page = render_template(
        "strays/strays.html",
        open=find_strays(database(), is_open=True, limit=LIST_LENGTH),
        open_count=open_stray_count(database()),
        shown=looked_at(_LOOKED_AT, _STORED, path=url_for("strays_desk.list_strays")),
        stray=stray,
        form=form,
    )
    return make_response(page, form.status)
