"""Owns which accounts a fact moves: every posting of this service, one function each, debit before credit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.payments.books.domain.ledger import Account, Deferred, Line, Transaction, check_balanced

RECEIPTS: Mapping[str, Account] = {  # where money of each tender arrives
    "card": Account.CARD_BALANCE,
    "debit": Account.CARD_BALANCE,
    "cheque": Account.CHEQUES,
    "transfer": Account.BANK,
    "grant": Account.GRANT_FUNDS,
    "credit": Account.CREDITS,
}
PAYING: Mapping[str, Account] = {  # what a refund on each rail is paid from
    "card": Account.CARD_BALANCE,
    "cheque": Account.BANK,
    "transfer": Account.BANK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What all postings of one decision have in common."""

    conference: str
    order: str | None
    payer: str | None
    currency: str
    at: datetime
    cause: str | None = None


def invoice_issued(about: About, *, order: str, owed: Deferred) -> Transaction:
    """The registrant owes; the association owes a conference."""
    return _transaction(f"invoice:{order}", about, {Account.RECEIVABLES: owed.total_minor}, _deferred(owed))


def line_added(about: About, *, line: str, owed: Deferred) -> Transaction:
    """The payer owes for something that was added to their order later."""
    return _transaction(f"added:{line}", about, {Account.RECEIVABLES: owed.total_minor}, _deferred(owed))


def captured(about: About, *, payment: str, tender: str, amount_minor: int) -> Transaction:
    """Money for an invoice has arrived."""
    debit, credit = {RECEIPTS[tender]: amount_minor}, {Account.RECEIVABLES: amount_minor}
    return _transaction(f"captured:{payment}", about, debit, credit)


def grant_received(about: About, *, payment: str, amount_minor: int) -> Transaction:
    """A donor's money has come into the grant fund, from which it then pays."""
    debit, credit = {Account.BANK: amount_minor}, {Account.GRANT_FUNDS: amount_minor}
    return _transaction(f"granted:{payment}", about, debit, credit)


def processing_fee(about: About, *, payment: str, fee_minor: int) -> Transaction:
    """The card provider's fee, as the provider reported it."""
    debit, credit = {Account.PROCESSING_FEES: fee_minor}, {Account.CARD_BALANCE: fee_minor}
    return _transaction(f"fee:{payment}", about, debit, credit)


def deposited(about: About, *, payment: str, amount_minor: int) -> Transaction:
    """A cheque was taken to the bank."""
    debit, credit = {Account.BANK: amount_minor}, {Account.CHEQUES: amount_minor}
    return _transaction(f"deposited:{payment}", about, debit, credit)


def excess_owed(about: About, *, payment: str, amount_minor: int) -> Transaction:
    """Money that no invoice asks for (any more) is owed back."""
    debit, credit = {Account.RECEIVABLES: amount_minor}, {Account.REFUNDS_PAYABLE: amount_minor}
    return _transaction(f"excess:{payment}", about, debit, credit)


def returned(about: About, *, provider_refund: str, deferred: Deferred, amount_minor: int) -> Transaction:
    """Somebody refunded money outside of Reconvene: it is owed back as far as it was paid for something that has ended;
    for the rest the payer owes again, because an invoice asks for it, or because they got more than was owed."""
    debit = {**_deferred(deferred), Account.RECEIVABLES: amount_minor - deferred.total_minor}
    return _transaction(f"returned:{provider_refund}", about, debit, {Account.REFUNDS_PAYABLE: amount_minor})


def option_cancelled(
    about: About, *, cancelled_minor: int, written_off_minor: int, released_minor: int, credited_minor: int
) -> Transaction:
    """An option is delivered no more: a credit note for what was still owed, and what was paid is owed back, or credit
    again."""
    credit = {
        Account.RECEIVABLES: written_off_minor,
        Account.GRANT_FUNDS: released_minor,
        Account.CREDITS: credited_minor,
        Account.REFUNDS_PAYABLE: cancelled_minor - written_off_minor - released_minor - credited_minor,
    }
    return _transaction(f"option:{about.cause}", about, {Account.DEFERRED_OPTIONS: cancelled_minor}, credit)


def left(
    about: About,
    *,
    registration: str,
    deferred: Deferred,
    written_off_minor: int,
    released_minor: int,
    kept_minor: int,
    credited_minor: int,
) -> Transaction:
    """One registration is served no more: what was owed for it is not, its grant is back, a fee is kept, what a credit
    had paid is credit again, and the rest of what was paid is owed back."""
    elsewhere_minor = written_off_minor + released_minor + kept_minor + credited_minor
    credit = {
        Account.RECEIVABLES: written_off_minor,
        Account.GRANT_FUNDS: released_minor,
        Account.FEES_KEPT: kept_minor,
        Account.CREDITS: credited_minor,
        Account.REFUNDS_PAYABLE: deferred.total_minor - elsewhere_minor,
    }
    return _transaction(f"left:{registration}", about, _deferred(deferred), credit)


def ended(about: About, *, registration: str, voided: Deferred, released: Deferred) -> Transaction:
    """What was still owed is owed no more, and a grant is back in its fund."""
    credit = {Account.RECEIVABLES: voided.total_minor, Account.GRANT_FUNDS: released.total_minor}
    return _transaction(f"ended:{registration}", about, _deferred(voided, released), credit)


def settled(
    about: About, *, registration: str, deferred: Deferred, kept_minor: int, credited_minor: int, donated_minor: int
) -> Transaction:
    """What was paid is kept under the terms, carried as credit, donated, or (all the rest) owed back."""
    owed_back_minor = deferred.total_minor - kept_minor - credited_minor - donated_minor
    credit = {
        Account.FEES_KEPT: kept_minor,
        Account.CREDITS: credited_minor,
        Account.DONATIONS: donated_minor,
        Account.REFUNDS_PAYABLE: owed_back_minor,
    }
    return _transaction(f"settlement:{registration}", about, _deferred(deferred), credit)


def credit_paid_out(about: About, *, credit: str, number: int, amount_minor: int) -> Transaction:
    """The holder of a credit wants the money: it is owed back."""
    debit, credited = {Account.CREDITS: amount_minor}, {Account.REFUNDS_PAYABLE: amount_minor}
    return _transaction(f"paid_out:{credit}:{number}", about, debit, credited)


def refund_settled(about: About, *, refund: str, attempt: int, rail: str, amount_minor: int) -> Transaction:
    """A refund has left on its rail."""
    debit, credit = {Account.REFUNDS_PAYABLE: amount_minor}, {PAYING[rail]: amount_minor}
    return _transaction(f"refund_settled:{refund}:{attempt}", about, debit, credit)


def refund_reversed(about: About, *, refund: str, attempt: int, amount_minor: int) -> Transaction:
    """A card refund came back; it is owed again."""
    debit, credit = {Account.CARD_BALANCE: amount_minor}, {Account.REFUNDS_PAYABLE: amount_minor}
    return _transaction(f"refund_reversed:{refund}:{attempt}", about, debit, credit)


def refund_covered(about: About, *, refund: str, attempt: int, disputed_minor: int, loss_minor: int) -> Transaction:
    """A lost dispute has paid a refund: from what it took, and from what had been given up as lost of it."""
    credit = {Account.DISPUTED: disputed_minor, Account.LOST_DISPUTES: loss_minor}
    debit = {Account.REFUNDS_PAYABLE: disputed_minor + loss_minor}
    return _transaction(f"refund_settled:{refund}:{attempt}", about, debit, credit)


def refund_uncovered(about: About, *, refund: str, attempt: int, against: Account, amount_minor: int) -> Transaction:
    """A lost dispute has not paid a refund after all: a cheque had, or the bank took its decision back."""
    credit = {Account.REFUNDS_PAYABLE: amount_minor}
    return _transaction(f"refund_uncovered:{refund}:{attempt}", about, {against: amount_minor}, credit)


def dispute_loss_undone(about: About, *, dispute: str, amount_minor: int) -> Transaction:
    """What a lost dispute took has come back, because the bank has decided again."""
    debit, credit = {Account.DISPUTED: amount_minor}, {Account.LOST_DISPUTES: amount_minor}
    return _transaction(f"dispute_undone:{dispute}", about, debit, credit)


def dispute_lost(about: About, *, dispute: str, amount_minor: int) -> Transaction:
    """A lost dispute took more than was owed back: that money is gone."""
    debit, credit = {Account.LOST_DISPUTES: amount_minor}, {Account.DISPUTED: amount_minor}
    return _transaction(f"dispute_lost:{dispute}", about, debit, credit)


def provider_moved(
    about: About, *, balance_transaction: str, against: Account, amount_minor: int, fee_minor: int
) -> Transaction:
    """The provider's balance moved for a reason that is no payment and no refund: a top-up, a payout, a dispute."""
    lines = {Account.CARD_BALANCE: amount_minor - fee_minor, Account.PROCESSING_FEES: fee_minor}
    if against in lines:
        lines[against] -= amount_minor
    else:
        lines[against] = -amount_minor
    return _transaction(f"bt:{balance_transaction}", about, lines, {})


def fee_moved(about: About, *, move: str, fee_minor: int) -> Transaction:
    """The provider's fee for something that is booked by its own word, like a refund."""
    return _transaction(f"bt:{move}", about, {Account.PROCESSING_FEES: fee_minor}, {Account.CARD_BALANCE: fee_minor})


def taken_back(transaction: Transaction) -> Transaction:
    """The opposite of a booking that turned out to belong elsewhere."""
    lines = tuple(replace(line, amount_minor=-line.amount_minor) for line in transaction.lines)
    return replace(transaction, id=f"{transaction.id}:taken_back", lines=lines)


def payout_arrived(about: About, *, payout: str, amount_minor: int) -> Transaction:
    """The bank has a payout, as the provider says; a bank's own statement is not read here."""
    return _transaction(f"payout:{payout}", about, {Account.BANK: amount_minor}, {Account.PAYOUTS: amount_minor})


def payout_returned(about: About, *, payout: str, amount_minor: int) -> Transaction:
    """The bank has sent a payout back that it had."""
    debit, credit = {Account.PAYOUTS: amount_minor}, {Account.BANK: amount_minor}
    return _transaction(f"payout_returned:{payout}", about, debit, credit)


def _deferred(*parts: Deferred) -> dict[Account, int]:
    return {
        Account.DEFERRED_FEES: sum(part.fee_minor for part in parts),
        Account.DEFERRED_OPTIONS: sum(part.optional_minor for part in parts),
    }


def _transaction(source: str, about: About, debit: Mapping[Account, int], credit: Mapping[Account, int]) -> Transaction:
    amounts = [*debit.items(), *((account, -amount_minor) for account, amount_minor in credit.items())]
    lines = tuple(
        Line(account=account, amount_minor=amount, payer=about.payer if account is Account.RECEIVABLES else None)
        for account, amount in amounts
        if amount
    )
    return check_balanced(
        Transaction(
            id=source,
            conference=about.conference,
            order=about.order,
            currency=about.currency,
            booked_at=about.at,
            cause=about.cause,
            lines=lines,
        )
    )
