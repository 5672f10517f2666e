"""What is asked about accounts: inviting, coming by the link, signing in and out, and saying what somebody may do."""

import re
from dataclasses import replace

from services.registration.accounts import domain
from services.registration.accounts.domain import Account, AccountUnknown, InvitationOver, Session
from services.registration.accounts.store import ACCOUNTS, SESSIONS
from shared import statements
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import command
from shared.contracts.registration import AccountChanged, SignedOut
from shared.ids import new_id
from shared.mongo import Unit
from shared.principals import Held
from shared.problem import Invalid

NAME_LENGTH_MAX, MAIL_LENGTH_MAX = 100, 254
_MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@command()
def invite_account(
    unit: Unit, *, mail: str, name: str, association: str, roles: tuple[Held, ...], invitation: str, by: str
) -> Account:
    """Invite somebody to a desk, or once more who has not come yet: the newest link is the one that holds."""
    address = mail.strip().casefold()
    if not _MAIL.fullmatch(address) or len(address) > MAIL_LENGTH_MAX:
        raise Invalid("This is no e-mail address. Nobody was invited.")
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
        return unit.create(ACCOUNTS, Change(made))
    if known[0].association != association:
        raise domain.AccountExists(
            "There is an account under this address, at another association. Nobody was invited; use another address."
        )
    again = domain.invite_again(known[0], name=name.strip(), roles=roles, invitation=invitation, by=by, now=host_now())
    return unit.save(ACCOUNTS, Change(again))


@command()
def accept_invitation(unit: Unit, *, account: str, invitation: str, password_hash: str) -> Account:
    """Choose a password, by the link of the invitation."""
    known = unit.load(ACCOUNTS, account)
    if known is None:
        raise InvitationOver("This invitation is for an account that is no more. No password was set.")
    accepted = domain.accept(known, invitation=invitation, password_hash=password_hash, now=host_now())
    return unit.save(ACCOUNTS, Change(accepted))


@command()
def begin_session(unit: Unit, *, account: str, session: str, step: int) -> Session:
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


@command()
def reopen_account(unit: Unit, *, account: str, association: str, by: str) -> Account:
    """Let somebody sign in again."""
    return unit.save(ACCOUNTS, Change(domain.reopen(_known(unit, account, association), by=by)))


@command()
def set_second_factor(unit: Unit, *, account: str, secret: str, step: int) -> Account:
    """Ask for a code of somebody's app at each sign-in from now on; it was shown that the app has the secret."""
    known = _known(unit, account)
    return unit.save(ACCOUNTS, Change(replace(known, second_factor=secret, code_step=step)))


def _ended(unit: Unit, change: Change[Account]) -> Account:
    for said in change.events:
        assert isinstance(said, AccountChanged)
        statements.end(unit, said.account, at=said.at)
    return unit.save(ACCOUNTS, change)


def _known(unit: Unit, account: str, association: str = "") -> Account:
    known = unit.load(ACCOUNTS, account)
    if known is None or (association and known.association != association):
        raise AccountUnknown("There is no such account in your association. Nothing was changed.")
    return known
