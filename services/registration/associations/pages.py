"""The page on which an association says what it is called, where it is, and where its money goes."""

import base64
import re
from decimal import Decimal
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.registration.associations import schemas
from services.registration.associations.api import is_id
from services.registration.associations.commands import describe_association, take_logo
from services.registration.associations.domain import (
    LOGO_SENT_BYTE_COUNT_MAX,
    AssociationUnknown,
    LogoUnfit,
    logo_from,
)
from services.registration.associations.store import association_with_version
from shared.associations import Association
from shared.auth import desk
from shared.described import association_called
from shared.principals import Action
from shared.problem import Refusal
from shared.sentences import marked
from shared.web import forms
from shared.web.current import database
from shared.web.forms import Form
from shared.web.languages import ENGLISH, LANGUAGES, offer_all

FORM_BYTE_COUNT_MAX = 16 * 1024  # what a form with a picture holds beside it
LOGO_SECONDS_KEPT = 24 * 3600
_PLAIN = ("tax_number", "sender_name", "sender_address", "invoice_prefix", "currency")

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


@blueprint.post("/<association>/logo")
@desk(Action.DESCRIBE_ASSOCIATION)
def change_logo(association: str) -> Response:
    """Have another logo, or none."""
    request.max_content_length = LOGO_SENT_BYTE_COUNT_MAX + FORM_BYTE_COUNT_MAX
    file, is_taken_away = request.files.get("logo"), request.form.get("action") == "remove"
    try:
        logo = "" if is_taken_away else logo_from(file.read() if file else b"")
        forms.once(take_logo, association=association, logo=logo)
    except (AssociationUnknown, LogoUnfit) as refusal:
        return _logo_refused(association, refusal)
    flash(
        "The logo is gone." if is_taken_away else "This is your logo from now on. What has been sent stays as it was."
    )
    return cast(Response, redirect(url_for("associations_desk.show_association", association=association), 303))


def _logo_refused(association: str, refusal: Refusal) -> Response:
    """The page as it is kept, with what was wrong with the picture."""
    known, version = association_with_version(database(), association) or (Association(id=association), 0)
    form = Form(
        values=_values(known) | {"seen": str(version)},
        refusal=str(refusal),
        title="The logo was not changed",
        status=refusal.status,
    )
    return _page(association, form)


logos = Blueprint("logos", __name__, url_prefix="/registration/logos")
offer_all(logos)


@logos.get("/<association>/<digest>.png")
def show_logo(association: str, digest: str) -> Response:
    """An association's logo of today, for the pages of all services; `digest` makes each picture's address new."""
    found = association_called(database(), association) if is_id(association) else None
    if found is None or not found.logo or not digest.isalnum():
        raise AssociationUnknown(marked("There is no logo under this address."))
    response = Response(base64.b64decode(found.logo), content_type="image/png")
    response.cache_control.public = True
    response.cache_control.max_age = LOGO_SECONDS_KEPT
    return response


def _points() -> list[dict[str, Any]]:
    """The rows of the form; one that is empty is none."""
    rows = [
        {name: request.form.get(f"points.{row}.{name}", "").strip() for name in ("scheme", "hours", "from_year")}
        for row in range(schemas.POINTS_COUNT_MAX)
    ]
    return [
        {
            "scheme": each["scheme"],
            "from_year": each["from_year"],
            "minutes_per_point": _minutes(each["hours"]),
        }
        for each in rows
        if any(each.values())
    ]


def _minutes(hours: str) -> int | str:
    """`2.5` as minutes; what makes no whole minutes stays text, and is refused as such."""
    if not re.fullmatch(r"\d{1,3}([.,]\d{1,2})?", hours, re.ASCII):
        return hours or "?"
    minutes = Decimal(hours.replace(",", ".")) * 60
    return int(minutes) if minutes == int(minutes) else hours


def _languages() -> list[str]:
    """Those that are ticked, first the one for who has said none, which is offered by being that."""
    first = request.form.get("first_language", "")
    ticked = [each for each in LANGUAGES if f"language.{each}" in request.form and each != first]
    return [first, *ticked] if first else ticked


def _typed() -> dict[str, Any]:
    """What was typed, in the shape that the API takes: an empty field is left out."""
    lines = {name: forms.lines_of(request.form.get(name, "")) for name in schemas.LINES}
    typed = {name: request.form.get(name, "") for name in ("name", *_PLAIN)}
    parts = {"languages": _languages(), "points": _points()}
    return parts | lines | {name: text for name, text in typed.items() if text.strip() or name == "name"}


def _values(known: Association) -> dict[str, str]:
    answer = schemas.association_json(known)
    values = {name: "\n".join(answer[name]) if name in schemas.LINES else answer[name] for name in (*_PLAIN, "name")}
    values |= {name: "\n".join(answer[name]) for name in schemas.LINES}
    values |= {f"language.{each}": "yes" for each in known.languages or LANGUAGES}
    values["first_language"] = known.languages[0] if known.languages else ENGLISH
    for row, rule in enumerate(known.points):
        hours = (Decimal(rule.minutes_per_point) / 60).normalize()
        values |= {f"points.{row}.scheme": rule.scheme, f"points.{row}.from_year": str(rule.from_year)}
        values[f"points.{row}.hours"] = f"{hours:f}"
    return values


def _page(association: str, form: Form) -> Response:
    filled = sum(f"points.{row}.scheme" in form.values for row in range(schemas.POINTS_COUNT_MAX))
    page = render_template(
        "associations/association.html",
        association=association,
        form=form,
        known=association_called(database(), association),
        languages=LANGUAGES,
        rows=range(min(max(filled + 1, 3), schemas.POINTS_COUNT_MAX)),
    )
    response = make_response(page, form.status)
    response.headers["Cache-Control"] = "no-store"
    return response
