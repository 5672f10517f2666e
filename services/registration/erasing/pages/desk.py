"""Erasing a person or a payer in two steps: what goes and what stays is shown first, and nothing goes unread."""

from typing import cast

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from services.registration.correcting.domain.corrections import PersonUnknown
from services.registration.correcting.store import corrections_of
from services.registration.erasing import commands
from services.registration.erasing.schemas import ErasureShape
from services.registration.erasing.store import erasure_of, ids_now, obstacles_now, registrations_about, whom_now
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web import forms
from shared.web.current import business_now, database, principal

blueprint = Blueprint("erasing", __name__, url_prefix="/registration/desk/people", template_folder="../templates")


@blueprint.get("/<person>/erase")
@desk(Action.ERASE_PEOPLE)
def show_erasure(person: str) -> Response:
    """What goes, what stays, and what is in the way."""
    return _page(person, form=None)


@blueprint.post("/<person>/erase")
@desk(Action.ERASE_PEOPLE)
def ask_erasure(person: str) -> Response:
    """Erase somebody for good, once payments has nothing against it."""
    try:
        asked = forms.read(ErasureShape(), {"reason": request.form.get("reason", "")})
        forms.once(commands.ask_erasure, answer=lambda made: made.id, person=person, by=principal().words, **asked)
    except Refusal as refusal:
        return _page(person, form=forms.refused(refusal), refusal=refusal)
    return cast(Response, redirect(url_for("erasing.show_erasure", person=person), 303))


def _page(id_: str, *, form: forms.Form | None, refusal: Refusal | None = None) -> Response:
    whom = whom_now(database(), id_)
    if whom is None:
        raise PersonUnknown("Registration knows nobody under this address. Nothing was changed.")
    ids = ids_now(database(), whom)
    registrations = registrations_about(database(), ids)
    page = render_template(
        "erasing/erase.html",
        whom=whom,
        form=form or forms.Form(),
        refusal=refusal,
        erasure=erasure_of(database(), whom.id),
        obstacles=obstacles_now(database(), whom, registrations, now=business_now()),
        registrations=registrations,
        corrections=[each for one in ids for each in corrections_of(database(), one)],
        id_count=len(ids),
    )
    response = make_response(page, refusal.status if refusal else 200)
    response.headers["Cache-Control"] = "no-store"
    return response
