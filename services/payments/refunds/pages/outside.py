"""The finance desk's page about refunds that somebody made at the card provider and not here."""

import uuid
from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.payments import forms
from services.payments.forms import once, submitted, typed_in
from services.payments.refunds import store
from services.payments.refunds.commands import by_hand as commands
from services.payments.strays import schemas
from services.payments.strays.pages import LIST_LENGTH
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web.current import database

blueprint = Blueprint("outside_desk", __name__, url_prefix="/payments/desk", template_folder="../templates")


@blueprint.get("/outside")
@desk(Action.SEE_MONEY)
def list_outside() -> Response:
    """Refunds made at the card provider and not here, each with what it was taken for."""
    return _page(outside="", typed={}, errors={}, refused=None)


@blueprint.post("/outside/<outside>")
@desk(Action.MOVE_MONEY)
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
        "refunds/outside.html",
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
