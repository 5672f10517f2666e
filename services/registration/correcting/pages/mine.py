"""A person's own page of their name and addresses, and the page behind the link that proves a new one.

Both work without JavaScript. The signed link in a mail or letter is the right to them, as to the registration's page.
"""

from dataclasses import replace
from typing import Any, cast

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for

from services.registration.changing.pages.mine import registration_behind
from services.registration.correcting import commands
from services.registration.correcting.domain.addresses import PROOF, AddressChange, must_wait
from services.registration.correcting.schemas import FactsShape, contact_json, languages_with
from services.registration.correcting.store import ADDRESS_CHANGES, address_asked_for
from services.registration.people.domain import Person
from services.registration.people.store import PEOPLE, person_with_version, read
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.registrations import Registration
from shared.auth import opened
from shared.problem import Refusal
from shared.sentences import marked
from shared.web import forms, links
from shared.web.app import wants_page
from shared.web.current import business_now, database, settings
from shared.web.languages import ENGLISH, gettext, meant_for, offer_all
from shared.web.renewing import must_be_slow

blueprint = Blueprint("my_contact", __name__, url_prefix="/registration", template_folder="../templates")
offer_all(blueprint)


@blueprint.get("/mine/<token>/contact")
def show_contact(token: str) -> Response:
    """How somebody is called and reached, and the form that corrects it."""
    return _page(registration_behind(token), token=token, form=None)


@blueprint.post("/mine/<token>/contact")
def correct_contact(token: str) -> Response:
    """Correct one's own name, addresses or language; a new e-mail address counts once its link was opened."""
    registration = registration_behind(token)
    try:
        facts = forms.read(FactsShape(), _sent())
        if _is_new_address(registration, facts.email):
            must_be_slow(f"address:{registration.person}")
        answer = forms.once(
            commands.correct_by_person,
            scope=f"mine:{registration.id}",
            answer=_told,
            registration=registration.id,
            facts=facts,
            seen=None if request.is_json else forms.version_seen(),
        )
    except Refusal as refusal:
        if not wants_page():
            raise
        return _page(registration, token=token, form=_refused(refusal), refusal=refusal)
    if not wants_page():
        return _page(registration, token=token, form=None)
    flash(gettext(_SAID[answer]))
    return cast(Response, redirect(url_for("my_contact.show_contact", token=token), 303))


_SAID = {
    "nothing": marked("Nothing was different, so nothing was changed."),
    "corrected": marked("Saved. Your pages, your badge and our messages say so from now on."),
    "asked": marked("One step is left: please open the link that we have sent to your new e-mail address."),
}


@blueprint.route("/addresses/<token>", methods=["GET", "POST"])
def prove_address(token: str) -> Response:
    """Where the link leads that went to a new address: the button that makes it count, once."""
    change = must_wait(_change(token), now=business_now())
    person = read(database(), PEOPLE, change.person)
    meant_for(person.contact.language if person else ENGLISH)
    if request.method == "POST":
        database().run(commands.prove_new_address, change=change.id)
    page = render_template(
        "correcting/address.html",
        change=change,
        is_proved=request.method == "POST",
        conference=read(database(), CONFERENCES, change.conference),
        mine=links.my_registration(settings(), change.registration),
    )
    return make_response(page)


def _change(token: str) -> AddressChange | None:
    return read(database(), ADDRESS_CHANGES, opened(settings(), purpose=PROOF, token=token))


def _sent() -> dict[str, Any]:
    """What was typed, in the shape that a program sends; an address that is left empty is none."""
    if request.is_json:
        body = request.get_json(silent=True)
        return body if isinstance(body, dict) else {}
    form = request.form
    return {
        "name": form.get("name", ""),
        "email": form.get("email", "").strip() or None,
        "postal_address": [line for line in form.get("postal_address", "").splitlines() if line.strip()],
        "language": form.get("language", ""),
    }


def _is_new_address(registration: Registration, email: str | None) -> bool:
    person = read(database(), PEOPLE, registration.person)
    return bool(email) and person is not None and email != person.contact.email


def _refused(refusal: Refusal) -> forms.Form:
    """The form with its reasons in the language of the page."""
    form = forms.refused(refusal)
    return replace(form, errors={name: gettext(reason) for name, reason in form.errors.items()})


def _told(corrected: commands.Corrected) -> str:
    return "asked" if corrected.asked else "corrected" if corrected.is_corrected else "nothing"


def _page(
    registration: Registration, *, token: str, form: forms.Form | None, refusal: Refusal | None = None
) -> Response:
    found = person_with_version(database(), registration.person)
    assert found is not None  # a registration is somebody's
    person, version = found
    meant_for(person.contact.language, conference=registration.conference)
    asked = address_asked_for(database(), person.id, now=business_now())
    if not wants_page():
        return jsonify(contact_json(person.contact) | {"asked_for": asked.email if asked else None})
    page = render_template(
        "correcting/contact.html",
        person=person,
        version=version,
        asked=asked,
        form=form or forms.Form(values=_values(person)),
        refusal=refusal,
        language_names=languages_with(person.contact.language),
        token=token,
        conference=read(database(), CONFERENCES, registration.conference),
    )
    return make_response(page, refusal.status if refusal else 200)


def _values(person: Person) -> dict[str, str]:
    contact = person.contact
    return {
        "name": contact.name,
        "email": contact.email or "",
        "postal_address": "\n".join(contact.postal_address),
        "language": contact.language,
    }
