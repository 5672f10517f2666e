"""Signing in under another mail address: asked for on one's own page, and proved by a link that goes there."""

from typing import cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from services.registration.accounts import commands
from services.registration.accounts.domain import Account, AddressLinkOver, must_be_asked
from services.registration.accounts.pages.doing import do
from services.registration.accounts.pages.signing_in import has_password
from services.registration.accounts.store import account_of
from shared.auth import desk, opened
from shared.clock import host_now
from shared.ids import new_id
from shared.principals import Action
from shared.problem import NotFound
from shared.web.current import database, principal, settings

PURPOSE = "account-address"

blueprint = Blueprint("addresses", __name__, url_prefix="/registration/accounts", template_folder="../templates")


@blueprint.post("/me/address")
@desk(Action.KEEP_OWN_ACCOUNT)
def ask_address() -> Response:
    """Ask for another address; a link goes there, and a word about it to the one of before."""
    own = account_of(database(), principal().person)
    if own is None:
        raise NotFound("A key of the installation has no account of its own. Nothing was changed.")
    has_password(own, request.form.get("password", ""))
    mail = request.form.get("mail", "")
    asked: Account = do(database(), commands.ask_address, account=own.id, mail=mail, change=new_id("adr"))
    flash(f"A link is on its way to {asked.new_mail}. You sign in as {asked.mail} until it is opened there.")
    return cast(Response, redirect(url_for("accounts.show_me"), 303))


@blueprint.get("/addresses/<token>")
def show_address(token: str) -> str:
    """Whose address it is to be, and the button that takes it; a mail program that opens links takes nothing."""
    account, _ = _asked(token)
    return render_template("accounts/address.html", account=account, token=token, is_taken=False)


@blueprint.post("/addresses/<token>")
def take_address(token: str) -> str:
    """The address counts from now on."""
    account, change = _asked(token)
    taken: Account = do(database(), commands.take_address, account=account.id, change=change)
    return render_template("accounts/address.html", account=taken, token=token, is_taken=True)


def _asked(token: str) -> tuple[Account, str]:
    id_, _, change = opened(settings(), purpose=PURPOSE, token=token).partition(":")
    account = account_of(database(), id_)
    if account is None:
        raise AddressLinkOver("This link is for an account that is no more. Nothing was changed.")
    must_be_asked(account, change=change, now=host_now())
    return account, change
