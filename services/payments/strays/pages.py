"""The finance desk's page about money that fits nothing of ours."""

import uuid
from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.payments import forms
from services.payments.forms import once, submitted, typed_in
from services.payments.strays import commands as strays_commands
from services.payments.strays import schemas
from services.payments.strays.store import find_strays, open_stray_count
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web.current import database

blueprint = Blueprint("strays_desk", __name__, url_prefix="/payments/desk", template_folder="templates")


LIST_LENGTH = 50


@blueprint.get("/strays")
@desk(Action.SEE_MONEY)
def list_strays() -> Response:
    """Card payments that fit no order, each with what can be done about it."""
    return _strays_page(stray="", typed={}, errors={}, refused=None)


@blueprint.post("/strays/<stray>")
@desk(Action.MOVE_MONEY)
def note_look(stray: str) -> Response:
    """Keep what was done about a payment that fits no order."""

    def show(errors: forms.Messages, refused: Refusal | None) -> Response:
        return _strays_page(stray=stray, typed=request.form, errors=errors, refused=refused)

    def act(asked: Mapping[str, Any]) -> Response:
        once(strays_commands.note_look, stray=stray, **asked)
        flash("Kept. The payment is off the list.")
        return cast(Response, redirect(url_for("strays_desk.list_strays"), 303))

    return submitted(schemas.LookShape(), typed_in("note"), act=act, show=show)


def _strays_page(*, stray: str, typed: Mapping[str, Any], errors: forms.Messages, refused: Refusal | None) -> Response:
    page = render_template(
        "strays/strays.html",
        open=find_strays(database(), is_open=True, limit=LIST_LENGTH),
        open_count=open_stray_count(database()),
        looked_at=find_strays(database(), is_open=False, limit=LIST_LENGTH),
        stray=stray,
        typed=typed,
        errors=errors,
        refused=refused,
        new_key=uuid.uuid4().hex,
    )
    return make_response(page)
