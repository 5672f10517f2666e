"""How a request shows who sent it: a signed statement, a key of the installation, or a signed link.

Somebody at a desk signs in with an account (a cookie, then every POST needs a CSRF token); a script sends with each
request a statement that it was given for its token (Bearer), or a key of the installation (Basic), which begins no
session. A registrant has no account: the signed link in the mail or letter is the right to see and choose.
"""

import functools
import hmac
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import abort, redirect, request
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadSignature, URLSafeSerializer

from shared import reach, statements
from shared.clock import host_now
from shared.parts import current
from shared.principals import Action, On, Principal, Role, installation, who_may
from shared.problem import Forbidden, LinkExpired, NotFound, SignInRequired, TooManyGuesses
from shared.sentences import marked
from shared.settings import Settings
from shared.telemetry import log

F = TypeVar("F", bound=Callable[..., Any])

ROLES = ("committee", "finance")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
GUESSES_PER_MINUTE_MAX = 10
GUESSERS_KEPT_MAX = 10_000
HELD_ANYWAY = timedelta(days=7)
_OVER = marked("What this link was for is over, so it shows nothing any more. Nothing was changed.")
_OVER_RENEWABLE = marked(
    "What this link was for is over, so it shows nothing any more. Nothing was changed. You can have a new one sent to "
    "the address that we know."
)
_INCOMPLETE = marked(
    "This link is not complete. Nothing was changed. Please open it again from the mail, or copy all of it."
)

csrf = CSRFProtect()


@dataclass(frozen=True, slots=True)
class Guesses:
    """The wrong passwords of the last minute, by desk or account and by where they came from.

    Whoever guesses has to wait, by form as by HTTP Basic; the owner, who is elsewhere, has not. A right password
    doesn't wipe them out, or a script that works all day would give somebody else new guesses.
    """

    clock: Callable[[], float] = time.monotonic
    _failures: OrderedDict[tuple[str, str], deque[float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refuse_too_many(self, whose: str, *, source: str = "") -> None:
        """Raises `TooManyGuesses`, whatever the password is this time."""
        with self._lock:
            failures = self._failures.get((whose, source), deque())
            while failures and self.clock() - failures[0] >= 60:
                failures.popleft()
            if len(failures) >= GUESSES_PER_MINUTE_MAX:
                raise TooManyGuesses(
                    "Too many wrong passwords in a minute. Nothing was changed and nobody was signed in. "
                    "Please wait a minute and try again."
                )

    def count(self, whose: str, *, source: str = "") -> None:
        """Another wrong password; where there were too many to remember, the oldest are forgotten."""
        log.warning("sign-in refused", role=whose if whose in ROLES else "account")
        with self._lock:
            self._failures.setdefault((whose, source), deque()).append(self.clock())
            self._failures.move_to_end((whose, source))
            while len(self._failures) > GUESSERS_KEPT_MAX:
                self._failures.popitem(last=False)


def signs_in(role: str, password: str) -> bool:
    """Whether this is a key of this installation; raises `TooManyGuesses`."""
    guesses, source = current(Guesses), request.remote_addr or ""
    guesses.refuse_too_many(role, source=source)
    if password_is_right(current(Settings), role, password):
        return True
    if role in ROLES:
        guesses.count(role, source=source)
    return False


def password_is_right(settings: Settings, role: str, password: str) -> bool:
    """Whether this is the password of the role's account; an account without a password is closed."""
    expected = {"committee": settings.committee_password, "finance": settings.finance_password}.get(role, "")
    return bool(expected) and hmac.compare_digest(expected.encode(), password.encode())


def principal() -> Principal:
    """Who sent this request: by the statement or key sent with it, else who is signed in, else the public.

    Raises `SignInRequired` when the account sent with the request is not right.
    """
    if request.authorization is not None:
        if request.authorization.type == "bearer":
            return _script(request.authorization.token or "")
        name, password = request.authorization.username or "", request.authorization.password or ""
        if request.authorization.type != "basic" or not signs_in(name, password):
            raise SignInRequired("The account or password sent with this request is not right. Nothing was changed.")
        return installation(Role(name))
    return signed_in()


def _script(text: str) -> Principal:
    statement = statements.shown(text)
    if statement is None:
        raise SignInRequired(
            "What this request brings doesn't say who it is: it is older than ten minutes, or its token has ended. "
            "Nothing was changed. Send the token to /registration/statement, and with each request what is answered."
        )
    return statement.principal


def session() -> str:
    """The session or token under which this request is sent; empty for a key of the installation, and the public."""
    if request.authorization is not None:
        is_token = request.authorization.type == "bearer"
        statement = statements.shown(request.authorization.token or "") if is_token else None
    else:
        statement = statements.believed()
    return statement.session if statement is not None else ""


def signed_in() -> Principal:
    """Who is signed in by page, whatever account is sent with the request; the public if nobody is."""
    statement = statements.believed()
    return statement.principal if statement is not None else Principal()


def may(action: Action, *, conference: str = "", association: str = "") -> bool:
    """Whether who sent this request may do something about a conference, or something of an association.

    Where neither is named: about what this page's address names, or else about all that they see here, which is less
    for who came to a desk for single conferences.
    """
    who, address = principal(), request.view_args or {}
    if conference or association:
        return who.may(action, On(conference=conference, association=association))
    within = who.conferences(action)
    if not within:
        return within is None
    return reach.is_within(address, within) if reach.names_something(address) else reach.sees_no_more_than(within)


def desk(action: Action) -> Callable[[F], F]:
    """Let only those call a view who may do this, about whichever conference.

    What its address names must be their association's, or of the conferences about which they may, and the view reads
    no more than that (`shared.reach`).
    Where the session cookie is the right, a POST needs the CSRF token too.
    """

    def guard(view: F) -> F:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if request.authorization is None:
                _renew_if_needed()
            who = principal()
            if not (who.is_staff or who.person):
                raise SignInRequired("This belongs to a desk. Nothing was changed; please sign in and try again.")
            within = who.conferences(action)
            if within is not None and not within:
                raise Forbidden(
                    f"This belongs to {who_may(action)}; you are signed in as {who.signed_in_as}. Nothing was changed."
                )
            reach.enter(who, kwargs, within=within)
            if request.method not in SAFE_METHODS and request.authorization is None:
                csrf.protect()
            return view(*args, **kwargs)

        guarded.__dict__["action"] = action
        return cast(F, guarded)

    return guard


def _renew_if_needed() -> None:
    """Lead a person through registration when what says who they are holds no more; a program is not led.

    A form goes there and back with all that it holds, so that nothing typed is lost and it is done once. What is merely
    ageing is renewed beside the page (`shared/web/templates/base.html`), which comes even while registration is away.
    """
    brought = statements.brought()
    if brought is None or request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
        return
    if statements.believed() is not None:
        return
    settings = current(Settings)
    here = f"{settings.urls[settings.service]}{request.full_path.rstrip('?')}"
    way = f"{settings.urls['registration']}/registration/accounts/renew?{urlencode({'next': here})}"
    abort(redirect(way, 303 if request.method in SAFE_METHODS else 307))


def sign(settings: Settings, *, purpose: str, id_: str, made_on: date | None = None) -> str:
    """The token of a link that gives the right to one thing, for one purpose; made today by the host's clock."""
    made = (made_on or host_now().date()).toordinal()
    return str(URLSafeSerializer(settings.secret_key, salt=f"reconvene:{purpose}").dumps([id_, made]))


def opened(settings: Settings, *, purpose: str, token: str) -> str:
    """The id inside a signed link; raises `NotFound` when the link was not made by us for this purpose."""
    return _inside(settings, purpose=purpose, token=token)[0]


def must_hold(settings: Settings, *, purpose: str, token: str, is_over: bool, renew: str = "") -> None:
    """A link ends with its purpose, but not in the week in which it was made; raises `LinkExpired`.

    So one that is renewed afterwards still shows how things ended. `renew` is where another one can be asked for.
    """
    made = date.fromordinal(_inside(settings, purpose=purpose, token=token)[1])
    if is_over and host_now().date() - made > HELD_ANYWAY:
        raise LinkExpired(_OVER_RENEWABLE, renew=renew) if renew else LinkExpired(_OVER)


def _inside(settings: Settings, *, purpose: str, token: str) -> tuple[str, int]:
    """The id, and the day on which the link was made; links from before that was noted are as old as can be."""
    try:
        found = URLSafeSerializer(settings.secret_key, salt=f"reconvene:{purpose}").loads(token)
        return (str(found[0]), int(found[1])) if isinstance(found, list) else (str(found), 1)
    except BadSignature:
        raise NotFound(_INCOMPLETE) from None
