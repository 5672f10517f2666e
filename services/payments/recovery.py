"""What payments does again when its database was restored from a backup, and what finance must enter again.

Card money and card refunds come again from the provider. A refund that was paid by hand comes again from its event,
because finance would pay it a second time; money that came in by hand has its number and its day on paper only.
"""

from services.payments.credits.commands import pay_credit_out_again, spend_credit_again
from services.payments.orders.domain.endings import CREDIT
from services.payments.orders.store import ORDERS
from services.payments.refunds.commands.by_hand import name_payee, pay_elsewhere, payable_days, record_refund
from services.payments.refunds.domain import refunds
from services.payments.refunds.domain.refunds import CARD, Payee, RefundUnknown, held
from services.payments.refunds.store import REFUNDS
from shared import money
from shared.catching_up import Again, Recovery
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.payments import CreditPaidOut, PayeeNamed, PaymentCaptured, PurchaseOrderAccepted, RefundSettled
from shared.unit import Unit

BY_HAND = ("cheque", "transfer")


def _untold(version: int) -> Payee:
    """Stands for a payee whom no event names: a cheque that was paid bears the name, else they are asked."""
    return Payee(name="(not in the backup)", postal_address=(f"(word {version} of the payee: please ask them)",))


@command(emits=[PayeeNamed])
def name_payee_again(unit: Unit, *, said: PayeeNamed) -> refunds.Refund:
    """That a payee had said, after the backup, where a refund cheque goes: said again, so that all that follows can."""
    untold = _untold(said.payee_version)
    return name_payee(unit, refund=said.refund, name=untold.name, postal_address=untold.postal_address)


@command(emits=[RefundSettled])
def record_refund_again(unit: Unit, *, said: RefundSettled) -> refunds.Refund:
    """A refund that finance had paid and recorded after the backup; its day is the last that it can have been."""
    owed = said.refund.partition(f":{said.rail}:")[0]  # what a part of it was a part of
    known = unit.load(REFUNDS, owed)
    order = unit.load(ORDERS, known.order) if known else None
    if known is None or order is None:
        raise RefundUnknown("There is no refund under this number. Nothing was changed.")
    if known.state is refunds.RefundState.AWAITING_PAYEE:  # named before `PayeeNamed` was said of it
        named, _ = refunds.name_payee(order, known, _untold(1))
        known = unit.save(REFUNDS, Change(named))
    paid_on = payable_days(unit, known)[1]
    if known.rail == CARD:  # it was held, and paid elsewhere: nothing of that may go to the card
        unit.save(REFUNDS, Change(held(known, reason="paid elsewhere, in part")))
        unit.require(REFUNDS, {"_id": known.id}, {"$unset": {"job": ""}})
        return pay_elsewhere(
            unit,
            refund=known.id,
            rail=said.rail,
            reference=said.reference,
            paid_on=paid_on,
            amount_minor=said.amount_minor,
        )
    return record_refund(
        unit,
        refund=said.refund,
        rail=said.rail,
        reference=said.reference,
        paid_on=paid_on,
        payee_version=known.payee_version,
    )


def _settled_again(said: RefundSettled) -> Again | None:
    if said.rail not in BY_HAND:
        return None  # the provider knows it, or the bank
    amount = money.in_words(said.amount_minor, said.currency)
    day = f"the day on which refund {said.refund} of {amount} was paid as {said.rail} {said.reference}"
    return Again(record_refund_again, {"said": said}, lacking=day)


def _money_by_hand(said: PaymentCaptured) -> str:
    if said.tender in ("card", CREDIT):
        return ""  # the provider knows it, or it is done again
    amount = money.in_words(said.amount_minor, said.currency)
    return f"a recorded {said.tender} of {amount} on order {said.order} (registration {said.registration})"


def _named_again(said: PayeeNamed) -> Again:
    lacking = f"to whom and where the cheque of refund {said.refund} goes, if it was not sent: please ask the payee"
    return Again(name_payee_again, {"said": said}, lacking=lacking)


def _spent_again(said: PaymentCaptured) -> Again | None:
    return Again(spend_credit_again, {"said": said}) if said.tender == CREDIT else None


RECOVERY = Recovery(
    again={
        RefundSettled: _settled_again,
        PayeeNamed: _named_again,
        PaymentCaptured: _spent_again,
        CreditPaidOut: lambda said: Again(pay_credit_out_again, {"said": said}),
    },
    by_hand={
        PaymentCaptured: _money_by_hand,
        PurchaseOrderAccepted: lambda said: f"purchase order {said.number} on order {said.order}",
    },
)
