"""What is asked about accounts: inviting, coming by the link, signing in and out, and saying what somebody may do."""

import hashlib
import re
from dataclasses import replace

from services.registration.accounts import domain
from services.registration.accounts.domain import Account, AccountUnknown, InvitationOver, Session
from services.registration.accounts.store import ACCOUNTS, SESSIONS
from services.registration.providers.domain import Identity, Provider
from shared import statements
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import command
from shared.contracts.registration import (
    AccountAddressAsked,
    AccountChanged,
    AccountInvited,
    SecondFactorRemoved,
    SignedOut,
)
from shared.ids import new_id
from shared.principals import Held
from shared.problem import Invalid
from shared.unit import Unit
from shared.web.renewing import ASKED_LINKS, AskedLink

NAME_LENGTH_MAX, MAIL_LENGTH_MAX = 100, 254
_MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@command(emits=[AccountInvited])
def invite_account(
    unit: Unit,
    *,
    mail: str,
    name: str,
    association: str,
    roles: tuple[Held, ...],
    invitation: str,
    by: str,
    is_mailed: bool = True,
) -> Account:
    """Invite somebody to a desk, or once more who has not come yet: the newest link is the one that holds.

    It is mailed to them, unless somebody else gives it to them: whoever runs the installation, or a demo.
    """
    address = _address(mail, otherwise="Nobody was invited.")
    if not 0 < len(name.strip()) <= NAME_LENGTH_MAX:
        raise Invalid(f"A name has 1 to {NAME_LENGTH_MAX} characters. Nobody was invited.")
    if not roles:
        raise Invalid("Choose at least one role. Nobody was invited.")
    known = unit.find(ACCOUNTS, {"mail": address})
    if not known:
        made = domain.invite(
            new_id("acc"),
            mail=address,
            name=name.strip(),
            association=association,
            roles=roles,
            invitation=invitation,
            by=by,
            now=host_now(),
        )
        return unit.create(ACCOUNTS, Change(made, _invited(unit, made, by=by) if is_mailed else ()))
    if known[0].association != association:
        raise domain.AccountExists(
            "There is an account under this address, at another association. Nobody was invited; use another address."
        )
    again = domain.invite_again(known[0], name=name.strip(), roles=roles, invitation=invitation, by=by, now=host_now())
    return unit.save(ACCOUNTS, Change(again, _invited(unit, again, by=by) if is_mailed else ()))


@command(emits=[AccountInvited])
def forget_password(unit: Unit, *, mail: str, invitation: str) -> None:
    """Mail a link to choose another password, if somebody who may sign in has this address; nobody is told whether."""
    asked = AskedLink(
        id=new_id("ask"), person=hashlib.sha256(mail.strip().casefold().encode()).hexdigest(), made_at=host_now()
    )
    unit.add(ASKED_LINKS, asked)
    known = unit.find(ACCOUNTS, {"mail": mail.strip().casefold()})
    if known and not known[0].is_closed:
        renewed = domain.forget_password(known[0], invitation=invitation, now=host_now())
        unit.save(ACCOUNTS, Change(renewed, _said_invited(renewed, is_forgotten=True)))


@command(emits=[AccountAddressAsked])
def ask_address(unit: Unit, *, account: str, mail: str, change: str) -> Account:
    """Sign in under another address, once a link that is mailed there is opened; the one of before is told."""
    known, address = _known(unit, account), _address(mail, otherwise="Nothing was changed.")
    _must_be_free(unit, address)
    asked = domain.ask_address(known, mail=address, change=change, now=host_now())
    assert asked.mail_change_until is not None
    said = AccountAddressAsked(
        account=asked.id,
        association=asked.association,
        name=asked.name,
        mail=address,
        mail_before=asked.mail,
        change=change,
        until=asked.mail_change_until,
    )
    return unit.save(ACCOUNTS, Change(asked, (said,)))


@command()
def take_address(unit: Unit, *, account: str, change: str) -> Account:
    """Let the new address count, by the link that was mailed there."""
    taken = domain.take_address(_known(unit, account), change=change, now=host_now())
    _must_be_free(unit, taken.mail)
    return unit.save(ACCOUNTS, Change(taken))


@command(emits=[AccountChanged])
def accept_invitation(unit: Unit, *, account: str, invitation: str, password_hash: str) -> Account:
    """Choose a password, by the link of the invitation; whoever was signed in with the one of before is out."""
    known = unit.load(ACCOUNTS, account)
    if known is None:
        raise InvitationOver("This invitation is for an account that is no more. No password was set.")
    return _ended(unit, domain.accept(known, invitation=invitation, password_hash=password_hash, now=host_now()))


@command()
def come_by_provider(unit: Unit, *, provider: Provider, identity: Identity) -> Account:
    """Let somebody come by their association's provider; what it calls them is kept, and their address may change."""
    known = unit.find(ACCOUNTS, {"identity": identity.key})
    by_mail = unit.find(ACCOUNTS, {"mail": identity.mail}) if identity.mail and not known else []
    found = next(iter([*known, *by_mail]), None)
    come = domain.come_by_provider(found, provider=provider, identity=identity, is_known=bool(known))
    return unit.save(ACCOUNTS, come)


@command()
def begin_session(unit: Unit, *, account: str, session: str, step: int | None) -> Session:
    """Sign somebody in, who has shown who they are."""
    known = _known(unit, account)
    used, begun = domain.begin(known, session=session, step=step, now=host_now())
    unit.save(ACCOUNTS, Change(used))
    return unit.create(SESSIONS, Change(begun))


@command(emits=[SignedOut])
def sign_out(unit: Unit, *, session: str) -> None:
    """End a session: here at once, and in the other services as soon as they hear of it."""
    known = unit.load(SESSIONS, session)
    if known is not None:
        now = host_now()
        unit.save(SESSIONS, domain.sign_out(known, now=now))
        statements.end(unit, session, at=now)


@command(emits=[AccountChanged])
def change_roles(unit: Unit, *, account: str, association: str, roles: tuple[Held, ...], by: str) -> Account:
    """Say what somebody may do from now on; it holds here at once, and elsewhere as soon as it is heard of."""
    now = host_now()
    return _ended(unit, domain.change_roles(_known(unit, account, association), roles=roles, by=by, now=now))


@command(emits=[AccountChanged])
def close_account(unit: Unit, *, account: str, association: str, by: str) -> Account:
    """Let somebody sign in no more, and sign them out everywhere."""
    return _ended(unit, domain.close(_known(unit, account, association), by=by, now=host_now()))


@command(emits=[AccountChanged])
def reopen_account(unit: Unit, *, account: str, association: str, by: str) -> Account:
    """Let somebody sign in again, anew."""
    return _ended(unit, domain.reopen(_known(unit, account, association), by=by, now=host_now()))


@command()
def set_second_factor(unit: Unit, *, account: str, secret: str, step: int) -> Account:
    """Ask for a code of somebody's app at each sign-in from now on; it was shown that the app has the secret."""
    known = _known(unit, account)
    return unit.save(ACCOUNTS, Change(replace(known, second_factor=secret, code_step=step)))


@command(emits=[AccountChanged, SecondFactorRemoved])
def remove_second_factor(unit: Unit, *, account: str, association: str, by: str, removal: str) -> Account:
    """Take away the second factor that a colleague has lost, sign them out everywhere, and let them be told."""
    administrator = unit.load(ACCOUNTS, by)
    change = domain.remove_second_factor(
        _known(unit, account, association),
        by=by,
        by_name=administrator.name if administrator else "",
        removal=removal,
        now=host_now(),
    )
    return _ended(unit, change)


def _ended(unit: Unit, change: Change[Account]) -> Account:
    for said in change.events:
        if isinstance(said, AccountChanged):
            statements.end(unit, said.account, at=said.at)
    return unit.save(ACCOUNTS, change)


def _invited(unit: Unit, account: Account, *, by: str) -> tuple[AccountInvited, ...]:
    inviting = unit.load(ACCOUNTS, by) if by else None
    return _said_invited(account, by_name=inviting.name if inviting else "")


def _said_invited(account: Account, *, by_name: str = "", is_forgotten: bool = False) -> tuple[AccountInvited, ...]:
    assert account.invited_until is not None
    return (
        AccountInvited(
            account=account.id,
            association=account.association,
            mail=account.mail,
            name=account.name,
            invitation=account.invitation,
            until=account.invited_until,
            asked=new_id("ask"),
            by_name=by_name,
            is_forgotten=is_forgotten,
        ),
    )


def _address(typed: str, *, otherwise: str) -> str:
    address = typed.strip().casefold()
    if not _MAIL.fullmatch(address) or len(address) > MAIL_LENGTH_MAX:
        raise Invalid(f"This is no e-mail address. {otherwise}")
    return address


def _must_be_free(unit: Unit, address: str) -> None:
    if unit.find(ACCOUNTS, {"mail": address}):
        raise domain.AccountExists("There is an account under this address already. Nothing was changed.")


def _known(unit: Unit, account: str, association: str = "") -> Account:
    known = unit.load(ACCOUNTS, account)
    if known is None or (association and known.association != association):
        raise AccountUnknown("There is no such account in your association. Nothing was changed.")
    return known
