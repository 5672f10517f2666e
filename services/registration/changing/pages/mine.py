"""A registrant's own page: how things stand, what is left to pay, and the choices after a cancellation.

It works without JavaScript. A registrant has no account: the signed link is the right to see and choose, so that its
forms need no CSRF token. The form on which people register is in `form_pages`.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError

from services.registration.changing.commands import choices as commands
from services.registration.changing.domain import option_choices
from services.registration.changing.domain.conference_runs import CancelledConference
from services.registration.changing.domain.runs import Run, facts_of
from services.registration.changing.domain.settlement import NothingToChoose
from services.registration.changing.schemas import ChoiceShape, OptionChoiceShape
from services.registration.changing.store import RUNS
from services.registration.people.store import contacts_of, read
from services.registration.prices.domain.conferences import Conference, ConferenceUnknown
from services.registration.prices.domain.places import OptionPlaces
from services.registration.prices.store import CONFERENCES, places_of
from services.registration.registering import commands as registering
from services.registration.registering import store
from services.registration.registering.domain.holding import held_options
from services.registration.registering.domain.options import OptionState, TakenOption
from services.registration.registering.domain.registrations import (
    Asked,
    Life,
    MoveOffer,
    Offer,
    RefundSent,
    Registration,
    RegistrationUnknown,
    Settling,
    Tender,
)
from services.registration.registering.domain.tenders import TENDERS
from services.registration.registering.pages.form import OnOffer, options_on_offer
from services.registration.registering.schemas import answers
from services.registration.registering.store import REGISTRATIONS
from shared.auth import must_hold, opened
from shared.contracts.registration import OrderLine
from shared.idempotency import run_once
from shared.problem import Invalid, Refusal
from shared.references import payment_reference
from shared.sentences import marked
from shared.web import links
from shared.web.app import wants_page
from shared.web.current import database, settings
from shared.web.documented import form_key, idempotency_key
from shared.web.languages import ENGLISH, gettext, meant_for, offer_all
from shared.web.renewing import link_sent, must_be_slow

PURPOSE = "registration"
KEPT_AFTERWARDS = timedelta(days=60)  # after the last day, or after the money was settled: people ask about it then

blueprint = Blueprint("pages", __name__, url_prefix="/registration", template_folder="../templates")
offer_all(blueprint)


@blueprint.get("/mine/<token>")
def mine(token: str) -> Response:
    """A registrant's own page: how things stand, and the choice after a cancellation."""
    return _mine(registration_behind(token), token=token, refused=None)


@blueprint.post("/mine/<token>/renew")
def renew(token: str) -> str:
    """Send a new link to the address that is known; an old one is the right to ask for that."""
    registration = opened(settings(), purpose=PURPOSE, token=token)
    must_be_slow(registration)
    database().run(registering.ask_for_link, registration=registration)
    return link_sent()


@blueprint.post("/mine/<token>/choice")
def choose(token: str) -> Response:
    """Choose what happens with the money. Choosing the same again changes nothing, so that it needs no key."""
    registration = registration_behind(token)
    try:
        asked = ChoiceShape().load(_sent())
        _must_be_the_payer(registration)
        changed = database().run(commands.choose_settlement, registration=registration.id, choice=asked["choice"])
    except ValidationError as invalid:
        return choice_refused(
            Invalid(marked("Please choose one of the three. Nothing was changed."), errors=invalid.messages),
            token=token,
        )
    except Refusal as refusal:
        return choice_refused(refusal, token=token)
    if wants_page():
        return cast(Response, redirect(url_for("pages.mine", token=token), 303))
    return jsonify(_mine_json(changed, _conference(changed.conference)))


@blueprint.post("/mine/<token>/move")
def choose_move(token: str) -> Response:
    """Choose to wait for the new days or to have the money back; choosing the same again changes nothing."""
    registration = registration_behind(token)
    try:
        asked = ChoiceShape().load(_sent())
        _must_be_the_payer(registration)
        changed = database().run(commands.choose_move, registration=registration.id, choice=asked["choice"])
    except ValidationError as invalid:
        return choice_refused(
            Invalid(marked("Please choose one of the two. Nothing was changed."), errors=invalid.messages), token=token
        )
    except Refusal as refusal:
        return choice_refused(refusal, token=token)
    if wants_page():
        return cast(Response, redirect(url_for("pages.mine", token=token), 303))
    return jsonify(_mine_json(changed, _conference(changed.conference)))


@blueprint.post("/mine/<token>/options/<product>")
def choose_option(token: str, product: str) -> Response:
    """Choose what becomes of an option whose session was cancelled: `move` to another session, or `refund`."""
    registration = registration_behind(token)
    key = form_key() if wants_page() else idempotency_key()
    try:
        asked = OptionChoiceShape().load(_option_choice_sent())
        answer = run_once(
            database(),
            commands.choose_option,
            key=key,
            scope=f"mine:{registration.id}",
            answer=answers.registration_json,
            registration=registration.id,
            product=product,
            **asked,
        )
    except ValidationError as invalid:
        return choice_refused(
            Invalid(
                marked("Please choose another session or the money. Nothing was changed."), errors=invalid.messages
            ),
            token=token,
        )
    except Refusal as refusal:
        return choice_refused(refusal, token=token)
    if wants_page():
        return cast(Response, redirect(url_for("pages.mine", token=token), 303))
    return jsonify(answer)


def _must_be_the_payer(registration: Registration) -> None:
    """Whoever pays decides about the money; raises `NothingToChoose`."""
    if registration.is_of_several:
        raise NothingToChoose(marked("Somebody else pays for you, and decides about the money. Nothing was changed."))


def _conference(id_: str) -> Conference:
    known = read(database(), CONFERENCES, id_)
    if known is None:
        raise ConferenceUnknown(
            marked("There is no conference under this address. It may be very new; please try again in a minute.")
        )
    return known


def registration_behind(token: str) -> Registration:
    """The registration that a signed link leads to; raises `NotFound`, or `LinkExpired` once all is over."""
    known = read(database(), REGISTRATIONS, opened(settings(), purpose=PURPOSE, token=token))
    if known is None:
        raise RegistrationUnknown(marked("There is no registration under this link any more."))
    is_over = _is_over(known, _conference(known.conference))
    renew = url_for("pages.renew", token=token)
    must_hold(settings(), purpose=PURPOSE, token=token, is_over=is_over, renew=renew)
    return known


def _is_over(registration: Registration, conference: Conference) -> bool:
    """Whether there is nothing more to choose, to pay or to take part in, for a while."""
    now = database().clock.now()
    if registration.settling in (Settling.AWAITED, Settling.OFFERED):
        return False
    fixed_at = registration.fixed.at if registration.fixed else now - KEPT_AFTERWARDS
    return conference.is_over(now - KEPT_AFTERWARDS) and now >= fixed_at + KEPT_AFTERWARDS


# a registrant's own page


def _mine(registration: Registration, *, token: str, refused: Refusal | None) -> Response:
    conference = _conference(registration.conference)
    registration = _without_money(registration)
    if not wants_page():
        return jsonify(_mine_json(registration, conference))
    run = read(database(), RUNS, conference.run) if conference.is_cancelled else None
    contact = contacts_of(database(), [registration.person]).get(registration.person)
    meant_for(contact.language if contact else ENGLISH, conference=conference.id)
    page = render_template(
        "changing/mine.html",
        registration=registration,
        conference=conference,
        choose_by=facts_of(run, CancelledConference).choose_by if run else None,
        name=contact.name if contact else "",
        pay=_pay_link(registration, conference),
        token=token,
        refused=refused,
        tenders=TENDERS,
        quoted=gettext("invoice number %(number)s", number=registration.invoice)
        if registration.invoice
        else gettext("payment reference %(number)s", number=payment_reference(registration.order)),
        last_minute=_last_minute(registration),
        zone=ZoneInfo(conference.zone),
        may_choose=_may_choose(registration, run),
        options=_options_shown(registration, conference),
        held_options=held_options(registration),
        held_until=_held_until(registration),
        owed_seats=store.owed_seats(database(), conference.id, person=registration.person),
        left_refunds=_left_refunds(registration),
        move=shown_move([registration], conference, now=database().clock.now()),
        additions=_additions(registration, conference),
        offers=_offers(registration, conference),
        option_key=uuid.uuid4().hex,
        is_being_worked_out=conference.is_cancelled and registration.settling in (Settling.NONE, Settling.AWAITED),
        address=links.conference(settings(), conference.id),
        my_agenda=links.my_agenda(settings(), f"{registration.conference}:{registration.person}"),
    )
    return make_response(page, refused.status if refused else 200)


def _without_money(registration: Registration) -> Registration:
    """The registration as its attendee sees it: the money of an order of several is its payer's."""
    if not registration.is_of_several:
        return registration
    is_over = registration.settling is not Settling.NONE
    settling = Settling.NOTHING_TO_CHOOSE if is_over else Settling.NONE
    offer = Offer() if is_over else None
    return replace(
        registration, settling=settling, offer=offer, chosen=None, fixed=None, refunds_sent=(), paid_by_bank=()
    )


def _left_refunds(registration: Registration) -> list[RefundSent]:
    """What has been sent back since somebody left; what was sent for an option before is no part of that."""
    left = registration.left
    return [each for each in registration.refunds_sent if left and each.run == left.run and each.sent_at >= left.at]


class MoveShown(NamedTuple):
    """What was asked when the conference was moved, as its payer reads it."""

    offer: MoveOffer
    may_choose: bool
    last_minute: datetime  # midnight would read as the day after
    total_minor: int


def shown_move(registrations: Sequence[Registration], conference: Conference, *, now: datetime) -> MoveShown | None:
    """What their payer is asked, or was, while the conference is postponed; the same for all of an order."""
    if not conference.is_postponed:
        return None
    for each in registrations:
        offer = next((one for one in each.moves if one.run == conference.postponed), None)
        if offer is not None and offer.state is not Asked.VOID and (each.is_live or offer.choice):
            return MoveShown(
                offer=offer,
                may_choose=offer.state is Asked.OPEN and now < offer.choose_until and not conference.is_held,
                last_minute=(offer.choose_until - timedelta(minutes=1)).astimezone(ZoneInfo(conference.zone)),
                total_minor=sum(one.total_minor for one in registrations),
            )
    return None


def _may_choose(registration: Registration, run: Run | None) -> bool:
    offer = registration.offer
    is_offered = registration.settling is Settling.OFFERED and offer is not None and bool(offer.choices)
    return is_offered and run is not None and run.until is not None and database().clock.now() < run.until


def _last_minute(registration: Registration) -> datetime | None:
    """The last minute of the last day for choosing: midnight would read as the day after."""
    until = registration.offer.choose_until if registration.offer else None
    return until - timedelta(minutes=1) if until else None


def _held_until(registration: Registration) -> datetime | None:
    """By card a moment; else the last minute of a day, because midnight would read as the day after."""
    is_day = registration.tender is not Tender.CARD
    return registration.held_until - timedelta(minutes=is_day) if registration.held_until else None


class Additions(NamedTuple):
    """What was added later and is not paid, and where it is paid, by the one who pays for themselves."""

    options: tuple[TakenOption, ...]
    amount_minor: int
    pay: str | None

    @property
    def is_awaited(self) -> bool:
        """Whether something of it is not on the invoice yet."""
        return any(each.is_awaited for each in self.options)


def _additions(registration: Registration, conference: Conference) -> Additions | None:
    unpaid = () if conference.is_cancelled or not registration.is_live else registration.unpaid
    if not unpaid:
        return None
    may_pay = not registration.is_of_several and not any(each.is_awaited for each in unpaid)
    return Additions(
        options=unpaid,
        amount_minor=sum(each.amount_minor for each in unpaid),
        pay=links.pay(settings(), registration.order) if may_pay else None,
    )


def _offers(registration: Registration, conference: Conference) -> list[OnOffer]:
    """What may be added now on this page."""
    now = database().clock.now()
    is_over = registration.life is Life.SUBMITTED and registration.is_time_over
    if registration.is_of_several or is_over or not (registration.is_live and conference.is_open(now)):
        return []
    had = {each.product for each in registration.options if each.is_standing}
    seats = {each.session for each in registration.options if each.is_standing and each.session}
    sold = {each.key: each.session for each in conference.fees.options} if conference.fees else {}
    return [
        each
        for each in options_on_offer(conference)
        if each.key not in had and each.free_count != 0 and sold[each.key] not in seats
    ]


class Alternative(NamedTuple):
    """A session to which a registrant may move, and how many places are left in it; None where there is no end."""

    session: str
    label: str
    free_count: int | None


class OptionShown(NamedTuple):
    """An option with what may be chosen now, and the last day for it."""

    option: TakenOption
    alternatives: list[Alternative]
    may_choose: bool
    last_minute: datetime | None

    @property
    def is_by_end_of_day(self) -> bool:
        """Whether the last minute is a day's last, so that naming the day says it."""
        return self.last_minute is not None and (self.last_minute.hour, self.last_minute.minute) == (23, 59)


def _options_shown(registration: Registration, conference: Conference) -> list[OptionShown]:
    is_any_open = any(each.state is OptionState.CANCELLED_BY_ORGANISER for each in registration.options)
    places = places_of(database(), conference.id) if is_any_open else {}
    return [_option_shown(registration, each, conference=conference, places=places) for each in registration.options]


def _option_shown(
    registration: Registration, option: TakenOption, *, conference: Conference, places: Mapping[str, OptionPlaces]
) -> OptionShown:
    until = option.choose_until
    is_open = option.state is OptionState.CANCELLED_BY_ORGANISER and not conference.is_cancelled
    alternatives = []
    for session in option_choices.open_alternatives(registration, option, fees=conference.fees) if is_open else ():
        other = conference.fees.option_for(session) if conference.fees else None
        if other is not None and other.key in places:
            alternatives.append(Alternative(session, other.label, places[other.key].free_count))
    return OptionShown(
        option=option,
        alternatives=alternatives,
        may_choose=is_open and (until is None or database().clock.now() < until),
        last_minute=(until - timedelta(minutes=1)).astimezone(ZoneInfo(conference.zone)) if until else None,
    )


def _pay_link(registration: Registration, conference: Conference) -> str | None:
    """Where to pay, while paying by card is left to do."""
    is_owed = (
        registration.is_live and not conference.is_cancelled and registration.paid_minor < registration.total_minor
    )
    is_own = registration.tender is Tender.CARD and not registration.is_of_several
    return links.pay(settings(), registration.order) if is_owed and is_own else None


def _mine_json(registration: Registration, conference: Conference) -> dict[str, Any]:
    shown = answers.registration_json(registration)
    shown |= {
        "conference": answers.conference_json(
            conference, places=places_of(database(), conference.id), now=database().clock.now()
        ),
        "guests": [each.name for each in registration.guests],
        "lines": [_line_json(each) for each in registration.order_lines],
        "pay": _pay_link(registration, conference),
    }
    return shown


def _line_json(line: OrderLine) -> dict[str, Any]:
    return {"kind": line.kind, "amount_minor": line.amount_minor} | ({"option": line.product} if line.product else {})


def _option_choice_sent() -> dict[str, Any]:
    """What was chosen about an option; the form has one field for both, `refund` or `move:` and the session."""
    if request.is_json:
        return _sent()
    choice, _, session = request.form.get("choice", "").partition(":")
    return {"choice": choice, "session": session}


def _sent() -> dict[str, Any]:
    """What was chosen, from the page's form or as JSON."""
    body = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    return body if isinstance(body, dict) else {}


def choice_refused(refusal: Refusal, *, token: str) -> Response:
    """The page again, with what was refused; a program has the refusal itself."""
    if not wants_page():
        raise refusal
    return _mine(registration_behind(token), token=token, refused=refusal)
