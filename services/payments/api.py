"""Payments' JSON over HTTP, and the door for the card provider's webhooks: parse, call a command, answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from flask import Response, current_app, jsonify, request, url_for

from services.payments import answers, schemas
from services.payments.books import store as books
from services.payments.books.store import LEDGER, stuck
from services.payments.listening.commands import keep_provider_events
from services.payments.orders import commands as orders_commands
from services.payments.orders.domain.orders import Order, OrderUnknown
from services.payments.orders.domain.payments import Payment
from services.payments.orders.store import ORDERS, read_order
from services.payments.provider.domain.events import FOLLOWED_EVENTS
from services.payments.provider.jobs.gateway import Gateway
from services.payments.receipts.commands import recording
from services.payments.refunds.commands import by_hand
from services.payments.refunds.commands.by_hand import let_refund_go
from services.payments.refunds.domain.outside import is_echo
from services.payments.refunds.domain.refunds import RefundUnknown
from services.payments.refunds.store import REFUNDS, earlier_refunds, find_outside, find_refunds
from services.payments.runs.domain import RunUnknown
from services.payments.runs.store import RUNS, stuck_run
from services.payments.strays import commands as strays_commands
from services.payments.strays.store import find_strays
from shared.auth import current_role, desk
from shared.clock import host_now
from shared.idempotency import run_once
from shared.mongo import Collection
from shared.states import list_states, read
from shared.web.current import database
from shared.web.documented import LINK, ONCE, SIGNED_IN, Blueprint, documented, idempotency_key

S = TypeVar("S")


blueprint = Blueprint(
    "api", __name__, url_prefix="/payments", description="Orders, payments, refunds, refund runs, the ledger."
)


# orders and payments


@blueprint.route("/orders")
@desk("finance")
@documented(blueprint, 401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.OrdersShape, location="query")
@blueprint.response(200, answers.OrdersAnswer, headers=LINK)
def list_orders(asked: dict[str, Any]) -> Response:
    """Orders, of one conference or of all."""
    where = {"conference": asked["conference"]} if asked["conference"] else {}
    return _list(ORDERS, where, asked, answers.order_json)


@blueprint.route("/orders/<order>")
@desk("finance")
@documented(blueprint, 401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, answers.OrderAnswer)
def get_order(order: str) -> Response:
    """One order, by its own number or its invoice's."""
    known = read_order(database(), order)
    if known is None:
        raise OrderUnknown("There is no order under this number.")
    return jsonify(answers.order_json(known))


@blueprint.route("/orders/<order>/payments", methods=["POST"])
@desk("finance")
@documented(blueprint, 400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.PaymentShape)
@blueprint.response(201, answers.PaymentAnswer)
def record_payment(asked: dict[str, Any], order: str) -> Response:
    """Record a cheque, a transfer or a grant for an order, named by its own number or its invoice's. After the order's
    end it goes back by itself."""

    def told(recorded: tuple[Order, Payment]) -> dict[str, Any]:
        after, payment = recorded
        return {
            "payment": payment.id,
            "order": after.id,
            "balance_minor": after.owed_minor,
            "is_late": payment.is_late,
        }

    return _made(recording.record_payment, told, order=order, **asked)


@blueprint.route("/orders/<order>/purchase-order", methods=["POST"])
@desk("finance")
@documented(blueprint, 400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.PurchaseOrderShape)
@blueprint.response(201, answers.OrderAnswer)
def record_purchase_order(asked: dict[str, Any], order: str) -> Response:
    """Accept a town's purchase order; its delegates are confirmed before the money comes."""
    return _made(orders_commands.record_purchase_order, answers.order_json, order=order, **asked)


@blueprint.route("/deposits", methods=["POST"])
@desk("finance")
@documented(blueprint, 400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.DepositShape)
@blueprint.response(201, answers.DepositAnswer)
def deposit_cheques(asked: dict[str, Any]) -> Response:
    """Record cheques as taken to the bank with one slip."""
    return _made(recording.deposit_cheques, answers.deposit_json, **asked)


# refunds


@blueprint.route("/refunds")
@desk("finance")
@documented(blueprint, 401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.RefundsShape, location="query")
@blueprint.response(200, answers.RefundsAnswer, headers=LINK)
def list_refunds(asked: dict[str, Any]) -> Response:
    """Refunds by run (or outside of any), state and rail."""
    found = find_refunds(
        database(),
        run="" if asked["outside"] else asked["run"],
        state=asked["state"],
        rail=asked["rail"],
        after=asked["after"],
        limit=asked["limit"] + 1,
    )
    return _page(found, asked, answers.refund_json)


@blueprint.route("/refunds/<refund>")
@desk("finance")
@documented(blueprint, 401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, answers.RefundAnswer)
def get_refund(refund: str) -> Response:
    """One refund."""
    known = read(database(), REFUNDS, refund)
    if known is None:
        raise RefundUnknown("There is no refund under this number.")
    return jsonify(answers.refund_json(known))


@blueprint.route("/refunds/<refund>/record", methods=["POST"])
@desk("finance")
@documented(blueprint, 400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.RecordPaidShape)
@blueprint.response(200, answers.RefundAnswer)
def record_refund(asked: dict[str, Any], refund: str) -> Response:
    """Record a refund as paid by cheque or transfer, under a number that was not used before."""
    return _made(by_hand.record_refund, answers.refund_json, status=200, refund=refund, **asked)


@blueprint.route("/refunds/<refund>/retry", methods=["POST"])
@desk("finance")
@documented(blueprint, 400, 401, 403, 404, 409, 503)
@blueprint.doc(**ONCE)
@blueprint.response(200, answers.RefundAnswer)
def retry_refund(refund: str) -> Response:
    """Let go a refund that waits for a person: the provider is asked again, and what it doesn't have is sent."""
    return _made(let_refund_go, answers.refund_json, status=200, refund=refund)


@blueprint.route("/refunds/<refund>/paid-elsewhere", methods=["POST"])
@desk("finance")
@documented(blueprint, 400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.ElsewhereShape)
@blueprint.response(200, answers.RefundAnswer)
def pay_elsewhere(asked: dict[str, Any], refund: str) -> Response:
    """Record that a held refund, or a part of it, was paid by cheque or transfer; the answer is what is left of it."""
    return _made(by_hand.pay_elsewhere, answers.refund_json, status=200, refund=refund, **asked)


@blueprint.route("/outside-refunds")
@desk("finance")
@documented(blueprint, 401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.StraysShape, location="query")
@blueprint.response(200, answers.OutsidesAnswer, headers=LINK)
def list_outside(asked: dict[str, Any]) -> Response:
    """Refunds that somebody made at the card provider and not here, and what each was taken for."""
    found = find_outside(database(), is_open=asked["state"] == "open", after=asked["after"], limit=asked["limit"] + 1)
    return _page(found, asked, answers.outside_json)


@blueprint.route("/outside-refunds/<outside>/look", methods=["POST"])
@desk("finance")
@documented(blueprint, 400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.LookShape)
@blueprint.response(200, answers.OutsideAnswer)
def note_look_outside(asked: dict[str, Any], outside: str) -> Response:
    """Say what was done about a refund that was made outside; it leaves the list of the open ones."""
    return _made(by_hand.note_look_outside, answers.outside_json, status=200, outside=outside, **asked)


# money that fits no order


@blueprint.route("/strays")
@desk("finance")
@documented(blueprint, 401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.StraysShape, location="query")
@blueprint.response(200, answers.StraysAnswer, headers=LINK)
def list_strays(asked: dict[str, Any]) -> Response:
    """Card payments that fit no order: for an order that we don't know, or in another currency than it."""
    found = find_strays(database(), is_open=asked["state"] == "open", after=asked["after"], limit=asked["limit"] + 1)
    return _page(found, asked, answers.stray_json)


@blueprint.route("/strays/<stray>/look", methods=["POST"])
@desk("finance")
@documented(blueprint, 400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.LookShape)
@blueprint.response(200, answers.StrayAnswer)
def note_look(asked: dict[str, Any], stray: str) -> Response:
    """Say what was done about a payment that fits no order; it leaves the list of the open ones."""
    return _made(strays_commands.note_look, answers.stray_json, status=200, stray=stray, **asked)


# runs and books


@blueprint.route("/runs/<run>")
@desk("committee", "finance")
@documented(blueprint, 401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, answers.RunAnswer)
def get_run(run: str) -> Response:
    """How far the money of one cancelled conference has come."""
    known = read(database(), RUNS, run)
    if known is None:
        raise RunUnknown("There is no refund run under this number (yet).")
    earlier = earlier_refunds(database(), known.conference)
    return jsonify(answers.run_json(known, earlier=earlier, stuck=stuck(database(), stuck_run(run))))


@blueprint.route("/ledger/trial-balance")
@desk("finance")
@documented(blueprint, 401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.BooksShape, location="query")
@blueprint.response(200, answers.TrialBalanceAnswer)
def get_trial_balance(asked: dict[str, Any]) -> Response:
    """Every account's balance, of one conference or of everything; per currency they sum to zero."""
    conference = asked["conference"]
    balances = books.trial_balance(database(), conference=conference)
    return jsonify(answers.balances_json(balances, conference=conference))


@blueprint.route("/ledger/entries")
@desk("finance")
@documented(blueprint, 401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.EntriesShape, location="query")
@blueprint.response(200, answers.TransactionsAnswer, headers=LINK)
def list_entries(asked: dict[str, Any]) -> Response:
    """The ledger transactions of one conference, with their debits and credits."""
    return _list(LEDGER, {"conference": asked["conference"]}, asked, answers.transaction_json)


@blueprint.route("/ledger/chain")
@desk("finance")
@documented(blueprint, 401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.ChainShape, location="query")
@blueprint.response(200, answers.ChainAnswer)
def check_chain(asked: dict[str, Any]) -> Response:
    """Recompute the chain over one conference's books."""
    conference = asked["conference"]
    sealed_count, unsealed_count = books.sealed_counts(database(), conference)
    fault = books.chain_fault(database(), conference)
    return jsonify(
        {
            "conference": conference,
            "sealed_count": sealed_count,
            "unsealed_count": unsealed_count,
            "is_unbroken": fault is None,
            "fault": fault,
        }
    )


# the card provider


@blueprint.route("/webhooks/stripe", methods=["POST"])
@documented(blueprint, 400, 503)
@blueprint.response(200)
def take_webhook() -> Response:
    """The card provider says that something happened: it is kept, and looked at right afterwards."""
    gateway = cast(Gateway, current_app.config["GATEWAY"])
    event = gateway.verify(request.get_data(), request.headers.get("Stripe-Signature", ""), now=host_now().timestamp())
    asked = read(database(), REFUNDS, event.refund) if event.refund else None
    if event.type in FOLLOWED_EVENTS and not is_echo(event, asked):
        database().run(keep_provider_events, events=[event])
    return jsonify({"received": event.id})


def _made(command: Callable[..., S], told: Callable[[S], Any], *, status: int = 201, **arguments: Any) -> Response:
    """Run a command once under the request's key."""
    answer = run_once(
        database(), command, key=idempotency_key(), scope=current_role() or "public", answer=told, **arguments
    )
    response = jsonify(answer)
    response.status_code = status
    return response


def _list(
    collection: Collection[S], where: Mapping[str, Any], asked: Mapping[str, Any], told: Callable[[S], dict[str, Any]]
) -> Response:
    found = list_states(database(), collection, where, after=asked["after"], limit=asked["limit"] + 1)
    return _page(found, asked, told)


def _page(found: Sequence[S], asked: Mapping[str, Any], told: Callable[[S], dict[str, Any]]) -> Response:
    """One page of a list, of which one more was found than is shown, and the link to the next."""
    limit = asked["limit"]
    items = [told(each) for each in found[:limit]]
    next_ = items[-1].get("id", items[-1].get("order")) if len(found) > limit else None
    response = jsonify({"items": items, "next": next_})
    if next_:
        query = {name: value for name, value in asked.items() if value} | {"after": next_}
        response.headers["Link"] = f'<{url_for(request.endpoint or "", **query)}>; rel="next"'
    return response
