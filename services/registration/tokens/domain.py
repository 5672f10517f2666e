"""Tokens of scripts: made for somebody's own account, with some of their roles, until a day or until they are ended.

Owns what a token is good for. Its secret is shown once and kept as a digest.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar

from services.registration.accounts.domain import Account
from shared.change import Change
from shared.contracts.registration import SignedOut
from shared.principals import Held, Principal
from shared.problem import Invalid, NotFound, Refusal, SignInRequired

DAYS_MAX = 366
LIVE_COUNT_MAX = 20
NAME_LENGTH_MAX = 60


class TokenUnknown(NotFound):
    """There is no such token, or it is another person's."""


class TokenUnfit(Invalid):
    """A token without a name, without a role, with a role that its owner hasn't, or for too long."""


class TooManyTokens(Refusal):
    """Somebody has more tokens than anybody can keep an eye on."""

    title = "You have many tokens already"


class TokenRefused(SignInRequired):
    """A token that nobody made, that has ended, or whose account is closed; all in one sentence."""


class RolesGone(Refusal):
    """None of the roles that a token was made with are its owner's any more."""

    status: ClassVar[int] = 403
    title = "This token may do nothing any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a script shows to act for somebody; the id is what its statements are said under."""

    id: str
    account: str
    name: str  # what its owner calls it
    roles: tuple[Held, ...]
    last_day: date  # to the end of it, in UTC
    secret_digest: str
    made_at: datetime
    used_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""  # an account

    def holds(self, now: datetime) -> bool:
        """Whether a script that shows it may act."""
        return self.ended_at is None and now.date() <= self.last_day


def make(
    id_: str,
    owner: Account,
    *,
    name: str,
    roles: Iterable[Held],
    last_day: date,
    secret_digest: str,
    live_count: int,
    now: datetime,
) -> Token:
    """Somebody makes a token for a script of theirs. Raises `TokenUnfit`, `TooManyTokens`."""
    given, chosen = name.strip(), tuple(sorted(set(roles)))
    if not 0 < len(given) <= NAME_LENGTH_MAX or not given.isprintable():
        raise TokenUnfit(f"Give the token a name of 1 to {NAME_LENGTH_MAX} characters. No token was made.")
    if not chosen or not set(chosen) <= set(owner.roles):
        raise TokenUnfit("Choose at least one of your own roles for it. No token was made.")
    if not now.date() <= last_day <= now.date() + timedelta(days=DAYS_MAX):
        raise TokenUnfit("Its last day is today at the earliest, and a year from now at the latest. No token was made.")
    if live_count >= LIVE_COUNT_MAX:
        raise TooManyTokens(f"You have {live_count} tokens that work. No token was made; end one that you don't need.")
    return Token(
        id=id_,
        account=owner.id,
        name=given,
        roles=chosen,
        last_day=last_day,
        secret_digest=secret_digest,
        made_at=now,
    )


def use(token: Token, owner: Account | None, *, now: datetime) -> tuple[Token, Principal]:
    """A script shows the token: who it is from now on. Raises `TokenRefused`, `RolesGone`."""
    if owner is None or owner.is_closed or not token.holds(now):
        raise refused()
    roles = frozenset(each for each in token.roles if each in owner.roles or Held(each.role) in owner.roles)
    if not roles:
        raise RolesGone(
            "None of the roles that this token was made with are its owner's any more. Nothing was changed; "
            "they can make another token."
        )
    who = Principal(
        person=owner.id,
        name=f"{owner.name} (script {token.name})",
        association=owner.association,
        roles=roles,
        is_script=True,
    )
    return replace(token, used_at=now), who


def refused() -> TokenRefused:
    """One sentence for all, so that nobody learns which tokens there are."""
    return TokenRefused(
        "This token doesn't hold: it was never made, has ended, or its owner's account is closed. Nothing was changed; "
        "its owner can make another one on the page of their account."
    )


def end(token: Token, *, by: str, now: datetime) -> Change[Token]:
    """It holds no more, nor does what was said for it; asked again nothing changes."""
    if token.ended_at is not None:
        return Change(token)
    return Change(replace(token, ended_at=now, ended_by=by), (SignedOut(session=token.id, at=now),))
