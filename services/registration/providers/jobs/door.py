"""The one door to associations' providers: the only module that imports Authlib, and no more of it than is asked for.

Its keys and addresses are read anew at each sign-in, so that keys may change at any time. Every answer is waited for
some seconds; no more than a few are waited for at once, so that a slow provider slows nobody else. Nothing is followed
elsewhere, and an unprotected address is taken on this machine alone.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from services.registration.providers.domain import Identity, Provider, ProviderAway, SignInRefused
from shared.telemetry import log

ANSWER_SECONDS_MAX = 5.0
AT_ONCE_MAX = 3
ANSWER_BYTE_COUNT_MAX = 256 * 1024
LEEWAY_SECONDS = 60  # what clocks of two houses may differ
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]  # by key pairs
SCOPE = "openid email"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Door:
    """Asks providers; one for the whole process."""

    _slots: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE_MAX))

    def address(self, provider: Provider, *, back: str, state: str, nonce: str, verifier: str) -> str:
        """Where somebody is sent to say who they are. Raises `ProviderAway`."""
        with self._session(provider, back=back) as session:
            found = _described(session, provider)
            address, _ = session.create_authorization_url(
                _protected(found["authorization_endpoint"], provider), state=state, nonce=nonce, code_verifier=verifier
            )
            return str(address)

    def identity(self, provider: Provider, *, back: str, code: str, nonce: str, verifier: str) -> Identity:
        """Who it was that came back with this code. Raises `ProviderAway` or `SignInRefused`."""
        with self._session(provider, back=back) as session:
            found = _described(session, provider)
            token = _token(session, provider, found, code=code, verifier=verifier)
            keys = _read(session, found["jwks_uri"], provider)
            said = verified(str(token.get("id_token", "")), keys=keys, provider=provider, nonce=nonce, token=token)
            if "email" not in said:
                said = said | _more(session, found, provider, subject=said["sub"])
            mail = str(said.get("email", "")).strip().casefold()
            is_verified = said.get("email_verified") in (True, "true")
            return Identity(issuer=provider.issuer, subject=str(said["sub"]), mail=mail, is_mail_verified=is_verified)

    def _session(self, provider: Provider, *, back: str) -> "_Asking":
        return _Asking(self._slots, provider, back)


class _Asking:
    """One of the few who may ask at once, with a session whose failures are all `ProviderAway`."""

    def __init__(self, slots: threading.BoundedSemaphore, provider: Provider, back: str) -> None:
        self._slots, self._provider, self._back = slots, provider, back
        self._session: Any = None

    def __enter__(self) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        if not self._slots.acquire(blocking=False):
            raise away(self._provider)
        self._session = OAuth2Session(
            self._provider.client_id,
            self._provider.secret,
            scope=SCOPE,
            redirect_uri=self._back,
            code_challenge_method="S256",
            leeway=0,
            default_timeout=ANSWER_SECONDS_MAX,
        )
        self._session.trust_env = False
        return self._session

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        import requests
        from authlib.common.errors import AuthlibBaseError

        self._session.close()
        self._slots.release()
        if isinstance(error, requests.RequestException | AuthlibBaseError | ValueError | KeyError):
            log.warning("provider not answering", provider=self._provider.id, error=type(error).__name__)
            raise away(self._provider) from error


def away(provider: Provider) -> ProviderAway:
    """It does not answer."""
    return ProviderAway(
        f"The sign-in with your {provider.title} is not answering. You were not signed in, and nothing was changed. "
        "Please try again in a minute, or sign in with your password if you have one here."
    )


def verified(
    id_token: str, *, keys: Mapping[str, Any], provider: Provider, nonce: str, token: Mapping[str, Any]
) -> dict[str, Any]:
    """What an ID token says, once it is signed by the provider, for us, now, and for this asking.

    Raises `SignInRefused`.
    """
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    options = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
        "exp": {"essential": True},
        "iat": {"essential": True},
        "sub": {"essential": True},
    }
    params = {"client_id": provider.client_id, "nonce": nonce, "access_token": token.get("access_token")}
    try:
        decoded = jwt.decode(id_token, KeySet.import_key_set(dict(keys)), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        log.warning("provider not believed", provider=provider.id, error=type(error).__name__)
        raise SignInRefused(
            f"What the sign-in with your {provider.title} said could not be verified. You were not signed in. "
            "Please try once more; if it happens again, tell an administrator of your association."
        ) from error
    return dict(claims)


def _described(session: Any, provider: Provider) -> dict[str, Any]:
    """The provider's own description, which must be the one of the issuer that we know."""
    found = _read(session, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration", provider)
    if found.get("issuer") != provider.issuer:
        raise ValueError("another issuer answers")
    return found


def _token(session: Any, provider: Provider, found: Mapping[str, Any], *, code: str, verifier: str) -> dict[str, Any]:
    from authlib.integrations.base_client import OAuthError

    methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    session.token_endpoint_auth_method = next(
        (each for each in ("client_secret_basic", "client_secret_post") if each in methods), "client_secret_basic"
    )
    try:
        return dict(
            session.fetch_token(
                _protected(found["token_endpoint"], provider), code=code, code_verifier=verifier, allow_redirects=False
            )
        )
    except OAuthError as error:
        log.warning("provider gave no token", provider=provider.id, error=str(error.error))
        raise SignInRefused(
            f"The sign-in with your {provider.title} did not say who you are. You were not signed in; please begin "
            "again. If it happens again, tell an administrator of your association."
        ) from error


def _more(session: Any, found: Mapping[str, Any], provider: Provider, *, subject: str) -> dict[str, Any]:
    """What the provider says of this person where it keeps that apart; nothing of anybody else."""
    answer = session.get(_protected(found["userinfo_endpoint"], provider), allow_redirects=False)
    said = _document(answer)
    if said.get("sub") != subject:
        raise ValueError("it speaks of somebody else")
    return {name: said[name] for name in ("email", "email_verified") if name in said}


def _read(session: Any, address: str, provider: Provider) -> dict[str, Any]:
    return _document(session.get(_protected(address, provider), withhold_token=True, allow_redirects=False))


def _document(answer: Any) -> dict[str, Any]:
    answer.raise_for_status()
    if answer.status_code != 200 or len(answer.content) > ANSWER_BYTE_COUNT_MAX:
        raise ValueError("no document")
    said = answer.json()
    if not isinstance(said, dict):
        raise ValueError("no document")  # noqa: TRY004
    return said


def _protected(address: str, provider: Provider) -> str:
    """The address, if nobody in between can read or change what is said there."""
    asked = urlsplit(address)
    is_here = asked.hostname in _LOOPBACK and urlsplit(provider.issuer).hostname in _LOOPBACK
    if asked.scheme != "https" and not is_here:
        raise ValueError("an unprotected address")
    return address
