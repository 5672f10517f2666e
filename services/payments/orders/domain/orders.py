"""Owns an order: what its payer owes, line by line, what has been paid towards it, and what has ended on it.

Always true: the lines that stand = what is paid for them + what is owed; and of each ending, what `endings` says.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, TypedDict

from services.payments.books.domain.ledger import Deferred
from services.payments.orders.domain.endings import (
    CONFERENCE_CANCELLED,
    MOVED,
    OPTION_ENDED,
    REGISTRATION_LEFT,
    Ending,
    Portion,
    RefundShare,
)
from services.payments.orders.domain.lines import GUEST, OPTION, Line, deferred_of, total_of
from shared.problem import NotFound, Refusal
from shared.sentences import marked

# The way that the money of each tender goes back.
RAILS = {"card": "card", "debit": "card", "cheque": "cheque", "transfer": "transfer"}
ASKED, SAID = "asked", "said"  # how far giving up an order is


class OrderUnknown(NotFound):
    """There is no such order (yet)."""


class OrderEnded(Refusal):
    """The order has ended, with its conference or because nobody is left on it: nothing is owed any more."""

    title = marked("This order has ended")


class NothingToPay(Refusal):
    """Nothing is owed on this order."""

    title = marked("This order is paid")


class PurchaseOrderUnfit(Refusal):
    """A purchase order that can't cover this order."""

    status: ClassVar[int] = 422
    title = "The purchase order does not fit"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder:
    """A town's promise to pay."""

    number: str
    dated: date
    limit_minor: int
    covered_minor: int = 0  # what the order owed when it was accepted
    paid_before_minor: int = 0  # of what stands on the order, what was paid before that


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one payment pays of the lines that may still end, in order of arrival; less once a line has ended."""

    payment: str
    tender: str
    paid_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownShare:
    """What one payment has paid of the total, and what of that went back outside of Reconvene before the choice."""

    payment: str
    tender: str
    paid_minor: int
    returned_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionLine:
    """One option of an order as a reader sees it; after its end, what has become of its price."""

    product: str
    session: str
    amount_minor: int
    label: str = ""  # of what was added later
    added_at: datetime | None = None  # after the invoice was issued
    ended_by: str = ""  # registrant | deadline | unpaid | left: with its registration; empty while it stands
    written_off_minor: int = 0
    released_minor: int = 0
    refunds: tuple[RefundShare, ...] = ()

    @property
    def is_standing(self) -> bool:
        """Whether its price is part of the order's total."""
        return not self.ended_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """A payment that the payer has agreed to and whose bank has not said yet whether it pays; that takes days."""

    payment: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one payer owes: lines, payments, endings. Never deleted."""

    id: str
    registration: str  # the first of them
    conference: str
    person: str  # who pays
    number: str
    tender: str
    currency: str
    issued_at: datetime
    lines: tuple[Line, ...]
    registrations: tuple[str, ...]
    shares: tuple[Share, ...] = ()
    endings: tuple[Ending, ...] = ()
    purchase_order: PurchaseOrder | None = None
    checkout_count: int = 0
    giving_up: str = ""  # `ASKED` while the provider's page is being closed, `SAID` until unpaid places are off it
    is_disputed: bool = False  # a cardholder disputes, or has disputed, a payment of it
    underway: Underway | None = None
    digits: str = ""  # of its number, where that begins with its association's own prefix
    moves: tuple[str, ...] = ()  # the runs of decisions that have moved its conference, for which its sums were said
    cancel_fee_minor: int | None = None  # kept of each registration if the organiser cancels; None: said before it was

    @property
    def settlement(self) -> Ending | None:
        """The ending of all that stood on it, with its conference; None while there was none."""
        return next((ending for ending in self.endings if ending.cause == CONFERENCE_CANCELLED), None)

    @property
    def leavings(self) -> tuple[Ending, ...]:
        """The endings of single registrations while the others go on, in the order in which they were heard of."""
        return tuple(ending for ending in self.endings if ending.cause in (REGISTRATION_LEFT, MOVED))

    @property
    def is_over(self) -> bool:
        """Whether all that was on it has ended, with its conference or because everybody has left: what is paid now
        goes back."""
        return self.settlement is not None or (bool(self.leavings) and not self.open_lines)

    def has_left(self, registration: str) -> bool:
        """Whether this registration has left it, by whosever hand."""
        return any(registration in ending.registrations for ending in self.leavings)

    @property
    def open_lines(self) -> tuple[Line, ...]:
        """The lines that stand and may still end."""
        return tuple(line for line in self.lines if line.is_open)

    @property
    def deferred(self) -> Deferred:
        """What the association owes for the lines that stand."""
        return deferred_of(self.open_lines)

    @property
    def owed_minor(self) -> int:
        """What is still to be paid."""
        return total_of(self.open_lines) - sum(share.paid_minor for share in self.shares)

    @property
    def run(self) -> str:
        """The refund run that settles it; empty before its end."""
        return self.settlement.run if self.settlement else ""

    # as it is shown: what ended with the conference is still what it was about

    @property
    def shown_lines(self) -> tuple[Line, ...]:
        """What is invoiced: the lines that stand, or stood when all of it ended; other lines that ended left out."""
        end = self.settlement.id if self.settlement else ""
        return tuple(line for line in self.lines if line.ending in ("", end) and (not end or line.kept_by != end))

    @property
    def guest_minor(self) -> int:
        """What of the total is for guests."""
        return total_of(line for line in self.shown_lines if line.kind == GUEST)

    @property
    def option_minor(self) -> int:
        """What of the total is for options."""
        return total_of(line for line in self.shown_lines if line.kind == OPTION)

    @property
    def total_minor(self) -> int:
        """What is invoiced; always what was paid, is void and is owed."""
        return total_of(self.shown_lines)

    @property
    def paid_minor(self) -> int:
        """What payments have paid towards the total."""
        return self.total_minor - self.voided_minor - self.owed_minor

    @property
    def voided_minor(self) -> int:
        """What was still owed when all of it ended, and is owed no more."""
        return self.settlement.written_off_minor if self.settlement else 0

    @property
    def shown_shares(self) -> tuple[ShownShare, ...]:
        """What each payment has paid towards the total."""
        taken = {each.payment: each for each in self.settlement.taken} if self.settlement else {}
        return tuple(_shown(share, taken.get(share.payment)) for share in self.shares)

    @property
    def options(self) -> tuple[OptionLine, ...]:
        """Its options, with what has become of those that ended by themselves."""
        endings = {ending.id: ending for ending in self.endings if ending is not self.settlement}
        return tuple(_option(line, endings.get(line.ending)) for line in self.lines if line.kind == OPTION)

    @property
    def state(self) -> str:
        """The order's state in one word."""
        if self.settlement is not None:
            return "settled" if self.settlement.is_ended else "settling"
        if self.is_over:
            return "settled" if all(ending.is_ended for ending in self.endings) else "settling"
        if self.owed_minor == 0:
            return "paid"
        return "part_paid" if self.paid_minor else f"awaiting_{self.tender}"

    def with_ending(self, ending: Ending) -> "Order":
        """The order after this ending of it has changed."""
        return replace(self, endings=tuple(ending if each.id == ending.id else each for each in self.endings))

    def with_refund_split(self, refund: str, *, part: str, amount_minor: int) -> "Order":
        """The order after so much of this refund has become one of its own; no cent appears or vanishes."""
        return self._with_endings(
            ending.with_refund_split(refund, part=part, amount_minor=amount_minor) for ending in self.endings
        )

    def with_refund_noted(self, refund: str, *, is_settled: bool) -> "Order":
        """The order after this refund of one of its endings has arrived or come back."""
        return self._with_endings(ending.with_refund_noted(refund, is_settled=is_settled) for ending in self.endings)

    def with_more_back(self, refund: str, *, amount_minor: int, of_lines_minor: int = 0) -> "Order":
        """The order after one more refund of its settlement: so much of it is of what its lines had cost, the rest is
        money beyond them. An order that is still on keeps no such refund: it is the payer's money and not its own."""
        end = self.settlement
        if end is None:
            return self
        beyond_minor = amount_minor - of_lines_minor
        refunds = (RefundShare(refund=refund, amount_minor=of_lines_minor),) if of_lines_minor else ()
        more = (RefundShare(refund=refund, amount_minor=beyond_minor),) if beyond_minor else ()
        return self.with_ending(replace(end, refunds=(*end.refunds, *refunds), more=(*end.more, *more)).counted())

    def _with_endings(self, endings: Iterable[Ending]) -> "Order":
        return replace(self, endings=tuple(endings))


def _shown(share: Share, taken: Portion | None) -> ShownShare:
    return ShownShare(
        payment=share.payment,
        tender=share.tender,
        paid_minor=share.paid_minor + (taken.amount_minor if taken else 0),
        returned_minor=taken.returned_minor if taken else 0,
    )


def _option(line: Line, ending: Ending | None) -> OptionLine:
    option = OptionLine(
        product=line.product,
        session=line.session,
        amount_minor=line.amount_minor,
        label=line.label,
        added_at=line.added_at,
    )
    if ending is None:
        return option
    if ending.cause != OPTION_ENDED:
        return replace(option, ended_by="left")  # settled with all of its registration, not by itself
    return replace(
        option,
        ended_by=ending.by,
        written_off_minor=ending.written_off_minor,
        released_minor=ending.released_minor,
        refunds=ending.refunds,
    )


class OfAll(TypedDict):
    """Whose money it is, all of them: what an event repeats that others must do something about for each."""

    order: str
    registration: str
    conference: str
    person: str
    registrations: tuple[str, ...]


class OfOrder(TypedDict):
    """Whose money it is: what every event and every document about an order repeats."""

    order: str
    registration: str
    conference: str
    person: str


def of_order(order: Order) -> OfOrder:
    """Whose money this order is about."""
    return {
        "order": order.id,
        "registration": order.registration,
        "conference": order.conference,
        "person": order.person,
    }


def of_all(order: Order, *, registration: str = "") -> OfAll:
    """Whose money this order is about, all of them if they are several; `registration` is whom it is about first."""
    several = order.registrations if len(order.registrations) > 1 else ()
    return {
        "order": order.id,
        "registration": registration or order.registration,
        "conference": order.conference,
        "person": order.person,
        "registrations": several,
    }
