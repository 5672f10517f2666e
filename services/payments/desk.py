"""The finance desk's pages: what waits to be done, runs, refunds, orders, the books.

Each list says what to do next; a refusal shows beside the form it belongs to, and what was typed is kept.
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.payments import answers, forms, lists, schemas
from services.payments.books import store as books
from services.payments.books.domain.ledger import TITLES, Account
from services.payments.books.store import stuck, stuck_now
from services.payments.completing import store as counting
from services.payments.orders import commands as orders_commands
from services.payments.orders.domain.orders import Order, OrderUnknown
from services.payments.orders.store import (
    CONFERENCES,
    ORDERS,
    OWED_SEATS,
    PAYMENTS,
    Conference,
    orders_named,
    read_order,
    transactions_of,
)
from services.payments.receipts.commands import recording
from services.payments.receipts.domain.receipts import TENDERS_BY_HAND
from services.payments.refunds.commands import by_hand
from services.payments.refunds.commands.by_hand import let_refund_go
from services.payments.refunds.domain.refunds import (
    CHEQUE,
    DISPUTE,
    RAILS,
    TRANSFER,
    Refund,
    RefundState,
    RefundUnknown,
)
from services.payments.refunds.store import (
    OPEN_STATES,
    OUTSIDE,
    REFUNDS,
    disputes_about,
    earlier_refunds,
    refunds_where,
)
from services.payments.runs.domain import RunUnknown
from services.payments.runs.store import RUNS, stuck_run
from services.payments.strays import commands as strays_commands
from services.payments.strays.store import find_strays, open_stray_count
from services.payments.waiting import store as waiting
from shared.auth import desk
from shared.idempotency import run_once
from shared.money import in_words
from shared.problem import Invalid, Refusal
from shared.references import payment_reference
from shared.states import list_states, read
from shared.web import links, tables
from shared.web.current import database, settings
from shared.web.documented import form_key
from shared.web.paging import find_all, find_page

LIST_LENGTH = 50

blueprint = Blueprint("desk", __name__, url_prefix="/payments/desk")


@blueprint.get("")
@desk("finance", "committee")
def show_desk() -> str:
    """What waits to be done and since when, the refund runs, and the trial balance."""
    runs = list_states(database(), RUNS, {}, limit=100)
    balances = books.trial_balance(database())
    return render_template(
        "payments/desk.html",
        runs=list(reversed(runs)),
        conferences=_conferences(),
        stuck=stuck_now(database()),
        broken=books.broken(database()),
        open=_open_refunds(None),
        ages=waiting.refund_ages(database()),
        strays=waiting.open_strays(database()),
        outside=waiting.open_outside(database()),
        disputes=waiting.open_disputes(database()),
        cheques=waiting.cheques_in_hand(database()),
        owed_seat_count=waiting.owed_seats(database()),
        in_hand=waiting.sums_on(balances, Account.CHEQUES),
        receivables=waiting.sums_on(balances, Account.RECEIVABLES),
        short_since=waiting.short_since(database()),
        books=answers.balances_json(balances, conference=None),
    )


@blueprint.get("/runs/<run>")
@desk("finance", "committee")
def show_run(run: str) -> str:
    """One refund run: how far it is, where its money went, and what holds it up."""
    known = read(database(), RUNS, run)
    if known is None:
        raise RunUnknown("There is no refund run under this number (yet). Please try again in a moment.")
    return render_template(
        "payments/run.html",
        run=known,
        conference=read(database(), CONFERENCES, known.conference),
        counts=counting.refund_counts(database(), run=run),
        open=_open_refunds(run),
        earlier=earlier_refunds(database(), known.conference),
        stuck=stuck(database(), stuck_run(run)),
        rails=RAILS,
    )


@blueprint.get("/refunds")
@desk("finance")
def list_refunds() -> Response:
    """Refunds by run (or outside of any), state and rail; one by its invoice or by the cheque that paid it."""
    run = request.args.get("run", "")
    conferences = _conferences()

    def where(asked: tables.Asked) -> dict[str, Any]:
        return refunds_where(
            database(),
            named=asked.query,
            run="" if asked.filters.get("outside") else run or None,
            state=asked.filters.get("state"),
            rail=asked.filters.get("rail"),
        )

    return tables.answer(
        lists.refunds(conferences),
        "payments/refunds.html",
        page=lambda asked: find_page(
            database(), REFUNDS, where(asked), sort=asked.sort, after=asked.after, limit=tables.PAGE_LENGTH
        ),
        every=lambda asked: find_all(database(), REFUNDS, where(asked), sort=asked.sort),
        conferences=conferences,
    )


@blueprint.get("/refunds/<refund>")
@desk("finance")
def show_refund(refund: str) -> Response:
    """One refund, and what can be done about it."""
    return refund_page(refund_named(refund), typed={}, errors={}, refused=None)


@blueprint.post("/refunds/<refund>/record")
@desk("finance")
def record_refund(refund: str) -> Response:
    """Record the refund as paid, and go on with the next of its kind."""
    known = refund_named(refund)
    rail = CHEQUE if known.rail == DISPUTE else known.rail  # a cheque that had left before a dispute
    typed = {"rail": rail, **typed_in("reference", "paid_on")}
    typed |= typed_in("payee_version") if request.form.get("payee_version") else {}

    def show(errors: forms.Messages, refused: Refusal | None) -> Response:
        return refund_page(refund_named(refund), typed=request.form, errors=errors, refused=refused)

    def act(asked: Mapping[str, Any]) -> Response:
        once(by_hand.record_refund, refund=refund, **asked)
        flash(f"Recorded: {in_words(known.amount_minor, known.currency)} by {known.rail} {asked['reference']}.")
        more = url_for(
            "desk.list_refunds",
            run=known.run or None,
            outside=None if known.run else "yes",
            rail=known.rail,
            state=RefundState.AWAITING_RECORD,
        )
        return cast(Response, redirect(more, 303))

    return submitted(schemas.RecordPaidShape(), typed, act=act, show=show)


@blueprint.post("/refunds/<refund>/retry")
@desk("finance")
def retry_refund(refund: str) -> Response:
    """Let go a refund that waited for a person."""
    try:
        once(let_refund_go, refund=refund)
    except Refusal as refused:
        return refund_page(refund_named(refund), typed={}, errors={}, refused=refused)
    flash("The card provider is asked again. Look at this page in a minute.")
    return cast(Response, redirect(url_for("desk.show_refund", refund=refund), 303))


@blueprint.get("/strays")
@desk("finance")
def list_strays() -> Response:
    """Card payments that fit no order, each with what can be done about it."""
    return _strays_page(stray="", typed={}, errors={}, refused=None)


@blueprint.post("/strays/<stray>")
@desk("finance")
def note_look(stray: str) -> Response:
    """Keep what was done about a payment that fits no order."""

    def show(errors: forms.Messages, refused: Refusal | None) -> Response:
        return _strays_page(stray=stray, typed=request.form, errors=errors, refused=refused)

    def act(asked: Mapping[str, Any]) -> Response:
        once(strays_commands.note_look, stray=stray, **asked)
        flash("Kept. The payment is off the list.")
        return cast(Response, redirect(url_for("desk.list_strays"), 303))

    return submitted(schemas.LookShape(), typed_in("note"), act=act, show=show)


@blueprint.get("/orders")
@desk("finance")
def list_orders() -> Response:
    """Orders by conference, or one by its invoice's or its own number."""
    conferences = _conferences()

    def where(asked: tables.Asked) -> dict[str, Any]:
        of_conference = {"conference": asked.filters["conference"]} if "conference" in asked.filters else {}
        paid_by = {"tender": asked.filters["tender"]} if "tender" in asked.filters else {}
        return {**of_conference, **paid_by, **(orders_named(asked.query) if asked.query else {})}

    return tables.answer(
        lists.orders(conferences),
        "payments/orders.html",
        page=lambda asked: find_page(
            database(), ORDERS, where(asked), sort=asked.sort, after=asked.after, limit=tables.PAGE_LENGTH
        ),
        every=lambda asked: find_all(database(), ORDERS, where(asked), sort=asked.sort),
        conferences=conferences,
    )


@blueprint.get("/orders/<order>")
@desk("finance")
def show_order(order: str) -> Response:
    """One order: what is owed, what came in, what has become of it, and every booking behind that."""
    return _order_page(_order(order), form="", typed={}, errors={}, refused=None)


@blueprint.post("/orders/<order>/payments")
@desk("finance")
def record_payment(order: str) -> Response:
    """Record a cheque, a transfer or a grant."""
    known = _order(order)
    typed = typed_in("tender", "reference", "received_on") | {
        "currency": known.currency,
        "amount_minor": forms.amount_minor(request.form.get("amount", ""), known.currency),
    }

    def show(errors: forms.Messages, refused: Refusal | None) -> Response:
        return _order_page(_order(order), form="payment", typed=request.form, errors=errors, refused=refused)

    def act(asked: Mapping[str, Any]) -> Response:
        once(recording.record_payment, order=order, **asked)
        flash(f"Recorded: {in_words(asked['amount_minor'], known.currency)} by {asked['tender']} {asked['reference']}.")
        return cast(Response, redirect(url_for("desk.show_order", order=order), 303))

    return submitted(schemas.PaymentShape(), typed, act=act, show=show)


@blueprint.post("/orders/<order>/purchase-order")
@desk("finance")
def record_purchase_order(order: str) -> Response:
    """Accept a purchase order."""
    known = _order(order)
    typed = typed_in("number", "dated") | {
        "limit_minor": forms.amount_minor(request.form.get("limit", ""), known.currency)
    }

    def show(errors: forms.Messages, refused: Refusal | None) -> Response:
        return _order_page(_order(order), form="purchase_order", typed=request.form, errors=errors, refused=refused)

    def act(asked: Mapping[str, Any]) -> Response:
        once(orders_commands.record_purchase_order, order=order, **asked)
        flash(f"Purchase order {asked['number']} covers this order.")
        return cast(Response, redirect(url_for("desk.show_order", order=order), 303))

    return submitted(schemas.PurchaseOrderShape(), typed, act=act, show=show)


@blueprint.get("/books/<conference>")
@desk("finance")
def show_books(conference: str) -> str:
    """The trial balance of one conference, and whether its books are as they were sealed."""
    sealed_count, unsealed_count = books.sealed_counts(database(), conference)
    return render_template(
        "payments/books.html",
        conference=read(database(), CONFERENCES, conference),
        books=answers.balances_json(books.trial_balance(database(), conference=conference), conference=conference),
        sealed_count=sealed_count,
        unsealed_count=unsealed_count,
        sound=books.soundness(database(), conference),
    )


def submitted(
    schema: schemas.Shape,
    typed: Mapping[str, Any],
    *,
    act: Callable[[Mapping[str, Any]], Response],
    show: Callable[[forms.Messages, Refusal | None], Response],
) -> Response:
    """Do what a form asks, or show it again with what is wrong."""
    asked, errors = forms.load(schema, typed)
    if errors:
        return make_response(show(errors, None), Invalid.status)
    try:
        return act(asked)
    except Refusal as refused:
        return make_response(show({}, refused), refused.status)


def once(command: Callable[..., Any], **arguments: Any) -> None:
    """Run a command once for this form, however often it is sent."""
    key = form_key()
    run_once(database(), command, key=key, scope="finance-form", answer=lambda _: {}, **arguments)


def typed_in(*names: str) -> dict[str, str]:
    """What was typed into these fields."""
    return {name: request.form.get(name, "") for name in names}


def refund_named(id_: str) -> Refund:
    """The refund under this number."""
    refund = read(database(), REFUNDS, id_)
    if refund is None:
        raise RefundUnknown("There is no refund under this number.")
    return refund


def _order(named: str) -> Order:
    order = read_order(database(), named)
    if order is None:
        raise OrderUnknown("There is no order under this number.")
    return order


def refund_page(
    refund: Refund, *, typed: Mapping[str, Any], errors: forms.Messages, refused: Refusal | None
) -> Response:
    """One refund, with what was typed and what is wrong with it."""
    payment = read(database(), PAYMENTS, refund.payment)
    disputes = disputes_about(database(), [payment] if payment else [])
    page = render_template(
        "payments/refund.html",
        refund=refund,
        disputes=disputes,
        open_dispute=any(each.is_open for each in disputes),
        order=read(database(), ORDERS, refund.order),
        conference=read(database(), CONFERENCES, refund.conference),
        payee_link=links.payee(settings(), refund.id),
        by_hand=(CHEQUE, TRANSFER),
        typed=typed,
        errors=errors,
        refused=refused,
        new_key=uuid.uuid4().hex,
    )
    return make_response(page)


def _strays_page(*, stray: str, typed: Mapping[str, Any], errors: forms.Messages, refused: Refusal | None) -> Response:
    page = render_template(
        "payments/strays.html",
        open=find_strays(database(), is_open=True, limit=LIST_LENGTH),
        open_count=open_stray_count(database()),
        looked_at=find_strays(database(), is_open=False, limit=LIST_LENGTH),
        stray=stray,
        typed=typed,
        errors=errors,
        refused=refused,
        new_key=uuid.uuid4().hex,
    )
    return make_response(page)


def _order_page(
    order: Order, *, form: str, typed: Mapping[str, Any], errors: forms.Messages, refused: Refusal | None
) -> Response:
    of_order = {"order": order.id}
    payments = list_states(database(), PAYMENTS, of_order, limit=100)
    page = render_template(
        "payments/order.html",
        order=order,
        conference=read(database(), CONFERENCES, order.conference),
        payments=payments,
        disputes=disputes_about(database(), payments),
        refunds=list_states(database(), REFUNDS, of_order, limit=100),
        outside=list_states(database(), OUTSIDE, of_order, limit=100),
        transactions=transactions_of(database(), order),
        titles=TITLES,
        tenders=TENDERS_BY_HAND,
        pay_link=links.pay(settings(), order.id),
        reference=payment_reference(order.id),
        owed_seats=list_states(
            database(),
            OWED_SEATS,
            {"person": order.person, "conference": order.conference, "is_owed": True},
            limit=20,
        ),
        form=form,
        typed=typed,
        errors=errors,
        refused=refused,
        new_key=uuid.uuid4().hex,
    )
    return make_response(page)


def _open_refunds(run: str | None) -> dict[str, int]:
    """How many refunds wait, by what they wait for."""
    counts = counting.refund_counts(database(), run=run, states=OPEN_STATES)
    by_state: dict[str, int] = {}
    for (rail, state), count in counts.items():
        name = f"{rail}_to_pay" if state == RefundState.AWAITING_RECORD else state
        by_state[name] = by_state.get(name, 0) + count
    return by_state


def _conferences() -> dict[str, Conference]:
    return {each.id: each for each in list_states(database(), CONFERENCES, {}, limit=500)}
