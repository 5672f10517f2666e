"""Accounts of the people at the desks: invited once, with roles, a password and a second factor; and their sessions.

Owns what may be asked of an account in which state. What is typed is turned into hashes, and codes into steps of time,
before it comes here.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from shared.change import Change
from shared.contracts.registration import AccountChanged, SignedOut
from shared.principals import Held, Principal, Role
from shared.problem import Invalid, NotFound, Refusal

INVITED_FOR = timedelta(days=7)
SESSION_LIFETIME = timedelta(hours=12)
PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX = 12, 200


class AccountUnknown(NotFound):
    """There is no such account, or it belongs to another association."""


class AccountExists(Refusal):
    """Somebody with this address has an account at another association."""


class InvitationOver(Refusal):
    """An invitation that was used, was replaced by another one, or is too old."""

    status: ClassVar[int] = 410
    title = "This invitation is over"


class OwnAdministration(Refusal):
    """An administrator would shut themselves out."""


class CodeUsed(Refusal):
    """A code of a second factor that was used before."""


class PasswordUnfit(Invalid):
    """A password that is too short, or too long to be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who works at a desk of one association; without a password hash they are invited and not yet here."""

    id: str
    mail: str  # as mail servers compare it
    name: str
    association: str
    roles: tuple[Held, ...]
    invitation: str = ""  # what the one link that holds has inside; empty when it was used
    invited_until: datetime | None = None
    password_hash: str = ""
    is_closed: bool = False
    second_factor: str = ""  # the secret that their app has too; empty without a second factor
    code_step: int = 0  # the last step of time whose code was used
    changed_by: str = ""  # who last said what they may do

    @property
    def principal(self) -> Principal:
        """Who acts when they do."""
        return Principal(person=self.id, name=self.name, association=self.association, roles=frozenset(self.roles))


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in in one browser; its id is the digest of what the browser keeps."""

    id: str
    account: str
    ends_at: datetime
    is_over: bool = False

    def holds(self, now: datetime) -> bool:
        """Whether whoever brings it is signed in."""
        return not self.is_over and now < self.ends_at


def invite(
    id_: str,
    *,
    mail: str,
    name: str,
    association: str,
    roles: tuple[Held, ...],
    invitation: str,
    by: str,
    now: datetime,
) -> Account:
    """Somebody is invited to work at a desk: the link holds a week, and once."""
    return Account(
        id=id_,
        mail=mail,
        name=name,
        association=association,
        roles=tuple(sorted(set(roles))),
        invitation=invitation,
        invited_until=now + INVITED_FOR,
        changed_by=by,
    )


def invite_again(
    account: Account, *, name: str, roles: tuple[Held, ...], invitation: str, by: str, now: datetime
) -> Account:
    """Another link; the earlier one holds no more.

    Whoever has a password keeps it, and name and roles, until they come by the link and choose another one.
    """
    renewed = replace(account, invitation=invitation, invited_until=now + INVITED_FOR, changed_by=by)
    if account.password_hash:
        return renewed
    return replace(renewed, name=name, roles=tuple(sorted(set(roles))), is_closed=False)


def accept(account: Account, *, invitation: str, password_hash: str, now: datetime) -> Account:
    """Somebody has come by their link and chosen a password. Raises `InvitationOver`."""
    must_be_invited(account, invitation=invitation, now=now)
    return replace(account, password_hash=password_hash, invitation="", invited_until=None)


def must_be_invited(account: Account, *, invitation: str, now: datetime) -> None:
    """Raises `InvitationOver` unless this is the link that holds."""
    is_in_time = account.invited_until is not None and now < account.invited_until
    if account.is_closed or not account.invitation or account.invitation != invitation or not is_in_time:
        raise InvitationOver(
            "This invitation was used already, or a newer one was made, or a week has passed. No password was set. "
            "Please sign in, or ask whoever invited you for another one."
        )


def must_be_fit(password: str) -> None:
    """Raises `PasswordUnfit`."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise PasswordUnfit(
            f"A password has {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters; a short sentence is a "
            "good one. No password was set."
        )


def change_roles(account: Account, *, roles: tuple[Held, ...], by: str, now: datetime) -> Change[Account]:
    """What somebody may do from now on; what was said of it before holds no more. Raises `OwnAdministration`."""
    kept = tuple(sorted(set(roles)))
    if account.id == by and Held(Role.ADMINISTRATOR) in account.roles and Held(Role.ADMINISTRATOR) not in kept:
        raise OwnAdministration(
            "You would no longer be an administrator yourself. Nothing was changed; ask another administrator to do it."
        )
    if kept == account.roles:
        return Change(account)
    return _changed(replace(account, roles=kept, changed_by=by), by=by, now=now)


def close(account: Account, *, by: str, now: datetime) -> Change[Account]:
    """Somebody may sign in no more, and is signed out everywhere. Raises `OwnAdministration`."""
    if account.id == by:
        raise OwnAdministration("This is your own account. It was not closed; ask another administrator to do it.")
    if account.is_closed:
        return Change(account)
    return _changed(replace(account, is_closed=True, invitation="", changed_by=by), by=by, now=now)


def reopen(account: Account, *, by: str) -> Account:
    """Somebody may sign in again, with the password and the roles that they had."""
    return replace(account, is_closed=False, changed_by=by)


def begin(account: Account, *, session: str, step: int, now: datetime) -> tuple[Account, Session]:
    """Somebody signs in; a code of their second factor is used up. Raises `CodeUsed`."""
    if account.second_factor and step <= account.code_step:
        raise CodeUsed("This code was used already. You were not signed in; please wait for the next one.")
    begun = Session(id=session, account=account.id, ends_at=now + SESSION_LIFETIME)
    return replace(account, code_step=max(step, account.code_step)), begun


def sign_out(session: Session, *, now: datetime) -> Change[Session]:
    """A session is over; asking twice changes nothing."""
    if session.is_over:
        return Change(session)
    return Change(replace(session, is_over=True), (SignedOut(session=session.id, at=now),))


def _changed(account: Account, *, by: str, now: datetime) -> Change[Account]:
    said = AccountChanged(
        account=account.id, association=account.association, is_closed=account.is_closed, at=now, by=by
    )
    return Change(account, (said,))
