"""Signing in with an account of one's own, staying signed in, and signing out."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from flask import Blueprint, Response, make_response, redirect, render_template, request, session

from services.registration.accounts import commands
from services.registration.accounts.domain import SESSION_LIFETIME, Account, CodeUsed, Session
from services.registration.accounts.pages.codes import step_of
from services.registration.accounts.pages.doing import do
from services.registration.accounts.store import account_by_mail, account_of, session_of
from services.registration.providers.jobs.configured import Providers
from shared import statements
from shared.auth import Guesses, csrf
from shared.clock import host_now
from shared.parts import current
from shared.principals import Role
from shared.problem import Invalid, SignInRequired, TooManyGuesses
from shared.statements import COOKIE, LIFETIME, Statement
from shared.web import again
from shared.web.current import database, settings

SESSION_COOKIE = "reconvene_account"
_PATH = "/registration/accounts"
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # 19 MiB: many may sign in at once
_NOBODYS = HASHER.hash(secrets.token_urlsafe())  # so that it takes as long where there is no account
_WRONG = (
    "The e-mail address, the password and the code don't belong together. You were not signed in; please try again."
)
_NOTHING_TO_SEE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")  # one clear point
_KEPT = "You had been signed out when you sent this. It was not sent yet: please look at it, and send it now."


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Somebody whom a visitor of the demo may be with one click."""

    mail: str
    name: str
    association: str
    roles: tuple[Role, ...]
    words: str


blueprint = Blueprint("signing_in", __name__, url_prefix=_PATH, template_folder="../templates")


@blueprint.get("/sign-in")
def show_sign_in() -> str:
    """The form: e-mail address, password, and the code of whoever has a second factor."""
    return form(next_=request.args.get("next", ""))


@blueprint.post("/sign-in")
def sign_in() -> Response:
    """Sign in, and go where one wanted to."""
    csrf.protect()
    next_, typed = request.form.get("next", ""), request.form.get("typed", "")
    try:
        account = _shown(request.form.get("mail", ""), request.form.get("password", ""), request.form.get("code", ""))
    except TooManyGuesses as refusal:
        return make_response(form(next_=next_, problem=refusal.detail, typed=typed), refusal.status)
    if account is None:
        return make_response(form(next_=next_, problem=_WRONG, typed=typed), SignInRequired.status)
    try:
        token = _begun(account, request.form.get("code", ""))
    except CodeUsed as refusal:
        return make_response(form(next_=next_, problem=str(refusal), typed=typed), SignInRequired.status)
    return welcomed(account, token, next_=next_, typed=typed)


@blueprint.route("/renew", methods=["GET", "POST"])
def renew() -> Response:
    """Say anew who is signed in, with the roles of now, and lead on; a form goes on with all that it holds."""
    next_ = ours(request.args.get("next", "")) or "/registration/desk"
    token = request.cookies.get(SESSION_COOKIE, "")
    account = _of_session(token)
    if account is None:
        return _signed_out(_ask_again(next_))
    response = cast(Response, redirect(next_, 303 if request.method == "GET" else 307))
    signed_in(response, account, token)
    return response


@blueprint.get("/renewal.gif")
def renew_beside() -> Response:
    """Say anew who is signed in, beside a page that stays as it is; an image that shows nothing, for everybody."""
    token = request.cookies.get(SESSION_COOKIE, "")
    account = _of_session(token)
    response = Response(_NOTHING_TO_SEE, content_type="image/gif", headers={"Cache-Control": "no-store"})
    if account is not None:
        signed_in(response, account, token)
    return response


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session of this browser, everywhere."""
    csrf.protect()
    token = request.cookies.get(SESSION_COOKIE, "")
    brought = statements.brought()
    ids = {each for each in (digest_of_token(token) if token else "", brought.session if brought else "") if each}
    for id_ in ids:
        do(database(), commands.sign_out, session=id_)
    session.clear()
    return _signed_out(cast(Response, redirect(f"{_PATH}/sign-in", 303)))


def personas() -> list[Persona]:
    """Whom a visitor may be here without a password: nobody, unless the installation says so."""
    given = settings().environment.get("PERSONAS", "")
    return msgspec.json.decode(given, type=list[Persona]) if given else []


def begin(account: Account, *, code: str = "", is_vouched_for: bool = False) -> str:
    """Begin a session of an account that has shown who it is; the token that its browser keeps."""
    token = secrets.token_urlsafe(32)
    step = None if is_vouched_for else step_of(account.second_factor, code) or 0
    do(database(), commands.begin_session, account=account.id, session=digest_of_token(token), step=step)
    return token


def welcomed(account: Account, token: str, *, next_: str, typed: str) -> Response:
    """Whoever has just signed in goes where they wanted to, or finds what they had typed."""
    session.clear()
    kept = again.unseal(settings(), typed)
    response = (
        make_response(again.page(kept, title="You are signed in", said=_KEPT))
        if kept is not None
        else cast(Response, redirect(ours(next_) or "/registration/desk", 303))
    )
    signed_in(response, account, token)
    return response


def signed_in(response: Response, account: Account, token: str) -> None:
    """Give a browser what keeps it signed in: the session's token for us alone, the statement for every service."""
    made = Statement(session=digest_of_token(token), principal=account.principal, made_at=host_now())
    is_safe = settings().urls[settings().service].startswith("https:")
    kept: dict[str, Any] = {"httponly": True, "samesite": "Lax", "secure": is_safe}
    response.set_cookie(SESSION_COOKIE, token, path=_PATH, max_age=int(SESSION_LIFETIME.total_seconds()), **kept)
    # Kept longer than it is believed: whoever brings an old one is led here and not asked for a password.
    lifetime_seconds = int(max(SESSION_LIFETIME, LIFETIME).total_seconds())
    text = statements.write(settings(), made)
    response.set_cookie(COOKIE, text, path="/", max_age=lifetime_seconds, **kept)


def ours(address: str) -> str:
    """The address if it leads to one of our services, else nothing."""
    if not address.isprintable() or "\\" in address:
        return ""
    if address.startswith("/") and not address.startswith("//"):
        return address
    parts = urlsplit(address)
    bases = {urlsplit(base)[:2] for base in settings().urls.values() if base}
    return address if parts.scheme and parts[:2] in bases else ""


def _shown(mail: str, password: str, code: str) -> Account | None:
    """The account whose password, and code if it has a second factor, these are; raises `TooManyGuesses`.

    Guesses are counted by account and where they come from: whoever guesses shuts out nobody but themselves.
    """
    guesses, whose, source = current(Guesses), f"account:{mail.strip().casefold()[:254]}", _source()
    guesses.refuse_too_many(whose, source=source)
    account = account_by_mail(database(), mail)
    is_right = _is_password(account.password_hash if account and account.password_hash else _NOBODYS, password)
    may_come = account is not None and bool(account.password_hash) and not account.is_closed
    if account and may_come and is_right and (not account.second_factor or step_of(account.second_factor, code)):
        return account
    guesses.count(whose, source=source)
    return None


def _source() -> str:
    return request.remote_addr or ""


def _of_session(token: str) -> Account | None:
    """The account that a browser which keeps this is signed in to."""
    known = session_of(database(), digest_of_token(token)) if token else None
    account = account_of(database(), known.account) if known else None
    return account if known and account and known.holds(account, host_now()) else None


def has_password(account: Account, password: str) -> None:
    """Whether who is signed in knows their password too; raises `Invalid`, or `TooManyGuesses`."""
    guesses, whose, source = current(Guesses), f"account:{account.mail}", _source()
    guesses.refuse_too_many(whose, source=source)
    if not account.password_hash or not _is_password(account.password_hash, password):
        guesses.count(whose, source=source)
        raise Invalid("This is not your password. Nothing was changed; please go back and type it once more.")


def _is_password(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, password[:1000])
    except Argon2Error:
        return False


def _begun(account: Account, code: str) -> str:
    return begin(account, code=code)


def _ask_again(next_: str) -> Response:
    """The form to sign in; what was typed into a form of ours comes along, and is not sent yet."""
    kept = again.typed()
    if kept is None:
        return make_response(form(next_=next_), SignInRequired.status if request.method == "POST" else 200)
    parts = urlsplit(next_)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return make_response(form(next_=next_, typed=again.seal(settings(), replace(kept, path=path))), 401)


def _signed_out(response: Response) -> Response:
    response.delete_cookie(SESSION_COOKIE, path=_PATH)
    response.delete_cookie(COOKIE, path="/")
    return response


def form(*, next_: str, problem: str = "", typed: str = "") -> str:
    """The page to sign in on, by all the ways that there are here."""
    ways = {"personas": personas(), "providers": current(Providers).known.values()}
    return render_template("accounts/sign_in.html", next=ours(next_), problem=problem, typed=typed, **ways)


def digest_of_token(token: str) -> str:
    """Under which name is kept what only a browser has."""
    return hashlib.sha256(token.encode()).hexdigest()


__all__ = ["HASHER", "Session", "begin", "blueprint", "ours", "signed_in"]
