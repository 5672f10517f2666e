"""What a cancellation would do with money, order by order, by the very rules that carry it out: pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from services.payments.books.domain.postings import About
from services.payments.endings.domain.settlement import work_out
from services.payments.orders.domain.endings import Ending
from services.payments.orders.domain.orders import Order
from shared.contracts.consequences import EXAMPLE_COUNT_MAX, Example
from shared.contracts.envelope import Event
from shared.contracts.payments import GrantReleased, InvoiceVoided, PaymentAwaited, SettlementOffered
from shared.contracts.registration import OrderEnded, RefundTerms, RegistrationCancelled
from shared.findings import Findings, Inquiry, Member, Tally
from shared.ids import digest_of, is_payer

# How long after a payment its method takes a refund; what is not here comes back by cheque or transfer at any time.
REFUND_WINDOWS: Mapping[str, timedelta] = MappingProxyType({"card": timedelta(days=180), "debit": timedelta(days=180)})
CARDS = ("card", "debit")
_OUTCOMES: Mapping[type[Event], str] = {
    SettlementOffered: "offered",
    InvoiceVoided: "voided",
    PaymentAwaited: "awaited",
    GrantReleased: "released",
}
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What counts here of a payment towards an order."""

    id: str
    received_on: date
    fee_minor: int  # the provider's, which it keeps


@dataclass(slots=True)
class Counting:
    """Orders as they are counted: what leaves by which tender, what stays, what is odd."""

    today: date
    tally: Tally = field(default_factory=Tally)
    members: dict[str, Member] = field(default_factory=dict)
    registrations: list[str] = field(default_factory=list)
    shown: Tally = field(default_factory=Tally)
    examples: dict[tuple[str, bool], Example] = field(default_factory=dict)

    def add(self, order: Order, *, payments: Iterable[Paid], is_dispute_open: bool) -> None:
        """One more order that would end, as the cancellation would end it."""
        registrations = tuple(each for each in order.registrations if not order.has_left(each))
        decision = work_out(order, _ended(order, registrations), about=_about(order))
        (said,) = decision.change.events
        settlement = decision.change.state.settlement
        assert settlement is not None
        self.registrations.extend(registrations)
        self.members[order.id] = Member(
            facts=_facts(order, settlement, registrations), amount_minor=settlement.amount_minor
        )
        self._count(order, settlement, said)
        self._look_for_oddities(order, settlement, payments=payments, is_dispute_open=is_dispute_open)
        self._keep_example(order, settlement, said)

    def findings(self, inquiry: Inquiry, *, currency: str) -> Findings:
        """All of it together, with what is only shown."""
        return Findings(
            registrations=self.registrations,
            members=self.members,
            lines=(*self.tally.lines, *(replace(each, is_binding=False) for each in self.shown.lines)),
            anomalies=self.tally.anomalies,
            currency=currency,
            terms=f"choose by {inquiry.choose_by}",
        )

    @property
    def chosen_examples(self) -> tuple[Example, ...]:
        """Three that are as different as they can be: money to choose about first, then what nobody chooses about."""
        wanted = [("offered", False), ("offered", True), ("voided", False), ("released", False), ("awaited", False)]
        ranked = sorted(self.examples, key=lambda each: wanted.index(each) if each in wanted else len(wanted))
        return tuple(self.examples[each] for each in ranked[:EXAMPLE_COUNT_MAX])

    @property
    def card_refund_count(self) -> int:
        """How many refunds to cards there would be if everybody wanted their money back."""
        return sum(count for (what, by, _), count in self.tally.counts.items() if what == "leaves" and by in CARDS)

    def _count(self, order: Order, settlement: Ending, said: Event) -> None:
        tally = self.tally
        tally.add("order", order.tender, amount_minor=settlement.amount_minor)
        deferred = order.deferred
        tally.add("deferred", "fees", count=0, amount_minor=deferred.fee_minor)
        tally.add("deferred", "guests_and_options", count=0, amount_minor=deferred.optional_minor)
        for portion in settlement.own:
            tally.add("paid", portion.tender, amount_minor=portion.amount_minor)
        left_minor = settlement.free_minor
        for portion in settlement.own:
            leaves_minor = min(portion.amount_minor, left_minor)
            left_minor -= leaves_minor
            if leaves_minor:
                tally.add("leaves", portion.tender, amount_minor=leaves_minor)
        if settlement.fee_minor:
            tally.add("kept", count=len(settlement.registrations), amount_minor=settlement.fee_minor)
        if settlement.released_minor:
            tally.add("released", amount_minor=settlement.released_minor)
        voided_minor = max(0, settlement.written_off_minor - settlement.awaited_minor)
        if voided_minor:
            by = "purchase_order" if order.purchase_order else order.tender
            tally.add("voided", by, amount_minor=voided_minor)
        if settlement.awaited_minor:
            tally.add("awaited", amount_minor=settlement.awaited_minor)
        if isinstance(said, SettlementOffered) and said.choices:
            tally.add("choice", amount_minor=said.refundable_minor)
        tally.add("told", f"{_OUTCOMES[type(said)]}{'_of_several' if is_payer(order.person) else ''}")

    def _look_for_oddities(
        self, order: Order, settlement: Ending, *, payments: Iterable[Paid], is_dispute_open: bool
    ) -> None:
        if order.cancel_fee_minor is None:
            self.tally.note("terms_unknown", order.id)
        if is_dispute_open:
            self.tally.note("dispute_open", order.id, amount_minor=settlement.free_minor)
        known = {each.id: each for each in payments}
        for portion in settlement.own:
            payment = known.get(portion.payment)
            if payment is None:
                continue
            window = REFUND_WINDOWS.get(portion.tender)
            if window is not None and payment.received_on + window < self.today:
                self.tally.note("too_old_for_card", order.id, amount_minor=portion.amount_minor)
            if payment.fee_minor:
                self.shown.add("provider_fee", amount_minor=payment.fee_minor)

    def _keep_example(self, order: Order, settlement: Ending, said: Event) -> None:
        kind = (_OUTCOMES[type(said)], is_payer(order.person))
        if kind in self.examples or not settlement.amount_minor:
            return
        self.examples[kind] = Example(
            outcome=kind[0],
            order=order.id,
            registration=settlement.registrations[0],
            person=order.person,
            number=order.number,
            tender=said.tender if isinstance(said, SettlementOffered) else order.tender,
            paid_minor=sum(portion.amount_minor for portion in settlement.taken),
            fee_minor=settlement.fee_minor,
            refundable_minor=settlement.free_minor,
            voided_minor=max(0, settlement.written_off_minor - settlement.awaited_minor),
            awaited_minor=settlement.awaited_minor,
            released_minor=settlement.released_minor,
            credit_minor=said.credit_minor if isinstance(said, SettlementOffered) else 0,
            choices=said.choices if isinstance(said, SettlementOffered) else (),
            default_choice=said.default_choice if isinstance(said, SettlementOffered) else "",
            is_of_several=kind[1],
            registration_count=len(settlement.registrations),
        )


def _ended(order: Order, registrations: tuple[str, ...]) -> RegistrationCancelled | OrderEnded:
    """What registration would say."""
    terms = RefundTerms(organiser_cancels_fee_minor=order.cancel_fee_minor or 0)
    if is_payer(order.person):
        return OrderEnded(
            order=order.id,
            conference=order.conference,
            payer=order.person,
            run="preview",
            registrations=registrations,
            terms=terms,
            choose_until=_NEVER,
            default_choice="refund",
        )
    return RegistrationCancelled(
        registration=order.registration,
        conference=order.conference,
        person=order.person,
        order=order.id,
        run="preview",
        terms=terms,
        choose_until=_NEVER,
        default_choice="refund",
    )


def _about(order: Order) -> About:
    return About(
        conference=order.conference,
        order=order.id,
        payer=order.person,
        currency=order.currency,
        at=_NEVER,
        cause="preview",
    )


def _facts(order: Order, settlement: Ending, registrations: tuple[str, ...]) -> str:
    """Who and what: for which registrations, what each tender has paid, what is owed, and what would be kept."""
    taken = (f"{portion.payment}={portion.amount_minor}" for portion in settlement.taken)
    return "|".join(
        (
            digest_of(registrations),
            *taken,
            str(settlement.written_off_minor),
            str(settlement.awaited_minor),
            str(settlement.fee_minor),
            order.purchase_order.number if order.purchase_order else "",
        )
    )
