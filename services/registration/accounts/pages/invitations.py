"""Coming by an invitation, or by the link of a forgotten password: one is chosen, and whoever came is signed in."""

from typing import cast

from flask import Blueprint, Response, make_response, redirect, render_template, request

from services.registration.accounts import commands
from services.registration.accounts.domain import (
    Account,
    InvitationOver,
    PasswordUnfit,
    must_be_fit,
    must_be_invited,
)
from services.registration.accounts.pages.codes import step_of
from services.registration.accounts.pages.doing import do
from services.registration.accounts.pages.signing_in import HASHER, begin, signed_in
from services.registration.accounts.store import account_of
from shared.auth import Guesses, opened
from shared.clock import host_now
from shared.parts import current
from shared.problem import Invalid
from shared.settings import Settings
from shared.web import links
from shared.web.current import database, settings

PURPOSE = "account"

blueprint = Blueprint(
    "invitations_to_desks", __name__, url_prefix="/registration/accounts/invitations", template_folder="../templates"
)


def link(known: Settings, account: Account) -> str:
    """The one link by which somebody who is invited comes."""
    return links.account_invitation(known, account.id, account.invitation)


@blueprint.get("/<token>")
def show_invitation(token: str) -> str:
    """Who is invited to what, and the form for a password."""
    return _page(_invited(token)[0], token=token)


@blueprint.post("/<token>")
def accept_invitation(token: str) -> Response:
    """Choose a password, and be signed in."""
    account, invitation = _invited(token)
    password, repeated = request.form.get("password", ""), request.form.get("repeated", "")
    try:
        must_be_fit(password)
        if password != repeated:
            raise PasswordUnfit("The two passwords are not the same. No password was set; please type them once more.")
        _must_have_code(account)
    except Invalid as refusal:
        return make_response(_page(account, token=token, problem=refusal.detail), refusal.status)
    hashed = HASHER.hash(password)
    accepted: Account = do(
        database(), commands.accept_invitation, account=account.id, invitation=invitation, password_hash=hashed
    )
    response = cast(Response, redirect("/registration/accounts/me", 303))
    signed_in(response, accepted, begin(accepted, code=request.form.get("code", "")))
    return response


def _must_have_code(account: Account) -> None:
    """Whoever reads somebody's mail has not their phone; raises `Invalid`, or `TooManyGuesses`."""
    if not account.second_factor:
        return
    guesses, whose, source = current(Guesses), f"code:{account.id}", request.remote_addr or ""
    guesses.refuse_too_many(whose, source=source)
    step = step_of(account.second_factor, request.form.get("code", ""))
    if step is None or step <= account.code_step:
        guesses.count(whose, source=source)
        raise Invalid("This is not the code that your app shows now. No password was set; please type the newest one.")


def _invited(token: str) -> tuple[Account, str]:
    id_, _, invitation = opened(settings(), purpose=PURPOSE, token=token).partition(":")
    account = account_of(database(), id_)
    if account is None:
        raise InvitationOver("This invitation is for an account that is no more. No password was set.")
    must_be_invited(account, invitation=invitation, now=host_now())
    return account, invitation


def _page(account: Account, *, token: str, problem: str = "") -> str:
    return render_template("accounts/invitation.html", account=account, token=token, problem=problem)
