"""The list of refunds: what its columns say, and what can be asked of it."""

from collections.abc import Mapping

from flask import url_for

from services.payments.orders.store import Conference
from services.payments.refunds.domain.refunds import RAILS, Refund, RefundState
from shared.web.tables import Column, Filter, Kind, Sum, Table

RAIL_WORDS: Mapping[str, str] = {
    "card": "card",
    "cheque": "cheque",
    "transfer": "bank transfer",
    "dispute": "the cardholder's bank",
}
STATE_WORDS: Mapping[RefundState, str] = {
    RefundState.PLANNED: "waits to be sent",
    RefundState.SENT: "being sent",
    RefundState.UNKNOWN: "being checked",
    RefundState.PROVIDER_PENDING: "at the card provider",
    RefundState.DISPUTED: "waits for a dispute's end",
    RefundState.HELD: "needs your decision",
    RefundState.AWAITING_PAYEE: "waits for the payee's address",
    RefundState.AWAITING_RECORD: "to be paid by you",
    RefundState.SETTLED: "paid",
}


def refunds(conferences: Mapping[str, Conference]) -> Table[Refund]:
    """All refunds: how much, how, and how far."""
    titles = {id_: each.title for id_, each in conferences.items()}
    return Table(
        name="refunds",
        columns=(
            Column(
                name="amount",
                label="Amount",
                value=lambda refund: Sum(refund.amount_minor, refund.currency),
                kind=Kind.SUM,
                sort="amount_minor",
            ),
            Column(name="rail", label="By", value=lambda refund: RAIL_WORDS[refund.rail], is_wide=True),
            Column(name="state", label="State", value=lambda refund: STATE_WORDS[refund.state]),
            Column(
                name="conference",
                label="Conference",
                value=lambda refund: titles.get(refund.conference, refund.conference),
                is_wide=True,
            ),
            Column(name="reference", label="Number", value=lambda refund: refund.reference, is_wide=True),
            Column(
                name="planned",
                label="Planned",
                value=lambda refund: refund.planned_at,
                kind=Kind.INSTANT,
                sort="planned_at",
                is_wide=True,
            ),
            Column(
                name="paid", label="Paid on", value=lambda refund: refund.paid_on, kind=Kind.DAY, only_in_files=True
            ),
            Column(name="order", label="Order", value=lambda refund: refund.order, only_in_files=True),
            Column(
                name="next",
                label="Next",
                value=lambda refund: _NEXT.get(refund.state, "Look"),
                link=lambda refund: url_for("refunds_desk.show_refund", refund=refund.id),
            ),
        ),
        filters=(
            Filter(name="state", label="State", choices={state.value: STATE_WORDS[state] for state in RefundState}),
            Filter(name="rail", label="By", choices={rail: RAIL_WORDS[rail] for rail in RAILS}),
            Filter(
                name="outside",
                label="Why",
                choices={
                    "yes": "outside of a cancelled conference: for an option, a credit, or money nobody asked for"
                },
            ),
        ),
        search="The invoice's number, or that of the cheque or transfer that paid it.",
    )


_NEXT: Mapping[RefundState, str] = {RefundState.AWAITING_RECORD: "Record", RefundState.HELD: "Decide"}
