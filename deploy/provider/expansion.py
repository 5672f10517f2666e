"""Owns `expand`: putting the object itself where an answer has only its id, or a list that is left out by default."""

import json

from deploy.provider.endpoints import list_body
from deploy.provider.errors import Refusal
from deploy.provider.store import Body, Records, Where

_DEPTH_MAX = 4

_EXPANDABLE = {
    "balance_transaction": {"source"},
    "charge": {"balance_transaction", "customer", "payment_intent"},
    "checkout.session": {"customer", "payment_intent"},
    "dispute": {"charge", "payment_intent"},
    "payment_intent": {"customer", "latest_charge"},
    "payout": {"balance_transaction", "failure_balance_transaction"},
    "refund": {"balance_transaction", "charge", "failure_balance_transaction", "payment_intent"},
    "topup": {"balance_transaction"},
}
_INCLUDED_SIZE = 10


def expand(records: Records, body: Body, paths: list[str]) -> Body:
    """The answer with everything that was asked for in its place."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > _DEPTH_MAX:
            raise Refusal(f"You cannot expand more than {_DEPTH_MAX} levels deep: {path}", param="expand")
        _expand_step(records, body, steps, path=path)
    return body


def _expand_step(records: Records, body: Body, steps: list[str], *, path: str) -> None:
    name, *rest = steps
    if body.get("object") == "list" and name == "data" and rest:
        for item in body["data"]:
            _expand_step(records, item, rest, path=path)
        return
    value = _value(records, body, name, path=path)
    body[name] = value
    if rest and isinstance(value, dict):
        _expand_step(records, value, rest, path=path)


def _value(records: Records, body: Body, name: str, *, path: str) -> object:
    kind = str(body.get("object"))
    if kind == "checkout.session" and name == "line_items":
        return line_items(records, body["id"])
    if kind == "charge" and name == "refunds":
        return _charge_refunds(records, body["id"])
    if name not in _EXPANDABLE.get(kind, set()):
        raise Refusal(f"This property cannot be expanded ({path}).", param="expand")
    value = body.get(name)
    return (records.find_by_prefix(value) or value) if isinstance(value, str) else value


def line_items(records: Records, session_id: str) -> Body:
    rows = records.execute("SELECT body FROM line_item WHERE session = ? ORDER BY sequence", (session_id,))
    items = [json.loads(row[0]) for row in rows]
    return list_body(items, url=f"/v1/checkout/sessions/{session_id}/line_items", has_more=False)


def _charge_refunds(records: Records, charge_id: str) -> Body:
    where = Where().also("charge = ?", charge_id)
    page = records.newest_first("refund", where=where, limit=_INCLUDED_SIZE)
    return list_body(
        [json.loads(text) for text in page.bodies], url=f"/v1/charges/{charge_id}/refunds", has_more=page.has_more
    )
