"""A person at the registration desk: what is known about them, their correction, and what was corrected before."""

from typing import Any, NamedTuple, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.registration.correcting import commands
from services.registration.correcting.domain.corrections import KnownAlready, PersonUnknown
from services.registration.correcting.schemas import CorrectionShape, languages_with
from services.registration.correcting.store import address_asked_for, corrections_of, registrations_of
from services.registration.people.domain import Person
from services.registration.people.store import PEOPLE, person_with_version, read, sharing_address
from services.registration.prices.domain.conferences import Conference
from services.registration.prices.store import list_conferences
from services.registration.registering.domain.registrations import Registration
from services.registration.registering.pages.listing import LIVES
from services.registration.registering.store import persons_there
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web import forms
from shared.web.current import business_now, database, may, principal

ZONE_WITHOUT_CONFERENCE = "UTC"

blueprint = Blueprint("people", __name__, url_prefix="/registration/desk/people", template_folder="../templates")


class Attending(NamedTuple):
    """A registration of a person, with the conference that it is for."""

    registration: Registration
    conference: Conference | None


@blueprint.get("/<person>")
@desk(Action.SEE_REGISTRATIONS)
def show_person(person: str) -> Response:
    """What is known about one person, and the form that corrects it."""
    return _page(person, form=None)


@blueprint.post("/<person>")
@desk(Action.CORRECT_PEOPLE)
def correct_person(person: str) -> Response:
    """Correct a name, an address or a language; it counts at once, for every conference."""
    try:
        asked = forms.read(CorrectionShape(), _typed())
        name = forms.once(
            commands.correct_by_desk,
            answer=lambda corrected: corrected.contact.name,
            person=person,
            by=principal().words,
            seen=forms.version_seen(),
            **asked,
        )
    except Refusal as refusal:
        return _page(person, form=forms.refused(refusal), refusal=refusal)
    flash(f"Saved. From now on all pages, badges and messages say what stands here about {name}.")
    return cast(Response, redirect(url_for("people.show_person", person=person), 303))


def _typed() -> dict[str, Any]:
    """What was typed, in the shape that the API takes: an empty address is none."""
    form = request.form
    return {
        "name": form.get("name", ""),
        "email": form.get("email", "").strip() or None,
        "postal_address": [line for line in form.get("postal_address", "").splitlines() if line.strip()],
        "language": form.get("language", ""),
        "reason": form.get("reason", ""),
        "same_person": form.get("same_person") == "yes",
    }


def _page(id_: str, *, form: forms.Form | None, refusal: Refusal | None = None) -> Response:
    found = person_with_version(database(), id_)
    if found is None:
        raise PersonUnknown(
            "Registration knows nobody under this address. Nothing was changed. They may be very new; please try again "
            "in a minute."
        )
    person, version = found
    attending = _attending(person)
    page = render_template(
        "correcting/person.html",
        person=person,
        version=version,
        form=form or forms.Form(values=_values(person)),
        refusal=refusal,
        twin=_twin(refusal),
        asks_same_person=isinstance(refusal, KnownAlready),
        same_as=read(database(), PEOPLE, person.same_as) if person.same_as else None,
        sharing=_sharing(person),
        attending=attending,
        asked=address_asked_for(database(), person.id, now=business_now()),
        corrections=corrections_of(database(), person.id),
        zone=next((each.conference.zone for each in attending if each.conference), ZONE_WITHOUT_CONFERENCE),
        language_names=languages_with(person.contact.language),
        lives=LIVES,
        may_correct=may(Action.CORRECT_PEOPLE),
        may_erase=may(Action.ERASE_PEOPLE),
    )
    response = make_response(page, refusal.status if refusal else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def _values(person: Person) -> dict[str, str]:
    contact = person.contact
    return {
        "name": contact.name,
        "email": contact.email or "",
        "postal_address": "\n".join(contact.postal_address),
        "language": contact.language,
    }


def _twin(refusal: Refusal | None) -> Person | None:
    """Whom a refusal is about, besides the person on the page."""
    id_ = refusal.facts.get("person") if refusal else None
    return read(database(), PEOPLE, str(id_)) if id_ else None


def _sharing(person: Person) -> list[Person]:
    """Others under the same address, as far as whoever asks may know of them."""
    found = sharing_address(database(), person)
    there = persons_there(database(), (each.id for each in found))
    return [each for each in found if each.id in there or not principal().association]


def _attending(person: Person) -> list[Attending]:
    conferences = {each.id: each for each in list_conferences(database())}
    return [Attending(each, conferences.get(each.conference)) for each in registrations_of(database(), [person.id])]
