"""Owns an order: what one registration owes, what has been paid towards it, and what is owed still.

Always true: total = paid + voided + owed; and what an option cost that has ended = written off + released + refunds.
Leaves to `options` what happens when an option ends, and to `settlement` what happens when its registration does.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar, TypedDict

from services.payments.books.domain import postings
from services.payments.books.domain.ledger import Deferred, Transaction
from services.payments.books.domain.postings import About
from shared.change import Change
from shared.contracts.payments import InvoiceIssued, PurchaseOrderAccepted
from shared.contracts.registration import RegistrationSubmitted
from shared.money import in_words
from shared.problem import NotFound, Refusal
from shared.references import digits_as_typed, digits_of

# The way that the money of each tender goes back.
RAILS = {"card": "card", "debit": "card", "cheque": "cheque", "transfer": "transfer"}
GRANT = "grant"
OPTION = "option"
DATED_BEFORE_INVOICE_MAX = timedelta(days=5 * 366)  # a standing order may run for some years, not for centuries
ASKED, SAID = "asked", "said"  # how far giving up an order is
INVOICE_YEARS = range(2000, 2100)
KINDS = ("fee", "guest", OPTION)  # of the lines that registration submits


class OrderUnknown(NotFound):
    """There is no such order (yet)."""


class OrderEnded(Refusal):
    """The order has ended with its conference: nothing is owed on it any more."""

    title = "This order has ended"


class NothingToPay(Refusal):
    """Nothing is owed on this order."""

    title = "This order is paid"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one payment pays of the order, in order of arrival; less once part of it went back for an option."""

    payment: str
    tender: str
    paid_minor: int
    returned_minor: int = (
        0  # of it, what went back outside of Reconvene after the order had ended and before the choice
    )

    @property
    def left_minor(self) -> int:
        """What may still be kept, go back, be carried as credit or donated."""
        return self.paid_minor - self.returned_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundShare:
    """One refund of a settlement or of an option, and whether its money has arrived."""

    refund: str
    amount_minor: int
    is_settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionLine:
    """One option of an order; after its end, what has become of its price."""

    product: str
    session: str
    amount_minor: int
    ended_by: str = ""  # registrant | deadline; empty while it stands
    written_off_minor: int = 0
    released_minor: int = 0
    refunds: tuple[RefundShare, ...] = ()

    @property
    def is_standing(self) -> bool:
        """Whether its price is part of the order's total."""
        return not self.ended_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What has become of an order whose registration ended: every cent of it, and what is not done yet."""

    run: str
    fee_minor: int
    refundable_minor: int
    voided_minor: int
    released_minor: int
    choice: str | None = None  # final, set once
    kept_minor: int = 0
    credited_minor: int = 0
    donated_minor: int = 0
    refunds: tuple[RefundShare, ...] = ()
    refunded_minor: int = 0
    payable_minor: int = 0
    refund_open_count: int = 0
    refund_settled_count: int = 0
    is_ended: bool = False
    awaited_minor: int = 0  # a payment that was under way when the order ended: its bank has not said yet

    @property
    def is_fixed(self) -> bool:
        """Whether it is final what happens with the money that was paid."""
        return self.choice is not None or self.refundable_minor == 0

    def with_refunds(self, refunds: tuple[RefundShare, ...]) -> "Settlement":
        """The settlement with its refunds as they are now, counted."""
        settled_count = sum(each.is_settled for each in refunds)
        payable_minor = sum(each.amount_minor for each in refunds if not each.is_settled)
        return replace(
            self,
            refunds=refunds,
            refunded_minor=sum(each.amount_minor for each in refunds) - payable_minor,
            payable_minor=payable_minor,
            refund_open_count=len(refunds) - settled_count,
            refund_settled_count=settled_count,
            is_ended=self.is_fixed and settled_count == len(refunds) and not self.awaited_minor,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """A payment that the payer has agreed to and whose bank has not said yet whether it pays; that takes days."""

    payment: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One payer, one registration: lines, payments, and after its end the settlement. Never deleted."""

    id: str
    registration: str
    conference: str
    person: str
    number: str
    tender: str
    currency: str
    fee_minor: int
    guest_minor: int
    issued_at: datetime
    shares: tuple[Share, ...] = ()
    voided_minor: int = 0
    purchase_order: PurchaseOrder | None = None
    checkout_count: int = 0
    settlement: Settlement | None = None
    options: tuple[OptionLine, ...] = ()
    giving_up: str = ""  # `ASKED` while the provider's page is being closed, `SAID` until unpaid places are off it
    is_disputed: bool = False  # a cardholder disputes, or has disputed, a payment of it
    underway: Underway | None = None

    @property
    def option_minor(self) -> int:
        """The price of the options that stand."""
        return sum(line.amount_minor for line in self.options if line.is_standing)

    @property
    def total_minor(self) -> int:
        """What is invoiced, options that have ended left out."""
        return self.fee_minor + self.guest_minor + self.option_minor

    @property
    def paid_minor(self) -> int:
        """What payments have paid towards it."""
        return sum(share.paid_minor for share in self.shares)

    @property
    def paid_shares(self) -> tuple[Share, ...]:
        """The payments of which something is left on the order."""
        return tuple(share for share in self.shares if share.paid_minor)

    @property
    def owed_minor(self) -> int:
        """What is still to be paid."""
        return self.total_minor - self.paid_minor - self.voided_minor

    @property
    def deferred(self) -> Deferred:
        """The fee, and what was ordered beside it: guests, and the options that stand."""
        return Deferred(fee_minor=self.fee_minor, optional_minor=self.guest_minor + self.option_minor)

    @property
    def run(self) -> str:
        """The refund run that settles it; empty before its end."""
        return self.settlement.run if self.settlement else ""

    @property
    def state(self) -> str:
        """The order's state in one word."""
        if self.settlement is not None:
            return "settled" if self.settlement.is_ended else "settling"
        if self.owed_minor == 0:
            return "paid"
        return "part_paid" if self.paid_minor else f"awaiting_{self.tender}"

    def standing_option(self, product: str) -> OptionLine | None:
        """The option under this key that has not ended."""
        return next((line for line in self.options if line.is_standing and line.product == product), None)

    def with_refund_split(self, refund: str, *, part: str, amount_minor: int) -> "Order":
        """The order after so much of this refund has become one of its own; no cent appears or vanishes."""
        settlement = self.settlement
        if settlement is not None:
            settlement = settlement.with_refunds(_split(settlement.refunds, refund, part, amount_minor))
        options = tuple(
            replace(line, refunds=_split(line.refunds, refund, part, amount_minor)) for line in self.options
        )
        return replace(self, settlement=settlement, options=options)

    def with_refund_noted(self, refund: str, *, is_settled: bool) -> "Order":
        """The order after this refund of its settlement, or of one of its options, has arrived or come back."""
        settlement = self.settlement
        if settlement is not None:
            settlement = settlement.with_refunds(_noted(settlement.refunds, refund, is_settled=is_settled))
        options = tuple(
            replace(line, refunds=_noted(line.refunds, refund, is_settled=is_settled)) for line in self.options
        )
        return replace(self, settlement=settlement, options=options)


def _noted(shares: tuple[RefundShare, ...], refund: str, *, is_settled: bool) -> tuple[RefundShare, ...]:
    return tuple(replace(share, is_settled=is_settled) if share.refund == refund else share for share in shares)


def _split(shares: tuple[RefundShare, ...], refund: str, part: str, amount_minor: int) -> tuple[RefundShare, ...]:
    return tuple(
        each
        for share in shares
        for each in (
            (
                replace(share, amount_minor=share.amount_minor - amount_minor),
                RefundShare(refund=part, amount_minor=amount_minor),
            )
            if share.refund == refund
            else (share,)
        )
    )


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


def issue_invoice(submitted: RegistrationSubmitted, *, about: About) -> tuple[Change[Order], tuple[Transaction, ...]]:
    """A submitted registration is owed for: the invoice gets its number, and the money is deferred."""
    by_kind = {kind: sum(line.amount_minor for line in submitted.lines if line.kind == kind) for kind in KINDS}
    if sum(by_kind.values()) != sum(line.amount_minor for line in submitted.lines):
        raise ValueError(f"{submitted.order}: a line is neither a fee nor a guest nor an option")
    order = Order(
        id=submitted.order,
        registration=submitted.registration,
        conference=submitted.conference,
        person=submitted.person,
        number=invoice_number(submitted.order, year=about.at.year),
        tender=submitted.tender,
        currency=submitted.currency,
        fee_minor=by_kind["fee"],
        guest_minor=by_kind["guest"],
        issued_at=about.at,
        options=tuple(
            OptionLine(product=line.product, session=line.session, amount_minor=line.amount_minor)
            for line in submitted.lines
            if line.kind == OPTION
        ),
    )
    issued = InvoiceIssued(
        **of_order(order),
        number=order.number,
        total_minor=order.total_minor,
        currency=order.currency,
        tender=order.tender,
    )
    booked = postings.invoice_issued(about, order=order.id, owed=order.deferred)
    return Change(order, (issued,)), (booked,) if booked.lines else ()


def invoice_number(order: str, *, year: int) -> str:
    """A number that people can read out, made from the order's id, so that no two orders wait for each other's."""
    return _numbered(digits_of(order), year=year)


def invoice_numbers_as_typed(text: str) -> list[str]:
    """The numbers that an invoice may have, by what somebody copied from a cheque: its own, or those of a payment
    reference, which has no year. Case, blanks and dashes don't matter."""
    found = re.fullmatch(r"(?:INV)?(\d{4})(\d{12})", "".join(filter(str.isalnum, text)).upper(), re.ASCII)
    if found:
        return [_numbered(found[2], year=int(found[1]))]
    digits = digits_as_typed(text)
    return [_numbered(digits, year=year) for year in INVOICE_YEARS] if digits else []


def _numbered(digits: str, *, year: int) -> str:
    return f"INV-{year:04}-{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def accept_purchase_order(order: Order, *, purchase_order: PurchaseOrder, today: date) -> Change[Order]:
    """A purchase order that covers what is owed and can be of that date confirms before the money comes."""
    if order.settlement is not None:
        raise OrderEnded(
            "The order has ended with its conference. The purchase order was not recorded; none is needed."
        )
    if order.purchase_order == purchase_order:
        return Change(order)
    if order.purchase_order is not None:
        raise PurchaseOrderUnfit(
            f"Purchase order {order.purchase_order.number} covers this order already. The new one was not recorded."
        )
    if purchase_order.dated > today:
        raise PurchaseOrderUnfit(
            f"The purchase order is dated {purchase_order.dated:%d %B %Y}, which is still to come. "
            "It was not recorded; please check its date."
        )
    if purchase_order.dated < order.issued_at.date() - DATED_BEFORE_INVOICE_MAX:
        raise PurchaseOrderUnfit(
            f"The purchase order is dated {purchase_order.dated:%d %B %Y}, more than five years before the invoice. "
            "It was not recorded; please check its date."
        )
    if purchase_order.limit_minor < order.owed_minor:
        raise PurchaseOrderUnfit(
            f"The purchase order covers {in_words(purchase_order.limit_minor, order.currency)}, and "
            f"{in_words(order.owed_minor, order.currency)} is owed. "
            "It was not recorded; please ask for a higher limit.",
            owed_minor=order.owed_minor,
        )
    accepted = PurchaseOrderAccepted(
        **of_order(order),
        number=purchase_order.number,
    )
    return Change(replace(order, purchase_order=purchase_order), (accepted,))
