"""Signing in with an association's own provider: sent there, and believed when one comes back."""

import secrets
from typing import Any, cast

from flask import Blueprint, Response, make_response, redirect, request

from services.registration.accounts import commands
from services.registration.accounts.domain import Account
from services.registration.accounts.pages.doing import do
from services.registration.accounts.pages.signing_in import begin, digest_of_token, form, ours, welcomed
from services.registration.providers import store
from services.registration.providers.domain import ASKED_FOR, Asked, AskedTooLongAgo, SignInRefused
from services.registration.providers.jobs.configured import Providers
from services.registration.providers.jobs.door import Door
from shared.auth import csrf
from shared.clock import host_now
from shared.parts import current
from shared.problem import NotFound, Refusal
from shared.web import again, pace, renewing
from shared.web.current import database, settings

COOKIE = "reconvene_asked"
SENT_IN_AN_HOUR_MAX = 120  # from one network: an office may share it
_PATH = "/registration/accounts/openid"
_TOO_MANY = (
    "Many sign-ins were begun from your network within the hour. You were not signed in; please try again later."
)
_TOO_LATE = (
    "This sign-in was begun more than ten minutes ago, in another browser, or was used already. You were not "
    "signed in; please begin again."
)

blueprint = Blueprint("openid", __name__, url_prefix=_PATH, template_folder="../templates")


@blueprint.post("/<provider>")
def send(provider: str) -> Response:
    """Send somebody to their association's sign-in; a form that was not sent yet waits here."""
    known = current(Providers)[provider]
    if known is None:
        raise NotFound("There is no such sign-in here. You were not signed in; please choose another way.")
    csrf.protect()
    next_, typed = ours(request.form.get("next", "")), request.form.get("typed", "")
    typed = typed if again.unseal(settings(), typed) else ""
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    asked = Asked(
        id=digest_of_token(state),
        provider=provider,
        nonce=nonce,
        verifier=verifier,
        next=next_,
        typed=typed,
        made_at=host_now(),
    )
    try:
        _must_be_slow()
        there = current(Door).address(known, back=_back(), state=state, nonce=nonce, verifier=verifier)
    except Refusal as refusal:
        return make_response(form(next_=next_, problem=refusal.detail, typed=typed), refusal.status)
    store.keep(database(), asked)
    response = cast(Response, redirect(there, 303))
    is_safe = settings().urls[settings().service].startswith("https:")
    kept: dict[str, Any] = {"httponly": True, "samesite": "Lax", "secure": is_safe, "path": _PATH}
    response.set_cookie(COOKIE, state, max_age=int(ASKED_FOR.total_seconds()), **kept)
    return response


@blueprint.get("/back")
def come_back() -> Response:
    """Somebody comes back from there: signed in, or told why not."""
    asked = None
    try:
        asked = _asked()
        account = _account(asked)
        response = welcomed(account, begin(account, is_vouched_for=True), next_=asked.next, typed=asked.typed)
    except SignInRefused as refusal:
        next_, typed = (asked.next, asked.typed) if asked else ("", "")
        response = make_response(form(next_=next_, problem=refusal.detail, typed=typed), refusal.status)
    response.delete_cookie(COOKIE, path=_PATH)
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked() -> Asked:
    """Who was sent from this browser, and comes back with what they were sent with."""
    brought, said = request.cookies.get(COOKIE, ""), request.args.get("state", "")
    if not brought or not secrets.compare_digest(brought.encode(), said.encode()):
        raise AskedTooLongAgo(_TOO_LATE)
    asked = store.take(database(), digest_of_token(brought))
    if asked is None or asked.is_over(host_now()):
        raise AskedTooLongAgo(_TOO_LATE)
    return asked


def _account(asked: Asked) -> Account:
    provider = current(Providers)[asked.provider]
    if provider is None:
        raise AskedTooLongAgo(_TOO_LATE)
    code, is_theirs = request.args.get("code", ""), request.args.get("iss", provider.issuer) == provider.issuer
    if not code or not is_theirs:
        raise SignInRefused(
            f"The sign-in with your {provider.title} was broken off there. You were not signed in; please begin again, "
            "or sign in with your password if you have one here."
        )
    identity = current(Door).identity(provider, back=_back(), code=code, nonce=asked.nonce, verifier=asked.verifier)
    came: Account = do(database(), commands.come_by_provider, provider=provider, identity=identity)
    return came


def _back() -> str:
    return f"{settings().urls['registration']}{_PATH}/back"


def _must_be_slow() -> None:
    """Raises `TooManyForms`: each who is sent is kept for a while."""
    limits = {f"openid:{pace.by_network()}": SENT_IN_AN_HOUR_MAX}
    known = current(renewing.LinkPace)
    known.must_be_slow(limits, otherwise=_TOO_MANY)
    known.count(*limits)
