"""The finance desk's page about money that fits nothing of ours."""

from typing import cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for

from services.payments.strays import commands, schemas
from services.payments.strays.store import find_strays, open_stray_count
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web import forms
from shared.web.current import database
from shared.web.forms import Form

blueprint = Blueprint("strays_desk", __name__, url_prefix="/payments/desk", template_folder="templates")


LIST_LENGTH = 50


@blueprint.get("/strays")
@desk(Action.SEE_MONEY)
def list_strays() -> Response:
    """Card payments that fit no order, each with what can be done about it."""
    return _page(Form())


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


def _page(form: Form, *, stray: str = "") -> Response:
    """The list, with what was refused of the form of one of them."""
    page = render_template(
        "strays/strays.html",
        open=find_strays(database(), is_open=True, limit=LIST_LENGTH),
        open_count=open_stray_count(database()),
        looked_at=find_strays(database(), is_open=False, limit=LIST_LENGTH),
        stray=stray,
        form=form,
    )
    return make_response(page, form.status)
