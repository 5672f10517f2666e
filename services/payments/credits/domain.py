"""Owns a credit: money that a payer keeps with the association, to be spent on any of its conferences, or paid out.

Always true: its amount = balance + asked for + paid out + spent and not returned. What it had paid comes back to it
when that ends, so that it keeps its age; and it never lapses. Money that left it goes back the way it once came.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar

from services.payments.orders.domain.endings import CREDIT, Portion
from services.payments.orders.domain.orders import NothingToPay, Order, OrderEnded, of_order
from services.payments.receipts.domain.checkouts import PaymentIsUnderway
from services.payments.receipts.domain.receipts import CurrencyDiffers, PaymentTooLarge, Receipt
from shared.problem import NotFound, Refusal
from shared.sentences import Sum, marked

UNCLAIMED_AFTER_YEARS = 5  # from then on it is listed as unclaimed property; what the law wants of that a person does
LETTER_MONTH, LETTER_DAY = 3, 1  # from this day of a year on, its letter is due
LATEST_ZONE = timedelta(hours=12)  # where a day begins last


class CreditUnknown(NotFound):
    """There is no such credit."""


class CreditTooSmall(Refusal):
    """More was to be taken from a credit than it has left."""

    status: ClassVar[int] = 422
    title = marked("More than the credit")


class CreditNotTheirs(Refusal):
    """A credit of one association, or of one payer, for the order of another."""

    title = marked("Not for this order")


class CreditDisputed(Refusal):
    """The money that a credit was made of is disputed at the card's bank, or was lost there."""

    title = marked("The card payment is disputed")


class CreditChanged(Refusal):
    """The order or the credit is not as it was shown."""

    title = marked("Changed meanwhile")


class NoPayoutAsked(Refusal):
    """Nobody has asked for the money of this credit, or it is on its way."""

    title = marked("Nothing is asked for")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A payment that a credit is made of, in the order in which money goes back, and how much of it has."""

    payment: str
    tender: str
    amount_minor: int
    paid_out_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What a credit has paid of one order at one time, and what of that has come back to it."""

    payment: str
    order: str
    conference: str
    amount_minor: int
    spent_at: datetime
    returned_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """The holder asks for the money; until finance has approved that, they may think again."""

    amount_minor: int
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Money kept for later conferences, at the payer's wish; sums in minor units of its currency."""

    id: str
    order: str  # that it is left of
    registration: str
    conference: str  # ... and its association is the credit's
    person: str  # whose it is: who paid
    run: str
    amount_minor: int
    currency: str
    balance_minor: int  # what may be spent now
    issued_at: datetime
    sources: tuple[Source, ...]
    spendings: tuple[Spending, ...] = ()
    payout: Payout | None = None  # asked for, and not approved yet
    paid_out_minor: int = 0
    payout_count: int = 0

    @property
    def left_minor(self) -> int:
        """What is the holder's, whether or not they have asked for it."""
        return self.balance_minor + (self.payout.amount_minor if self.payout else 0)

    @property
    def spent_minor(self) -> int:
        """What orders have of it."""
        return sum(each.amount_minor - each.returned_minor for each in self.spendings)

    def unclaimed_on(self) -> date:
        """The day from which on it is listed as unclaimed property."""
        return _years_on(self.issued_at, UNCLAIMED_AFTER_YEARS).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has credits, or had: which, the last year whose letter was said, and for which orders they were told."""

    id: str  # the payer's
    credits: tuple[str, ...] = ()
    letter_year: int = 0
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What of one payment that a credit had made goes back to it."""

    payment: str
    amount_minor: int


def unclaimed_before(now: datetime) -> datetime:
    """What was issued by then, and is left, is unclaimed now."""
    return _years_on(now, -UNCLAIMED_AFTER_YEARS)


def issue(order: Order, *, id_: str, run: str, portions: Iterable[Portion], at: datetime) -> Credit:
    """The payer keeps so much of these payments as a credit."""
    sources = tuple(
        Source(payment=each.payment, tender=each.tender, amount_minor=each.amount_minor) for each in portions
    )
    amount_minor = sum(each.amount_minor for each in sources)
    return Credit(
        id=id_,
        **of_order(order),
        run=run,
        currency=order.currency,
        amount_minor=amount_minor,
        balance_minor=amount_minor,
        issued_at=at,
        sources=sources,
    )


def held(known: Holder | None, credit: Credit) -> Holder:
    """The holder with one credit more. The letter of a year is for those who had a credit before its day."""
    holder = known or Holder(id=credit.person, letter_year=letter_year(credit.issued_at))
    return holder if credit.id in holder.credits else replace(holder, credits=(*holder.credits, credit.id))


def letter_year(now: datetime) -> int:
    """The newest year whose letter is due: from 1 March on, once that day has come everywhere in America."""
    day = (now - LATEST_ZONE).date()
    return day.year if (day.month, day.day) >= (LETTER_MONTH, LETTER_DAY) else day.year - 1


def spend(
    credit: Credit, order: Order, *, amount_minor: int, at: datetime, payment: str = ""
) -> tuple[Credit, Receipt]:
    """So much of the credit pays this order: at most what is owed, and what the credit has left.

    `payment` is the number that it had before the database was restored.
    """
    if credit.currency != order.currency:
        raise CurrencyDiffers.saying(
            "The credit is in %(currency)s and the order in another currency. Nothing was changed.",
            currency=credit.currency,
        )
    if order.is_over:
        raise OrderEnded(marked("This order has ended, so there is nothing to pay. Your credit was not touched."))
    if order.underway is not None:
        raise PaymentIsUnderway.saying(
            "A payment of %(amount)s is under way: the bank has been asked and has not answered yet. The credit was "
            "not touched; please come back when it has arrived.",
            amount=Sum(order.underway.amount_minor, order.currency),
        )
    if not order.owed_minor:
        raise NothingToPay(marked("This order is paid in full. The credit was not touched."))
    if amount_minor > order.owed_minor:
        raise PaymentTooLarge.saying(
            "Only %(owed)s is still owed. The credit was not touched; please take at most that.",
            owed=Sum(order.owed_minor, order.currency),
        )
    if amount_minor > credit.balance_minor:
        raise CreditTooSmall.saying(
            "The credit has %(left)s left. It was not touched; please take at most that.",
            left=Sum(credit.balance_minor, credit.currency),
        )
    spending = Spending(
        payment=payment or spending_id(credit),
        order=order.id,
        conference=order.conference,
        amount_minor=amount_minor,
        spent_at=at,
    )
    receipt = Receipt(
        payment=spending.payment,
        tender=CREDIT,
        amount_minor=amount_minor,
        currency=credit.currency,
        reference=credit.id,
        received_on=at.date(),
    )
    after = replace(credit, balance_minor=credit.balance_minor - amount_minor, spendings=(*credit.spendings, spending))
    return after, receipt


def spending_id(credit: Credit) -> str:
    """The id of the payment that the next spending makes."""
    counted = f"{credit.id}\n{len(credit.spendings) + 1}"
    return f"pay_{hashlib.sha256(counted.encode()).hexdigest()[:32]}"


def give_back(credit: Credit, returned: Returned) -> Credit:
    """What it had paid has ended: so much is the credit's again."""
    known = next((each for each in credit.spendings if each.payment == returned.payment), None)
    if known is None or known.returned_minor + returned.amount_minor > known.amount_minor:
        raise ValueError(f"{credit.id} did not pay {returned.amount_minor} with {returned.payment}")
    after = replace(known, returned_minor=known.returned_minor + returned.amount_minor)
    return replace(
        credit,
        balance_minor=credit.balance_minor + returned.amount_minor,
        spendings=tuple(after if each is known else each for each in credit.spendings),
    )


def shared_out(usable: Sequence[Credit], amount_minor: int) -> Iterator[tuple[Credit, int]]:
    """How much of each credit pays this sum, the oldest credit first."""
    for each in sorted(usable, key=lambda credit: (credit.issued_at, credit.id)):
        part_minor = min(each.balance_minor, amount_minor)
        amount_minor -= part_minor
        if part_minor:
            yield each, part_minor


def ask_payout(credit: Credit, *, at: datetime) -> Credit:
    """The holder wants the money of what is left; asking twice is asking once."""
    if credit.payout is not None:
        return credit
    if not credit.balance_minor:
        raise CreditTooSmall(marked("Nothing is left of this credit. Nothing was changed."))
    return replace(credit, payout=Payout(amount_minor=credit.balance_minor, asked_at=at), balance_minor=0)


def withdraw_payout(credit: Credit) -> Credit:
    """The holder keeps the credit after all; once it was approved the money is on its way."""
    if credit.payout is None:
        raise NoPayoutAsked(
            marked(
                "Nobody waits for the money of this credit: it was approved, or never asked for. Nothing was changed."
            )
        )
    return replace(credit, payout=None, balance_minor=credit.balance_minor + credit.payout.amount_minor)


def approve_payout(credit: Credit) -> tuple[Credit, tuple[Source, ...]]:
    """The money leaves: the credit after that, and how much goes back against which payment."""
    if credit.payout is None:
        raise NoPayoutAsked("Nobody has asked for the money of this credit. Nothing was changed.")
    left_minor, sources, parts = credit.payout.amount_minor, [], []
    for each in credit.sources:
        part_minor = min(each.amount_minor - each.paid_out_minor, left_minor)
        left_minor -= part_minor
        sources.append(replace(each, paid_out_minor=each.paid_out_minor + part_minor))
        if part_minor:
            parts.append(replace(each, amount_minor=part_minor, paid_out_minor=0))
    if left_minor:
        raise ValueError(f"{credit.id} has less behind it than was asked for")
    after = replace(
        credit,
        payout=None,
        sources=tuple(sources),
        paid_out_minor=credit.paid_out_minor + credit.payout.amount_minor,
        payout_count=credit.payout_count + 1,
    )
    return after, tuple(parts)


def _years_on(at: datetime, years: int) -> datetime:
    is_leap_day = (at.month, at.day) == (2, 29)
    return at.replace(year=at.year + years, day=28 if is_leap_day else at.day)
