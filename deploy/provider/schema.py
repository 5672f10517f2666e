"""Owns everything that is on disk, on one page; leaves reading and writing it to `store`.

Each kind of API object has one table of the same form: the object as the API shows it, as JSON, and generated columns
over that JSON for what lists may filter by. So nothing is stored twice and an answer is the stored text.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of API object: how its ids begin, what finds it fast, and what else a list may filter by."""

    object: str
    prefix: str
    indexed: tuple[str, ...] = ()
    filtered: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return self.object.replace(".", "_")

    def statements(self) -> list[str]:
        """The table and its indexes; an index ends with the sequence, so lists come out in order of creation."""
        columns = ("created", *self.indexed, *self.filtered)
        generated = ", ".join(f"{name} GENERATED ALWAYS AS (body ->> '{name}') VIRTUAL" for name in columns)
        table = (
            f"CREATE TABLE IF NOT EXISTS {self.table} "
            f"(sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, {generated})"
        )
        indexes = [
            f"CREATE INDEX IF NOT EXISTS {self.table}_{name} ON {self.table} ({name}) WHERE {name} IS NOT NULL"
            for name in self.indexed
        ]
        return [table, *indexes]


KINDS = {
    kind.object: kind
    for kind in (
        Kind("customer", "cus_", ("email",)),
        Kind("payment_intent", "pi_", ("customer",)),
        Kind("charge", "ch_", ("payment_intent", "customer"), ("status", "currency", "amount")),
        Kind("refund", "re_", ("payment_intent", "charge", "pending_reason"), ("status", "currency", "amount")),
        Kind("checkout.session", "cs_test_", ("payment_intent", "customer"), ("status",)),
        Kind("balance_transaction", "txn_", ("source",), ("type", "status", "currency", "available_on", "net")),
        Kind("topup", "tu_", (), ("status",)),
        Kind("payout", "po_", (), ("status",)),
        Kind("dispute", "dp_", ("charge", "payment_intent")),
        Kind("event", "evt_", (), ("type",)),
    )
}
PREFIXES = {kind.prefix: kind.object for kind in KINDS.values()}

_OTHER_TABLES = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS balance (
    currency TEXT PRIMARY KEY, available_minor INTEGER NOT NULL DEFAULT 0, pending_minor INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS line_item (sequence INTEGER PRIMARY KEY, session TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS line_item_session ON line_item (session);
CREATE TABLE IF NOT EXISTS payment_to_be (session TEXT PRIMARY KEY, intent TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS payout_line (balance_transaction TEXT PRIMARY KEY, payout TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS payout_line_payout ON payout_line (payout);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, kept_at INTEGER NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, request_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS idempotency_kept_at ON idempotency (kept_at);
CREATE TABLE IF NOT EXISTS happening (
    sequence INTEGER PRIMARY KEY, due_at INTEGER NOT NULL, what TEXT NOT NULL, object TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS happening_due ON happening (due_at, sequence);
CREATE INDEX IF NOT EXISTS happening_object ON happening (object);
CREATE INDEX IF NOT EXISTS balance_transaction_pending ON balance_transaction (available_on) WHERE status = 'pending';
CREATE TABLE IF NOT EXISTS delivery (
    event INTEGER PRIMARY KEY, lane INTEGER NOT NULL, state TEXT NOT NULL, due_at REAL NOT NULL,
    attempt_count INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS delivery_waiting ON delivery (lane, event) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS refund_plan (
    sequence INTEGER PRIMARY KEY, outcome TEXT NOT NULL, payment_intent TEXT, metadata TEXT,
    days INTEGER NOT NULL, remaining_count INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fault (sequence INTEGER PRIMARY KEY, knob TEXT NOT NULL, options TEXT NOT NULL);
"""


def statements() -> list[str]:
    """Everything that makes an empty file a provider's memory."""
    kinds = [statement for kind in KINDS.values() for statement in kind.statements()]
    return kinds + [statement for statement in _OTHER_TABLES.split(";") if statement.strip()]
