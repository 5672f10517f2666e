"""Signing in and out of a desk: a form, and a session."""

from typing import cast

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for

from shared.auth import ROLES, csrf, signs_in
from shared.parts import current
from shared.problem import SignInRequired, TooManyGuesses
from shared.settings import Settings
from shared.web import again, links

_KEPT = "Your session had ended when you sent this. It was not sent yet: please look at it, and send it now."


def blueprint(settings: Settings) -> Blueprint:
    """The routes `/sign-in` and `/sign-out` of one service."""
    routes = Blueprint("sign_in", __name__)

    @routes.get("/sign-in")
    def show() -> str:
        return _form(next_=_local(request.args.get("next", "")))

    @routes.post("/sign-in")
    def sign_in() -> Response:
        csrf.protect()
        role, password = request.form.get("role", ""), request.form.get("password", "")
        next_, typed = _local(request.form.get("next", "")), request.form.get("typed", "")
        try:
            if not signs_in(role, password):
                problem = "The account and the password don't belong together. Please try again."
                return make_response(_form(next_=next_, problem=problem, typed=typed), 401)
        except TooManyGuesses as refusal:
            return make_response(_form(next_=next_, problem=refusal.detail, typed=typed), refusal.status)
        session.clear()
        session["role"] = role
        kept = again.unseal(settings, typed)
        if kept is not None:
            return make_response(again.page(kept, title="You are signed in", said=_KEPT))
        return cast(Response, redirect(next_ or f"/{settings.service}/desk", 303))

    @routes.post("/sign-out")
    def sign_out() -> Response:
        csrf.protect()
        session.clear()
        return cast(Response, redirect(url_for("sign_in.show"), 303))

    return routes


def lead_there() -> Response:
    """Send a person to the sign-in form, and back afterwards; what they typed comes along, and is not sent yet."""
    if request.method != "GET":
        typed = again.seal(current(Settings), again.typed())
        return make_response(_form(next_=again.back() or "", typed=typed), SignInRequired.status)
    return cast(Response, redirect(url_for("sign_in.show", next=request.full_path.rstrip("?")), 303))


def _form(*, next_: str, problem: str | None = None, typed: str = "") -> str:
    known = current(Settings)
    own = links.sign_in(known, next_=f"{known.urls[known.service]}{next_ or f'/{known.service}/desk'}")
    return render_template("sign_in.html", roles=ROLES, own_account=own, next=next_, problem=problem, typed=typed)


def _local(address: str) -> str:
    """The address if it is one of ours, else nothing. Browsers read past a tab, and a line break ends a header."""
    is_local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_local else ""
