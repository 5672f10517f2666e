"""Seals contact data with a person's key, so that they can't be read without it, nor be put in another's place.

Owns the form: a nonce, then AES-GCM's text and tag. Leaves to `shared.keys` where keys are and when they end.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTE_COUNT = 32
_NONCE_BYTE_COUNT = 12


class NotOpened(ValueError):
    """What was sealed is not whole, was sealed with another key, or stands where it doesn't belong."""


def new_key() -> bytes:
    """A key for one person, from the system's source of chance."""
    return os.urandom(KEY_BYTE_COUNT)


def seal(content: bytes, *, key: bytes, about: str) -> bytes:
    """Content that only this key opens, and only for what it is about."""
    nonce = os.urandom(_NONCE_BYTE_COUNT)
    return nonce + AESGCM(key).encrypt(nonce, content, about.encode())


def unseal(sealed: bytes, *, key: bytes, about: str) -> bytes:
    """The content again; raises `NotOpened`."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTE_COUNT], sealed[_NONCE_BYTE_COUNT:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise NotOpened(f"what is sealed about {about} can't be opened with its key") from error


def seal_text(content: bytes, *, key: bytes, about: str) -> str:
    """As `seal`, in letters that JSON carries."""
    return base64.urlsafe_b64encode(seal(content, key=key, about=about)).decode()


def unseal_text(sealed: str, *, key: bytes, about: str) -> bytes:
    """As `unseal`; raises `NotOpened`."""
    try:
        raw = base64.urlsafe_b64decode(sealed)
    except ValueError as error:
        raise NotOpened(f"what is sealed about {about} is no text of ours") from error
    return unseal(raw, key=key, about=about)
