"""Owns what it means for an order that one of its options moves or ends while its registration goes on.

An option that ends is owed no more: what was not paid yet is written off first, and what was paid goes back, each part
of it the way it came. The registrant's own money goes back before a grant's, the newest payment first: the option is
what was paid for last. Leaves to `refunds` how money travels.
"""

from collections.abc import Iterator
from dataclasses import replace

from services.payments.books.domain import postings
from services.payments.books.domain.postings import About
from services.payments.endings.domain.settlement import Decision, Taking
from services.payments.orders.domain.orders import GRANT, OptionLine, Order, RefundShare, Share, of_order
from services.payments.refunds.domain.refunds import Refund, plan_refund
from shared.change import Change
from shared.contracts.payments import InvoiceReduced
from shared.contracts.registration import OptionCancelled, OptionMoved


class OptionUnknown(LookupError):
    """An option that the order never had; this can't be handled."""


class OptionPriceDiffers(ValueError):
    """An option at another price than the invoice has it; this can't be handled."""


def move_option(order: Order, moved: OptionMoved) -> Change[Order] | None:
    """The line pays for another seat at the same price, and no money moves; None when that is known."""
    line = order.standing_option(moved.option)
    if line is None:
        _must_know(order, moved.to_option, moved.option)
        return None
    _must_cost(line, moved.amount_minor)
    renamed = replace(line, product=moved.to_option, session=moved.to_session)
    return Change(_with(order, line, renamed))


def cancel_option(order: Order, cancelled: OptionCancelled, *, about: About) -> Decision:
    """The option is owed no more: written off as far as it was not paid, the rest owed back or back in its fund.

    It ends once: hearing it again changes nothing. An order that has ended was settled as a whole, with this option.
    """
    line = order.standing_option(cancelled.product)
    if line is None:
        _must_know(order, cancelled.product)
        return Decision(change=Change(order))
    if order.settlement is not None:
        return Decision(change=Change(order))
    _must_cost(line, cancelled.amount_minor)
    written_off_minor = min(line.amount_minor, order.owed_minor)
    taken = tuple(_taken(order, line.amount_minor - written_off_minor))
    released_minor = sum(share.paid_minor for share in taken if share.tender == GRANT)
    refunds = tuple(
        _refund(order, share, product=line.product, about=about) for share in taken if share.tender != GRANT
    )
    ended = replace(
        line,
        ended_by=cancelled.by,
        written_off_minor=written_off_minor,
        released_minor=released_minor,
        refunds=tuple(RefundShare(refund=each.id, amount_minor=each.amount_minor) for each in refunds),
    )
    after = replace(_with(order, line, ended), shares=_without(order.shares, taken), giving_up="")
    booked = postings.option_cancelled(
        about,
        cancelled_minor=line.amount_minor,
        written_off_minor=written_off_minor,
        released_minor=released_minor,
    )
    return Decision(
        change=Change(after, (_reduced(after, ended),)),
        transactions=(booked,) if booked.lines else (),
        takings=tuple(Taking(payment=share.payment, amount_minor=share.paid_minor) for share in taken),
        refunds=refunds,
    )


def _taken(order: Order, amount_minor: int) -> Iterator[Share]:
    """What is taken from each payment, the newest of the registrant's own first, and grants last."""
    newest_first = tuple(reversed(order.paid_shares))
    own = (share for share in newest_first if share.tender != GRANT)
    grants = (share for share in newest_first if share.tender == GRANT)
    for share in (*own, *grants):
        part_minor = min(share.paid_minor, amount_minor)
        amount_minor -= part_minor
        if part_minor:
            yield replace(share, paid_minor=part_minor)


def _without(shares: tuple[Share, ...], taken: tuple[Share, ...]) -> tuple[Share, ...]:
    """The shares less what was taken; one of which nothing is left stays, so that its payment is known again."""
    less = {share.payment: share.paid_minor for share in taken}
    return tuple(replace(share, paid_minor=share.paid_minor - less.get(share.payment, 0)) for share in shares)


def _refund(order: Order, share: Share, *, product: str, about: About) -> Refund:
    return plan_refund(
        order,
        id_=f"refund:{about.cause}:{share.payment}",
        run=order.run,
        payment=share.payment,
        tender=share.tender,
        amount_minor=share.paid_minor,
        now=about.at,
        product=product,
    )


def _reduced(order: Order, line: OptionLine) -> InvoiceReduced:
    return InvoiceReduced(
        **of_order(order),
        number=order.number,
        product=line.product,
        session=line.session,
        reduced_minor=line.amount_minor,
        written_off_minor=line.written_off_minor,
        owed_back_minor=sum(each.amount_minor for each in line.refunds),
        released_minor=line.released_minor,
        total_minor=order.total_minor,
        balance_minor=order.owed_minor,
        currency=order.currency,
    )


def _with(order: Order, line: OptionLine, changed: OptionLine) -> Order:
    return replace(order, options=tuple(changed if each is line else each for each in order.options))


def _must_know(order: Order, *products: str) -> None:
    if not any(each.product in products for each in order.options):
        raise OptionUnknown(f"{order.id} has no option {products[-1]}")


def _must_cost(line: OptionLine, amount_minor: int) -> None:
    if line.amount_minor != amount_minor:
        raise OptionPriceDiffers(f"{line.product} was invoiced at {line.amount_minor}, not {amount_minor}")
