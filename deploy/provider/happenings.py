"""Owns what happens by itself: when the business clock reaches a planned time, in the order of those times.

However far the clock was put forward, each thing is dated when it fell due, not when it was noticed.
"""

from collections.abc import Callable

from deploy.provider.objects import balance, charges, checkout_sessions, payment_intents, payouts, refunds
from deploy.provider.store import Body
from deploy.provider.work import Work


def _fail_refund(work: Work, refund: Body) -> None:
    refunds.fail(work, refund)


def _succeed_refund(work: Work, refund: Body) -> None:
    refunds.succeed(work, refund)


def _expire_session(work: Work, session: Body) -> None:
    checkout_sessions.expire(work, session)


_ON_DUE: dict[str, tuple[str, Callable[[Work, Body], None]]] = {
    refunds.REFUND_FAILS: ("refund", _fail_refund),
    refunds.REFUND_SUCCEEDS: ("refund", _succeed_refund),
    checkout_sessions.SESSION_EXPIRES: ("checkout.session", _expire_session),
    payouts.PAYOUT_ARRIVES: ("payout", payouts.arrive),
    charges.CAPTURED: ("charge", charges.capture),
    payment_intents.BANK_DECIDES: ("payment_intent", checkout_sessions.decide_by_itself),
}

_NEXT_DUE = """
SELECT MIN(due_at) FROM (
    SELECT MIN(due_at) AS due_at FROM happening
    UNION ALL SELECT MIN(available_on) FROM balance_transaction WHERE status = 'pending')
"""


def is_due(work: Work) -> bool:
    next_due = _next_due(work)
    return next_due is not None and next_due <= work.now


def catch_up(work: Work) -> None:
    """Everything that fell due up to now, one moment after the other."""
    until = work.now
    while (due_at := _next_due(work)) is not None and due_at <= until:
        work.now = due_at
        balance.mature(work)
        send_waiting_refunds(work)
        _do_due(work)
        send_waiting_refunds(work)
    work.now = until


def send_waiting_refunds(work: Work) -> None:
    """Where money has come in, the refunds that waited for it go on."""
    while work.currencies_funded:
        refunds.send_waiting(work, work.currencies_funded.pop())


def _next_due(work: Work) -> int | None:
    due_at: int | None = work.records.value(_NEXT_DUE)
    return due_at


def _do_due(work: Work) -> None:
    rows = work.records.execute("SELECT sequence, what, object FROM happening WHERE due_at <= ?", (work.now,))
    for sequence, what, object_id in rows.fetchall():
        work.records.execute("DELETE FROM happening WHERE sequence = ?", (sequence,))
        kind, happen = _ON_DUE[what]
        body = work.records.find(kind, object_id)
        assert body is not None, f"{object_id} was planned for but never recorded"
        happen(work, body)
