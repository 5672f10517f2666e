"""Being somebody of the demo with one click; only where an installation names its personas, as `make run` does.

`PERSONAS` is a JSON list of `{"mail", "name", "association", "roles", "words"}`. An account is made at the first click.
"""

from typing import cast

from flask import Blueprint, Response, redirect, request, session

from services.registration.accounts.commands import invite_account
from services.registration.accounts.domain import Account
from services.registration.accounts.pages.doing import do
from services.registration.accounts.pages.signing_in import Persona, begin, ours, personas, signed_in
from services.registration.accounts.store import account_by_mail
from shared.auth import csrf
from shared.ids import new_id
from shared.principals import Held
from shared.problem import NotFound
from shared.web.current import database

blueprint = Blueprint("personas", __name__, url_prefix="/registration/accounts/personas")


@blueprint.post("")
def become() -> Response:
    """Sign in as a persona, without any password."""
    mail = request.form.get("persona", "")
    chosen = next((each for each in personas() if each.mail == mail), None)
    if chosen is None:
        raise NotFound("There is no such persona here. Nobody was signed in; please sign in with your own account.")
    csrf.protect()
    account = account_by_mail(database(), chosen.mail) or _made(chosen)
    session.clear()
    response = cast(Response, redirect(ours(request.form.get("next", "")) or "/registration/desk", 303))
    signed_in(response, account, begin(account))
    return response


def _made(persona: Persona) -> Account:
    made: Account = do(
        database(),
        invite_account,
        mail=persona.mail,
        name=persona.name,
        association=persona.association,
        roles=tuple(Held(role) for role in persona.roles),
        invitation=new_id("inv"),
        by="",
        is_mailed=False,
    )
    return made
