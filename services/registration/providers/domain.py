"""What is known of an association's provider, what is asked of it, and what it says of somebody; and the refusals.

A provider speaks for the accounts of its own association alone. It never makes an account: whoever comes has been
invited.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from shared.problem import Refusal

ASKED_FOR = timedelta(minutes=10)


class SignInRefused(Refusal):
    """Somebody was not signed in by their association's provider; the sentence says why and what next."""

    status: ClassVar[int] = 401
    title = "You were not signed in"


class ProviderAway(SignInRefused):
    """The provider does not answer, or answers with nothing that can be read."""

    status: ClassVar[int] = 503
    title = "The sign-in is not answering"


class AskedTooLongAgo(SignInRefused):
    """Who comes back was not sent, was sent by another browser, or too long ago."""

    status: ClassVar[int] = 410
    title = "Please begin again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An association's provider, as the installation names it."""

    id: str  # in addresses and names of settings: letters and digits
    association: str
    title: str  # as people call it: `IIMC account`
    issuer: str
    client_id: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Somebody was sent to a provider; whoever brings its token back comes from the same browser, and once."""

    id: str  # the digest of what the browser keeps
    provider: str
    nonce: str
    verifier: str
    next: str
    typed: str  # a form of ours that was not sent yet, sealed
    made_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether it was too long ago."""
        return now - self.made_at >= ASKED_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a provider says somebody is."""

    issuer: str
    subject: str
    mail: str
    is_mail_verified: bool

    @property
    def key(self) -> str:
        """By which an account knows them again."""
        return f"{self.issuer} {self.subject}"
