"""The desk of accounts: who works at which desk, inviting, changing roles, closing; and one's own second factor."""

from collections.abc import Collection
from typing import cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from services.registration.accounts import commands
from services.registration.accounts.domain import Account
from services.registration.accounts.pages.codes import new_secret, square, step_of
from services.registration.accounts.pages.doing import do
from services.registration.accounts.pages.invitations import link
from services.registration.accounts.store import account_of, accounts_of, conference_titles
from shared.auth import desk
from shared.ids import new_id
from shared.principals import Action, Held, Role
from shared.problem import Invalid, NotFound, Refusal
from shared.web.current import database, principal, settings

SETUP_SECONDS_MAX = 900
EXPLAINED = {
    Role.ADMINISTRATOR: "invites people and says what they may do",
    Role.COMMITTEE: "sets up, publishes and cancels conferences",
    Role.REGISTRAR: "sees who has registered, invites, writes to them",
    Role.PROGRAMME: "makes and publishes the programme",
    Role.FINANCE: "payments, refunds and the ledger",
    Role.BOARD: "sees conferences, registrations and how far a cancellation has come",
    Role.MONITOR: "scans badges at the doors of sessions",
    Role.AUDITOR: "sees everything and changes nothing",
}
_CHANGED = "Their roles are changed. It holds everywhere within seconds."
_MANY_NOT_GIVEN = "were not given, because their boxes are not ticked"

blueprint = Blueprint("accounts", __name__, url_prefix="/registration/accounts", template_folder="../templates")


@blueprint.get("")
@desk(Action.MANAGE_ACCOUNTS)
def show_accounts() -> Response:
    """Everybody who works at the desks of one's association."""
    return _page()


@blueprint.post("")
@desk(Action.MANAGE_ACCOUNTS)
def invite() -> Response:
    """Invite somebody; the link is shown once, to be sent to them."""
    try:
        invited: Account = do(
            database(),
            commands.invite_account,
            mail=request.form.get("mail", ""),
            name=request.form.get("name", ""),
            association=principal().association,
            roles=_roles(()),
            invitation=new_id("inv"),
            by=principal().person,
        )
    except Refusal as refusal:
        return make_response(_page(problem=str(refusal)), refusal.status)
    return _page(invited=invited, not_given=_not_given(()))


@blueprint.post("/<account>/roles")
@desk(Action.MANAGE_ACCOUNTS)
def change_roles(account: str) -> Response:
    """Say what somebody may do from now on."""
    known = account_of(database(), account)
    before = known.roles if known else ()
    do(database(), commands.change_roles, account=account, roles=_roles(before), **_by())
    return _done(" ".join(filter(None, (_CHANGED, _not_given(before)))))


@blueprint.post("/<account>/close")
@desk(Action.MANAGE_ACCOUNTS)
def close(account: str) -> Response:
    """Let somebody sign in no more."""
    do(database(), commands.close_account, account=account, **_by())
    return _done("The account is closed. Whoever used it is signed out everywhere within seconds.")


@blueprint.post("/<account>/reopen")
@desk(Action.MANAGE_ACCOUNTS)
def reopen(account: str) -> Response:
    """Let somebody sign in again."""
    do(database(), commands.reopen_account, account=account, **_by())
    return _done("The account is open again, with the password and the roles that it had.")


@blueprint.post("/<account>/second-factor/remove")
@desk(Action.MANAGE_ACCOUNTS)
def remove_second_factor(account: str) -> Response:
    """Take away the second factor that a colleague has lost."""
    do(database(), commands.remove_second_factor, account=account, removal=new_id("rem"), **_by())
    return _done(
        "Their second factor is gone, they are signed out everywhere within seconds, and a mail tells them. "
        "They sign in with their password alone until they set up another one."
    )


@blueprint.get("/me")
@desk(Action.KEEP_OWN_ACCOUNT)
def show_me() -> str:
    """One's own account: what one may do, and the second factor."""
    return _me(_own())


@blueprint.post("/me/second-factor")
@desk(Action.KEEP_OWN_ACCOUNT)
def set_second_factor() -> Response:
    """Take a second factor, when a code shows that the app has the secret."""
    own = _own()
    try:
        secret = str(_setup().loads(request.form.get("setup", ""), max_age=SETUP_SECONDS_MAX))
    except BadData:
        raise Invalid("This page was open for too long. Nothing was changed; please open it again.") from None
    step = step_of(secret, request.form.get("code", ""))
    if step is None:
        problem = "This is not the code that the app shows now. Nothing was changed; please type the newest one."
        return make_response(_me(own, secret=secret, problem=problem), 422)
    do(database(), commands.set_second_factor, account=own.id, secret=secret, step=step)
    flash("From now on you are asked for a code of your app when you sign in.")
    return cast(Response, redirect(url_for("accounts.show_me"), 303))


def _page(*, invited: Account | None = None, problem: str = "", not_given: str = "") -> Response:
    known = accounts_of(database(), principal().association)
    page = render_template(
        "accounts/accounts.html",
        accounts=known,
        names={each.id: each.name for each in known},
        explained=EXPLAINED,
        conferences=conference_titles(database()),
        problem=problem,
        invited=invited,
        not_given=not_given,
        link=link(settings(), invited) if invited else "",
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"  # the link is somebody's right
    return response


def _me(own: Account, *, secret: str = "", problem: str = "") -> str:
    shown = secret or new_secret()
    return render_template(
        "accounts/me.html",
        account=own,
        conferences=conference_titles(database()),
        explained=EXPLAINED,
        secret=shown,
        setup=_setup().dumps(shown),
        square=square(shown, mail=own.mail),
        problem=problem,
    )


def _own() -> Account:
    own = account_of(database(), principal().person)
    if own is None:
        raise NotFound("A key of the installation has no account of its own. Nothing was changed.")
    return own


def _roles(before: Collection[Held]) -> tuple[Held, ...]:
    """The roles that were ticked, each with what was chosen beside it; a further line of one ends with a number.

    A conference must be known here, or one that they have a role for already.
    """
    chosen = {
        (line.partition(".")[0], request.form.get(f"conference.{line}", "")) for line in request.form.getlist("roles")
    }
    if not {role for role, _ in chosen} <= {role.value for role in Role}:
        raise Invalid("There is no such role. Nothing was changed.")
    offered = {"", *conference_titles(database()), *(held.conference for held in before)}
    if not {conference for _, conference in chosen} <= offered:
        raise Invalid("There is no such conference. Nothing was changed; please open the page again and choose one.")
    held = {Held(Role(role), conference) for role, conference in chosen}
    return tuple(sorted(each for each in held if not each.conference or Held(each.role) not in held))


def _not_given(before: Collection[Held]) -> str:
    """What was chosen beside a role that isn't ticked, as a sentence; taking a role away is no such thing."""
    titles, ticked = conference_titles(database()), request.form.getlist("roles")
    lines = {key.removeprefix("conference."): key for key in request.form if key.startswith("conference.")}
    chosen = {line: request.form[key] for line, key in lines.items() if line not in ticked and request.form[key]}
    held = {(each.role.value, each.conference) for each in before}
    left = {
        f"{role.capitalize()} for {titles.get(conference, conference)}"
        for role, conference in ((line.partition(".")[0], each) for line, each in chosen.items())
        if (role, conference) not in held
    }
    said = "was not given, because its box is not ticked" if len(left) == 1 else _MANY_NOT_GIVEN
    return f"{' and '.join(sorted(left))} {said}." if left else ""


def _by() -> dict[str, str]:
    return {"association": principal().association, "by": principal().person}


def _done(said: str) -> Response:
    flash(said)
    return cast(Response, redirect(url_for("accounts.show_accounts"), 303))


def _setup() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt=f"reconvene:second-factor:{principal().person}")
