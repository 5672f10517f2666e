"""The page on which an association says what it is called, where it is, and where its money goes."""

from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.registration.associations import schemas
from services.registration.associations.commands import describe_association
from services.registration.associations.domain import Association
from services.registration.associations.store import association_with_version
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web import forms
from shared.web.current import database
from shared.web.forms import Form

blueprint = Blueprint(
    "associations_desk", __name__, url_prefix="/registration/desk/associations", template_folder="templates"
)


@blueprint.get("/<association>")
@desk(Action.DESCRIBE_ASSOCIATION)
def show_association(association: str) -> Response:
    """What it says of itself, in the form that changes it."""
    found = association_with_version(database(), association)
    known, version = found or (Association(id=association), 0)
    return _page(association, Form(values=_values(known) | {"seen": str(version)}))


@blueprint.post("/<association>")
@desk(Action.DESCRIBE_ASSOCIATION)
def describe(association: str) -> Response:
    """Say something else from now on."""
    try:
        asked = forms.read(schemas.AssociationShape(), _typed())
        said = schemas.association_of(association, asked)
        name = forms.once(describe_association, answer=lambda kept: kept.name, said=said, seen=forms.version_seen())
    except Refusal as refusal:
        return _page(association, forms.refused(refusal))
    flash(f"Saved. From now on this stands on what is sent for {name}. What has been sent stays as it was.")
    return cast(Response, redirect(url_for("associations_desk.show_association", association=association), 303))


def _typed() -> dict[str, Any]:
    """What was typed, in the shape that the API takes: an empty field is left out."""
    lines = {name: forms.lines_of(request.form.get(name, "")) for name in schemas.LINES}
    typed = {name: request.form.get(name, "") for name in ("name", "tax_number", "sender_name", "sender_address")}
    return lines | {name: text for name, text in typed.items() if text.strip() or name == "name"}


def _values(known: Association) -> dict[str, str]:
    answer = schemas.association_json(known)
    return {name: "\n".join(said) if isinstance(said, list) else said for name, said in answer.items()}


def _page(association: str, form: Form) -> Response:
    page = render_template("associations/association.html", association=association, form=form)
    response = make_response(page, form.status)
    response.headers["Cache-Control"] = "no-store"
    return response
