"""What a decision about a conference would touch, counted while registrations come and are paid."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.contracts.registration import RegistrationConfirmed, RegistrationLeft

TENDERS = ("card", "cheque", "transfer", "grant", "purchase_order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The confirmed registrations of one tender, in counts and sums."""

    registration_count: int = 0
    guest_count: int = 0
    paid_minor: int = 0
    open_minor: int = 0  # confirmed on a purchase order, not paid yet

    def plus(self, other: "Part") -> "Part":
        """Both together."""
        return Part(
            registration_count=self.registration_count + other.registration_count,
            guest_count=self.guest_count + other.guest_count,
            paid_minor=self.paid_minor + other.paid_minor,
            open_minor=self.open_minor + other.open_minor,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakes:
    """What a decision about one conference would touch, by tender."""

    id: str  # the conference
    parts: Mapping[str, Part] = field(default_factory=dict)

    @property
    def whole(self) -> Part:
        """All tenders together."""
        whole = Part()
        for part in self.parts.values():
            whole = whole.plus(part)
        return whole

    @property
    def held_minor(self) -> int:
        """Money that people paid and that we hold for them; a grant's award belongs to its fund."""
        return sum(part.paid_minor for tender, part in self.parts.items() if tender != "grant")

    @property
    def granted_minor(self) -> int:
        """Grant awards, which go back to their fund."""
        return self.parts.get("grant", Part()).paid_minor

    @property
    def open_minor(self) -> int:
        """Owed on purchase orders; the invoices would be voided."""
        return self.whole.open_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a registration that was confirmed on a purchase order still owes; its money may be heard of before that."""

    id: str  # the registration
    tender: str = ""  # empty: nothing is known of it but that money came
    open_minor: int = 0
    early_minor: int = 0  # came before it was confirmed


def raised(stakes: Stakes, confirmed: RegistrationConfirmed) -> Stakes:
    """One more confirmed registration is at stake."""
    more = Part(
        registration_count=1,
        guest_count=confirmed.guest_count,
        paid_minor=confirmed.total_minor if confirmed.is_paid else 0,
        open_minor=0 if confirmed.is_paid else confirmed.total_minor,
    )
    part = stakes.parts.get(confirmed.tender, Part()).plus(more)
    return replace(stakes, parts={**stakes.parts, confirmed.tender: part})


def lowered(stakes: Stakes, bill: Bill | None, left: RegistrationLeft) -> Stakes:
    """A registration that was at stake has left: a decision won't touch it, nor what it had paid or owed."""
    known = stakes.parts.get(left.tender)
    if known is None or not left.is_delegate:
        return stakes
    open_minor = min(bill.open_minor, left.total_minor) if bill and bill.tender else 0
    less = Part(
        registration_count=-1,
        guest_count=-left.guest_count,
        paid_minor=-min(left.total_minor - open_minor, known.paid_minor),
        open_minor=-open_minor,
    )
    return replace(stakes, parts={**stakes.parts, left.tender: known.plus(less)})


def billed(stakes: Stakes, bill: Bill, confirmed: RegistrationConfirmed) -> tuple[Stakes, Bill]:
    """A registration at stake was confirmed on a purchase order, and owes what has not come yet."""
    owing = replace(bill, tender=confirmed.tender, open_minor=confirmed.total_minor, early_minor=0)
    return paid_off(stakes, owing, amount_minor=bill.early_minor)


def paid_off(stakes: Stakes, bill: Bill, *, amount_minor: int) -> tuple[Stakes, Bill]:
    """Money came for a registration: what it owed on a purchase order is paid; all else counts when it is confirmed."""
    if not bill.tender:
        return stakes, replace(bill, early_minor=bill.early_minor + amount_minor)
    paid_minor = min(amount_minor, bill.open_minor)
    part = stakes.parts[bill.tender].plus(Part(paid_minor=paid_minor, open_minor=-paid_minor))
    return replace(stakes, parts={**stakes.parts, bill.tender: part}), replace(
        bill, open_minor=bill.open_minor - paid_minor
    )
