"""Owns how orders were kept before they had lines and endings: what such a document says, as one is kept now.

Then an order was one registration's, with a sum for its fee and its guests, options that ended each by themselves, and
one settlement of the whole. What each payment had paid stayed as it was when the order ended.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.payments.orders.domain.endings import CONFERENCE_CANCELLED, GRANT, OPTION_ENDED
from services.payments.orders.domain.lines import FEE, GUEST, KEPT, OPTION

Document = dict[str, Any]
REFUND = "refund"


def with_lines(document: Mapping[str, Any]) -> Document:
    """The order as it is kept now; of no sum anything appears or vanishes."""
    registration = document["registration"]
    settled = f"{document['_id']}:ended" if document.get("settlement") else ""
    lines = [
        _line(f"{registration}:{kind}", registration, kind, amount_minor=document[f"{kind}_minor"], ending=settled)
        for kind in (FEE, GUEST)
        if document[f"{kind}_minor"]
    ]
    endings = []
    for number, option in enumerate(document.get("options", ()), start=1):
        ending = f"{document['_id']}:option:{number}" if option["ended_by"] else settled
        line = _line(
            f"{registration}:{number}", registration, OPTION, amount_minor=option["amount_minor"], ending=ending
        )
        lines.append({**line, "product": option["product"], "session": option["session"]})
        if option["ended_by"]:
            endings.append(_option_ended(ending, registration, option))
    after = {**document, "lines": lines, "endings": endings, "registrations": [registration]}
    if settled:
        price_minor = sum(line["amount_minor"] for line in lines if line["ending"] == settled)
        end = _settled(settled, document, price_minor=price_minor)
        endings.append(end)
        after["shares"] = [{**share, "paid_minor": 0} for share in document["shares"]]
        if end["kept_minor"]:
            kept = _line(f"{settled}:kept", registration, KEPT, amount_minor=end["kept_minor"], ending="")
            lines.append({**kept, "kept_by": settled})
    return after


def _line(id_: str, registration: str, kind: str, *, amount_minor: int, ending: str) -> Document:
    return {"id": id_, "registration": registration, "kind": kind, "amount_minor": amount_minor, "ending": ending}


def _option_ended(id_: str, registration: str, option: Mapping[str, Any]) -> Document:
    refunds = option.get("refunds", ())
    return {
        "id": id_,
        "cause": OPTION_ENDED,
        "registrations": [registration],
        "by": option["ended_by"],
        "run": "",
        "amount_minor": option["amount_minor"],
        "written_off_minor": option["written_off_minor"],
        "released_minor": option["released_minor"],
        "free_minor": sum(refund["amount_minor"] for refund in refunds),
        "choice": REFUND,
        "refunds": list(refunds),
        "is_ended": all(refund["is_settled"] for refund in refunds),
        **_counted(refunds),
    }


def _settled(id_: str, document: Mapping[str, Any], *, price_minor: int) -> Document:
    end = document["settlement"]
    taken = [
        {
            "payment": share["payment"],
            "tender": share["tender"],
            "amount_minor": share["paid_minor"],
            "returned_minor": share.get("returned_minor", 0),
        }
        for share in reversed(document["shares"])
        if share["paid_minor"]
    ]
    own_first = sorted(taken, key=lambda portion: portion["tender"] == GRANT)
    is_fixed = end["choice"] is not None or end["refundable_minor"] == 0
    own = (each for each in taken if each["tender"] != GRANT)
    held_minor = 0 if is_fixed else sum(each["amount_minor"] - each["returned_minor"] for each in own)
    known = sum(end[name] for name in ("kept_minor", "credited_minor", "donated_minor", "released_minor"))
    refunds, more = _apart(end["refunds"], price_minor - known - end["voided_minor"] - held_minor)
    kept_names = ("run", "fee_minor", "choice", "kept_minor", "credited_minor", "donated_minor", "released_minor")
    return {
        **{name: end[name] for name in (*kept_names, "is_ended")},
        "id": id_,
        "cause": CONFERENCE_CANCELLED,
        "registrations": [document["registration"]],
        "amount_minor": price_minor,
        "written_off_minor": end["voided_minor"],
        "free_minor": end["refundable_minor"],
        "awaited_minor": end.get("awaited_minor", 0),
        "taken": own_first,
        "refunds": refunds,
        "more": more,
        **_counted(end["refunds"]),
    }


def _apart(refunds: Sequence[Mapping[str, Any]], of_lines_minor: int) -> tuple[list[Document], list[Document]]:
    """The refunds of what the lines had cost, and those of money beyond them."""
    own, more = [], []
    for refund in refunds:
        part_minor = min(refund["amount_minor"], of_lines_minor)
        of_lines_minor -= part_minor
        if part_minor:
            own.append({**refund, "amount_minor": part_minor})
        if refund["amount_minor"] > part_minor:
            more.append({**refund, "amount_minor": refund["amount_minor"] - part_minor})
    return own, more


def _counted(refunds: Sequence[Mapping[str, Any]]) -> Document:
    settled_minor = sum(refund["amount_minor"] for refund in refunds if refund["is_settled"])
    settled_count = sum(refund["is_settled"] for refund in refunds)
    return {
        "refunded_minor": settled_minor,
        "payable_minor": sum(refund["amount_minor"] for refund in refunds) - settled_minor,
        "refund_open_count": len(refunds) - settled_count,
        "refund_settled_count": settled_count,
    }
