"""Who somebody is, told by e-mail address and name together, the same in every service that meets them first.

An office address that several clerks share (town.clerk@...) is several persons; without an address nobody can be
recognised.
"""

import hashlib
import unicodedata


def identity_of(*, name: str, email: str | None) -> str:
    """What tells one person from another, however it was typed; empty without an e-mail address."""
    return f"{_folded(email)}\n{_folded(name)}" if email is not None else ""


def identity_hash(*, name: str, email: str | None) -> str:
    """The same for a service that keeps no addresses: it can be compared, and not read back."""
    identity = identity_of(name=name, email=email)
    return hashlib.sha256(identity.encode()).hexdigest() if identity else ""


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
