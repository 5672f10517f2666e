"""Owns the control desk under `/_provider/`: the tester's JSON doors to the clock, the knobs and the records.

Nothing here exists at Stripe. What it takes is declared in tables like those of the API, and refused in the same way.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from deploy.provider.clock import ClockGoesBack, in_words
from deploy.provider.endpoints import require
from deploy.provider.errors import Refusal
from deploy.provider.faults import KNOBS
from deploy.provider.objects import balance, checkout_sessions, disputes, payouts, refund_plans, refunds
from deploy.provider.objects.cards import CHECKOUT_CARDS
from deploy.provider.parameters import (
    Boolean,
    Choice,
    Fields,
    Integer,
    Metadata,
    Parameter,
    Table,
    Text,
    Tree,
    read_parameters,
)
from deploy.provider.provider import Provider
from deploy.provider.store import Body, to_json
from deploy.provider.summary import summarise
from deploy.provider.work import Work

_STREAM_SIZE = 500
_STREAMED = {"refunds": "refund", "charges": "charge", "balance_transactions": "balance_transaction", "events": "event"}
_WHICH_REFUNDS: Table = {
    "payment_intent": Text(),
    "metadata": Metadata(),
    "count": Integer(minimum=1),
    "days": Integer(maximum=365),
}
_REFUND_KNOBS = {
    "refund_fails_after_days": refund_plans.FAILS,
    "refund_pending_for_days": refund_plans.WAITS_FOR_BANK,
    "refund_requires_action": refund_plans.NEEDS_PERSON,
}
_LINE: Table = {
    "type": Text(required=True),
    "amount": Integer(required=True, minimum=-1_000_000_000),
    "fee": Integer(),
    "currency": Text(required=True),
    "source": Text(),
    "reporting_category": Text(),
    "balance_type": Text(),
    "description": Text(),
}
_KNOB_TABLE: dict[str, Parameter] = {
    **{knob: Fields(table) for knob, table in KNOBS.items()},
    **{knob: Fields(_WHICH_REFUNDS) for knob in _REFUND_KNOBS},
    "short_balance": Fields({"currency": Text(required=True), "leave_minor": Integer()}),
    "limiter": Choice(("on", "off")),
}


def create_blueprint(provider: Provider) -> Blueprint:
    blueprint = Blueprint("control", __name__, url_prefix="/_provider")
    blueprint.register_error_handler(Refusal, _refused)
    desk = _Desk(provider)
    blueprint.add_url_rule("/clock", view_func=desk.show_clock, methods=["GET"])
    blueprint.add_url_rule("/clock", view_func=desk.move_clock, methods=["POST"])
    blueprint.add_url_rule("/faults", view_func=desk.show_faults, methods=["GET"])
    blueprint.add_url_rule("/faults", view_func=desk.turn_knobs, methods=["POST"])
    blueprint.add_url_rule("/faults", view_func=desk.clear_faults, methods=["DELETE"])
    blueprint.add_url_rule("/summary", view_func=desk.show_summary, methods=["GET"])
    blueprint.add_url_rule("/checkout/<object_id>/pay", view_func=desk.pay_session, methods=["POST"])
    blueprint.add_url_rule("/checkout/<object_id>/bank", view_func=desk.decide_payment, methods=["POST"])
    blueprint.add_url_rule("/refunds/<object_id>", view_func=desk.decide_refund, methods=["POST"])
    blueprint.add_url_rule("/disputes", view_func=desk.open_dispute, methods=["POST"])
    blueprint.add_url_rule("/disputes/<object_id>", view_func=desk.close_dispute, methods=["POST"])
    blueprint.add_url_rule("/balance_transactions", view_func=desk.post_line, methods=["POST"])
    blueprint.add_url_rule("/payouts/<object_id>", view_func=desk.fail_payout, methods=["POST"])
    blueprint.add_url_rule("/payouts", view_func=desk.pay_out, methods=["POST"])
    blueprint.add_url_rule("/<any(" + ",".join(_STREAMED) + "):plural>", view_func=desk.stream, methods=["GET"])
    return blueprint


class _Desk:
    """What a tester can do, one method each."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def show_clock(self) -> Response:
        return _json({"now": in_words(self._provider.clock.now())})

    def move_clock(self) -> Response:
        """Put the clock there; when this answers, everything that fell due on the way has happened."""
        values = _read({"now": Text(required=True), "reset": Boolean()})
        to = _moment(values["now"])
        try:
            self._provider.clock.move(to, reset=values.get("reset", False))
        except ClockGoesBack as error:
            message = f"The clock was not moved, because it never goes back. {error} Send reset: true to force it."
            raise Refusal(message, status=409, param="now") from error
        self._provider.catch_up()
        return self.show_clock()

    def show_faults(self) -> Response:
        with self._provider.looking() as work:
            planned = refund_plans.shown(work)
        limiter = "on" if self._provider.limiter.is_on else "off"
        return _json({"faults": self._provider.faults.shown(), "refund_plans": planned, "limiter": limiter})

    def turn_knobs(self) -> Response:
        values = _read(_KNOB_TABLE)
        if not values:
            raise Refusal(f"No knob was named, so nothing was turned. There are: {', '.join(_KNOB_TABLE)}.")
        for knob, options in values.items():
            self._turn(knob, options)
        return self.show_faults()

    def clear_faults(self) -> Response:
        """Everything goes right again, and the limiter is as the settings say."""
        self._provider.faults.clear()
        self._provider.limiter.is_on = self._provider.settings.is_limited
        with self._provider.changing() as work:
            refund_plans.clear(work)
        return self.show_faults()

    def show_summary(self) -> Response:
        with self._provider.looking() as work:
            return _json(summarise(work) | {"requests_since_start": dict(self._provider.request_counts)})

    def pay_session(self, object_id: str) -> Response:
        """The JSON twin of the hosted page."""
        method = _read({"method": Choice(tuple(CHECKOUT_CARDS), required=True)})["method"]
        return _json(pay(self._provider, object_id, method=method))

    def decide_payment(self, object_id: str) -> Response:
        """What the bank says of a payment that is under way."""
        status = _read({"status": Choice(("succeeded", "failed"), required=True)})["status"]
        with self._provider.changing() as work:
            session = require(work, "checkout.session", object_id)
            return _json(checkout_sessions.decide(work, session, is_paid=status == "succeeded"))

    def decide_refund(self, object_id: str) -> Response:
        """What the card's bank, or the payee, did with a refund."""
        values = _read(
            {"status": Choice(("succeeded", "failed"), required=True), "reason": Choice(refunds.FAILURE_REASONS)}
        )
        with self._provider.changing() as work:
            refund = require(work, "refund", object_id)
            if values["status"] == "succeeded":
                return _json(refunds.succeed(work, refund))
            return _json(refunds.fail(work, refund, reason=values.get("reason", "unknown")))

    def open_dispute(self) -> Response:
        values = _read(
            {"charge": Text(required=True), "reason": Choice(disputes.REASONS), "amount": Integer(minimum=1)}
        )
        with self._provider.changing() as work:
            charge = require(work, "charge", values["charge"], param="charge")
            reason, amount = values.get("reason", "general"), values.get("amount")
            return _json(disputes.open_dispute(work, charge, reason=reason, amount=amount))

    def close_dispute(self, object_id: str) -> Response:
        values = _read({"status": Choice(("won", "lost"), required=True), "again": Boolean()})
        decide = disputes.overturn if values.get("again") else disputes.close
        with self._provider.changing() as work:
            return _json(decide(work, require(work, "dispute", object_id), status=values["status"]))

    def pay_out(self) -> Response:
        """The day's automatic payout, now."""
        currency = _read({"currency": Text(required=True)})["currency"]
        with self._provider.changing() as work:
            payout = payouts.send_everything(work, currency)
        if payout is None:
            raise Refusal(f"There is nothing to pay out in {currency.upper()}.", code="balance_insufficient")
        return _json(payout)

    def fail_payout(self, object_id: str) -> Response:
        """The bank sends a payout back."""
        _read({"status": Choice(("failed",), required=True)})
        with self._provider.changing() as work:
            return _json(payouts.fail(work, require(work, "payout", object_id)))

    def post_line(self) -> Response:
        """A line of the balance of any kind, as the provider makes some by itself."""
        values = _read(_LINE)
        with self._provider.changing() as work:
            line = balance.post(
                work,
                values["type"],
                amount=values["amount"],
                fee=values.get("fee", 0),
                currency=values["currency"],
                source=values.get("source"),
                category=values.get("reporting_category"),
                balance_type=values.get("balance_type", balance.MAIN),
                description=values.get("description"),
            )
        return _json(line)

    def stream(self, plural: str) -> Response:
        """Every object of a kind in order of creation, one JSON line each, for checkers that share no code with us."""
        return Response(self._lines(_STREAMED[plural]), mimetype="application/x-ndjson")

    def _lines(self, kind: str) -> Iterator[str]:
        last = 0
        while True:
            with self._provider.store.reading() as records:
                rows = records.in_order(kind, after=last, limit=_STREAM_SIZE)
            if not rows:
                return
            yield "".join(f"{body}\n" for _, body in rows)
            last = rows[-1][0]

    def _turn(self, knob: str, options: Any) -> None:
        if knob in KNOBS:
            self._provider.faults.turn(knob, options)
        elif knob == "limiter":
            self._provider.limiter.is_on = options == "on"
        else:
            with self._provider.changing() as work:
                _plan(work, knob, options)


def pay(provider: Provider, session_id: str, *, method: str) -> Body:
    """Somebody presses a button of the hosted page; a decline is kept on record and told."""
    with provider.changing() as work:
        session = require(work, "checkout.session", session_id)
        try:
            return checkout_sessions.pay(work, session, method=method)
        except Refusal as refusal:
            if not refusal.keeps_effects:
                raise
            declined = refusal
    raise declined


def _plan(work: Work, knob: str, options: Tree) -> None:
    if knob == "short_balance":
        payouts.send_everything(work, options["currency"], leave_minor=options.get("leave_minor", 0))
        return
    if not options.keys() & {"payment_intent", "metadata"}:
        raise Refusal(f"Say which refunds {knob} is for: payment_intent, or metadata.", param=knob)
    refund_plans.plan_outcome(
        work,
        _REFUND_KNOBS[knob],
        days=options.get("days", refund_plans.LATER_DAYS),
        payment_intent=options.get("payment_intent"),
        metadata=options.get("metadata"),
        count=options.get("count", 1),
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refusal("The clock was not moved: 'now' must look like 2020-05-01T00:00:00Z.", param="now")
    return moment


def _read(table: Table) -> Tree:
    """The request's JSON, held against the table."""
    try:
        said = json.loads(request.get_data() or b"{}")
    except ValueError as error:
        raise Refusal(f"The request is not JSON, so nothing was done: {error}") from error
    if not isinstance(said, dict):
        raise Refusal("The request must be a JSON object. Nothing was done.")
    return read_parameters(table, _as_form(said))


def _as_form(said: Any) -> Any:
    """JSON in the form that parameter tables read: everything plain is text."""
    match said:
        case dict():
            return {str(key): _as_form(value) for key, value in said.items()}
        case list():
            return {str(place): _as_form(value) for place, value in enumerate(said)}
        case bool():
            return str(said).lower()
        case None:
            return ""
        case _:
            return str(said)


def _json(body: Body) -> Response:
    return Response(to_json(body), mimetype="application/json")


def _refused(refusal: Refusal) -> Response:
    return Response(to_json(refusal.body), refusal.status, mimetype="application/json")
