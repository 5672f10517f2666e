"""The form on which several people are registered for one payer, and the payer's own page of their order.

Both work without JavaScript, and need no account. What was typed is kept whatever is refused.
"""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, cast

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from services.registration.changing.commands.choices import choose_move_for_all, choose_settlement
from services.registration.changing.domain.settlement import NothingToChoose
from services.registration.changing.pages.mine import shown_move
from services.registration.changing.schemas import ChoiceShape
from services.registration.groups import commands
from services.registration.groups.domain import OrderUnknown
from services.registration.groups.schemas import GroupShape, placed_json
from services.registration.payers.domain import PEOPLE_COUNT_MAX, Order
from services.registration.payers.store import ORDERS, PAYERS
from services.registration.people.store import names_of, read
from services.registration.prices.domain.conferences import Conference, ConferenceUnknown
from services.registration.prices.domain.fees import digest
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.registrations import LIVE, Life, Registration, Settling, Tender
from services.registration.registering.domain.tenders import TENDERS
from services.registration.registering.pages.form import options_on_offer
from services.registration.registering.schemas.pace import must_be_slow_together
from services.registration.registering.store import REGISTRATIONS
from shared.auth import must_hold, opened
from shared.idempotency import IdempotencyKeyReused, run_once
from shared.problem import Invalid, Refusal
from shared.references import payment_reference
from shared.sentences import marked
from shared.web import links
from shared.web.app import wants_page
from shared.web.current import database, settings
from shared.web.documented import form_key
from shared.web.forms import lines_of
from shared.web.languages import ENGLISH, choices, gettext, language, meant_for, offer_all
from shared.web.renewing import link_sent, must_be_slow

PURPOSE = "several"
KEPT_AFTERWARDS = timedelta(days=60)  # after the last day
ROW_COUNT, ROW_COUNT_MAX = 4, 40  # lines for people on the form: at first, and at most
LEFT = {  # what is left to do for all of them, by how it is paid
    Tender.CARD: marked("They are confirmed as soon as %(amount)s is paid."),
    Tender.CHEQUE: marked(
        "They are confirmed when your cheque for %(amount)s arrives. Please write %(quoted)s on its back."
    ),
    Tender.TRANSFER: marked("They are confirmed when %(amount)s arrives. Please give %(quoted)s as the reference."),
    Tender.PURCHASE_ORDER: marked(
        "They are confirmed when your purchase order for %(amount)s arrives. Please have it name %(quoted)s. "
        "The money may come later."
    ),
    Tender.GRANT: marked(
        "They are confirmed when the fund has paid %(amount)s for them. There is nothing for you to pay."
    ),
}
_PAYER = ("name", "email", "postal_address", "language", "reference")
_PERSON = ("name", "email", "category", "guests", "options", "postal_address")

blueprint = Blueprint("groups", __name__, url_prefix="/registration", template_folder="templates")
offer_all(blueprint)

_SENT_ALREADY = Refusal(
    marked(
        "This form was sent before, with other entries, and those people were registered: please look for the mail. "
        "The people on it now were not registered. If they are others, please send the form once more."
    )
)


@blueprint.route("/conferences/<conference>/register-together", methods=["GET", "POST"])
def register_together(conference: str) -> Response:
    """The form on which several people are registered for one payer."""
    known = _conference(conference)
    if request.method == "POST" and "more" not in request.form:
        return _submit(known)
    return make_response(_form(known, entered=request.form, errors={}, refused=None))


@blueprint.get("/orders/<token>")
def show_order(token: str) -> Response:
    """The payer's own page: who is on the order, and what is left to pay."""
    order = _order(token)
    registrations = _registrations(order)
    if not wants_page():
        return jsonify(_order_json(order, registrations))
    return make_response(_order_page(order, registrations, token=token, refused=None))


@blueprint.post("/orders/<token>/choice")
def choose_for_all(token: str) -> Response:
    """Choose what happens with the money of all of them. Choosing the same again changes nothing: it needs no key."""
    order = _order(token)
    try:
        asked = ChoiceShape().load({"choice": request.form.get("choice", "")} if wants_page() else request.get_json())
        if not order.lead:
            raise NothingToChoose(
                marked("This order has not been cancelled, so there is nothing to choose. Nothing was changed.")
            )
        database().run(choose_settlement, registration=order.lead, choice=asked["choice"])
    except ValidationError as invalid:
        refusal: Refusal = Invalid(
            marked("Please choose one of the three. Nothing was changed."), errors=invalid.messages
        )
        return _choice_refused(order, refusal, token=token)
    except Refusal as refusal:
        return _choice_refused(order, refusal, token=token)
    if not wants_page():
        return jsonify(_order_json(order, _registrations(order)))
    return cast(Response, redirect(url_for("groups.show_order", token=token), 303))


@blueprint.post("/orders/<token>/move")
def choose_move_of_all(token: str) -> Response:
    """Choose for all of them to wait for the new days or to have the money back; the same again changes nothing."""
    order = _order(token)
    try:
        asked = ChoiceShape().load({"choice": request.form.get("choice", "")} if wants_page() else request.get_json())
        database().run(choose_move_for_all, order=order.id, choice=asked["choice"])
    except ValidationError as invalid:
        refusal: Refusal = Invalid(
            marked("Please choose one of the two. Nothing was changed."), errors=invalid.messages
        )
        return _choice_refused(order, refusal, token=token)
    except Refusal as refusal:
        return _choice_refused(order, refusal, token=token)
    if not wants_page():
        return jsonify(_order_json(order, _registrations(order)))
    return cast(Response, redirect(url_for("groups.show_order", token=token), 303))


def _order_json(order: Order, registrations: Mapping[str, Registration]) -> dict[str, Any]:
    """An order as programs read it: who is on it, and what was chosen for all of them."""
    lead = registrations.get(order.lead)
    said = (lead.fixed or lead.chosen) if lead else None
    return {
        "order": order.id,
        "registrations": {each.id: each.life.value for each in registrations.values()},
        "choice": said.choice if said else None,
        "is_final": bool(lead and lead.fixed),
        "move": next((each.moves[-1].choice for each in registrations.values() if each.choosing), None),
    }


def _choice_refused(order: Order, refusal: Refusal, *, token: str) -> Response:
    if not wants_page():
        raise refusal
    return make_response(_order_page(order, _registrations(order), token=token, refused=refusal), refusal.status)


def _order_page(order: Order, registrations: Mapping[str, Registration], *, token: str, refused: Refusal | None) -> str:
    first = next(iter(registrations.values()))
    lead = registrations.get(order.lead)
    now = database().clock.now()
    until = lead.offer.choose_until if lead and lead.offer else None
    conference = _conference(order.conference)
    payer = read(database(), PAYERS, order.payer)
    meant_for(payer.bill_to.language if payer else ENGLISH, conference=conference.id)
    invoice = next((each.invoice for each in registrations.values() if each.invoice), "")
    total_minor = sum(each.total_minor for each in registrations.values() if each.life in LIVE)
    is_open = any(each.life in (Life.SUBMITTED, Life.CONFIRMED_UNPAID) for each in registrations.values())
    return render_template(
        "groups/order.html",
        token=token,
        refused=refused,
        lead=lead,
        last_minute=until - timedelta(minutes=1) if until else None,
        may_choose=lead is not None and lead.settling is Settling.OFFERED and until is not None and now < until,
        move=shown_move(list(registrations.values()), conference, now=now),
        order=order,
        conference=conference,
        payer=payer,
        registrations=list(registrations.values()),
        names=names_of(database(), [each.person for each in registrations.values()]),
        total_minor=total_minor,
        currency=first.currency,
        invoice=invoice,
        quoted=gettext("invoice number %(number)s", number=invoice)
        if invoice
        else gettext("payment reference %(number)s", number=payment_reference(order.id)),
        is_open=is_open,
        added_minor=0 if is_open or conference.is_cancelled else order.owed_minor or 0,
        pay_added=links.pay(settings(), order.id),
        left=LEFT[first.tender],
        pay=links.pay(settings(), order.id) if first.tender is Tender.CARD and is_open and total_minor else None,
        address=links.conference(settings(), order.conference),
    )


@blueprint.post("/orders/<token>/renew")
def renew(token: str) -> str:
    """Send a new link to the payer's address that is known; an old one is the right to ask for that."""
    order = opened(settings(), purpose=PURPOSE, token=token)
    must_be_slow(order)
    database().run(commands.ask_for_link, order=order)
    return link_sent()


def _order(token: str) -> Order:
    known = read(database(), ORDERS, opened(settings(), purpose=PURPOSE, token=token))
    if known is None:
        raise OrderUnknown(marked("There is no order under this link any more."))
    is_over = _conference(known.conference).is_over(database().clock.now() - KEPT_AFTERWARDS)
    renewing = url_for("groups.renew", token=token)
    must_hold(settings(), purpose=PURPOSE, token=token, is_over=is_over, renew=renewing)
    return known


def _registrations(order: Order) -> dict[str, Registration]:
    """The order's registrations, as they were named."""
    found = database().mongo[REGISTRATIONS.name].find({"_id": {"$in": list(order.registrations)}})
    by_id = {each.id: each for each in map(REGISTRATIONS.state, found)}
    return {id_: by_id[id_] for id_ in order.registrations if id_ in by_id}


def _submit(conference: Conference) -> Response:
    again = partial(_form, conference, entered=request.form)
    try:
        group = GroupShape().load(_from_form(conference, request.form))
        must_be_slow_together(group.payer.email, count=len(group.people))
        answer = run_once(
            database(),
            commands.register_together,
            key=form_key(),
            scope="form",
            answer=partial(placed_json, settings=settings()),
            group=group,
        )
    except ValidationError as invalid:
        errors = _by_field(cast(dict[str, Any], invalid.messages), rows=_filled(request.form))
        return make_response(again(errors=errors, refused=None), Invalid.status)
    except IdempotencyKeyReused:
        return make_response(again(errors={}, refused=_SENT_ALREADY), _SENT_ALREADY.status)
    except Refusal as refusal:
        page = _form(_conference(conference.id), entered=request.form, errors={}, refused=refusal)
        return make_response(page, refusal.status)
    return cast(Response, redirect(answer["page"], 303))


def _form(
    conference: Conference, *, entered: MultiDict[str, str], errors: Mapping[str, str], refused: Refusal | None
) -> str:
    fees = conference.fees
    last = max(_filled(entered), default=-1)
    wanted = last + 1 + ROW_COUNT if "more" in entered else last + 1
    return render_template(
        "groups/register.html",
        conference=conference,
        is_open=conference.is_open(database().clock.now()),
        categories=[each for each in fees.categories if each.is_offered] if fees else [],
        seen=digest(fees, currency=conference.currency) if fees else "",
        options=options_on_offer(conference),
        spoken=choices(),
        rows=range(min(max(wanted, ROW_COUNT), ROW_COUNT_MAX)),
        row_count_max=ROW_COUNT_MAX,
        people_count_max=PEOPLE_COUNT_MAX,
        description=url_for("api-docs.openapi_json"),
        entered=entered,
        errors=errors,
        refused=refused,
        tenders=TENDERS,
        idempotency_key=uuid.uuid4().hex,
        address=links.conference(settings(), conference.id),
        alone=links.register(settings(), conference.id),
    )


def _filled(form: Mapping[str, str]) -> list[int]:
    """The lines on which something is written; a price alone is chosen by itself, and says nothing."""
    written = ("name", "email", "guests", "options")
    return [row for row in range(ROW_COUNT_MAX) if any(form.get(f"{each}-{row}", "").strip() for each in written)]


def _from_form(conference: Conference, form: MultiDict[str, str]) -> dict[str, Any]:
    """The form's entries in the shape that the API takes. Who has no address of their own is written to at the payer's
    postal address."""
    lines = lines_of(form.get("postal_address", ""))
    spoken = form.get("language") or language()
    payer = {
        "name": form.get("name", ""),
        "email": form.get("email", "").strip() or None,
        "postal_address": lines,
        "language": spoken,
    }
    people = [
        {
            "person": {
                "name": form.get(f"name-{row}", ""),
                "email": form.get(f"email-{row}", "").strip() or None,
                "postal_address": [] if form.get(f"email-{row}", "").strip() else lines,
                "language": spoken,
            },
            "category": form.get(f"category-{row}", ""),
            "guests": [{"name": name} for name in lines_of(form.get(f"guests-{row}", ""))],
            "options": form.getlist(f"options-{row}"),
        }
        for row in _filled(form)
    ]
    reference = form.get("reference", "").strip()
    return {
        "conference": conference.id,
        "tender": form.get("tender", ""),
        "payer": payer | ({"reference": reference} if reference else {}),
        "people": people,
        "seen": form.get("seen", ""),
    }


def _by_field(messages: dict[str, Any], *, rows: list[int]) -> dict[str, str]:
    """The first sentence about each field of the page, in its order, wherever in the shape it was found."""
    found: dict[str, str] = {}
    people = messages.get("people", {})
    if isinstance(people, dict):
        for index, of_person in people.items():
            flat = {**of_person, **of_person.get("person", {})}
            for name in _PERSON:
                if name in flat:
                    where = "email" if name == "postal_address" else name
                    found[f"{where}-{rows[int(index)]}"] = _first(flat[name])
    else:
        found["name-0"] = _first(people)
    payer = messages.get("payer", {})
    found.update({name: _first(payer[name]) for name in _PAYER if name in payer})
    rest = (name for name in messages if name not in ("people", "payer"))
    return found | {name: _first(messages[name]) for name in rest}


def _first(found: Any) -> str:
    while isinstance(found, dict | list):
        found = next(iter(found.values() if isinstance(found, dict) else found))
    return gettext(str(found))


def _conference(id_: str) -> Conference:
    known = read(database(), CONFERENCES, id_)
    if known is None:
        raise ConferenceUnknown(
            marked("There is no conference under this address. It may be very new; please try again in a minute.")
        )
    return known
