"""Claims about asking the provider before anything is sent again, where nothing else would stop a second refund.

The refund is less than half of what was paid, so that the provider would pay it twice, and its idempotency window has
passed, so that the provider no longer knows the key.
"""

from datetime import timedelta

from services.payments.provider.jobs.gateway import Gateway
from services.payments.refunds.domain.refunds import RefundState
from services.payments.refunds.store import REFUNDS
from shared.clock import host_now
from shared.parts import assembly_of
from tests.integration.payments_house import FEE_MINOR, House, house
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.namespaces import Namespace

REFUNDED_MINOR = 10000
WINDOW_PASSED = timedelta(hours=30)


def test_a_refund_that_the_provider_has_forgotten_the_key_of_is_found_in_its_list(
    namespace: Namespace, provider: RunningProvider
) -> None:
    provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    with house(namespace, provider) as payments:
        order = _owed_back(payments)
        _send_and_die(payments, order)
        provider.move_clock(CANCELLED + WINDOW_PASSED)

        payments.run_again("refunds")

        assert [each.amount for each in payments.provider_refunds(order)] == [REFUNDED_MINOR]
        assert payments.refund_of(order).state is RefundState.SETTLED


def test_without_its_list_this_provider_would_pay_such_a_refund_twice(
    namespace: Namespace, provider: RunningProvider
) -> None:
    """What makes the claim above worth something."""
    provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    with house(namespace, provider) as payments:
        order = _owed_back(payments)
        _send_and_die(payments, order)
        provider.move_clock(CANCELLED + WINDOW_PASSED)

        _send_and_die(payments, order)

        assert [each.amount for each in payments.provider_refunds(order)] == [REFUNDED_MINOR] * 2


def test_payments_that_came_back_from_a_backup_pay_no_refund_twice(
    namespace: Namespace, provider: RunningProvider
) -> None:
    """The backup is older than the refund: nothing in it says that anything was ever sent."""
    provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    with house(namespace, provider) as payments:
        order = _owed_back(payments)
        backup = {name: list(payments.database.mongo[name].find()) for name in _names(payments)}
        payments.run_jobs("refunds")
        provider.move_clock(CANCELLED + WINDOW_PASSED)

        for name in _names(payments):
            payments.database.mongo[name].delete_many({})
            if backup[name]:
                payments.database.mongo[name].insert_many(backup[name])
        before = payments.refund_of(order)
        payments.run_again("refunds")

        assert (before.state, before.last_sent_at) == (RefundState.PLANNED, None)
        (sent,) = payments.provider_refunds(order)
        refund = payments.refund_of(order)
        assert (sent.amount, refund.state, refund.provider_refund) == (REFUNDED_MINOR, RefundState.SETTLED, sent.id)
        assert payments.balances()["1020"] == FEE_MINOR - 1698 - REFUNDED_MINOR


def _names(payments: House) -> list[str]:
    return sorted(payments.database.mongo.list_collection_names())


def _owed_back(payments: House) -> str:
    order = payments.paid("card")
    payments.cancel(order, fee_minor=FEE_MINOR - REFUNDED_MINOR)
    payments.fix(order)
    return order


def _send_and_die(payments: House, order: str) -> None:
    """The refund leaves, and the process dies before it has the answer."""
    refund = payments.refund_of(order)
    (payment,) = payments.payments_of(order)
    sent = {"state": str(RefundState.SENT), "last_sent_at": host_now()}
    payments.database.mongo[REFUNDS.name].update_one({"_id": refund.id}, {"$set": sent, "$inc": {"version": 1}})
    assert payment.provider_payment
    gateway = assembly_of(payments.parts.web)[Gateway]
    gateway.send_refund(refund, payment_intent=payment.provider_payment)
