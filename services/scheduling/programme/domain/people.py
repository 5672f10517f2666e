"""People of the programme: how a speaker is brought in, and found to be somebody who is known already."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A hash of somebody's address and name, by which a speaker is found to be a delegate, or the other way round."""

    id: str  # see `shared.identity.identity_hash`
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom registration knows, by the name that stands on lists; no address is kept here."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """Who is to speak, and how they are reached; the address is told on and not kept here."""

    name: str
    email: str | None = None
    postal_address: tuple[str, ...] = ()
    language: str = "en"
    biography: str = ""
    is_complimentary: bool = False
