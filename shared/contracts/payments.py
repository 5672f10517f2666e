"""What payments tells the others: what is owed, what came in, and where every cent went."""

from datetime import date, datetime

from shared.contracts.consequences import Anomaly, Consequence, Drift, Example
from shared.contracts.envelope import Event, event


@event(key="order")
class InvoiceIssued(Event):
    """An order is owed: the invoice has a number and a total."""

    order: str
    registration: str
    conference: str
    person: str
    number: str
    total_minor: int
    currency: str
    tender: str
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one


@event(key="order")
class InvoiceExtended(Event):
    """Something was added to an order after its invoice was issued: it is owed on that order."""

    order: str
    registration: str  # whose line it is
    conference: str
    person: str  # who pays
    number: str
    tender: str  # with which the order was placed
    line: str
    product: str
    session: str
    label: str  # what the fee table calls it
    added_minor: int
    total_minor: int  # of the order from now on
    balance_minor: int  # still owed, with this
    currency: str
    attendee: str = ""  # the person whose line it is
    addition: int = 0  # which of the additions to this registration it is, as `OptionAdded` has it
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one


@event(key="order")
class InvoiceReduced(Event):
    """An option was taken off an order: its price is owed no more, or goes back to whoever paid it."""

    order: str
    registration: str
    conference: str
    person: str
    number: str
    product: str
    session: str
    reduced_minor: int  # the option's price: the sum of the next three
    written_off_minor: int  # was still owed, and is owed no more
    owed_back_minor: int  # was paid, and goes back the way it came
    released_minor: int  # a grant had paid it, and has it back
    total_minor: int  # of the order from now on
    balance_minor: int  # still owed
    currency: str
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one
    credited_minor: int = 0  # a credit had paid it, and is credit again: part of the sum too


@event(key="order")
class LeavingWorkedOut(Event):
    """What it means for an order that one registration has left it: what is kept, goes back, and is owed no more."""

    order: str
    registration: str  # that has left
    conference: str
    person: str  # who pays
    number: str
    tender: str  # that its money goes back by; the one it was ordered with where none does
    price_minor: int  # of all that has ended: the sum of the next four
    kept_minor: int  # under the terms
    owed_back_minor: int  # was paid, and goes back the way it came
    written_off_minor: int  # was still owed, and is owed no more
    released_minor: int  # a grant had paid it, and has it back
    total_minor: int  # of the order from now on, with what is kept
    balance_minor: int  # still owed
    currency: str
    awaited_minor: int = 0  # a payment that is under way; what of it is not owed any more goes back by itself
    is_over: bool = False  # nobody is left on the order
    attendee: str = ""  # the person who has left it
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one
    credited_minor: int = 0  # a credit had paid it, and is credit again: part of the sum too


@event(key="order")
class MoveWorkedOut(Event):
    """What it would mean for an order if its payer left a conference that is moved: all of it comes back, no fee."""

    order: str
    registration: str  # the first of them
    conference: str
    person: str  # who pays
    run: str
    number: str
    tender: str  # that its money would go back by; the one it was ordered with where none does
    back_minor: int  # was paid, and would go back the way it came
    credited_minor: int  # a credit had paid it, and would be credit again
    written_off_minor: int  # is still owed, and would be owed no more
    released_minor: int  # a grant had paid it, and would have it back
    currency: str
    choose_until: datetime
    default_choice: str
    awaited_minor: int = 0  # a payment that is under way
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one


@event(key="order")
class OrderGivenUp(Event):
    """Nothing was paid in time, and no page is open any more on which it could be: unpaid places may go to others."""

    order: str
    registration: str
    conference: str
    person: str
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one


@event(key="order")
class PurchaseOrderAccepted(Event):
    """A town's purchase order covers this order; its delegates are confirmed before the money comes."""

    order: str
    registration: str
    conference: str
    person: str
    number: str
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one


@event(key="order")
class PaymentCaptured(Event):
    """Money for this order has arrived."""

    order: str
    registration: str
    conference: str
    person: str
    payment: str
    tender: str
    amount_minor: int
    balance_minor: int  # still owed after this payment
    currency: str
    is_late: bool = False  # it came after the order had ended, and goes back by itself
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one
    credit: str = ""  # of which it was taken, where it is no money that came


@event(key="order")
class PaymentFailed(Event):
    """An attempt to collect the order's money did not succeed; nothing was charged."""

    order: str
    registration: str
    conference: str
    person: str
    payment: str
    reason: str
    is_delayed: bool = False  # the payer had agreed days before, and does not know; the rest is said only then
    amount_minor: int = 0
    balance_minor: int = 0  # still owed
    currency: str = ""
    is_ended: bool = False  # the order had ended meanwhile, so that nothing is owed
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one


@event(key="order")
class PaymentUnderway(Event):
    """The payer has agreed to a payment whose bank answers days later; until then it is neither paid nor failed."""

    order: str
    registration: str
    conference: str
    person: str
    payment: str
    amount_minor: int
    currency: str


@event(key="order")
class SettlementOffered(Event):
    """What a cancellation means for a registration that was paid: the sums, the choices and the deadline."""

    order: str
    registration: str
    conference: str
    person: str
    run: str
    tender: str
    currency: str
    paid_minor: int
    fee_minor: int  # kept under the terms, whatever is chosen
    refundable_minor: int  # paid less the fee and less any grant
    voided_minor: int  # was still owed and not paid; nothing is owed any more
    released_minor: int  # a grant's part, back in its fund
    choices: tuple[str, ...]
    default_choice: str
    choose_until: datetime
    awaited_minor: int = 0  # a payment that is under way; should it arrive, it goes back by itself
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one
    credit_minor: int = 0  # of `refundable_minor`: a credit had paid it, and is credit again unless it is donated


@event(key="order")
class InvoiceVoided(Event):
    """A registration that was not paid yet has ended: its invoice is void and nothing is owed."""

    order: str
    registration: str
    conference: str
    person: str
    run: str
    number: str
    voided_minor: int
    currency: str
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one


@event(key="order")
class PaymentAwaited(Event):
    """A registration has ended while its payment was under way: nothing more is owed.

    Should the payment arrive, it goes back by itself.
    """

    order: str
    registration: str
    conference: str
    person: str
    run: str
    number: str
    awaited_minor: int
    currency: str
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one


@event(key="order")
class GrantReleased(Event):
    """A registration that a grant had paid has ended: the award is back in its fund."""

    order: str
    registration: str
    conference: str
    person: str
    run: str
    released_minor: int
    voided_minor: int
    currency: str
    awaited_minor: int = 0  # a payment that is under way; should it arrive, it goes back by itself
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one


@event(key="order")
class RefundSettled(Event):
    """A refund has reached its rail's confirmation; a card refund may still be reversed days later.

    On the rail `dispute` nothing was sent: the cardholder's bank had taken the money back and paid it out itself.
    """

    order: str
    registration: str
    conference: str
    person: str
    run: str
    refund: str
    rail: str  # card | cheque | transfer | dispute
    amount_minor: int
    currency: str
    reference: str  # the provider's refund or dispute id, or the cheque's or transfer's number
    attempt: int
    paid_by: str = ""  # the tender; `debit` is a bank account, whose refund goes by the rail `card` too
    registrations: tuple[str, ...] = ()  # of an order of several; empty: the one


@event(key="order")
class RefundFailed(Event):
    """A refund was refused for good on its rail and waits for the payee's address to go by cheque."""

    order: str
    registration: str
    conference: str
    person: str
    run: str
    refund: str
    rail: str
    amount_minor: int
    currency: str
    reason: str
    attempt: int
    owed_minor: int | None = None  # of it goes by cheque; the rest a lost dispute has paid. None: all of it
    paid_by: str = ""  # the tender; `debit` is a bank account, whose refund goes by the rail `card` too


@event(key="order")
class RefundReversed(Event):
    """A refund that had settled came back days later; it waits for the payee's address to go by cheque."""

    order: str
    registration: str
    conference: str
    person: str
    run: str
    refund: str
    rail: str
    amount_minor: int
    currency: str
    reason: str
    attempt: int
    owed_minor: int | None = None  # of it goes by cheque; the rest a lost dispute has paid. None: all of it
    paid_by: str = ""  # the tender; `debit` is a bank account, whose refund goes by the rail `card` too


@event(key="order")
class PayeeNamed(Event):
    """Somebody with the payee's link has said, or changed, to whom and where a refund cheque goes."""

    order: str
    registration: str
    conference: str
    person: str
    run: str
    refund: str
    amount_minor: int
    currency: str
    payee_version: int  # 1 the first time; who and where it is stays in payments


@event(key="order")
class CreditIssued(Event):
    """The registrant keeps the money as a credit for a later conference."""

    order: str
    registration: str
    conference: str
    person: str
    run: str
    credit: str
    amount_minor: int
    currency: str


@event(key="order")
class CreditPaidOut(Event):
    """The holder of a credit wants the money, and finance has approved it: it goes back the way it had come."""

    order: str  # that the credit is left of
    registration: str
    conference: str
    person: str  # whose credit it is
    credit: str
    number: int  # 1 the first time
    amount_minor: int
    currency: str


@event(key="person")
class CreditOffered(Event):
    """Somebody who has a credit owes for an order of the same association and currency: they may pay with it."""

    person: str
    order: str
    registration: str
    conference: str
    available_minor: int  # of all their credits that can pay it
    total_minor: int  # of the order
    currency: str


@event(key="person")
class CreditsStated(Event):
    """What a holder has left of their credits with one association, in one currency; said once a year, on 1 March."""

    person: str
    conference: str  # that the oldest of them is left of
    year: int
    left_minor: int
    currency: str
    since: date


@event(key="order", why_unheard="The registrant chose it and was told so with the choice; it is said for the record.")
class DonationRecorded(Event):
    """The registrant gave the money to the association's scholarship fund."""

    order: str
    registration: str
    conference: str
    person: str
    run: str
    donation: str
    amount_minor: int
    currency: str


@event(key="run", only_newest_counts=True)
class RefundRunAdvanced(Event):
    """How far the money of one cancelled conference has come; at most one a second."""

    run: str
    conference: str
    worked_out_count: int  # registrations whose settlement, voiding or release is known
    ended_count: int  # of those, the ones with nothing left to do
    refund_open_count: int
    refund_settled_count: int
    refunds_payable_minor: int
    currency: str
    balance_short_minor: int = 0  # the card provider's balance is short by this much; top up or wait
    choice_open_minor: int = 0  # was paid, and its payers have not said yet what happens with it


@event(key="run")
class RefundRunCompleted(Event):
    """Every cent of one cancelled conference is settled, for exactly these registrations."""

    run: str
    conference: str
    revision: int  # one more each time late money or a reversal had reopened the run
    count: int
    digest: str  # of the sorted registration ids, to be compared with RegistrationRunClosed
    currency: str
    refunded_minor: int
    credited_minor: int
    donated_minor: int
    kept_minor: int
    voided_minor: int
    released_minor: int


@event(key="run")
class RefundRunReopened(Event):
    """A run that had settled is settling again, because a refund came back or money came late."""

    run: str
    conference: str
    revision: int
    reason: str


@event(key="erasure")
class ErasureAnswered(Event):
    """Which money of somebody who is to be erased is open: owed, on its way back, to choose about, kept for later."""

    erasure: str
    open_orders: tuple[str, ...]  # their numbers as on the invoice, at most 20; none: nothing is in the way
    open_credits: tuple[str, ...] = ()  # the ids of those that are not used up, at most 20


@event(key="preview")
class MoneyPreviewed(Event):
    """What a decision would do with the money of a conference: what leaves, what stays; nothing has moved."""

    preview: str
    conference: str
    decision: str
    revision: int
    count: int  # registrations that it concerns, as they are known here
    population: str  # the digest of their ids: services that know of the same ones say the same
    currency: str
    lines: tuple[Consequence, ...]
    anomalies: tuple[Anomaly, ...]
    digest: str  # over whom and what it concerns, the terms and the texts: this is what somebody approves
    drift: Drift = Drift()
    examples: tuple[Example, ...] = ()  # what three orders would be told
