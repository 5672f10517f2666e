"""Registrations: one attendee's right to attend one conference, from being asked for to its end.

Owns what can happen to a registration before its settlement. Prices are in `fees`, what happens with the money after a
cancellation is in `settlement`, the end of all registrations of a conference is in `runs`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.registration.payers.domain import Order, place
from services.registration.people.domain import Contact
from services.registration.prices.domain.conferences import Conference
from services.registration.prices.domain.fees import Category, FeeTable, Option, lines_of
from services.registration.registering.domain.admission import Invitation
from services.registration.registering.domain.options import OptionState, TakenOption, line_of, places_of, taken
from shared.change import Change
from shared.contracts.payments import LeavingWorkedOut
from shared.contracts.registration import (
    OptionPaid,
    OrderLine,
    PlacedLine,
    RefundTerms,
    RegistrationConfirmed,
    RegistrationSubmitted,
)
from shared.problem import NotFound, Refusal
from shared.sentences import marked

GUEST_COUNT_MAX = 20


class RegistrationUnknown(NotFound):
    """There is no registration of this id."""


class RegisteredAlready(Refusal):
    """The same person registers for a conference once."""

    title = marked("Already registered")


class Tender(StrEnum):
    """How somebody means to pay."""

    CARD = "card"
    CHEQUE = "cheque"
    TRANSFER = "transfer"
    GRANT = "grant"
    PURCHASE_ORDER = "purchase_order"


class Life(StrEnum):
    """Where a registration is in its life."""

    SUBMITTED = "submitted"
    CONFIRMED_UNPAID = "confirmed_unpaid"  # on a purchase order that was accepted
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"  # by the organiser
    LEFT = "left"  # ended by the committee's hand, while the conference goes on


LIVE = (Life.SUBMITTED, Life.CONFIRMED_UNPAID, Life.CONFIRMED)


class Settling(StrEnum):
    """How far a registration's settlement is, after the organiser has cancelled."""

    NONE = ""
    AWAITED = "awaited"  # payments is working it out
    OFFERED = "offered"  # the registrant may choose
    FIXED = "fixed"  # what happens with the money is final
    NOTHING_TO_CHOOSE = "nothing_to_choose"  # nothing was paid by the registrant


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody who comes along; their names stay here."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What somebody who registers fills in."""

    conference: str
    category: str
    tender: Tender
    person: Contact
    guests: tuple[Guest, ...] = ()
    options: tuple[str, ...] = ()  # keys of the fee table
    invitation: Invitation | None = None  # to a price that is given
    seen: str = ""  # the digest of the prices and terms that the form showed; empty: not said


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a cancellation means for one registration, as payments worked it out."""

    paid_minor: int = 0
    fee_minor: int = 0
    refundable_minor: int = 0
    voided_minor: int = 0
    released_minor: int = 0
    awaited_minor: int = 0  # under way when it was cancelled; should it arrive, it goes back by itself
    credit_minor: int = 0  # of `refundable_minor`: a credit had paid it, and is credit again unless it is donated
    choices: tuple[str, ...] = ()
    default_choice: str = ""
    choose_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the registrant said last, as their so-many-th word."""

    choice: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What finally happens with the money, and who said so: the registrant, or the deadline."""

    choice: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidByBank:
    """A refund that the payer's bank has paid through a dispute, so that none was sent."""

    refund: str
    run: str  # empty when it was for an option, before any cancellation of the conference
    amount_minor: int
    tender: str = ""  # that had paid it


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSent:
    """A refund that has left for whoever paid, as far as anybody knows today."""

    refund: str
    run: str  # empty when it was for an option, before any cancellation of the conference
    rail: str
    amount_minor: int
    reference: str
    sent_at: datetime
    tender: str = ""  # that had paid it


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Why one registration was ended while the others go on, when, and by whom."""

    at: datetime
    by: str
    reason: str  # for the desk alone
    back_minor: int | None = None  # goes back, as payments worked it out; None: it has not said yet
    kept_minor: int = 0  # under the terms
    run: str = ""  # of the decision about which its payer has chosen; empty: by the committee's hand


class Asked(StrEnum):
    """How far it is what somebody was asked when their conference was moved."""

    OPEN = "open"
    FINAL = "final"
    VOID = "void"  # another decision came first, or they left otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveOffer:
    """What one decision has asked: whether they stay with a conference that is moved, and what would come back.

    The sums are None until payments has said them, and are those of the whole order where it is one of several.
    """

    run: str
    choose_until: datetime
    default_choice: str
    state: Asked = Asked.OPEN
    choice: str = ""  # as the payer said last; once it is final, what holds
    revision: int = 0  # how often the payer has said something
    by: str = ""  # once it is final: registrant | deadline
    back_minor: int | None = None
    credited_minor: int = 0
    written_off_minor: int = 0
    released_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What payments said about the order: that so much is still owed, or that a purchase order covers it."""

    balance_minor: int | None  # None: a purchase order was accepted
    is_granted: bool = False  # what was paid came from a grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One attendee's right to attend one conference, with the prices and terms it was sold at."""

    id: str
    conference: str
    person: str
    order: str
    category: str
    tender: Tender
    currency: str
    lines: tuple[OrderLine, ...]  # the own place and the guests'; those of options follow from the options
    terms: RefundTerms
    guests: tuple[Guest, ...]
    submitted_at: datetime
    payer: str = ""  # who pays for several people, this one among them; empty: the person themselves
    held_until: datetime | None = None  # its limited options, while nothing is paid
    is_time_over: bool = False  # payments was told so, and answers when nobody can pay any more
    invitation: str = ""  # the id of the one with which they came
    invoice: str = ""  # its number, which a payer quotes; payments gives it a moment later
    life: Life = Life.SUBMITTED
    paid_minor: int = 0
    granted_minor: int = 0  # of what was paid for it alone, what came from a grant
    left: Leaving | None = None
    run: str = ""  # of the cancellation that ended it
    runs: tuple[str, ...] = ()  # other runs that have done what they do here
    settling: Settling = Settling.NONE
    offer: Offer | None = None
    chosen: Chosen | None = None
    fixed: Fixed | None = None
    options: tuple[TakenOption, ...] = ()
    paid_by_bank: tuple[PaidByBank, ...] = ()
    refunds_sent: tuple[RefundSent, ...] = ()
    moves: tuple[MoveOffer, ...] = ()  # one for each decision that has moved the conference
    choosing: str = ""  # the run of the decision about which the payer may still choose
    held: tuple[Word, ...] = ()  # said while a decision about the conference can be undone, which makes them true

    @property
    def order_lines(self) -> tuple[OrderLine, ...]:
        """Everything that is to be paid, options that were given back left out."""
        kept = (each for each in self.options if each.state is not OptionState.GIVEN_BACK)
        return (*self.lines, *(line_of(each) for each in kept))

    @property
    def total_minor(self) -> int:
        """The price of everything on it."""
        return sum(line.amount_minor for line in self.order_lines)

    @property
    def invoiced_minor(self) -> int:
        """What payments counts as its total: with options that were given back and are not off the invoice yet, and
        without those that are not on it yet."""
        total_minor = sum(line.amount_minor for line in self.lines)
        return total_minor + sum(each.amount_minor for each in self.options if each.is_on_invoice)

    @property
    def unpaid(self) -> tuple[TakenOption, ...]:
        """What was added later, stands, and is not paid."""
        return tuple(each for each in self.options if each.is_unpaid and each.is_standing)

    @property
    def is_of_several(self) -> bool:
        """Whether somebody else pays for it, with others, on one order."""
        return bool(self.payer)

    @property
    def is_live(self) -> bool:
        """Whether it gives a right to attend, or may come to."""
        return self.life in LIVE


def submit(
    id_: str,
    *,
    order: str,
    person: str,
    conference: Conference,
    fees: FeeTable,
    category: Category,
    tender: Tender,
    guests: tuple[Guest, ...],
    now: datetime,
    payer: str = "",
    options: tuple[Option, ...] = (),
    invitation: str = "",
    held_until: datetime | None = None,
) -> Change[Registration]:
    """Somebody asks to attend: prices and terms are frozen as they stand. What costs nothing is confirmed at once.

    `held_until` is when they were told before that the time for unpaid places ends; None: it begins now.
    """
    registration = Registration(
        id=id_,
        conference=conference.id,
        person=person,
        payer=payer,
        order=order,
        category=category.key,
        tender=tender,
        currency=conference.currency,
        lines=lines_of(category, guest_count=len(guests)),
        terms=fees.terms,
        guests=guests,
        submitted_at=now,
        invitation=invitation,
        options=tuple(taken(each) for each in options),
    )
    if registration.total_minor and any(each.is_limited for each in registration.options):
        until = held_until or fees.holds.until(now, is_by_card=tender is Tender.CARD, zone=conference.zone)
        registration = replace(registration, held_until=until)
    change = Change(registration, (_submitted(registration),))
    if registration.total_minor:
        return change
    confirmed = _confirmed(registration, life=Life.CONFIRMED)
    return Change(confirmed.state, change.events + confirmed.events)


def placed(*registrations: Registration, payer: str = "") -> Change[Order]:
    """The order of one registration, or of several that one payer pays for."""
    first = registrations[0]
    return place(
        first.order,
        conference=first.conference,
        payer=payer or first.person,
        registrations=[each.id for each in registrations],
        tender=first.tender.value,
        currency=first.currency,
        lines=[
            PlacedLine(
                registration=each.id,
                kind=line.kind,
                amount_minor=line.amount_minor,
                product=line.product,
                session=line.session,
            )
            for each in registrations
            for line in each.order_lines
        ],
        terms=first.terms,
    )


def invoiced(registration: Registration, *, number: str) -> Change[Registration] | None:
    """The invoice has its number; None when it was known."""
    return Change(replace(registration, invoice=number)) if registration.invoice != number else None


def pay(registration: Registration, *, balance_minor: int, is_granted: bool = False) -> Change[Registration] | None:
    """Money came in, and so much is still owed: paid in full makes a delegate; None when nothing changes.

    What was paid, and by a grant, is told by what is still owed, so that hearing of it twice counts once.
    """
    if not registration.is_live:
        return None  # late money: it goes back by itself
    paid_minor = registration.invoiced_minor - balance_minor
    granted_minor = paid_minor - registration.paid_minor if is_granted and not registration.is_of_several else 0
    paid = replace(
        registration, paid_minor=paid_minor, granted_minor=registration.granted_minor + max(granted_minor, 0)
    )
    if balance_minor > 0:
        return Change(paid) if paid != registration else None
    settled = _additions_paid(paid)
    if paid.life is Life.CONFIRMED:
        return settled if settled.state != registration else None
    if paid.life is Life.CONFIRMED_UNPAID:  # a delegate since the purchase order, and told so then
        return Change(replace(settled.state, life=Life.CONFIRMED), settled.events)
    confirmed = _confirmed(settled.state, life=Life.CONFIRMED)
    return Change(confirmed.state, (*settled.events, *confirmed.events))


def left_worked_out(registration: Registration, event: LeavingWorkedOut) -> Change[Registration] | None:
    """Payments has worked out what it means for the money that this registration has left; None when that is known."""
    if registration.left is None:
        return None
    left = replace(registration.left, back_minor=event.owed_back_minor, kept_minor=event.kept_minor)
    return Change(replace(registration, left=left)) if left != registration.left else None


def heard(registration: Registration, *words: Word) -> Change[Registration] | None:
    """These words, after those that were held, are true; None when nothing changes."""
    change = Change(replace(registration, held=()))
    for word in (*registration.held, *words):
        if word.balance_minor is None:
            after = accept_purchase_order(change.state)
        else:
            after = pay(change.state, balance_minor=word.balance_minor, is_granted=word.is_granted)
        if after is not None:
            change = Change(after.state, change.events + after.events)
    return change if change.state != registration else None


def hold_back(registration: Registration, word: Word) -> Change[Registration]:
    """Keep a word until it is known whether the conference takes place; what is kept twice is kept once."""
    is_known = bool(registration.held) and registration.held[-1] == word
    return Change(registration if is_known else replace(registration, held=(*registration.held, word)))


def accept_purchase_order(registration: Registration) -> Change[Registration] | None:
    """A town's purchase order covers it: a delegate before the money comes; None when nothing changes."""
    if registration.life is not Life.SUBMITTED:
        return None
    return _confirmed(registration, life=Life.CONFIRMED_UNPAID)


def _additions_paid(registration: Registration) -> Change[Registration]:
    """All that is on the invoice is paid, what was added later with it."""
    paid = tuple(each for each in registration.unpaid if not each.is_awaited)
    said = tuple(
        OptionPaid(
            registration=registration.id,
            conference=registration.conference,
            person=registration.person,
            order=registration.order,
            product=each.product,
            session=each.session,
        )
        for each in paid
    )
    options = tuple(replace(each, is_unpaid=False) if each in paid else each for each in registration.options)
    return Change(replace(registration, options=options), said)


def _submitted(registration: Registration) -> RegistrationSubmitted:
    return RegistrationSubmitted(
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        order=registration.order,
        tender=registration.tender.value,
        currency=registration.currency,
        lines=registration.order_lines,
        terms=registration.terms,
        guest_count=len(registration.guests),
        payer=registration.payer,
        held_until=registration.held_until,
    )


def _confirmed(registration: Registration, *, life: Life) -> Change[Registration]:
    said = RegistrationConfirmed(
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        order=registration.order,
        tender=registration.tender.value,
        currency=registration.currency,
        total_minor=registration.total_minor,
        guest_count=len(registration.guests),
        is_paid=life is Life.CONFIRMED,
        options=places_of(registration.options),
    )
    return Change(replace(registration, life=life), (said,))
