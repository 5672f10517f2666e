"""Looks at what a decision would do with money, and answers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from pymongo.client_session import ClientSession

from services.payments.orders.store import CONFERENCES, ORDERS, PAYMENTS
from services.payments.previews.domain import Counting, Paid
from services.payments.provider.domain.errors import Declined, NeedsPerson, TooMany, Unanswered
from services.payments.provider.domain.shown import DisputeState
from services.payments.provider.jobs.gateway import Gateway
from services.payments.refunds.store import DISPUTES
from shared.change import Change
from shared.contracts.consequences import Consequence, Example
from shared.contracts.flow import acts, job
from shared.contracts.payments import MoneyPreviewed
from shared.findings import Findings, Inquiry, answered
from shared.jobs import Claim, JobKind
from shared.mongo import Database
from shared.previewing import INQUIRIES, Reply, breathing, nothing_known, on_behalf, reply
from shared.telemetry import log
from shared.unit import Unit

READ_COUNT = 1_000  # orders whose payments are read at once
_PAYMENT_FIELDS = {"order": 1, "received_on": 1, "fee_minor": 1, "provider_payment": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found, and what three orders would be told."""

    findings: Findings
    examples: tuple[Example, ...] = ()
    card_refund_count: int = 0


Look: TypeAlias = Callable[[Database, ClientSession, Inquiry], Found]


@dataclass(frozen=True, slots=True)
class Previewer:
    """Answers what a decision would do with money; so many refunds a second are asked for at the provider."""

    database: Database
    gateway: Gateway
    refunds_per_second: float

    @property
    def jobs(self) -> JobKind[Inquiry]:
        """The previews that are wanted."""
        return JobKind("previews", INQUIRIES, self.preview, claim_count=1, lease_seconds=60.0)

    @acts(of=INQUIRIES)
    def preview(self, claim: Claim[Inquiry]) -> None:
        """Works out every order at one moment, as a cancellation would, and asks the provider for its balance."""
        inquiry = claim.state
        look = KINDS.get(inquiry.kind, _nothing_known)
        with self.database.client.start_session(snapshot=True) as session:
            found = look(self.database, session, inquiry)
        lines = (*found.findings.lines, *self._shown(found))
        said = reply(self.database, inquiry, replace(found.findings, lines=lines))
        with on_behalf(inquiry):
            self.database.run(answer_preview, claim=claim, found=said, examples=found.examples)

    def _shown(self, found: Found) -> Iterator[Consequence]:
        """How long refunds to cards would take, and what the provider holds; it need not answer for a preview."""
        if not found.card_refund_count:
            return
        seconds = round(found.card_refund_count / self.refunds_per_second)
        yield Consequence(what="card_refund_seconds", count=max(seconds, 1), is_binding=False)
        try:
            available_minor, pending_minor = self.gateway.balance_minor(found.findings.currency)
        except (Unanswered, TooMany, Declined, NeedsPerson) as error:
            log.warning("balance not known for a preview", error=type(error).__name__)
            return
        yield Consequence(what="provider_balance", amount_minor=available_minor, is_binding=False)
        yield Consequence(what="provider_pending", amount_minor=pending_minor, is_binding=False)


@job(of=INQUIRIES, emits=[MoneyPreviewed])
def answer_preview(unit: Unit, *, claim: Claim[Inquiry], found: Reply, examples: tuple[Example, ...]) -> None:
    """Say what the decision would do with money."""
    inquiry = replace(claim.state, terms=found.terms, texts=found.texts)
    said = MoneyPreviewed(**answered(inquiry), **found.said, examples=examples)
    unit.save(INQUIRIES, Change(inquiry, (said,)))
    claim.finish(unit)


def cancel(database: Database, session: ClientSession, inquiry: Inquiry) -> Found:
    """A cancellation ends every order that is not over yet: what is owed is void, what was paid is offered back."""
    conference = database.mongo[CONFERENCES.name].find_one({"_id": inquiry.conference}, session=session)
    zone = ZoneInfo(conference["zone"]) if conference else UTC
    kept = list(database.mongo[ORDERS.name].find({"conference": inquiry.conference}, session=session, batch_size=5_000))
    payments = _payments(database, session, [each["_id"] for each in kept])
    disputed = _disputed(database, session, inquiry.conference, payments)
    counting = Counting(today=database.clock.now().astimezone(zone).date())
    for document in breathing(kept):
        order = ORDERS.state(document)
        if not order.is_over:
            paid = [
                Paid(id=each["_id"], received_on=_day(each["received_on"]), fee_minor=each.get("fee_minor", 0))
                for each in payments.get(order.id, ())
            ]
            counting.add(order, payments=paid, is_dispute_open=order.id in disputed)
    currency = conference["currency"] if conference else ""
    return Found(
        findings=counting.findings(inquiry, currency=currency),
        examples=counting.chosen_examples,
        card_refund_count=counting.card_refund_count,
    )


def _payments(database: Database, session: ClientSession, orders: list[str]) -> dict[str, list[dict[str, Any]]]:
    """The payments towards these orders, by order; little of each is needed."""
    found: dict[str, list[dict[str, Any]]] = {}
    for at in range(0, len(orders), READ_COUNT):
        where = {"order": {"$in": orders[at : at + READ_COUNT]}}
        for each in database.mongo[PAYMENTS.name].find(where, _PAYMENT_FIELDS, session=session, batch_size=5_000):
            found.setdefault(each["order"], []).append(each)
    return found


def _disputed(
    database: Database, session: ClientSession, conference: str, payments: Mapping[str, list[dict[str, Any]]]
) -> set[str]:
    """The orders of which a payment is disputed at a bank that has not decided yet."""
    where = {"state": DisputeState.OPEN, "conference": {"$in": [conference, ""]}}
    intents = {each["payment_intent"] for each in database.mongo[DISPUTES.name].find(where, session=session)}
    return (
        {order for order, theirs in payments.items() if any(each.get("provider_payment") in intents for each in theirs)}
        if intents
        else set()
    )


def _day(kept: str | date) -> date:
    return date.fromisoformat(kept) if isinstance(kept, str) else kept


def _nothing_known(database: Database, session: ClientSession, inquiry: Inquiry) -> Found:
    return Found(findings=nothing_known(database, session, inquiry))


KINDS: Mapping[str, Look] = {"cancel": cancel}
