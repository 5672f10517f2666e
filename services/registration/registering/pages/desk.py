"""Registration's desk: who has registered for what, what it costs, and the options that are sold with it.

A refusal shows beside the form it belongs to, and what was typed is kept.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.registration.people.store import names_of, read
from services.registration.prices.commands import fee_tables
from services.registration.prices.domain.conferences import Conference, ConferenceUnknown
from services.registration.prices.domain.fees import FeeAbovePrice, FeesMissing
from services.registration.prices.store import CONFERENCES, list_conferences, places_of
from services.registration.registering import store
from services.registration.registering.domain.admission import invite
from services.registration.registering.domain.owed_seats import priced
from services.registration.registering.pages import listing
from services.registration.registering.schemas.requests import HoldsShape, OptionShape, TermsShape
from shared import money
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web import forms, links
from shared.web.current import database, may, settings
from shared.web.forms import Form

blueprint = Blueprint("desk", __name__, url_prefix="/registration/desk", template_folder="../templates")


@blueprint.get("")
@desk(Action.SEE_REGISTRATIONS)
def show_desk() -> str:
    """The conferences, with how many have registered for each."""
    conferences = list_conferences(database())
    counts = {each.id: store.count_by_life(database(), each.id) for each in conferences}
    return render_template("registering/desk.html", conferences=conferences, counts=counts)


@blueprint.get("/conferences/<conference>")
@desk(Action.SEE_REGISTRATIONS)
def show_conference(conference: str) -> Response:
    """One conference: its prices and options, and who has registered."""
    known = _conference(conference)
    file = listing.file(known.id, zone=known.zone)
    return file or _page(known)


class InvitationShown(NamedTuple):
    """An invitation that was just made, for whoever gives it to somebody."""

    label: str
    link: str


@blueprint.post("/conferences/<conference>/invitations")
@desk(Action.INVITE_REGISTRANTS)
def make_invitation(conference: str) -> Response:
    """Make a link with which one person registers at a price that is not on the public form."""
    known = _conference(conference)
    if known.fees is None:
        raise FeesMissing("This conference has no prices yet. No invitation was made; set the prices first.")
    category = known.fees.category(request.form.get("category", ""))
    link = links.invitation(settings(), str(invite(category, conference=known.id)))
    shown = InvitationShown(category.label, link)
    return _page(known, invitation=shown)


@blueprint.post("/conferences/<conference>/holds")
@desk(Action.EDIT_PRICES)
def set_holds(conference: str) -> Response:
    """Set how long unpaid places of limited options are held."""
    try:
        holds = forms.read(HoldsShape(), {name: forms.count(name) for name in ("card_minutes", "other_days")})
        database().run(fee_tables.set_holds, conference=conference, holds=holds)
    except Refusal as refusal:
        return _page(_conference(conference), holds=forms.refused(refusal))
    flash(f"Saved: {holds.card_minutes} minutes by card, {holds.other_days} days otherwise.")
    return cast(Response, redirect(url_for("desk.show_conference", conference=conference), 303))


@blueprint.post("/conferences/<conference>/options")
@desk(Action.EDIT_PRICES)
def set_option(conference: str) -> Response:
    """Sell an option, or change one that is sold."""
    known = _conference(conference)
    try:
        option = forms.read(OptionShape(), _typed(known))
        forms.once(fee_tables.set_option, conference=conference, option=option)
    except Refusal as refusal:
        form = forms.refused(refusal, names={"amount_minor": "amount"}, sentences=_SENTENCES)
        return _page(_conference(conference), option=form)
    flash(f"Saved: {option.label}, {money.in_words(option.amount_minor, known.currency)}.")
    places = places_of(database(), conference).get(option.key)
    if places is not None and places.without_seat_count:
        flash(
            f"Only {places.limit} of its {places.place_count} places are sold: by the last release its session has "
            f"{places.seat_count} seats. Give the session more seats or a larger room, and the others are sold too."
        )
    return cast(Response, redirect(url_for("desk.show_conference", conference=conference), 303))


@blueprint.post("/conferences/<conference>/terms")
@desk(Action.EDIT_PRICES)
def set_terms(conference: str) -> Response:
    """Set what is kept of a paid registration: when the organiser cancels, and when somebody leaves."""
    known = _conference(conference)
    currency = known.currency
    try:
        typed = {
            f"{name}_minor": forms.amount_minor(request.form.get(name, ""), currency)
            for name in ("organiser_cancels_fee", "leave_fee")
        }
        terms = forms.read(TermsShape(), typed)
        database().run(fee_tables.set_terms, conference=conference, terms=terms)
    except FeeAbovePrice as refusal:
        cheapest = money.in_words(refusal.facts["cheapest_minor"], currency)
        sentence = f"The cheapest price is {cheapest}, and nobody is kept more than they paid. Nothing was changed."
        return _page(known, terms=forms.entered(refusal=sentence, title="A fee is above a price"))
    except Refusal as refusal:
        named = {name: forms.amount_in(name, currency) for name in ("organiser_cancels_fee", "leave_fee")}
        names, sentences = (
            {key: value for each in named.values() for key, value in each[part].items()}
            for part in ("names", "sentences")
        )
        return _page(known, terms=forms.refused(refusal, names=names, sentences=sentences))
    flash(
        f"Saved: {money.in_words(terms.organiser_cancels_fee_minor, currency)} is kept if the organiser cancels, "
        f"{money.in_words(terms.leave_fee_minor, currency)} of each who leaves."
    )
    return cast(Response, redirect(url_for("desk.show_conference", conference=conference), 303))


def _typed(conference: Conference) -> dict[str, Any]:
    """What was typed, in the shape that the API takes; what can't be read as a number is refused by the shape."""
    place_count = forms.count("place_count")
    return {
        "key": request.form.get("key", "").strip(),
        "label": request.form.get("label", ""),
        "amount_minor": forms.amount_minor(request.form.get("amount", ""), conference.currency),
        "session": request.form.get("session", "").strip(),
        "place_count": None if place_count == "" else place_count,
    }


_SENTENCES: Mapping[str, str] = {
    "key": "Please use small letters, digits and hyphens, at most 40, such as a-07.",
    "amount_minor": "Please write the price like 95.00, with as many decimals as the currency has.",
    "session": "Please copy the session's id from the programme, or leave this empty.",
    "place_count": "Please write a whole number, or leave this empty if there is no limit.",
}


def _page(
    conference: Conference,
    *,
    option: Form | None = None,
    holds: Form | None = None,
    terms: Form | None = None,
    invitation: InvitationShown | None = None,
) -> Response:
    owed_seats = [] if conference.is_cancelled else store.owed_seats(database(), conference.id)
    page = render_template(
        "registering/desk_conference.html",
        conference=conference,
        places=places_of(database(), conference.id),
        counts=store.count_by_life(database(), conference.id),
        shown=listing.shown(conference.id, zone=conference.zone),
        owed_seats=priced(conference, owed_seats),
        owed_names=names_of(database(), [each.person for each in owed_seats]),
        may_edit=may(Action.EDIT_PRICES),
        may_order=may(Action.REGISTER_OTHERS),
        option=option or Form(),
        is_option_refused=option is not None,
        holds=holds or Form(),
        is_holds_refused=holds is not None,
        terms=terms or Form(),
        is_terms_refused=terms is not None,
        invitation=invitation,
    )
    response = make_response(page, (option or holds or terms or Form()).status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _conference(id_: str) -> Conference:
    known = read(database(), CONFERENCES, id_)
    if known is None:
        raise ConferenceUnknown(
            "There is no conference under this address. It may be very new; please try again in a minute."
        )
    return known
