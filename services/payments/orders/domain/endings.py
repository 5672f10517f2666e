"""Owns what an ending has made of the lines that it took off an order, until every cent of them has its end.

Always true: the price of its lines = kept + written off + released + refunds of them + credited + donated + what the
payer has not chosen about yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

OPTION_ENDED, CONFERENCE_CANCELLED = "option_ended", "conference_cancelled"
REGISTRATION_LEFT = "registration_left"  # one registration, by the committee's hand
MOVED = "moved"  # one registration, whose payer chose so when its conference was moved
GRANT = "grant"
CREDIT = "credit"  # a payer's own money too: what it had paid becomes credit again, or is donated or kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What an ending has taken from one payment of the order."""

    payment: str
    tender: str
    amount_minor: int
    returned_minor: int = 0  # of it, what went back outside of Reconvene before the payer had chosen

    @property
    def left_minor(self) -> int:
        """What may still be kept, go back, be carried as credit or donated."""
        return self.amount_minor - self.returned_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundShare:
    """One refund, or what of it belongs here, and whether its money has arrived."""

    refund: str
    amount_minor: int
    is_settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What one cause has ended on an order: every cent of it, and what is not done yet. Sums in minor units."""

    id: str  # the cause's
    cause: str
    registrations: tuple[str, ...]
    amount_minor: int  # the price of the lines that it took off
    written_off_minor: int = 0  # was still owed, and is owed no more
    released_minor: int = 0  # a grant had paid it, and has it back
    fee_minor: int = 0  # kept under the terms, whatever is chosen; never more than was the payer's own
    free_minor: int = 0  # what the payer may choose about, or could
    by: str = ""  # of an option: registrant | deadline | unpaid
    run: str = ""
    taken: tuple[Portion, ...] = ()  # in the order in which it goes back: the payer's newest first, then grants
    choice: str | None = None  # final, set once
    kept_minor: int = 0
    credited_minor: int = 0
    donated_minor: int = 0
    refunds: tuple[RefundShare, ...] = ()  # of what was paid for its lines
    more: tuple[RefundShare, ...] = ()  # money beyond the lines that its run has to mind: late, or refunded outside
    refunded_minor: int = 0
    payable_minor: int = 0
    refund_open_count: int = 0
    refund_settled_count: int = 0
    is_ended: bool = False
    awaited_minor: int = 0  # a payment that was under way when the order ended: its bank has not said yet

    @property
    def is_fixed(self) -> bool:
        """Whether it is final what happens with the money that was paid."""
        return self.choice is not None or self.free_minor == 0

    @property
    def own(self) -> tuple[Portion, ...]:
        """What it took of the payer's own money, the newest payment first."""
        return tuple(portion for portion in self.taken if portion.tender != GRANT)

    @property
    def held_minor(self) -> int:
        """What was paid for its lines and is nobody's yet: the payer has not chosen."""
        return 0 if self.is_fixed else sum(portion.left_minor for portion in self.own)

    @property
    def accounted_minor(self) -> int:
        """All that has become of the price of its lines; equal to `amount_minor` at any instant."""
        known = self.kept_minor + self.written_off_minor + self.released_minor + self.credited_minor
        return known + self.donated_minor + self.held_minor + sum(each.amount_minor for each in self.refunds)

    def counted(self) -> "Ending":
        """The ending with its refunds as they are now, counted; each once, though only a part of it be its lines'."""
        shares = (*self.refunds, *self.more)
        open_ = {each.refund for each in shares if not each.is_settled}
        settled = {each.refund for each in shares if each.is_settled}
        payable_minor = sum(each.amount_minor for each in shares if not each.is_settled)
        return replace(
            self,
            refunded_minor=sum(each.amount_minor for each in shares) - payable_minor,
            payable_minor=payable_minor,
            refund_open_count=len(open_),
            refund_settled_count=len(settled),
            is_ended=self.is_fixed and not open_ and not self.awaited_minor,
        )

    def with_refund_noted(self, refund: str, *, is_settled: bool) -> "Ending":
        """The ending after this refund has arrived or come back; itself, if the refund is none of its own."""
        if not any(each.refund == refund for each in (*self.refunds, *self.more)):
            return self
        noted = replace(
            self,
            refunds=tuple(_noted(self.refunds, refund, is_settled=is_settled)),
            more=tuple(_noted(self.more, refund, is_settled=is_settled)),
        )
        return noted.counted()

    def with_refund_split(self, refund: str, *, part: str, amount_minor: int) -> "Ending":
        """The ending after so much of this refund has become one of its own; no cent appears or vanishes."""
        refunds, left_minor = _split(self.refunds, refund, part, amount_minor)
        more, _ = _split(self.more, refund, part, left_minor)
        if (refunds, more) == (self.refunds, self.more):
            return self
        return replace(self, refunds=refunds, more=more).counted()


def _noted(shares: Iterable[RefundShare], refund: str, *, is_settled: bool) -> Iterable[RefundShare]:
    return (replace(share, is_settled=is_settled) if share.refund == refund else share for share in shares)


def _split(
    shares: tuple[RefundShare, ...], refund: str, part: str, amount_minor: int
) -> tuple[tuple[RefundShare, ...], int]:
    """The shares after that, and how much of the part was not found among them."""
    split: list[RefundShare] = []
    for share in shares:
        taken_minor = min(share.amount_minor, amount_minor) if share.refund == refund else 0
        amount_minor -= taken_minor
        if share.amount_minor > taken_minor:
            split.append(replace(share, amount_minor=share.amount_minor - taken_minor))
        if taken_minor:
            split.append(replace(share, refund=part, amount_minor=taken_minor))
    return tuple(split), amount_minor
