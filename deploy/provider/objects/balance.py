"""Owns the money the provider holds: what can be used now, what will be later, and every line that changed it."""

from deploy.provider.agenda import DAY_SECONDS
from deploy.provider.endpoints import CREATED, cursor_parameters, endpoint, listed, narrowed, retrieve_endpoint
from deploy.provider.parameters import Text
from deploy.provider.store import Body, Where, id_for
from deploy.provider.work import Work

MAIN = "payments"  # the balance that is paid out; others hold what is set aside
_FEE_PER_MILLE, _FEE_FIXED_MINOR = 29, 30
_REPORTED_AS = {"adjustment": "dispute", "payment_refund": "refund", "refund_failure": "refund_failure"}

retrieve_endpoint("/v1/balance_transactions/<object_id>", "balance_transaction")


@endpoint("GET", "/v1/balance")
def show_balance(work: Work, _values: Body) -> Body:
    rows = work.records.execute("SELECT currency, available_minor, pending_minor FROM balance ORDER BY currency")
    balances = rows.fetchall() or [("usd", 0, 0)]
    return {
        "object": "balance",
        "available": [_amount(currency, available) for currency, available, _ in balances],
        "livemode": False,
        "pending": [_amount(currency, pending) for currency, _, pending in balances],
    }


def _amount(currency: str, amount_minor: int) -> Body:
    return {"amount": amount_minor, "currency": currency, "source_types": {"card": amount_minor}}


@endpoint(
    "GET",
    "/v1/balance_transactions",
    type=Text(),
    source=Text(),
    currency=Text(),
    payout=Text(),
    created=CREATED,
    **cursor_parameters(),
)
def list_balance_transactions(work: Work, values: Body) -> Body:
    where = Where()
    for name in values.keys() & {"type", "source", "currency", "created"}:
        where = narrowed(where, name, values[name])
    if "payout" in values:
        mine = "id IN (SELECT balance_transaction FROM payout_line WHERE payout = ?)"
        where = where.also(f"({mine} OR source = ?)", values["payout"], values["payout"])
    return listed(work, "balance_transaction", url="/v1/balance_transactions", where=where, values=values)


def card_fee(amount_minor: int) -> int:
    """2.9 %, rounded half up, and 30 of the smallest unit."""
    return (amount_minor * _FEE_PER_MILLE + 500) // 1000 + _FEE_FIXED_MINOR


def usable_on(now: int, *, delay_days: int) -> int:
    """Money of today's payments can be used from the first second of a later day."""
    return now if delay_days == 0 else (now // DAY_SECONDS + delay_days) * DAY_SECONDS


def available_minor(work: Work, currency: str) -> int:
    return work.records.value("SELECT available_minor FROM balance WHERE currency = ?", (currency,)) or 0


def post(
    work: Work,
    kind: str,
    *,
    amount: int,
    currency: str,
    source: str | None,
    fee: int = 0,
    available_on: int | None = None,
    description: str | None = None,
    category: str | None = None,
    balance_type: str = MAIN,
) -> Body:
    """One line of the balance, and the balance as it is after it."""
    when = work.now if available_on is None else available_on
    is_pending = when > work.now
    net = amount - fee
    fee_lines = [{"amount": fee, "currency": currency, "description": "Processing fee", "type": "stripe_fee"}]
    line = {
        "id": id_for("balance_transaction"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": when,
        "balance_type": balance_type,
        "created": work.now,
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": fee_lines if fee else [],
        "net": net,
        "reporting_category": category or _REPORTED_AS.get(kind, kind),
        "source": source,
        "status": "pending" if is_pending else "available",
        "type": kind,
    }
    work.records.add(line)
    if balance_type == MAIN:
        _move(work, currency, available=0 if is_pending else net, pending=net if is_pending else 0)
    return line


def mature(work: Work) -> None:
    """Money that was on its way can be used from now on."""
    rows = work.records.execute(
        "SELECT currency, SUM(net) FROM balance_transaction WHERE status = 'pending' AND available_on <= ? "
        "GROUP BY currency",
        (work.now,),
    ).fetchall()
    work.records.execute(
        "UPDATE balance_transaction SET body = json_set(body, '$.status', 'available') "
        "WHERE status = 'pending' AND available_on <= ?",
        (work.now,),
    )
    for currency, net in rows:
        _move(work, currency, available=net, pending=-net)


def carry(work: Work, payout: Body) -> None:
    """The payout carries every usable line that none before it did; with its own line they add up to nothing."""
    work.records.execute(
        "INSERT INTO payout_line (balance_transaction, payout) SELECT id, ? FROM balance_transaction "
        "WHERE currency = ? AND status = 'available' AND id NOT IN (SELECT balance_transaction FROM payout_line)",
        (payout["id"], payout["currency"]),
    )


def _move(work: Work, currency: str, *, available: int, pending: int) -> None:
    work.records.execute(
        "INSERT INTO balance (currency, available_minor, pending_minor) VALUES (?, ?, ?) ON CONFLICT (currency) "
        "DO UPDATE SET available_minor = available_minor + excluded.available_minor, "
        "pending_minor = pending_minor + excluded.pending_minor",
        (currency, available, pending),
    )
    if available > 0:
        work.currencies_funded.add(currency)
