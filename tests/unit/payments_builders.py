"""Believable orders, payments and refunds for the tests of payments' rules."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from services.payments.books.domain.postings import About
from services.payments.credits.domain import Credit, Source
from services.payments.orders.domain.invoices import issue_invoice
from services.payments.orders.domain.orders import Order
from services.payments.provider.domain.shown import ProviderRefund
from services.payments.receipts.domain.receipts import Receipt, Received, receive
from services.payments.refunds.domain.refunds import Refund, plan_refund
from shared.contracts.registration import (
    OptionCancelled,
    OptionMoved,
    OrderPlaced,
    PlacedLine,
    RefundTerms,
    RegistrationCancelled,
    SettlementFixed,
)

NOW = datetime(2020, 4, 9, 14, tzinfo=UTC)
TODAY = date(2020, 4, 9)
FEE_MINOR, GUEST_FEE_MINOR, OPTION_MINOR = 57500, 25000, 9500


def earlier_credit(amount_minor: int = FEE_MINOR, *, order: str = "ord_0", issued_at: datetime = NOW) -> Credit:
    """What Dana has kept of an earlier conference, which she had paid by card."""
    return Credit(
        id=f"credit:{order}",
        order=order,
        registration="reg_0",
        conference="73rd",
        person="per_1",
        run="run_0",
        amount_minor=amount_minor,
        currency="USD",
        balance_minor=amount_minor,
        issued_at=issued_at,
        sources=(Source(payment="pay_0", tender="card", amount_minor=amount_minor),),
    )


def about(cause: str = "reg_1:2") -> About:
    """What all postings about Dana's order have in common."""
    return About(conference="74th", order="ord_1", payer="per_1", currency="USD", at=NOW, cause=cause)


def placed(
    *,
    fee_minor: int = FEE_MINOR,
    guest_minor: int = 0,
    tender: str = "card",
    options: Mapping[str, int] | None = None,
) -> OrderPlaced:
    """Dana registers; options by product, with their prices."""
    lines = [("fee", fee_minor, "", ""), ("guest", guest_minor, "", "")]
    lines += [("option", amount_minor, each, f"ses of {each}") for each, amount_minor in (options or {}).items()]
    return OrderPlaced(
        order="ord_1",
        conference="74th",
        payer="per_1",
        registrations=("reg_1",),
        tender=tender,
        currency="USD",
        lines=tuple(
            PlacedLine(registration="reg_1", kind=kind, amount_minor=amount_minor, product=product, session=session)
            for kind, amount_minor, product, session in lines
            if amount_minor
        ),
        terms=RefundTerms(),
    )


def invoiced(
    *,
    fee_minor: int = FEE_MINOR,
    guest_minor: int = 0,
    tender: str = "card",
    options: Mapping[str, int] | None = None,
) -> Order:
    """Dana's order, nothing paid yet."""
    asked = placed(fee_minor=fee_minor, guest_minor=guest_minor, tender=tender, options=options)
    return issue_invoice(asked, about=about())[0].state


def receipt(tender: str, amount_minor: int, *, payment: str = "pay_1", fee_minor: int = 0) -> Receipt:
    """Money that came."""
    return Receipt(
        payment=payment,
        tender=tender,
        amount_minor=amount_minor,
        currency="USD",
        reference=f"number of {payment}",
        received_on=TODAY,
        provider_payment="pi_1" if tender == "card" else None,
        fee_minor=fee_minor,
    )


def received(order: Order, tender: str, amount_minor: int, *, payment: str = "pay_1") -> Received:
    """What that money means for the order."""
    return receive(order, receipt(tender, amount_minor, payment=payment), about=about())


def paid(
    tender: str = "card",
    *,
    fee_minor: int = FEE_MINOR,
    guest_minor: int = 0,
    options: Mapping[str, int] | None = None,
) -> Order:
    """Dana's order, paid in full."""
    order = invoiced(fee_minor=fee_minor, guest_minor=guest_minor, tender=tender, options=options)
    return received(order, tender, order.total_minor).change.state


def cancelled(*, fee_minor: int = 0) -> RegistrationCancelled:
    """The organiser has cancelled, and keeps that much."""
    return RegistrationCancelled(
        registration="reg_1",
        conference="74th",
        person="per_1",
        order="ord_1",
        run="run_1",
        terms=RefundTerms(organiser_cancels_fee_minor=fee_minor),
        choose_until=datetime(2020, 5, 1, 5, tzinfo=UTC),
        default_choice="refund",
    )


def fixed(choice: str = "refund") -> SettlementFixed:
    """It is final what happens with the money."""
    return SettlementFixed(
        registration="reg_1",
        conference="74th",
        person="per_1",
        order="ord_1",
        run="run_1",
        choice=choice,
        fixed_by="deadline",
    )


def option_cancelled(product: str = "a-07", *, amount_minor: int = OPTION_MINOR) -> OptionCancelled:
    """The option has ended."""
    return OptionCancelled(
        registration="reg_1",
        conference="74th",
        person="per_1",
        order="ord_1",
        product=product,
        session=f"ses of {product}",
        amount_minor=amount_minor,
        currency="USD",
        by="registrant",
    )


def option_moved(product: str = "a-07", to: str = "a-09", *, amount_minor: int = OPTION_MINOR) -> OptionMoved:
    """The option is another one from now on."""
    return OptionMoved(
        registration="reg_1",
        conference="74th",
        person="per_1",
        order="ord_1",
        option=product,
        from_session=f"ses of {product}",
        to_session=f"ses of {to}",
        amount_minor=amount_minor,
        currency="USD",
        to_option=to,
    )


def planned(order: Order, *, rail: str = "card", amount_minor: int = FEE_MINOR) -> Refund:
    """A refund that is owed to Dana."""
    return plan_refund(
        order, id_="refund:reg_1:3:pay_1", run="run_1", payment="pay_1", tender=rail, amount_minor=amount_minor, now=NOW
    )


def told_of(refund: Refund, status: str, *, id_: str = "re_1", reason: str = "") -> ProviderRefund:
    """What the provider says of this refund."""
    return ProviderRefund(
        id=id_,
        status=status,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        payment_intent="pi_1",
        reason=reason,
        refund=refund.id,
    )


def orders_without_lines() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Orders as they were kept before they had lines, and as they were answered then."""
    examples = json.loads((Path(__file__).parent / "examples" / "orders_without_lines.json").read_text("utf-8"))
    return [({**each["kept"], "issued_at": NOW}, each["answered"]) for each in examples]
