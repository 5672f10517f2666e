"""The tokens of one's own scripts, and, for an administrator, of everybody else's."""

import hashlib
import secrets
from datetime import date, timedelta
from typing import cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.registration.accounts.domain import Account, AccountUnknown
from services.registration.accounts.pages.desk import EXPLAINED
from services.registration.accounts.store import account_of, accounts_of, conference_titles
from services.registration.tokens import commands
from services.registration.tokens.domain import DAYS_MAX, Token, TokenUnfit
from services.registration.tokens.store import tokens_of
from shared.auth import desk
from shared.clock import host_now
from shared.principals import Action, Held
from shared.problem import Refusal
from shared.web.current import database, principal, settings

PREFIX = "rct_"  # by which scanners of repositories and logs know that this is a secret of ours
DAYS_OFFERED = 90

blueprint = Blueprint("tokens", __name__, url_prefix="/registration/accounts", template_folder="templates")


@blueprint.get("/me/tokens")
@desk(Action.KEEP_OWN_ACCOUNT)
def show_mine() -> Response:
    """The tokens of one's own scripts."""
    return _page(_own())


@blueprint.post("/me/tokens")
@desk(Action.KEEP_OWN_ACCOUNT)
def make() -> Response:
    """Make a token; it is shown once."""
    own, secret = _own(), f"{PREFIX}{secrets.token_urlsafe(32)}"
    try:
        made: Token = database().run(
            commands.make_token,
            account=own.id,
            name=request.form.get("name", ""),
            roles=_roles(own),
            last_day=_day(request.form.get("last_day", "")),
            secret_digest=hashlib.sha256(secret.encode()).hexdigest(),
        )
    except Refusal as refusal:
        return make_response(_page(own, problem=str(refusal)), refusal.status)
    return _page(own, made=made, secret=secret)


@blueprint.post("/me/tokens/<script>/end")
@desk(Action.KEEP_OWN_ACCOUNT)
def end_mine(script: str) -> Response:
    """End a token of one's own."""
    return _end(_own().id, script, back="tokens.show_mine")


@blueprint.get("/tokens")
@desk(Action.MANAGE_ACCOUNTS)
def show_all() -> Response:
    """The tokens of everybody who works at the desks of one's association."""
    found = [(each, tokens_of(database(), each.id)) for each in accounts_of(database(), principal().association)]
    owners = [(owner, made) for owner, made in found if made]
    conferences = conference_titles(database())
    page = render_template(
        "tokens/all.html", owners=owners, now=host_now(), explained=EXPLAINED, conferences=conferences
    )
    return make_response(page)


@blueprint.post("/<account>/tokens/<script>/end")
@desk(Action.MANAGE_ACCOUNTS)
def end_somebodys(account: str, script: str) -> Response:
    """End somebody's token."""
    return _end(account, script, back="tokens.show_all")


def _end(account: str, token: str, *, back: str) -> Response:
    who = principal()
    ended: Token = database().run(
        commands.end_token, account=account, association=who.association, token=token, by=who.person
    )
    flash(f"“{ended.name}” has ended. Whatever used it is refused everywhere within seconds.")
    return cast(Response, redirect(url_for(back), 303))


def _page(own: Account, *, problem: str = "", made: Token | None = None, secret: str = "") -> Response:
    today = host_now().date()
    page = render_template(
        "tokens/mine.html",
        account=own,
        tokens=tokens_of(database(), own.id),
        now=host_now(),
        explained=EXPLAINED,
        conferences=conference_titles(database()),
        problem=problem,
        typed=request.form if problem else {},
        chosen=request.form.getlist("roles") if problem else [],
        made=made,
        secret=secret,
        door=f"{settings().urls['registration']}/registration/statement",
        offered=today + timedelta(days=DAYS_OFFERED),
        first=today,
        last=today + timedelta(days=DAYS_MAX),
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"  # a secret may be on it
    return response


def _own() -> Account:
    own = account_of(database(), principal().person)
    if own is None:
        raise AccountUnknown("A key of the installation has no account, and no tokens of its own. Nothing was changed.")
    return own


def _roles(own: Account) -> tuple[Held, ...]:
    """The roles that were ticked, by their place in the list; what isn't one of their own is refused by the domain."""
    chosen = request.form.getlist("roles")
    known = {str(number): held for number, held in enumerate(own.roles)}
    if not set(chosen) <= set(known):
        raise TokenUnfit("That is none of your roles. No token was made; please choose anew.")
    return tuple(known[each] for each in chosen)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TokenUnfit("Say its last day as a date. No token was made.") from None
