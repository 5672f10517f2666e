"""The finance desk's page about refunds that somebody made at the card provider and not here."""

from typing import cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for

from services.payments.refunds import store
from services.payments.refunds.commands import by_hand as commands
from services.payments.strays import schemas
from services.payments.strays.pages import LIST_LENGTH
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web import forms
from shared.web.current import database
from shared.web.forms import Form

blueprint = Blueprint("outside_desk", __name__, url_prefix="/payments/desk", template_folder="../templates")


@blueprint.get("/outside")
@desk(Action.SEE_MONEY)
def list_outside() -> Response:
    """Refunds made at the card provider and not here, each with what it was taken for."""
    return _page(Form())


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
        looked_at=store.find_outside(database(), is_open=False, limit=LIST_LENGTH),
        outside=outside,
        form=form,
    )
    return make_response(page, form.status)
