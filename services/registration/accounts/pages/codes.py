"""Codes of a second factor: six digits of the current half minute, from a secret that an app has too."""

import hmac
from io import BytesIO

import pyotp
import segno

from shared.clock import host_now

STEP_SECONDS = 30
_NEIGHBOURS = (0, -1, 1)  # a phone's clock may be half a minute off


def new_secret() -> str:
    """A secret that nobody knows yet."""
    return pyotp.random_base32()


def step_of(secret: str, code: str) -> int | None:
    """The step of time whose code this is, as counted since 1970; None for a code of another time or secret."""
    typed = "".join(code.split())
    if not secret or not typed.isascii():
        return None
    now = int(host_now().timestamp()) // STEP_SECONDS
    codes = pyotp.TOTP(secret)
    return next(
        (now + each for each in _NEIGHBOURS if hmac.compare_digest(codes.at((now + each) * STEP_SECONDS), typed)), None
    )


def square(secret: str, *, mail: str) -> str:
    """The QR code by which an app takes the secret, as SVG."""
    address = pyotp.TOTP(secret).provisioning_uri(name=mail, issuer_name="Reconvene")
    written = BytesIO()
    segno.make(address, error="m", micro=False).save(written, kind="svg", scale=5, xmldecl=False, svgns=True)
    return written.getvalue().decode()
