"""Accounts of the people at the desks: invited once, with roles, a password and a second factor; and their sessions.

Owns what may be asked of an account in which state. What is typed is turned into hashes, and codes into steps of time,
before it comes here.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from services.registration.providers.domain import Identity, Provider, SignInRefused
from shared.change import Change
from shared.contracts.registration import AccountChanged, SecondFactorRemoved, SignedOut
from shared.principals import Held, Principal, Role
from shared.problem import Invalid, NotFound, Refusal

INVITED_FOR = timedelta(days=7)
FORGOTTEN_FOR = timedelta(hours=1)
ADDRESS_FOR = timedelta(days=3)
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


class AddressLinkOver(Refusal):
    """A link to another mail address that was used, was replaced by another one, or is too old."""

    status: ClassVar[int] = 410
    title = "This link is over"


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
    sessions_from: datetime | None = None  # sessions that began before then hold no more
    identity: str = ""  # by which a provider knows them; empty for who never came by one
    new_mail: str = ""  # which counts once the one link to it is opened
    mail_change: str = ""  # what that link has inside
    mail_change_until: datetime | None = None
    factor_removed_by: str = ""  # which administrator has last taken a lost second factor away
    factor_removed_at: datetime | None = None

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

    @property
    def begun_at(self) -> datetime:
        """When somebody signed in."""
        return self.ends_at - SESSION_LIFETIME

    def holds(self, account: Account, now: datetime) -> bool:
        """Whether whoever brings it is signed in to this account, whose it is."""
        is_of_now = account.sessions_from is None or self.begun_at >= account.sessions_from
        return not self.is_over and not account.is_closed and is_of_now and now < self.ends_at


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


def forget_password(account: Account, *, invitation: str, now: datetime) -> Account:
    """Somebody says that the password of this account is forgotten: a link is mailed, and all else stays as it is.

    A link that holds as long is mailed once more, so that asking again and again makes no earlier mail useless.
    """
    until = now + FORGOTTEN_FOR
    if account.invitation and account.invited_until is not None and until <= account.invited_until:
        return account
    holds = account.invitation and account.invited_until is not None and now < account.invited_until
    return replace(account, invitation=account.invitation if holds else invitation, invited_until=until)


def ask_address(account: Account, *, mail: str, change: str, now: datetime) -> Account:
    """Somebody wants to sign in under another address; the newest link is the one that holds."""
    return replace(account, new_mail=mail, mail_change=change, mail_change_until=now + ADDRESS_FOR)


def must_be_asked(account: Account, *, change: str, now: datetime) -> None:
    """Raises `AddressLinkOver` unless this is the link that holds."""
    is_in_time = account.mail_change_until is not None and now < account.mail_change_until
    if account.is_closed or not account.mail_change or account.mail_change != change or not is_in_time:
        raise AddressLinkOver(
            "This link was used already, or a newer one was made, or three days have passed. Nothing was changed. "
            "Sign in, and say the new address once more on the page of your account."
        )


def take_address(account: Account, *, change: str, now: datetime) -> Account:
    """Somebody has opened the link at the new address: it counts from now on. Raises `AddressLinkOver`."""
    must_be_asked(account, change=change, now=now)
    return replace(account, mail=account.new_mail, new_mail="", mail_change="", mail_change_until=None)


def accept(account: Account, *, invitation: str, password_hash: str, now: datetime) -> Change[Account]:
    """Somebody has come by their link and chosen a password; who knew the old one is out. Raises `InvitationOver`."""
    must_be_invited(account, invitation=invitation, now=now)
    chosen = replace(account, password_hash=password_hash, invitation="", invited_until=None)
    return _signed_out(chosen, by=account.id, now=now) if account.password_hash else Change(chosen)


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
    return _signed_out(replace(account, is_closed=True, invitation="", changed_by=by), by=by, now=now)


def remove_second_factor(account: Account, *, by: str, by_name: str, removal: str, now: datetime) -> Change[Account]:
    """Somebody has lost what showed their codes: their password alone lets them in, until they set another one up.

    Who is signed in is out, and codes of before count no more. Raises `OwnAdministration`.
    """
    if account.id == by:
        raise OwnAdministration("This is your own account. Nothing was changed; ask another administrator to do it.")
    if not account.second_factor:
        return Change(account)
    removed = replace(
        account, second_factor="", code_step=0, changed_by=by, factor_removed_by=by, factor_removed_at=now
    )
    change = _signed_out(removed, by=by, now=now)
    told = SecondFactorRemoved(
        account=account.id,
        association=account.association,
        mail=account.mail,
        name=account.name,
        by=by,
        by_name=by_name,
        removal=removal,
        at=now,
    )
    return Change(change.state, (*change.events, told))


def reopen(account: Account, *, by: str, now: datetime) -> Change[Account]:
    """Somebody may sign in again, with the password and the roles that they had; no session of before holds."""
    if not account.is_closed:
        return Change(account)
    return _signed_out(replace(account, is_closed=False, changed_by=by), by=by, now=now)


def come_by_provider(
    account: Account | None, *, provider: Provider, identity: Identity, is_known: bool
) -> Change[Account]:
    """Somebody comes by their association's provider, the first time by a verified address that is invited.

    `is_known` says that the account was found by what the provider calls them, not by the address. Raises
    `SignInRefused`.
    """
    if not is_known and not identity.is_mail_verified:
        raise SignInRefused(
            f"Your {provider.title} has not made sure that {identity.mail or 'your e-mail address'} is yours. You were "
            "not signed in. Please confirm your address there, then sign in here again."
        )
    is_theirs = account is not None and account.association == provider.association
    if account is None or account.is_closed or not is_theirs or (account.identity and not is_known):
        raise SignInRefused(
            f"Nobody is invited to the desks with this {provider.title} ({identity.mail or 'no address'}). You were "
            "not signed in. Ask an administrator of your association to invite this address."
        )
    if account.identity == identity.key:
        return Change(account)
    come = replace(account, identity=identity.key)
    return Change(come if come.password_hash else replace(come, invitation="", invited_until=None))


def begin(account: Account, *, session: str, step: int | None, now: datetime) -> tuple[Account, Session]:
    """Somebody signs in; a code of their second factor is used up. Raises `CodeUsed`.

    No step: a provider has vouched for them, and asked for whatever it asks for.
    """
    if step is None:
        return account, Session(id=session, account=account.id, ends_at=now + SESSION_LIFETIME)
    if account.second_factor and step <= account.code_step:
        raise CodeUsed("This code was used already. You were not signed in; please wait for the next one.")
    begun = Session(id=session, account=account.id, ends_at=now + SESSION_LIFETIME)
    return replace(account, code_step=max(step, account.code_step)), begun


def sign_out(session: Session, *, now: datetime) -> Change[Session]:
    """A session is over; asking twice changes nothing."""
    if session.is_over:
        return Change(session)
    return Change(replace(session, is_over=True), (SignedOut(session=session.id, at=now),))


def _signed_out(account: Account, *, by: str, now: datetime) -> Change[Account]:
    """Whoever is signed in to the account must sign in again, everywhere."""
    return _changed(replace(account, sessions_from=now), by=by, now=now)


def _changed(account: Account, *, by: str, now: datetime) -> Change[Account]:
    said = AccountChanged(
        account=account.id, association=account.association, is_closed=account.is_closed, at=now, by=by
    )
    return Change(account, (said,))
