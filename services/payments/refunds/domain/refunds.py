"""Owns a refund's way: planned, sent, settled, or refused and then by cheque; and what each step means for its order.

In doubt, ask first: an answer that was lost means `unknown`, never `failed`. The attempt, and with it the provider's
idempotency key, changes only when it is certain that nothing was paid under the one before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.payments.books.domain import postings
from services.payments.books.domain.ledger import Transaction
from services.payments.books.domain.postings import About
from services.payments.orders.domain.orders import RAILS as RAILS_OF
from services.payments.orders.domain.orders import Order, of_all, of_order
from services.payments.provider.domain.shown import ProviderRefund
from shared.change import Change
from shared.contracts.envelope import Event
from shared.contracts.payments import PayeeNamed, RefundFailed, RefundReversed, RefundSettled
from shared.problem import NotFound, Refusal
from shared.sentences import marked

CARD, CHEQUE, TRANSFER = "card", "cheque", "transfer"
DISPUTE = "dispute"  # the cardholder's bank took the money back and gave it to them: nothing leaves here
RAILS = (CARD, CHEQUE, TRANSFER, DISPUTE)
CHARGE_DISPUTED = "charge_disputed"  # the provider's word for a payment that it refunds no more
DISPUTE_LOST = "dispute_lost"
DISPUTE_REVERSED = "dispute_reversed"  # the bank gave the cardholder the money, and took it from them again
KEY_CHANGE_SECONDS = (
    900  # how long after a stored server error a refund must be absent before it is tried under another key
)


OF_CREDIT = "refund:credit:"  # how ids of refunds begin that pay out a credit
PAYEE_VERSION_MAX = 10  # each is a message to the registrant


class RefundState(StrEnum):
    """Where a refund is."""

    PLANNED = "planned"  # by card, waits for its turn
    SENT = "sent"  # about to leave, or gone and not yet answered
    UNKNOWN = "unknown"  # the answer was lost: the provider is asked before anything is sent again
    PROVIDER_PENDING = "provider_pending"
    DISPUTED = "disputed"  # the cardholder's bank decides; the provider is asked now and then whether it has
    HELD = "held"  # a person decides
    AWAITING_PAYEE = "awaiting_payee"  # the card refused; the payee says where a cheque may go
    AWAITING_RECORD = "awaiting_record"  # finance pays it, and records that
    SETTLED = "settled"


IN_FLIGHT = (RefundState.SENT, RefundState.UNKNOWN)


class RefundUnknown(NotFound):
    """There is no such refund."""


class RefundNotAwaited(Refusal):
    """A refund whose state doesn't allow that."""

    title = marked("Not now")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Who a refund cheque is made out to, and where it goes."""

    name: str
    postal_address: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money going back against one payment. `version` is the database's, to tell whether it changed while we asked."""

    id: str
    order: str
    registration: str
    conference: str
    person: str
    run: str  # empty when money went back outside of a cancellation
    payment: str
    currency: str
    amount_minor: int
    rail: str
    state: RefundState
    planned_at: datetime
    attempt: int = 1
    last_sent_at: datetime | None = None  # on the host's clock
    is_error_stored: bool = False  # the provider answers this attempt's key with the same server error again and again
    is_short: bool = False  # the provider waits for its balance
    provider_refund: str | None = None
    reason: str = ""
    payee: Payee | None = None
    earlier_payees: tuple[Payee, ...] = ()  # what was changed, oldest first
    reference: str = ""
    paid_on: date | None = None
    version: int = 0
    product: str = ""  # the option that it is the price of, if it is one's
    part_of: str = ""  # the refund that this was a part of, before something else paid this part
    tender: str = ""  # that had paid it; empty: planned before this was kept

    @property
    def payee_version(self) -> int:
        """How often it was said to whom and where the cheque goes."""
        return len(self.earlier_payees) + (self.payee is not None)

    @property
    def is_of_credit(self) -> bool:
        """Whether it pays out what a payer had kept as a credit."""
        return self.id.startswith(OF_CREDIT)

    @property
    def key(self) -> str:
        """The provider's idempotency key of this attempt."""
        return f"{self.id}:{self.attempt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step of a refund changes: itself, its order (with what is said), the books, and maybe its run."""

    refund: Refund
    change: Change[Order]
    transactions: tuple[Transaction, ...] = field(default=())
    reopens: str = ""  # why a run that had settled is settling again


def plan_refund(
    order: Order, *, id_: str, run: str, payment: str, tender: str, amount_minor: int, now: datetime, product: str = ""
) -> Refund:
    """Money is owed back against this payment; by card it leaves by itself, else finance pays and records it."""
    rail = RAILS_OF[tender]
    return Refund(
        id=id_,
        **of_order(order),
        run=run,
        payment=payment,
        currency=order.currency,
        amount_minor=amount_minor,
        rail=rail,
        tender=tender,
        state=RefundState.PLANNED if rail == CARD else RefundState.AWAITING_RECORD,
        planned_at=now,
        product=product,
    )


def owe_excess(order: Order, *, payment: str, tender: str, amount_minor: int, now: datetime) -> tuple[Order, Refund]:
    """Money that nobody asked for goes back by itself, on its own rail; in a settlement it is one more refund."""
    refund = plan_refund(
        order,
        id_=f"refund:excess:{payment}",
        run=order.run,
        payment=payment,
        tender=tender,
        amount_minor=amount_minor,
        now=now,
    )
    return order.with_more_back(refund.id, amount_minor=amount_minor), refund


def is_in_doubt(refund: Refund) -> bool:
    """Whether something may have left for the provider under this attempt's key, so that it is asked before we send."""
    return refund.state in IN_FLIGHT


def may_still_arrive(refund: Refund, *, now: datetime, key_change_seconds: float = KEY_CHANGE_SECONDS) -> bool:
    """Whether a request that left may still be carried out though the provider doesn't show it yet."""
    if not is_in_doubt(refund) or refund.last_sent_at is None:
        return False
    return now - refund.last_sent_at < timedelta(seconds=key_change_seconds)


def sending(refund: Refund, *, now: datetime) -> Refund:
    """The refund as it is kept just before the first byte leaves; `now` is the host's."""
    return replace(refund, state=RefundState.SENT, last_sent_at=now)


def absent(refund: Refund, *, now: datetime, key_change_seconds: float = KEY_CHANGE_SECONDS) -> Refund:
    """The provider doesn't have it: the same key again, unless that key is known to answer an error for good."""
    if not refund.is_error_stored or refund.last_sent_at is None:
        return refund
    if now - refund.last_sent_at < timedelta(seconds=key_change_seconds):
        return refund
    return replace(refund, attempt=refund.attempt + 1, is_error_stored=False, state=RefundState.PLANNED)


def lost(refund: Refund, *, is_error_stored: bool | None = None) -> Refund:
    """No answer, or none that says whether the money left."""
    is_stored = refund.is_error_stored if is_error_stored is None else is_error_stored
    return replace(refund, state=RefundState.UNKNOWN, is_error_stored=is_stored)


def put_off(refund: Refund) -> Refund:
    """The provider did not take the request at all (too many at a time): nothing has left."""
    return replace(refund, state=RefundState.PLANNED)


def held(refund: Refund, *, reason: str) -> Refund:
    """Something that no rule decides: the refund waits for a person."""
    return replace(refund, state=RefundState.HELD, reason=reason, is_short=False)


def disputed(refund: Refund) -> Refund:
    """The cardholder has disputed the payment: the provider refunds nothing of it, and nothing has left."""
    return replace(refund, state=RefundState.DISPUTED, reason=CHARGE_DISPUTED, is_short=False)


def waits_for_dispute(refund: Refund) -> bool:
    """Whether nothing but a dispute is in its way."""
    is_held_for_it = refund.state is RefundState.HELD and refund.reason == CHARGE_DISPUTED
    return refund.state is RefundState.DISPUTED or is_held_for_it


def let_go(refund: Refund) -> Refund:
    """A person has looked: the provider is asked again, and what it doesn't have is sent."""
    if refund.state is not RefundState.HELD:
        raise RefundNotAwaited(marked("This refund does not wait for a person's decision. Nothing was changed."))
    return resumed(refund)


def resumed(refund: Refund) -> Refund:
    """Nothing is in the way any more: the provider is asked, and what it doesn't have is sent.

    What was in the way was a definite refusal, which the provider would repeat under the same key for a day.
    """
    return replace(
        refund,
        state=RefundState.UNKNOWN,
        reason="",
        attempt=refund.attempt + 1,
        is_error_stored=False,
        last_sent_at=None,
    )


def agrees(refund: Refund, told: ProviderRefund) -> bool:
    """Whether this can be the refund that we asked for: the label alone makes no two sums equal."""
    return (told.refund, told.amount_minor, told.currency) == (refund.id, refund.amount_minor, refund.currency)


def heard(order: Order, refund: Refund, told: ProviderRefund, *, about: About, paid_by_bank_minor: int = 0) -> Outcome:
    """What the provider says about a card refund. Hearing it twice, or after it went on by cheque, changes nothing, and
    nor does hearing of another sum than ours."""
    is_known = refund.provider_refund == told.id
    is_ours = is_known or (refund.provider_refund is None and agrees(refund, told))
    if refund.rail != CARD or not is_ours:
        return Outcome(refund=refund, change=Change(order))
    refund = replace(refund, provider_refund=told.id)
    match told.status:
        case "succeeded":
            return settled(order, replace(refund, reference=told.id), about=about)
        case "failed" | "canceled":
            reason = told.reason or told.status
            return refused(order, refund, reason=reason, about=about, paid_by_bank_minor=paid_by_bank_minor)
        case _:
            is_moved_back = refund.state is RefundState.SETTLED  # an old answer that overtook a newer one
            state = refund.state if is_moved_back else RefundState.PROVIDER_PENDING
            return Outcome(
                refund=replace(refund, state=state, is_short=told.is_short and not is_moved_back), change=Change(order)
            )


def refused(order: Order, refund: Refund, *, reason: str, about: About, paid_by_bank_minor: int = 0) -> Outcome:
    """The card did not take the money, now or days later: it goes by cheque once the payee has said where to, as far as
    no lost dispute has paid it."""
    was_settled = refund.state is RefundState.SETTLED
    said = (RefundReversed if was_settled else RefundFailed)(
        **of_order(order),
        run=refund.run,
        refund=refund.id,
        rail=refund.rail,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        reason=reason,
        attempt=refund.attempt,
        owed_minor=max(0, refund.amount_minor - paid_by_bank_minor),
        paid_by=refund.tender,
    )
    by_cheque = replace(
        refund,
        rail=CHEQUE,
        state=RefundState.AWAITING_PAYEE,
        attempt=refund.attempt + 1,
        reason=reason,
        reference="",
        is_short=False,
    )
    return Outcome(
        refund=by_cheque,
        change=_noted(order, refund, said, is_settled=False),
        transactions=(_reversed(refund, about=about),) if was_settled else (),
        reopens="a refund came back" if was_settled else "",
    )


def differences(told: Iterable[ProviderRefund], known: Mapping[str, str | None]) -> dict[str, str]:
    """Where the provider's refunds and ours differ, by the provider's number: one that is none of ours, two for one.

    `known` is the provider's number of each refund of ours, None while it has none.
    """
    sentences, standing, paired = {}, set(), set(known.values())
    for each in told:
        if not each.stands or each.id in paired:
            continue
        if each.refund not in known:
            sentences[each.id] = f"The provider's refund {each.id} belongs to no refund of ours."
        elif known[each.refund] is not None or each.refund in standing:
            sentences[each.id] = f"The provider's refund {each.id} is a second one for {each.refund}."
        standing.add(each.refund)
    return sentences


def name_payee(order: Order, refund: Refund, payee: Payee) -> tuple[Refund, Change[Order]]:
    """The payee has said where the cheque goes; until it is paid that may still be corrected, and each time is told to
    the registrant, who may not be who has changed it."""
    is_correction = refund.state is RefundState.AWAITING_RECORD and refund.payee is not None
    if refund.state is not RefundState.AWAITING_PAYEE and not is_correction:
        raise RefundNotAwaited(marked("No address is needed for this refund (any more). Nothing was changed."))
    if refund.payee == payee and is_correction:
        return refund, Change(order)
    if refund.payee_version >= PAYEE_VERSION_MAX:
        raise RefundNotAwaited(
            f"The address was given {PAYEE_VERSION_MAX} times already. Nothing was changed; please call or write to us."
        )
    earlier = (*refund.earlier_payees, refund.payee) if refund.payee else refund.earlier_payees
    named = replace(refund, payee=payee, earlier_payees=earlier, state=RefundState.AWAITING_RECORD)
    said = PayeeNamed(
        **of_order(order),
        run=refund.run,
        refund=refund.id,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        payee_version=named.payee_version,
    )
    return named, Change(order, (said,))


def settled(order: Order, refund: Refund, *, about: About) -> Outcome:
    """The refund has left on its rail; hearing it twice changes nothing."""
    if refund.state is RefundState.SETTLED:
        return Outcome(refund=refund, change=Change(order))
    booked = postings.refund_settled(
        about, refund=refund.id, attempt=refund.attempt, rail=refund.rail, amount_minor=refund.amount_minor
    )
    return settled_with(order, refund, booked=booked)


def settled_with(order: Order, refund: Refund, *, booked: Transaction) -> Outcome:
    """The refund is paid as this posting says."""
    said = RefundSettled(
        **of_all(order),
        run=refund.run,
        refund=refund.id,
        rail=refund.rail,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        reference=refund.reference,
        attempt=refund.attempt,
        paid_by=refund.tender,
    )
    settled = replace(refund, state=RefundState.SETTLED, is_short=False, reason="")
    return Outcome(refund=settled, change=_noted(order, refund, said, is_settled=True), transactions=(booked,))


def _noted(order: Order, refund: Refund, said: Event, *, is_settled: bool) -> Change[Order]:
    return Change(order.with_refund_noted(refund.id, is_settled=is_settled), (said,))


def _reversed(refund: Refund, *, about: About) -> Transaction:
    return postings.refund_reversed(about, refund=refund.id, attempt=refund.attempt, amount_minor=refund.amount_minor)
