"""Coming by an invitation: a password is chosen, and whoever came is signed in."""

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
from services.registration.accounts.pages.doing import do
from services.registration.accounts.pages.signing_in import HASHER, begin, signed_in
from services.registration.accounts.store import account_of
from shared.auth import opened, sign
from shared.clock import host_now
from shared.settings import Settings
from shared.web.current import database, settings

PURPOSE = "account"

blueprint = Blueprint(
    "invitations_to_desks", __name__, url_prefix="/registration/accounts/invitations", template_folder="../templates"
)


def link(known: Settings, account: Account) -> str:
    """The one link by which somebody who is invited comes."""
    token = sign(known, purpose=PURPOSE, id_=f"{account.id}:{account.invitation}")
    return f"{known.urls['registration']}/registration/accounts/invitations/{token}"


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
    except PasswordUnfit as refusal:
        return make_response(_page(account, token=token, problem=refusal.detail), refusal.status)
    hashed = HASHER.hash(password)
    accepted: Account = do(
        database(), commands.accept_invitation, account=account.id, invitation=invitation, password_hash=hashed
    )
    response = cast(Response, redirect("/registration/accounts/me", 303))
    signed_in(response, accepted, begin(accepted))
    return response


def _invited(token: str) -> tuple[Account, str]:
    id_, _, invitation = opened(settings(), purpose=PURPOSE, token=token).partition(":")
    account = account_of(database(), id_)
    if account is None:
        raise InvitationOver("This invitation is for an account that is no more. No password was set.")
    must_be_invited(account, invitation=invitation, now=host_now())
    return account, invitation


def _page(account: Account, *, token: str, problem: str = "") -> str:
    return render_template("accounts/invitation.html", account=account, token=token, problem=problem)
