"""What is asked about tokens: making one, ending one, and acting by one."""

from datetime import date

from services.registration.accounts.domain import Account, AccountUnknown
from services.registration.accounts.store import ACCOUNTS
from services.registration.tokens import domain
from services.registration.tokens.domain import Token, TokenUnknown
from services.registration.tokens.store import TOKENS
from shared import statements
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import command
from shared.contracts.registration import SignedOut
from shared.ids import new_id
from shared.principals import Held, Principal
from shared.unit import Unit


@command()
def make_token(
    unit: Unit, *, account: str, name: str, roles: tuple[Held, ...], last_day: date, secret_digest: str
) -> Token:
    """Make a token for a script of one's own; of its secret only the digest is kept."""
    owner, now = _owner(unit, account), host_now()
    found = unit.find(TOKENS, {"account": account})
    made = domain.make(
        new_id("tok"),
        owner,
        name=name,
        roles=roles,
        last_day=last_day,
        secret_digest=secret_digest,
        live_count=sum(each.holds(now) for each in found),
        now=now,
    )
    unit.save(ACCOUNTS, Change(owner))  # of two made at once, one sees the other
    return unit.create(TOKENS, Change(made))


@command(emits=[SignedOut])
def end_token(unit: Unit, *, account: str, association: str, token: str, by: str) -> Token:
    """End a token of an account: here at once, and in the other services as soon as they hear of it."""
    known, owner = unit.load(TOKENS, token), unit.load(ACCOUNTS, account)
    is_theirs = owner is not None and (not association or owner.association == association)
    if known is None or known.account != account or not is_theirs:
        raise TokenUnknown("There is no such token in your association. Nothing was changed.")
    now = host_now()
    change = domain.end(known, by=by, now=now)
    if change.events:
        statements.end(unit, token, at=now)
    return unit.save(TOKENS, change)


@command()
def use_token(unit: Unit, *, secret_digest: str) -> tuple[Token, Principal]:
    """A script shows its token: who it is from now on."""
    found = unit.find(TOKENS, {"secret_digest": secret_digest})
    if not found:
        raise domain.refused()
    owner = unit.load(ACCOUNTS, found[0].account)
    used, who = domain.use(found[0], owner, now=host_now())
    return unit.save(TOKENS, Change(used)), who


def _owner(unit: Unit, account: str) -> Account:
    owner = unit.load(ACCOUNTS, account)
    if owner is None or owner.is_closed:
        raise AccountUnknown("There is no such account, or it is closed. No token was made.")
    return owner
