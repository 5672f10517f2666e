"""Owns the one way in which lines end, whatever the cause: what leaves the order, and what becomes of their money.

First what is still owed is written off. Then the payer's own money goes back, the newest payment first, and a grant's
last of all, which returns to its fund. What a credit had paid is the payer's own like the rest, and has its turn; it is
that same credit again, with its age, unless it is donated. What the terms keep is kept of the payer's first payments,
and stays on the order as a line that is paid. Leaves to `refunds` how money travels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.payments.books.domain.ledger import Deferred, Transaction
from services.payments.books.domain.postings import About
from services.payments.credits.domain import Credit, Returned, issue
from services.payments.orders.domain.endings import CREDIT, GRANT, OPTION_ENDED, Ending, Portion, RefundShare
from services.payments.orders.domain.giving_back import paid_for
from services.payments.orders.domain.lines import KEPT, Line, deferred_of, total_of
from services.payments.orders.domain.orders import Order, of_order
from services.payments.refunds.domain.refunds import Refund, plan_refund
from shared.change import Change
from shared.contracts.envelope import Event
from shared.contracts.payments import CreditIssued, DonationRecorded

REFUND, AS_CREDIT, DONATE = "refund", "credit", "donate"
CHOICES = (REFUND, AS_CREDIT, DONATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Donation:
    """Money given to the association's scholarship fund."""

    id: str
    order: str
    registration: str
    conference: str
    person: str
    run: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What leaves a payment's refundable amount, for whatever purpose."""

    payment: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """All that follows from one decision about one order; it is saved as a whole."""

    change: Change[Order]
    transactions: tuple[Transaction, ...] = ()
    takings: tuple[Taking, ...] = ()
    refunds: tuple[Refund, ...] = ()
    credit: Credit | None = None
    donation: Donation | None = None
    returned: tuple[Returned, ...] = ()  # to the credits that had paid it


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOff:
    """An order after lines of it have ended, and what that means for what was owed for them."""

    order: Order
    ending: Ending
    voided: Deferred
    released: Deferred
    own: Deferred  # the payer's own money paid for it

    @property
    def grant_takings(self) -> tuple[Taking, ...]:
        """What leaves the grants' payments, at once."""
        return tuple(
            Taking(payment=portion.payment, amount_minor=portion.amount_minor)
            for portion in self.ending.taken
            if portion.tender == GRANT
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposed:
    """An order after it was decided what becomes of the payer's own money of one ending."""

    order: Order
    ending: Ending
    deferred: Deferred  # what that money had paid for
    takings: tuple[Taking, ...]
    events: tuple[Event, ...] = ()
    refunds: tuple[Refund, ...] = ()
    credit: Credit | None = None
    donation: Donation | None = None
    returned: tuple[Returned, ...] = ()


def take_off(order: Order, lines: Sequence[Line], *, ending: Ending, fee_minor: int = 0) -> TakenOff:
    """These lines end. `ending` says why; what of them was not paid, and what was paid how, is worked out here."""
    amount_minor = total_of(lines)
    written_off_minor = min(amount_minor, order.owed_minor)
    taken = tuple(_taken(order, amount_minor - written_off_minor))
    released_minor = sum(portion.amount_minor for portion in taken if portion.tender == GRANT)
    own_minor = amount_minor - written_off_minor - released_minor
    kept_minor = min(fee_minor, own_minor)
    worked_out = replace(
        ending,
        amount_minor=amount_minor,
        written_off_minor=written_off_minor,
        released_minor=released_minor,
        fee_minor=kept_minor,
        free_minor=own_minor - kept_minor,
        taken=taken,
    )
    voided, rest = deferred_of(lines).take(written_off_minor)
    released, own = rest.take(released_minor)
    gone = {line.id for line in lines}
    less = {portion.payment: portion.amount_minor for portion in taken}
    after = replace(
        order,
        lines=tuple(replace(line, ending=ending.id) if line.id in gone else line for line in order.lines),
        shares=tuple(replace(each, paid_minor=each.paid_minor - less.get(each.payment, 0)) for each in order.shares),
        endings=(*order.endings, worked_out.counted()),
        giving_up="",
    )
    return TakenOff(order=after, ending=after.endings[-1], voided=voided, released=released, own=own)


def dispose(order: Order, ending: Ending, *, choice: str | None, about: About) -> Disposed:
    """The fee is kept, and the rest goes back, is carried as credit or is donated. None: there is no rest.

    Less than was offered is left when money went back outside of Reconvene meanwhile; the fee is kept all the same.
    """
    left = tuple(replace(each, amount_minor=each.left_minor, returned_minor=0) for each in ending.own)
    left_minor = sum(portion.amount_minor for portion in left)
    kept_minor = min(ending.fee_minor, left_minor)
    amount_minor = left_minor - kept_minor
    final = replace(ending, choice=choice, kept_minor=kept_minor)
    end = _End(ending=final)
    if amount_minor:
        end = _by_choice(order, final, choice=choice, left=left, amount_minor=amount_minor, about=about)
    kept = Line(
        id=f"{ending.id}:kept",
        registration=ending.registrations[0],
        kind=KEPT,
        amount_minor=kept_minor,
        kept_by=ending.id,
    )
    after = replace(order, lines=(*order.lines, kept)) if kept_minor else order
    counted = end.ending.counted()
    return Disposed(
        order=after.with_ending(counted),
        ending=counted,
        deferred=paid_for(order, ending),
        takings=tuple(
            Taking(payment=portion.payment, amount_minor=portion.amount_minor)
            for portion in left
            if portion.amount_minor
        ),
        events=end.events,
        refunds=end.refunds,
        credit=end.credit,
        donation=end.donation,
        returned=end.returned,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """What one choice makes of an ending."""

    ending: Ending
    events: tuple[Event, ...] = ()
    refunds: tuple[Refund, ...] = ()
    credit: Credit | None = None
    donation: Donation | None = None
    returned: tuple[Returned, ...] = ()


def _by_choice(
    order: Order, ending: Ending, *, choice: str | None, left: Sequence[Portion], amount_minor: int, about: About
) -> _End:
    if choice == DONATE:
        return _donated(order, ending, amount_minor=amount_minor, about=about)
    leaving = tuple(_first(left, amount_minor))
    back = tuple(portion for portion in leaving if portion.tender == CREDIT)
    rest = tuple(portion for portion in leaving if portion.tender != CREDIT)
    returned = tuple(Returned(payment=each.payment, amount_minor=each.amount_minor) for each in back)
    again = replace(ending, credited_minor=sum(each.amount_minor for each in back))
    match choice:
        case "refund":
            return replace(_refunded(order, again, portions=rest, about=about), returned=returned)
        case "credit":
            return replace(_credited(order, again, portions=rest, about=about), returned=returned)
        case _:
            raise ValueError(f"{order.id}: {choice!r} is no choice")


def _refunded(order: Order, ending: Ending, *, portions: Sequence[Portion], about: About) -> _End:
    is_option = ending.cause == OPTION_ENDED
    product = next((line.product for line in order.lines if line.ending == ending.id), "") if is_option else ""
    refunds = tuple(
        plan_refund(
            order,
            id_=f"refund:{about.cause}:{portion.payment}",
            run=ending.run,
            payment=portion.payment,
            tender=portion.tender,
            amount_minor=portion.amount_minor,
            now=about.at,
            product=product,
        )
        for portion in portions
    )
    shares = tuple(RefundShare(refund=each.id, amount_minor=each.amount_minor) for each in refunds)
    return _End(ending=replace(ending, refunds=(*ending.refunds, *shares)), refunds=refunds)


def _credited(order: Order, ending: Ending, *, portions: Sequence[Portion], about: About) -> _End:
    if not portions:
        return _End(ending=ending)  # all of it is the credit's again that had paid it
    credit = issue(order, id_=f"credit:{about.cause}", run=ending.run, portions=portions, at=about.at)
    said = CreditIssued(
        **of_order(order), run=ending.run, currency=order.currency, credit=credit.id, amount_minor=credit.amount_minor
    )
    credited_minor = ending.credited_minor + credit.amount_minor
    return _End(ending=replace(ending, credited_minor=credited_minor), events=(said,), credit=credit)


def _donated(order: Order, ending: Ending, *, amount_minor: int, about: About) -> _End:
    donation = Donation(
        id=f"donation:{about.cause}",
        **of_order(order),
        run=ending.run,
        currency=order.currency,
        amount_minor=amount_minor,
    )
    said = DonationRecorded(
        **of_order(order), run=ending.run, currency=order.currency, donation=donation.id, amount_minor=amount_minor
    )
    return _End(ending=replace(ending, donated_minor=amount_minor), events=(said,), donation=donation)


def credit_again_minor(ending: Ending) -> int:
    """What of the money that is free to choose about a credit had paid, and is credit again unless it is donated."""
    return sum(portion.amount_minor for portion in _first(ending.own, ending.free_minor) if portion.tender == CREDIT)


def _taken(order: Order, amount_minor: int) -> Iterator[Portion]:
    """So much of the order's payments, the newest of the payer's own first, and grants last."""
    newest_first = tuple(reversed(order.shares))
    own = (share for share in newest_first if share.tender != GRANT)
    grants = (share for share in newest_first if share.tender == GRANT)
    paid = (
        Portion(payment=share.payment, tender=share.tender, amount_minor=share.paid_minor) for share in (*own, *grants)
    )
    yield from _first(tuple(paid), amount_minor)


def _first(portions: Sequence[Portion], amount_minor: int) -> Iterator[Portion]:
    """The first portions, as far as they make up this sum."""
    for portion in portions:
        part_minor = min(portion.amount_minor, amount_minor)
        amount_minor -= part_minor
        if part_minor:
            yield replace(portion, amount_minor=part_minor)
