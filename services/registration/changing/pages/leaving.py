"""One registration at the desk, and the page on which it is ended: what that means is read before it is done."""

from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.registration.changing.commands import leaving as commands
from services.registration.changing.domain import leaving
from services.registration.changing.domain.leaving import EndsWithConference, Foreseen, RegistrationOver
from services.registration.changing.schemas import LeavingShape
from services.registration.payers.domain import Order, Payer
from services.registration.payers.store import ORDERS, PAYERS
from services.registration.people.store import contacts_of, read
from services.registration.prices.domain.conferences import Conference, ConferenceUnknown
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.registrations import Registration, RegistrationUnknown
from services.registration.registering.pages.form import OnOffer, options_on_offer
from services.registration.registering.pages.listing import LIVES
from services.registration.registering.store import REGISTRATIONS
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web import forms
from shared.web.current import database, may, principal
from shared.web.forms import Form

blueprint = Blueprint(
    "leaving_desk",
    __name__,
    url_prefix="/registration/desk/conferences/<conference>/registrations/<registration>",
    template_folder="../templates",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A registration as the desk reads it: whose it is, and with whom it was ordered."""

    registration: Registration
    conference: Conference
    name: str
    order: Order | None
    payer: Payer | None  # who pays for several, this one among them
    others: tuple[Registration, ...]  # who are still on the same order

    @property
    def category(self) -> str:
        """What the category is called; its key where the table has it no more."""
        fees = self.conference.fees
        labels = {each.key: each.label for each in fees.categories} if fees else {}
        return labels.get(self.registration.category, self.registration.category)

    @property
    def may_end(self) -> bool:
        """Whether it can be ended by somebody who may."""
        return self.registration.is_live and not self.conference.is_cancelled

    @property
    def offers(self) -> list[OnOffer]:
        """What may be added to it at the desk."""
        had = {each.product for each in self.registration.options if each.is_standing}
        return [each for each in options_on_offer(self.conference) if each.key not in had] if self.may_end else []

    @property
    def foreseen(self) -> Foreseen | None:
        """What ending it means for the money; None where payments has said nothing of the order yet."""
        if self.registration.is_of_several and (self.order is None or self.order.owed_minor is None):
            return None
        return leaving.foresee(self.registration, order=self.order, others=self.others)


@blueprint.get("")
@desk(Action.SEE_REGISTRATIONS)
def show_registration(conference: str, registration: str) -> Response:
    """One registration: what it is for, who pays, and, once it has ended, when, why and by whom."""
    return registration_page(shown_here(conference, registration), form=Form())


@blueprint.get("/leave")
@desk(Action.END_REGISTRATIONS)
def ask_leaving(conference: str, registration: str) -> Response:
    """What will be kept, what goes back, and the form that ends it."""
    return _page("changing/leave.html", shown_here(conference, registration), form=Form())


@blueprint.post("/leave")
@desk(Action.END_REGISTRATIONS)
def end_registration(conference: str, registration: str) -> Response:
    """End one registration, for good."""
    who = principal()
    try:
        asked = forms.read(
            LeavingShape(), {"reason": request.form.get("reason", "")}, not_done="The registration was not ended."
        )
        forms.once(
            commands.end_registration,
            conference=conference,
            registration=registration,
            by=who.words,
            account=who.person,
            **asked,
        )
    except Refusal as refusal:
        shown = shown_here(conference, registration)
        return _page("changing/leave.html", shown, form=forms.refused(refusal), is_over=_is_over(refusal))
    flash("The registration has ended. Payments is working out the money; it takes a few seconds.")
    here = url_for("leaving_desk.show_registration", conference=conference, registration=registration)
    return cast(Response, redirect(here, 303))


def registration_page(shown: Shown, *, form: Form) -> Response:
    """One registration, with what was refused of its form."""
    return _page("changing/registration.html", shown, form=form)


def _is_over(refusal: Refusal) -> bool:
    """Whether asking again would be refused again."""
    return isinstance(refusal, RegistrationOver | EndsWithConference)


def _page(template: str, shown: Shown, *, form: Form, is_over: bool = False) -> Response:
    page = render_template(
        template,
        shown=shown,
        registration=shown.registration,
        conference=shown.conference,
        form=form,
        lives=LIVES,
        offers=shown.offers if may(Action.REGISTER_OTHERS) else [],
        may_add=may(Action.REGISTER_OTHERS),
        may_erase=may(Action.ERASE_PEOPLE),
        may_end=shown.may_end and not is_over and may(Action.END_REGISTRATIONS),
    )
    response = make_response(page, form.status)
    response.headers["Cache-Control"] = "no-store"
    return response


def shown_here(conference: str, id_: str) -> Shown:
    """The registration as the desk reads it; raises `RegistrationUnknown`."""
    registration = read(database(), REGISTRATIONS, id_)
    if registration is None or registration.conference != conference:
        raise RegistrationUnknown("There is no such registration at this conference. Nothing was changed.")
    known = read(database(), CONFERENCES, conference)
    if known is None:
        raise ConferenceUnknown(
            "There is no conference under this address. Nothing was changed. It may be very new; please try again in "
            "a minute."
        )
    contact = contacts_of(database(), [registration.person]).get(registration.person)
    order = read(database(), ORDERS, registration.order)
    several = order.registrations if order and registration.is_of_several else ()
    found = (read(database(), REGISTRATIONS, each) for each in several if each != registration.id)
    return Shown(
        registration=registration,
        conference=known,
        name=contact.name if contact else registration.person,
        order=order,
        payer=read(database(), PAYERS, registration.payer) if registration.payer else None,
        others=tuple(each for each in found if each is not None and each.is_live),
    )
