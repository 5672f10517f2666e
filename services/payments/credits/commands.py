"""What is written about credits: kept, spent on orders, given back, asked for, paid out."""

from collections.abc import Sequence
from dataclasses import replace

from services.payments.books.commands import book
from services.payments.books.domain import postings
from services.payments.credits.domain import (
    Credit,
    CreditChanged,
    CreditDisputed,
    CreditNotTheirs,
    CreditTooSmall,
    CreditUnknown,
    Returned,
    approve_payout,
    ask_payout,
    give_back,
    held,
    shared_out,
    spend,
    withdraw_payout,
)
from services.payments.credits.store import CREDITS, HOLDERS
from services.payments.orders.commands import about, order_invoiced, order_named
from services.payments.orders.domain.orders import Order
from services.payments.orders.store import CONFERENCES, ORDERS, PAYMENTS
from services.payments.provider.domain.shown import DisputeState
from services.payments.receipts.commands.checkouts import close_page
from services.payments.receipts.commands.recording import take_in
from services.payments.receipts.store import CHECKOUTS
from services.payments.refunds.commands.outcomes import settle_by_disputes
from services.payments.refunds.commands.planning import disputes_of, plan
from services.payments.refunds.domain.refunds import plan_refund
from services.payments.refunds.store import REFUNDS
from services.payments.runs.store import RUNS
from shared.associations import FIRST
from shared.change import Change
from shared.contracts.flow import command, job
from shared.contracts.payments import (
    CreditPaidOut,
    CreditsStated,
    PaymentCaptured,
    RefundFailed,
    RefundRunReopened,
    RefundSettled,
)
from shared.sentences import marked
from shared.unit import Unit


def keep_credit(unit: Unit, credit: Credit) -> None:
    """A payer keeps money as a credit: it is theirs from now on."""
    unit.add(CREDITS, credit)
    unit.save(HOLDERS, Change(held(unit.load(HOLDERS, credit.person), credit)))


def take_back(unit: Unit, returned: Returned) -> None:
    """What a credit had paid has ended: it is that credit's again."""
    payment = unit.load(PAYMENTS, returned.payment)
    credit = credit_of(unit, payment.reference if payment else "")
    unit.save(CREDITS, Change(give_back(credit, returned)))


@command(emits=[PaymentCaptured, RefundRunReopened], starts=[CHECKOUTS, REFUNDS, RUNS])
def spend_credit(unit: Unit, *, credit: str, order: str, amount_minor: int) -> Order:
    """Finance pays an order with so much of a credit, whoever it is of, at the holder's word."""
    return _spend(unit, credit_of(unit, credit), order_named(unit, order), amount_minor=amount_minor)


@command(emits=[PaymentCaptured, RefundRunReopened], starts=[CHECKOUTS, REFUNDS, RUNS])
def spend_credit_again(unit: Unit, *, said: PaymentCaptured) -> Order:
    """A credit had paid an order after the backup: it does so again, under the same number."""
    credit, order = credit_of(unit, said.credit), order_named(unit, said.order)
    return _spend(unit, credit, order, amount_minor=said.amount_minor, payment=said.payment)


@command(emits=[CreditPaidOut, RefundSettled, RefundFailed], starts=[REFUNDS])
def pay_credit_out_again(unit: Unit, *, said: CreditPaidOut) -> Credit:
    """A credit was paid out after the backup: so it is again, once as much of it is left as then."""
    known = credit_of(unit, said.credit)
    if known.left_minor != said.amount_minor:
        raise CreditChanged("Another sum is left of this credit than was paid out. Nothing was changed.")
    return pay_credit_out(unit, credit=said.credit, at_their_word=True)


@command(emits=[PaymentCaptured, RefundRunReopened], starts=[CHECKOUTS, REFUNDS, RUNS])
def spend_own_credits(unit: Unit, *, person: str, order: str, amount_minor: int, owed_minor: int) -> Order:
    """A holder pays an order of their own with their credits, the oldest first.

    `owed_minor` is what they saw owed, so that what is sent twice is done once.
    """
    loaded = order_named(unit, order)
    if loaded.person != person:
        raise CreditNotTheirs(marked("This order is not yours, so that your credit can't pay it. Nothing was changed."))
    if loaded.owed_minor != owed_minor:
        raise CreditChanged(
            marked(
                "Something was paid or changed meanwhile. Your credit was not touched; please look at the sums again."
            )
        )
    usable = credits_for(unit, loaded)
    if amount_minor > sum(each.balance_minor for each in usable):
        raise CreditTooSmall(marked("Your credit is less than that. It was not touched; please choose a smaller sum."))
    for credit, part_minor in shared_out(usable, amount_minor):
        loaded = _spend(unit, credit, loaded, amount_minor=part_minor)
    return loaded


@command()
def ask_for_payout(unit: Unit, *, credit: str, person: str) -> Credit:
    """A holder wants the money of a credit; finance sees it, and sends it."""
    return unit.save(CREDITS, Change(ask_payout(_own(unit, credit, person), at=unit.now)))


@command()
def keep_after_all(unit: Unit, *, credit: str, person: str) -> Credit:
    """A holder who had asked for the money keeps the credit."""
    return unit.save(CREDITS, Change(withdraw_payout(_own(unit, credit, person))))


@command(emits=[CreditPaidOut, RefundSettled, RefundFailed], starts=[REFUNDS])
def pay_credit_out(unit: Unit, *, credit: str, at_their_word: bool = False) -> Credit:
    """Finance approves that a credit is paid out: it goes back the way its money came.

    `at_their_word`: the holder asked by telephone or letter, and not on their page.
    """
    known = credit_of(unit, credit)
    asked = ask_payout(known, at=unit.now) if at_their_word else known
    after, parts = approve_payout(asked)
    amount_minor = sum(each.amount_minor for each in parts)
    order = order_invoiced(unit, known.order)
    said = CreditPaidOut(
        order=order.id,
        registration=order.registration,
        conference=order.conference,
        person=known.person,
        credit=known.id,
        number=after.payout_count,
        amount_minor=amount_minor,
        currency=known.currency,
    )
    unit.save(ORDERS, Change(order, (said,)))
    booked = postings.credit_paid_out(
        about(unit, order), credit=known.id, number=after.payout_count, amount_minor=amount_minor
    )
    book(unit, [booked])
    plan(
        unit,
        [
            plan_refund(
                order,
                id_=f"refund:{known.id}:{after.payout_count}:{each.payment}",
                run="",
                payment=each.payment,
                tender=each.tender,
                amount_minor=each.amount_minor,
                now=unit.now,
            )
            for each in parts
        ],
    )
    if order.is_disputed:
        unit.flush()  # so that the refunds are found
        for each in parts:
            settle_by_disputes(unit, each.payment)
    return unit.save(CREDITS, Change(after))


@job(emits=[CreditsStated])
def state_credits(unit: Unit, *, holder: str, year: int) -> None:
    """Says what a holder has left, once for each association and currency; a year's letter is said once."""
    known = unit.load(HOLDERS, holder)
    if known is None or known.letter_year >= year:
        return
    unit.preload((CREDITS, each) for each in known.credits)
    kept: dict[tuple[str, str], list[Credit]] = {}
    for each in (credit_of(unit, id_) for id_ in known.credits):
        if each.left_minor:
            kept.setdefault((association_of(unit, each.conference), each.currency), []).append(each)
    said = [
        CreditsStated(
            person=holder,
            conference=min(several, key=lambda credit: credit.issued_at).conference,
            year=year,
            left_minor=sum(each.left_minor for each in several),
            currency=currency,
            since=min(each.issued_at for each in several).date(),
        )
        for (_, currency), several in sorted(kept.items())
    ]
    unit.save(HOLDERS, Change(replace(known, letter_year=year), tuple(said)))


def credits_for(unit: Unit, order: Order) -> Sequence[Credit]:
    """The credits of who pays this order that can pay it: of its association and currency, with something left."""
    holder = unit.load(HOLDERS, order.person)
    unit.preload((CREDITS, each) for each in (holder.credits if holder else ()))
    found = [credit_of(unit, each) for each in (holder.credits if holder else ())]
    return [each for each in found if each.balance_minor and is_for(unit, each, order)]


def is_for(unit: Unit, credit: Credit, order: Order) -> bool:
    """Whether a credit is of the order's association and currency."""
    ours, its = association_of(unit, credit.conference), association_of(unit, order.conference)
    return credit.currency == order.currency and ours == its


def association_of(unit: Unit, conference: str) -> str:
    """Whose conference it is."""
    known = unit.load(CONFERENCES, conference)
    return known.association if known else FIRST


def credit_of(unit: Unit, id_: str) -> Credit:
    """The credit under this number; raises `CreditUnknown`."""
    credit = unit.load(CREDITS, id_)
    if credit is None:
        raise CreditUnknown(marked("There is no credit under this number. Nothing was changed."))
    return credit


def _own(unit: Unit, id_: str, person: str) -> Credit:
    credit = credit_of(unit, id_)
    if credit.person != person:
        raise CreditUnknown(marked("There is no credit under this number. Nothing was changed."))
    return credit


def _spend(unit: Unit, credit: Credit, order: Order, *, amount_minor: int, payment: str = "") -> Order:
    if association_of(unit, credit.conference) != association_of(unit, order.conference):
        raise CreditNotTheirs(marked("The credit is with another association than the order. Nothing was changed."))
    _must_be_undisputed(unit, credit)
    after, receipt = spend(credit, order, amount_minor=amount_minor, at=unit.now, payment=payment)
    unit.save(CREDITS, Change(after))
    paid, _ = take_in(unit, order, receipt)
    if paid.owed_minor:
        close_page(unit, paid)  # it asks for more than is owed now
    return paid


def _must_be_undisputed(unit: Unit, credit: Credit) -> None:
    """The bank may give, or has given, the money to the cardholder: then the credit has nothing behind it."""
    origin = unit.load(ORDERS, credit.order)
    if origin is None or not origin.is_disputed:
        return
    for source in credit.sources:
        payment = unit.load(PAYMENTS, source.payment)
        disputes = disputes_of(unit, payment.provider_payment if payment else None)
        if any(each.state is not DisputeState.WON for each in disputes):
            raise CreditDisputed(
                marked("The card payment behind this credit is disputed. Nothing was changed; please write to us.")
            )
