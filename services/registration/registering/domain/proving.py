"""Proving an address: who registers under the name and address of somebody who speaks shows first that it is they.

Names and addresses of speakers are no secret, and who registers as one of them is that person for all services. So the
form is kept, a link goes to the address that is known, and only who opens it is registered. Until then nothing of the
speaker's is shown, and nothing is in their way when they register themselves. No place is held meanwhile.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.registration.registering.domain.registrations import Application
from shared.change import Change
from shared.contracts.registration import LinkAsked
from shared.problem import NotFound, Refusal
from shared.sentences import marked

PROOF = "proof"  # the kind of the link
KEPT = timedelta(days=3)
OPEN_COUNT_MAX = 5  # so that nobody fills a speaker's mailbox


class ProofUnknown(NotFound):
    """The link is older than what it was to prove."""


class TooManyProofs(Refusal):
    """So many links went to one address that another one would be no help."""

    title = marked("Please look into the mailbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A form that was filled in under a speaker's name and address, and what became of it."""

    id: str
    person: str
    conference: str
    application: Application
    asked_at: datetime
    made_at: datetime  # on the host's clock, by which it is forgotten
    registration: str = ""  # once it was proved


def ask(
    id_: str, *, person: str, application: Application, open_count: int, now: datetime, made_at: datetime
) -> Change[Proof]:
    """A link goes to the address that is known; raises `TooManyProofs`."""
    if open_count >= OPEN_COUNT_MAX:
        raise TooManyProofs(
            marked(
                "Several links went to this e-mail address already. You are not registered yet, and nothing was "
                "charged; "
                "please open the newest of those mails, or try again in three days."
            )
        )
    proof = Proof(
        id=id_,
        person=person,
        conference=application.conference,
        application=application,
        asked_at=now,
        made_at=made_at,
    )
    said = LinkAsked(asked=id_, person=person, conference=proof.conference, kind=PROOF, about=id_)
    return Change(proof, (said,))


def must_be_known(proof: Proof | None, *, now: datetime) -> Proof:
    """A proof whose link still holds; raises `ProofUnknown`."""
    if proof is None or now > proof.asked_at + KEPT:
        raise ProofUnknown(
            marked(
                "This link has expired. You were not registered, and nothing was charged; please fill in the form "
                "again."
            )
        )
    return proof


def proved(proof: Proof, *, registration: str) -> Proof:
    """It was they who had filled it in, and they are registered; the form is kept no longer than it has to be."""
    return replace(proof, registration=registration)
