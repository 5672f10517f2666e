"""Signing in and out of a desk: a form, and a session."""

from typing import cast

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for

from shared.auth import ROLES, csrf, signs_in
from shared.problem import TooManyGuesses
from shared.settings import Settings


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
        try:
            if not signs_in(role, password):
                return _again(
                    next_, "The account and the password don't belong together. Please try again.", status=401
                )
        except TooManyGuesses as refusal:
            return _again(next_, refusal.detail, status=refusal.status)
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
    """The address if it is one of ours, else nothing. Browsers read past a tab, and a line break ends a header."""
    is_local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_local else ""
