"""Adding something to a registration later, on its owner's page and at the desk, and taking it off until it is paid.

Both work without JavaScript. A registrant has no account: the signed link is the right to add, so that the forms of
their page need no CSRF token.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Blueprint, Response, flash, jsonify, redirect, request, url_for

from services.registration.changing.commands import adding as commands
from services.registration.changing.pages import leaving, mine
from services.registration.registering.domain.registrations import Registration
from services.registration.registering.schemas import answers
from shared.auth import desk
from shared.idempotency import run_once
from shared.principals import Action
from shared.problem import Refusal
from shared.web import forms
from shared.web.app import wants_page
from shared.web.current import database
from shared.web.documented import form_key, idempotency_key
from shared.web.languages import offer_all

blueprint = Blueprint("additions", __name__, url_prefix="/registration", template_folder="../templates")
offer_all(blueprint)


@blueprint.post("/mine/<token>/additions")
def add(token: str) -> Response:
    """Add an option to one's own registration: owed on its order from now on."""
    return _own(token, commands.add_option, product=_product())


@blueprint.post("/mine/<token>/additions/<product>/take-off")
def take_off(token: str, product: str) -> Response:
    """Take off what was added and is not paid."""
    return _own(token, commands.take_option_off, product=product)


@blueprint.post("/desk/conferences/<conference>/registrations/<registration>/additions")
@desk(Action.REGISTER_OTHERS)
def add_for(conference: str, registration: str) -> Response:
    """Add an option for somebody; whoever pays for them is written to."""
    done = "Added. Whoever pays is being sent what is owed, with a link to pay."
    return _for(conference, registration, commands.add_option, done=done, product=_product(), is_by_desk=True)


@blueprint.post("/desk/conferences/<conference>/registrations/<registration>/additions/<product>/take-off")
@desk(Action.REGISTER_OTHERS)
def take_off_for(conference: str, registration: str, product: str) -> Response:
    """Take off for somebody what was added and is not paid."""
    done = "Taken off. Its price is owed no more."
    return _for(conference, registration, commands.take_option_off, done=done, product=product, is_by_desk=True)


@blueprint.post("/desk/conferences/<conference>/owed-seats/<seat>")
@desk(Action.REGISTER_OTHERS)
def order_seat(conference: str, seat: str) -> Response:
    """Put a seat that is on no order on its owner's."""
    forms.once(commands.order_seat, conference=conference, seat=seat)
    flash("It is on the order now. Whoever pays is being sent what is owed, with a link to pay.")
    return cast(Response, redirect(url_for("desk.show_conference", conference=conference), 303))


def _product() -> str:
    body = request.get_json(silent=True) if request.is_json else request.form
    return str(body.get("option", "")) if isinstance(body, Mapping) else ""


def _own(token: str, command: Callable[..., Registration], **asked: Any) -> Response:
    registration = mine.registration_behind(token)
    key = form_key() if wants_page() else idempotency_key()
    try:
        answer = run_once(
            database(),
            command,
            key=key,
            scope=f"mine:{registration.id}",
            answer=answers.registration_json,
            registration=registration.id,
            **asked,
        )
    except Refusal as refusal:
        return mine.choice_refused(refusal, token=token)
    if wants_page():
        return cast(Response, redirect(url_for("pages.mine", token=token), 303))
    return jsonify(answer)


def _for(
    conference: str, registration: str, command: Callable[..., Registration], *, done: str, **asked: Any
) -> Response:
    shown = leaving.shown_here(conference, registration)
    try:
        forms.once(command, registration=shown.registration.id, **asked)
    except Refusal as refusal:
        return leaving.registration_page(shown, form=forms.refused(refusal))
    flash(done)
    here = url_for("leaving_desk.show_registration", conference=conference, registration=registration)
    return cast(Response, redirect(here, 303))
