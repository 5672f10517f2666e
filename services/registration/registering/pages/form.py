"""The form on which people register: for everybody, and for those who were invited to a price that is given.

It works without JavaScript, and needs no account and no CSRF token. What was typed is kept whatever is refused; an
answer names what was not done, and leads to the field that it is about.
"""

from functools import partial
from typing import Any, NamedTuple, cast

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from services.registration.people.store import read
from services.registration.prices.domain.conferences import Conference, ConferenceUnknown
from services.registration.prices.domain.fees import Category, digest
from services.registration.prices.store import CONFERENCES, places_of
from services.registration.registering import commands
from services.registration.registering.domain.admission import Invitation, read_invitation
from services.registration.registering.domain.proving import PROOF, must_be_known
from services.registration.registering.domain.tenders import TENDERS
from services.registration.registering.schemas import answers
from services.registration.registering.schemas.pace import must_be_slow
from services.registration.registering.schemas.requests import RegistrationShape
from services.registration.registering.store import PROOFS
from shared.auth import opened
from shared.idempotency import IdempotencyKeyReused
from shared.problem import Refusal
from shared.sentences import marked
from shared.web import forms, links
from shared.web.current import database, settings
from shared.web.forms import Form
from shared.web.languages import choices, language, offer_all

blueprint = Blueprint("form", __name__, url_prefix="/registration", template_folder="../templates")
offer_all(blueprint)

_FIELDS = ("name", "email", "postal_address", "category", "guests", "options", "tender")  # as they stand on the page
_NAMES = {f"person_{name}": name for name in ("name", "email", "postal_address", "language")}
_SENT_ALREADY = Refusal(
    marked(
        "This form was sent before, with other entries, and that registration was taken: look for its mail. "
        "These entries were not registered. If they are for somebody else, send the form once more."
    )
)


@blueprint.route("/conferences/<conference>/register", methods=["GET", "POST"])
def register(conference: str) -> Response:
    """The form on which one person registers with their guests."""
    return _answer(_conference(conference), invitation=None, token=None)


@blueprint.route("/invitations/<token>", methods=["GET", "POST"])
def register_invited(token: str) -> Response:
    """The form for one person whom the committee has invited to a price that is given."""
    invitation = read_invitation(opened(settings(), purpose="invitation", token=token))
    return _answer(_conference(invitation.conference), invitation=invitation, token=token)


def _answer(conference: Conference, *, invitation: Invitation | None, token: str | None) -> Response:
    if request.method == "POST":
        return _submit(conference, invitation=invitation, token=token)
    return _page(conference, Form(), invitation=invitation)


def _submit(conference: Conference, *, invitation: Invitation | None, token: str | None) -> Response:
    """Register what the form says; what was entered is kept when something is missing."""
    try:
        asked = forms.read(RegistrationShape(), _from_form(conference, request.form) | {"invitation": token})
        must_be_slow(asked)
        answer = forms.once(
            commands.submit_registration,
            scope="form",
            answer=partial(answers.submitted_json, settings=settings()),
            application=asked,
        )
    except Refusal as refusal:
        is_sent = isinstance(refusal, IdempotencyKeyReused)
        form = forms.refused(_SENT_ALREADY if is_sent else refusal, names=_NAMES)
        now_known = _conference(conference.id)  # it is shown with the prices that hold now
        return _page(now_known, forms.in_order(form, _FIELDS), invitation=invitation)
    if "proof" in answer:
        return cast(Response, redirect(url_for("form.show_proof_asked", conference=conference.id), 303))
    return cast(Response, redirect(answer["mine"], 303))


@blueprint.get("/conferences/<conference>/proof-asked")
def show_proof_asked(conference: str) -> str:
    """The word that a link went to the address that is known."""
    known = _conference(conference)
    return render_template(
        "registering/proof.html", conference=known, address=links.conference(settings(), conference), proof=None
    )


@blueprint.route("/proofs/<token>", methods=["GET", "POST"])
def prove(token: str) -> Response:
    """Where the link leads that went to a speaker's address: what was filled in, and the button that registers."""
    id_ = opened(settings(), purpose=PROOF, token=token)
    proof = must_be_known(read(database(), PROOFS, id_), now=database().clock.now())
    refused = None
    if request.method == "POST" or proof.registration:
        try:
            registration = database().run(commands.prove_address, proof=id_)
            return cast(Response, redirect(links.my_registration(settings(), registration.id), 303))
        except Refusal as refusal:
            refused = refusal
    conference = _conference(proof.conference)
    known = {each.key: each.label for each in conference.fees.categories} if conference.fees else {}
    page = render_template(
        "registering/proof.html",
        conference=conference,
        address=links.conference(settings(), conference.id),
        register=links.register(settings(), conference.id),
        proof=proof,
        category=known.get(proof.application.category, ""),
        refused=refused,
    )
    return make_response(page, refused.status if refused else 200)


def _page(conference: Conference, form: Form, *, invitation: Invitation | None) -> Response:
    fees = conference.fees
    page = render_template(
        "registering/register.html",
        conference=conference,
        is_open=conference.is_open(database().clock.now()),
        is_over=conference.is_over(database().clock.now()),
        categories=_categories(conference, invitation=invitation),
        is_invited=invitation is not None,
        seen=digest(fees, currency=conference.currency) if fees else "",
        form=form,
        tenders=TENDERS,
        spoken=choices(),
        options=options_on_offer(conference),
        address=links.conference(settings(), conference.id),
        together=links.register_together(settings(), conference.id),
    )
    return make_response(page, form.status)


def _categories(conference: Conference, *, invitation: Invitation | None) -> list[Category]:
    """What may be chosen: the price somebody is invited to, else what is offered to everybody."""
    known = conference.fees.categories if conference.fees else ()
    if invitation is not None:
        return [each for each in known if each.key == invitation.category]
    return [each for each in known if each.is_offered]


def _from_form(conference: Conference, form: MultiDict[str, str]) -> dict[str, Any]:
    """The form's entries in the shape that the API takes."""
    return {
        "conference": conference.id,
        "category": form.get("category", ""),
        "tender": form.get("tender", ""),
        "person": {
            "name": form.get("name", ""),
            "email": None if form.get("has_no_email") else form.get("email", ""),
            "postal_address": forms.lines_of(form.get("postal_address", "")),
            "language": form.get("language") or language(),
        },
        "guests": [{"name": name} for name in forms.lines_of(form.get("guests", ""))],
        "options": form.getlist("options"),
        "seen": form.get("seen", ""),
    }


class OnOffer(NamedTuple):
    """An option of the form, and what is left of it; None where there is no end of them."""

    key: str
    label: str
    amount_minor: int
    free_count: int | None


def options_on_offer(conference: Conference) -> list[OnOffer]:
    """The options that the form shows, with what is left of each."""
    if conference.fees is None or not conference.fees.options:
        return []
    places = places_of(database(), conference.id)
    return [
        OnOffer(each.key, each.label, each.amount_minor, places[each.key].free_count)
        for each in conference.fees.options
        if each.key in places
    ]


def _conference(id_: str) -> Conference:
    known = read(database(), CONFERENCES, id_)
    if known is None:
        raise ConferenceUnknown(
            marked("There is no conference under this address. It may be very new; please try again in a minute.")
        )
    return known
