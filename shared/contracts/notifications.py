"""What notifications tells the others: that a message reached its carrier, came back, or was told another way."""

from shared.contracts.consequences import Anomaly, Consequence, Drift
from shared.contracts.envelope import Event, event


@event(key="message")
class MessageAccepted(Event):
    """A mail server took the mail, or the letter is in the print queue."""

    message: str
    purpose: str
    subject: str  # what it is about: usually a registration
    recipient: str  # a person's id
    channel: str  # mail | letter
    conference: str
    run: str | None = None


@event(key="message")
class MessageBounced(Event):
    """A mail server refused the mail for good; the message is on the desk's list."""

    message: str
    purpose: str
    subject: str
    recipient: str
    conference: str
    reason: str


@event(key="message")
class RecipientTold(Event):
    """Somebody of the desk has told the recipient another way; how stands with the message, and nowhere else."""

    message: str
    purpose: str
    subject: str
    recipient: str
    conference: str
    run: str | None = None


@event(key="preview")
class MessagesPreviewed(Event):
    """Which messages a decision would send, by kind, channel and language; none was sent."""

    preview: str
    conference: str
    decision: str
    revision: int
    count: int  # registrations that it concerns, as they are known here
    population: str  # the digest of their ids: services that know of the same ones say the same
    currency: str
    lines: tuple[Consequence, ...]
    anomalies: tuple[Anomaly, ...]
    digest: str  # over whom and what it concerns, the terms and the texts: this is what somebody approves
    drift: Drift = Drift()
