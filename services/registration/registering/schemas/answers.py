"""The shapes of what registration answers over HTTP, and how they are made from what it knows."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate

from services.registration.prices.domain.conferences import Conference
from services.registration.prices.domain.fees import Category, Option, digest
from services.registration.prices.domain.places import OptionPlaces
from services.registration.registering.domain.holding import held_options
from services.registration.registering.domain.options import TakenOption
from services.registration.registering.domain.proving import Proof
from services.registration.registering.domain.registrations import Registration, Tender
from shared.settings import Settings
from shared.web import links


class CategoryAnswer(Schema):
    """One category and its prices."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    amount_minor = fields.Integer(required=True)
    guest_amount_minor = fields.Integer(required=True)
    public = fields.Boolean(
        required=True, metadata={"description": "Whether anybody may choose it; else the committee gives it."}
    )


class OptionAnswer(Schema):
    """One option, its price, and how many places are left of it; null where there is no end of them."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    amount_minor = fields.Integer(required=True)
    session = fields.String(required=True)
    place_count = fields.Integer(required=True, allow_none=True)
    seat_count = fields.Integer(
        allow_none=True,
        metadata={"description": "Of its session's room, as last released; the smaller of both is sold. Null: no end."},
    )
    taken_count = fields.Integer(required=True)
    set_aside_count = fields.Integer(
        required=True, metadata={"description": "Kept for those who are on the session's waitlist; not for sale."}
    )
    free_count = fields.Integer(required=True, allow_none=True)


class TermsAnswer(Schema):
    """The refund terms that are sold now."""

    organiser_cancels_fee_minor = fields.Integer(required=True)
    leave_fee_minor = fields.Integer(
        required=True, metadata={"description": "Kept once of each who leaves after paying; nothing of a grant."}
    )


class HoldsAnswer(Schema):
    """How long an unpaid place of a limited option is held."""

    card_minutes = fields.Integer(required=True)
    other_days = fields.Integer(required=True)


class ConferenceAnswer(Schema):
    """A conference, whether one may register, and what it costs."""

    conference = fields.String(required=True)
    title = fields.String(required=True)
    city = fields.String(required=True)
    zone = fields.String(required=True)
    currency = fields.String(required=True)
    starts = fields.Date(required=True)
    ends = fields.Date(required=True)
    open = fields.Boolean(required=True)
    cancelled = fields.Boolean(required=True)
    categories = fields.List(fields.Nested(CategoryAnswer), required=True)
    options = fields.List(fields.Nested(OptionAnswer), required=True)
    terms = fields.Nested(TermsAnswer, required=True, allow_none=True)
    holds = fields.Nested(HoldsAnswer, required=True, allow_none=True)
    seen = fields.String(
        required=True,
        metadata={"description": "Names these prices and terms: sent with a registration, it is refused under others."},
    )


class SubmittedAnswer(Schema):
    """A registration that was taken: its ids, its price, and the links for its registrant."""

    registration = fields.String(required=True)
    order = fields.String(required=True)
    person = fields.String(required=True)
    total_minor = fields.Integer(required=True)
    currency = fields.String(required=True)
    mine = fields.String(required=True)
    pay = fields.String(required=True, allow_none=True)


class ProofAskedAnswer(Schema):
    """Nobody is registered yet: a link went to the address that is known, and who opens it is."""

    proof = fields.String(required=True, validate=validate.Equal("asked"))


class SettlementAnswer(Schema):
    """What a cancellation means for one registration."""

    state = fields.String(required=True)
    paid_minor = fields.Integer()
    fee_minor = fields.Integer()
    refundable_minor = fields.Integer()
    voided_minor = fields.Integer()
    awaited_minor = fields.Integer()
    released_minor = fields.Integer()
    choices = fields.List(fields.String())
    default_choice = fields.String()
    choose_until = fields.DateTime(allow_none=True)
    choice = fields.String(allow_none=True)
    fixed = fields.String(allow_none=True)
    fixed_by = fields.String(allow_none=True)


class TakenOptionAnswer(Schema):
    """An option of one registration; after its session was cancelled, what may be chosen instead and until when."""

    option = fields.String(required=True)
    label = fields.String(required=True)
    session = fields.String(required=True)
    amount_minor = fields.Integer(required=True)
    state = fields.String(required=True)
    alternatives = fields.List(fields.String(), required=True)
    choose_until = fields.DateTime(required=True, allow_none=True)
    moved_from = fields.String(required=True, allow_none=True)
    ended_by = fields.String(required=True, allow_none=True)
    back_minor = fields.Integer(required=True)


class RegistrationAnswer(Schema):
    """One registration, without anybody's name."""

    registration = fields.String(required=True)
    conference = fields.String(required=True)
    person = fields.String(required=True)
    order = fields.String(required=True)
    invoice = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The number that a payer quotes; there a moment later."},
    )
    state = fields.String(required=True)
    category = fields.String(required=True)
    tender = fields.String(required=True)
    currency = fields.String(required=True)
    total_minor = fields.Integer(required=True)
    paid_minor = fields.Integer(required=True)
    guest_count = fields.Integer(required=True)
    options = fields.List(fields.Nested(TakenOptionAnswer), required=True)
    submitted_at = fields.DateTime(required=True)
    held_until = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Until when its unpaid places are held; null where none are."},
    )
    left = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "When, and by whom, it was ended while its conference goes on; null where it wasn't."},
    )
    run = fields.String(required=True, allow_none=True)
    settlement = fields.Nested(SettlementAnswer, required=True, allow_none=True)


class RegistrationsAnswer(Schema):
    """Part of a list, and where the next part begins."""

    items = fields.List(fields.Nested(RegistrationAnswer), required=True)
    next = fields.String(required=True, allow_none=True)


class InvitationAnswer(Schema):
    """An invitation for one person: the link to give to them."""

    link = fields.Url(required=True, require_tld=False)


def conference_json(conference: Conference, *, places: Mapping[str, OptionPlaces], now: datetime) -> dict[str, Any]:
    """A conference for everyone."""
    fees = conference.fees
    return {
        "conference": conference.id,
        "title": conference.title,
        "city": conference.city,
        "zone": conference.zone,
        "currency": conference.currency,
        "starts": conference.starts.isoformat(),
        "ends": conference.ends.isoformat(),
        "open": conference.is_open(now),
        "cancelled": conference.is_cancelled,
        "categories": [_category_json(each) for each in fees.categories] if fees else [],
        "options": [_option_json(each, places.get(each.key)) for each in fees.options] if fees else [],
        "terms": asdict(fees.terms) if fees else None,
        "holds": {"card_minutes": fees.holds.card_minutes, "other_days": fees.holds.other_days} if fees else None,
        "seen": digest(fees, currency=conference.currency) if fees else "",
    }


def submitted_json(made: Registration | Proof, *, settings: Settings) -> dict[str, Any]:
    """What somebody who registered is answered: there is a link to pay where paying by card is left to do.

    Who has to prove their address first is answered nothing that isn't theirs to see yet.
    """
    if isinstance(made, Proof):
        return {"proof": "asked"}
    registration = made
    pays_by_card = registration.tender is Tender.CARD and registration.total_minor > 0
    return {
        "registration": registration.id,
        "order": registration.order,
        "person": registration.person,
        "total_minor": registration.total_minor,
        "currency": registration.currency,
        "mine": links.my_registration(settings, registration.id),
        "pay": links.pay(settings, registration.order) if pays_by_card else None,
    }


def registration_json(registration: Registration) -> dict[str, Any]:
    """A registration for a desk, and for its registrant."""
    return {
        "registration": registration.id,
        "conference": registration.conference,
        "person": registration.person,
        "order": registration.order,
        "invoice": registration.invoice or None,
        "state": registration.life.value,
        "category": registration.category,
        "tender": registration.tender.value,
        "currency": registration.currency,
        "total_minor": registration.total_minor,
        "paid_minor": registration.paid_minor,
        "guest_count": len(registration.guests),
        "options": [_taken_json(each) for each in registration.options],
        "submitted_at": registration.submitted_at.isoformat(),
        "held_until": _held_until(registration),
        "left": {"at": registration.left.at.isoformat(), "by": registration.left.by} if registration.left else None,
        "run": registration.run or None,
        "settlement": _settlement_json(registration) if registration.run else None,
    }


def _held_until(registration: Registration) -> str | None:
    until = registration.held_until if held_options(registration) else None
    return until.isoformat() if until else None


def _category_json(category: Category) -> dict[str, Any]:
    return {
        "key": category.key,
        "label": category.label,
        "amount_minor": category.amount_minor,
        "guest_amount_minor": category.guest_amount_minor,
        "public": category.is_offered,
    }


def _option_json(option: Option, places: OptionPlaces | None) -> dict[str, Any]:
    return {
        "key": option.key,
        "label": option.label,
        "amount_minor": option.amount_minor,
        "session": option.session,
        "place_count": option.place_count,
        "seat_count": places.seat_count if places else None,
        "taken_count": places.taken_count if places else 0,
        "set_aside_count": places.set_aside_count if places else 0,
        "free_count": places.free_count if places else 0,
    }


def _taken_json(option: TakenOption) -> dict[str, Any]:
    return {
        "option": option.product,
        "label": option.label,
        "session": option.session,
        "amount_minor": option.amount_minor,
        "state": option.state.value,
        "alternatives": list(option.alternatives),
        "choose_until": option.choose_until.isoformat() if option.choose_until else None,
        "moved_from": option.moved_from or None,
        "ended_by": option.ended_by or None,
        "back_minor": option.back_minor,
    }


def _settlement_json(registration: Registration) -> dict[str, Any]:
    known: dict[str, Any] = {
        "state": registration.settling.value,
        "choice": registration.chosen.choice if registration.chosen else None,
        "fixed": registration.fixed.choice if registration.fixed else None,
        "fixed_by": registration.fixed.by if registration.fixed else None,
    }
    offer = registration.offer
    if offer is None:
        return known
    return known | {
        "paid_minor": offer.paid_minor,
        "fee_minor": offer.fee_minor,
        "refundable_minor": offer.refundable_minor,
        "voided_minor": offer.voided_minor,
        "awaited_minor": offer.awaited_minor,
        "released_minor": offer.released_minor,
        "choices": list(offer.choices),
        "default_choice": offer.default_choice,
        "choose_until": offer.choose_until.isoformat() if offer.choose_until else None,
    }
