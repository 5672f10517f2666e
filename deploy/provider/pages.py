"""Owns the two pages people see: the hosted payment page, and the overview of what has happened here.

Both work without JavaScript, load nothing from elsewhere, say that this is a test provider, and ask no card number.
"""

import json
from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from deploy.provider import currencies
from deploy.provider.control import pay
from deploy.provider.errors import Refusal
from deploy.provider.expansion import line_items
from deploy.provider.objects import topups
from deploy.provider.objects.balance import show_balance
from deploy.provider.objects.checkout_sessions import methods
from deploy.provider.parameters import Integer, Table, Text, read_parameters
from deploy.provider.provider import Provider
from deploy.provider.store import Body, Where
from deploy.provider.work import Work

_LEAVE = "leave"
_RECENT_COUNT = 15
_TOP_UP: Table = {"amount": Integer(required=True, minimum=1), "currency": Text(required=True)}


def create_blueprint(provider: Provider) -> Blueprint:
    blueprint = Blueprint("pages", __name__)
    pages = _Pages(provider)
    blueprint.add_url_rule("/", view_func=pages.show_overview, methods=["GET"])
    blueprint.add_url_rule("/top-up", view_func=pages.top_up, methods=["POST"])
    blueprint.add_url_rule("/pay/<object_id>", view_func=pages.show_payment, methods=["GET"])
    blueprint.add_url_rule("/pay/<object_id>", view_func=pages.pay, methods=["POST"])
    blueprint.add_app_template_filter(currencies.in_words, "money")
    blueprint.add_app_template_filter(_moment, "moment")
    blueprint.after_request(_keep_to_ourselves)
    return blueprint


class _Pages:
    """What a visitor can see and press."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def show_overview(self, *, refusal: str = "") -> tuple[str, int]:
        with self._provider.looking() as work:
            page = render_template(
                "overview.html",
                now=work.now,
                balance=show_balance(work, {}),
                charges=_recent(work, "charge"),
                refunds=_recent(work, "refund"),
                refusal=refusal,
            )
        return page, 400 if refusal else 200

    def top_up(self) -> Response | tuple[str, int]:
        try:
            values = read_parameters(_TOP_UP, dict(request.form))
            with self._provider.changing() as work:
                topups.create_topup(work, values)
        except Refusal as refusal:
            return self.show_overview(refusal=f"{refusal} The balance was not topped up.")
        return redirect("/", 303)

    def show_payment(self, object_id: str, *, refusal: str = "", status: int = 200) -> tuple[str, int]:
        with self._provider.looking() as work:
            session = work.records.find("checkout.session", object_id)
            if session is None:
                return render_template("no_payment.html"), 404
            items = line_items(work.records, object_id)["data"]
        return render_template(
            "payment.html", session=session, items=items, methods=methods(session), refusal=refusal
        ), status

    def pay(self, object_id: str) -> Response | tuple[str, int]:
        """Pay, be declined, or walk away: each is one button."""
        method = request.form.get("method", "")
        with self._provider.looking() as work:
            session = work.records.find("checkout.session", object_id)
        if session is None:
            return self.show_payment(object_id)
        if method == _LEAVE and session["cancel_url"]:
            return redirect(session["cancel_url"], 303)
        if method not in methods(session):
            return self.show_payment(
                object_id, refusal="Nothing was charged. Press one of the buttons below.", status=400
            )
        try:
            paid = pay(self._provider, object_id, method=method)
        except Refusal as refusal:
            sentence = f"{refusal} Your card was not charged. Try another one, or go back without paying."
            return self.show_payment(object_id, refusal=sentence, status=refusal.status)
        return redirect(success_address(paid), 303)


def success_address(session: Body) -> str:
    """Where the visitor goes after paying; the address may ask for the session's id."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _recent(work: Work, kind: str) -> list[Body]:
    return [json.loads(text) for text in work.records.newest_first(kind, where=Where(), limit=_RECENT_COUNT).bodies]


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%a %d %b %Y, %H:%M UTC")


def _keep_to_ourselves(response: Response) -> Response:
    """Nothing is loaded from elsewhere, nothing is framed, nothing is kept by a cache."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
