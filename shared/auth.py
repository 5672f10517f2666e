"""Who may do what: one local account per desk, and signed links for everyone else.

A desk signs in by page (session cookie, then every POST needs a CSRF token) or sends its account with the request (HTTP
Basic, for scripts). A registrant has no account: the signed link in the mail or letter is the right to see and choose.
"""

import functools
import hmac
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import current_app, g, request, session
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadSignature, URLSafeSerializer

from shared.problem import Forbidden, NotFound, SignInRequired
from shared.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

ROLES = ("committee", "finance")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

csrf = CSRFProtect()


def password_is_right(settings: Settings, role: str, password: str) -> bool:
    """Whether this is the password of the role's account; an account without a password is closed."""
    expected = {"committee": settings.committee_password, "finance": settings.finance_password}.get(role, "")
    return bool(expected) and hmac.compare_digest(expected.encode(), password.encode())


def current_role() -> str | None:
    """The role that this request acts in: from its own Basic account, else from the session."""
    if request.authorization is not None:
        settings = cast(Settings, current_app.config["SETTINGS"])
        name, password = request.authorization.username or "", request.authorization.password or ""
        if request.authorization.type != "basic" or not password_is_right(settings, name, password):
            raise SignInRequired("The account or password sent with this request is not right. Nothing was changed.")
        return name
    return session.get("role")


def desk(*roles: str) -> Callable[[F], F]:
    """Let only these roles call a view. Where the session cookie is the right, a POST needs the CSRF token too."""

    def guard(view: F) -> F:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            role = current_role()
            if role is None:
                raise SignInRequired("This belongs to a desk. Nothing was changed; please sign in and try again.")
            if role not in roles:
                raise Forbidden(
                    f"This belongs to {' or '.join(roles)}; you are signed in as {role}. Nothing was changed."
                )
            if request.method not in SAFE_METHODS and request.authorization is None:
                csrf.protect()
            g.role = role
            return view(*args, **kwargs)

        return cast(F, guarded)

    return guard


def sign(settings: Settings, *, purpose: str, id_: str) -> str:
    """The token of a link that gives the right to one thing, for one purpose."""
    return str(URLSafeSerializer(settings.secret_key, salt=f"reconvene:{purpose}").dumps(id_))


def opened(settings: Settings, *, purpose: str, token: str) -> str:
    """The id inside a signed link; raises `NotFound` when the link was not made by us for this purpose."""
    try:
        return str(URLSafeSerializer(settings.secret_key, salt=f"reconvene:{purpose}").loads(token))
    except BadSignature:
        raise NotFound(
            "This link is not complete. Nothing was changed. Please open it again from the mail, or copy all of it."
        ) from None
