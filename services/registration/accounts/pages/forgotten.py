"""A forgotten password: one answer to everybody, and a link to whoever has an account."""

from flask import Blueprint, Response, make_response, render_template, request

from services.registration.accounts import commands
from services.registration.accounts.pages.doing import do
from shared.auth import csrf
from shared.ids import new_id
from shared.problem import Refusal
from shared.web import renewing
from shared.web.current import database

blueprint = Blueprint(
    "forgotten", __name__, url_prefix="/registration/accounts/forgotten", template_folder="../templates"
)


@blueprint.get("")
def show_forgotten() -> str:
    """The form: under which address one signs in."""
    return _page()


@blueprint.post("")
def forget_password() -> Response:
    """Mail a link to choose another password; whether there is an account is told by the mail alone."""
    csrf.protect()
    mail = request.form.get("mail", "").strip()[:254]
    if "@" not in mail:
        return make_response(
            _page(problem="This is no e-mail address. Nothing was sent; please type it once more."), 422
        )
    try:
        renewing.must_be_slow(f"account:{mail.casefold()}")
    except Refusal as refusal:
        return make_response(_page(problem=refusal.detail), refusal.status)
    do(database(), commands.forget_password, mail=mail, invitation=new_id("inv"))
    return make_response(_page(sent_to=mail))


def _page(*, problem: str = "", sent_to: str = "") -> str:
    return render_template("accounts/forgotten.html", problem=problem, sent_to=sent_to)
