"""The list of credits: what its columns say, and what can be asked of it."""

from collections.abc import Mapping
from datetime import datetime

from flask import url_for

from services.payments.credits.domain import Credit
from services.payments.credits.store import STATES
from services.payments.orders.store import Conference
from shared.web.paging import Sort
from shared.web.tables import Column, Filter, Kind, Sum, Table


def credits_of(conferences: Mapping[str, Conference], *, now: datetime) -> Table[Credit]:
    """All credits, the oldest first: how much is left, and since when."""
    titles = {id_: each.title for id_, each in conferences.items()}
    return Table(
        name="credits",
        columns=(
            Column(
                name="left",
                label="Left",
                value=lambda credit: Sum(credit.left_minor, credit.currency),
                kind=Kind.SUM,
            ),
            Column(name="state", label="State", value=lambda credit: state_of(credit, now=now)),
            Column(
                name="issued",
                label="Since",
                value=lambda credit: credit.issued_at.date(),
                kind=Kind.DAY,
                sort="issued_at",
            ),
            Column(
                name="age", label="Years", value=lambda credit: years_of(credit, now=now), kind=Kind.COUNT, is_wide=True
            ),
            Column(
                name="conference",
                label="Left of",
                value=lambda credit: titles.get(credit.conference, credit.conference),
                is_wide=True,
            ),
            Column(
                name="amount",
                label="Kept at first",
                value=lambda credit: Sum(credit.amount_minor, credit.currency),
                kind=Kind.SUM,
                sort="amount_minor",
                is_wide=True,
            ),
            Column(
                name="spent",
                label="Spent",
                value=lambda credit: Sum(credit.spent_minor, credit.currency),
                kind=Kind.SUM,
                only_in_files=True,
            ),
            Column(
                name="paid_out",
                label="Paid out",
                value=lambda credit: Sum(credit.paid_out_minor, credit.currency),
                kind=Kind.SUM,
                only_in_files=True,
            ),
            Column(
                name="unclaimed_on",
                label="Unclaimed from",
                value=lambda credit: credit.unclaimed_on(),
                kind=Kind.DAY,
                only_in_files=True,
            ),
            Column(name="holder", label="Holder", value=lambda credit: credit.person, only_in_files=True),
            Column(name="order", label="Order", value=lambda credit: credit.order, only_in_files=True),
            Column(name="credit", label="Credit", value=lambda credit: credit.id, only_in_files=True),
            Column(
                name="next",
                label="Next",
                value=lambda credit: "Approve" if credit.payout else "Look",
                link=lambda credit: url_for("credits_desk.show_credit", credit=credit.id),
            ),
        ),
        filters=(
            Filter(name="state", label="State", choices=STATES),
            Filter(name="conference", label="Left of", choices=titles),
        ),
        search="The number of the invoice that it is left of, or the holder's own number.",
        first=Sort("issued_at"),
    )


def state_of(credit: Credit, *, now: datetime) -> str:
    """How a credit stands, as the desk calls it."""
    if credit.payout is not None:
        return STATES["asked"]
    if not credit.balance_minor:
        return STATES["used"]
    return STATES["unclaimed" if credit.unclaimed_on() <= now.date() else "unspent"]


def years_of(credit: Credit, *, now: datetime) -> int:
    """How many full years old it is."""
    since, today = credit.issued_at.date(), now.date()
    return today.year - since.year - ((today.month, today.day) < (since.month, since.day))
