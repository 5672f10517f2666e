"""Signing in and out of a desk: a form, a session, and a slow-down for guesses."""

import time
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for

from shared.auth import ROLES, csrf, password_is_right
from shared.settings import Settings
from shared.telemetry import log

GUESSES_PER_MINUTE_MAX = 10

_failures: dict[str, list[float]] = {}


def blueprint(settings: Settings) -> Blueprint:
    """The routes `/sign-in` and `/sign-out` of one service."""
    routes = Blueprint("sign_in", __name__)

    @routes.get("/sign-in")
    def show() -> str:
        return render_template("sign_in.html", roles=ROLES, next=_local(request.args.get("next", "")), problem=None)

    @routes.post("/sign-in")
    def sign_in() -> Response:
        csrf.protect()
        role, password = request.form.get("role", ""), request.form.get("password", "")
        next_ = _local(request.form.get("next", ""))
        if _failures_in_a_minute(role) >= GUESSES_PER_MINUTE_MAX:
            return _again(next_, "Too many tries in a minute. Please wait a minute and try again.", status=429)
        if not password_is_right(settings, role, password):
            log.warning("sign-in refused", role=role if role in ROLES else "unknown")
            if role in ROLES:
                _failures.setdefault(role, []).append(time.monotonic())
            return _again(next_, "The account and the password don't belong together. Please try again.", status=401)
        _failures.pop(role, None)
        session.clear()
        session["role"] = role
        return cast(Response, redirect(next_ or f"/{settings.service}/desk", 303))

    @routes.post("/sign-out")
    def sign_out() -> Response:
        csrf.protect()
        session.clear()
        return cast(Response, redirect(url_for("sign_in.show"), 303))

    return routes


def lead_there() -> Response:
    """Send a person to the sign-in form, and back afterwards."""
    return cast(Response, redirect(url_for("sign_in.show", next=request.full_path.rstrip("?")), 303))


def _again(next_: str, problem: str, *, status: int) -> Response:
    page = render_template("sign_in.html", roles=ROLES, next=next_, problem=problem)
    return make_response(page, status)


def _local(address: str) -> str:
    parts = urlsplit(address)
    is_local = (
        address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    )
    return address if is_local else ""


def _failures_in_a_minute(role: str) -> int:
    now = time.monotonic()
    recent = [at for at in _failures.get(role, []) if now - at < 60]
    if role in _failures:
        _failures[role] = recent
    return len(recent)
